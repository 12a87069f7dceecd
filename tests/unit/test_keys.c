/* config/keys: the table is sound, its defaults are those of the design, and misspelt keys find their
 * neighbour. */
#include "base/memory.h"
#include "config/entries.h"
#include "config/keys.h"
#include "lattice/indices.h"
#include "support/test.h"

#include <limits.h>

TEST(rows_are_sound) {
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const config_key_t *key = &KEYS[i];
        assert_ptr_equal(keys_find(key->name), key); /* no name twice */
        assert_non_null(strchr(key->name, '.'));
        const rule_t *rule = &key->rule;
        assert_true(rule->at < sizeof(config_t));
        assert_true(key->backends != 0);
        assert_int_equal(key->decides & ~key->backends, 0);
        assert_true(key->help[strlen(key->help) - 1] == '.');
        assert_true(rule->low <= rule->high);
        if (rule->kind == KIND_INT || rule->kind == KIND_RANGE)
            assert_true(rule->low >= INT_MIN && rule->high <= INT_MAX);
        if (rule->kind == KIND_INT64)
            assert_true(fabs(rule->low) <= WHOLE_MAX && rule->high <= WHOLE_MAX);
        assert_true((rule->kind == KIND_WORD || rule->kind == KIND_TARGET || rule->kind == KIND_PLAYERS ||
                     rule->kind == KIND_INDICES) == (rule->words != NULL));
    }
    assert_null(keys_find("model"));
    assert_null(keys_find("model.backendx"));
}

/* Keys of a section stand together, or the canonical text would repeat the section. */
TEST(sections_stand_together) {
    for (size_t i = 1; i < KEY_COUNT; i++) {
        size_t length = strcspn(KEYS[i].name, ".") + 1;
        bool same = strncmp(KEYS[i].name, KEYS[i - 1].name, length) == 0;
        for (size_t j = 0; !same && j < i; j++)
            assert_int_not_equal(strncmp(KEYS[i].name, KEYS[j].name, length), 0);
    }
}

/* Reads one value as YAML; free config->owned. */
static bool read_value(const config_key_t *key, const char *yaml, config_t *config) {
    entries_t entries = {.memory = &config->owned};
    problems_t problems = {0};
    assert_int_equal(entries_set(&entries, key->name, yaml, "test", &problems), STATUS_OK);
    assert_int_equal(problems.count, 0);
    return kind_read(key, entries.first->value, "", config);
}

/* What is read is written so; NULL: it is not allowed. */
static void check_value(const config_key_t *key, const char *yaml, const char *written) {
    config_t config = {0};
    text_t text = {0};
    if (read_value(key, yaml, &config) != (written != NULL))
        fail_msg("%s: %s: %sallowed", key->name, yaml, written ? "not " : "");
    if (written) {
        kind_write(key, &config, &text);
        assert_string_equal(text.chars, written);
    }
    text_free(&text);
    memory_free(&config.owned);
}

/* What is written is the default itself, so docs and files show defaults as they are. */
TEST(defaults_are_allowed_and_canonical) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (KEYS[i].fallback)
            check_value(&KEYS[i], KEYS[i].fallback, KEYS[i].fallback);
}

typedef struct {
    const char *key, *yaml;
    const char *written; /* NULL: not allowed */
} case_t;

static const case_t CASES[] = {
    {"model.backend", "values", "values"},
    {"model.backend", "\"game\"", "game"},
    {"model.backend", "ONNX", NULL},
    {"model.backend", "null", NULL},
    {"model.file", "a b.onnx", "\"a b.onnx\""},
    {"model.file", "null", NULL},
    {"model.file", "\"\"", NULL},
    {"model.input", "null", "null"},
    {"model.input", "\"null\"", "\"null\""},
    {"model.input", "12", "\"12\""},
    {"model.input", "'quote \" back \\ slash'", "\"quote \\\" back \\\\ slash\""},
    {"model.input", "\"tab\\tnew\\nline\"", "\"tab\\u0009new\\u000aline\""},
    {"model.input", "\"\\u00e9 \\u2028 \\ufeff \\U0001f600\"", "\"\xc3\xa9 \\u2028 \\ufeff \xf0\x9f\x98\x80\""},
    {"model.score_eps", "1e-7", "1e-07"},
    {"model.score_eps", "1", NULL},
    {"model.score_eps", "\"0.5\"", NULL},
    {"model.target", "predicted", "predicted"},
    {"model.target", "3", "3"},
    {"model.target", "-1", NULL},
    {"model.target", "9007199254740993", NULL},
    {"model.orders", "[2, 2]", "[2, 2]"},
    {"model.orders", "[3, 2]", NULL},
    {"model.orders", "[0, 2]", NULL},
    {"model.orders", "2", NULL},
    {"model.seed", "9007199254740992", "9007199254740992"},
    {"model.players", "5", "5"},
    {"model.players", "[4, 6]", "[4, 6]"},
    {"model.players", "[4, 37]", NULL},
    {"model.fault_mask", "68719476735", "68719476735"},
    {"model.fault_mask", "68719476736", NULL},
    {"samples.select", "0:100", "\"0:100\""},
    {"samples.select", "'5:6'", "\"5:6\""},
    {"samples.select", "[3, 5, 8]", "[3, 5, 8]"},
    {"samples.select", "5:5", NULL},
    {"samples.select", "-1:5", NULL},
    {"samples.select", "1:2:3", NULL},
    {"samples.select", ":5", NULL},
    {"samples.select", "0:100000000000000000000", NULL},
    {"samples.select", "00000000000000000000000000000000000000000:5", NULL},
    {"samples.select", "[]", NULL},
    {"samples.select", "[3, -1]", NULL},
    {"samples.baseline", "mean", "mean"},
    {"samples.baseline", "-0.5", "-0.5"},
    {"samples.baseline", ".nan", ".nan"},
    {"samples.baseline", ".inf", NULL},
    {"samples.players", "elements", "elements"},
    {"samples.players", "{grid: [4, 2]}", "{grid: [4, 2]}"},
    {"samples.players", "{grid: [4, 0]}", NULL},
    {"samples.players", "{grid: [4]}", NULL},
    {"samples.players", "{gird: [4, 2]}", NULL},
    {"samples.players", "{grid: [4, 2], more: 1}", NULL},
    {"samples.players", "{[1]: [4, 2]}", NULL},
    {"sweep.batch", "65536", "65536"},
    {"sweep.batch", "0", NULL},
    {"sweep.batch", "100", NULL},
    {"sweep.batch", "131072", NULL},
    {"sweep.block_bits", "30", "30"},
    {"sweep.block_bits", "31", NULL},
    {"sweep.max_players", "37", NULL},
    {"statistics.salience", "1", "1"},
    {"statistics.salience", "0", NULL},
    {"statistics.salience", "1.0000001", NULL},
    {"statistics.min_output", "-1.5", "-1.5"},
    {"statistics.min_output", "none", NULL},
    {"statistics.assumed_order_limit", "9", "9"},
    {"statistics.assumed_order_limit", "0", NULL},
    {"statistics.noise_sigma", "none", "none"},
    {"statistics.noise_sigma", "4.7e-6", "4.7e-06"},
    {"statistics.indices", "[multi_order, stii2]", "[shapley, banzhaf, sii2, stii2, multi_order]"},
    {"statistics.indices", "[]", "[shapley, banzhaf, sii2]"},
    {"statistics.indices", "[foo]", NULL},
    {"statistics.indices", "stii2", NULL},
    {"model.command", "[python3, \"my model.py\"]", "[\"python3\", \"my model.py\"]"},
    {"model.command", "null", "null"},
    {"model.command", "[]", NULL},
    {"model.command", "python3", NULL},
    {"model.command", "[python3, [a]]", NULL},
    {"model.files", "[/a, /b]", "[\"/a\", \"/b\"]"},
    {"model.start_timeout", "0", NULL},
    {"statistics.curves", "false", "false"},
    {"statistics.curves", "yes", NULL},
    {"statistics.curves", "\"true\"", NULL},
    {"statistics.top", "100001", NULL},
};

TEST(values_are_read_and_written) {
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_non_null(keys_find(CASES[i].key));
        check_value(keys_find(CASES[i].key), CASES[i].yaml, CASES[i].written);
    }
}

TEST(enums_follow_the_words) {
    static const struct {
        const char *key, *yaml;
        size_t at;
        int value;
    } cases[] = {
        {"model.backend", "values", offsetof(config_t, model.backend), BACKEND_VALUES},
        {"model.takes", "masks", offsetof(config_t, model.process.takes), TAKES_MASKS},
        {"model.device", "cuda", offsetof(config_t, model.device), DEVICE_CUDA},
        {"model.score", "raw", offsetof(config_t, model.score), SCORE_RAW},
        {"model.target", "4", offsetof(config_t, model.target), TARGET_GIVEN},
        {"model.game", "constant", offsetof(config_t, model.game.game), GAME_CONSTANT},
        {"model.fault", "transient", offsetof(config_t, model.game.fault), FAULT_TRANSIENT},
        {"samples.baseline", "0.25", offsetof(config_t, samples.baseline), BASELINE_NUMBER},
        {"samples.baseline", ".nan", offsetof(config_t, samples.baseline), BASELINE_NUMBER},
        {"samples.players", "{grid: [4, 2]}", offsetof(config_t, samples.players), PLAYERS_GRID},
        {"statistics.salience_scale", "mean_output", offsetof(config_t, statistics.salience_scale),
         SALIENCE_OF_MEAN_OUTPUT},
        {"statistics.noise_sigma", "2", offsetof(config_t, statistics.noise), NOISE_GIVEN},
        {"statistics.indices", "[bii2, multi_order]", offsetof(config_t, statistics.indices),
         INDEX_BII2 | INDEX_MULTI_ORDER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        config_t config = {0};
        assert_true(read_value(keys_find(cases[i].key), cases[i].yaml, &config));
        assert_int_equal(*(const int *)((const char *)&config + cases[i].at), cases[i].value);
        memory_free(&config.owned);
    }
}

TEST(misspelt_keys_find_their_neighbour) {
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
    return run_all(NULL, NULL);
}
