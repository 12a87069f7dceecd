#include "stats/salience.h"

#include "base/wide.h"
#include "lattice/leaf.h"

#include <string.h>

double salience_threshold(const stats_settings_t *settings, double strongest) {
    return settings->salience *
           (settings->salience_scale == SALIENCE_OF_MEAN_OUTPUT ? settings->mean_output : strongest);
}

void salience_begin(salience_t *salience, int n, double threshold) {
    *salience = (salience_t){.n = n, .threshold = threshold};
}

/* Those of a word's 64 masks that have j players. */
static const uint64_t OF_ORDER[] = {0x0000000000000001, 0x0000000100010116, 0x0001011601161668, 0x0116166816686880,
                                    0x1668688068808000, 0x6880800080000000, 0x8000000000000000};
enum { WORD_ORDERS = sizeof OF_ORDER / sizeof *OF_ORDER };

/* Adds what is set in a leaf's words to counts, by order within the leaf. */
static WIDE void count_set(const uint64_t *words, size_t count, uint64_t *counts) {
    for (size_t w = 0; w < count; w++)
        for (int j = 0; words[w] && j < WORD_ORDERS; j++)
            counts[mask_order(w) + j] += (uint64_t)__builtin_popcountll(words[w] & OF_ORDER[j]);
}

void salience_leaf(salience_t *salience, mask_t first, const double *leaf, uint64_t *positive, uint64_t *negative) {
    const int base = mask_order(first), bits = salience->n < LEAF_BITS ? salience->n : LEAF_BITS;
    const size_t words = salience_words(bits);
    if (!(salience->threshold > 0)) {
        memset(positive, 0, words * sizeof *positive);
        memset(negative, 0, words * sizeof *negative);
        return;
    }
    leaf_widest()->salient(leaf, bits, salience->threshold, positive, negative);
    if (first == 0) { /* the empty set */
        positive[0] &= ~(uint64_t)1;
        negative[0] &= ~(uint64_t)1;
    }
    count_set(positive, words, salience->positive + base);
    count_set(negative, words, salience->negative + base);
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
    return (double)(salience->positive[order] + salience->negative[order]);
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
