/* config/keys: the table is sound, its defaults are those of the design, and misspelt keys find their neighbour. */
#include "config/entries.h"
#include "config/keys.h"
#include "config/kind_read.h"
#include "config/kind_text.h"
#include "config/memory.h"
#include "lattice/indices.h"
#include "support/test.h"

#include <limits.h>

static void rows_are_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const config_key_t *key = &KEYS[i];
        assert_ptr_equal(keys_find(key->name), key); /* no name twice */
        assert_non_null(strchr(key->name, '.'));
        assert_true(key->at < sizeof(config_t));
        assert_true(key->backends != 0);
        assert_int_equal(key->decides & ~key->backends, 0);
        assert_true(key->help[strlen(key->help) - 1] == '.');
        assert_true(key->low <= key->high);
        if (key->kind == KIND_INT || key->kind == KIND_RANGE)
            assert_true(key->low >= INT_MIN && key->high <= INT_MAX);
        if (key->kind == KIND_INT64)
            assert_true(fabs(key->low) <= WHOLE_MAX && key->high <= WHOLE_MAX);
        assert_true((key->kind == KIND_WORD || key->kind == KIND_PLAYERS || key->kind == KIND_INDICES) ==
                    (key->words != NULL));
    }
    assert_null(keys_find("model"));
    assert_null(keys_find("model.backendx"));
}

/* Keys of a section stand together, or the canonical text would repeat the section. */
static void sections_stand_together(void **state) {
    (void)state;
    for (size_t i = 1; i < KEY_COUNT; i++) {
        size_t length = strcspn(KEYS[i].name, ".") + 1;
        bool same = strncmp(KEYS[i].name, KEYS[i - 1].name, length) == 0;
        for (size_t j = 0; !same && j < i; j++)
            assert_int_not_equal(strncmp(KEYS[i].name, KEYS[j].name, length), 0);
    }
}

/* Reads one value as YAML; the status of kind_read. */
static status_t read_value(const config_key_t *key, const char *yaml, config_t *config) {
    entries_t entries = {0};
    problems_t problems = {0};
    assert_int_equal(entries_set(&entries, key->name, yaml, "test", &problems), STATUS_OK);
    assert_int_equal(problems.count, 0);
    status_t status = kind_read(key, &entries.items[0].value, "", config);
    entries_free(&entries);
    return status;
}

/* What is written is the default itself, so docs and files show defaults as they are. */
static void defaults_are_allowed_and_canonical(void **state) {
    (void)state;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (!KEYS[i].fallback)
            continue;
        config_t config = {0};
        text_t text = {0};
        assert_int_equal(read_value(&KEYS[i], KEYS[i].fallback, &config), STATUS_OK);
        kind_write(&KEYS[i], &config, &text);
        assert_string_equal(text.chars, KEYS[i].fallback);
        text_free(&text);
        memory_free(&config.owned);
    }
}

typedef struct {
    const char *key, *yaml;
    const char *written; /* NULL: not allowed */
} case_t;

static const case_t CASES[] = {
    {"model.backend", "values", "values"},
    {"model.backend", "\"game\"", "game"},
    {"model.backend", "ONNX", NULL},
    {"model.backend", "[onnx]", NULL},
    {"model.backend", "null", NULL},
    {"model.backend", "0", NULL},
    {"model.file", "a b.onnx", "\"a b.onnx\""},
    {"model.file", "null", NULL},
    {"model.file", "\"\"", NULL},
    {"model.file", "{a: b}", NULL},
    {"model.input", "null", "null"},
    {"model.input", "\"null\"", "\"null\""},
    {"model.input", "12", "\"12\""},
    {"model.input", "'quote \" back \\ slash'", "\"quote \\\" back \\\\ slash\""},
    {"model.input", "\"tab\\tnew\\nline\"", "\"tab\\u0009new\\u000aline\""},
    {"model.input", "\"\\u00e9 \\u2028 \\ufeff \\U0001f600\"", "\"\xc3\xa9 \\u2028 \\ufeff \xf0\x9f\x98\x80\""},
    {"model.score_eps", "1e-7", "1e-07"},
    {"model.score_eps", "1", NULL},
    {"model.score_eps", "-0.1", NULL},
    {"model.score_eps", "\"0.5\"", NULL},
    {"model.target", "predicted", "predicted"},
    {"model.target", "3", "3"},
    {"model.target", "-1", NULL},
    {"model.target", "3.0", NULL},
    {"model.target", "9007199254740993", NULL},
    {"model.orders", "[2, 2]", "[2, 2]"},
    {"model.orders", "[3, 2]", NULL},
    {"model.orders", "[0, 2]", NULL},
    {"model.orders", "[1, 2, 3]", NULL},
    {"model.orders", "2", NULL},
    {"model.seed", "9007199254740992", "9007199254740992"},
    {"model.players", "5", "5"},
    {"model.players", "[4, 6]", "[4, 6]"},
    {"model.players", "[4, 37]", NULL},
    {"model.players", "[4]", NULL},
    {"model.fault_mask", "68719476735", "68719476735"},
    {"model.fault_mask", "68719476736", NULL},
    {"samples.select", "0:100", "\"0:100\""},
    {"samples.select", "'5:6'", "\"5:6\""},
    {"samples.select", "[3, 5, 8]", "[3, 5, 8]"},
    {"samples.select", "5:5", NULL},
    {"samples.select", "-1:5", NULL},
    {"samples.select", "1:2:3", NULL},
    {"samples.select", ":5", NULL},
    {"samples.select", "5:", NULL},
    {"samples.select", "0:100000000000000000000", NULL},
    {"samples.select", "00000000000000000000000000000000000000000:5", NULL},
    {"samples.select", "[]", NULL},
    {"samples.select", "[3, -1]", NULL},
    {"samples.select", "[3, [4]]", NULL},
    {"samples.select", "7", NULL},
    {"samples.baseline", "mean", "mean"},
    {"samples.baseline", "-0.5", "-0.5"},
    {"samples.baseline", "inf", NULL},
    {"samples.players", "elements", "elements"},
    {"samples.players", "{grid: [4, 2]}", "{grid: [4, 2]}"},
    {"samples.players", "{grid: [4, 0]}", NULL},
    {"samples.players", "{grid: [4]}", NULL},
    {"samples.players", "{grid: 4}", NULL},
    {"samples.players", "{gird: [4, 2]}", NULL},
    {"samples.players", "{grid: [4, 2], more: 1}", NULL},
    {"samples.players", "{[1]: [4, 2]}", NULL},
    {"sweep.batch", "65536", "65536"},
    {"sweep.batch", "1", "1"},
    {"sweep.batch", "0", NULL},
    {"sweep.batch", "100", NULL},
    {"sweep.batch", "-2", NULL},
    {"sweep.batch", "131072", NULL},
    {"sweep.batch", "12x", NULL},
    {"sweep.block_bits", "0", "0"},
    {"sweep.block_bits", "30", "30"},
    {"sweep.block_bits", "-1", NULL},
    {"sweep.block_bits", "31", NULL},
    {"sweep.max_players", "36", "36"},
    {"sweep.max_players", "37", NULL},
    {"statistics.salience", "1", "1"},
    {"statistics.salience", "0", NULL},
    {"statistics.salience", "1.0000001", NULL},
    {"statistics.salience", "nan", NULL},
    {"statistics.salience", "[0.1, 0.2]", NULL},
    {"statistics.min_output", "-1.5", "-1.5"},
    {"statistics.min_output", "none", NULL},
    {"statistics.assumed_order_limit", "9", "9"},
    {"statistics.assumed_order_limit", "0", NULL},
    {"statistics.noise_sigma", "none", "none"},
    {"statistics.noise_sigma", "4.7e-6", "4.7e-06"},
    {"statistics.noise_sigma", "-1", NULL},
    {"statistics.indices", "[multi_order, stii2]", "[shapley, banzhaf, sii2, stii2, multi_order]"},
    {"statistics.indices", "[]", "[shapley, banzhaf, sii2]"},
    {"statistics.indices", "[foo]", NULL},
    {"statistics.indices", "stii2", NULL},
    {"statistics.curves", "false", "false"},
    {"statistics.curves", "yes", NULL},
    {"statistics.curves", "\"true\"", NULL},
    {"statistics.top", "100000", "100000"},
    {"statistics.top", "100001", NULL},
};

static void values_are_read_and_written(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const config_key_t *key = keys_find(CASES[i].key);
        config_t config = {0};
        text_t text = {0};
        assert_non_null(key);
        status_t status = read_value(key, CASES[i].yaml, &config);
        if (status != (CASES[i].written ? STATUS_OK : STATUS_INPUT))
            fail_msg("%s: %s: status %d", key->name, CASES[i].yaml, status);
        if (CASES[i].written) {
            kind_write(key, &config, &text);
            assert_string_equal(text.chars, CASES[i].written);
        }
        text_free(&text);
        memory_free(&config.owned);
    }
}

static void enums_follow_the_words(void **state) {
    (void)state;
    config_t config = {0};
    assert_int_equal(read_value(keys_find("model.backend"), "values", &config), STATUS_OK);
    assert_int_equal(config.model.backend, BACKEND_VALUES);
    assert_int_equal(read_value(keys_find("model.score"), "raw", &config), STATUS_OK);
    assert_int_equal(config.model.score, SCORE_RAW);
    assert_int_equal(read_value(keys_find("model.target"), "4", &config), STATUS_OK);
    assert_int_equal(config.model.target, TARGET_GIVEN);
    assert_int_equal(config.model.target_given, 4);
    assert_int_equal(read_value(keys_find("model.game"), "constant", &config), STATUS_OK);
    assert_int_equal(config.model.game.game, GAME_CONSTANT);
    assert_int_equal(read_value(keys_find("model.fault"), "transient", &config), STATUS_OK);
    assert_int_equal(config.model.game.fault, FAULT_TRANSIENT);
    assert_int_equal(read_value(keys_find("samples.baseline"), "0.25", &config), STATUS_OK);
    assert_int_equal(config.samples.baseline, BASELINE_NUMBER);
    assert_true(config.samples.baseline_number == 0.25);
    assert_int_equal(read_value(keys_find("samples.players"), "{grid: [4, 2]}", &config), STATUS_OK);
    assert_int_equal(config.samples.players, PLAYERS_GRID);
    assert_int_equal(config.samples.grid[0], 4);
    assert_int_equal(read_value(keys_find("statistics.salience_scale"), "mean_output", &config), STATUS_OK);
    assert_int_equal(config.statistics.salience_scale, SALIENCE_OF_MEAN_OUTPUT);
    assert_int_equal(read_value(keys_find("statistics.noise_sigma"), "2", &config), STATUS_OK);
    assert_int_equal(config.statistics.noise, NOISE_GIVEN);
    assert_int_equal(read_value(keys_find("statistics.indices"), "[bii2, multi_order]", &config), STATUS_OK);
    assert_int_equal(config.statistics.indices, INDEX_BII2 | INDEX_MULTI_ORDER);
    memory_free(&config.owned);
}

static void misspelt_keys_find_their_neighbour(void **state) {
    (void)state;
    static const struct {
        const char *name, *nearest; /* NULL: none is near */
    } cases[] = {{"model.fil", "model.file"},
                 {"model.socre", "model.score"},
                 {"model.batch", "sweep.batch"},
                 {"batch", "sweep.batch"},
                 {"sample.file", "samples.file"},
                 {"outputs.file", "output.file"},
                 {"statistic.salience", "statistics.salience"},
                 {"statistics.saliense", "statistics.salience"},
                 {"sweep.retry", "sweep.retries"},
                 {"model.temperature", NULL},
                 {"", NULL},
                 {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const config_key_t *nearest = keys_nearest(cases[i].name);
        if (cases[i].nearest)
            assert_string_equal(nearest ? nearest->name : "", cases[i].nearest);
        else
            assert_null(nearest);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(sections_stand_together),
        cmocka_unit_test(defaults_are_allowed_and_canonical),
        cmocka_unit_test(values_are_read_and_written),
        cmocka_unit_test(enums_follow_the_words),
        cmocka_unit_test(misspelt_keys_find_their_neighbour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
