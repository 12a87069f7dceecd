/* plan/plan_costs and plan_time: what is measured is there, and the sums are those made by hand. */
#include "plan/plan_costs.h"
#include "plan/plan_time.h"
#include "stats/fields.h"
#include "support/scratch_path.h"

static config_t *config;
static inputs_t *inputs;

static void open_game(const char *model, const char *statistics, const char *output) {
    problems_t problems = {0};
    failure_t why;
    char yaml[512];
    snprintf(yaml, sizeof yaml, "model: {backend: game, %s}\nstatistics: {%s}\noutput: {file: %s}\n", model, statistics,
             output);
    if (config_parse(yaml, strlen(yaml), "test", ".", NULL, 0, &config, &problems) != STATUS_OK)
        fail_msg("%s", problems.texts[0]);
    assert_ok(inputs_open(config, &inputs, &problems, &why));
}

static void close_game(void) {
    inputs_close(&inputs);
    config_free(&config);
}

TEST(costs_are_measured) {
    plan_costs_t costs;
    failure_t why;
    /* |S|^2: an interaction for each player and each pair, all salient. */
    open_game("game: square, samples: 5, players: [9, 10]", "curves: true", path);
    assert_int_equal(plan_costs(inputs, 1e-7, &costs, &why), STATUS_OK);
    for (int n = 0; n <= PLAYERS_MAX; n++) {
        bool there = n == 9 || n == 10;
        assert_int_equal(costs.transform[n] > 0, there);
        assert_int_equal(costs.statistics[n] > 0, there);
        assert_true(costs.curves[n] == 0); /* they are among the statistics */
    }
    assert_true(costs.read > 0 && costs.write > 0 && costs.sync > 0 && costs.checksum > 0);
    /* Nothing known of a model that cannot be evaluated, or of a slow one; no disk: no failure. */
    assert_int_equal(plan_costs(inputs, NAN, &costs, &why), STATUS_OK);
    assert_true(costs.transform[9] > 0);
    assert_int_equal(plan_costs(inputs, 100, &costs, &why), STATUS_OK);
    assert_true(costs.transform[9] > 0);
    close_game();
    /* In files of few players curves are found at the end. */
    open_game("game: square, samples: 5, players: [7, 9]", "curves: true", path);
    assert_int_equal(plan_costs(inputs, 1e-7, &costs, &why), STATUS_OK);
    for (int n = 0; n <= PLAYERS_MAX; n++)
        assert_int_equal(costs.curves[n] > 0, n >= 7 && n <= 9);
    close_game();
    open_game("game: constant, samples: 1, players: 22", "curves: false", "/nowhere/at/all.h5");
    assert_int_equal(plan_costs(inputs, 1e-8, &costs, &why), STATUS_OK);
    assert_true(costs.write == 0 && costs.read == 0 && costs.sync == 0);
    assert_true(costs.statistics[22] > 0 && costs.curves[22] == 0);
    close_game();
}

static void assert_near(double found, double expected) {
    if (fabs(found - expected) > 1e-9 * expected)
        fail_msg("%.12g instead of %.12g", found, expected);
}

static const plan_part_t WHOLE = {0};

/* Of one row in statistics across samples: 3 ns a number, 20 ns a word of its bitmaps. */
static double across_row(int n) {
    return 3e-9 * (double)fields_layout(families_wanted(NULL), n, 0).doubles + 20e-9 * ldexp(1, n - 6);
}

TEST(times_add_up) {
    const plan_speed_t speed = {.seconds_per_mask = 1e-3, .seconds_per_sample = 0.5};
    plan_costs_t costs = {.read = 1e-3, .write = 2e-3, .checksum = 3e-3, .sync = 1e-6};
    costs.transform[10] = 1;
    costs.statistics[10] = 2;
    costs.curves[10] = 4;
    /* 100 samples of 1.024 s: all of them whole. Both tables are written (16 KiB a sample) and read again for curves.
     */
    open_game("game: constant, samples: 100, players: 10", "curves: true", "x.h5");
    double evaluate = 100 * 1.024 + 100 * 0.5, rows = 300, write = 100 * 16384 * 6e-3;
    double across = 100 * (4 + across_row(10) + 16384 * 1e-3);
    plan_time_t time = plan_time(inputs, &speed, &costs, WHOLE, 4);
    assert_near(time.evaluate, evaluate);
    assert_near(time.rows, rows);
    assert_near(time.write, write);
    assert_near(time.across, across);
    assert_near(time.wall, write + 100 * 16384 * 1e-6 + across); /* rank 0 is full with writing */
    costs.write = costs.read = costs.checksum = 0;
    across = 100 * (4 + across_row(10));
    assert_near(plan_time(inputs, &speed, &costs, WHOLE, 4).wall, (evaluate + rows) / 4 + across);
    assert_near(plan_time(inputs, &speed, &costs, WHOLE, 21).wall, (evaluate + rows) / 20 + across);
    close_game();
    /* One sample of 22 players is combined when all is evaluated: v read, I written, and both once more for the strips,
     * read for checksums; then the disk. */
    costs = (plan_costs_t){.read = 1e-9, .write = 2e-9, .checksum = 4e-9, .sync = 8e-9};
    costs.transform[22] = 0.25;
    costs.statistics[22] = 0.5;
    open_game("game: constant, samples: 1, players: 22", "curves: false", "x.h5");
    double row = 8.0 * (1 << 22), combine = 0.75 + row * (3e-9 + 4e-9 + 4e-9 + 8e-9);
    time = plan_time(inputs, &(plan_speed_t){.seconds_per_mask = 1e-6}, &costs, WHOLE, 2);
    assert_near(time.combine, combine);
    assert_near(time.wall, ((1 << 22) * 1e-6 + row * 7e-9) / 2 + combine + across_row(22));
    close_game();
}

/* Rows are solved by whoever has nothing else to do; v, three tables of effects and a dual are written. */
TEST(solving_is_measured_and_shared) {
    const plan_speed_t speed = {.seconds_per_mask = 1e-3};
    plan_costs_t costs = {.write = 1e-9};
    failure_t why;
    costs.solving[10] = 7;
    open_game("game: constant, samples: 100, players: 10", "curves: false}\nsparse: {kinds: and_or", "x.h5");
    plan_time_t time = plan_time(inputs, &speed, &costs, WHOLE, 4);
    assert_near(time.solve, 700);
    assert_near(time.write, 100 * 5 * 8192 * 1e-9);
    assert_near(time.wall, (time.evaluate + 700 + time.write) / 4 + time.across);
    close_game();
    open_game("game: sparse, samples: 3, players: [6, 8]", "curves: false}\nsparse: {kinds: and", path);
    assert_ok(plan_costs(inputs, 1e-7, &costs, &why));
    for (int n = 6; n <= 8; n++)
        assert_true(costs.solving[n] > 0 && costs.solving[n] < 5);
    close_game();
}

/* Samples of 8, 9, 10, 8, 9, 10, 8 players. */
TEST(shards_take_what_their_samples_take) {
    const plan_speed_t speed = {.seconds_per_mask = 1e-3, .seconds_per_sample = 0.5};
    plan_costs_t costs = {0};
    costs.statistics[10] = 4;
    costs.curves[8] = 100; /* across samples: shards have none */
    open_game("game: constant, samples: 7, players: [8, 10]", "curves: false", "x.h5");
    assert_near(plan_time(inputs, &speed, &costs, (plan_part_t){0, 3}, 1).wall, 3 * (0.256 + 0.5));
    assert_near(plan_time(inputs, &speed, &costs, (plan_part_t){2, 3}, 1).wall, 2 * (1.024 + 0.5 + 4));
    assert_near(plan_longest_shard(inputs, &speed, &costs, 3, 1), 2 * (1.024 + 0.5 + 4));
    assert_near(plan_longest_shard(inputs, &speed, &costs, 7, 1), 1.024 + 0.5 + 4);
    assert_near(plan_longest_shard(inputs, &speed, &costs, 1, 1), 3 * 0.256 + 2 * 0.512 + 2 * 1.024 + 7 * 0.5 + 8);
    assert_near(plan_time(inputs, &speed, &costs, WHOLE, 1).across, 300 + 7 * across_row(10));
    close_game();
}

int main(void) {
    return run_all(make_path, remove_path);
}
