#include "plan/plan_time.h"

#include "lattice/strips.h"
#include "model/noise.h"
#include "stats/fields.h"
#include "stats/finish.h"
#include "stats/salience.h"

#include <math.h>

/* ---- units ---- */

static const double UNIT_SECONDS_MIN = 0.05, UNIT_SECONDS_MAX = 10.0;

int plan_workers(int ranks) {
    return ranks <= EVALUATING_WORLD_MAX ? ranks : ranks - 1;
}

double plan_unit_seconds(double masks_left, double seconds_per_mask, int workers) {
    double share = masks_left * seconds_per_mask / (4.0 * workers);
    return share < UNIT_SECONDS_MIN ? UNIT_SECONDS_MIN : share > UNIT_SECONDS_MAX ? UNIT_SECONDS_MAX : share;
}

/* A sample that takes longer than a unit would keep its worker, which holds two of them, busy after the others are
 * done. */
bool plan_gives_whole(int n, int rows, double seconds_per_mask, int workers, double unit_seconds) {
    double cost = (double)mask_count(n) * seconds_per_mask;
    if (n > FINISH_PLAYERS_MAX || rows * (double)mask_count(n) > UNIT_MASKS_MAX || cost > UNIT_SECONDS_MAX)
        return false;
    return workers == 1 || cost <= unit_seconds;
}

/* ---- a sweep ---- */

/* Statistics across samples, in measured seconds on one core: for each number of a row (read and added to its mean),
 * and for each word of 64 masks of a row's bitmaps (read a few times). */
static const double NUMBER_SECONDS = 3e-9, WORD_SECONDS = 20e-9;

/* For a sample evaluated in ranges: reads v, writes I, does both again for the strips of rows longer than a piece,
 * reads I for its checksums, and waits for the disk. */
static double combine_seconds(const plan_costs_t *c, int n) {
    double row = sizeof(double) * (double)mask_count(n), strips = n > STRIPS_PIECE_BITS ? 1 : 0;
    return c->transform[n] + c->statistics[n] + row * ((2 + strips) * c->read + (1 + strips) * c->write + c->checksum) +
           row * c->sync;
}

static double across_seconds(const inputs_t *inputs, const plan_costs_t *c, int n) {
    fields_t fields =
        fields_layout(families_wanted(&inputs->config->statistics), inputs->n_max, inputs->config->statistics.indices);
    double row = sizeof(double) * (double)mask_count(n), read = c->curves[n] > 0 ? 2 * row * c->read : 0;
    return (double)fields.doubles * NUMBER_SECONDS +
           families_kinds(&fields.families) * (double)salience_words(inputs->n_max) * WORD_SECONDS + read +
           c->curves[n];
}

static int64_t step_of(plan_part_t part) {
    return part.shards > 0 ? part.shards : 1;
}

uint64_t plan_noise_masks(const inputs_t *inputs, plan_part_t part) {
    uint64_t masks = 0; /* at most inputs->masks, which did not overflow */
    if (inputs->config->statistics.noise != NOISE_AUTO || !model_measures_noise(inputs->model))
        return 0;
    for (int64_t k = part.shard; k < samples_count(inputs->samples); k += step_of(part)) {
        int n = samples_players_of(inputs->samples, k);
        masks += model_probe_masks(inputs->model, n, noise_masks(n));
    }
    return masks;
}

static double masks_of(const inputs_t *inputs, plan_part_t part) {
    double masks = 0;
    for (int64_t k = part.shard; k < samples_count(inputs->samples); k += step_of(part))
        masks += (double)mask_count(samples_players_of(inputs->samples, k));
    return masks;
}

plan_time_t plan_time(const inputs_t *inputs, const plan_speed_t *speed, const plan_costs_t *costs, plan_part_t part,
                      int ranks) {
    plan_time_t t = {0};
    int workers = plan_workers(ranks);
    double each = speed->seconds_per_mask, last = 0, synced = 0, masks = masks_of(inputs, part);
    double worth = plan_unit_seconds(masks, each, workers);
    const families_t families = families_wanted(&inputs->config->statistics);
    const bool solves = families_solved(&families) > 0; /* workers finish all rows then */
    const double tables = 1 + families_tables(&families);
    const int rows = model_rows(inputs->model); /* of a sample */
    for (int64_t k = part.shard; k < samples_count(inputs->samples); k += step_of(part)) {
        int n = samples_players_of(inputs->samples, k);
        double row = rows * (double)sizeof(double) * (double)mask_count(n);
        bool whole = solves || plan_gives_whole(n, rows, each, workers, worth);
        double bytes = whole ? tables * row : row;
        t.solve += rows * costs->solving[n];
        t.write += bytes * (costs->read + costs->write + costs->checksum);
        synced += bytes * costs->sync;
        if (whole) {
            t.rows += rows * (costs->transform[n] + costs->statistics[n]);
        } else {
            last = combine_seconds(costs, n);
            t.combine += rows * last;
        }
        t.evaluate += speed->seconds_per_sample;
        t.across += part.shards > 0 ? 0 : rows * across_seconds(inputs, costs, n);
    }
    t.evaluate += (masks + (double)plan_noise_masks(inputs, part)) * each;
    double threads = t.write + t.combine - last;   /* of rank 0 while v are evaluated */
    double spread = t.evaluate + t.rows + t.solve; /* over all that evaluate */
    double shared = ranks <= EVALUATING_WORLD_MAX ? (spread + threads) / ranks : spread / workers;
    t.wall = fmax(shared, fmax(t.write + synced, t.combine - last)) + last + t.across;
    return t;
}

double plan_longest_shard(const inputs_t *inputs, const plan_speed_t *speed, const plan_costs_t *costs, int shards,
                          int ranks) {
    double longest = 0;
    for (int i = 0; i < shards; i++)
        longest = fmax(longest, plan_time(inputs, speed, costs, (plan_part_t){i, shards}, ranks).wall);
    return longest;
}
