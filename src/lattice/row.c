#include "lattice/row.h"

#include "base/wide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static status_t make_room(row_buffer_t *held, int bits, failure_t *why) {
    if (held->row && held->bits >= bits)
        return STATUS_OK;
    row_buffer_free(held);
    held->row = malloc(mask_count(bits) * sizeof *held->row);
    held->bits = bits;
    return held->row ? STATUS_OK : failed(why, STATUS_INTERNAL, "out of memory for a row of %d players", bits);
}

status_t row_buffer_take(row_buffer_t *held, row_source_t from, row_source_t *out, failure_t *why) {
    mask_t step = row_leaf_masks(from.n);
    *out = from;
    if (from.n > ROW_BUFFER_BITS)
        return STATUS_OK;
    TRY(make_room(held, from.n, why));
    for (mask_t first = 0; first < mask_count(from.n); first += step) {
        const double *leaf;
        TRY(from.read(from.self, first, &leaf, why));
        memcpy(held->row + first, leaf, step * sizeof *leaf);
    }
    *out = row_in_memory(held->row, from.n);
    return STATUS_OK;
}

void row_buffer_free(row_buffer_t *held) {
    free(held->row);
    held->row = NULL;
}
