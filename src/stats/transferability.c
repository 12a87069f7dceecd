#include "stats/transferability.h"

#include "base/nan.h"
#include "base/wide.h"
#include "stats/dictionary.h"
#include "stats/salience.h"

#include <stdlib.h>
#include <string.h>

enum { HALVES = 2 };

/* Whether interactions push all samples of a class the same way: plain sums, added up for a class, then over classes.
 */
typedef struct {
    double count[DISCRIMINATION_BINS], sum[DISCRIMINATION_BINS]; /* of beta, by bin of alpha: [0, 0.2) ... [0.8, 1] */
    double alpha, alpha_beta;                                    /* sums over all */
} discrimination_t;

typedef struct {
    salient_sets_t sets;
    const int64_t *class_of;
    summary_t *summary;
    int64_t samples;
    int64_t *by_class;    /* [samples]: sample numbers, by class, in file order within one; owned as are the next */
    int64_t *class_start; /* [classes + 1]: where each class begins in by_class */
    int64_t *begun;       /* [classes]: samples whose first row is of it, when halved */
    uint8_t *half;        /* [samples]: each class's samples belong to half 0, 1, 0, 1, ... in file order */
    uint64_t *salient;    /* [samples]: how many salient sets it has */
    mask_t *masks;        /* [F]: salient ones of a sample that a dictionary has, as are the next two */
    uint32_t *ranks;
    double *found;
    uint32_t *counts[HALVES]; /* [strip]: in how many samples a mask is salient, told apart in two ways */
    mask_t strip, sets_end;   /* sets in a strip, and in all */
    dictionary_t all, of_half[HALVES], of_class;
    tally_t *tallies; /* [F], by rank in `all` */
} work_t;

/* ---- counting, strip by strip ---- */

typedef enum { BY_HALF, BY_SIGN } apart_t;

enum { WORDS_AT_ONCE = 1 << 16 };

/* Counts a bitmap's sets; counts begins at mask `first`. */
static uint64_t count_bits(const uint64_t *bits, size_t words, uint32_t *counts) {
    uint64_t found = 0;
    for (size_t w = 0; w < words; w++)
        for (uint64_t left = bits[w]; left; left &= left - 1, found++)
            counts[w * 64 + (size_t)__builtin_ctzll(left)]++;
    return found;
}

static status_t count_sample(work_t *w, int64_t sample, apart_t apart, mask_t first, failure_t *why) {
    size_t begin = (size_t)(first / 64), end = begin + (w->strip < 64 ? 1 : (size_t)(w->strip / 64));
    for (size_t at = begin, words; at < end; at += words) {
        const uint64_t *positive, *negative;
        words = end - at < WORDS_AT_ONCE ? end - at : WORDS_AT_ONCE;
        TRY(w->sets.read(w->sets.self, sample, at, words, &positive, &negative, why));
        uint32_t *up = w->counts[apart == BY_HALF ? w->half[sample] : 0] + (at - begin) * 64;
        uint32_t *down = w->counts[apart == BY_HALF ? w->half[sample] : 1] + (at - begin) * 64;
        uint64_t found = count_bits(positive, words, up) + count_bits(negative, words, down);
        w->salient[sample] += apart == BY_HALF ? found : 0;
    }
    return STATUS_OK;
}

static void clear_counts(work_t *w) {
    for (int h = 0; h < HALVES; h++)
        memset(w->counts[h], 0, (size_t)w->strip * sizeof *w->counts[h]);
}

/* The dictionaries of all samples and of each half. */
static status_t count_all(work_t *w, failure_t *why) {
    for (mask_t first = 0; first < w->sets_end; first += w->strip) {
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

/* One mask in a class of `samples` samples. */
static void add_signs(discrimination_t *signs, uint32_t positive, uint32_t negative, int64_t samples) {
    int64_t more = positive > negative ? positive : negative, all = (int64_t)positive + negative;
    if (all == 0)
        return;
    /* In whole numbers: a frequency on an edge belongs to the upper bin, but 1 to the last. */
    int64_t bin = DISCRIMINATION_BINS * all / samples;
    bin = bin < DISCRIMINATION_BINS ? bin : DISCRIMINATION_BINS - 1;
    double alpha = (double)all / (double)samples, beta = (double)more / (double)all;
    signs->count[bin] += 1;
    signs->sum[bin] += beta;
    signs->alpha += alpha;
    signs->alpha_beta += alpha * beta;
}

/* The dictionary of a class's samples, and what signs its interactions have. */
static status_t count_class(work_t *w, int64_t class, discrimination_t *signs, failure_t *why) {
    const int64_t *members = w->by_class + w->class_start[class];
    int64_t count = w->class_start[class + 1] - w->class_start[class];
    *signs = (discrimination_t){0};
    dictionary_clear(&w->of_class);
    for (mask_t first = 0; first < w->sets_end; first += w->strip) {
        clear_counts(w);
        for (int64_t i = 0; i < count; i++)
            TRY(count_sample(w, members[i], BY_SIGN, first, why));
        for (mask_t s = 0; s < w->strip; s++) {
            add_signs(signs, w->counts[0][s], w->counts[1][s], count);
            dictionary_offer(&w->of_class, first + s, w->counts[0][s] + w->counts[1][s]);
        }
    }
    dictionary_close(&w->of_class);
    return STATUS_OK;
}

/* ---- scoring samples ---- */

/* The bitmaps of a sample from a dictionary's word on, as much as is looked at together. */
static status_t read_words(work_t *w, int64_t sample, const dictionary_word_t *word, salient_words_t *bits,
                           failure_t *why) {
    const size_t all = salient_words(w->sets.n, w->sets.kinds), first = word->word / WORDS_AT_ONCE * WORDS_AT_ONCE;
    bits->first = first;
    bits->end = all - first < WORDS_AT_ONCE ? all : first + WORDS_AT_ONCE;
    return w->sets.read(w->sets.self, sample, first, bits->end - first, &bits->positive, &bits->negative, why);
}

static status_t score(work_t *w, int64_t sample, const dictionary_t *dictionary, transfer_t *transfer, failure_t *why) {
    salient_words_t bits;
    for (size_t i = 0; i < dictionary->word_count;) {
        TRY(read_words(w, sample, &dictionary->words[i], &bits, why));
        i = dictionary_hits(dictionary, i, &bits, transfer->hits);
    }
    transfer_end_sample(transfer, dictionary->steps, w->salient[sample]);
    return STATUS_OK;
}

/* With the dictionary of all samples, and held out, with that of the other half. */
static status_t score_all(work_t *w, failure_t *why) {
    transfer_t all = {0}, held_out[HALVES] = {0};
    const double sets = (double)w->sets.kinds * (double)(mask_count(w->summary->n) - 1);
    for (int64_t k = 0; k < w->samples; k++) {
        TRY(score(w, k, &w->all, &all, why));
        TRY(score(w, k, &w->of_half[!w->half[k]], &held_out[w->half[k]], why));
    }
    for (size_t step = 0; step < w->all.steps; step++) {
        w->summary->of[SUMMARY_RHO][step] = average_mean(&all.rho[step]);
        w->summary->of[SUMMARY_RHO_RANDOM][step] = (double)w->all.k[step] / sets;
        w->summary->of[SUMMARY_RHO_HELDOUT][step] =
            (average_mean(&held_out[0].rho[step]) + average_mean(&held_out[1].rho[step])) / 2;
    }
    return STATUS_OK;
}

static void join(discrimination_t *all, const discrimination_t *part) {
    for (int bin = 0; bin < DISCRIMINATION_BINS; bin++) {
        all->count[bin] += part->count[bin];
        all->sum[bin] += part->sum[bin];
    }
    all->alpha += part->alpha;
    all->alpha_beta += part->alpha_beta;
}

static void fill_discrimination(const discrimination_t *all, summary_t *out) {
    for (int bin = 0; bin < DISCRIMINATION_BINS; bin++) {
        out->of[SUMMARY_BIN_COUNT][bin] = all->count[bin];
        out->of[SUMMARY_BIN_MEAN][bin] = all->count[bin] > 0 ? all->sum[bin] / all->count[bin] : nan_canonical();
    }
    *out->of[SUMMARY_WEIGHTED] = all->alpha > 0 ? all->alpha_beta / all->alpha : nan_canonical();
}

static status_t score_classes(work_t *w, failure_t *why) {
    discrimination_t all = {0}, signs;
    for (int64_t class = 0; class < w->summary->classes; class ++) {
        if (w->class_start[class] == w->class_start[class + 1])
            continue;
        TRY(count_class(w, class, &signs, why));
        join(&all, &signs);
        transfer_t transfer = {0};
        for (int64_t i = w->class_start[class]; i < w->class_start[class + 1]; i++)
            TRY(score(w, w->by_class[i], &w->of_class, &transfer, why));
        for (size_t step = 0; step < w->all.steps; step++)
            w->summary->of[SUMMARY_RHO_CLASS][(size_t) class * w->all.steps + step] = average_mean(&transfer.rho[step]);
    }
    fill_discrimination(&all, w->summary);
    return STATUS_OK;
}

/* ---- effects of the most frequent ones ---- */

/* Effects of sets with these ranks. */
WIDE static void hit_histograms(summary_t *summary, const uint32_t *ranks, const double *effects, size_t count) {
    for (size_t k = 0; k < count; k++) {
        const double *edges = summary->of[SUMMARY_EDGES] + (size_t)ranks[k] * (HISTOGRAM_BINS + 1);
        int64_t bin = 0;
        for (int i = 1; i < HISTOGRAM_BINS; i++) /* without branches; the last bin has its upper edge too */
            bin += effects[k] >= edges[i];
        summary->of[SUMMARY_HISTOGRAM][(size_t)ranks[k] * HISTOGRAM_BINS + (size_t)bin] += 1;
    }
}

/* The salient sets of a sample that the dictionary of all has, by mask, and their effects: w->masks, w->ranks,
 * w->found, *count of them. */
static status_t find_effects_of(work_t *w, int64_t sample, size_t *count, failure_t *why) {
    salient_words_t bits = {.end = 0};
    *count = 0;
    for (size_t i = 0; i < w->all.word_count; i++) {
        const dictionary_word_t *word = &w->all.words[i];
        if (word->word >= bits.end)
            TRY(read_words(w, sample, word, &bits, why));
        const size_t at = word->word - bits.first;
        *count += dictionary_look_up(word, bits.positive[at] | bits.negative[at], w->masks + *count, w->ranks + *count);
    }
    return w->sets.effects(w->sets.self, sample, w->masks, *count, w->found, why);
}

/* Of each set of the dictionary, by rank. */
static status_t find_tallies(work_t *w, const tally_t *by_set, failure_t *why) {
    for (size_t rank = 0; by_set && rank < w->all.count; rank++)
        w->tallies[rank] = by_set[w->all.ranked[rank].mask];
    for (int64_t k = 0; !by_set && k < w->samples; k++) {
        size_t count;
        TRY(find_effects_of(w, k, &count, why));
        for (size_t i = 0; i < count; i++)
            tally_add(&w->tallies[w->ranks[i]], w->found[i]);
    }
    return STATUS_OK;
}

static status_t fill_histograms(work_t *w, failure_t *why) {
    for (int64_t k = 0; k < w->samples; k++) {
        size_t count;
        TRY(find_effects_of(w, k, &count, why));
        hit_histograms(w->summary, w->ranks, w->found, count);
    }
    return STATUS_OK;
}

/* Equal bins between the smallest and the largest, as numpy's: a single value gets a range of 1 around it. */
static void fill_edges(double low, double high, double *edges) {
    if (low == high) {
        low -= 0.5;
        high += 0.5;
    }
    /* In halves: the range of effects near the largest double is more than that. */
    double half_step = (high / 2 - low / 2) / HISTOGRAM_BINS;
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        edges[i] = 2 * (low / 2 + i * half_step);
    edges[HISTOGRAM_BINS] = high;
}

static void fill_mask(work_t *w, size_t rank) {
    summary_t *out = w->summary;
    const tally_t *tally = &w->tallies[rank];
    const int bits = salient_kind_bits(w->sets.n, w->sets.kinds);
    out->mask[rank] = w->all.ranked[rank].mask & (mask_count(bits) - 1);
    out->kind[rank] = (uint8_t)(w->all.ranked[rank].mask >> bits);
    out->of[SUMMARY_FREQUENCY][rank] = w->all.ranked[rank].effect / (double)w->samples;
    out->of[SUMMARY_EFFECT_MEAN][rank] = average_mean(&tally->effect);
    out->of[SUMMARY_EFFECT_STD][rank] = average_std(&tally->effect);
    out->of[SUMMARY_POSITIVE][rank] = tally->positive;
    out->of[SUMMARY_NEGATIVE][rank] = tally->negative;
    fill_edges(tally->effect.least, tally->effect.most, out->of[SUMMARY_EDGES] + rank * (HISTOGRAM_BINS + 1));
    for (int bin = 0; bin < HISTOGRAM_BINS; bin++)
        out->of[SUMMARY_HISTOGRAM][rank * HISTOGRAM_BINS + (size_t)bin] = 0;
}

static status_t find_effects(work_t *w, const tally_t *by_set, failure_t *why) {
    TRY(find_tallies(w, by_set, why));
    for (size_t rank = 0; rank < w->all.count; rank++)
        fill_mask(w, rank);
    return fill_histograms(w, why);
}

/* ---- the order of things ---- */

/* Rows by class, a counting sort. */
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
}

/* Rows of a sample belong to one half; of the samples of a class, by their first rows, every other one to each. */
static void halve(work_t *w) {
    for (int64_t k = 0; k < w->samples; k++) {
        const bool same = w->sets.samples && k > 0 && w->sets.samples[k] == w->sets.samples[k - 1];
        w->half[k] = (uint8_t)(same ? w->half[k - 1] : w->begun[w->class_of[k]]++ % HALVES);
    }
}

static status_t make_room(work_t *w, failure_t *why) {
    size_t samples = (size_t)w->samples + 1, most = (size_t)w->summary->dictionary;
    w->by_class = calloc(samples, sizeof *w->by_class);
    w->half = calloc(samples, sizeof *w->half);
    w->salient = calloc(samples, sizeof *w->salient);
    w->masks = calloc(most, sizeof *w->masks);
    w->ranks = calloc(most, sizeof *w->ranks);
    w->found = calloc(most, sizeof *w->found);
    w->class_start = calloc((size_t)w->summary->classes + 1, sizeof *w->class_start);
    w->begun = calloc((size_t)w->summary->classes + 1, sizeof *w->begun);
    w->tallies = calloc(most, sizeof *w->tallies);
    bool enough = w->by_class && w->half && w->begun && w->salient && w->class_start && w->tallies && w->masks &&
                  w->ranks && w->found;
    for (int h = 0; h < HALVES; h++) {
        w->counts[h] = malloc(((size_t)w->strip + 64) * sizeof *w->counts[h]);
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
    free(w->salient);
    free(w->masks);
    free(w->ranks);
    free(w->found);
    free(w->class_start);
    free(w->begun);
    free(w->tallies);
    for (int h = 0; h < HALVES; h++) {
        free(w->counts[h]);
        dictionary_free(&w->of_half[h]);
    }
    dictionary_free(&w->all);
    dictionary_free(&w->of_class);
}

static status_t find(work_t *w, const tally_t *tallies, failure_t *why) {
    TRY(make_room(w, why));
    sort_by_class(w);
    halve(w);
    TRY(count_all(w, why));
    TRY(find_effects(w, tallies, why));
    TRY(score_all(w, why));
    return score_classes(w, why);
}

status_t transferability_find(salient_sets_t sets, const int64_t *class_of, const tally_t *tallies, int strip_bits,
                              summary_t *summary, failure_t *why) {
    const int bits = salient_bits(sets.n, sets.kinds);
    work_t work = {.sets = sets,
                   .class_of = class_of,
                   .summary = summary,
                   .samples = sets.rows,
                   .strip = mask_count(bits < strip_bits ? bits : strip_bits),
                   .sets_end = mask_count(bits)};
    status_t status = find(&work, tallies, why);
    free_room(&work);
    return status;
}
