#include "place/launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool launcher_by_mpirun(void) {
    return getenv("OMPI_COMM_WORLD_SIZE") != NULL;
}

void launcher_describe(char *text, size_t capacity) {
    const char *pmix = getenv("PMIX_VERSION");
    bool by_pmix = getenv("PMIX_NAMESPACE") != NULL;
    if (launcher_by_mpirun())
        snprintf(text, capacity, "mpirun%s%.32s%s", pmix ? " (PMIx " : "", pmix ? pmix : "", pmix ? ")" : "");
    else if (getenv("SLURM_STEP_NUM_TASKS"))
        snprintf(text, capacity, "srun, %s PMIx", by_pmix ? "with" : "without");
    else if (by_pmix)
        snprintf(text, capacity, "a launcher that speaks PMIx");
    else
        snprintf(text, capacity, "neither mpirun nor srun: one process");
}

/* The number in an environment variable; 0 when it is not set or not a number. */
static long count_in(const char *variable) {
    const char *text = getenv(variable);
    return text ? strtol(text, NULL, 10) : 0;
}

int launcher_rank(void) {
    const char *variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (getenv(variables[i]))
            return (int)count_in(variables[i]);
    return 0;
}

status_t launcher_check(int world_size, failure_t *why) {
    if (world_size > 1)
        return STATUS_OK;
    long tasks = count_in("SLURM_STEP_NUM_TASKS"), copies = count_in("OMPI_COMM_WORLD_SIZE");
    if (copies > 1)
        return failed(
            why, STATUS_INPUT,
            "mpirun started %ld copies, but each sees only itself: this mpirun belongs to a different MPI from the "
            "one harsanyi was built with. Type: $(dirname \"$(command -v mpicc)\")/mpirun -n %ld harsanyi run ... "
            "with the mpirun of that Open MPI",
            copies, copies);
    if (tasks > 1)
        return failed(
            why, STATUS_INPUT,
            "srun started %ld tasks, but each sees only itself: Slurm and Open MPI are not connected. Type: srun "
            "--mpi=pmix -n %ld harsanyi run ... (srun --mpi=list shows the choices), or, inside the job, mpirun "
            "-n %ld harsanyi run ...",
            tasks, tasks, tasks);
    return STATUS_OK;
}

status_t launcher_check_none(int ranks, failure_t *why) {
    const char *type = launcher_by_mpirun() ? "mpirun" : "srun --mpi=pmix";
    if (!launcher_by_mpirun() && !getenv("PMIX_RANK") && count_in("SLURM_STEP_NUM_TASKS") <= 1)
        return STATUS_OK;
    return failed(why, STATUS_INPUT,
                  "--ranks starts mpirun, but %.*s started this process already. Type: %s -n %d harsanyi run ... "
                  "without --ranks, or harsanyi run ... --ranks %d without %.*s",
                  (int)strcspn(type, " "), type, type, ranks, ranks, (int)strcspn(type, " "), type);
}
