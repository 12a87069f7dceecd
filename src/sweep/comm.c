#include "sweep/comm.h"

#include <limits.h>
#include <sys/resource.h>
#include <time.h>

void comm_nap(nap_t *nap) {
    enum { SHORTEST = 50000, LONGEST = 1000000 };
    long longest = nap->longest ? nap->longest : LONGEST;
    nap->nanoseconds = nap->nanoseconds == 0 ? SHORTEST : 2 * nap->nanoseconds;
    if (nap->nanoseconds > longest)
        nap->nanoseconds = longest;
    struct timespec pause = {0, nap->nanoseconds};
    nanosleep(&pause, NULL);
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

double comm_largest(double mine) {
    double largest = mine;
    MPI_Request request;
    MPI_Iallreduce(&mine, &largest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD, &request);
    comm_wait(&request);
    return largest;
}

double comm_resident_megabytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return comm_largest((double)usage.ru_maxrss * 1024 / 1e6);
}

status_t comm_agree(failure_t *why, int *rank) {
    int mine = INT_MAX, lowest = INT_MAX;
    MPI_Request request;
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    if (why->status != STATUS_OK)
        mine = *rank;
    MPI_Iallreduce(&mine, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    comm_wait(&request);
    if (lowest == INT_MAX)
        return STATUS_OK;
    *rank = lowest;
    MPI_Ibcast(why, (int)sizeof *why, MPI_BYTE, lowest, MPI_COMM_WORLD, &request);
    comm_wait(&request);
    return why->status;
}
