/* Elements of the datasets of an open results file: pread and pwrite at known offsets, never HDF5. */
#include "base/file.h"
#include "base/text.h"
#include "results/results_private.h"

#include <string.h>

static status_t not_there(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                          failure_t *why) {
    return failed(why, STATUS_INTERNAL, "%s: /%s: does not have elements %llu to %llu of row %llu", results->path,
                  results->layout->datasets[id].path, (unsigned long long)first, (unsigned long long)(first + count),
                  (unsigned long long)row);
}

status_t results_locate(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                        uint64_t *offset, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    uint64_t rows = dataset->rank ? dataset->dims[0] : 1;
    uint64_t length = dataset->present ? dataset->elements / rows : 0;
    if (row >= rows || first > length || count > length - first)
        return not_there(results, id, row, first, count, why);
    *offset = results->offset[id] + (row * length + first) * dataset->width;
    return STATUS_OK;
}

status_t results_put(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, const void *data,
                     failure_t *why) {
    uint64_t offset = 0;
    TRY(results_locate(results, id, row, first, count, &offset, why));
    return file_write_at(results->fd, results->path, data, (size_t)count * results->layout->datasets[id].width, offset,
                         why);
}

status_t results_get(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, void *data,
                     failure_t *why) {
    uint64_t offset = 0;
    TRY(results_locate(results, id, row, first, count, &offset, why));
    return file_read_at(results->fd, results->path, data, (size_t)count * results->layout->datasets[id].width, offset,
                        why);
}

/* results_locate for `count` >= 1 elements that may reach into the next rows. */
static status_t locate_run(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                           uint64_t *offset, size_t *bytes, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    TRY(results_locate(results, id, row, 0, 0, offset, why));
    uint64_t left = dataset->elements - (*offset - results->offset[id]) / dataset->width;
    if (first > left || count > left - first)
        return not_there(results, id, row, first, count, why);
    *offset += first * dataset->width;
    *bytes = (size_t)count * dataset->width;
    return STATUS_OK;
}

status_t results_put_run(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                         const void *data, failure_t *why) {
    uint64_t offset = 0;
    size_t bytes = 0;
    TRY(locate_run(results, id, row, first, count, &offset, &bytes, why));
    return file_write_at(results->fd, results->path, data, bytes, offset, why);
}

status_t results_get_run(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, void *data,
                         failure_t *why) {
    uint64_t offset = 0;
    size_t bytes = 0;
    TRY(locate_run(results, id, row, first, count, &offset, &bytes, why));
    return file_read_at(results->fd, results->path, data, bytes, offset, why);
}

status_t results_put_bytes(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, uint8_t byte,
                           failure_t *why) {
    uint8_t bytes[4096];
    memset(bytes, byte, count < sizeof bytes ? count : sizeof bytes);
    while (count > 0) {
        uint64_t now = count < sizeof bytes ? count : sizeof bytes;
        TRY(results_put_run(results, id, row, first, now, bytes, why));
        first += now;
        count -= now;
    }
    return STATUS_OK;
}

static uint64_t row_length(const results_t *results, int id) {
    const dataset_t *dataset = &results->layout->datasets[id];
    return dataset->elements / dataset->dims[0];
}

status_t results_put_rows(const results_t *results, int id, uint64_t row, uint64_t count, const void *data,
                          failure_t *why) {
    return results_put_run(results, id, row, 0, count * row_length(results, id), data, why);
}

status_t results_get_rows(const results_t *results, int id, uint64_t row, uint64_t count, void *data, failure_t *why) {
    return results_get_run(results, id, row, 0, count * row_length(results, id), data, why);
}

void results_fit_text(char to[RESULTS_TEXT], const char *from) {
    _Static_assert((int)RESULTS_TEXT == (int)RESULTS_ERROR_TEXT, "texts are of one width");
    memset(to, 0, RESULTS_TEXT);
    memcpy(to, from, text_fitting(from, RESULTS_TEXT - 1));
}
