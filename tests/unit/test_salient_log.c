/* The log of salient interactions gives back what a plain scan finds, from memory and from its file. */
#include "stats/salient_log.h"
#include "support/test.h"

enum { N = 14, SAMPLES = 7 };

static double rows[SAMPLES][1 << N];

/* Samples of 14, 3, 14, ... players. */
static int players(int64_t k) {
    return k % 2 ? 3 : N;
}

static double threshold(int64_t k) {
    return k == 4 ? 0 : 0.3 + 0.1 * (double)k; /* at 0 nothing is salient */
}

static void fill(void) {
    uint64_t seed = 1;
    for (int k = 0; k < SAMPLES; k++)
        for (int s = 0; s < 1 << N; s++)
            rows[k][s] = random_signed(&seed);
    rows[0][5] = threshold(0); /* on the edge: salient */
}

/* The log of sample k against a scan of its row. */
static void check_sample(salient_log_t *log, int64_t k) {
    uint64_t at = 0, salient = salient_log_count(log, k);
    const interaction_t *entries = NULL;
    size_t count = 0, used = 0;
    failure_t why;
    for (mask_t s = 1; s < mask_count(players(k)); s++) {
        if (!(threshold(k) > 0) || fabs(rows[k][s]) < threshold(k))
            continue;
        if (used == count) {
            assert_true(at < salient);
            assert_int_equal(salient_log_read(log, k, at, &entries, &count, &why), STATUS_OK);
            assert_true(count >= 1);
            used = 0;
        }
        assert_int_equal(entries[used].mask, s);
        assert_true(entries[used++].effect == rows[k][s]);
        at++;
    }
    assert_int_equal(at, salient);
}

static void check(size_t in_memory) {
    salient_log_t *log;
    failure_t why;
    assert_int_equal(salient_log_create("/tmp", in_memory, &log, &why), STATUS_OK);
    for (int64_t k = 0; k < SAMPLES; k++)
        assert_int_equal(salient_log_add(log, row_in_memory(rows[k], players(k)), threshold(k), &why), STATUS_OK);
    assert_int_equal(salient_log_samples(log), SAMPLES);
    for (int64_t k = 0; k < SAMPLES; k++)
        check_sample(log, k);
    for (int64_t k = SAMPLES - 1; k >= 0; k--)
        check_sample(log, k);
    salient_log_destroy(&log);
    assert_null(log);
}

static void in_memory(void **state) {
    (void)state;
    check((size_t)1 << 20);
}

static void in_a_file(void **state) {
    (void)state;
    check(0);
    check(1);
    check(5000);
    check(4096);
}

static void no_folder_for_the_file(void **state) {
    salient_log_t *log;
    failure_t why;
    (void)state;
    assert_int_equal(salient_log_create("/nowhere", 10, &log, &why), STATUS_OK);
    assert_int_equal(salient_log_add(log, row_in_memory(rows[0], N), 1e-3, &why), STATUS_INTERNAL);
    salient_log_destroy(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_memory),
        cmocka_unit_test(in_a_file),
        cmocka_unit_test(no_folder_for_the_file),
    };
    fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
