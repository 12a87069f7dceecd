#include "stats/transferability.h"

#include "stats/dictionary.h"
#include "stats/discrimination.h"
#include "stats/effects.h"

#include <stdlib.h>
#include <string.h>

enum { HALVES = 2 };

typedef struct {
    salient_log_t *log;
    const int64_t *class_of;
    summary_t *summary;
    int64_t samples;
    int64_t *by_class;        /* [samples]: sample numbers, by class, in file order within one; owned as are the next */
    int64_t *class_start;     /* [classes + 1]: where each class begins in by_class */
    uint8_t *half;            /* [samples]: each class's samples belong to half 0, 1, 0, 1, ... in file order */
    uint64_t *cursor;         /* [samples]: the sample's interactions before it lie below the strip */
    uint32_t *counts[HALVES]; /* [strip]: in how many samples a mask is salient, told apart in two ways */
    mask_t strip;             /* masks in a strip */
    dictionary_t all, of_half[HALVES], of_class;
    effects_t *effects; /* [F], by rank in `all` */
} work_t;

/* ---- counting, strip by strip ---- */

typedef enum { BY_HALF, BY_SIGN } apart_t;

static status_t count_sample(work_t *w, int64_t sample, apart_t apart, mask_t first, failure_t *why) {
    uint64_t salient = salient_log_count(w->log, sample);
    while (w->cursor[sample] < salient) {
        const interaction_t *entries;
        size_t count, i = 0;
        TRY(salient_log_read(w->log, sample, w->cursor[sample], &entries, &count, why));
        for (; i < count && entries[i].mask - first < w->strip; i++)
            w->counts[apart == BY_HALF ? w->half[sample] : entries[i].effect < 0][entries[i].mask - first]++;
        w->cursor[sample] += i;
        if (i < count)
            break;
    }
    return STATUS_OK;
}

static void clear_counts(work_t *w) {
    for (int h = 0; h < HALVES; h++)
        memset(w->counts[h], 0, (size_t)w->strip * sizeof *w->counts[h]);
}

/* The dictionaries of all samples and of each half. */
static status_t count_all(work_t *w, failure_t *why) {
    memset(w->cursor, 0, (size_t)w->samples * sizeof *w->cursor);
    for (mask_t first = 0; first < mask_count(w->summary->n); first += w->strip) {
        clear_counts(w);
        for (int64_t k = 0; k < w->samples; k++)
            TRY(count_sample(w, k, BY_HALF, first, why));
        for (mask_t s = 0; s < w->strip; s++) {
            dictionary_offer(&w->all, first + s, w->counts[0][s] + w->counts[1][s]);
            for (int h = 0; h < HALVES; h++)
                dictionary_offer(&w->of_half[h], first + s, w->counts[h][s]);
        }
    }
    dictionary_close(&w->all);
    for (int h = 0; h < HALVES; h++)
        dictionary_close(&w->of_half[h]);
    return STATUS_OK;
}

/* The dictionary of a class's samples, and what signs its interactions have. */
static status_t count_class(work_t *w, int64_t class, discrimination_t *signs, failure_t *why) {
    const int64_t *members = w->by_class + w->class_start[class];
    int64_t count = w->class_start[class + 1] - w->class_start[class];
    *signs = (discrimination_t){0};
    dictionary_clear(&w->of_class);
    for (int64_t i = 0; i < count; i++)
        w->cursor[members[i]] = 0;
    for (mask_t first = 0; first < mask_count(w->summary->n); first += w->strip) {
        clear_counts(w);
        for (int64_t i = 0; i < count; i++)
            TRY(count_sample(w, members[i], BY_SIGN, first, why));
        for (mask_t s = 0; s < w->strip; s++) {
            discrimination_add(signs, w->counts[0][s], w->counts[1][s], count);
            dictionary_offer(&w->of_class, first + s, w->counts[0][s] + w->counts[1][s]);
        }
    }
    dictionary_close(&w->of_class);
    return STATUS_OK;
}

/* ---- scoring samples ---- */

/* What is done with the salient interactions of a sample that a dictionary has. */
typedef void (*hit_t)(void *self, int64_t rank, double effect);

static status_t each_hit(work_t *w, int64_t sample, const dictionary_t *dictionary, hit_t hit, void *self,
                         failure_t *why) {
    uint64_t salient = salient_log_count(w->log, sample);
    size_t at = 0, count;
    for (uint64_t from = 0; from < salient; from += count) {
        const interaction_t *entries;
        TRY(salient_log_read(w->log, sample, from, &entries, &count, why));
        for (size_t i = 0; i < count; i++) {
            int64_t rank = dictionary_find(dictionary, &at, entries[i].mask);
            if (rank >= 0)
                hit(self, rank, entries[i].effect);
        }
    }
    return STATUS_OK;
}

static void hit_transfer(void *self, int64_t rank, double effect) {
    (void)effect;
    transfer_hit(self, rank);
}

static status_t score(work_t *w, int64_t sample, const dictionary_t *dictionary, transfer_t *transfer, failure_t *why) {
    TRY(each_hit(w, sample, dictionary, hit_transfer, transfer, why));
    transfer_end_sample(transfer, salient_log_count(w->log, sample));
    return STATUS_OK;
}

static status_t score_classes(work_t *w, failure_t *why) {
    discrimination_t all = {0}, signs;
    transfer_t transfer;
    for (int64_t class = 0; class < w->summary->classes; class ++) {
        if (w->class_start[class] == w->class_start[class + 1])
            continue;
        TRY(count_class(w, class, &signs, why));
        discrimination_join(&all, &signs);
        transfer_begin(&transfer, w->summary->dictionary);
        for (int64_t i = w->class_start[class]; i < w->class_start[class + 1]; i++)
            TRY(score(w, w->by_class[i], &w->of_class, &transfer, why));
        for (size_t step = 0; step < transfer.steps; step++)
            w->summary->of[SUMMARY_RHO_CLASS][(size_t) class * transfer.steps + step] =
                average_mean(&transfer.rho[step]);
    }
    for (int bin = 0; bin < DISCRIMINATION_BINS; bin++) {
        w->summary->of[SUMMARY_BIN_COUNT][bin] = all.count[bin];
        w->summary->of[SUMMARY_BIN_MEAN][bin] = discrimination_mean(&all, bin);
    }
    *w->summary->of[SUMMARY_WEIGHTED] = discrimination_weighted(&all);
    return STATUS_OK;
}

static status_t score_all(work_t *w, failure_t *why) {
    transfer_t all, held_out[HALVES];
    transfer_begin(&all, w->summary->dictionary);
    for (int h = 0; h < HALVES; h++)
        transfer_begin(&held_out[h], w->summary->dictionary);
    for (int64_t k = 0; k < w->samples; k++) {
        TRY(score(w, k, &w->all, &all, why));
        TRY(score(w, k, &w->of_half[!w->half[k]], &held_out[w->half[k]], why));
    }
    for (size_t step = 0; step < all.steps; step++) {
        w->summary->of[SUMMARY_RHO][step] = average_mean(&all.rho[step]);
        w->summary->of[SUMMARY_RHO_HELDOUT][step] =
            (average_mean(&held_out[0].rho[step]) + average_mean(&held_out[1].rho[step])) / 2;
        w->summary->of[SUMMARY_RHO_RANDOM][step] = (double)all.k[step] / (double)(mask_count(w->summary->n) - 1);
    }
    return STATUS_OK;
}

/* ---- effects of the most frequent ones ---- */

static void hit_effects(void *self, int64_t rank, double effect) {
    work_t *w = self;
    effects_add(&w->effects[rank], effect);
}

static void hit_histogram(void *self, int64_t rank, double effect) {
    work_t *w = self;
    const double *edges = w->summary->of[SUMMARY_EDGES] + rank * (HISTOGRAM_BINS + 1);
    w->summary->of[SUMMARY_HISTOGRAM][rank * HISTOGRAM_BINS + effects_bin(edges, effect)] += 1;
}

static void fill_mask(work_t *w, size_t rank) {
    summary_t *out = w->summary;
    const effects_t *effects = &w->effects[rank];
    out->mask[rank] = w->all.ranked[rank].mask;
    out->of[SUMMARY_FREQUENCY][rank] = w->all.ranked[rank].effect / (double)w->samples;
    out->of[SUMMARY_EFFECT_MEAN][rank] = average_mean(&effects->tally);
    out->of[SUMMARY_EFFECT_STD][rank] = average_std(&effects->tally);
    out->of[SUMMARY_POSITIVE][rank] = effects->positive;
    out->of[SUMMARY_NEGATIVE][rank] = effects->negative;
    effects_edges(effects, out->of[SUMMARY_EDGES] + rank * (HISTOGRAM_BINS + 1));
    for (int bin = 0; bin < HISTOGRAM_BINS; bin++)
        out->of[SUMMARY_HISTOGRAM][rank * HISTOGRAM_BINS + (size_t)bin] = 0;
}

static status_t find_effects(work_t *w, failure_t *why) {
    for (int64_t k = 0; k < w->samples; k++)
        TRY(each_hit(w, k, &w->all, hit_effects, w, why));
    for (size_t rank = 0; rank < w->all.count; rank++)
        fill_mask(w, rank);
    for (int64_t k = 0; k < w->samples; k++)
        TRY(each_hit(w, k, &w->all, hit_histogram, w, why));
    return STATUS_OK;
}

/* ---- the order of things ---- */

/* Samples by class, a counting sort; and which half each belongs to. */
static void sort_by_class(work_t *w) {
    int64_t classes = w->summary->classes;
    for (int64_t k = 0; k < w->samples; k++)
        w->class_start[w->class_of[k] + 1]++;
    for (int64_t class = 0; class < classes; class ++)
        w->class_start[class + 1] += w->class_start[class];
    for (int64_t k = w->samples - 1; k >= 0; k--)
        w->by_class[--w->class_start[w->class_of[k] + 1]] = k;
    /* Each start stands one place too high now, at the class before. */
    memmove(w->class_start, w->class_start + 1, (size_t)classes * sizeof *w->class_start);
    w->class_start[classes] = w->samples;
    for (int64_t class = 0; class < classes; class ++)
        for (int64_t i = w->class_start[class]; i < w->class_start[class + 1]; i++)
            w->half[w->by_class[i]] = (uint8_t)((i - w->class_start[class]) % HALVES);
}

static status_t make_room(work_t *w, failure_t *why) {
    size_t samples = (size_t)w->samples + 1, most = (size_t)w->summary->dictionary;
    w->by_class = calloc(samples, sizeof *w->by_class);
    w->half = calloc(samples, sizeof *w->half);
    w->cursor = calloc(samples, sizeof *w->cursor);
    w->class_start = calloc((size_t)w->summary->classes + 1, sizeof *w->class_start);
    w->effects = calloc(most, sizeof *w->effects);
    bool enough = w->by_class && w->half && w->cursor && w->class_start && w->effects;
    for (int h = 0; h < HALVES; h++) {
        w->counts[h] = malloc((size_t)w->strip * sizeof *w->counts[h]);
        enough = enough && w->counts[h];
        TRY(dictionary_create(most, &w->of_half[h], why));
    }
    TRY(dictionary_create(most, &w->all, why));
    TRY(dictionary_create(most, &w->of_class, why));
    return enough ? STATUS_OK : failed(why, STATUS_INTERNAL, "out of memory for the statistics across samples");
}

static void free_room(work_t *w) {
    free(w->by_class);
    free(w->half);
    free(w->cursor);
    free(w->class_start);
    free(w->effects);
    for (int h = 0; h < HALVES; h++) {
        free(w->counts[h]);
        dictionary_free(&w->of_half[h]);
    }
    dictionary_free(&w->all);
    dictionary_free(&w->of_class);
}

static status_t find(work_t *w, failure_t *why) {
    TRY(make_room(w, why));
    sort_by_class(w);
    TRY(count_all(w, why));
    TRY(find_effects(w, why));
    TRY(score_all(w, why));
    return score_classes(w, why);
}

status_t transferability_find(salient_log_t *log, const int64_t *class_of, int strip_bits, summary_t *summary,
                              failure_t *why) {
    int bits = summary->n < strip_bits ? summary->n : strip_bits;
    work_t work = {.log = log,
                   .class_of = class_of,
                   .summary = summary,
                   .samples = salient_log_samples(log),
                   .strip = mask_count(bits)};
    status_t status = find(&work, why);
    free_room(&work);
    return status;
}
