/* Checksums of a row's blocks while it streams by: CRC32C of every 2^bits numbers, whatever pieces they come in. */
#ifndef HARSANYI_RESULTS_BLOCK_SUMS_H
#define HARSANYI_RESULTS_BLOCK_SUMS_H

#include "lattice/mask.h"

#include <stdint.h>

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
