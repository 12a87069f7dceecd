/* Checksums of blocks: CRC32C of all 2^g stored entries of a block. Where a row has fewer masks than the file's
 * longest, the rest counts as NaN, whether it is in the file yet or not. */
#ifndef HARSANYI_RESULTS_BLOCK_CRCS_H
#define HARSANYI_RESULTS_BLOCK_CRCS_H

#include "results/results.h"

/* `crc` continued over `count` NaN. */
uint32_t block_crcs_add_nans(uint32_t crc, mask_t count);

/* The checksum of a block as it is stored: up to the last mask that has a number, NaN from there on. */
status_t block_crcs_of_stored(const results_t *results, int table, row_t sample, int64_t block, uint32_t *crc,
                              failure_t *why);

/* Writes the checksums of all tables of whole rows sample ... sample + count - 1. */
status_t block_crcs_write_rows(results_t *results, row_t sample, size_t count, const finished_row_t *rows,
                               failure_t *why);

/* Writes the checksum of one block of v that is whole in the file; values: [count] from mask `first` on, which may hold
 * all of the block, a part, or nothing. */
status_t block_crcs_write_values(results_t *results, row_t sample, int64_t block, mask_t first, mask_t count,
                                 const double *values, failure_t *why);

/* ---- while a row streams by, in whatever pieces ---- */

/* At the start of a row {.bits = ...}. */
typedef struct {
    int bits;
    int64_t ended; /* blocks that are whole so far */
    mask_t filled; /* numbers of the next one */
    uint32_t crc;  /* of those */
} block_sums_t;

/* Takes the next `count` numbers of the row; the checksums of the blocks that end in them go to `crcs`, which has room
 * for count / 2^bits + 1. Returns how many; they are blocks ended - that ... ended - 1. */
int64_t block_sums_add(block_sums_t *sums, const double *data, mask_t count, uint32_t *crcs);

#endif
