/* results/salient_reader: whatever window a row lies in, its bitmaps and effects are its own; in an analysis of a
 * subset the effects come from other rows of another file. */
#include "results/salient_reader.h"
#include "support/make_row.h"
#include "unit/h5_scratch.h"

static failure_t why; /* of the last call */

static const stats_settings_t SETTINGS = {
    .salience = 0.25, .min_output = NAN, .assumed_order_limit = -1, .noise_sigma = NAN, .top = 10};

/* Row k with the values made_value(of, mask). */
static void finish(results_t *results, int64_t k, int64_t of) {
    results_sample_t info = results_unknown();
    finished_row_t row =
        make_row(&SETTINGS, results_fields(results), results_players_of(results, k), of, made_value, NAN);
    put_row(results, k, &row, &info);
    free(row.values);
}

/* Entry k of the sets is about the values made_value(of, mask) of n players. */
static void check_row(salient_sets_t sets, const results_t *results, int64_t k, int n, int64_t of) {
    finished_row_t row = make_row(&SETTINGS, results_fields(results), n, of, made_value, NAN);
    const uint64_t *positive, *negative;
    const mask_t all = mask_count(n), masks[] = {1, all / 2, all - 1};
    double effects[3];
    size_t words = salience_words(n);
    assert_ok(sets.read(sets.self, k, 0, words, &positive, &negative, &why));
    assert_memory_equal(positive, finished_salient(&row, 0, false), words * sizeof *positive);
    assert_memory_equal(negative, finished_salient(&row, 0, true), words * sizeof *negative);
    assert_ok(sets.effects(sets.self, k, masks, 3, effects, &why));
    for (int i = 0; i < 3; i++)
        assert_true(effects[i] == row.effects[masks[i]]);
    free(row.values);
}

/* More rows than a window has, every second done; forwards, backwards and here and there. */
TEST_WITH(many_short_rows, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    enum { ROWS = 600, DONE = ROWS / 2 };
    int32_t players[ROWS];
    int64_t rows[DONE];
    for (int k = 0; k < ROWS; k++)
        players[k] = k == 7 ? 8 : 1 + k % 7;
    results_t *results = make_results(scratch->file, ROWS, players, 4);
    for (int64_t i = 0; i < DONE; i++) {
        rows[i] = 2 * i + 1;
        finish(results, rows[i], rows[i]);
    }
    salient_reader_t *reader = salient_reader_make(&(summarise_rows_t){.results = results}, 0, rows, DONE);
    salient_sets_t sets = salient_reader_sets(reader);
    assert_true(sets.rows == DONE && sets.n == 8);
    for (int64_t i = 0; i < DONE; i++)
        check_row(sets, results, i, players[rows[i]], rows[i]);
    for (int64_t i = DONE - 1; i >= 0; i -= 41)
        check_row(sets, results, i, players[rows[i]], rows[i]);
    for (int64_t i = 0; i < DONE; i += 7)
        check_row(sets, results, i * 193 % DONE, players[rows[i * 193 % DONE]], rows[i * 193 % DONE]);
    salient_reader_free(&reader);
    assert_null(reader);
    results_close(&results);
}

/* Bitmaps that are longer than a window come in pieces, wherever they begin. */
TEST_WITH(rows_longer_than_a_window, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    enum { WORDS = 1 << (23 - 6), PIECE = 1000 };
    static const int32_t PLAYERS[] = {23, 23};
    static const int64_t ROWS[] = {0, 1};
    static uint64_t wanted[2][WORDS];
    results_t *results = make_statistics(scratch->file, 2, PLAYERS);
    for (size_t w = 0; w < 2 * WORDS; w++)
        wanted[w / WORDS][w % WORDS] = made_value(7, w) > 0 ? w + 1 : ~w;
    for (int64_t k = 0; k < 2; k++)
        assert_ok(results_write_salient(results, k, 0, 0, WORDS, wanted[k], wanted[1 - k], &why));
    salient_reader_t *reader = salient_reader_make(&(summarise_rows_t){.results = results}, 0, ROWS, 2);
    salient_sets_t sets = salient_reader_sets(reader);
    for (size_t first = 0; first + PIECE <= WORDS; first += 3 * PIECE)
        for (int64_t k = 0; k < 2; k++) {
            const uint64_t *positive, *negative;
            assert_ok(sets.read(sets.self, k, first, PIECE, &positive, &negative, &why));
            assert_memory_equal(positive, wanted[k] + first, PIECE * sizeof *positive);
            assert_memory_equal(negative, wanted[1 - k] + first, PIECE * sizeof *negative);
        }
    salient_reader_free(&reader);
    results_close(&results);
}

/* Tables longer than a window come in pieces, still longer ones entry by entry. */
TEST_WITH(long_tables, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    for (int n = 17; n <= 18; n++) {
        const int32_t players[] = {n, n};
        unlink(scratch->file);
        results_t *results = make_results(scratch->file, 2, players, 4);
        for (int64_t k = 0; k < 2; k++)
            finish(results, k, k);
        salient_reader_t *reader = salient_reader_make(&(summarise_rows_t){.results = results}, 0, NULL, 2);
        for (int64_t i = 0; i < 4; i++)
            check_row(salient_reader_sets(reader), results, i % 2, n, i % 2);
        salient_reader_free(&reader);
        results_close(&results);
    }
}

/* A row that is done later is not taken from what was read before. */
TEST_WITH(rows_at_the_end_are_not_read_ahead, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    static const int32_t PLAYERS[] = {8, 8};
    results_t *results = make_results(scratch->file, 2, PLAYERS, 4);
    salient_reader_t *reader = salient_reader_make(&(summarise_rows_t){.results = results}, 0, NULL, 2);
    salient_sets_t sets = salient_reader_sets(reader);
    for (int64_t k = 0; k < 2; k++) {
        finish(results, k, k);
        salient_reader_end(reader, k + 1);
        check_row(sets, results, k, 8, k);
    }
    salient_reader_free(&reader);
    results_close(&results);
}

/* Rows 3 and 1 of a file, the longer ones left out, as rows 0 and 1 of an analysis. */
TEST_WITH(a_subset_has_other_rows_in_the_tables, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    for (int longest = 9; longest <= 15; longest += 6) { /* tables read many at once, and single effects */
        const int32_t players[] = {longest, 5, longest, 6}, of_subset[] = {6, 5};
        static const int64_t TABLE_ROWS[] = {3, 1}, ROWS[] = {0, 1};
        char beside[128];
        snprintf(beside, sizeof beside, "%s/subset-%d.h5", scratch->folder, longest);
        unlink(scratch->file);
        results_t *tables = make_results(scratch->file, 4, players, 4), *subset = make_statistics(beside, 2, of_subset);
        for (int64_t k = 0; k < 4; k++)
            finish(tables, k, k);
        for (int64_t k = 0; k < 2; k++)
            finish(subset, k, TABLE_ROWS[k]);
        const summarise_rows_t spec = {.results = subset, .tables = tables, .table_rows = TABLE_ROWS};
        salient_reader_t *reader = salient_reader_make(&spec, 0, ROWS, 2);
        for (int64_t k = 1; k >= 0; k--)
            check_row(salient_reader_sets(reader), subset, k, of_subset[k], TABLE_ROWS[k]);
        salient_reader_free(&reader);
        results_close(&subset);
        results_close(&tables);
    }
}

TEST_WITH(a_damaged_place_is_told, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    static const int32_t PLAYERS[] = {8, 8};
    static const int64_t ROWS[] = {0, 1};
    const uint64_t *positive, *negative;
    const mask_t one = 1;
    double effect;
    results_t *results = make_results(scratch->file, 2, PLAYERS, 4);
    assert_int_equal(truncate(scratch->file, 1000), 0);
    salient_reader_t *reader = salient_reader_make(&(summarise_rows_t){.results = results}, 0, ROWS, 2);
    salient_sets_t sets = salient_reader_sets(reader);
    for (int tries = 0; tries < 2; tries++) { /* a window that could not be read is no window */
        assert_int_not_equal(sets.read(sets.self, 1, 0, 4, &positive, &negative, &why), STATUS_OK);
        assert_int_not_equal(sets.effects(sets.self, 1, &one, 1, &effect, &why), STATUS_OK);
    }
    salient_reader_free(&reader);
    results_close(&results);
}

int main(void) {
    return run_all(NULL, NULL);
}
