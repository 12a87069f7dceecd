#include "lattice/supersets.h"

#include "lattice/indices.h"

#include <math.h>

typedef struct {
    double sum, lost; /* lost: what rounding took from sum */
} exact_t;

static void add(exact_t *to, double x) {
    double sum = to->sum + x;
    to->lost += fabs(to->sum) >= fabs(x) ? (to->sum - sum) + x : (x - sum) + to->sum;
    to->sum = sum;
}

/* by_order is shifted by the order of the leaf's high bits; low: the players of the set among the leaf's low bits. */
static void add_leaf(const double *leaf, mask_t masks, mask_t low, exact_t *by_order) {
    for (mask_t s = low; s < masks; s = (s + 1) | low)
        add(&by_order[mask_order(s)], leaf[s]);
}

status_t supersets_sum(row_source_t interactions, mask_t set, double *sums, failure_t *why) {
    exact_t by_order[PLAYERS_MAX + 1] = {{0}};
    mask_t masks = row_leaf_masks(interactions.n), low = set & (masks - 1), high = set & ~(masks - 1);
    for (mask_t first = high; first < mask_count(interactions.n); first = (first + masks) | high) {
        const double *leaf;
        TRY(interactions.read(interactions.self, first, &leaf, why));
        add_leaf(leaf, masks, low, by_order + mask_order(first));
    }
    for (int s = 0; s <= interactions.n; s++)
        sums[s] = by_order[s].sum + by_order[s].lost;
    return STATUS_OK;
}

double supersets_sii(const double *sums, int n, int t) {
    double value = 0;
    for (int s = t; s <= n; s++)
        value += sums[s] / (s - t + 1);
    return value;
}

double supersets_bii(const double *sums, int n, int t) {
    double value = 0;
    for (int s = t; s <= n; s++)
        value += ldexp(sums[s], t - s);
    return value;
}

double supersets_stii(const double *sums, int n, int t) {
    double value = 0;
    for (int s = t; s <= n; s++)
        value += sums[s] / indices_choose(s, t);
    return value;
}

double supersets_multi_order(const double *sums, int n, int t, int m) {
    double value = 0;
    for (int k = 0; k <= m; k++)
        value += indices_choose(m, k) / indices_choose(n - t, k) * sums[t + k];
    return value;
}
