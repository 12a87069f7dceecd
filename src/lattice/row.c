#include "lattice/row.h"

#include "base/wide.h"

#include <math.h>

static status_t read_memory(void *self, mask_t first, const double **leaf, failure_t *why) {
    (void)why;
    *leaf = (const double *)self + first;
    return STATUS_OK;
}

row_source_t row_in_memory(const double *row, int n) {
    /* The callback only reads through it; self is not const because sources in files keep a buffer there. */
    return (row_source_t){.n = n, .read = read_memory, .self = (void *)(uintptr_t)row};
}

WIDE bool row_leaf_is_finite(const double *leaf, mask_t count) {
    enum { LANES = 8 };
    double zeros[LANES] = {0}; /* what is not finite makes it NaN */
    mask_t whole = count / LANES * LANES;
    for (mask_t s = 0; s < whole; s += LANES)
        for (mask_t lane = 0; lane < LANES; lane++)
            zeros[lane] += leaf[s + lane] * 0;
    for (mask_t s = whole; s < count; s++)
        zeros[0] += leaf[s] * 0;
    for (int lane = 1; lane < LANES; lane++)
        zeros[0] += zeros[lane];
    return !isnan(zeros[0]);
}
