#include "cli/plan_time.h"

#include "lattice/held_row.h"
#include "sweep/combine.h"
#include "sweep/context.h"
#include "sweep/scheduler.h"

#include <math.h>

/* Seconds per entry of the log of salient interactions that statistics across samples take (sweep/transferability). */
static const double ENTRY_SECONDS = 30e-9;

/* Of a sample that comes in ranges: v read, I written, both again for the strips of rows longer than a piece, I read
 * for its checksums; and the disk, which is waited for. */
static double combine_seconds(const plan_costs_t *c, int n) {
    double row = sizeof(double) * (double)mask_count(n), strips = n > COMBINE_PIECE_BITS ? 1 : 0;
    return c->transform[n] + c->statistics[n] + row * ((2 + strips) * c->read + (1 + strips) * c->write + c->checksum) +
           row * c->sync;
}

static double across_seconds(const inputs_t *inputs, const plan_costs_t *c, int n) {
    bool curves = inputs->config->statistics.curves;
    double row = sizeof(double) * (double)mask_count(n);
    double read = n > HELD_BITS ? 0 : row * c->read * (curves ? 2 : 1);
    double entries = isnan(c->salient_share) ? 0 : c->salient_share * (double)mask_count(n);
    return read + c->log[n] + c->curves[n] + ENTRY_SECONDS * entries;
}

plan_time_t plan_time(const inputs_t *inputs, const plan_speed_t *speed, const plan_costs_t *costs,
                      uint64_t noise_masks, int ranks) {
    plan_time_t t = {0};
    int workers = ranks <= EVALUATING_WORLD_MAX ? ranks : ranks - 1;
    int64_t samples = samples_count(inputs->samples);
    double each = speed->seconds_per_mask, last = 0, synced = 0;
    double worth = scheduler_unit_seconds((double)inputs->masks, each, workers);
    for (int64_t k = 0; k < samples; k++) {
        int n = samples_players_of(inputs->samples, k);
        double row = sizeof(double) * (double)mask_count(n);
        bool whole = scheduler_gives_whole(n, each, workers, worth);
        double bytes = whole ? 2 * row : row;
        t.write += bytes * (costs->read + costs->write + costs->checksum);
        synced += bytes * costs->sync;
        if (whole) {
            t.rows += costs->transform[n] + costs->statistics[n];
        } else {
            last = combine_seconds(costs, n);
            t.combine += last;
        }
        t.across += across_seconds(inputs, costs, n);
    }
    t.evaluate = ((double)inputs->masks + (double)noise_masks) * each + (double)samples * speed->seconds_per_sample;
    double threads = t.write + t.combine - last; /* of rank 0 while v are evaluated */
    double shared =
        ranks <= EVALUATING_WORLD_MAX ? (t.evaluate + t.rows + threads) / ranks : (t.evaluate + t.rows) / workers;
    t.wall = fmax(shared, fmax(t.write + synced, t.combine - last)) + last + t.across;
    return t;
}
