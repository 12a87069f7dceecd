/* Checksums and flags of blocks. */
#include "results/results_private.h"

status_t results_write_crcs(results_t *results, int table, row_t sample, int64_t first_block, int64_t count,
                            const uint32_t *crcs, failure_t *why) {
    uint64_t before;
    int id = results_table_dataset(results, table, FAMILY_EFFECTS_CRC, &before);
    return results_put(results, id, (uint64_t)sample, before + (uint64_t)first_block, (uint64_t)count, crcs, why);
}

status_t results_write_crcs_of_rows(results_t *results, int table, row_t sample, size_t count, const uint32_t *crcs,
                                    failure_t *why) {
    uint64_t before;
    int64_t blocks = results_blocks_per_row(results);
    int id = results_table_dataset(results, table, FAMILY_EFFECTS_CRC, &before);
    const dataset_t *dataset = &results->layout->datasets[id];
    if (dataset->rank == 2) /* rows lie side by side */
        return results_put(results, id, (uint64_t)sample, 0, count * (uint64_t)blocks, crcs, why);
    for (size_t k = 0; k < count; k++)
        TRY(results_write_crcs(results, table, sample + (int64_t)k, 0, blocks, crcs + k * (size_t)blocks, why));
    return STATUS_OK;
}

status_t results_read_crcs(const results_t *results, int table, row_t sample, int64_t first_block, int64_t count,
                           uint32_t *crcs, failure_t *why) {
    uint64_t before;
    int id = results_table_dataset(results, table, FAMILY_EFFECTS_CRC, &before);
    return results_get(results, id, (uint64_t)sample, before + (uint64_t)first_block, (uint64_t)count, crcs, why);
}

status_t results_write_blocks_done(results_t *results, row_t sample, int64_t first_block, int64_t count, bool done,
                                   failure_t *why) {
    return results_put_bytes(results, DATASET_VALUES_DONE, (uint64_t)sample, (uint64_t)first_block, (uint64_t)count,
                             done, why);
}

status_t results_read_blocks_done(const results_t *results, row_t sample, int64_t first_block, int64_t count,
                                  uint8_t *done, failure_t *why) {
    return results_get(results, DATASET_VALUES_DONE, (uint64_t)sample, (uint64_t)first_block, (uint64_t)count, done,
                       why);
}

status_t results_count_blocks_done(const results_t *results, row_t sample, int64_t blocks, int64_t *done,
                                   failure_t *why) {
    uint8_t flags[4096];
    *done = 0;
    for (int64_t first = 0, count; first < blocks; first += count) {
        count = blocks - first < (int64_t)sizeof flags ? blocks - first : (int64_t)sizeof flags;
        TRY(results_read_blocks_done(results, sample, first, count, flags, why));
        for (int64_t b = 0; b < count; b++)
            *done += flags[b] != 0;
    }
    return STATUS_OK;
}
