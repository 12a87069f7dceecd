/* Reading and writing an open results file: pread and pwrite at known offsets, never HDF5. */
#include "base/crc.h"
#include "base/file.h"
#include "base/nan.h"
#include "store/results_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- elements of datasets ---- */

/* Where `count` elements from `first` of row `row` of a dataset lie ([rows, length]; a dataset of rank 1 has rows of
 * one element, a scalar is one row); asking for what is not there is a mistake in this program. */
static status_t locate(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, uint64_t *offset,
                       failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    uint64_t rows = dataset->rank ? dataset->dims[0] : 1;
    uint64_t length = dataset->present ? dataset->elements / rows : 0;
    if (row >= rows || first > length || count > length - first)
        return failed(why, STATUS_INTERNAL, "%s: /%s: row %llu, elements %llu and %llu on are not in it", results->path,
                      dataset->path, (unsigned long long)row, (unsigned long long)first, (unsigned long long)count);
    *offset = results->offset[id] + (row * length + first) * dataset->width;
    return STATUS_OK;
}

static status_t put(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, const void *data,
                    failure_t *why) {
    uint64_t offset = 0;
    TRY(locate(results, id, row, first, count, &offset, why));
    return file_write_at(results->fd, results->path, data, (size_t)count * results->layout->datasets[id].width, offset,
                         why);
}

static status_t get(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, void *data,
                    failure_t *why) {
    uint64_t offset = 0;
    TRY(locate(results, id, row, first, count, &offset, why));
    return file_read_at(results->fd, results->path, data, (size_t)count * results->layout->datasets[id].width, offset,
                        why);
}

/* The same for elements that may run on into the rows behind: `count` >= 1 of them, from the one that is `first` behind
 * the start of row `row`. */
static status_t locate_run(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                           uint64_t *offset, size_t *bytes, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    TRY(locate(results, id, row, 0, 0, offset, why));
    uint64_t left = dataset->elements - (*offset - results->offset[id]) / dataset->width;
    if (first > left || count > left - first)
        return failed(why, STATUS_INTERNAL, "%s: /%s: row %llu, elements %llu and %llu on are not in it", results->path,
                      dataset->path, (unsigned long long)row, (unsigned long long)first, (unsigned long long)count);
    *offset += first * dataset->width;
    *bytes = (size_t)count * dataset->width;
    return STATUS_OK;
}

static status_t put_run(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                        const void *data, failure_t *why) {
    uint64_t offset = 0;
    size_t bytes = 0;
    TRY(locate_run(results, id, row, first, count, &offset, &bytes, why));
    return file_write_at(results->fd, results->path, data, bytes, offset, why);
}

/* `count` equal bytes, in pieces of a buffer on the stack. */
static status_t put_bytes(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, uint8_t byte,
                          failure_t *why) {
    uint8_t bytes[4096];
    memset(bytes, byte, count < sizeof bytes ? count : sizeof bytes);
    while (count > 0) {
        uint64_t now = count < sizeof bytes ? count : sizeof bytes;
        TRY(put_run(results, id, row, first, now, bytes, why));
        first += now;
        count -= now;
    }
    return STATUS_OK;
}

static uint64_t row_length(const results_t *results, int id) {
    const dataset_t *dataset = &results->layout->datasets[id];
    return dataset->elements / dataset->dims[0];
}

/* Whole rows `row` ... row + count - 1, count >= 1. */
static status_t put_rows(const results_t *results, int id, uint64_t row, uint64_t count, const void *data,
                         failure_t *why) {
    return put_run(results, id, row, 0, count * row_length(results, id), data, why);
}

static status_t get_rows(const results_t *results, int id, uint64_t row, uint64_t count, void *data, failure_t *why) {
    uint64_t offset = 0;
    size_t bytes = 0;
    TRY(locate_run(results, id, row, 0, count * row_length(results, id), &offset, &bytes, why));
    return file_read_at(results->fd, results->path, data, bytes, offset, why);
}

/* ---- tables ---- */

status_t results_write_values(results_t *results, int64_t sample, mask_t first, mask_t count, const double *data,
                              failure_t *why) {
    return put(results, DATASET_VALUES, (uint64_t)sample, first, count, data, why);
}

status_t results_read_values(const results_t *results, int64_t sample, mask_t first, mask_t count, double *data,
                             failure_t *why) {
    return get(results, DATASET_VALUES, (uint64_t)sample, first, count, data, why);
}

status_t results_write_interactions(results_t *results, int64_t sample, mask_t first, mask_t count, const double *data,
                                    failure_t *why) {
    return put(results, DATASET_INTERACTIONS, (uint64_t)sample, first, count, data, why);
}

status_t results_read_interactions(const results_t *results, int64_t sample, mask_t first, mask_t count, double *data,
                                   failure_t *why) {
    return get(results, DATASET_INTERACTIONS, (uint64_t)sample, first, count, data, why);
}

/* A stretch of a table that is written from pieces of memory, many at once. */
typedef struct {
    const results_t *results;
    uint64_t offset; /* in the file, of the first piece */
    size_t count, bytes;
    struct iovec pieces[64];
} gather_t;

static status_t gather_begin(gather_t *gather, const results_t *results, int id, int64_t sample, mask_t first,
                             failure_t *why) {
    gather->results = results;
    gather->count = gather->bytes = 0;
    return locate(results, id, (uint64_t)sample, first, 0, &gather->offset, why);
}

static status_t gather_end(gather_t *gather, failure_t *why) {
    const results_t *results = gather->results;
    TRY(file_write_pieces_at(results->fd, results->path, gather->pieces, gather->count, gather->offset, why));
    gather->offset += gather->bytes;
    gather->count = gather->bytes = 0;
    return STATUS_OK;
}

static status_t gather_add(gather_t *gather, const double *data, mask_t count, failure_t *why) {
    if (gather->count == sizeof gather->pieces / sizeof *gather->pieces)
        TRY(gather_end(gather, why));
    /* It is only read through the pointer, which is not const since reading takes the same type. */
    gather->pieces[gather->count++] = (struct iovec){(void *)(uintptr_t)data, (size_t)count * sizeof *data};
    gather->bytes += (size_t)count * sizeof *data;
    return STATUS_OK;
}

enum { NANS = 1 << 13 };

static status_t gather_add_nans(gather_t *gather, const double nans[NANS], mask_t count, failure_t *why) {
    for (mask_t now; count > 0; count -= now) {
        now = count < NANS ? count : NANS;
        TRY(gather_add(gather, nans, now, why));
    }
    return STATUS_OK;
}

/* NULL without memory. */
static double *make_nans(void) {
    double *nans = malloc(NANS * sizeof *nans);
    for (int i = 0; nans && i < NANS; i++)
        nans[i] = nan_canonical();
    return nans;
}

/* rows[k]: [2^n of sample + k]. */
static status_t put_tables(const results_t *results, int id, int64_t sample, size_t count, const double *const *rows,
                           const double nans[NANS], failure_t *why) {
    gather_t gather;
    mask_t all = mask_count(results_players(results));
    if (sample < 0 || (uint64_t)sample + count > (uint64_t)results_samples(results))
        return failed(why, STATUS_INTERNAL, "%s: it has no %zu samples from %lld on", results->path, count,
                      (long long)sample);
    TRY(gather_begin(&gather, results, id, sample, 0, why));
    for (size_t k = 0; k < count; k++) {
        mask_t masks = mask_count(results_players_of(results, sample + (int64_t)k));
        TRY(gather_add(&gather, rows[k], masks, why));
        TRY(gather_add_nans(&gather, nans, all - masks, why));
    }
    return gather_end(&gather, why);
}

status_t results_write_tables(results_t *results, int64_t sample, size_t count, const double *const *values,
                              const double *const *interactions, failure_t *why) {
    double *nans = make_nans();
    if (!nans)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = put_tables(results, DATASET_VALUES, sample, count, values, nans, why);
    if (status == STATUS_OK)
        status = put_tables(results, DATASET_INTERACTIONS, sample, count, interactions, nans, why);
    free(nans);
    return status;
}

static status_t put_tail(const results_t *results, int id, int64_t sample, mask_t first, const double nans[NANS],
                         failure_t *why) {
    gather_t gather;
    TRY(gather_begin(&gather, results, id, sample, first, why));
    TRY(gather_add_nans(&gather, nans, mask_count(results_players(results)) - first, why));
    return gather_end(&gather, why);
}

status_t results_write_nan_tail(results_t *results, int64_t sample, mask_t first, failure_t *why) {
    if (first >= mask_count(results_players(results)))
        return STATUS_OK;
    double *nans = make_nans();
    if (!nans)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = put_tail(results, DATASET_VALUES, sample, first, nans, why);
    if (status == STATUS_OK)
        status = put_tail(results, DATASET_INTERACTIONS, sample, first, nans, why);
    free(nans);
    return status;
}

struct results_row {
    const results_t *results; /* borrowed */
    bool interactions;
    int64_t sample;
    double leaf[1 << LEAF_BITS];
};

status_t results_row_open(const results_t *results, bool interactions, results_row_t **out, failure_t *why) {
    *out = malloc(sizeof **out);
    if (!*out)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    (*out)->results = results;
    (*out)->interactions = interactions;
    (*out)->sample = 0;
    return STATUS_OK;
}

static status_t read_leaf(void *self, mask_t first, const double **leaf, failure_t *why) {
    results_row_t *row = self;
    mask_t count = row_leaf_masks(results_players_of(row->results, row->sample));
    *leaf = row->leaf;
    return get(row->results, row->interactions ? DATASET_INTERACTIONS : DATASET_VALUES, (uint64_t)row->sample, first,
               count, row->leaf, why);
}

row_source_t results_row_source(results_row_t *row, int64_t sample) {
    row->sample = sample;
    return (row_source_t){.n = results_players_of(row->results, sample), .read = read_leaf, .self = row};
}

void results_row_free(results_row_t **row) {
    free(*row);
    *row = NULL;
}

/* ---- statistics ---- */

/* The stored bytes of one field of a row: doubles with the one NaN, or single bytes with 255 for NaN. */
static void field_encode(int id, const double *from, size_t length, unsigned char *bytes) {
    for (size_t i = 0; i < length; i++) {
        double value = isnan(from[i]) ? nan_canonical() : from[i];
        if (FIELDS[id].type == FIELD_U8)
            bytes[i] = value >= 0 && value < 255 ? (unsigned char)value : 255;
        else
            memcpy(bytes + i * sizeof value, &value, sizeof value);
    }
}

static void field_decode(int id, const unsigned char *bytes, size_t length, double *to) {
    for (size_t i = 0; i < length; i++)
        if (FIELDS[id].type == FIELD_U8)
            to[i] = bytes[i];
        else
            memcpy(&to[i], bytes + i * sizeof *to, sizeof *to);
}

/* Of `count` samples; bytes: room for their longest field, crcs [count]. */
static status_t put_fields(const results_t *results, uint64_t sample, size_t count, const double *rows,
                           unsigned char *bytes, uint32_t *crcs, failure_t *why) {
    const fields_t *fields = &results->fields;
    memset(crcs, 0, count * sizeof *crcs);
    for (int id = 0; id < FIELD_COUNT; id++) {
        size_t length = fields->length[id], piece = length * results->layout->datasets[LAYOUT_FIELDS + id].width;
        if (length == 0)
            continue;
        for (size_t k = 0; k < count; k++) {
            field_encode(id, rows + k * fields->doubles + fields->offset[id], length, bytes + k * piece);
            crcs[k] = crc32c(crcs[k], bytes + k * piece, piece);
        }
        TRY(put_rows(results, LAYOUT_FIELDS + id, sample, count, bytes, why));
    }
    return put_rows(results, DATASET_ROW_CRC, sample, count, crcs, why);
}

/* Of `count` samples; bytes: room for their longest field; crcs [count] of what was read, or NULL. */
static status_t get_fields(const results_t *results, uint64_t sample, size_t count, double *rows, unsigned char *bytes,
                           uint32_t *crcs, failure_t *why) {
    const fields_t *fields = &results->fields;
    if (crcs)
        memset(crcs, 0, count * sizeof *crcs);
    for (int id = 0; id < FIELD_COUNT; id++) {
        size_t length = fields->length[id], piece = length * results->layout->datasets[LAYOUT_FIELDS + id].width;
        if (length == 0)
            continue;
        TRY(get_rows(results, LAYOUT_FIELDS + id, sample, count, bytes, why));
        for (size_t k = 0; k < count; k++) {
            if (crcs)
                crcs[k] = crc32c(crcs[k], bytes + k * piece, piece);
            field_decode(id, bytes + k * piece, length, rows + k * fields->doubles + fields->offset[id]);
        }
    }
    return STATUS_OK;
}

status_t results_write_rows(results_t *results, int64_t sample, size_t count, const double *rows, failure_t *why) {
    unsigned char *bytes = malloc(count * results->fields.doubles * sizeof(double));
    uint32_t *crcs = malloc(count * sizeof *crcs);
    status_t status = bytes && crcs ? put_fields(results, (uint64_t)sample, count, rows, bytes, crcs, why)
                                    : failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    free(crcs);
    free(bytes);
    return status;
}

status_t results_write_row(results_t *results, int64_t sample, const double *row, failure_t *why) {
    return results_write_rows(results, sample, 1, row, why);
}

status_t results_read_rows(const results_t *results, int64_t sample, size_t count, double *rows, failure_t *why) {
    unsigned char *bytes = malloc(count * results->fields.doubles * sizeof(double));
    if (!bytes)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = get_fields(results, (uint64_t)sample, count, rows, bytes, NULL, why);
    free(bytes);
    return status;
}

status_t results_read_row(const results_t *results, int64_t sample, double *row, bool *crc_ok, failure_t *why) {
    uint32_t crc = 0, stored = 0;
    unsigned char *bytes = malloc(results->fields.doubles * sizeof(double));
    if (!bytes)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = get_fields(results, (uint64_t)sample, 1, row, bytes, &crc, why);
    free(bytes);
    if (status == STATUS_OK && crc_ok)
        status = get(results, DATASET_ROW_CRC, (uint64_t)sample, 0, 1, &stored, why);
    if (crc_ok)
        *crc_ok = crc == stored;
    return status;
}

/* ---- samples ---- */

static status_t check_code(const results_t *results, int id, int64_t sample, int code, int limit, failure_t *why) {
    if (code <= limit)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s: /%s: sample %lld has code %d, 0 to %d expected: the file is damaged",
                  results->path, results->layout->datasets[id].path, (long long)sample, code, limit);
}

/* Reads a code of one byte that is at most `limit`. */
static status_t get_code(const results_t *results, int id, int64_t sample, int limit, int *code, failure_t *why) {
    uint8_t byte = 0;
    TRY(get(results, id, (uint64_t)sample, 0, 1, &byte, why));
    *code = byte;
    return check_code(results, id, sample, byte, limit, why);
}

/* What is stored of a results_sample_t as it lies there; doubles with the one NaN. */
static const struct {
    int id;
    size_t at;
    bool number;
} COLUMNS[] = {{DATASET_TARGET, offsetof(results_sample_t, target), false},
               {DATASET_ATTEMPTS, offsetof(results_sample_t, attempts), false},
               {DATASET_SECONDS, offsetof(results_sample_t, seconds), true},
               {DATASET_V_EMPTY, offsetof(results_sample_t, v_empty), true},
               {DATASET_V_FULL, offsetof(results_sample_t, v_full), true},
               {DATASET_NOISE_SIGMA, offsetof(results_sample_t, noise_sigma), true}};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

static status_t get_codes(const results_t *results, int64_t sample, size_t count, char *bytes, results_sample_t *out,
                          failure_t *why) {
    TRY(get_rows(results, DATASET_STATUS, (uint64_t)sample, count, bytes, why));
    for (size_t k = 0; k < count; k++) {
        int code = (unsigned char)bytes[k];
        TRY(check_code(results, DATASET_STATUS, sample + (int64_t)k, code, SAMPLE_FAILED, why));
        out[k].status = (sample_status_t)code;
    }
    TRY(get_rows(results, DATASET_ERROR_KIND, (uint64_t)sample, count, bytes, why));
    for (size_t k = 0; k < count; k++) {
        int code = (unsigned char)bytes[k];
        TRY(check_code(results, DATASET_ERROR_KIND, sample + (int64_t)k, code, ERROR_TRANSIENT, why));
        out[k].error_kind = (error_kind_t)code;
    }
    return STATUS_OK;
}

/* bytes: room for `count` errors, the widest column. */
static status_t get_samples(const results_t *results, int64_t sample, size_t count, char *bytes, results_sample_t *out,
                            failure_t *why) {
    TRY(get_codes(results, sample, count, bytes, out, why));
    TRY(get_rows(results, DATASET_ERROR, (uint64_t)sample, count, bytes, why));
    for (size_t k = 0; k < count; k++) {
        memcpy(out[k].error, bytes + k * RESULTS_ERROR_TEXT, RESULTS_ERROR_TEXT);
        out[k].error[RESULTS_ERROR_TEXT - 1] = '\0';
    }
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        size_t width = results->layout->datasets[COLUMNS[column].id].width;
        TRY(get_rows(results, COLUMNS[column].id, (uint64_t)sample, count, bytes, why));
        for (size_t k = 0; k < count; k++)
            memcpy((char *)&out[k] + COLUMNS[column].at, bytes + k * width, width);
    }
    return STATUS_OK;
}

status_t results_read_samples(const results_t *results, int64_t sample, size_t count, results_sample_t *out,
                              failure_t *why) {
    char *bytes = malloc(count * RESULTS_ERROR_TEXT);
    if (!bytes)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = get_samples(results, sample, count, bytes, out, why);
    free(bytes);
    return status;
}

status_t results_window_read(const results_t *results, int64_t sample, results_window_t *window, results_sample_t *out,
                             failure_t *why) {
    if (sample < window->first || sample >= window->first + window->count) {
        int64_t left = results_samples(results) - sample;
        window->first = sample;
        window->count = 0;
        left = left < RESULTS_WINDOW ? left : RESULTS_WINDOW;
        TRY(results_read_samples(results, sample, (size_t)left, window->of, why));
        window->count = left;
    }
    *out = window->of[sample - window->first];
    return STATUS_OK;
}

status_t results_read_sample(const results_t *results, int64_t sample, results_sample_t *out, failure_t *why) {
    char bytes[RESULTS_ERROR_TEXT];
    return get_samples(results, sample, 1, bytes, out, why);
}

/* Copies as many whole UTF-8 characters as fit, NUL-padded. */
static void copy_text(char to[RESULTS_ERROR_TEXT], const char *from) {
    size_t length = strnlen(from, RESULTS_ERROR_TEXT);
    if (length >= RESULTS_ERROR_TEXT) {
        length = RESULTS_ERROR_TEXT - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80) /* not inside a character */
            length--;
    }
    memset(to, 0, RESULTS_ERROR_TEXT);
    memcpy(to, from, length);
}

static double one_nan(double value) {
    return isnan(value) ? nan_canonical() : value;
}

static void column_encode(size_t column, size_t width, const results_sample_t *in, size_t count, char *bytes) {
    for (size_t k = 0; k < count; k++) {
        const char *from = (const char *)&in[k] + COLUMNS[column].at;
        memcpy(bytes + k * width, from, width);
        if (COLUMNS[column].number) {
            double number;
            memcpy(&number, from, sizeof number);
            number = one_nan(number);
            memcpy(bytes + k * width, &number, sizeof number);
        }
    }
}

/* bytes: room for `count` errors, the widest column. */
static status_t put_samples(const results_t *results, uint64_t row, size_t count, const results_sample_t *in,
                            char *bytes, failure_t *why) {
    for (size_t k = 0; k < count; k++)
        bytes[k] = (char)in[k].error_kind;
    TRY(put_rows(results, DATASET_ERROR_KIND, row, count, bytes, why));
    for (size_t k = 0; k < count; k++)
        copy_text(bytes + k * RESULTS_ERROR_TEXT, in[k].error);
    TRY(put_rows(results, DATASET_ERROR, row, count, bytes, why));
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        int id = COLUMNS[column].id;
        column_encode(column, results->layout->datasets[id].width, in, count, bytes);
        TRY(put_rows(results, id, row, count, bytes, why));
    }
    return STATUS_OK;
}

status_t results_write_samples(results_t *results, int64_t sample, size_t count, const results_sample_t *in,
                               failure_t *why) {
    char *bytes = calloc(count, RESULTS_ERROR_TEXT);
    if (!bytes)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = put_samples(results, (uint64_t)sample, count, in, bytes, why);
    free(bytes);
    return status;
}

status_t results_write_sample(results_t *results, int64_t sample, const results_sample_t *in, failure_t *why) {
    char bytes[RESULTS_ERROR_TEXT] = {0};
    return put_samples(results, (uint64_t)sample, 1, in, bytes, why);
}

status_t results_write_status(results_t *results, int64_t sample, sample_status_t status, failure_t *why) {
    uint8_t byte = (uint8_t)status;
    return put(results, DATASET_STATUS, (uint64_t)sample, 0, 1, &byte, why);
}

/* ---- progress ---- */

status_t results_write_crcs(results_t *results, int64_t sample, int64_t first_block, int64_t count,
                            const uint32_t *values_crc, const uint32_t *interactions_crc, failure_t *why) {
    uint64_t row = (uint64_t)sample, first = (uint64_t)first_block, blocks = (uint64_t)count;
    if (values_crc)
        TRY(put_run(results, DATASET_VALUES_CRC, row, first, blocks, values_crc, why));
    if (interactions_crc)
        TRY(put_run(results, DATASET_INTERACTIONS_CRC, row, first, blocks, interactions_crc, why));
    return STATUS_OK;
}

status_t results_read_crcs(const results_t *results, int64_t sample, int64_t first_block, int64_t count,
                           uint32_t *values_crc, uint32_t *interactions_crc, failure_t *why) {
    uint64_t row = (uint64_t)sample, first = (uint64_t)first_block, blocks = (uint64_t)count;
    if (values_crc)
        TRY(get(results, DATASET_VALUES_CRC, row, first, blocks, values_crc, why));
    if (interactions_crc)
        TRY(get(results, DATASET_INTERACTIONS_CRC, row, first, blocks, interactions_crc, why));
    return STATUS_OK;
}

status_t results_write_blocks_done(results_t *results, int64_t sample, int64_t first_block, int64_t count, bool done,
                                   failure_t *why) {
    uint64_t row = (uint64_t)sample, first = (uint64_t)first_block, offset;
    TRY(locate(results, DATASET_VALUES_DONE, row, first, (uint64_t)count, &offset, why));
    return put_bytes(results, DATASET_VALUES_DONE, row, first, (uint64_t)count, done, why);
}

status_t results_read_blocks_done(const results_t *results, int64_t sample, int64_t first_block, int64_t count,
                                  uint8_t *done, failure_t *why) {
    return get(results, DATASET_VALUES_DONE, (uint64_t)sample, (uint64_t)first_block, (uint64_t)count, done, why);
}

status_t results_write_phase(results_t *results, int64_t sample, phase_t phase, failure_t *why) {
    uint8_t byte = (uint8_t)phase;
    return put(results, DATASET_PHASE, (uint64_t)sample, 0, 1, &byte, why);
}

status_t results_flag_whole(results_t *results, int64_t sample, int64_t samples, failure_t *why) {
    uint64_t row = (uint64_t)sample, rows = (uint64_t)samples, blocks = (uint64_t)results_blocks_per_row(results);
    TRY(put_bytes(results, DATASET_VALUES_DONE, row, 0, rows * blocks, true, why));
    TRY(put_bytes(results, DATASET_PHASE, row, 0, rows, PHASE_WHOLE, why));
    return put_bytes(results, DATASET_STATUS, row, 0, rows, SAMPLE_DONE, why);
}

status_t results_read_phase(const results_t *results, int64_t sample, phase_t *phase, failure_t *why) {
    int code = 0;
    TRY(get_code(results, DATASET_PHASE, sample, PHASE_WHOLE, &code, why));
    *phase = (phase_t)code;
    return STATUS_OK;
}

status_t results_clear_flags(results_t *results, int64_t sample, failure_t *why) {
    TRY(results_write_status(results, sample, SAMPLE_PENDING, why));
    TRY(results_write_blocks_done(results, sample, 0, results_blocks_per_row(results), false, why));
    return results_write_phase(results, sample, PHASE_EVALUATING, why);
}

status_t results_clear_rows(results_t *results, int64_t sample, failure_t *why) {
    size_t doubles = results->fields.doubles;
    double *row = malloc(doubles * sizeof *row);
    if (!row)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    for (size_t i = 0; i < doubles; i++)
        row[i] = nan_canonical();
    status_t status = results_write_row(results, sample, row, why);
    free(row);
    return status == STATUS_OK && results_has_tables(results) ? results_write_nan_tail(results, sample, 0, why)
                                                              : status;
}

status_t results_sync(const results_t *results, failure_t *why) {
    struct stat own, named;
    TRY(file_sync(results->fd, results->path, why));
    if (fstat(results->fd, &own) != 0)
        return failed(why, STATUS_INTERNAL, "%s: %s", results->path, strerror(errno));
    bool there = stat(results->path, &named) == 0;
    if (there && (named.st_dev != results->device || named.st_ino != results->inode))
        return failed(why, STATUS_INPUT,
                      "%s: was replaced by another file while it was being written; the same command goes on with the "
                      "one that is there, should it be of this sweep",
                      results->path);
    if (own.st_nlink == 0 || (!there && errno == ENOENT))
        return failed(why, STATUS_INPUT,
                      "%s: was deleted or moved away while it was being written; put it back and type the same command",
                      results->path);
    if ((uint64_t)own.st_size < results->bytes)
        return failed(why, STATUS_INPUT,
                      "%s: was cut from %llu to %llu bytes while it was being written; put a copy back, or remove it "
                      "and start anew",
                      results->path, (unsigned long long)results->bytes, (unsigned long long)own.st_size);
    return STATUS_OK;
}
