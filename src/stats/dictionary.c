#include "stats/dictionary.h"

#include "base/wide.h"

#include <stdlib.h>
#include <string.h>

status_t dictionary_create(size_t most, dictionary_t *out, failure_t *why) {
    size_t bytes = 0;
    *out = (dictionary_t){.most = most};
    out->steps = fields_steps(most, out->k);
    if (!__builtin_mul_overflow(most, sizeof *out->words + STEPS_MAX * sizeof *out->within, &bytes)) {
        out->ranked = malloc(most * sizeof *out->ranked);
        out->words = malloc(most * sizeof *out->words);
        out->within = malloc(most * out->steps * sizeof *out->within);
    }
    if (out->ranked && out->words && out->within)
        return STATUS_OK;
    dictionary_free(out);
    return failed(why, STATUS_INTERNAL, "out of memory for the %zu most frequent interactions", most);
}

void dictionary_free(dictionary_t *dictionary) {
    free(dictionary->ranked);
    free(dictionary->words);
    free(dictionary->within);
    *dictionary = (dictionary_t){0};
}

void dictionary_clear(dictionary_t *dictionary) {
    dictionary->count = 0;
}

void dictionary_offer(dictionary_t *dictionary, mask_t mask, uint32_t samples) {
    if (samples > 0)
        strongest_offer(dictionary->ranked, dictionary->most, &dictionary->count, (interaction_t){mask, samples});
}

/* Adds the masks of `other`, the same word. */
static void join(dictionary_word_t *word, const dictionary_word_t *other) {
    word->masks |= other->masks;
    for (uint64_t left = other->masks; left; left &= left - 1)
        word->rank[__builtin_ctzll(left)] = other->rank[__builtin_ctzll(left)];
}

static int ascending(const void *a, const void *b) {
    const size_t x = ((const dictionary_word_t *)a)->word, y = ((const dictionary_word_t *)b)->word;
    return (x > y) - (x < y);
}

/* Of each word and k. */
static void find_within(dictionary_t *dictionary) {
    uint64_t *within = dictionary->within;
    for (size_t i = 0; i < dictionary->word_count; i++)
        for (size_t step = 0; step < dictionary->steps; step++, within++) {
            const dictionary_word_t *word = &dictionary->words[i];
            *within = 0;
            for (uint64_t left = word->masks; left; left &= left - 1)
                if (word->rank[__builtin_ctzll(left)] < dictionary->k[step])
                    *within |= left & -left;
        }
}

void dictionary_close(dictionary_t *dictionary) {
    dictionary_word_t *words = dictionary->words;
    strongest_sort(dictionary->ranked, dictionary->count);
    for (size_t rank = 0; rank < dictionary->count; rank++) {
        const mask_t mask = dictionary->ranked[rank].mask;
        words[rank] = (dictionary_word_t){.word = (size_t)(mask / 64), .masks = UINT64_C(1) << mask % 64};
        words[rank].rank[mask % 64] = (uint32_t)rank;
    }
    qsort(words, dictionary->count, sizeof *words, ascending);
    dictionary->word_count = 0;
    for (size_t i = 0; i < dictionary->count; i++)
        if (dictionary->word_count > 0 && words[dictionary->word_count - 1].word == words[i].word)
            join(&words[dictionary->word_count - 1], &words[i]);
        else
            words[dictionary->word_count++] = words[i];
    find_within(dictionary);
}

size_t dictionary_look_up(const dictionary_word_t *word, uint64_t bits, mask_t *masks, uint32_t *ranks) {
    size_t count = 0;
    for (uint64_t left = bits & word->masks; left; left &= left - 1) {
        const size_t bit = (size_t)__builtin_ctzll(left);
        masks[count] = (mask_t)word->word * 64 + bit;
        ranks[count++] = word->rank[bit];
    }
    return count;
}

/* WIDE, as its processors count the bits of a word in one instruction. */
WIDE size_t dictionary_hits(const dictionary_t *dictionary, size_t from, const salient_words_t *bits, uint64_t *hits) {
    const size_t steps = dictionary->steps;
    size_t i = from;
    for (; i < dictionary->word_count && dictionary->words[i].word < bits->end; i++) {
        const size_t at = dictionary->words[i].word - bits->first;
        const uint64_t found = (bits->positive[at] | bits->negative[at]) & dictionary->words[i].masks;
        for (size_t step = 0; found && step < steps; step++)
            hits[step] += (uint64_t)__builtin_popcountll(found & dictionary->within[i * steps + step]);
    }
    return i;
}

void transfer_end_sample(transfer_t *transfer, size_t steps, uint64_t salient) {
    for (size_t step = 0; step < steps; step++) {
        if (salient > 0)
            average_add(&transfer->rho[step], (double)transfer->hits[step] / (double)salient);
        transfer->hits[step] = 0;
    }
}
