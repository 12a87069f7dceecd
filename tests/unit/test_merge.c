/* shards/shards, shards/merge: of more shards than there are records of starts, each row lands in its place; what is
 * missing is listed whole; names of shards. The rest is in tests/e2e/test_merge.py. */
#include "results/paths.h"
#include "shards/merge.h"
#include "support/finish_sample.h"

#include <sys/stat.h>

static failure_t why; /* of the last call */

enum { K = 70, W = 140 }; /* shards, samples: rows 0 and 1 of shard i are samples i and 70 + i */

typedef struct {
    char folder[TEMPORARY_PATH];
    char paths[K][128];
    const char *given[K];
    char out[128];
} scratch_t;

static int players_of(int64_t place) {
    return 2 + (int)(place % 3);
}

static void make_shard(const char *path, int shard) {
    made_lists_t lists;
    int32_t players[W];
    for (int64_t k = 0; k < W; k++)
        players[k] = players_of(k);
    results_spec_t spec = made_spec(W, players, 1 + shard % 4, &lists);
    for (int64_t k = 0; k < W; k++)
        lists.index[k] = 1000 + k;
    spec.shard = shard;
    spec.shards = K;
    spec.config = "model: {backend: game, game: sparse, samples: 140, players: [2, 4]}\noutput: {file: x.h5}\n";
    results_t *results = make_results_with(path, &spec);
    assert_int_equal(results_samples(results), W / K);
    finish_sample(results, 0);
    finish_sample(results, 1);
    for (int start = 0; start <= shard % 2; start++) { /* 1 or 2 starts */
        results_run_t run = {.started = "2026-01-01T00:00:00Z", .ranks = 1 + shard, .exit = "ended"};
        int slot;
        snprintf(run.host, sizeof run.host, "%s", start == shard % 2 ? "last" : "earlier");
        if (shard == K - 1)
            snprintf(run.exit, sizeof run.exit, "running");
        assert_ok(results_add_run(results, &run, &slot, &why));
    }
    results_close(&results);
}

static int make_all(void **state) {
    scratch_t *s = calloc(1, sizeof *s);
    *state = s;
    if (make_temporary_folder(s->folder))
        return -1;
    snprintf(s->out, sizeof s->out, "%s/x.h5", s->folder);
    for (int i = 0; i < K; i++) {
        char *path = paths_shard(s->out, i, K);
        snprintf(s->paths[i], sizeof s->paths[i], "%s", path);
        free(path);
        s->given[i] = s->paths[i];
        make_shard(s->paths[i], i);
    }
    return 0;
}

static int remove_all(void **state) {
    scratch_t *s = *state;
    for (int i = 0; i < K; i++)
        unlink(s->paths[i]);
    unlink(s->out);
    int left = rmdir(s->folder); /* fails when anything else lies there */
    free(s);
    return left;
}

static status_t merge_given(const scratch_t *s, int count, bool allow_missing, merge_report_t *report,
                            problems_t *problems) {
    log_t log = {.quiet = true};
    merge_options_t options = {
        .out = s->out, .shards = s->given, .shard_count = count, .given = {.allow_missing = allow_missing}};
    return merge(&options, &log, report, problems, &why);
}

static void check_rows(const results_t *merged) {
    for (int64_t place = 0; place < W; place++) {
        double v[16];
        results_sample_t info;
        assert_int_equal(results_index(merged, place), 1000 + place);
        assert_ok(results_read_sample(merged, place, &info, &why));
        assert_int_equal(info.status, SAMPLE_DONE);
        assert_ok(results_read_table(merged, TABLE_VALUES, place, 0, 16, v, &why));
        mask_t own = mask_count(players_of(place));
        for (mask_t mask = 0; mask < 16; mask++)
            assert_true(mask < own ? v[mask] == made_value(place / K, mask) : isnan(v[mask]));
    }
}

static void check_runs(const results_t *merged) {
    results_run_t *runs = calloc(RESULTS_RUNS, sizeof *runs);
    uint64_t starts;
    int count;
    assert_ok(results_read_runs(merged, runs, &count, &starts, &why));
    assert_int_equal(starts, K + K / 2);
    assert_int_equal(count, RESULTS_RUNS - 1); /* slot 0 is the first start's, of which no record is left */
    for (int i = 0; i < count; i++) {
        assert_string_equal(runs[i].host, "last");
        assert_int_equal(runs[i].ranks, 1 + K - count + i);
        assert_string_equal(runs[i].exit, i == count - 1 ? "killed" : "ended");
    }
    free(runs);
}

TEST(many_shards_become_one_file) {
    scratch_t *s = *state;
    merge_report_t report;
    problems_t problems = {0};
    results_t *merged = NULL;
    assert_ok(merge_given(s, K, false, &report, &problems));
    assert_true(report.shards == K && report.done == W && report.failed == 0 && report.missing == 0);
    assert_ok(results_open(s->out, false, &merged, &why));
    assert_null(results_shard(merged));
    assert_int_equal(results_block_bits(merged), 1);
    check_rows(merged);
    check_runs(merged);
    results_close(&merged);
    unlink(s->out);
}

/* Row 1 of shard i is pending. */
static void make_pending(const scratch_t *s, int i) {
    results_t *shard = NULL;
    assert_ok(results_open(s->paths[i], true, &shard, &why));
    assert_ok(results_clear_flags(shard, 1, &why));
    results_close(&shard);
}

TEST(all_that_is_missing_is_told) {
    scratch_t *s = *state;
    merge_report_t report;
    problems_t problems = {0};
    char expected[512];
    make_pending(s, 3);
    s->given[4] = s->paths[5];
    s->given[5] = s->paths[7];
    /* 3 is incomplete; 4, 6, 8 ... 69 are not given: more than problems can be told */
    assert_int_equal(merge_given(s, 6, false, &report, &problems), STATUS_INPUT);
    assert_int_equal(problems.count, 1 + 1 + 64);
    assert_string_equal(problems.texts[0],
                        "shards to run, out of 0 to 69: 3-4,6,8-69; --allow-missing merges without them");
    snprintf(expected, sizeof expected,
             "%s: shard 3/70 has 1 of 2 samples left, index 1073; to finish it: harsanyi run CONFIG -o %s --shard 3/70",
             s->paths[3], s->out);
    assert_string_equal(problems.texts[1], expected);
    assert_non_null(strstr(problems.texts[2], "shard 4/70: no readable file of it was given; to make one: "));
    assert_non_null(strstr(problems.texts[2], "--shard 4/70"));
    problems_free(&problems);
    assert_int_equal(access(s->out, F_OK), -1);
    assert_ok(merge_given(s, 6, true, &report, &problems));
    assert_int_equal(report.done, 11);
    assert_int_equal(report.missing, W - 11);
    assert_int_equal(report.failed, W - 11);
    unlink(s->out);
}

static bool stop_at_once(void *self) {
    return true;
}

TEST(stopping_leaves_nothing) {
    scratch_t *s = *state;
    log_t log = {.quiet = true};
    merge_options_t options = {
        .out = s->out, .shards = s->given, .shard_count = 1, .given = {.allow_missing = true}, .stop = stop_at_once};
    merge_report_t report;
    problems_t problems = {0};
    assert_int_equal(merge(&options, &log, &report, &problems, &why), STATUS_STOPPED);
    assert_int_equal(access(s->out, F_OK), -1); /* remove_all sees whether anything else is left */
}

static void check_base(const char *path, const char *expected) {
    char *base = paths_whole(path, 3, 8);
    if (expected)
        assert_string_equal(base, expected);
    else
        assert_null(base);
    free(base);
}

TEST(bases_of_shards) {
    check_base("x.shard-3-of-8.h5", "x.h5");
    check_base("a.shard-3-of-8.b/x.shard-3-of-8.h5", "a.shard-3-of-8.b/x.h5");
    check_base("x.shard-3-of-8", "x");
    check_base("x.shard-3-of-8.shard-3-of-8.h5", "x.shard-3-of-8.h5");
    check_base("x.shard-4-of-8.h5", NULL);
    check_base("a.shard-3-of-8/x.h5", NULL);
    check_base("a/.shard-3-of-8.h5", NULL);
    check_base("x.h5", NULL);
    char *path = paths_shard("a.b/x", 3, 8);
    assert_string_equal(path, "a.b/x.shard-3-of-8");
    free(path);
    path = paths_shard("a.b/x.h5", 0, 0);
    assert_string_equal(path, "a.b/x.h5");
    free(path);
}

int main(void) {
    return run_all(make_all, remove_all);
}
