#include "stats/overlap.h"

#include "stats/families.h"
#include "stats/sort.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const double OVERLAP_SALIENCE[OVERLAP_SALIENCES] = {0.05, 0.10, 0.15, 0.20, 0.25, 0.30};
const int64_t OVERLAP_K[OVERLAP_STEPS] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, OVERLAP_TOP_MOST};

/* One of the strongest: its place among them (from 0), the worst of all models once lists are merged. */
typedef struct {
    mask_t mask;
    size_t rank;
} ranked_t;

/* Of the sample at hand, one model and order. */
typedef struct {
    int64_t salient, shared;
    double positive, negative, shared_positive, shared_negative;
} sums_of_order_t;

/* Of the sample at hand, one model. */
typedef struct {
    const double *leaf;
    int level; /* at how many of the saliences the mask at hand is salient */
    double threshold[OVERLAP_SALIENCES];
    int64_t salient[OVERLAP_SALIENCES]; /* |Omega| */
    sums_of_order_t sums[KINDS_MAX][PLAYERS_MAX + 1];
} model_t;

struct overlap {
    int models, n_most, kinds;
    size_t top_most; /* room of a list of the strongest */

    /* The sample at hand. */
    interaction_t *strongest;   /* [top_most] */
    ranked_t *ranked, *common;  /* [top_most]: of one model; of all so far */
    size_t common_count, ranks; /* ranks: up to where every model has interactions that are not 0 */
    model_t *of;                /* [models] */
    int64_t *both;              /* [models, models, SALIENCES] */

    /* All samples. */
    overlap_share_t *gamma, top[OVERLAP_STEPS];
    overlap_order_t *orders;
};

/* Where numbers of a pair of models and salience, and of a model and order lie. */
static size_t at_pair(const overlap_t *o, int model, int other, int salience) {
    return ((size_t)model * (size_t)o->models + (size_t)other) * OVERLAP_SALIENCES + (size_t)salience;
}

static size_t at_order(const overlap_t *o, int model, int kind, int order) {
    return ((size_t)model * (size_t)o->kinds + (size_t)kind) * (size_t)(o->n_most + 1) + (size_t)order;
}

/* Players of a row. */
static int players_of(const overlap_t *o, row_source_t row) {
    return row.n - (o->kinds > 1);
}

/* ---- making ---- */

static size_t pairs(const overlap_t *o) {
    return at_pair(o, o->models, 0, 0);
}

static bool allocate(overlap_t *o) {
    size_t models = (size_t)o->models, squared;
    if (__builtin_mul_overflow(models, models, &squared) || squared > SIZE_MAX / OVERLAP_SALIENCES)
        return false;
    o->strongest = calloc(o->top_most, sizeof *o->strongest);
    o->ranked = calloc(o->top_most, sizeof *o->ranked);
    o->common = calloc(o->top_most, sizeof *o->common);
    o->of = calloc(models, sizeof *o->of);
    o->both = calloc(pairs(o), sizeof *o->both);
    o->gamma = calloc(pairs(o), sizeof *o->gamma);
    o->orders = calloc(at_order(o, o->models, 0, 0), sizeof *o->orders);
    return o->strongest && o->ranked && o->common && o->of && o->both && o->gamma && o->orders;
}

status_t overlap_create(int models, int n_most, int kinds, overlap_t **out, failure_t *why) {
    overlap_t *o = calloc(1, sizeof *o);
    if (o) {
        o->models = models;
        const mask_t sets = (mask_t)kinds * (mask_count(n_most) - 1);
        o->n_most = n_most;
        o->kinds = kinds;
        o->top_most = sets < OVERLAP_TOP_MOST ? (size_t)sets : OVERLAP_TOP_MOST;
    }
    if (!o || !allocate(o)) {
        overlap_destroy(&o);
        return failed(why, STATUS_INTERNAL, "out of memory for the comparison of %d models", models);
    }
    *out = o;
    return STATUS_OK;
}

void overlap_destroy(overlap_t **overlap) {
    overlap_t *o = *overlap;
    if (!o)
        return;
    free(o->strongest);
    free(o->ranked);
    free(o->common);
    free(o->of);
    free(o->both);
    free(o->gamma);
    free(o->orders);
    free(o);
    *overlap = NULL;
}

/* ---- first reading: thresholds and the strongest ---- */

/* A row (a row_source_t) that is refused where it holds what no interaction is. */
static status_t read_finite(void *self, mask_t first, const double **leaf, failure_t *why) {
    const row_source_t *row = self;
    TRY(row->read(row->self, first, leaf, why));
    for (mask_t s = 0; s < row_leaf_masks(row->n); s++)
        if (!isfinite((*leaf)[s]))
            return failed(why, STATUS_INPUT, "mask 0x%" PRIx64 " is not a finite number", first + s);
    return STATUS_OK;
}

static int by_mask(const void *a, const void *b) {
    mask_t x = ((const ranked_t *)a)->mask, y = ((const ranked_t *)b)->mask;
    return (x > y) - (x < y);
}

/* Keeps of `common` what is among the `count` of `ranked` too; both ascend by mask. */
static void merge(overlap_t *o, size_t count) {
    size_t kept = 0, at = 0;
    for (size_t c = 0; c < o->common_count; c++) {
        ranked_t one = o->common[c];
        while (at < count && o->ranked[at].mask < one.mask)
            at++;
        if (at == count || o->ranked[at].mask != one.mask)
            continue;
        one.rank = o->ranked[at].rank > one.rank ? o->ranked[at].rank : one.rank;
        o->common[kept++] = one;
    }
    o->common_count = kept;
}

/* Takes the strongest of a model into account, `count` of them in order; zeros at the end are none. */
static void rank_strongest(overlap_t *o, int model, size_t count) {
    while (count > 0 && o->strongest[count - 1].effect == 0)
        count--;
    for (size_t r = 0; r < count; r++)
        o->ranked[r] = (ranked_t){o->strongest[r].mask, r};
    qsort(o->ranked, count, sizeof *o->ranked, by_mask);
    if (model == 0) {
        memcpy(o->common, o->ranked, count * sizeof *o->common);
        o->common_count = o->ranks = count;
        return;
    }
    o->ranks = count < o->ranks ? count : o->ranks;
    merge(o, count);
}

static status_t read_strongest(overlap_t *o, row_source_t row, int model, failure_t *why) {
    size_t count;
    row_source_t finite = {.n = row.n, .read = read_finite, .self = &row};
    TRY(strongest_find(finite, o->top_most, o->strongest, &count, why));
    double most = count > 0 ? fabs(o->strongest[0].effect) : 0;
    for (int s = 0; s < OVERLAP_SALIENCES; s++) {
        double tau = OVERLAP_SALIENCE[s] * most;
        o->of[model].threshold[s] = tau > 0 ? tau : INFINITY; /* all are 0: nothing is salient */
    }
    rank_strongest(o, model, count);
    return STATUS_OK;
}

/* ---- second reading: salient sets ---- */

static int level_of(const double *threshold, double strength) {
    int level = 0;
    while (level < OVERLAP_SALIENCES && strength >= threshold[level])
        level++;
    return level;
}

/* Levels of all models at entry s of their leaves. *some: in how many models the mask is salient. */
static void find_levels(overlap_t *o, mask_t s, int *some) {
    *some = 0;
    for (int i = 0; i < o->models; i++) {
        o->of[i].level = level_of(o->of[i].threshold, fabs(o->of[i].leaf[s]));
        *some += o->of[i].level > 0;
    }
}

static void add_to_order(sums_of_order_t *sums, double effect, bool shared) {
    sums->salient++;
    *(effect > 0 ? &sums->positive : &sums->negative) += effect;
    if (!shared)
        return;
    sums->shared++;
    *(effect > 0 ? &sums->shared_positive : &sums->shared_negative) += effect;
}

/* A mask that is salient in `some` > 0 models. Counts go to the highest salience only; add_up makes them those of all
 * lower ones too. */
static void count_mask(overlap_t *o, int n, mask_t mask, mask_t s, int some) {
    const int order = mask_order(mask & (mask_count(n) - 1)), kind = mask >= mask_count(n);
    for (int i = 0; i < o->models; i++) {
        model_t *model = &o->of[i];
        if (model->level == 0)
            continue;
        int highest = model->level - 1;
        model->salient[highest]++;
        for (int j = 0; j < o->models; j++)
            if (o->of[j].level > 0)
                o->both[at_pair(o, i, j, highest)]++;
        add_to_order(&model->sums[kind][order], model->leaf[s], some == o->models);
    }
}

static status_t read_salient(overlap_t *o, const row_source_t *rows, int *model, failure_t *why) {
    mask_t step = row_leaf_masks(rows[0].n);
    for (mask_t first = 0; first < mask_count(rows[0].n); first += step) {
        for (*model = 0; *model < o->models; (*model)++)
            TRY(rows[*model].read(rows[*model].self, first, &o->of[*model].leaf, why));
        for (mask_t s = first == 0; s < step; s++) {
            int some;
            find_levels(o, s, &some);
            if (some > 0)
                count_mask(o, players_of(o, rows[0]), first + s, s, some);
        }
    }
    return STATUS_OK;
}

static void add_up(int64_t counts[OVERLAP_SALIENCES]) {
    for (int s = OVERLAP_SALIENCES - 1; s > 0; s--)
        counts[s - 1] += counts[s];
}

/* ---- the sample into the tallies ---- */

static void add_gamma(overlap_t *o, double sets) {
    for (int i = 0; i < o->models; i++)
        add_up(o->of[i].salient);
    for (int i = 0; i < o->models; i++)
        for (int j = 0; j < o->models; j++) {
            add_up(&o->both[at_pair(o, i, j, 0)]);
            for (int s = 0; s < OVERLAP_SALIENCES; s++) {
                size_t at = at_pair(o, i, j, s);
                int64_t own = o->of[i].salient[s];
                if (own == 0)
                    continue;
                average_add(&o->gamma[at].share, (double)o->both[at] / (double)own);
                average_add(&o->gamma[at].random, (double)o->of[j].salient[0] / sets);
            }
        }
}

static void add_top(overlap_t *o, double sets) {
    for (int k = 0; k < OVERLAP_STEPS && (size_t)OVERLAP_K[k] <= o->ranks; k++) {
        int64_t common = 0;
        double random = 1;
        for (size_t c = 0; c < o->common_count; c++)
            common += o->common[c].rank < (size_t)OVERLAP_K[k];
        for (int i = 1; i < o->models; i++)
            random *= (double)OVERLAP_K[k] / sets;
        average_add(&o->top[k].share, (double)common / (double)OVERLAP_K[k]);
        average_add(&o->top[k].random, random);
    }
}

static void add_orders(overlap_t *o, int n) {
    for (int i = 0; i < o->models * o->kinds; i++)
        for (int m = 1; m <= n; m++) {
            const int model = i / o->kinds, kind = i % o->kinds;
            const sums_of_order_t *sums = &o->of[model].sums[kind][m];
            overlap_order_t *order = &o->orders[at_order(o, model, kind, m)];
            if (sums->salient > 0)
                average_add(&order->share,
                            (sums->shared_positive - sums->shared_negative) / (sums->positive - sums->negative));
            average_add(&order->salient, (double)sums->salient);
            average_add(&order->shared, (double)sums->shared);
            average_add(&order->positive, sums->positive);
            average_add(&order->negative, sums->negative);
            average_add(&order->shared_positive, sums->shared_positive);
            average_add(&order->shared_negative, sums->shared_negative);
        }
}

status_t overlap_add(overlap_t *o, const row_source_t *rows, int *model, failure_t *why) {
    const int n = players_of(o, rows[0]);
    double sets = (double)o->kinds * (double)(mask_count(n) - 1);
    memset(o->of, 0, (size_t)o->models * sizeof *o->of);
    memset(o->both, 0, pairs(o) * sizeof *o->both);
    for (*model = 0; *model < o->models; (*model)++)
        TRY(read_strongest(o, rows[*model], *model, why));
    TRY(read_salient(o, rows, model, why));
    add_gamma(o, sets);
    add_top(o, sets);
    add_orders(o, n);
    return STATUS_OK;
}

/* ---- reading ---- */

int overlap_steps(const overlap_t *overlap) {
    int steps = 0;
    while (steps < OVERLAP_STEPS && (size_t)OVERLAP_K[steps] <= overlap->top_most)
        steps++;
    return steps;
}

const overlap_share_t *overlap_gamma(const overlap_t *overlap, int model, int other) {
    return overlap->gamma + at_pair(overlap, model, other, 0);
}

const overlap_share_t *overlap_top(const overlap_t *overlap) {
    return overlap->top;
}

const overlap_order_t *overlap_orders(const overlap_t *overlap, int model, int kind) {
    return overlap->orders + at_order(overlap, model, kind, 0);
}
