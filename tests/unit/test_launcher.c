/* place/launcher and base/progress: the guard against copies that do not see each other; figures for people. */
#include "base/progress.h"
#include "place/launcher.h"
#include "support/test.h"

static int clean(void **state) {
    (void)state;
    unsetenv("OMPI_COMM_WORLD_SIZE");
    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("SLURM_STEP_NUM_TASKS");
    unsetenv("PMIX_RANK");
    unsetenv("SLURM_PROCID");
    unsetenv("PMIX_NAMESPACE");
    unsetenv("PMIX_VERSION");
    return 0;
}

static void copies_of_srun_are_refused(void **state) {
    (void)state;
    failure_t why;
    setenv("SLURM_STEP_NUM_TASKS", "8", 1);
    assert_int_equal(launcher_check(1, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "srun --mpi=pmix -n 8"));
    assert_int_equal(launcher_check(8, &why), STATUS_OK);
}

static void copies_of_mpirun_are_refused(void **state) {
    (void)state;
    failure_t why;
    setenv("OMPI_COMM_WORLD_SIZE", "8", 1);
    assert_true(launcher_by_mpirun());
    assert_int_equal(launcher_check(1, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "mpirun -n 8"));
    setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    assert_int_equal(launcher_check(1, &why), STATUS_OK);
}

static void alone_is_fine(void **state) {
    (void)state;
    failure_t why;
    assert_false(launcher_by_mpirun());
    assert_int_equal(launcher_check(1, &why), STATUS_OK);
    assert_int_equal(launcher_rank(), 0);
    setenv("SLURM_STEP_NUM_TASKS", "eight", 1);
    assert_int_equal(launcher_check(1, &why), STATUS_OK);
    setenv("OMPI_COMM_WORLD_RANK", "3", 1);
    assert_int_equal(launcher_rank(), 3);
}

static void launchers_are_told_apart(void **state) {
    char text[64];
    launcher_describe(text, sizeof text);
    assert_string_equal(text, "neither mpirun nor srun: one process");
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    launcher_describe(text, sizeof text);
    assert_string_equal(text, "srun, without PMIx");
    setenv("PMIX_NAMESPACE", "slurm.pmix.7.0", 1);
    launcher_describe(text, sizeof text);
    assert_string_equal(text, "srun, with PMIx");
    setenv("OMPI_COMM_WORLD_SIZE", "4", 1); /* mpirun inside a job starts its daemons with srun */
    setenv("PMIX_VERSION", "4.2.2", 1);
    launcher_describe(text, sizeof text);
    assert_string_equal(text, "mpirun (PMIx 4.2.2)");
    clean(state);
}

static void only_a_process_without_launcher_starts_one(void **state) {
    failure_t why;
    assert_int_equal(launcher_check_none(2, &why), STATUS_OK);
    setenv("SLURM_STEP_NUM_TASKS", "1", 1);
    assert_int_equal(launcher_check_none(2, &why), STATUS_OK);
    setenv("SLURM_STEP_NUM_TASKS", "2", 1);
    assert_int_equal(launcher_check_none(3, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "srun --mpi=pmix -n 3 harsanyi run ... without --ranks"));
    clean(state);
    setenv("PMIX_RANK", "0", 1);
    assert_int_equal(launcher_check_none(2, &why), STATUS_INPUT);
    setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    assert_int_equal(launcher_check_none(2, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "mpirun -n 2 harsanyi run ... without --ranks"));
    clean(state);
}

static void figures_are_for_people(void **state) {
    (void)state;
    char text[32];
    const struct {
        double seconds;
        const char *text;
    } durations[] = {{0.2, "0 s"}, {59.4, "59 s"}, {59.6, "1 min 00 s"}, {3725, "1 h 02 min"}, {-1, "0 s"}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        progress_duration(durations[i].seconds, text);
        assert_string_equal(text, durations[i].text);
    }
    progress_count(6553600, text);
    assert_string_equal(text, "6.55 M");
    progress_count(999, text);
    assert_string_equal(text, "999");
    progress_count(7, text);
    assert_string_equal(text, "7");
    progress_count(0.512, text);
    assert_string_equal(text, "0.51");
    progress_bytes(1023, text);
    assert_string_equal(text, "1023 B");
    progress_bytes(1.5 * 1024 * 1024 * 1024, text);
    assert_string_equal(text, "1.5 GiB");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(copies_of_srun_are_refused, clean),
        cmocka_unit_test_setup(copies_of_mpirun_are_refused, clean),
        cmocka_unit_test_setup(alone_is_fine, clean),
        cmocka_unit_test_setup(launchers_are_told_apart, clean),
        cmocka_unit_test_setup(only_a_process_without_launcher_starts_one, clean),
        cmocka_unit_test(figures_are_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
