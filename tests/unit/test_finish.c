/* stats/finish: a finished row is the transform, the statistics and the curves that the parts make, for two families
 * (of one kind and of two); the same from memory and streaming. */
#include "stats/finish.h"

#include "base/nan.h"
#include "stats/curves.h"
#include "stats/summarise.h"
#include "support/games.h"
#include "toy/toy.h"

static const stats_settings_t SETTINGS = {
    .salience = 0.1, .min_output = NAN, .mean_output = NAN, .assumed_order_limit = -1, .curves = true};
static const double SIGMA = 1e-3;

/* A row whose values are those of the game, in memory of its own. */
typedef struct {
    double *memory;
    finished_row_t row;
} held_t;

static held_t hold(const game_t *game, const fields_t *fields) {
    held_t held = {.memory = new_numbers(finished_doubles(fields, game->n))};
    memset(held.memory, 0xff, finished_doubles(fields, game->n) * sizeof(double));
    held.row = finished_at(fields, game->n, held.memory);
    memcpy(held.row.values, game->v, mask_count(game->n) * sizeof(double));
    return held;
}

TEST(kinds_are_numbered_over_all_families) {
    const families_t all = families_wanted(NULL);
    assert_int_equal(families_kinds(&all), ALL_KINDS);
    assert_int_equal(families_find("toy"), TOY);
    assert_int_equal(families_first_kind(&all, 0), 0);
    assert_int_equal(families_first_kind(&all, TOY), 1);
    for (int number = 0; number < ALL_KINDS; number++) {
        int kind = number;
        assert_int_equal(families_of_kind(&all, &kind), number > 0 ? TOY : 0);
        assert_int_equal(kind, number > 0 ? number - 1 : 0);
    }
}

/* values | effects | numbers | bitmaps: each begins where the one before ends; bitmaps family by family, sign by sign.
 */
TEST(rows_lie_in_one_piece) {
    for (int n = 1; n <= 13; n++) {
        fields_t fields = fields_layout(families_wanted(NULL), n + 2, 0);
        size_t masks = mask_count(n), words = (masks + 63) / 64;
        double memory[1];
        assert_int_equal(finished_doubles(&fields, n),
                         (1 + ALL_KINDS) * masks + fields.doubles + 2 * ALL_KINDS * words);
        finished_row_t row = finished_at(&fields, n, memory);
        assert_int_equal(row.n, n);
        assert_ptr_equal(row.values, memory);
        assert_ptr_equal(row.effects, memory + masks);
        assert_ptr_equal(row.numbers, memory + (1 + ALL_KINDS) * masks);
        assert_ptr_equal(row.salient, row.numbers + fields.doubles);
        for (int kind = 0; kind < ALL_KINDS; kind++)
            assert_ptr_equal(finished_effects(&row, kind), row.effects + (size_t)kind * masks);
        assert_ptr_equal(finished_salient(&row, 0, false), row.salient);
        assert_ptr_equal(finished_salient(&row, 0, true), row.salient + words);
        assert_ptr_equal(finished_salient(&row, TOY, false), row.salient + 2 * words);
        assert_ptr_equal(finished_salient(&row, TOY, true), row.salient + 4 * words);
    }
}

static void check_bitmaps(const finished_row_t *row, int family, int kind, double tau) {
    const double *effects = finished_effects(row, families_first_kind(&row->families, family) + kind);
    for (int negative = 0; negative < 2; negative++) {
        const uint64_t *bits = finished_salient(row, family, negative) + (size_t)kind * salience_words(row->n);
        for (mask_t s = 0; s < salience_words(row->n) * 64; s++) {
            double effect = s > 0 && s < mask_count(row->n) ? effects[s] : 0;
            assert_int_equal(bits[s / 64] >> (s % 64) & 1, negative ? effect <= -tau : effect >= tau);
        }
    }
}

/* What curves_find leaves, NaN elsewhere. */
static void check_curves(const fields_t *fields, const game_t *game, double *numbers, bool wanted) {
    curves_room_t room = {0};
    curves_shape_t shape = curves_shape(fields->n);
    row_source_t values = row_in_memory(game->v, game->n), interactions = row_in_memory(game->dividends, game->n);
    failure_t why;
    assert_int_equal(fields->length[FIELD_CURVE_RMSE] > 0, fields->n >= CURVES_STORED_MIN);
    if (fields->n < CURVES_STORED_MIN)
        return;
    double *curves = new_numbers(shape.doubles);
    for (size_t i = 0; i < shape.doubles; i++)
        curves[i] = nan_canonical();
    if (wanted)
        assert_ok(curves_find(values, &(curves_effects_t){0, 1, &interactions}, fields->n, &room, curves, &why));
    assert_memory_equal(fields_at(fields, numbers, FIELD_CURVE_STRENGTH), curves, shape.doubles * sizeof *curves);
    curves_free(&room);
    free(curves);
}

/* Numbers of both families but the curves, from stats/summarise alone. */
static double *expected_numbers(const game_t *game, const fields_t *fields, const finished_row_t *row) {
    summarise_t *summarise = NULL;
    failure_t why;
    double *numbers = new_numbers(fields->doubles);
    uint64_t *bits = malloc(2 * TOY_KINDS * salience_words(game->n) * sizeof *bits);
    assert_non_null(bits);
    assert_ok(summarise_create(&SETTINGS, fields, &summarise, &why));
    assert_ok(summarise_sample(summarise, row_in_memory(game->v, game->n), row_in_memory(game->dividends, game->n),
                               SIGMA, (salient_sink_t){0}, numbers, &why));
    assert_ok(summarise_effects(summarise, TOY, finished_effects(row, 1), NULL, game->n, bits, numbers, &why));
    summarise_destroy(&summarise);
    free(bits);
    return numbers;
}

static void check_effects(const game_t *game, const finished_row_t *row) {
    mask_t masks = mask_count(game->n);
    assert_memory_equal(row->values, game->v, masks * sizeof(double));
    assert_memory_equal(finished_effects(row, 0), game->dividends, masks * sizeof(double));
    for (mask_t s = 0; s < masks; s++) {
        assert_true(finished_effects(row, 1)[s] == -game->dividends[s]);
        assert_true(finished_effects(row, 2)[masks - 1 - s] == -game->dividends[s]);
    }
}

TEST(a_row_is_what_its_parts_make) {
    for (int n = 1; n <= 13; n++)
        for (int more = 0; more < 3; more += 2) {
            game_t game = random_game(n, (uint64_t)n);
            fields_t fields = fields_layout(families_wanted(NULL), n + more, 0);
            stats_settings_t settings = SETTINGS;
            settings.curves = n % 4 != 0;
            held_t held = hold(&game, &fields);
            finish_t *finish;
            failure_t why;
            assert_ok(finish_create(&settings, &fields, &finish, &why));
            assert_ok(finish_row(finish, SIGMA, &held.row, &why));
            check_effects(&game, &held.row);
            for (int kind = 0; kind < ALL_KINDS; kind++) {
                int within = kind, family = families_of_kind(&fields.families, &within);
                check_bitmaps(&held.row, family, within,
                              *fields_at(&fields, held.row.numbers, family * FIELD_COUNT + FIELD_THRESHOLD));
            }
            check_curves(&fields, &game, held.row.numbers, settings.curves);
            double *wanted = expected_numbers(&game, &fields, &held.row);
            for (int id = 0; id < FAMILY_COUNT * FIELD_COUNT; id++)
                if (id < FIELD_CURVE_STRENGTH || id >= FIELD_COUNT)
                    assert_memory_equal(held.row.numbers + fields.offset[id], wanted + fields.offset[id],
                                        fields.length[id] * sizeof(double));
            assert_true(finish_times(finish).transform > 0 && finish_times(finish).statistics > 0);
            finish_destroy(&finish);
            free(wanted);
            free(held.memory);
            free_game(&game);
        }
}

/* The root family's part, from rows that are read; further families are NaN. */
TEST(streaming_gives_the_same) {
    for (int n = 1; n <= 14; n++) {
        game_t game = random_game(n, 7);
        fields_t fields = fields_layout(families_wanted(NULL), n, 0);
        held_t held = hold(&game, &fields), streamed = hold(&game, &fields);
        finish_t *finish;
        failure_t why;
        assert_ok(finish_create(&SETTINGS, &fields, &finish, &why));
        assert_ok(finish_row(finish, SIGMA, &held.row, &why));
        salience_bitmaps_t bitmaps = finished_bitmaps(&streamed.row);
        assert_ok(finish_streaming(finish, row_in_memory(game.v, n), row_in_memory(game.dividends, n), SIGMA,
                                   salience_into(&bitmaps), streamed.row.numbers, &why));
        size_t root = fields.offset[TOY * FIELD_COUNT];
        assert_memory_equal(streamed.row.numbers, held.row.numbers, root * sizeof(double));
        for (size_t i = root; i < fields.doubles; i++)
            assert_true(isnan(streamed.row.numbers[i]));
        assert_memory_equal(streamed.row.salient, held.row.salient, 2 * salience_words(n) * sizeof(uint64_t));
        finish_destroy(&finish);
        free(held.memory);
        free(streamed.memory);
        free_game(&game);
    }
}

TEST(what_overflows_fails) {
    game_t game = random_game(6, 1);
    fields_t fields = fields_layout(families_wanted(NULL), 6, 0);
    finish_t *finish;
    failure_t why;
    for (mask_t s = 0; s < 64; s++)
        game.v[s] = mask_order(s) % 2 ? -1.7e308 : 1.7e308;
    held_t held = hold(&game, &fields);
    assert_ok(finish_create(&SETTINGS, &fields, &finish, &why));
    assert_fails(finish_row(finish, SIGMA, &held.row, &why), STATUS_CERTAIN, "overflow");
    finish_destroy(&finish);
    finish_destroy(&finish);
    free(held.memory);
    free_game(&game);
}

int main(void) {
    return run_all(NULL, NULL);
}
