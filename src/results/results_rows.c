/* The statistics of rows: numbers, bitmaps of salient sets, and the checksum over both. */
#include "base/digest.h"
#include "base/memory.h"
#include "base/nan.h"
#include "results/results_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

/* The stored bytes of one field of a row: doubles with the one NaN, single bytes with 255 for NaN, or whole numbers
 * with -1 for it. */
static void field_encode(int at, const double *from, size_t length, unsigned char *bytes) {
    const field_type_t type = FIELDS[at % FIELD_COUNT].type;
    const double nan = nan_canonical();
    for (size_t i = 0; type == FIELD_F64 && i < length; i++) {
        double value = isnan(from[i]) ? nan : from[i];
        memcpy(bytes + i * sizeof value, &value, sizeof value);
    }
    for (size_t i = 0; type == FIELD_U8 && i < length; i++)
        bytes[i] = from[i] >= 0 && from[i] < 255 ? (unsigned char)from[i] : 255;
    for (size_t i = 0; type == FIELD_I64 && i < length; i++) {
        int64_t whole = from[i] >= 0 && from[i] < 0x1p53 ? (int64_t)from[i] : -1;
        memcpy(bytes + i * sizeof whole, &whole, sizeof whole);
    }
}

static void field_decode(int at, const unsigned char *bytes, size_t length, double *to) {
    for (size_t i = 0; i < length; i++) {
        int64_t whole;
        if (FIELDS[at % FIELD_COUNT].type == FIELD_U8) {
            to[i] = bytes[i];
        } else if (FIELDS[at % FIELD_COUNT].type == FIELD_I64) {
            memcpy(&whole, bytes + i * sizeof whole, sizeof whole);
            to[i] = (double)whole;
        } else {
            memcpy(&to[i], bytes + i * sizeof *to, sizeof *to);
        }
    }
}

static size_t field_bytes(const results_t *results, int at) {
    return results->fields.length[at] * results->layout->datasets[LAYOUT_FIELDS + at].width;
}

/* One field of `count` rows; numbers[k] is row k's numbers. bytes: room for the field of all of them. */
static status_t put_field(const results_t *results, int at, uint64_t sample, size_t count, const double *const *numbers,
                          unsigned char *bytes, uint32_t *crcs, failure_t *why) {
    const fields_t *fields = &results->fields;
    size_t piece = field_bytes(results, at);
    if (piece == 0)
        return STATUS_OK;
    for (size_t k = 0; k < count; k++) {
        field_encode(at, numbers[k] + fields->offset[at], fields->length[at], bytes + k * piece);
        crcs[k] = crc32c(crcs[k], bytes + k * piece, piece);
    }
    return results_put_rows(results, LAYOUT_FIELDS + at, sample, count, bytes, why);
}

/* One field of a row; bytes: room for it. */
static status_t get_field(const results_t *results, int at, uint64_t sample, double *numbers, unsigned char *bytes,
                          uint32_t *crc, failure_t *why) {
    const fields_t *fields = &results->fields;
    size_t piece = field_bytes(results, at);
    if (piece == 0)
        return STATUS_OK;
    TRY(results_get_rows(results, LAYOUT_FIELDS + at, sample, 1, bytes, why));
    *crc = crc32c(*crc, bytes, piece);
    field_decode(at, bytes, fields->length[at], numbers + fields->offset[at]);
    return STATUS_OK;
}

static size_t longest_field(const results_t *results) {
    size_t longest = 1;
    for (int at = 0; at < FIELDS_MAX; at++)
        longest = results->fields.length[at] > longest ? results->fields.length[at] : longest;
    return longest * sizeof(double);
}

/* ---- bitmaps ---- */

/* Bytes of one kind's bitmap in the file. */
static size_t bitmap_bytes(const results_t *results) {
    return (size_t)(mask_count(results_players(results)) + 7) / 8;
}

static int bitmap_dataset(int family, bool negative) {
    return layout_family(family, negative ? FAMILY_NEGATIVE : FAMILY_POSITIVE);
}

/* A family's bitmaps of `count` rows; bytes: room for those of all of them. */
static status_t put_bitmaps(const results_t *results, int family, bool negative, uint64_t sample, size_t count,
                            const finished_row_t *rows, unsigned char *bytes, uint32_t *crcs, failure_t *why) {
    size_t length = bitmap_bytes(results), kinds = (size_t)results->fields.families.kinds[family];
    memset(bytes, 0, count * kinds * length);
    for (size_t k = 0; k < count; k++) {
        size_t own = salience_words(rows[k].n) * sizeof(uint64_t);
        const uint64_t *bits = finished_salient(&rows[k], family, negative);
        for (size_t kind = 0; kind < kinds; kind++)
            memcpy(bytes + (k * kinds + kind) * length, bits + kind * salience_words(rows[k].n),
                   own < length ? own : length);
        crcs[k] = crc32c(crcs[k], bytes + k * kinds * length, kinds * length);
    }
    return results_put_rows(results, bitmap_dataset(family, negative), sample, count, bytes, why);
}

/* Adds a family's stored bitmaps of one row to the checksum. */
static status_t add_stored_bitmaps(const results_t *results, int family, uint64_t sample, uint32_t *crc,
                                   failure_t *why) {
    unsigned char piece[1 << 14];
    size_t length = bitmap_bytes(results) * (size_t)results->fields.families.kinds[family];
    for (int negative = 0; negative < 2; negative++)
        for (size_t at = 0, step; at < length; at += step) {
            step = length - at < sizeof piece ? length - at : sizeof piece;
            TRY(results_get(results, bitmap_dataset(family, negative), sample, at, step, piece, why));
            *crc = crc32c(*crc, piece, step);
        }
    return STATUS_OK;
}

status_t results_write_salient(results_t *results, row_t sample, int kind, mask_t first, size_t words,
                               const uint64_t *positive, const uint64_t *negative, failure_t *why) {
    int family = families_of_kind(&results->fields.families, &kind);
    size_t length = bitmap_bytes(results), at = (size_t)(first / 8), bytes = words * sizeof *positive;
    bytes = length - at < bytes ? length - at : bytes; /* fewer than 64 masks in all */
    at += (size_t)kind * length;
    TRY(results_put(results, bitmap_dataset(family, false), (uint64_t)sample, at, bytes, positive, why));
    return results_put(results, bitmap_dataset(family, true), (uint64_t)sample, at, bytes, negative, why);
}

/* Bitmaps shorter than a word: packed in the file, a word each in memory. */
static void spread_bytes(uint64_t *words, int64_t count, size_t length) {
    const unsigned char *bytes = (const unsigned char *)words;
    for (int64_t k = count - 1; k >= 0; k--) {
        uint64_t word = 0;
        memcpy(&word, bytes + (size_t)k * length, length);
        words[k] = word;
    }
}

status_t results_read_salient(const results_t *results, row_t sample, int64_t count, int kind, bool negative,
                              size_t first, size_t words, uint64_t *out, failure_t *why) {
    int family = families_of_kind(&results->fields.families, &kind);
    size_t length = bitmap_bytes(results), at = (size_t)kind * length + first * sizeof *out;
    int id = bitmap_dataset(family, negative);
    if (length < sizeof *out) {
        TRY(results_get(results, id, (uint64_t)sample, at, (uint64_t)count * length, out, why));
        spread_bytes(out, count, length);
        return STATUS_OK;
    }
    return results_get(results, id, (uint64_t)sample, at, (uint64_t)count * words * sizeof *out, out, why);
}

/* ---- rows ---- */

/* In the order of docs/file-format.md: each family's numbers, then its bitmaps. rows NULL: the bitmaps are in the file.
 */
static status_t put_rows(const results_t *results, uint64_t sample, size_t count, const double *const *numbers,
                         const finished_row_t *rows, unsigned char *bytes, uint32_t *crcs, failure_t *why) {
    for (int family = 0; family < results->fields.families.count; family++) {
        for (int id = 0; id < FIELD_COUNT; id++)
            TRY(put_field(results, family * FIELD_COUNT + id, sample, count, numbers, bytes, crcs, why));
        if (!rows)
            TRY(add_stored_bitmaps(results, family, sample, crcs, why));
        for (int negative = 0; rows && negative < 2; negative++)
            TRY(put_bitmaps(results, family, negative, sample, count, rows, bytes, crcs, why));
    }
    return results_put_rows(results, DATASET_ROW_CRC, sample, count, crcs, why);
}

status_t results_write_rows(results_t *results, row_t sample, size_t count, const finished_row_t *rows,
                            failure_t *why) {
    size_t field = longest_field(results), bitmap = bitmap_bytes(results) * KINDS_MAX;
    unsigned char *bytes OWNED = memory_need(count, field > bitmap ? field : bitmap, "rows of statistics");
    uint32_t *crcs OWNED = memory_need(count, sizeof *crcs, "checksums of rows");
    const double **numbers OWNED = memory_need(count, sizeof *numbers, "rows of statistics");
    for (size_t k = 0; k < count; k++)
        numbers[k] = rows[k].numbers;
    return put_rows(results, (uint64_t)sample, count, numbers, rows, bytes, crcs, why);
}

status_t results_write_numbers(results_t *results, row_t sample, const double *numbers, failure_t *why) {
    unsigned char *bytes OWNED = memory_need(1, longest_field(results), "a row of statistics");
    uint32_t crc = 0;
    return put_rows(results, (uint64_t)sample, 1, &numbers, NULL, bytes, &crc, why);
}

/* bitmaps: the checksum is to cover them too. */
static status_t get_row(const results_t *results, uint64_t sample, bool bitmaps, double *numbers, unsigned char *bytes,
                        uint32_t *crc, failure_t *why) {
    for (int family = 0; family < results->fields.families.count; family++) {
        for (int id = 0; id < FIELD_COUNT; id++)
            TRY(get_field(results, family * FIELD_COUNT + id, sample, numbers, bytes, crc, why));
        if (bitmaps)
            TRY(add_stored_bitmaps(results, family, sample, crc, why));
    }
    return STATUS_OK;
}

status_t results_read_row(const results_t *results, row_t sample, double *numbers, bool *crc_ok, failure_t *why) {
    uint32_t crc = 0, stored = 0;
    unsigned char *bytes OWNED = memory_need(1, longest_field(results), "a row of statistics");
    TRY(get_row(results, (uint64_t)sample, crc_ok, numbers, bytes, &crc, why));
    if (!crc_ok)
        return STATUS_OK;
    TRY(results_get(results, DATASET_ROW_CRC, (uint64_t)sample, 0, 1, &stored, why));
    *crc_ok = crc == stored;
    return STATUS_OK;
}

status_t results_read_field(const results_t *results, int field, row_t sample, size_t count, double *data,
                            failure_t *why) {
    size_t length = results->fields.length[field];
    if (length == 0)
        return STATUS_OK;
    if (FIELDS[field % FIELD_COUNT].type == FIELD_F64)
        return results_get_rows(results, LAYOUT_FIELDS + field, (uint64_t)sample, count, data, why);
    unsigned char *bytes OWNED = memory_need(count, field_bytes(results, field), "a field of rows");
    TRY(results_get_rows(results, LAYOUT_FIELDS + field, (uint64_t)sample, count, bytes, why));
    field_decode(field, bytes, count * length, data);
    return STATUS_OK;
}

/* ---- failed rows ---- */

static status_t clear_bitmaps(results_t *results, row_t sample, failure_t *why) {
    for (int family = 0; family < results->fields.families.count; family++)
        for (int negative = 0; negative < 2; negative++)
            TRY(results_put_bytes(results, bitmap_dataset(family, negative), (uint64_t)sample, 0,
                                  bitmap_bytes(results) * (size_t)results->fields.families.kinds[family], 0, why));
    return STATUS_OK;
}

status_t results_clear_rows(results_t *results, row_t sample, failure_t *why) {
    size_t doubles = results->fields.doubles;
    double *row OWNED = memory_need(doubles, sizeof *row, "a row of NaN");
    for (size_t i = 0; i < doubles; i++)
        row[i] = nan_canonical();
    TRY(clear_bitmaps(results, sample, why));
    TRY(results_write_numbers(results, sample, row, why));
    return results_has_tables(results) ? results_write_nan_tail(results, sample, 0, why) : STATUS_OK;
}
