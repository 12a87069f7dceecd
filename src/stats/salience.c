#include "stats/salience.h"

#include "base/wide.h"
#include "lattice/leaf.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

double salience_threshold(const stats_settings_t *settings, double strongest) {
    return settings->salience *
           (settings->salience_scale == SALIENCE_OF_MEAN_OUTPUT ? settings->mean_output : strongest);
}

void salience_begin(salience_t *salience, int n, double threshold) {
    *salience = (salience_t){.n = n, .threshold = threshold};
}

void salience_leaf(salience_t *salience, mask_t first, const double *leaf) {
    int base = mask_order(first);
    if (!(salience->threshold > 0))
        return;
    leaf_widest()->salient(leaf, salience->n < LEAF_BITS ? salience->n : LEAF_BITS, salience->threshold,
                           salience->all + base, salience->positive + base);
    if (first == 0)
        salience->all[0] = salience->positive[0] = 0; /* the empty set */
}

/* A word of 64 masks; few are salient, so most words are passed over at once. */
INLINED bool any_salient(const double *x, mask_t count, double tau) {
    int found = 0;
    for (mask_t i = 0; i < count; i++)
        found |= fabs(x[i]) >= tau;
    return found != 0;
}

static WIDE bool word_is_salient(const double *x, mask_t count, double tau) {
    return count == 64 ? any_salient(x, 64, tau) : any_salient(x, count, tau);
}

void salience_bits(const salience_t *salience, mask_t first, const double *leaf, uint64_t *positive,
                   uint64_t *negative) {
    const double tau = salience->threshold;
    mask_t masks = row_leaf_masks(salience->n), step = masks < 64 ? masks : 64;
    for (mask_t at = 0; at < masks; at += step) {
        uint64_t up = 0, down = 0;
        if (tau > 0 && word_is_salient(leaf + at, step, tau))
            for (mask_t i = 0; i < step; i++) {
                up |= (uint64_t)(leaf[at + i] >= tau) << i;
                down |= (uint64_t)(leaf[at + i] <= -tau) << i;
            }
        if (first + at == 0) { /* the empty set */
            up &= ~(uint64_t)1;
            down &= ~(uint64_t)1;
        }
        positive[at / 64] = up;
        negative[at / 64] = down;
    }
}

static status_t put_bitmaps(void *self, mask_t first, size_t words, const uint64_t *positive, const uint64_t *negative,
                            failure_t *why) {
    const salience_bitmaps_t *to = self;
    (void)why;
    memcpy(to->positive + first / 64, positive, words * sizeof *positive);
    memcpy(to->negative + first / 64, negative, words * sizeof *negative);
    return STATUS_OK;
}

salient_sink_t salience_into(salience_bitmaps_t *to) {
    return (salient_sink_t){put_bitmaps, to};
}

double salience_count(const salience_t *salience, int order) {
    return (double)salience->all[order];
}

double salience_positive(const salience_t *salience, int order) {
    return (double)salience->positive[order];
}

int salience_order_limit(const salience_t *salience) {
    int order = salience->n;
    while (order > 0 && salience_count(salience, order) == 0)
        order--;
    return order;
}
