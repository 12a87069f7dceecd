/* What is done to each leaf, for one vector width: part of lanes.h.
 *
 * Groups of 16 masks (leaf.h) are taken in order of their number of ones, k: lane c then has order k + |c| throughout,
 * and what is added up stays in registers, two vectors of it at a time. A lane's elements come in order of masks, lanes
 * are added up in order: so are the sums, for any width. */
#ifndef HARSANYI_LATTICE_LEAF_KERNELS_H
#define HARSANYI_LATTICE_LEAF_KERNELS_H

#include "lattice/leaf.h"
#include "lattice/vector.h"

#include <math.h>
#include <string.h>

enum { VECTORS = 2, CHUNK = VECTORS * LANES };

typedef double lanes_t[GROUP_KINDS][GROUP];

/* Of a chunk, in registers. */
#define EACH_VECTOR                                                                                                    \
    UNROLLED                                                                                                           \
    for (size_t v = 0; v < VECTORS; v++)

/* From lane c on of a group. */
INLINED const double *lanes_at(const double *x, uint8_t group, int c) {
    return x + ((size_t)group << GROUP_BITS) + c;
}

/* The two lines of the cache that a group spans. */
enum { FIRST_LINE = 1, SECOND_LINE = 2 };

/* Asks for the same place of the next leaf, which lies behind this one in a row in memory: groups are taken in an order
 * that the processor does not foresee. Where it is not in memory nothing happens. */
INLINED void ask_for_next(const double *at, int c, int lines) {
    enum { LINE = 64, NUMBERS = LINE / sizeof(double) };
    for (int i = 0; i < CHUNK; i += NUMBERS)
        if (lines >> ((c + i) / NUMBERS) & 1)
            __builtin_prefetch((const void *)((uintptr_t)(at + i) + (sizeof *at << LEAF_BITS)), 0, 2);
}

/* A leaf of fewer masks than a group has is worked on as one group; lanes past it are left out in the end. */
typedef struct {
    const double *x;
    int bits;  /* of the number of a group */
    int lanes; /* that count */
    double padded[GROUP];
} groups_t;

INLINED void set_groups(groups_t *groups, const double *x, int bits) {
    groups->x = x;
    groups->bits = bits - GROUP_BITS;
    groups->lanes = GROUP;
    if (bits >= GROUP_BITS)
        return;
    memset(groups->padded, 0, sizeof groups->padded);
    memcpy(groups->padded, x, sizeof *x << bits);
    groups->x = groups->padded;
    groups->bits = 0;
    groups->lanes = 1 << bits;
}

/* Groups with k ones: their numbers and how many they are. */
INLINED const uint8_t *groups_with(const groups_t *groups, int k, int *count) {
    *count = leaf_groups_count[groups->bits][k];
    return leaf_groups + leaf_groups_begin[k];
}

INLINED void add_by_order(const groups_t *groups, double lanes[][GROUP], int bits, double *out) {
    for (int m = 0; m <= bits; m++)
        out[m] = 0;
    for (int k = 0; k <= groups->bits; k++)
        for (int c = 0; c < groups->lanes; c++)
            out[k + mask_order((mask_t)c)] += lanes[k][c];
}

static void sums(const double *x, int bits, double origin, double *out) {
    groups_t groups;
    set_groups(&groups, x, bits);
    lanes_t lanes;
    for (int k = 0; k <= groups.bits; k++)
        for (int c = 0, count; c < GROUP; c += CHUNK) {
            const uint8_t *group = groups_with(&groups, k, &count);
            vec_t sum[VECTORS] = {{0}};
            for (int g = 0; g < count; g++) {
                const double *at = lanes_at(groups.x, group[g], c);
                ask_for_next(at, c, FIRST_LINE);
                EACH_VECTOR
                sum[v] += load(at + v * LANES) - origin;
            }
            EACH_VECTOR
            store(lanes[k] + c + v * LANES, sum[v]);
        }
    add_by_order(&groups, lanes, bits, out);
}

INLINED void add_squares(const double *x, int bits, bool absolute, double origin, const double *mean, double *out) {
    groups_t groups;
    set_groups(&groups, x, bits);
    lanes_t lanes;
    for (int k = 0; k <= groups.bits; k++)
        for (int c = 0, count; c < GROUP; c += CHUNK) {
            const uint8_t *group = groups_with(&groups, k, &count);
            double middles[CHUNK];
            for (int lane = 0; lane < CHUNK; lane++) {
                int order = k + mask_order((mask_t)(c + lane));
                middles[lane] = order <= bits ? mean[order] : 0;
            }
            vec_t sum[VECTORS] = {{0}}, middle[VECTORS];
            EACH_VECTOR
            middle[v] = load(middles + v * LANES);
            for (int g = 0; g < count; g++) {
                const double *at = lanes_at(groups.x, group[g], c);
                ask_for_next(at, c, SECOND_LINE);
                EACH_VECTOR {
                    vec_t off = load(at + v * LANES) - origin - middle[v];
                    if (absolute)
                        off = magnitude(load(at + v * LANES)) - middle[v];
                    sum[v] += off * off;
                }
            }
            EACH_VECTOR
            store(lanes[k] + c + v * LANES, sum[v]);
        }
    add_by_order(&groups, lanes, bits, out);
}

static void squares(const double *x, int bits, double origin, const double *mean, double *out) {
    add_squares(x, bits, false, origin, mean, out);
}

static void strength_squares(const double *x, int bits, const double *mean, double *out) {
    add_squares(x, bits, true, 0, mean, out);
}

INLINED void extremes_by_order(const groups_t *groups, double low[][GROUP], double high[][GROUP], int bits,
                               leaf_strengths_t *out) {
    for (int m = 0; m <= bits; m++)
        out->min[m] = INFINITY, out->max[m] = 0;
    for (int k = 0; k <= groups->bits; k++)
        for (int c = 0; c < groups->lanes; c++) {
            int m = k + mask_order((mask_t)c);
            out->min[m] = low[k][c] < out->min[m] ? low[k][c] : out->min[m];
            out->max[m] = high[k][c] > out->max[m] ? high[k][c] : out->max[m];
        }
}

static void strengths(const double *x, int bits, leaf_strengths_t *out) {
    groups_t groups;
    set_groups(&groups, x, bits);
    lanes_t sum_lanes, abs_lanes, low_lanes, high_lanes, up_lanes, down_lanes;
    for (int k = 0; k <= groups.bits; k++)
        for (int c = 0, count; c < GROUP; c += CHUNK) {
            const uint8_t *group = groups_with(&groups, k, &count);
            vec_t sum[VECTORS] = {{0}}, abs_sum[VECTORS] = {{0}}, low[VECTORS], high[VECTORS] = {{0}};
            vec_t up[VECTORS] = {{0}}, down[VECTORS] = {{0}};
            EACH_VECTOR
            low[v] = every(INFINITY);
            for (int g = 0; g < count; g++) {
                const double *at = lanes_at(groups.x, group[g], c);
                ask_for_next(at, c, FIRST_LINE);
                EACH_VECTOR {
                    vec_t effect = load(at + v * LANES), strength = magnitude(effect);
                    sum[v] += effect;
                    abs_sum[v] += strength;
                    up[v] += either(effect > 0, effect, every(0));
                    down[v] += either(effect < 0, effect, every(0));
                    low[v] = either(strength < low[v], strength, low[v]);
                    high[v] = either(strength > high[v], strength, high[v]);
                }
            }
            EACH_VECTOR {
                store(sum_lanes[k] + c + v * LANES, sum[v]);
                store(abs_lanes[k] + c + v * LANES, abs_sum[v]);
                store(low_lanes[k] + c + v * LANES, low[v]);
                store(high_lanes[k] + c + v * LANES, high[v]);
                store(up_lanes[k] + c + v * LANES, up[v]);
                store(down_lanes[k] + c + v * LANES, down[v]);
            }
        }
    add_by_order(&groups, sum_lanes, bits, out->sums);
    add_by_order(&groups, abs_lanes, bits, out->abs_sums);
    add_by_order(&groups, up_lanes, bits, out->positive);
    add_by_order(&groups, down_lanes, bits, out->negative);
    extremes_by_order(&groups, low_lanes, high_lanes, bits, out);
}

static void salient(const double *x, int bits, double tau, uint64_t *positive, uint64_t *negative) {
    const size_t step = bits < 6 ? (size_t)1 << bits : 64;
    for (size_t word = 0; word << 6 < (size_t)1 << bits; word++, x += step) {
        bits_t up = {0}, down = {0}, bit = {0};
        size_t i = 0;
        for (int lane = 0; lane < LANES; lane++)
            bit[lane] = (int64_t)1 << lane;
        for (; i + LANES <= step; i += LANES, bit <<= LANES) {
            up |= (load(x + i) >= every(tau)) & bit;
            down |= (load(x + i) <= every(-tau)) & bit;
        }
        positive[word] = negative[word] = 0;
        for (int lane = 0; lane < LANES; lane++) {
            positive[word] |= (uint64_t)up[lane];
            negative[word] |= (uint64_t)down[lane];
        }
        for (; i < step; i++) {
            positive[word] |= (uint64_t)(x[i] >= tau) << i;
            negative[word] |= (uint64_t)(x[i] <= -tau) << i;
        }
    }
}

static void gather(const double *x, int bits, double **ends) {
    enum { ORDERS = GROUP_BITS + 1 };
    groups_t groups;
    set_groups(&groups, x, bits);
    if (groups.lanes < GROUP) {
        for (int s = 0; s < groups.lanes; s++)
            *ends[mask_order((mask_t)s)]++ = fabs(x[s]);
        return;
    }
    for (int k = 0, count; k <= groups.bits; k++) {
        const uint8_t *group = groups_with(&groups, k, &count);
        double *at[ORDERS]; /* in registers */
        for (int j = 0; j < ORDERS; j++)
            at[j] = ends[k + j];
        for (int g = 0; g < count; g++) {
            const double *from = lanes_at(x, group[g], 0);
            for (int c = 0; c < GROUP; c++)
                *at[mask_order((mask_t)c)]++ = fabs(from[c]);
        }
        for (int j = 0; j < ORDERS; j++)
            ends[k + j] = at[j];
    }
}

static void fence(const double *x, int bits, leaf_fences_t *fences) {
    groups_t groups;
    set_groups(&groups, x, bits);
    for (int k = 0; k <= groups.bits; k++, fences++)
        for (int c = 0, count; c < GROUP; c += CHUNK) {
            const uint8_t *group = groups_with(&groups, k, &count);
            vec_t from[VECTORS], to[VECTORS], least[VECTORS], most[VECTORS];
            EACH_VECTOR {
                from[v] = load(fences->from + c + v * LANES);
                to[v] = load(fences->to + c + v * LANES);
                least[v] = load(fences->least + c + v * LANES);
                most[v] = load(fences->most + c + v * LANES);
            }
            for (int g = 0; g < count; g++) {
                const double *at = lanes_at(groups.x, group[g], c);
                ask_for_next(at, c, FIRST_LINE | SECOND_LINE);
                EACH_VECTOR {
                    vec_t strength = magnitude(load(at + v * LANES));
                    least[v] = either((strength >= from[v]) & (strength < least[v]), strength, least[v]);
                    most[v] = either((strength <= to[v]) & (strength > most[v]), strength, most[v]);
                }
            }
            EACH_VECTOR {
                store(fences->least + c + v * LANES, least[v]);
                store(fences->most + c + v * LANES, most[v]);
            }
        }
}

#endif
