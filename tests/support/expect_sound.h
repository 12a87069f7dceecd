/* For tests that write rows: what verify says of them. */
#ifndef HARSANYI_TESTS_SUPPORT_EXPECT_SOUND_H
#define HARSANYI_TESTS_SUPPORT_EXPECT_SOUND_H

#include "review/verify.h"
#include "support/finish_sample.h"

/* All rows are in order, by FINISH_SETTINGS. */
static inline verify_report_t expect_sound(const results_t *results) {
    problems_t problems = {0};
    verify_report_t report = {0};
    verify_t *verify;
    failure_t why = {0};
    assert_ok(verify_create(results, &FINISH_SETTINGS, "/tmp", 8, &verify, &why));
    for (int64_t k = 0; k < results_samples(results); k++)
        verify_sample(verify, k, &report, &problems);
    verify_destroy(&verify);
    problems_print(&problems, stderr);
    assert_int_equal(problems.count, 0);
    return report;
}

#endif
