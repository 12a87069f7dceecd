/* results/summarise_rows: means, shares, curves and frequencies are those of the done rows, counted here literally; a
 * subset with other tables gives the bits of a file that has only those rows. */
#include "results/summarise_rows.h"
#include "stats/curves.h"
#include "support/finish_sample.h"
#include "support/make_swept.h"
#include "unit/h5_scratch.h"

static failure_t why; /* of the last call */

static const int64_t DONE[] = {0, 1, 4, 5}; /* of a swept file */
enum { DONE_COUNT = 4 };

/* A swept file, open, for each test that wants one. */
static results_t *swept;

static int make(void **state) {
    if (scratch_make(state) != 0)
        return -1;
    make_swept(((scratch_t *)*state)->file, &(swept_t){0});
    assert_ok(results_open(((scratch_t *)*state)->file, true, &swept, &why));
    return 0;
}

static int release(void **state) {
    results_close(&swept);
    return scratch_remove(state);
}

static summary_t summarise(const summarise_rows_t *spec) {
    summary_t summary;
    assert_ok(results_summary_create(spec->results, &summary, &why));
    assert_ok(summarise_rows(spec, 0, &summary, &why));
    return summary;
}

static double *numbers_of(const results_t *results, int64_t row) {
    double *numbers = new_numbers(results_fields(results)->doubles);
    assert_ok(results_read_row(results, row, numbers, NULL, &why));
    return numbers;
}

/* Mean and number of what is no NaN in entry i of a field of the done rows. */
static double mean_of(double *const numbers[DONE_COUNT], const fields_t *fields, int id, size_t i, double *count) {
    double sum = 0;
    *count = 0;
    for (int k = 0; k < DONE_COUNT; k++) {
        double x = fields_at(fields, numbers[k], id)[i];
        sum += isnan(x) ? 0 : x;
        *count += !isnan(x);
    }
    return *count > 0 ? sum / *count : NAN;
}

static void check_mean(double got, double wanted) {
    if (isnan(wanted))
        assert_true(isnan(got));
    else
        assert_within(got, wanted, 1e-12 * (1 + fabs(wanted)));
}

TEST_WITH(means_and_shares, make, release) {
    const fields_t *fields = results_fields(swept);
    summary_t s = summarise(&(summarise_rows_t){.results = swept, .curves = true});
    double *numbers[DONE_COUNT], count, excluded = 0;
    for (int k = 0; k < DONE_COUNT; k++)
        numbers[k] = numbers_of(swept, DONE[k]);
    for (int i = 0; i < ORDER_FIELDS; i++)
        for (size_t m = 0; m <= SWEPT_N; m++) {
            double mean = mean_of(numbers, fields, FIELD_STRENGTH_MEAN + i, m, &count);
            check_mean(s.of[SUMMARY_ORDERS + 3 * i][m], mean);
            assert_true(s.of[SUMMARY_ORDERS + 3 * i + 2][m] == count);
        }
    check_mean(*s.of[SUMMARY_P_MEAN], mean_of(numbers, fields, FIELD_P_PAPER, 0, &count));
    for (int code = 0; code < EXCLUDED_CODES; code++)
        excluded += s.of[SUMMARY_EXCLUDED][code];
    assert_true(excluded == DONE_COUNT);
    assert_true(*s.of[SUMMARY_MONOTONE_SHARE] == 0); /* random values are not monotone */
    for (int k = 0; k < DONE_COUNT; k++)
        free(numbers[k]);
    summary_free(&s);
}

TEST_WITH(stored_curves, make, release) {
    static const struct {
        field_id_t field;
        summary_id_t mean;
    } CURVES[] = {{FIELD_CURVE_STRENGTH, SUMMARY_STRENGTH_CURVE},
                  {FIELD_CURVE_RMSE, SUMMARY_RMSE},
                  {FIELD_CURVE_MAX_ERROR, SUMMARY_MAX_ERROR},
                  {FIELD_CURVE_R2, SUMMARY_R2},
                  {FIELD_CURVE_R_OMEGA, SUMMARY_R_OMEGA}};
    const fields_t *fields = results_fields(swept);
    summary_t s = summarise(&(summarise_rows_t){.results = swept, .curves = true});
    double *numbers[DONE_COUNT], count;
    for (int k = 0; k < DONE_COUNT; k++)
        numbers[k] = numbers_of(swept, DONE[k]);
    for (size_t c = 0; c < sizeof CURVES / sizeof *CURVES; c++)
        for (size_t i = 0; i < s.length[CURVES[c].mean]; i++) {
            check_mean(s.of[CURVES[c].mean][i], mean_of(numbers, fields, (int)CURVES[c].field, i, &count));
            if (c == 0)
                assert_true(s.of[SUMMARY_STRENGTH_COUNT][i] == count);
        }
    assert_true(s.of[SUMMARY_STRENGTH_CURVE][0] == 1 && s.of[SUMMARY_STRENGTH_COUNT][0] == DONE_COUNT);
    for (int k = 0; k < DONE_COUNT; k++)
        free(numbers[k]);
    summary_free(&s);
    s = summarise(&(summarise_rows_t){.results = swept}); /* statistics.curves: false */
    assert_true(isnan(s.of[SUMMARY_STRENGTH_CURVE][0]) && isnan(s.of[SUMMARY_RMSE][0]));
    summary_free(&s);
}

/* Rows of fewer than ten players store no curves: they come from the tables. */
TEST_WITH(curves_of_short_rows, scratch_make, scratch_remove) {
    static const int32_t PLAYERS[] = {7, 5, 6};
    scratch_t *scratch = *state;
    curves_room_t room = {0};
    results_t *results = make_results(scratch->file, 3, PLAYERS, 4);
    double first = 0, errors = 0; /* sums of the second entry of either kind */
    finish_sample(results, 0);
    finish_sample(results, 2);
    for (int64_t k = 0; k < 3; k += 2) {
        finished_row_t row =
            make_row(&FINISH_SETTINGS, results_fields(results), PLAYERS[k], k, made_value, FINISH_NOISE);
        double curves[1 << CURVES_STORED_MIN];
        assert_ok(curves_find(row_in_memory(row.values, row.n),
                              &(curves_effects_t){0, 1, (row_source_t[]){row_in_memory(row.effects, row.n)}}, 7, &room,
                              curves, &why));
        first += curves[1];
        errors += curves[curves_shape(7).ranks + 1];
        free(row.values);
    }
    summary_t s = summarise(&(summarise_rows_t){.results = results, .curves = true});
    check_mean(s.of[SUMMARY_STRENGTH_CURVE][1], first / 2);
    check_mean(s.of[SUMMARY_RMSE][1], errors / 2);
    assert_true(s.of[SUMMARY_STRENGTH_COUNT][62] == 2 && s.of[SUMMARY_STRENGTH_COUNT][63] == 1);
    curves_free(&room);
    summary_free(&s);
    results_close(&results);
}

/* Every mask's rows, counted in the bitmaps. */
TEST_WITH(frequent_masks, make, release) {
    static int counts[1 << SWEPT_N];
    static double sums[1 << SWEPT_N];
    config_t *config = swept_config(SWEPT_CONFIG);
    summary_t s = summarise(&(summarise_rows_t){.results = swept});
    for (int k = 0; k < DONE_COUNT; k++) {
        finished_row_t row = swept_row(DONE[k], &config->statistics, results_fields(swept));
        for (mask_t mask = 1; mask < mask_count(row.n); mask++) {
            uint64_t either = finished_salient(&row, 0, false)[mask / 64] | finished_salient(&row, 0, true)[mask / 64];
            if (!(either >> mask % 64 & 1))
                continue;
            counts[mask]++;
            sums[mask] += row.effects[mask];
        }
        free(row.values);
    }
    for (uint64_t i = 0; i < s.dictionary && s.mask[i] != SUMMARY_NO_MASK; i++) {
        mask_t mask = s.mask[i];
        assert_true(s.of[SUMMARY_FREQUENCY][i] == counts[mask] / (double)DONE_COUNT);
        check_mean(s.of[SUMMARY_EFFECT_MEAN][i], sums[mask] / counts[mask]);
        assert_true(s.of[SUMMARY_POSITIVE][i] + s.of[SUMMARY_NEGATIVE][i] == counts[mask]);
        counts[mask] = 0;
    }
    assert_true(s.mask[s.dictionary - 1] != SUMMARY_NO_MASK);
    int least = (int)(s.of[SUMMARY_FREQUENCY][s.dictionary - 1] * DONE_COUNT); /* of those that are in it */
    for (mask_t mask = 0; mask < 1 << SWEPT_N; mask++)
        assert_true(counts[mask] <= least);
    summary_free(&s);
    config_free(&config);
}

/* Rows 2 and 0 of a file of three, as an analysis without tables of its own. */
TEST_WITH(a_subset_gives_the_bits_of_a_file_of_its_own, scratch_make, scratch_remove) {
    static const int32_t THREE[] = {5, 7, 3}, TWO[] = {3, 5};
    static const int64_t ROWS[] = {2, 0};
    scratch_t *scratch = *state;
    char alone_path[128], subset_path[128];
    snprintf(alone_path, sizeof alone_path, "%s/alone.h5", scratch->folder);
    snprintf(subset_path, sizeof subset_path, "%s/subset.h5", scratch->folder);
    results_t *tables = make_results(scratch->file, 3, THREE, 2), *alone = make_results(alone_path, 2, TWO, 2);
    results_t *subset = make_statistics(subset_path, 2, TWO);
    for (int64_t k = 0; k < 3; k++)
        finish_sample(tables, k);
    for (int64_t k = 0; k < 2; k++) {
        results_sample_t info = plain_info();
        finished_row_t row =
            make_row(&FINISH_SETTINGS, results_fields(alone), TWO[k], ROWS[k], made_value, FINISH_NOISE);
        put_row(alone, k, &row, &info);
        put_row(subset, k, &row, &info);
        free(row.values);
    }
    summary_t a = summarise(&(summarise_rows_t){.results = alone, .curves = true});
    summary_t b =
        summarise(&(summarise_rows_t){.results = subset, .tables = tables, .table_rows = ROWS, .curves = true});
    assert_true(a.of[SUMMARY_STRENGTH_COUNT][6] == 2);
    assert_null(results_summary_difference(subset, 0, &a, &b));
    summary_free(&a);
    summary_free(&b);
    results_close(&subset);
    results_close(&alone);
    results_close(&tables);
}

TEST_WITH(it_goes_into_the_file, make, release) {
    bool valid = false;
    summary_t read;
    const summarise_rows_t spec = {.results = swept, .curves = true};
    summary_t s = summarise(&spec);
    assert_ok(summarise_rows_into(&spec, swept, &why));
    assert_ok(results_read_summary_valid(swept, &valid, &why));
    assert_true(valid);
    assert_ok(results_summary_create(swept, &read, &why));
    assert_ok(results_read_summary(swept, 0, &read, &why));
    assert_null(results_summary_difference(swept, 0, &s, &read));
    summary_free(&s);
    summary_free(&read);
}

/* Some windowfuls of rows, done or failed, that come in any order between looks at the file. */
TEST_WITH(rows_that_are_added_as_they_come, scratch_make, scratch_remove) {
    enum { ROWS = 600, STEPS = 4 };
    static const int64_t ENDS[STEPS] = {1, 290, 290, ROWS}; /* how many rows are there after a step */
    scratch_t *scratch = *state;
    int32_t players[ROWS];
    summary_t added;
    for (int k = 0; k < ROWS; k++)
        players[k] = 1 + k % 7;
    results_t *results = make_results(scratch->file, ROWS, players, 4);
    const summarise_rows_t spec = {.results = results, .curves = true};
    row_sums_t *sums = row_sums_create(&spec);
    for (int64_t step = 0, first = 0; step < STEPS; first = ENDS[step++]) {
        for (int64_t k = ENDS[step] - 1; k >= first; k--)
            if (k % 50 == 3)
                fail_sample(results, k, OUTCOME_CERTAIN, "it failed");
            else
                finish_sample(results, k);
        assert_ok(row_sums_advance(sums, &why));
    }
    assert_ok(results_summary_create(results, &added, &why));
    assert_ok(row_sums_finish(sums, 0, &added, &why));
    summary_t s = summarise(&spec);
    assert_true(s.of[SUMMARY_STRENGTH_COUNT][0] == ROWS - ROWS / 50);
    assert_null(results_summary_difference(results, 0, &s, &added));
    row_sums_destroy(&sums);
    assert_null(sums);
    summary_free(&s);
    summary_free(&added);
    results_close(&results);
}

static bool stop_at_once(void *self) {
    *(int *)self += 1;
    return true;
}

TEST_WITH(a_stop, make, release) {
    bool valid = false;
    int asked = 0;
    const summarise_rows_t stopped = {.results = swept, .stop = stop_at_once, .self = &asked};
    assert_int_equal(summarise_rows_into(&stopped, swept, &why), STATUS_STOPPED);
    assert_int_equal(asked, 1);
    assert_ok(results_read_summary_valid(swept, &valid, &why));
    assert_false(valid);
}

TEST_WITH(a_missing_class, scratch_make, scratch_remove) {
    static const int64_t TARGETS[] = {0, 1, 1, 0, 9, 0};
    scratch_t *scratch = *state;
    summary_t s;
    results_t *results = NULL;
    make_swept(scratch->file, &(swept_t){.unlabelled = true, .target = TARGETS});
    assert_ok(results_open(scratch->file, true, &results, &why));
    assert_ok(results_summary_create(results, &s, &why));
    assert_fails(summarise_rows(&(summarise_rows_t){.results = results}, 0, &s, &why), STATUS_INPUT,
                 "class 9 of sample 10 is missing: the file is damaged");
    summary_free(&s);
    results_close(&results);
}

TEST_WITH(names_that_differ, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    for (int other = 0; other < 2; other++) {
        results_t *results = NULL;
        make_swept(scratch->file, &(swept_t){.names = true, .names_per_sample = other});
        assert_ok(results_open(scratch->file, false, &results, &why));
        assert_int_equal(summarise_rows_players_differ(results), other);
        results_close(&results);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
