/* For tests that need finished rows: v from a function, all that follows from it as a worker makes it, and the way into
 * a results file. */
#ifndef HARSANYI_TESTS_SUPPORT_MAKE_ROW_H
#define HARSANYI_TESTS_SUPPORT_MAKE_ROW_H

#include "results/results.h"
#include "stats/finish.h"
#include "support/make_results.h"

/* The finished row of the values value(sample, mask) of n players; free row.values, all of it lies there. */
static inline finished_row_t make_row(const stats_settings_t *settings, const fields_t *fields, int n, int64_t sample,
                                      double (*value)(int64_t sample, mask_t mask), double noise_sigma) {
    finish_t *finish;
    failure_t why = {0};
    finished_row_t row = finished_at(fields, n, new_numbers(finished_doubles(fields, n)));
    for (mask_t s = 0; s < mask_count(n); s++)
        row.values[s] = value(sample, s);
    assert_ok(finish_create(settings, fields, &finish, &why));
    assert_ok(finish_row(finish, noise_sigma, &row, &why));
    finish_destroy(&finish);
    return row;
}

/* Makes a sample done with this row; v_empty and v_full are the row's. */
static inline void put_row(results_t *results, int64_t sample, const finished_row_t *row,
                           const results_sample_t *info) {
    failure_t why = {0};
    results_sample_t known = *info;
    known.v_empty = row->values[0];
    known.v_full = row->values[mask_count(row->n) - 1];
    assert_ok(results_put_done(results, sample, 1, row, &known, &why));
    assert_ok(results_flag_done(results, sample, 1, &why));
}

static inline void put_failed(results_t *results, int64_t sample, const results_sample_t *info) {
    failure_t why = {0};
    assert_ok(results_put_failed(results, sample, info, &why));
    assert_ok(results_write_status(results, sample, SAMPLE_FAILED, &why));
}

#endif
