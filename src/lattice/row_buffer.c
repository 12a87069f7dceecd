#include "lattice/row_buffer.h"

#include <stdlib.h>
#include <string.h>

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
