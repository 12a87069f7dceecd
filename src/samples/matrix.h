/* A matrix of numbers in a file that another program made, read from front to end: an HDF5 dataset, a .npy file, or
 * text. Nothing in the file is trusted; memory does not depend on its size.
 *
 *   HDF5   the dataset of the name that is asked for, or else the only one in / (beside /label and /player_names): f32,
 *          f64, integers or booleans, one axis or two
 *   .npy   one or two axes, C or Fortran order; f4, f8, integers, booleans of either byte order; objects are never
 *          loaded
 *   text   (.csv, .txt) numbers divided by commas or blanks, the same number of them on every line; '#' begins a
 *          comment; "nan" and "inf" are numbers here
 *
 * Which it is is told by the first bytes of the file, text by its name.
 */
#ifndef HARSANYI_SAMPLES_MATRIX_H
#define HARSANYI_SAMPLES_MATRIX_H

#include "base/failure.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct matrix matrix_t;

/* STATUS_INPUT, naming the file and the place in it, for what cannot be read as a matrix. Text is read to its end. */
status_t matrix_open(const char *path, const char *dataset, matrix_t **out, failure_t *why);
void matrix_close(matrix_t **matrix);

/* 1 axis: one row. */
int matrix_axes(const matrix_t *matrix);
uint64_t matrix_rows(const matrix_t *matrix);
uint64_t matrix_columns(const matrix_t *matrix);
bool matrix_is_hdf5(const matrix_t *matrix);

/* The next `count` numbers, row by row. */
status_t matrix_next(matrix_t *matrix, uint64_t count, double *out, failure_t *why);

/* Whether a file's name is that of a kind that is read. */
bool matrix_is_named_so(const char *path);

#endif
