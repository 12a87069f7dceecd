#include "plan/units.h"

#include "stats/finish.h"

static const double UNIT_SECONDS_MIN = 0.05, UNIT_SECONDS_MAX = 10.0;

int units_workers(int ranks) {
    return ranks <= EVALUATING_WORLD_MAX ? ranks : ranks - 1;
}

double units_seconds(double masks_left, double seconds_per_mask, int workers) {
    double share = masks_left * seconds_per_mask / (4.0 * workers);
    return share < UNIT_SECONDS_MIN ? UNIT_SECONDS_MIN : share > UNIT_SECONDS_MAX ? UNIT_SECONDS_MAX : share;
}

/* A sample that takes longer than a unit would keep its worker, which holds two of them, busy after the others are
 * done. */
bool units_give_whole(int n, double seconds_per_mask, int workers, double unit_seconds) {
    double cost = (double)mask_count(n) * seconds_per_mask;
    if (n > FINISH_PLAYERS_MAX || cost > UNIT_SECONDS_MAX)
        return false;
    return workers == 1 || cost <= unit_seconds;
}
