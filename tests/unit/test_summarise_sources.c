/* stats/summarise: the same bits from any source of rows, whatever came before; rows that fail. */
#include "lattice/indices.h"
#include "stats/quartiles.h"
#include "stats/summarise.h"
#include "support/games.h"

enum { ALL_INDICES = INDEX_STII2 | INDEX_BII2 | INDEX_MULTI_ORDER };
static const stats_settings_t DEFAULTS = {
    .salience = 0.05, .min_output = NAN, .mean_output = NAN, .assumed_order_limit = -1};
static const salient_sink_t NO_SINK = {0};

/* A source as a file has it: one buffer, overwritten at each call; fails at the call number `fails_at`. */
typedef struct {
    const double *row;
    int n, calls, fails_at;
    double leaf[1 << LEAF_BITS];
} slow_t;

static status_t read_slow(void *self, mask_t first, const double **leaf, failure_t *why) {
    slow_t *slow = self;
    if (++slow->calls == slow->fails_at)
        return failed(why, STATUS_INTERNAL, "read %d went wrong", slow->calls);
    memcpy(slow->leaf, slow->row + first, row_leaf_masks(slow->n) * sizeof(double));
    *leaf = slow->leaf;
    return STATUS_OK;
}

static row_source_t slow_source(slow_t *slow, const double *row, int n) {
    slow->row = row;
    slow->n = n;
    slow->calls = 0;
    return (row_source_t){.n = n, .read = read_slow, .self = slow};
}

static summarise_t *summarise_of(const fields_t *fields) {
    failure_t why;
    summarise_t *summarise = NULL;
    assert_ok(summarise_create(&DEFAULTS, fields, &summarise, &why));
    return summarise;
}

/* From a summarise_t of its own. Free it. */
static double *fresh_row(const game_t *game, const fields_t *fields) {
    failure_t why;
    summarise_t *summarise = summarise_of(fields);
    double *row = new_numbers(fields->doubles);
    row_source_t values = row_in_memory(game->v, game->n), interactions = row_in_memory(game->dividends, game->n);
    assert_ok(summarise_sample(summarise, values, interactions, NAN, NO_SINK, row, &why));
    summarise_destroy(&summarise);
    return row;
}

/* One summarise_t for samples of several sizes gives what fresh ones give, from memory or not; values are read once,
 * interactions twice. */
TEST(sources_and_earlier_samples_change_nothing) {
    const int sizes[] = {14, 3, 13, 1, 14, 8};
    static slow_t slow_values, slow_interactions;
    failure_t why;
    fields_t fields = fields_layout(families_wanted(NULL), 14, ALL_INDICES);
    summarise_t *summarise = summarise_of(&fields);
    double *row = new_numbers(fields.doubles);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        game_t game = random_game(sizes[k], k);
        double *wanted = fresh_row(&game, &fields);
        row_source_t values = slow_source(&slow_values, game.v, game.n);
        row_source_t interactions = slow_source(&slow_interactions, game.dividends, game.n);
        assert_int_equal(summarise_sample(summarise, values, interactions, NAN, NO_SINK, row, &why), STATUS_OK);
        assert_memory_equal(row, wanted, fields.doubles * sizeof *row);
        int leaves = (int)(mask_count(game.n) / row_leaf_masks(game.n));
        assert_int_equal(slow_values.calls, leaves);
        assert_int_equal(slow_interactions.calls, 2 * leaves);
        free(wanted);
        free_game(&game);
    }
    summarise_destroy(&summarise);
    free(row);
}

/* Past 20 players rows are not kept: three readings, quartiles as those of a gathered row. */
TEST(long_rows_have_exact_quartiles) {
    enum { n = 21 };
    static slow_t slow;
    failure_t why;
    game_t game = random_game(n, 5);
    fields_t fields = fields_layout(families_wanted(NULL), n, 0);
    summarise_t *summarise = summarise_of(&fields);
    quartiles_t *gathering = NULL;
    double *row = new_numbers(fields.doubles);
    row_source_t interactions = slow_source(&slow, game.dividends, n);
    assert_int_equal(summarise_sample(summarise, row_in_memory(game.v, n), interactions, NAN, NO_SINK, row, &why),
                     STATUS_OK);
    assert_int_equal(slow.calls, 3 << (n - LEAF_BITS));
    assert_int_equal(quartiles_create(n, n, &gathering, &why), STATUS_OK);
    quartiles_begin(gathering, n);
    do {
        for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
            quartiles_leaf(gathering, first, game.dividends + first);
    } while (quartiles_again(gathering));
    for (int m = 0; m <= n; m++) {
        box_t box = quartiles_box(gathering, m);
        assert_true(fields_at(&fields, row, FIELD_STRENGTH_Q1)[m] == box.q1);
        assert_true(fields_at(&fields, row, FIELD_STRENGTH_MEDIAN)[m] == box.median);
        assert_true(fields_at(&fields, row, FIELD_STRENGTH_Q3)[m] == box.q3);
        assert_true(fields_at(&fields, row, FIELD_WHISKER_LOW)[m] == box.whisker_low);
        assert_true(fields_at(&fields, row, FIELD_WHISKER_HIGH)[m] == box.whisker_high);
    }
    quartiles_destroy(&gathering);
    summarise_destroy(&summarise);
    free(row);
    free_game(&game);
}

/* Rows of one leaf (5) and of several (13, 17); an infinite interaction, and NaN. */
TEST(overflow_fails) {
    const int players[] = {5, 13, 17};
    const double bad[] = {INFINITY, -INFINITY, NAN};
    failure_t why;
    for (int c = 0; c < 9; c++) {
        game_t game = random_game(players[c / 3], 1);
        fields_t fields = fields_layout(families_wanted(NULL), players[c / 3], 0);
        summarise_t *summarise = summarise_of(&fields);
        row_source_t v = row_in_memory(game.v, game.n), i = row_in_memory(game.dividends, game.n);
        double *row = new_numbers(fields.doubles);
        game.v[3] = -1.5e308;
        game.dividends[mask_count(game.n) - 2] = bad[c % 3];
        assert_fails(summarise_sample(summarise, v, i, NAN, NO_SINK, row, &why), STATUS_CERTAIN,
                     "interactions overflow: v is up to 1.5e+308");
        game.dividends[mask_count(game.n) - 2] = game.dividends[5] = game.dividends[6] = 1.5e308; /* sums overflow */
        assert_int_equal(summarise_sample(summarise, v, i, NAN, NO_SINK, row, &why), STATUS_OK);
        summarise_destroy(&summarise);
        free(row);
        free_game(&game);
    }
}

TEST(failed_reads_are_passed_on) {
    static slow_t slow_values, slow_interactions;
    failure_t why;
    game_t game = random_game(13, 1);
    fields_t fields = fields_layout(families_wanted(NULL), 13, 0);
    summarise_t *summarise = summarise_of(&fields);
    double *row = new_numbers(fields.doubles);
    for (int bad = 1; bad <= 6; bad++) { /* two leaves of values, then two readings of two leaves */
        row_source_t values = slow_source(&slow_values, game.v, 13);
        row_source_t interactions = slow_source(&slow_interactions, game.dividends, 13);
        slow_values.fails_at = bad;
        slow_interactions.fails_at = bad - 2;
        assert_fails(summarise_sample(summarise, values, interactions, NAN, NO_SINK, row, &why), STATUS_INTERNAL,
                     "went wrong");
    }
    row_source_t small = row_in_memory(game.v, 12), fits = row_in_memory(game.v, 13), large = row_in_memory(game.v, 14);
    assert_int_equal(summarise_sample(summarise, small, fits, NAN, NO_SINK, row, &why), STATUS_INTERNAL);
    assert_int_equal(summarise_sample(summarise, large, large, NAN, NO_SINK, row, &why), STATUS_INTERNAL);
    assert_string_equal(why.text, "rows of 14 and 14 players do not fit statistics of up to 13 players");
    summarise_destroy(&summarise);
    free(row);
    free_game(&game);
}

int main(void) {
    return run_all(NULL, NULL);
}
