/* How far a sweep is: checksums and flags of blocks; syncing to disk. */
#include "base/file.h"
#include "results/results_private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

status_t results_write_crcs(results_t *results, int table, int64_t sample, int64_t first_block, int64_t count,
                            const uint32_t *crcs, failure_t *why) {
    uint64_t before;
    int id = results_table_dataset(results, table, FAMILY_EFFECTS_CRC, &before);
    return results_put(results, id, (uint64_t)sample, before + (uint64_t)first_block, (uint64_t)count, crcs, why);
}

status_t results_write_crcs_of_rows(results_t *results, int table, int64_t sample, size_t count, const uint32_t *crcs,
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

status_t results_read_crcs(const results_t *results, int table, int64_t sample, int64_t first_block, int64_t count,
                           uint32_t *crcs, failure_t *why) {
    uint64_t before;
    int id = results_table_dataset(results, table, FAMILY_EFFECTS_CRC, &before);
    return results_get(results, id, (uint64_t)sample, before + (uint64_t)first_block, (uint64_t)count, crcs, why);
}

status_t results_write_blocks_done(results_t *results, int64_t sample, int64_t first_block, int64_t count, bool done,
                                   failure_t *why) {
    return results_put_bytes(results, DATASET_VALUES_DONE, (uint64_t)sample, (uint64_t)first_block, (uint64_t)count,
                             done, why);
}

status_t results_read_blocks_done(const results_t *results, int64_t sample, int64_t first_block, int64_t count,
                                  uint8_t *done, failure_t *why) {
    return results_get(results, DATASET_VALUES_DONE, (uint64_t)sample, (uint64_t)first_block, (uint64_t)count, done,
                       why);
}

status_t results_flag_whole(results_t *results, int64_t sample, int64_t samples, failure_t *why) {
    uint64_t row = (uint64_t)sample, rows = (uint64_t)samples, blocks = (uint64_t)results_blocks_per_row(results);
    TRY(results_put_bytes(results, DATASET_VALUES_DONE, row, 0, rows * blocks, true, why));
    TRY(results_put_bytes(results, DATASET_PHASE, row, 0, rows, PHASE_WHOLE, why));
    return results_put_bytes(results, DATASET_STATUS, row, 0, rows, SAMPLE_DONE, why);
}

status_t results_clear_flags(results_t *results, int64_t sample, failure_t *why) {
    TRY(results_write_status(results, sample, SAMPLE_PENDING, why));
    TRY(results_write_blocks_done(results, sample, 0, results_blocks_per_row(results), false, why));
    return results_write_phase(results, sample, PHASE_EVALUATING, why);
}

status_t results_sync(const results_t *results, failure_t *why) {
    struct stat own, named;
    TRY(file_sync(results->fd, results->path, why));
    if (fstat(results->fd, &own) != 0)
        return failed(why, STATUS_INTERNAL, "%s: %s", results->path, strerror(errno));
    bool there = stat(results->path, &named) == 0;
    if (there && (named.st_dev != results->device || named.st_ino != results->inode))
        return failed(why, STATUS_INPUT,
                      "%s: was replaced by another file while it was being written; if that file is of this sweep, the "
                      "same command resumes it",
                      results->path);
    if (own.st_nlink == 0 || (!there && errno == ENOENT))
        return failed(why, STATUS_INPUT,
                      "%s: was deleted or moved away while it was being written; put it back and run the same command",
                      results->path);
    if ((uint64_t)own.st_size < results->bytes)
        return failed(
            why, STATUS_INPUT,
            "%s: was truncated from %llu to %llu bytes while it was being written; put a copy back, or remove "
            "it and start again",
            results->path, (unsigned long long)results->bytes, (unsigned long long)own.st_size);
    return STATUS_OK;
}
