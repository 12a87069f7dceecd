#include "results/row_crcs.h"

#include "base/crc.h"
#include "base/nan.h"

#include <stdlib.h>

enum { PIECE = 1 << 16, CRCS = 1 << 10 };

struct row_crcs {
    results_t *results;   /* borrowed */
    int64_t sample, next; /* the sample that is added now; the one that is added next */
    int64_t first, count; /* blocks that wait; `first` counts from the first block of `sample` */
    uint32_t values[CRCS], interactions[CRCS];
    double nans[PIECE];
};

row_crcs_t *row_crcs_make(results_t *results) {
    row_crcs_t *crcs = malloc(sizeof *crcs);
    if (!crcs)
        return NULL;
    crcs->results = results;
    row_crcs_begin(crcs, 0);
    for (int i = 0; i < PIECE; i++)
        crcs->nans[i] = nan_canonical();
    return crcs;
}

void row_crcs_free(row_crcs_t **crcs) {
    free(*crcs);
    *crcs = NULL;
}

/* ---- whole samples ---- */

static uint32_t crc_of_nans(const row_crcs_t *crcs, uint32_t crc, mask_t count) {
    while (count > 0) {
        mask_t step = count < PIECE ? count : PIECE;
        crc = crc32c(crc, crcs->nans, step * sizeof(double));
        count -= step;
    }
    return crc;
}

/* The checksum of a block of a row of `masks` numbers. */
static uint32_t crc_of_block(const row_crcs_t *crcs, const double *row, mask_t masks, int64_t block) {
    mask_t size = mask_count(results_block_bits(crcs->results)), first = (mask_t)block * size;
    mask_t real = first >= masks ? 0 : masks - first < size ? masks - first : size;
    uint32_t crc = real ? crc32c(0, row + first, real * sizeof(double)) : 0;
    return crc_of_nans(crcs, crc, size - real);
}

void row_crcs_begin(row_crcs_t *crcs, int64_t sample) {
    crcs->sample = crcs->next = sample;
    crcs->first = crcs->count = 0;
}

status_t row_crcs_end(row_crcs_t *crcs, failure_t *why) {
    if (crcs->count > 0)
        TRY(results_write_crcs(crcs->results, crcs->sample, crcs->first, crcs->count, crcs->values, crcs->interactions,
                               why));
    crcs->first += crcs->count;
    crcs->count = 0;
    return STATUS_OK;
}

status_t row_crcs_add(row_crcs_t *crcs, const double *values, const double *interactions, failure_t *why) {
    const results_t *results = crcs->results;
    mask_t masks = mask_count(results_players_of(results, crcs->next));
    int64_t real = results_blocks_of(results, crcs->next), blocks = results_blocks_per_row(results);
    uint32_t nan_crc = blocks > real ? crc_of_nans(crcs, 0, mask_count(results_block_bits(results))) : 0;
    for (int64_t b = 0; b < blocks; b++) {
        if (crcs->count == CRCS)
            TRY(row_crcs_end(crcs, why));
        crcs->values[crcs->count] = b < real ? crc_of_block(crcs, values, masks, b) : nan_crc;
        crcs->interactions[crcs->count] = b < real ? crc_of_block(crcs, interactions, masks, b) : nan_crc;
        crcs->count++;
    }
    crcs->next++;
    return STATUS_OK;
}

/* ---- single blocks ---- */

/* The checksum of a block of v that came in several ranges: read back (it is in the page cache). */
static status_t crc_of_stored_block(const row_crcs_t *crcs, int64_t sample, int64_t block, uint32_t *crc,
                                    failure_t *why) {
    double *piece = malloc(PIECE * sizeof *piece);
    if (!piece)
        return failed(why, STATUS_INTERNAL, "out of memory for a checksum");
    mask_t masks = mask_count(results_players_of(crcs->results, sample));
    mask_t size = mask_count(results_block_bits(crcs->results)), at = (mask_t)block * size;
    mask_t end = at + size < masks ? at + size : masks, nans = at + size - end;
    status_t status = STATUS_OK;
    *crc = 0;
    while (status == STATUS_OK && at < end) {
        mask_t step = end - at < PIECE ? end - at : PIECE;
        status = results_read_values(crcs->results, sample, at, step, piece, why);
        *crc = crc32c(*crc, piece, step * sizeof *piece);
        at += step;
    }
    free(piece);
    *crc = crc_of_nans(crcs, *crc, nans);
    return status;
}

/* Most blocks lie in the range and are still in a cache. */
status_t row_crcs_write_block(row_crcs_t *crcs, int64_t sample, int64_t block, mask_t first, mask_t count,
                              const double *values, failure_t *why) {
    mask_t size = mask_count(results_block_bits(crcs->results)), begin = (mask_t)block * size;
    uint32_t crc;
    if (begin >= first && begin + size <= first + count)
        crc = crc32c(0, values + (begin - first), size * sizeof *values);
    else
        TRY(crc_of_stored_block(crcs, sample, block, &crc, why));
    return results_write_crcs(crcs->results, sample, block, 1, &crc, NULL, why);
}
