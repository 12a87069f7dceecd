/* plan/memory_check: what fits in made-up limits, and what is said of what does not. */
#include "plan/memory_check.h"
#include "support/test.h"

#define MIB ((uint64_t)1 << 20)

static const memory_limits_t LIMITS = {
    .count = 2,
    .limits = {{.bytes = 1000 * MIB, .room = 700 * MIB, .from = "/sys/fs/cgroup/job/memory.max"},
               {.bytes = 64000 * MIB, .room = 50000 * MIB, .from = "/proc/meminfo"}}};

static memory_check_t memory_check_of(int ranks, bool with_rank_0, double resident) {
    return (memory_check_t){.name = "n1",
                            .ranks = ranks,
                            .with_rank_0 = with_rank_0,
                            .footprint = {.rank_0 = 400.0 * MIB, .worker = 200.0 * MIB},
                            .resident = resident * MIB};
}

static void what_fits_is_let_through(void **state) {
    (void)state;
    failure_t why;
    const memory_limits_t none = {0};
    memory_check_t room = memory_check_of(2, true, 0);
    assert_int_equal(memory_check_judge(&room, &LIMITS, &why), STATUS_OK); /* 600 of 700 */
    room = memory_check_of(3, true, 100);
    assert_int_equal(memory_check_judge(&room, &LIMITS, &why), STATUS_OK); /* 800, 100 of them held already */
    room = memory_check_of(3, false, 0);
    assert_int_equal(memory_check_judge(&room, &LIMITS, &why), STATUS_OK); /* 600 */
    room = memory_check_of(1000000, true, 0);
    assert_int_equal(memory_check_judge(&room, &none, &why), STATUS_OK);
    room = memory_check_of(1, true, 9000); /* holds more than it needs */
    assert_int_equal(memory_check_judge(&room, &LIMITS, &why), STATUS_OK);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    failure_t why;
    memory_check_t room = memory_check_of(3, true, 99);
    assert_int_equal(memory_check_judge(&room, &LIMITS, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text,
                           "n1: this run needs about 800.0 MiB of memory there (3 ranks: rank 0 400.0 MiB, the "
                           "others 200.0 MiB each), but only 799.0 MiB of the limit of 1000.0 MiB "
                           "(/sys/fs/cgroup/job/memory.max) are free"));
    room = memory_check_of(4, false, 0);
    assert_int_equal(memory_check_judge(&room, &LIMITS, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "(4 ranks: 200.0 MiB each)"));
    room = memory_check_of(1, true, 0);
    room.footprint.rank_0 = 701.0 * MIB;
    assert_int_equal(memory_check_judge(&room, &LIMITS, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "(1 rank: 701.0 MiB each)"));
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
        cmocka_unit_test(what_fits_is_let_through),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(each_process_has_limits_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
