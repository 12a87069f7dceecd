/* A summary's sizes, and that it is NaN until it is filled. */
#include "stats/summary.h"

#include "base/nan.h"
#include "support/test.h"

/* Of the root family of n players. */
static status_t create(int n, uint64_t dictionary, int64_t classes, summary_t *out) {
    const fields_t fields = fields_layout(families_root(), n, 0);
    failure_t why;
    return summary_create(&fields, 0, dictionary, classes, out, &why);
}

TEST(sizes_follow) {
    summary_t summary;
    assert_int_equal(create(4, 12, 3, &summary), STATUS_OK);
    assert_int_equal(summary.length[SUMMARY_P_STD], 1);
    assert_int_equal(summary.length[SUMMARY_EXCLUDED], EXCLUDED_CODES);
    assert_int_equal(summary.length[SUMMARY_STRENGTH_CURVE], 15);
    assert_int_equal(summary.length[SUMMARY_NEGATIVE], 12);
    assert_int_equal(summary.length[SUMMARY_HISTOGRAM], 12 * 20);
    assert_int_equal(summary.length[SUMMARY_EDGES], 12 * 21);
    assert_int_equal(summary.length[SUMMARY_RHO], 4); /* 1, 2, 5, 10 */
    assert_int_equal(summary.length[SUMMARY_RHO_CLASS], 12);
    assert_int_equal(summary.length[SUMMARY_R_OMEGA], 4);
    assert_int_equal(summary.length[SUMMARY_ORDERS + 5], 5);
    double nan = nan_canonical();
    for (int id = 0; id < SUMMARY_COUNT; id++)
        for (size_t i = 0; i < summary.length[id]; i++)
            assert_memory_equal(&summary.of[id][i], &nan, sizeof nan);
    assert_true(summary.mask[11] == SUMMARY_NO_MASK);
    summary_free(&summary);
}

TEST(nans_become_one) {
    summary_t summary;
    double nan = nan_canonical();
    assert_int_equal(create(2, 3, 1, &summary), STATUS_OK);
    summary.of[SUMMARY_RHO][0] = -nan;
    summary.of[SUMMARY_RHO][1] = 0.5;
    summary_settle(&summary);
    assert_memory_equal(&summary.of[SUMMARY_RHO][0], &nan, sizeof nan);
    assert_true(summary.of[SUMMARY_RHO][1] == 0.5);
    summary_free(&summary);
}

TEST(too_large_is_refused) {
    summary_t summary;
    assert_int_equal(create(36, (uint64_t)1 << 62, 1, &summary), STATUS_INTERNAL);
    assert_int_equal(create(36, 100, INT64_MAX, &summary), STATUS_INTERNAL);
}

int main(void) {
    return run_all(NULL, NULL);
}
