#include "run/doctor_run.h"

#include "place/launcher.h"
#include "run/comm.h"

#include <stdio.h>
#include <string.h>

bool doctor_run(const char *folder, doctor_t *out) {
    doctor_world_t world = {.broadcast = comm_broadcast, .gather = comm_gather, .barrier = comm_barrier};
    int length = 0;
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    comm_start(&world.rank, &world.ranks);
    MPI_Get_library_version(version, &length);
    snprintf(world.mpi, sizeof world.mpi, "%.*s", (int)strcspn(version, ","), version);
    doctor_look(folder, &world, out);
    MPI_Finalize();
    return launcher_rank() == 0 && world.rank == 0;
}
