/* Elements of the datasets of an open results file: pread and pwrite at known offsets, never HDF5; how far a sweep is:
 * checksums and flags of blocks; syncing to disk. */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "results/results_private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Elements of a row; of a scalar, and of a dataset of rank 1, that is 1. */
static uint64_t row_length(const dataset_t *dataset) {
    return dataset->rank ? dataset->elements / dataset->dims[0] : dataset->elements;
}

status_t results_locate(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                        uint64_t *offset, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    uint64_t at = row * row_length(dataset) + first;
    if (at > dataset->elements || count > dataset->elements - at)
        return failed(why, STATUS_INTERNAL, "%s: /%s: does not have elements %llu to %llu of row %llu", results->path,
                      dataset->path, (unsigned long long)first, (unsigned long long)(first + count),
                      (unsigned long long)row);
    *offset = results->offset[id] + at * dataset->width;
    return STATUS_OK;
}

status_t results_put(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, const void *data,
                     failure_t *why) {
    uint64_t offset = 0;
    TRY(results_locate(results, id, row, first, count, &offset, why));
    return file_write_at(results->fd, results->path, data, (size_t)count * results->layout->datasets[id].width, offset,
                         why);
}

enum { AHEAD_BYTES = 1 << 14 };

/* From the file, which another process may be writing: what a flag says of a row holds for what is read after it. */
static status_t get_fresh(const results_t *results, int id, uint64_t offset, size_t bytes, void *data, failure_t *why) {
    bool stale = results->ahead && (id == DATASET_STATUS || id == DATASET_VALUES_DONE);
    for (int other = 0; stale && other < results->layout->count; other++)
        if (other != DATASET_STATUS)
            results->ahead[other].count = 0;
    return file_read_at(results->fd, results->path, data, bytes, offset, why);
}

/* Rows are read one after the other, some bytes from each of many datasets: of each a stretch is read at once. Not in
 * scalars like the heartbeat. */
static status_t get_ahead(const results_t *results, int id, uint64_t offset, size_t bytes, void *data, failure_t *why) {
    results_ahead_t *ahead = &results->ahead[id];
    if (!ahead->bytes)
        ahead->bytes = memory_need(1, AHEAD_BYTES, "rows read ahead");
    if (offset < ahead->first || offset + bytes > ahead->first + ahead->count) {
        const uint64_t left = results->offset[id] + results->layout->datasets[id].bytes - offset;
        ahead->first = offset;
        ahead->count = 0;
        TRY(get_fresh(results, id, offset, left < AHEAD_BYTES ? (size_t)left : AHEAD_BYTES, ahead->bytes, why));
        ahead->count = left < AHEAD_BYTES ? left : AHEAD_BYTES;
    }
    memcpy(data, ahead->bytes + (offset - ahead->first), bytes);
    return STATUS_OK;
}

status_t results_get(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, void *data,
                     failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    const size_t bytes = (size_t)count * dataset->width;
    uint64_t offset = 0;
    TRY(results_locate(results, id, row, first, count, &offset, why));
    if (results->ahead && dataset->rank > 0 && bytes <= AHEAD_BYTES / 4)
        return get_ahead(results, id, offset, bytes, data, why);
    return get_fresh(results, id, offset, bytes, data, why);
}

status_t results_put_bytes(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, uint8_t byte,
                           failure_t *why) {
    uint8_t bytes[4096];
    memset(bytes, byte, count < sizeof bytes ? count : sizeof bytes);
    for (uint64_t now; count > 0; first += now, count -= now) {
        now = count < sizeof bytes ? count : sizeof bytes;
        TRY(results_put(results, id, row, first, now, bytes, why));
    }
    return STATUS_OK;
}

status_t results_put_rows(const results_t *results, int id, uint64_t row, uint64_t count, const void *data,
                          failure_t *why) {
    return results_put(results, id, row, 0, count * row_length(&results->layout->datasets[id]), data, why);
}

status_t results_get_rows(const results_t *results, int id, uint64_t row, uint64_t count, void *data, failure_t *why) {
    return results_get(results, id, row, 0, count * row_length(&results->layout->datasets[id]), data, why);
}

void results_fit_text(char to[RESULTS_TEXT], const char *from) {
    _Static_assert((int)RESULTS_TEXT == (int)RESULTS_ERROR_TEXT, "texts are of one width");
    memset(to, 0, RESULTS_TEXT);
    memcpy(to, from, text_fitting(from, RESULTS_TEXT - 1));
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
