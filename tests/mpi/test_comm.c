/* run/comm, with 1 to 5 ranks: collectives, with broadcasts, do what they promise. */
#include "run/comm.h"
#include "support/test.h"

#include <time.h>

static int rank, ranks;

/* True on all ranks when it is true on all ranks. */
static bool on_all(bool mine) {
    int in = mine, out = 0;
    MPI_Allreduce(&in, &out, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return out != 0;
}

/* Ranks from `first` on fail, each with its own words: all hear those of `first`. At last no rank fails. */
TEST(the_lowest_failure_is_told) {
    for (int first = 0; first <= ranks; first++) {
        failure_t why = {0};
        char expected[32];
        if (rank >= first)
            failed(&why, STATUS_INPUT, "rank %d cannot", rank);
        status_t status = comm_agree(&why);
        snprintf(expected, sizeof expected, "rank %d cannot", first);
        bool told = first < ranks ? status == STATUS_INPUT && strcmp(why.text, expected) == 0 : status == STATUS_OK;
        assert_true(on_all(told));
    }
}

TEST(rank_0_gathers_in_order) {
    int32_t mine[2] = {rank, 100 * rank}, all[2 * 64];
    comm_gather(mine, (int)sizeof mine, rank == 0 ? all : NULL);
    bool right = ranks <= 64;
    for (int r = 0; rank == 0 && r < ranks; r++)
        right = right && all[2 * r] == r && all[2 * r + 1] == 100 * r;
    assert_true(on_all(right));
}

/* All ranks of a test are on one machine. */
TEST(neighbours_are_counted) {
    int own, count;
    double sum;
    comm_neighbours(rank + 1, &own, &count, &sum);
    assert_true(on_all(own == rank && count == ranks && sum == ranks * (ranks + 1) / 2));
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The last to come is rank 0: nobody leaves before it has come (all ranks of a test share one clock). */
TEST(the_barrier_holds) {
    const struct timespec pause = {0, 50000000};
    double came = 0;
    if (rank == 0) {
        nanosleep(&pause, NULL);
        came = seconds();
    }
    comm_barrier();
    double left = seconds();
    comm_broadcast(&came, (int)sizeof came);
    assert_true(on_all(left >= came));
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    int bad = run_all(NULL, NULL);
    MPI_Finalize();
    return rank == 0 ? bad : 0;
}
