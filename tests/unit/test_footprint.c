/* plan/footprint: what the ranks of a sweep take, against sums made by hand; what fits in made-up limits, and what is
 * said of what does not. */
#include "plan/footprint.h"
#include "support/make_inputs.h"

static made_inputs_t open_game(int samples, int players, const char *curves) {
    char yaml[256];
    snprintf(yaml, sizeof yaml,
             "model: {backend: game, game: sparse, samples: %d, players: %d}\nstatistics: {curves: %s}\n"
             "output: {file: x.h5}\n",
             samples, players, curves);
    return make_inputs(yaml);
}

static footprint_t estimate(int samples, int players, const char *curves, const footprint_spec_t *spec) {
    made_inputs_t opened = open_game(samples, players, curves);
    footprint_t footprint = footprint_estimate(opened.inputs, spec);
    free_inputs(&opened);
    return footprint;
}

/* Some statistics and heads of messages are not counted here. */
static void assert_about(double found, double expected) {
    if (fabs(found - expected) > 1e6)
        fail_msg("%.0f instead of about %.0f", found, expected);
}

TEST(tables_are_counted) {
    footprint_spec_t spec = {.ranks = 2, .resident = 30e6, .mpi_is_up = true, .seconds_per_mask = 1e-6};
    double now = spec.resident;
    /* 200 samples of 2^16 masks: a unit holds 16 of them, v and I of 2^20 masks, two bitmaps and 1,408 ranks of
     * strength each; quartiles of a row take 8 bytes a mask, tallies of effects 56. */
    double unit = 16.0 * ((1 << 20) + 2 * (1 << 13) + 8 * 1408), quartiles = 8.0 * (1 << 16), row = 8.0 * (1 << 16);
    double tallies = 56.0 * (1 << 16);
    footprint_t two = estimate(200, 16, "false", &spec);
    assert_about(two.worker, now + 2 * unit + quartiles);
    assert_about(two.rank_0, now + 5.4e6 + tallies + 3 * unit + quartiles + 2 * row + quartiles);
    /* One sample of 2^24 masks on 8 ranks: ranges of 2^24 / 4 / 8, a piece of 2^21, quartiles by radix; then the
     * curves' row; at the end two tables of 2^22 counts and 4 MiB of rows. */
    spec.ranks = 8;
    footprint_t split = estimate(1, 24, "true", &spec);
    assert_about(split.worker, now + 2 * 8.0 * (1 << 19));
    double lasting = now + 5.4e6 + 8.0 * (1 << 21) + 25 * 12.0 * (1 << 15);
    assert_about(split.rank_0, lasting + 1.7 * 8.0 * (1 << 19) + 8.0 * (1 << 24) + 8.0 * (1 << 22) + (4 << 20));
    assert_about(estimate(1, 24, "false", &spec).rank_0, lasting + 1.7 * 8.0 * (1 << 19) + 8.0 * (1 << 22) + (4 << 20));
    /* Of 2^20 masks: both tables in memory, and what is gathered for quartiles. */
    double held = 16.0 * (1 << 20) + 8.0 * (1 << 20), at_the_end = 8.0 * (1 << 20) + (4 << 20);
    assert_about(estimate(1, 20, "false", &spec).rank_0, now + 5.4e6 + held + 1.7 * 8.0 * 5e4 + at_the_end);
}

/* One sample of 2^12 masks on 8 ranks: it comes in ranges, and any rank may have to solve it: 31 tables, and a matrix
 * of 0.7 times the 1,284 columns that are allowed. */
TEST(solving_is_counted_on_every_rank) {
    made_inputs_t opened = make_inputs("model: {backend: game, game: sparse, samples: 1, players: 12}\n"
                                       "statistics: {curves: false}\nsparse: {kinds: and}\noutput: {file: x.h5}\n");
    footprint_spec_t spec = {.ranks = 8, .resident = 30e6, .mpi_is_up = true, .seconds_per_mask = 1e-3};
    footprint_t footprint = footprint_estimate(opened.inputs, &spec);
    double solver = 8.0 * (31 * 4096 + 0.49 * 1284.0 * 1284.0);
    assert_about(footprint.worker, 30e6 + solver);
    assert_true(footprint.rank_0 - footprint.worker < 13e6);
    free_inputs(&opened);
}

TEST(what_is_unknown_counts_in_full) {
    footprint_spec_t spec = {.ranks = 1, .resident = 30e6, .mpi_is_up = true, .seconds_per_mask = 1e-6};
    footprint_t none = estimate(1, 30, "false", &spec);
    spec.seconds_per_mask = 0;
    assert_true(estimate(1, 30, "false", &spec).worker <= none.worker + 1e6);
    spec.mpi_is_up = false;
    assert_true(estimate(1, 30, "false", &spec).worker > none.worker + 8e6);
}

TEST(memory_at_30_players_is_bounded) {
    for (int ranks = 1; ranks <= 4096; ranks *= 8) {
        footprint_spec_t spec = {.ranks = ranks};
        footprint_t footprint = estimate(1, 30, "true", &spec);
        assert_true(footprint.rank_0 < 512e6 && footprint.worker < 128e6);
    }
}

#define MIB ((uint64_t)1 << 20)

static const memory_limits_t LIMITS = {
    .count = 2,
    .limits = {{.bytes = 1000 * MIB, .room = 700 * MIB, .from = "/sys/fs/cgroup/job/memory.max"},
               {.bytes = 64000 * MIB, .room = 50000 * MIB, .from = "/proc/meminfo"}}};

/* said: NULL: it fits. */
TEST(ranks_that_do_not_fit_are_refused) {
    static const struct {
        int ranks;
        bool with_rank_0;
        double resident, model;
        const char *said;
    } cases[] = {
        {2, true, 0, 0, NULL},    /* 600 of 700 */
        {3, true, 100, 0, NULL},  /* 800, 100 of them held already */
        {3, false, 0, 0, NULL},   /* 600 */
        {1, true, 9000, 0, NULL}, /* holds more than it needs */
        {3, true, 99, 0,
         "n1: this run needs about 800.0 MiB of memory there (3 ranks: rank 0 400.0 MiB, the others 200.0 MiB each), "
         "but only 799.0 MiB of the limit of 1000.0 MiB (/sys/fs/cgroup/job/memory.max) are free"},
        {4, false, 0, 0, "(4 ranks: 200.0 MiB each)"},
        {1, true, -301, 0, "(1 rank: 400.0 MiB each)"},
        {1, true, 100, 400, NULL},
        {2, true, 0, 150, "(2 ranks: rank 0 400.0 MiB, the others 200.0 MiB each; and 150.0 MiB for each one's model)"},
    };
    failure_t why;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const memory_limits_t none = {0};
        const footprint_ranks_t machine = {
            .name = "n1",
            .ranks = cases[i].ranks,
            .with_rank_0 = cases[i].with_rank_0,
            .footprint = {.rank_0 = 400.0 * MIB, .worker = 200.0 * MIB, .model = cases[i].model * MIB},
            .resident = cases[i].resident * MIB};
        status_t status = footprint_judge(&machine, &LIMITS, &why);
        assert_int_equal(status, cases[i].said ? STATUS_INPUT : STATUS_OK);
        assert_true(!cases[i].said || strstr(why.text, cases[i].said));
        assert_ok(footprint_judge(&machine, &none, &why));
    }
}

TEST(each_process_has_limits_too) {
    failure_t why;
    const memory_own_t own = {.resident = 100 * MIB, .addresses = 900 * MIB, .data = 300 * MIB};
    memory_own_t limits = {.addresses = UINT64_MAX, .data = UINT64_MAX};
    assert_int_equal(footprint_judge_own(1e15, &own, &limits, &why), STATUS_OK);
    limits.addresses = 1000 * MIB;
    assert_int_equal(footprint_judge_own(200.0 * MIB, &own, &limits, &why), STATUS_OK);
    assert_fails(footprint_judge_own(201.0 * MIB, &own, &limits, &why), STATUS_INPUT,
                 "1001.0 MiB of addresses (it already uses 900.0 MiB), but the limit "
                 "is 1000.0 MiB (ulimit -v)");
    limits = (memory_own_t){.addresses = UINT64_MAX, .data = 400 * MIB};
    assert_int_equal(footprint_judge_own(50.0 * MIB, &own, &limits, &why), STATUS_OK);
    assert_fails(footprint_judge_own(300.0 * MIB, &own, &limits, &why), STATUS_INPUT, "500.0 MiB of data");
    assert_non_null(strstr(why.text, "ulimit -d unlimited"));
}

int main(void) {
    return run_all(NULL, NULL);
}
