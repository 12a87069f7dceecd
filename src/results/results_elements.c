/* Elements of the datasets of an open results file: pread and pwrite at known offsets, never HDF5. */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "results/results_private.h"

#include <string.h>

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

/* Rows are read one after the other, some bytes from each of many datasets: of each a stretch is read at once. Not
 * where others may write meanwhile: in a file that is written, and in scalars like the heartbeat. */
static status_t get_ahead(const results_t *results, int id, uint64_t offset, size_t bytes, void *data, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    const uint64_t left = results->offset[id] + dataset->elements * dataset->width - offset;
    results_ahead_t *ahead = &results->ahead[id];
    if (!ahead->bytes)
        ahead->bytes = memory_need(1, AHEAD_BYTES, "rows read ahead");
    if (offset < ahead->first || offset + bytes > ahead->first + ahead->count) {
        ahead->count = 0;
        TRY(file_read_at(results->fd, results->path, ahead->bytes, left < AHEAD_BYTES ? (size_t)left : AHEAD_BYTES,
                         offset, why));
        ahead->first = offset;
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
    return file_read_at(results->fd, results->path, data, bytes, offset, why);
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
