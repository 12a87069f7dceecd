/* What is stored of each sample beside its rows: results_sample_t, column by column; its status and phase. */
#include "base/memory.h"
#include "base/nan.h"
#include "results/results_private.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static status_t check_code(const results_t *results, int id, row_t sample, int code, int limit, failure_t *why) {
    if (code <= limit)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s: /%s: sample %lld has code %d, 0 to %d expected: the file is damaged",
                  results->path, results->layout->datasets[id].path, (long long)sample, code, limit);
}

/* How a member of results_sample_t is stored: a code in a byte; a text; numbers as they lie in memory, f64 with the one
 * NaN. */
typedef enum { A_CODE, A_TEXT, AN_INTEGER, A_NUMBER } kind_t;
typedef struct {
    int id;
    kind_t kind;
    size_t at;
    int most; /* of a code */
} column_t;

static const column_t COLUMNS[] = {
    {DATASET_STATUS, A_CODE, offsetof(results_sample_t, status), SAMPLE_FAILED},
    {DATASET_ERROR_KIND, A_CODE, offsetof(results_sample_t, error_kind), OUTCOME_TRANSIENT},
    {DATASET_NOISE_WHY, A_CODE, offsetof(results_sample_t, noise_why), NOISE_WHY_NO_MOVED_V},
    {DATASET_ERROR, A_TEXT, offsetof(results_sample_t, error), 0},
    {DATASET_TARGET, AN_INTEGER, offsetof(results_sample_t, target), 0},
    {DATASET_INPUT_CRC, AN_INTEGER, offsetof(results_sample_t, input_crc), 0},
    {DATASET_ATTEMPTS, AN_INTEGER, offsetof(results_sample_t, attempts), 0},
    {DATASET_SECONDS, A_NUMBER, offsetof(results_sample_t, seconds), 0},
    {DATASET_V_EMPTY, A_NUMBER, offsetof(results_sample_t, v_empty), 0},
    {DATASET_V_FULL, A_NUMBER, offsetof(results_sample_t, v_full), 0},
    {DATASET_NOISE_SIGMA, A_NUMBER, offsetof(results_sample_t, noise_sigma), 0},
};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };
_Static_assert(sizeof(sample_status_t) == sizeof(int) && sizeof(outcome_t) == sizeof(int) &&
                   sizeof(noise_why_t) == sizeof(int),
               "codes are ints in memory");

static status_t get_column(const results_t *results, const column_t *column, row_t sample, results_sample_t *out,
                           failure_t *why) {
    const size_t width = results->layout->datasets[column->id].width;
    unsigned char byte = 0;
    char *to = (char *)out + column->at;
    TRY(results_get_rows(results, column->id, (uint64_t)sample, 1, column->kind == A_CODE ? (void *)&byte : to, why));
    if (column->kind == A_TEXT)
        to[width - 1] = '\0';
    if (column->kind != A_CODE)
        return STATUS_OK;
    memcpy(to, &(int){byte}, sizeof(int));
    return check_code(results, column->id, sample, byte, column->most, why);
}

status_t results_read_sample(const results_t *results, row_t sample, results_sample_t *out, failure_t *why) {
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        TRY(get_column(results, &COLUMNS[c], sample, out, why));
    return STATUS_OK;
}

const char *results_word(const results_t *results) {
    return results_outputs(results) * results_targets(results) > 1 ? "rows" : "samples";
}

const char *results_word_of(const results_t *results, int64_t count) {
    if (count != 1)
        return results_word(results);
    return results_outputs(results) * results_targets(results) > 1 ? "row" : "sample";
}

row_name_t results_row_name(const results_t *results, row_t row, int64_t target) {
    row_name_t name;
    size_t used = (size_t)snprintf(name.text, sizeof name.text, "sample %lld", (long long)results_index(results, row));
    if (results_outputs(results) > 1)
        used += (size_t)snprintf(name.text + used, sizeof name.text - used, ", output %s",
                                 results_output_name(results, results_output(results, row)));
    if (results_targets(results) > 1)
        snprintf(name.text + used, sizeof name.text - used, ", target %lld", (long long)target);
    return name;
}

int64_t results_class(const results_t *results, row_t row, int64_t target) {
    const int64_t label = results_targets(results) > 1 ? -1 : results_label(results, row);
    return label >= 0 ? label : target < 0 ? 0 : target;
}

status_t results_read_outcomes(const results_t *results, row_t sample, size_t count, uint8_t *status, int64_t *target,
                               failure_t *why) {
    TRY(results_get_rows(results, DATASET_STATUS, (uint64_t)sample, count, status, why));
    for (size_t k = 0; k < count; k++)
        TRY(check_code(results, DATASET_STATUS, sample + (int64_t)k, status[k], SAMPLE_FAILED, why));
    return results_get_rows(results, DATASET_TARGET, (uint64_t)sample, count, target, why);
}

static void encode(const column_t *column, size_t width, const char *from, char *to) {
    const double nan = nan_canonical();
    double number = 0;
    int code = 0;
    switch (column->kind) {
    case A_CODE:
        memcpy(&code, from, sizeof code);
        *to = (char)code;
        return;
    case A_TEXT:
        results_fit_text(to, from);
        return;
    case A_NUMBER:
        memcpy(&number, from, sizeof number);
        memcpy(to, isnan(number) ? &nan : &number, sizeof number);
        return;
    case AN_INTEGER:
        memcpy(to, from, width);
        return;
    }
}

status_t results_write_samples(results_t *results, row_t sample, size_t count, const results_sample_t *in,
                               failure_t *why) {
    char *bytes OWNED = memory_need(count, RESULTS_ERROR_TEXT, "samples"); /* errors are the widest column */
    for (const column_t *column = COLUMNS + 1; column < COLUMNS + COLUMN_COUNT; column++) {
        const size_t width = results->layout->datasets[column->id].width;
        for (size_t k = 0; k < count; k++)
            encode(column, width, (const char *)&in[k] + column->at, bytes + k * width);
        TRY(results_put_rows(results, column->id, (uint64_t)sample, count, bytes, why));
    }
    return STATUS_OK;
}

status_t results_write_status(results_t *results, row_t sample, sample_status_t status, failure_t *why) {
    uint8_t byte = (uint8_t)status;
    return results_put(results, DATASET_STATUS, (uint64_t)sample, 0, 1, &byte, why);
}

status_t results_write_phase(results_t *results, row_t sample, phase_t phase, failure_t *why) {
    uint8_t byte = (uint8_t)phase;
    return results_put(results, DATASET_PHASE, (uint64_t)sample, 0, 1, &byte, why);
}

status_t results_read_phase(const results_t *results, row_t sample, phase_t *phase, failure_t *why) {
    uint8_t code = 0;
    TRY(results_get(results, DATASET_PHASE, (uint64_t)sample, 0, 1, &code, why));
    *phase = (phase_t)code;
    return check_code(results, DATASET_PHASE, sample, code, PHASE_WHOLE, why);
}
