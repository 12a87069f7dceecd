#include "run/comm.h"

#include "place/limits.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { PATIENCE_LEAST = 8, PATIENCE_MOST = 1024, SHORTEST = 50000, LONGEST = 1000000 };

void comm_start(int *rank, int *ranks) {
    int provided = 0;
    /* For more ranks than cores: MPI yields the core while it waits (unless the user has set this). */
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    /* A process without mpirun or srun needs no daemon, which would search for networks. */
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, ranks);
}

void comm_nap(nap_t *nap) {
    if (nap->polls < nap->patience) {
        nap->polls++;
        return;
    }
    long longest = nap->longest ? nap->longest : LONGEST;
    nap->nanoseconds = nap->nanoseconds == 0 ? SHORTEST : 2 * nap->nanoseconds;
    if (nap->nanoseconds > longest)
        nap->nanoseconds = longest;
    struct timespec pause = {0, nap->nanoseconds};
    nanosleep(&pause, NULL);
}

void comm_wake(nap_t *nap) {
    int patience = nap->nanoseconds <= SHORTEST ? 2 * nap->patience : nap->patience / 2;
    nap->patience = patience < PATIENCE_LEAST ? PATIENCE_LEAST : patience > PATIENCE_MOST ? PATIENCE_MOST : patience;
    nap->polls = 0;
    nap->nanoseconds = 0;
}

bool comm_probe(int *source, int *tag, int *bytes) {
    int flag = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, &status);
    if (!flag)
        return false;
    *source = status.MPI_SOURCE;
    *tag = status.MPI_TAG;
    MPI_Get_count(&status, MPI_BYTE, bytes);
    return true;
}

void comm_receive(void *data, int bytes, int source, int tag) {
    MPI_Recv(data, bytes, MPI_BYTE, source, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

void comm_send(const void *data, int bytes, int target, int tag) {
    MPI_Send(data, bytes, MPI_BYTE, target, tag, MPI_COMM_WORLD);
}

void comm_wait(MPI_Request *request) {
    nap_t nap = {0};
    int done = 0;
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done)
            return;
        comm_nap(&nap);
    }
}

void comm_broadcast(void *data, int bytes) {
    MPI_Request request;
    MPI_Ibcast(data, bytes, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    comm_wait(&request);
}

void comm_barrier(void) {
    MPI_Request request;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    comm_wait(&request);
}

void comm_gather(const void *mine, int bytes, void *all) {
    MPI_Request request;
    MPI_Igather(mine, bytes, MPI_BYTE, all, bytes, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    comm_wait(&request);
}

void comm_neighbours(double mine, int *own, int *count, double *sum) {
    MPI_Comm machine;
    MPI_Request request;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_rank(machine, own);
    MPI_Comm_size(machine, count);
    MPI_Iallreduce(&mine, sum, 1, MPI_DOUBLE, MPI_SUM, machine, &request);
    comm_wait(&request);
    MPI_Comm_free(&machine);
}

/* The most bytes that this process has held. getrusage counts what the process that started it held before exec, too.
 */
static double most_resident(void) {
    struct rusage usage;
    uint64_t own = limits_own("").most_resident;
    if (own > 0)
        return (double)own;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

double comm_resident_megabytes(void) {
    double largest = most_resident() / 1e6;
    MPI_Request request;
    MPI_Iallreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD, &request);
    comm_wait(&request);
    return largest;
}

status_t comm_agree(failure_t *why) {
    int rank, lowest;
    MPI_Request request;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    lowest = why->status == STATUS_OK ? INT_MAX : rank;
    MPI_Iallreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    comm_wait(&request);
    if (lowest == INT_MAX)
        return STATUS_OK;
    MPI_Ibcast(why, (int)sizeof *why, MPI_BYTE, lowest, MPI_COMM_WORLD, &request);
    comm_wait(&request);
    return why->status;
}
