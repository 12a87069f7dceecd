/* First-order method for the programmes of certificate.h: Douglas-Rachford splitting with reflected Halpern steps and
 * restarts (Halpern 1967; Lu & Yang 2024 for linear programmes).
 *
 * Unknowns are blocks: the coefficients of each kind and, with a band, the table of each kind. One operator works on
 * every block alone (soft thresholds for coefficients; tables go into the band), the other projects on the graph of
 * "table of these coefficients", exactly, in its singular vectors (rotations.h). An iteration costs four butterflies,
 * with AND, OR and a band eight. Without a band tables are not unknowns: x + B b = the Moebius transform of v.
 *
 * In a band that is hardly one, two tables need ten times as many iterations as none: each may wander where only their
 * sum is held. There AND and OR have one table, and the projection on its graph costs twice as much (joint.h).
 *
 * Tables of OR are kept by complement: there the graph is that of AND. */
#ifndef HARSANYI_SOLVE_FIRST_ORDER_H
#define HARSANYI_SOLVE_FIRST_ORDER_H

#include "solve/certificate.h"

typedef struct first_order first_order_t;

typedef enum {
    FIRST_ORDER_REACHED, /* the gap */
    FIRST_ORDER_FEW,     /* columns are near their bound: an interior point is faster */
    FIRST_ORDER_LIMIT    /* of iterations */
} first_order_end_t;

status_t first_order_create(int n_most, bool both, first_order_t **out, failure_t *why);
void first_order_destroy(first_order_t **first_order);

/* Begins a programme that `certificate` has begun; both are borrowed until the next one. AND alone needs zeta > 0. */
void first_order_begin(first_order_t *first_order, const problem_t *problem, certificate_t *certificate);

/* Goes on up to `limit` iterations in all. few > 0: looks at iterations 100, 200, 400, ... whether at most `few`
 * coefficients (at 100 half as many) are near their bound: at |y| > first_order_near. */
first_order_end_t first_order_run(first_order_t *first_order, int limit, size_t few);

int first_order_iterations(const first_order_t *first_order);

/* y of the coefficients, |y| <= 1 but for mu; 0 where nothing is asked of y. [cells]; y_or NULL without `both`. */
void first_order_prices(const first_order_t *first_order, double *y_and, double *y_or);

/* |y| above this is near its bound: 0.9, and later, when prices are accurate, 0.98. */
double first_order_near(const first_order_t *first_order);

#endif
