#include "lattice/indices.h"

#include "base/nan.h"
#include "lattice/leaf.h"

#include <math.h>

double indices_choose(int n, int k) {
    if (k < 0 || k > n)
        return 0;
    double value = 1;
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

/* Adds a leaf's sums to the lower triangle of pairs and its diagonal. */
static void add_pairs(const leaf_folded_t *sums, int bits, mask_t first, double *pairs, size_t pitch) {
    for (size_t i = 0; i < (size_t)bits; i++) {
        for (size_t j = 0; j < i; j++)
            pairs[i * pitch + j] += sums->pairs[i][j];
        pairs[i * pitch + i] += sums->singles[i];
    }
    for (mask_t rest = first; rest; rest &= rest - 1) {
        size_t i = (size_t)__builtin_ctzll(rest);
        for (size_t j = 0; j < (size_t)bits; j++)
            pairs[i * pitch + j] += sums->singles[j];
        for (mask_t other = first; other & (((mask_t)2 << i) - 1); other &= other - 1) {
            size_t j = (size_t)__builtin_ctzll(other);
            pairs[i * pitch + j] += sums->total;
        }
    }
}

static void clear(const superset_sum_t *sum, size_t n) {
    if (sum->total)
        *sum->total = 0;
    for (size_t i = 0; i < n; i++) {
        if (sum->singles)
            sum->singles[i] = 0;
        for (size_t j = 0; sum->pairs && j <= i; j++)
            sum->pairs[i * sum->pitch + j] = 0;
    }
}

static void add_leaf(const superset_sum_t *sum, const double *weights, int n, mask_t first, const double *leaf) {
    int bits = n < LEAF_BITS ? n : LEAF_BITS;
    leaf_folded_t sums;
    leaf_widest()->fold(leaf, bits, weights + mask_order(first), sum->pairs != NULL, &sums);
    if (sum->total)
        *sum->total += sums.total;
    if (sum->singles)
        add_singles(&sums, bits, first, sum->singles);
    if (sum->pairs)
        add_pairs(&sums, bits, first, sum->pairs, sum->pitch);
}

static void mirror(double *pairs, size_t n, size_t pitch) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            pairs[j * pitch + i] = pairs[i * pitch + j];
}

static superset_sum_t nth_sum(size_t w, size_t n, double *totals, double *singles, double *pairs) {
    return (superset_sum_t){.total = totals ? totals + w : NULL,
                            .singles = singles ? singles + w * n : NULL,
                            .pairs = pairs ? pairs + w * n * n : NULL,
                            .pitch = n};
}

status_t indices_superset_sums(row_source_t interactions, int count, const double *weights, double *totals,
                               double *singles, double *pairs, failure_t *why) {
    size_t n = (size_t)interactions.n, sums = (size_t)count;
    for (size_t w = 0; w < sums; w++) {
        superset_sum_t sum = nth_sum(w, n, totals, singles, pairs);
        clear(&sum, n);
    }
    for (mask_t first = 0; first < mask_count(interactions.n); first += row_leaf_masks(interactions.n)) {
        const double *leaf;
        TRY(interactions.read(interactions.self, first, &leaf, why));
        for (size_t w = 0; w < sums; w++) {
            superset_sum_t sum = nth_sum(w, n, totals, singles, pairs);
            add_leaf(&sum, weights + w * (n + 1), interactions.n, first, leaf);
        }
    }
    for (size_t w = 0; pairs && w < sums; w++)
        mirror(pairs + w * n * n, n, n);
    return STATUS_OK;
}

/* Adds a sum to the pass and returns its weights by order, all 0, for the caller to fill in. */
static double *new_sum(indices_pass_t *pass, double *singles, double *pairs) {
    int k = pass->count++;
    pass->sums[k] = (superset_sum_t){.singles = singles, .pairs = pairs, .pitch = pass->out.pitch};
    clear(&pass->sums[k], (size_t)pass->n);
    for (int order = 0; order <= pass->n; order++)
        pass->weights[k][order] = 0;
    return pass->weights[k];
}

void indices_begin(indices_pass_t *pass, int n, const indices_out_t *out) {
    pass->n = n;
    pass->count = 0;
    pass->out = *out;
    double *shapley = new_sum(pass, out->shapley, NULL), *banzhaf = new_sum(pass, out->banzhaf, out->bii2);
    double *sii = new_sum(pass, NULL, out->sii2), *stii = out->stii2 ? new_sum(pass, NULL, out->stii2) : NULL;
    for (int order = 1; order <= n; order++) {
        shapley[order] = 1.0 / order;
        banzhaf[order] = ldexp(1, 1 - order);
    }
    for (int order = 2; order <= n; order++) {
        sii[order] = 1.0 / (order - 1);
        if (stii)
            stii[order] = 1 / indices_choose(order, 2);
        /* Until the end, slice m of multi_order is the plain sum over |S| = m + 2. */
        if (out->multi_order)
            new_sum(pass, NULL, out->multi_order + (size_t)(order - 2) * out->pitch * out->pitch)[order] = 1;
    }
}

void indices_leaf(indices_pass_t *pass, mask_t first, const double *leaf) {
    for (int k = 0; k < pass->count; k++)
        add_leaf(&pass->sums[k], pass->weights[k], pass->n, first, leaf);
    for (int i = 0; i < pass->n; i++) {
        mask_t single = (mask_t)1 << i;
        if (single - first < row_leaf_masks(pass->n)) /* false when single < first, too: it wraps around */
            pass->alone[i] = leaf[single - first];
    }
}

/* From sums by order to the multi-order index, for each pair in place. */
static void finish_multi_order(const indices_pass_t *pass) {
    size_t n = (size_t)pass->n, slice = pass->out.pitch * pass->out.pitch;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double *at = pass->out.multi_order + i * pass->out.pitch + j, sums[PLAYERS_MAX];
            for (size_t k = 0; k + 1 < n; k++)
                sums[k] = at[k * slice];
            for (size_t m = 0; m + 1 < n; m++) {
                double value = 0;
                for (size_t k = 0; k <= m; k++)
                    value += indices_choose((int)m, (int)k) / indices_choose((int)n - 2, (int)k) * sums[k];
                at[m * slice] = i == j ? nan_canonical() : value;
            }
        }
}

static void set_diagonal(double *pairs, size_t pitch, const double *singles, size_t n) {
    for (size_t i = 0; i < n; i++)
        pairs[i * pitch + i] = singles[i];
}

void indices_end(indices_pass_t *pass) {
    const indices_out_t *out = &pass->out;
    size_t n = (size_t)pass->n;
    set_diagonal(out->sii2, out->pitch, out->shapley, n);
    if (out->bii2) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++)
                out->bii2[i * out->pitch + j] *= 2; /* 2^(2-|S|) from Banzhaf's 2^(1-|S|): exact */
        set_diagonal(out->bii2, out->pitch, out->banzhaf, n);
    }
    if (out->stii2)
        set_diagonal(out->stii2, out->pitch, pass->alone, n);
    if (out->multi_order)
        finish_multi_order(pass);
    for (int k = 0; k < pass->count; k++)
        if (pass->sums[k].pairs)
            mirror(pass->sums[k].pairs, n, out->pitch);
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
