#include "stats/dictionary.h"

#include <stdlib.h>
#include <string.h>

status_t dictionary_create(size_t most, dictionary_t *out, failure_t *why) {
    size_t bytes = 0;
    *out = (dictionary_t){.most = most};
    if (!__builtin_mul_overflow(most, sizeof *out->words, &bytes)) {
        out->ranked = malloc(most * sizeof *out->ranked);
        out->words = malloc(bytes);
    }
    if (out->ranked && out->words)
        return STATUS_OK;
    dictionary_free(out);
    return failed(why, STATUS_INTERNAL, "out of memory for the %zu most frequent interactions", most);
}

void dictionary_free(dictionary_t *dictionary) {
    free(dictionary->ranked);
    free(dictionary->words);
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

void transfer_begin(transfer_t *transfer, uint64_t limit) {
    memset(transfer, 0, sizeof *transfer);
    transfer->steps = fields_steps(limit, transfer->k);
    transfer->k[transfer->steps] = INT64_MAX;
    for (int b = 0; b < 32; b++)
        while (transfer->k[transfer->smaller[b]] <= INT64_C(1) << b)
            transfer->smaller[b]++;
}

/* Of 1, 2, 5, 10, ... there is at most one between two powers of two. */
void transfer_hit(transfer_t *transfer, uint32_t rank) {
    const size_t smaller = rank == 0 ? 0 : transfer->smaller[31 - __builtin_clz(rank)];
    const size_t step = smaller + (transfer->k[smaller] <= (int64_t)rank);
    transfer->hits[step]++; /* beyond the last one: of no step */
}

void transfer_end_sample(transfer_t *transfer, uint64_t salient) {
    uint64_t hits = 0;
    for (size_t step = 0; step < transfer->steps; step++) {
        hits += transfer->hits[step];
        transfer->hits[step] = 0;
        if (salient > 0)
            average_add(&transfer->rho[step], (double)hits / (double)salient);
    }
}
