/* For tests that read what a sweep leaves behind: a small results file with tables, statistics, names, labels, and a
 * sample each that failed and that is pending. */
#ifndef HARSANYI_TESTS_SUPPORT_MAKE_SWEPT_H
#define HARSANYI_TESTS_SUPPORT_MAKE_SWEPT_H

#include "base/nan.h"
#include "config/config.h"
#include "support/make_row.h"

/*   row      0   1    2      3        4   5
 *   index    3   4    5      9       10   2
 *   label    0   1    1      0        1   0
 *   players  5   13   4      5        6   3
 *   status   done     failed pending  done           v(N) > 0 of the done ones: see swept_value
 */
enum { SWEPT_SAMPLES = 6, SWEPT_N = 13, SWEPT_FAILED = 2, SWEPT_PENDING = 3 };
static const int64_t SWEPT_INDEX[SWEPT_SAMPLES] = {3, 4, 5, 9, 10, 2}, SWEPT_LABEL[SWEPT_SAMPLES] = {0, 1, 1, 0, 1, 0};
static const int32_t SWEPT_PLAYERS[SWEPT_SAMPLES] = {5, 13, 4, 5, 6, 3};

typedef struct {
    const char *config; /* NULL: SWEPT_CONFIG */
    bool names, names_per_sample, unlabelled;
    const int64_t *target; /* [SWEPT_SAMPLES]; NULL: the labels */
} swept_t;

static const char SWEPT_CONFIG[] = "model: {backend: onnx, file: m.onnx, score: log_odds}\n"
                                   "samples: {file: s.h5}\n"
                                   "statistics: {salience: 0.25, indices: [stii2]}\n"
                                   "output: {file: x.h5}\n";

/* v(N) is 2 in rows 0 and 4, -2 in rows 1 and 5; the rest is random between -1 and 1. */
static inline double swept_value(int64_t row, mask_t mask) {
    if (mask + 1 == mask_count(SWEPT_PLAYERS[row]))
        return row % 4 == 0 ? 2 : -2;
    return made_value(row, mask);
}

static inline const char *swept_name(void *self, name_list_t list, int64_t sample, int64_t player) {
    static const char *const NAMES[] = {"eye", "nose", "öhr", "mouth, left", "chin", "p5", "p6",
                                        "p7",  "p8",   "p9",  "p10",         "p11",  "p12"};
    const swept_t *swept = self;
    assert_int_equal(list, NAMES_OF_PLAYERS);
    bool other = swept->names_per_sample && sample == 5 && player == 1;
    return other ? "tail" : NAMES[player];
}

static inline config_t *swept_config(const char *text) {
    config_t *config = NULL;
    problems_t problems = {0};
    if (config_parse(text, strlen(text), "test", "", NULL, 0, &config, &problems) != STATUS_OK)
        problems_print(&problems, stderr);
    assert_non_null(config);
    return config;
}

/* A done row of the sweep, in memory; free row.values. */
static inline finished_row_t swept_row(int64_t row, const stats_settings_t *settings, const fields_t *fields) {
    return make_row(settings, fields, SWEPT_PLAYERS[row], row, swept_value,
                    settings->noise == NOISE_GIVEN ? settings->noise_sigma : nan_canonical());
}

static inline void swept_fill(results_t *results, int64_t row, const stats_settings_t *settings, int64_t target) {
    results_sample_t info = results_unknown();
    info.target = target;
    info.attempts = 1;
    info.seconds = 0.5;
    finished_row_t finished = swept_row(row, settings, results_fields(results));
    put_row(results, row, &finished, &info);
    free(finished.values);
}

static inline void swept_fail(results_t *results, int64_t row, int64_t target) {
    results_sample_t info = results_unknown();
    info.error_kind = OUTCOME_CERTAIN;
    snprintf(info.error, sizeof info.error, "mask 0x3: output is NaN");
    info.target = target;
    info.attempts = 2;
    info.seconds = 0.25;
    put_failed(results, row, &info);
}

static inline void make_swept(const char *path, const swept_t *swept) {
    static const int64_t NONE[SWEPT_SAMPLES] = {-1, -1, -1, -1, -1, -1}, CLASSES[] = {0, 1};
    config_t *config = swept_config(swept->config ? swept->config : SWEPT_CONFIG);
    text_t canonical = {0};
    config_canonical(config, &canonical);
    results_spec_t spec = {.samples = SWEPT_SAMPLES,
                           .players = SWEPT_N,
                           .block_bits = 6,
                           .indices = config->statistics.indices,
                           .top = 10,
                           .classes = CLASSES,
                           .class_count = 2,
                           .index = SWEPT_INDEX,
                           .label = swept->unlabelled ? NONE : SWEPT_LABEL,
                           .n_players = SWEPT_PLAYERS,
                           .names = {{swept->names ? SWEPT_N : 0, swept->names_per_sample}},
                           .name = swept_name,
                           .name_self = (void *)(uintptr_t)swept,
                           .config = canonical.chars,
                           .identity = {.software_version = "0",
                                        .git_revision = "old",
                                        .engine = "onnxruntime",
                                        .engine_version = "1",
                                        .instruction_set = "x",
                                        .model_sha256 = "aa",
                                        .samples_sha256 = "bb",
                                        .settings_sha256 = "cc"},
                           .families = families_wanted(NULL),
                           .tables = true};
    results_t *results = make_results_with(path, &spec);
    for (int64_t row = 0; row < SWEPT_SAMPLES; row++) {
        int64_t target = swept->target ? swept->target[row] : SWEPT_LABEL[row];
        if (row == SWEPT_FAILED)
            swept_fail(results, row, target);
        else if (row != SWEPT_PENDING)
            swept_fill(results, row, &config->statistics, target);
    }
    results_close(&results);
    text_free(&canonical);
    config_free(&config);
}

#endif
