/* plan/memory_check: what fits in made-up limits, and what is said of what does not. */
#include "plan/memory_check.h"
#include "support/test.h"

#define MIB ((uint64_t)1 << 20)

static const memory_limits_t LIMITS = {
    .count = 2,
    .limits = {{.bytes = 1000 * MIB, .room = 700 * MIB, .from = "/sys/fs/cgroup/job/memory.max"},
               {.bytes = 64000 * MIB, .room = 50000 * MIB, .from = "/proc/meminfo"}}};

/* said: NULL: it fits. */
static void ranks_that_do_not_fit_are_refused(void **state) {
    (void)state;
    static const struct {
        int ranks;
        bool with_rank_0;
        double resident;
        const char *said;
    } cases[] = {
        {2, true, 0, NULL},    /* 600 of 700 */
        {3, true, 100, NULL},  /* 800, 100 of them held already */
        {3, false, 0, NULL},   /* 600 */
        {1, true, 9000, NULL}, /* holds more than it needs */
        {3, true, 99,
         "n1: this run needs about 800.0 MiB of memory there (3 ranks: rank 0 400.0 MiB, the others 200.0 MiB each), "
         "but only 799.0 MiB of the limit of 1000.0 MiB (/sys/fs/cgroup/job/memory.max) are free"},
        {4, false, 0, "(4 ranks: 200.0 MiB each)"},
        {1, true, -301, "(1 rank: 400.0 MiB each)"},
    };
    failure_t why;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const memory_limits_t none = {0};
        const memory_check_t machine = {.name = "n1",
                                        .ranks = cases[i].ranks,
                                        .with_rank_0 = cases[i].with_rank_0,
                                        .footprint = {.rank_0 = 400.0 * MIB, .worker = 200.0 * MIB},
                                        .resident = cases[i].resident * MIB};
        status_t status = memory_check_judge(&machine, &LIMITS, &why);
        assert_int_equal(status, cases[i].said ? STATUS_INPUT : STATUS_OK);
        assert_true(!cases[i].said || strstr(why.text, cases[i].said));
        assert_ok(memory_check_judge(&machine, &none, &why));
    }
}

static void each_process_has_limits_too(void **state) {
    (void)state;
    failure_t why;
    const memory_own_t own = {.resident = 100 * MIB, .addresses = 900 * MIB, .data = 300 * MIB};
    memory_own_t limits = {.addresses = UINT64_MAX, .data = UINT64_MAX};
    assert_int_equal(memory_check_judge_own(1e15, &own, &limits, &why), STATUS_OK);
    limits.addresses = 1000 * MIB;
    assert_int_equal(memory_check_judge_own(200.0 * MIB, &own, &limits, &why), STATUS_OK);
    assert_int_equal(memory_check_judge_own(201.0 * MIB, &own, &limits, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "1001.0 MiB of addresses (it already uses 900.0 MiB), but the limit "
                                     "is 1000.0 MiB (ulimit -v)"));
    limits = (memory_own_t){.addresses = UINT64_MAX, .data = 400 * MIB};
    assert_int_equal(memory_check_judge_own(50.0 * MIB, &own, &limits, &why), STATUS_OK);
    assert_int_equal(memory_check_judge_own(300.0 * MIB, &own, &limits, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "500.0 MiB of data"));
    assert_non_null(strstr(why.text, "ulimit -d unlimited"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_that_do_not_fit_are_refused),
        cmocka_unit_test(each_process_has_limits_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
