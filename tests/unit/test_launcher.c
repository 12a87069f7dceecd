/* place/launcher and base/progress: the guard against copies that do not see each other; figures for people. */
#include "base/progress.h"
#include "place/launcher.h"
#include "support/test.h"

/* What a launcher says in the environment, what it is called, the rank, and the beginnings of commands in the refusals
 * of a lonely process (of copies that do not see each other) and of --ranks 3; NULL: not refused. */
static const struct {
    const char *environment[4], *described;
    int rank;
    const char *alone, *ranks;
} CASES[] = {
    {{NULL}, "neither mpirun nor srun: one process", 0, NULL, NULL},
    {{"SLURM_STEP_NUM_TASKS=eight"}, "srun, without PMIx", 0, NULL, NULL},
    {{"SLURM_STEP_NUM_TASKS=1"}, "srun, without PMIx", 0, NULL, NULL},
    {{"SLURM_STEP_NUM_TASKS=8", "SLURM_PROCID=2"},
     "srun, without PMIx",
     2,
     "srun --mpi=pmix -n 8",
     "srun --mpi=pmix -n 3 harsanyi run ... without --ranks"},
    {{"SLURM_STEP_NUM_TASKS=1", "PMIX_NAMESPACE=slurm.pmix.7.0", "PMIX_RANK=0"},
     "srun, with PMIx",
     0,
     NULL,
     "srun --mpi=pmix -n 3"},
    {{"OMPI_COMM_WORLD_SIZE=1", "OMPI_COMM_WORLD_RANK=0"},
     "mpirun",
     0,
     NULL,
     "mpirun -n 3 harsanyi run ... without --ranks"},
    /* mpirun inside a job starts its daemons with srun */
    {{"OMPI_COMM_WORLD_SIZE=8", "OMPI_COMM_WORLD_RANK=3", "PMIX_VERSION=4.2.2", "SLURM_STEP_NUM_TASKS=1"},
     "mpirun (PMIx 4.2.2)",
     3,
     "mpirun -n 8",
     "mpirun -n 3"},
};

static void expect(status_t status, const failure_t *why, const char *said) {
    assert_int_equal(status, said ? STATUS_INPUT : STATUS_OK);
    if (said)
        assert_non_null(strstr(why->text, said));
}

TEST(launchers_are_told_apart) {
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        failure_t why;
        char text[64];
        clearenv();
        for (size_t v = 0; v < 4 && CASES[i].environment[v]; v++)
            putenv((char *)(uintptr_t)CASES[i].environment[v]);
        launcher_describe(text, sizeof text);
        assert_string_equal(text, CASES[i].described);
        assert_int_equal(launcher_by_mpirun(), strncmp(text, "mpirun", 6) == 0);
        assert_int_equal(launcher_rank(), CASES[i].rank);
        expect(launcher_check(1, &why), &why, CASES[i].alone);
        expect(launcher_check(8, &why), &why, NULL);
        expect(launcher_check_none(3, &why), &why, CASES[i].ranks);
    }
}

TEST(figures_are_for_people) {
    const struct {
        double seconds;
        const char *text;
    } durations[] = {{0.2, "0 s"}, {59.4, "59 s"}, {59.6, "1 min 00 s"}, {3725, "1 h 02 min"}, {-1, "0 s"}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
        assert_string_equal(progress_duration(durations[i].seconds).text, durations[i].text);
    assert_string_equal(progress_count(6553600).text, "6.55 M");
    assert_string_equal(progress_count(999).text, "999");
    assert_string_equal(progress_count(7).text, "7");
    assert_string_equal(progress_count(0.512).text, "0.51");
    assert_string_equal(progress_bytes(1023).text, "1023 B");
    assert_string_equal(progress_bytes(1.5 * 1024 * 1024 * 1024).text, "1.5 GiB");
}

int main(void) {
    return run_all(NULL, NULL);
}
