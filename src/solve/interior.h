/* Interior point for the programmes of certificate.h with a band, on few columns and all 2^n rows: Mehrotra's
 * predictor-corrector (1992). Its matrix is made by look-ups (gram.h); every iteration prices all columns with the
 * butterflies of one bound, and those that are worth it are added on the way, at 0, without a restart. */
#ifndef HARSANYI_SOLVE_INTERIOR_H
#define HARSANYI_SOLVE_INTERIOR_H

#include "solve/certificate.h"

typedef struct interior interior_t;

/* For up to n_most players; columns_most + 1 columns at the most, which take 8 columns_most^2 bytes. */
status_t interior_create(int n_most, bool both, size_t columns_most, interior_t **out, failure_t *why);
void interior_destroy(interior_t **interior);

/* Begins with the columns of |y| > near and those of all single players; y [cells], y_or NULL without `both`. Ends when
 * the gap is reached, when `columns` would not be enough or `limit` iterations were, or when rounding makes a matrix
 * that has no factor: what was found until then is in the certificate. Returns the number of iterations. */
int interior_run(interior_t *interior, const problem_t *problem, certificate_t *certificate, const double *y_and,
                 const double *y_or, double near, size_t columns, int limit);

/* Of the last run, the constant's included. */
size_t interior_columns(const interior_t *interior);

#endif
