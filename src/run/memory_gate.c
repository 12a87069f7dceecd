#include "run/memory_gate.h"

#include "run/comm.h"

#include <unistd.h>

void memory_gate(int rank, footprint_t footprint, failure_t *why) {
    memory_own_t own = limits_own("");
    memory_check_own_limits_t own_limits = memory_check_own_limits();
    memory_limits_t limits;
    char host[64] = "unknown";
    int number;
    memory_check_t room = {.name = host, .with_rank_0 = rank == 0};
    comm_broadcast(&footprint, (int)sizeof footprint);
    comm_neighbours((double)own.resident, &number, &room.ranks, &room.resident);
    if (why->status != STATUS_OK)
        return;
    room.footprint = footprint;
    gethostname(host, sizeof host - 1);
    if (number == 0) {
        limits_memory("", &limits);
        if (memory_check_judge(&room, &limits, why) != STATUS_OK)
            return;
    }
    if (memory_check_judge_own(rank == 0 ? footprint.rank_0 : footprint.worker, &own, &own_limits, why) != STATUS_OK)
        failed_within(why, "rank %d on %s", rank, host);
}
