/* For tests that need a small results file. */
#ifndef HARSANYI_TESTS_SUPPORT_MAKE_RESULTS_H
#define HARSANYI_TESTS_SUPPORT_MAKE_RESULTS_H

#include "results/results.h"
#include "support/test.h"

enum { MAKE_RESULTS_SAMPLES_MAX = 600 };

/* Lists of a spec. */
typedef struct {
    int64_t index[MAKE_RESULTS_SAMPLES_MAX], label[MAKE_RESULTS_SAMPLES_MAX], classes[1];
} made_lists_t;

/* The spec of a file with tables: index k, no labels. It borrows players and lists. */
static inline results_spec_t made_spec(int64_t samples, const int32_t *players, int block_bits, made_lists_t *lists) {
    int n = 0;
    lists->classes[0] = 0;
    for (int64_t k = 0; k < samples; k++) {
        lists->index[k] = k;
        lists->label[k] = -1;
        n = players[k] > n ? players[k] : n;
    }
    return (results_spec_t){.samples = samples,
                            .players = n,
                            .block_bits = block_bits < n ? block_bits : n,
                            .top = 10,
                            .classes = lists->classes,
                            .class_count = 1,
                            .index = lists->index,
                            .label = lists->label,
                            .n_players = players,
                            .config = "{}\n",
                            .identity = {.engine = "game"},
                            .families = families_wanted(NULL),
                            .tables = true};
}

static inline results_t *make_results_with(const char *path, const results_spec_t *spec) {
    char warning[RESULTS_TEXT];
    failure_t why = {0};
    results_t *results = NULL;
    assert_ok(results_create(path, spec, warning, &why));
    assert_ok(results_open(path, true, &results, &why));
    assert_non_null(results);
    return results;
}

/* Makes and opens a results file of `samples` samples with the given players and blocks of 2^block_bits masks at
 * `path`. */
static inline results_t *make_results(const char *path, int64_t samples, const int32_t *players, int block_bits) {
    made_lists_t lists;
    results_spec_t spec = made_spec(samples, players, block_bits, &lists);
    return make_results_with(path, &spec);
}

/* The same of statistics only. */
static inline results_t *make_statistics(const char *path, int64_t samples, const int32_t *players) {
    made_lists_t lists;
    results_spec_t spec = made_spec(samples, players, 0, &lists);
    spec.tables = false;
    spec.tables_of = "other.h5";
    return make_results_with(path, &spec);
}

/* A number between -1 and 1 that depends on sample and mask alone. */
static inline double made_value(int64_t sample, mask_t mask) {
    uint64_t h = (mask + 1) * 0x9e3779b97f4a7c15u ^ ((uint64_t)sample + 1) * 0xc2b2ae3d27d4eb4fu;
    h = (h ^ (h >> 29)) * 0xbf58476d1ce4e5b9u;
    return (double)(int64_t)(h ^ (h >> 32)) / 9223372036854775808.0;
}

#endif
