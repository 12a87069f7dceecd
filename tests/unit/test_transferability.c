/* Frequencies and rho against counts made literally; the same bits whatever fits into memory and however the masks are
 * cut into strips. The definitions are tested one by one against numpy in tests/e2e/test_summary.py. */
#include "stats/transferability.h"

#include "stats/scales.h"
#include "support/test.h"

enum { N = 9, SAMPLES = 40, CLASSES = 3, TOP = 30 };

static double rows[SAMPLES][1 << N];
static int64_t class_of[SAMPLES];

/* A sparse table a sample: few masks are strong in most samples, the rest is weak; sample 11 has nothing salient. */
static void fill(void) {
    uint64_t seed = 1;
    for (int k = 0; k < SAMPLES; k++) {
        class_of[k] = k % 4 == 0 ? 0 : 2; /* class 1 has no sample */
        for (int s = 0; s < 1 << N; s++) {
            double number = random_signed(&seed);
            rows[k][s] = k == 11 ? 0.1 : s % 29 == 7 ? number * 3 : number;
        }
    }
}

static const double THRESHOLD = 0.9;

static bool salient(int k, mask_t s) {
    return s != 0 && fabs(rows[k][s]) >= THRESHOLD;
}

static void summary_of(size_t in_memory, int strip_bits, int samples, summary_t *summary) {
    salient_log_t *log;
    failure_t why;
    assert_int_equal(salient_log_create("/tmp", in_memory, &log, &why), STATUS_OK);
    for (int k = 0; k < samples; k++)
        assert_int_equal(salient_log_add(log, row_in_memory(rows[k], N), THRESHOLD, &why), STATUS_OK);
    assert_int_equal(summary_create(N, TOP, CLASSES, summary, &why), STATUS_OK);
    assert_int_equal(transferability_find(log, class_of, strip_bits, summary, &why), STATUS_OK);
    summary_settle(summary);
    salient_log_destroy(&log);
}

static void strips_and_memory_change_no_bit(void **state) {
    summary_t whole, pieces;
    (void)state;
    summary_of((size_t)1 << 20, STRIP_BITS, SAMPLES, &whole);
    for (int strip_bits = 0; strip_bits <= N; strip_bits += 3) {
        summary_of(strip_bits == 3 ? (size_t)1 << 20 : (size_t)100 * (size_t)strip_bits, strip_bits, SAMPLES, &pieces);
        for (int id = 0; id < SUMMARY_COUNT; id++)
            assert_memory_equal(whole.of[id], pieces.of[id], whole.length[id] * sizeof(double));
        assert_memory_equal(whole.mask, pieces.mask, TOP * sizeof(mask_t));
        summary_free(&pieces);
    }
    summary_free(&whole);
}

static int count_of(mask_t s) {
    int count = 0;
    for (int k = 0; k < SAMPLES; k++)
        count += salient(k, s);
    return count;
}

static void the_most_frequent_masks(void **state) {
    summary_t summary;
    (void)state;
    summary_of((size_t)1 << 20, STRIP_BITS, SAMPLES, &summary);
    for (int rank = 0; rank < TOP; rank++) {
        mask_t mask = summary.mask[rank];
        int count = count_of(mask), before = 0;
        assert_true(fabs(summary.of[SUMMARY_FREQUENCY][rank] - (double)count / SAMPLES) < 1e-15);
        for (mask_t s = 1; s < mask_count(N); s++)
            before += count_of(s) > count || (count_of(s) == count && s < mask);
        assert_int_equal(before, rank);
        double binned = 0;
        for (int bin = 0; bin < HISTOGRAM_BINS; bin++)
            binned += summary.of[SUMMARY_HISTOGRAM][rank * HISTOGRAM_BINS + bin];
        assert_true(binned == count);
    }
    summary_free(&summary);
}

static void rho_of_all_samples(void **state) {
    summary_t summary;
    int64_t k[STEPS_MAX];
    (void)state;
    summary_of((size_t)1 << 20, STRIP_BITS, SAMPLES, &summary);
    for (size_t step = 0; step < scales_steps(TOP, k); step++) {
        double sum = 0;
        int scored = 0;
        for (int i = 0; i < SAMPLES; i++) {
            int hits = 0, all = 0;
            for (mask_t s = 0; s < mask_count(N); s++)
                all += salient(i, s);
            for (int rank = 0; rank < k[step]; rank++)
                hits += salient(i, summary.mask[rank]);
            sum += all ? (double)hits / all : 0;
            scored += all > 0;
        }
        assert_int_equal(scored, SAMPLES - 1);
        assert_true(fabs(summary.of[SUMMARY_RHO][step] - sum / scored) < 1e-14);
        assert_true(isnan(summary.of[SUMMARY_RHO_CLASS][scales_steps(TOP, NULL) + step])); /* class 1 */
    }
    summary_free(&summary);
}

static void no_samples(void **state) {
    summary_t summary;
    (void)state;
    summary_of(10, STRIP_BITS, 0, &summary);
    assert_true(isnan(summary.of[SUMMARY_RHO][0]) && isnan(summary.of[SUMMARY_FREQUENCY][0]));
    assert_true(summary.mask[0] == SUMMARY_NO_MASK);
    assert_true(summary.of[SUMMARY_BIN_COUNT][0] == 0);
    summary_free(&summary);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_and_memory_change_no_bit),
        cmocka_unit_test(the_most_frequent_masks),
        cmocka_unit_test(rho_of_all_samples),
        cmocka_unit_test(no_samples),
    };
    fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
