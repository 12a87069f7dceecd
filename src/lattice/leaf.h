/* What is done to each leaf of a row by order |S|, and the transforms, for one vector width: leaf_widest gives the
 * widest that the processor has. All widths give the same bits; tests compare them.
 *
 * bits: 0 ... LEAF_BITS; x: [2^bits]; arrays by order within the leaf: [bits + 1]. */
#ifndef HARSANYI_LATTICE_LEAF_H
#define HARSANYI_LATTICE_LEAF_H

#include "lattice/row.h"

enum { LEAF_ORDERS = LEAF_BITS + 1, LEAF_WIDTHS_MOST = 3 };

/* A leaf in groups of 16 masks with equal high bits. Element c of a group whose number has k ones has order k + |c|.
 * The numbers below 256, those with fewer ones first: */
enum { GROUP_BITS = 4, GROUP = 1 << GROUP_BITS, GROUP_KINDS = LEAF_BITS - GROUP_BITS + 1 };
extern const uint8_t leaf_groups[1 << (LEAF_BITS - GROUP_BITS)];
/* Where those with k ones begin, and how many of them are below 2^bits. */
extern const uint8_t leaf_groups_begin[GROUP_KINDS];
extern const uint8_t leaf_groups_count[GROUP_KINDS][GROUP_KINDS]; /* [bits][k] */

typedef struct {
    double sums[LEAF_ORDERS];                  /* of x */
    double abs_sums[LEAF_ORDERS];              /* of |x| */
    double positive[LEAF_ORDERS];              /* sums of x > 0 */
    double negative[LEAF_ORDERS];              /* sums of x < 0 */
    double min[LEAF_ORDERS], max[LEAF_ORDERS]; /* of |x| */
} leaf_strengths_t;

/* Of the groups with one number of ones, by lane: the smallest and the largest number between from and to, so far. */
typedef struct {
    double from[GROUP], to[GROUP], least[GROUP], most[GROUP];
} leaf_fences_t;

/* Sums of weighted x over all masks, those with bit i, and those with bits i and j < i. */
typedef struct {
    double total, singles[LEAF_BITS], pairs[LEAF_BITS][LEAF_BITS];
} leaf_folded_t;

typedef struct {
    /* Sums of x - origin, and of its squared distances from mean. */
    void (*sums)(const double *x, int bits, double origin, double *sums);
    void (*squares)(const double *x, int bits, double origin, const double *mean, double *squares);
    void (*strengths)(const double *x, int bits, leaf_strengths_t *out);
    /* Squared distances of |x| from mean. */
    void (*strength_squares)(const double *x, int bits, const double *mean, double *squares);
    /* Bit (s mod 64) of word s / 64 tells whether x[s] >= tau, or <= -tau; bits behind the last are 0. */
    void (*salient)(const double *x, int bits, double tau, uint64_t *positive, uint64_t *negative);
    /* Appends |x| to the numbers of its order, which end at ends[order]; in no particular order otherwise. */
    void (*gather)(const double *x, int bits, double **ends);
    /* The weight of order m is weights[m]; with !pairs those of out are left as they are. */
    void (*fold)(const double *x, int bits, const double *weights, bool pairs, leaf_folded_t *out);
    /* Of |x|; fences of the groups with k ones: at [k]. What a leaf of fewer than GROUP masks has in further lanes is
     * undefined. */
    void (*fence)(const double *x, int bits, leaf_fences_t *fences);
    /* Moebius, or zeta, of a [2^n], and of strips (lattice/moebius.h). */
    void (*transform)(double *a, int n, bool zeta);
    void (*strip)(double *a, int bits, size_t width, size_t pitch, bool zeta);
} leaf_width_t;

/* Those that this processor has, the widest first; returns how many. */
int leaf_widths(const leaf_width_t *widths[LEAF_WIDTHS_MOST]);
const leaf_width_t *leaf_widest(void);

extern const leaf_width_t leaf_lanes_2; /* every processor: SSE2, NEON, or what the compiler makes of it */
#ifdef __x86_64__
extern const leaf_width_t leaf_lanes_4; /* AVX2 */
extern const leaf_width_t leaf_lanes_8; /* AVX-512 */
#endif

#endif
