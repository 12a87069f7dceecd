#include "results/block_crcs.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/nan.h"

#include <stdlib.h>

enum { PIECE = 1 << 14 };

uint32_t block_crcs_add_nans(uint32_t crc, mask_t count) {
    double nans[512];
    mask_t most = sizeof nans / sizeof *nans;
    for (mask_t i = 0; i < most && i < count; i++)
        nans[i] = nan_canonical();
    for (mask_t step; count > 0; count -= step) {
        step = count < most ? count : most;
        crc = crc32c(crc, nans, step * sizeof *nans);
    }
    return crc;
}

/* How many of a block's masks are below `masks`. */
static mask_t own_masks(const results_t *results, int64_t block, mask_t masks) {
    mask_t size = mask_count(results_block_bits(results)), first = (mask_t)block * size;
    return first >= masks ? 0 : masks - first < size ? masks - first : size;
}

status_t block_crcs_of_stored(const results_t *results, int table, row_t sample, int64_t block, uint32_t *crc,
                              failure_t *why) {
    mask_t size = mask_count(results_block_bits(results)), first = (mask_t)block * size;
    mask_t own = own_masks(results, block, results_masks_of(results, table, sample));
    double *piece OWNED = memory_need(PIECE, sizeof *piece, "a checksum");
    *crc = 0;
    for (mask_t at = 0, step; at < own; at += step) {
        step = own - at < PIECE ? own - at : PIECE;
        TRY(results_read_table(results, table, sample, first + at, step, piece, why));
        *crc = crc32c(*crc, piece, step * sizeof *piece);
    }
    *crc = block_crcs_add_nans(*crc, size - own);
    return STATUS_OK;
}

static const double *table_of(const finished_row_t *row, int table) {
    return table == TABLE_VALUES ? row->values : finished_effects(row, table - TABLE_INTERACTIONS);
}

/* The checksums of one table of one row. Blocks of NaN alone share one. */
static void find_crcs(const results_t *results, const finished_row_t *row, int table, uint32_t *crcs) {
    mask_t size = mask_count(results_block_bits(results));
    int64_t blocks = results_blocks_per_row(results),
            real = row->n > results_block_bits(results) ? (int64_t)(mask_count(row->n) / size) : 1;
    uint32_t of_nans = blocks > real ? block_crcs_add_nans(0, size) : 0;
    for (int64_t b = 0; b < blocks; b++) {
        mask_t own = own_masks(results, b, mask_count(row->n));
        if (own > 0)
            crcs[b] = block_crcs_add_nans(crc32c(0, table_of(row, table) + (mask_t)b * size, own * sizeof(double)),
                                          size - own);
        else
            crcs[b] = of_nans;
    }
}

status_t block_crcs_write_rows(results_t *results, row_t sample, size_t count, const finished_row_t *rows,
                               failure_t *why) {
    int64_t blocks = results_blocks_per_row(results);
    uint32_t *crcs OWNED = memory_need(count * (size_t)blocks, sizeof *crcs, "checksums of blocks");
    for (int table = 0; table < results_tables(results); table++) {
        for (size_t k = 0; k < count; k++)
            find_crcs(results, &rows[k], table, crcs + k * (size_t)blocks);
        TRY(results_write_crcs_of_rows(results, table, sample, count, crcs, why));
    }
    return STATUS_OK;
}

/* Most blocks lie in the range and are still in a cache; a block that came in several ranges is read back (from the
 * page cache). */
status_t block_crcs_write_values(results_t *results, row_t sample, int64_t block, mask_t first, mask_t count,
                                 const double *values, failure_t *why) {
    mask_t size = mask_count(results_block_bits(results)), begin = (mask_t)block * size;
    uint32_t crc;
    if (begin >= first && begin + size <= first + count)
        crc = crc32c(0, values + (begin - first), size * sizeof *values);
    else
        TRY(block_crcs_of_stored(results, TABLE_VALUES, sample, block, &crc, why));
    return results_write_crcs(results, TABLE_VALUES, sample, block, 1, &crc, why);
}

int64_t block_sums_add(block_sums_t *sums, const double *data, mask_t count, uint32_t *crcs) {
    const mask_t size = mask_count(sums->bits);
    int64_t found = 0;
    while (count > 0) {
        mask_t left = size - sums->filled, step = count < left ? count : left;
        sums->crc = crc32c(sums->crc, data, step * sizeof *data);
        sums->filled += step;
        data += step;
        count -= step;
        if (sums->filled == size) {
            crcs[found++] = sums->crc;
            sums->crc = 0;
            sums->filled = 0;
        }
    }
    sums->ended += found;
    return found;
}
