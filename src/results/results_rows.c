/* The statistics of samples, one row each, and their checksums. */
#include "base/crc.h"
#include "base/nan.h"
#include "results/results_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
        TRY(results_put_rows(results, LAYOUT_FIELDS + id, sample, count, bytes, why));
    }
    return results_put_rows(results, DATASET_ROW_CRC, sample, count, crcs, why);
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
        TRY(results_get_rows(results, LAYOUT_FIELDS + id, sample, count, bytes, why));
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
        status = results_get(results, DATASET_ROW_CRC, (uint64_t)sample, 0, 1, &stored, why);
    if (crc_ok)
        *crc_ok = crc == stored;
    return status;
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
