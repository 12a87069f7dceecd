/* What is stored of each sample beside its rows: results_sample_t, column by column; its status and phase. */
#include "base/memory.h"
#include "base/nan.h"
#include "results/results_private.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static status_t check_code(const results_t *results, int id, int64_t sample, int code, int limit, failure_t *why) {
    if (code <= limit)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s: /%s: sample %lld has code %d, 0 to %d expected: the file is damaged",
                  results->path, results->layout->datasets[id].path, (long long)sample, code, limit);
}

/* Members of results_sample_t that are stored as they lie in memory; numbers with the canonical NaN. */
static const struct {
    int id;
    size_t at;
    bool number;
} COLUMNS[] = {{DATASET_TARGET, offsetof(results_sample_t, target), false},
               {DATASET_OUTPUT, offsetof(results_sample_t, output), false},
               {DATASET_INPUT_CRC, offsetof(results_sample_t, input_crc), false},
               {DATASET_ATTEMPTS, offsetof(results_sample_t, attempts), false},
               {DATASET_SECONDS, offsetof(results_sample_t, seconds), true},
               {DATASET_V_EMPTY, offsetof(results_sample_t, v_empty), true},
               {DATASET_V_FULL, offsetof(results_sample_t, v_full), true},
               {DATASET_NOISE_SIGMA, offsetof(results_sample_t, noise_sigma), true}};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

/* Codes of a byte each. */
static status_t get_code(const results_t *results, int id, int limit, int64_t sample, size_t count, char *bytes,
                         failure_t *why) {
    TRY(results_get_rows(results, id, (uint64_t)sample, count, bytes, why));
    for (size_t k = 0; k < count; k++)
        TRY(check_code(results, id, sample + (int64_t)k, (unsigned char)bytes[k], limit, why));
    return STATUS_OK;
}

static status_t get_codes(const results_t *results, int64_t sample, size_t count, char *bytes, results_sample_t *out,
                          failure_t *why) {
    TRY(get_code(results, DATASET_STATUS, SAMPLE_FAILED, sample, count, bytes, why));
    for (size_t k = 0; k < count; k++)
        out[k].status = (sample_status_t)bytes[k];
    TRY(get_code(results, DATASET_ERROR_KIND, OUTCOME_TRANSIENT, sample, count, bytes, why));
    for (size_t k = 0; k < count; k++)
        out[k].error_kind = (outcome_t)bytes[k];
    TRY(get_code(results, DATASET_NOISE_WHY, NOISE_WHY_LAST, sample, count, bytes, why));
    for (size_t k = 0; k < count; k++)
        out[k].noise_why = (noise_why_t)bytes[k];
    return STATUS_OK;
}

/* bytes: room for `count` errors, the widest column. */
static status_t get_samples(const results_t *results, int64_t sample, size_t count, char *bytes, results_sample_t *out,
                            failure_t *why) {
    TRY(get_codes(results, sample, count, bytes, out, why));
    TRY(results_get_rows(results, DATASET_ERROR, (uint64_t)sample, count, bytes, why));
    for (size_t k = 0; k < count; k++) {
        memcpy(out[k].error, bytes + k * RESULTS_ERROR_TEXT, RESULTS_ERROR_TEXT);
        out[k].error[RESULTS_ERROR_TEXT - 1] = '\0';
    }
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        size_t width = results->layout->datasets[COLUMNS[column].id].width;
        TRY(results_get_rows(results, COLUMNS[column].id, (uint64_t)sample, count, bytes, why));
        for (size_t k = 0; k < count; k++)
            memcpy((char *)&out[k] + COLUMNS[column].at, bytes + k * width, width);
    }
    return STATUS_OK;
}

static status_t read_samples(const results_t *results, int64_t sample, size_t count, results_sample_t *out,
                             failure_t *why) {
    char *bytes = memory_need(count, RESULTS_ERROR_TEXT, "samples");
    status_t status = get_samples(results, sample, count, bytes, out, why);
    free(bytes);
    return status;
}

status_t results_read_outcomes(const results_t *results, int64_t sample, size_t count, uint8_t *status, int64_t *target,
                               failure_t *why) {
    TRY(get_code(results, DATASET_STATUS, SAMPLE_FAILED, sample, count, (char *)status, why));
    return results_get_rows(results, DATASET_TARGET, (uint64_t)sample, count, target, why);
}

status_t results_window_read(const results_t *results, int64_t sample, results_window_t *window, results_sample_t *out,
                             failure_t *why) {
    if (sample < window->first || sample >= window->first + window->count) {
        int64_t left = results_samples(results) - sample;
        window->first = sample;
        window->count = 0;
        left = left < RESULTS_WINDOW ? left : RESULTS_WINDOW;
        TRY(read_samples(results, sample, (size_t)left, window->of, why));
        window->count = left;
    }
    *out = window->of[sample - window->first];
    return STATUS_OK;
}

status_t results_read_sample(const results_t *results, int64_t sample, results_sample_t *out, failure_t *why) {
    char bytes[RESULTS_ERROR_TEXT];
    return get_samples(results, sample, 1, bytes, out, why);
}

static void column_encode(size_t column, size_t width, const results_sample_t *in, size_t count, char *bytes) {
    const double nan = nan_canonical();
    for (size_t k = 0; k < count; k++) {
        const char *from = (const char *)&in[k] + COLUMNS[column].at;
        double number = 0;
        if (COLUMNS[column].number)
            memcpy(&number, from, sizeof number);
        memcpy(bytes + k * width, isnan(number) ? (const char *)&nan : from, width);
    }
}

/* bytes: room for `count` errors, the widest column. */
static status_t put_samples(const results_t *results, uint64_t row, size_t count, const results_sample_t *in,
                            char *bytes, failure_t *why) {
    for (size_t k = 0; k < count; k++)
        bytes[k] = (char)in[k].error_kind;
    TRY(results_put_rows(results, DATASET_ERROR_KIND, row, count, bytes, why));
    for (size_t k = 0; k < count; k++)
        bytes[k] = (char)in[k].noise_why;
    TRY(results_put_rows(results, DATASET_NOISE_WHY, row, count, bytes, why));
    for (size_t k = 0; k < count; k++)
        results_fit_text(bytes + k * RESULTS_ERROR_TEXT, in[k].error);
    TRY(results_put_rows(results, DATASET_ERROR, row, count, bytes, why));
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        int id = COLUMNS[column].id;
        column_encode(column, results->layout->datasets[id].width, in, count, bytes);
        TRY(results_put_rows(results, id, row, count, bytes, why));
    }
    return STATUS_OK;
}

status_t results_write_samples(results_t *results, int64_t sample, size_t count, const results_sample_t *in,
                               failure_t *why) {
    char *bytes = memory_need(count, RESULTS_ERROR_TEXT, "samples");
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
    return results_put(results, DATASET_STATUS, (uint64_t)sample, 0, 1, &byte, why);
}

status_t results_write_phase(results_t *results, int64_t sample, phase_t phase, failure_t *why) {
    uint8_t byte = (uint8_t)phase;
    return results_put(results, DATASET_PHASE, (uint64_t)sample, 0, 1, &byte, why);
}

status_t results_read_phase(const results_t *results, int64_t sample, phase_t *phase, failure_t *why) {
    uint8_t code = 0;
    TRY(results_get(results, DATASET_PHASE, (uint64_t)sample, 0, 1, &code, why));
    *phase = (phase_t)code;
    return check_code(results, DATASET_PHASE, sample, code, PHASE_WHOLE, why);
}
