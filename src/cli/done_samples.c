#include "cli/show.h"

#include "base/memory.h"
#include "stats/theorem.h"

#include <stdlib.h>

static const field_id_t READ[] = {FIELD_STRENGTH_MEAN, FIELD_INTERACTION_SUM, FIELD_CANCELLATION, FIELD_OUTPUT_MEAN,
                                  FIELD_SALIENT_COUNT, FIELD_NOISE_FLOOR,     FIELD_MASS_ABOVE,   FIELD_SALIENT_TOTAL,
                                  FIELD_ORDER_LIMIT,   FIELD_MONOTONE,        FIELD_P_PAPER,      FIELD_P_ALL_PAIRS,
                                  FIELD_EXCLUDED_WHY,  FIELD_BOUND_TOTAL,     FIELD_REAL_TOTAL,   FIELD_DELTA,
                                  FIELD_DELTA_BOUND};
enum { WINDOW = 1024, READ_COUNT = sizeof READ / sizeof *READ };

/* Rows that are read together. */
typedef struct {
    uint8_t status[WINDOW];
    int64_t target[WINDOW];
    double *of[FIELD_COUNT]; /* [WINDOW, length of the field]; owned; NULL: not read */
} window_t;

static void add_conditions(done_samples_t *s, const window_t *w, size_t at) {
    double limit = w->of[FIELD_ORDER_LIMIT][at];
    if (limit >= 0 && limit < ORDERS_MAX)
        s->limits[(int)limit]++;
    if (w->of[FIELD_MONOTONE][at] == 1) {
        s->monotone++;
        average_add(&s->salient_of_monotone, w->of[FIELD_SALIENT_TOTAL][at]);
    }
}

static void add_theorems(done_samples_t *s, const window_t *w, size_t at) {
    int code = (int)w->of[FIELD_EXCLUDED_WHY][at]; /* one byte in the file */
    double bound = w->of[FIELD_BOUND_TOTAL][at], real = w->of[FIELD_REAL_TOTAL][at];
    s->excluded[code]++;
    if (conditions_counted(code)) {
        average_add(&s->theorem.bound, bound);
        average_add(&s->theorem.real, real);
        s->within += !theorem_exceeds(real, bound);
        s->delta_above += theorem_exceeds(w->of[FIELD_DELTA][at], w->of[FIELD_DELTA_BOUND][at]);
    }
    if (conditions_counted_by_authors(code)) {
        average_add(&s->theorem_of_authors.bound, bound);
        average_add(&s->theorem_of_authors.real, real);
    }
}

static void add_row(done_samples_t *s, const fields_t *fields, const window_t *w, size_t at) {
    for (int i = 0; i < READ_COUNT; i++)
        for (size_t m = 0; m < fields->length[READ[i]]; m++) /* NaN beyond the row's own players */
            average_add(&s->of[READ[i]][m], w->of[READ[i]][at * fields->length[READ[i]] + m]);
    add_conditions(s, w, at);
    add_theorems(s, w, at);
}

static status_t read_rows(const results_t *results, window_t *w, done_samples_t *s, failure_t *why) {
    const int64_t samples = results_samples(results);
    for (int64_t first = 0, count; first < samples; first += count) {
        count = samples - first < WINDOW ? samples - first : WINDOW;
        TRY(results_read_outcomes(results, first, (size_t)count, w->status, w->target, why));
        for (int i = 0; i < READ_COUNT; i++)
            TRY(results_read_field(results, (int)READ[i], first, (size_t)count, w->of[READ[i]], why));
        for (int64_t at = 0; at < count; at++) {
            s->failed += w->status[at] == SAMPLE_FAILED;
            s->pending += w->status[at] == SAMPLE_PENDING;
            if (w->status[at] != SAMPLE_DONE)
                continue;
            if (s->done++ == 0)
                s->first_done = first + at;
            add_row(s, results_fields(results), w, (size_t)at);
        }
    }
    return STATUS_OK;
}

status_t done_samples_take(const results_t *results, done_samples_t *out, failure_t *why) {
    window_t *w = memory_need(1, sizeof *w, "statistics of rows");
    *out = (done_samples_t){.first_done = -1};
    for (int i = 0; i < READ_COUNT; i++)
        w->of[READ[i]] =
            memory_need(WINDOW * results_fields(results)->length[READ[i]], sizeof(double), "statistics of rows");
    status_t status = read_rows(results, w, out, why);
    for (int i = 0; i < READ_COUNT; i++)
        free(w->of[READ[i]]);
    free(w);
    return status;
}
