/* What matrix.c and its three readers share. */
#ifndef HARSANYI_SAMPLES_MATRIX_PRIVATE_H
#define HARSANYI_SAMPLES_MATRIX_PRIVATE_H

#include "samples/matrix.h"

typedef struct {
    status_t (*next)(matrix_t *matrix, uint64_t count, double *out, failure_t *why);
    void (*close)(matrix_t *matrix); /* frees state; NULL state is fine */
} matrix_ops_t;

struct matrix {
    char *name; /* of the file; owned */
    const matrix_ops_t *ops;
    int axes;
    uint64_t rows, columns; /* rows * columns fits in 63 bits */
    uint64_t at;            /* numbers that were read */
    void *state;            /* the reader's own */
};

/* Fill ops, axes, rows, columns and state; what was filled is closed by matrix.c, also after a failure. */
status_t matrix_open_npy(matrix_t *matrix, failure_t *why);
status_t matrix_open_text(matrix_t *matrix, failure_t *why);
status_t matrix_open_hdf5(matrix_t *matrix, const char *dataset, failure_t *why);

/* Integers beyond this have no exact double. */
#define MATRIX_WHOLE_MAX ((int64_t)1 << 53)

/* Refuses the integer that is number `at` of the file. */
status_t matrix_refuse_whole(const matrix_t *matrix, uint64_t at, failure_t *why);

#endif
