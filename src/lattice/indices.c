#include "lattice/indices.h"

#include "base/nan.h"
#include "lattice/leaf.h"

#include <math.h>

double indices_choose(int n, int k) {
    if (k < 0 || k > n)
        return 0;
    double value = 1;
    k = k < n - k ? k : n - k;
    for (int i = 1; i <= k; i++)
        value = value * (n - k + i) / i; /* C(n-k+i, i): whole at every step */
    return value;
}

/* A player among a leaf's high bits is in every mask of the leaf: its single is the leaf's total, its pairs with low
 * players are the leaf's singles, and with other players of the high bits the leaf's total again. */

/* Adds a leaf's sums to singles [n]. */
static void add_singles(const leaf_folded_t *sums, int bits, mask_t first, double *singles) {
    for (int j = 0; j < bits; j++)
        singles[j] += sums->singles[j];
    for (mask_t rest = first; rest; rest &= rest - 1)
        singles[__builtin_ctzll(rest)] += sums->total;
}

/* Adds a leaf's sums to the lower triangle of pairs. */
static void add_pairs(const leaf_folded_t *sums, size_t bits, mask_t first, double *pairs, size_t pitch) {
    for (size_t i = 0; i < bits; i++)
        for (size_t j = 0; j < i; j++)
            pairs[i * pitch + j] += sums->pairs[i][j];
    for (mask_t rest = first; rest; rest &= rest - 1) {
        size_t i = (size_t)__builtin_ctzll(rest);
        for (size_t j = 0; j < i; j++)
            if (j < bits)
                pairs[i * pitch + j] += sums->singles[j];
            else if (first >> j & 1)
                pairs[i * pitch + j] += sums->total;
    }
}

/* Adds a sum to the pass and returns its weights by order, all 0, for the caller to fill in. */
static double *new_sum(indices_pass_t *pass, double *singles, double *pairs) {
    superset_sum_t *sum = &pass->sums[pass->count++];
    *sum = (superset_sum_t){.singles = singles, .pairs = pairs};
    for (size_t i = 0; i < (size_t)pass->n; i++) {
        if (singles)
            singles[i] = 0;
        for (size_t j = 0; pairs && j < i; j++)
            pairs[i * pass->out.pitch + j] = 0;
    }
    return sum->weights;
}

void indices_begin(indices_pass_t *pass, int n, const indices_out_t *out) {
    pass->n = n;
    pass->count = 0;
    pass->out = *out;
    double *shapley = new_sum(pass, out->shapley, NULL), *banzhaf = new_sum(pass, out->banzhaf, out->bii2);
    double *sii = out->sii2 ? new_sum(pass, NULL, out->sii2) : NULL,
           *stii = out->stii2 ? new_sum(pass, NULL, out->stii2) : NULL;
    for (int order = 1; order <= n; order++) {
        shapley[order] = 1.0 / order;
        banzhaf[order] = ldexp(1, 1 - order);
    }
    for (int order = 2; order <= n; order++) {
        if (sii)
            sii[order] = 1.0 / (order - 1);
        if (stii)
            stii[order] = 1 / indices_choose(order, 2);
        /* Until the end, slice m of multi_order is the plain sum over |S| = m + 2. */
        if (out->multi_order)
            new_sum(pass, NULL, out->multi_order + (size_t)(order - 2) * out->pitch * out->pitch)[order] = 1;
    }
}

void indices_leaf(indices_pass_t *pass, mask_t first, const double *leaf) {
    int bits = pass->n < LEAF_BITS ? pass->n : LEAF_BITS;
    leaf_folded_t sums;
    for (superset_sum_t *sum = pass->sums; sum < pass->sums + pass->count; sum++) {
        leaf_widest()->fold(leaf, bits, sum->weights + mask_order(first), sum->pairs != NULL, &sums);
        if (sum->singles)
            add_singles(&sums, bits, first, sum->singles);
        if (sum->pairs)
            add_pairs(&sums, (size_t)bits, first, sum->pairs, pass->out.pitch);
    }
    for (int i = 0; i < pass->n; i++) {
        mask_t single = (mask_t)1 << i;
        if (single - first < mask_count(bits)) /* false when single < first, too: it wraps around */
            pass->alone[i] = leaf[single - first];
    }
}

/* From sums by order to the multi-order index, for one pair in place. */
static void finish_multi_order(double *at, size_t slice, int n) {
    double sums[PLAYERS_MAX];
    for (int k = 0; k + 1 < n; k++)
        sums[k] = at[(size_t)k * slice];
    for (int m = 0; m + 1 < n; m++) {
        double value = 0;
        for (int k = 0; k <= m; k++)
            value += indices_choose(m, k) / indices_choose(n - 2, k) * sums[k];
        at[(size_t)m * slice] = value;
    }
}

/* diagonal: [n]; NULL: NaN. */
static void complete(double *pairs, size_t pitch, const double *diagonal, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pairs[i * pitch + i] = diagonal ? diagonal[i] : nan_canonical();
        for (size_t j = 0; j < i; j++)
            pairs[j * pitch + i] = pairs[i * pitch + j];
    }
}

void indices_end(indices_pass_t *pass) {
    const indices_out_t *out = &pass->out;
    size_t n = (size_t)pass->n, slice = out->pitch * out->pitch;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            if (out->bii2)
                out->bii2[i * out->pitch + j] *= 2; /* 2^(2-|S|) from Banzhaf's 2^(1-|S|): exact */
            if (out->multi_order)
                finish_multi_order(out->multi_order + i * out->pitch + j, slice, pass->n);
        }
    if (out->sii2)
        complete(out->sii2, out->pitch, out->shapley, n);
    if (out->bii2)
        complete(out->bii2, out->pitch, out->banzhaf, n);
    if (out->stii2)
        complete(out->stii2, out->pitch, pass->alone, n);
    for (size_t m = 0; out->multi_order && m + 1 < n; m++)
        complete(out->multi_order + m * slice, out->pitch, NULL, n);
}

status_t indices_compute(row_source_t interactions, const indices_out_t *out, failure_t *why) {
    indices_pass_t pass;
    indices_begin(&pass, interactions.n, out);
    for (mask_t first = 0; first < mask_count(interactions.n); first += row_leaf_masks(interactions.n)) {
        const double *leaf;
        TRY(interactions.read(interactions.self, first, &leaf, why));
        indices_leaf(&pass, first, leaf);
    }
    indices_end(&pass);
    return STATUS_OK;
}

/* ---- of one set ---- */

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
