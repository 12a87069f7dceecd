#include "stats/dictionary.h"

#include <stdlib.h>
#include <string.h>

status_t dictionary_create(size_t most, dictionary_t *out, failure_t *why) {
    size_t bytes = 0;
    *out = (dictionary_t){.most = most};
    if (!__builtin_mul_overflow(most, sizeof *out->words, &bytes)) {
        out->ranked = malloc(most * sizeof *out->ranked);
        out->by_mask = malloc(most * sizeof *out->by_mask);
        out->words = malloc(bytes);
    }
    if (out->ranked && out->by_mask && out->words)
        return STATUS_OK;
    dictionary_free(out);
    return failed(why, STATUS_INTERNAL, "out of memory for the %zu most frequent interactions", most);
}

void dictionary_free(dictionary_t *dictionary) {
    free(dictionary->ranked);
    free(dictionary->by_mask);
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

static int ascending(const void *a, const void *b) {
    mask_t x = ((const ranked_mask_t *)a)->mask, y = ((const ranked_mask_t *)b)->mask;
    return (x > y) - (x < y);
}

void dictionary_close(dictionary_t *dictionary) {
    strongest_sort(dictionary->ranked, dictionary->count);
    for (size_t rank = 0; rank < dictionary->count; rank++)
        dictionary->by_mask[rank] = (ranked_mask_t){dictionary->ranked[rank].mask, (int64_t)rank};
    qsort(dictionary->by_mask, dictionary->count, sizeof *dictionary->by_mask, ascending);
    dictionary->word_count = 0;
    for (size_t i = 0; i < dictionary->count; i++) {
        mask_t mask = dictionary->by_mask[i].mask;
        if (i == 0 || mask / 64 != dictionary->by_mask[i - 1].mask / 64)
            dictionary->words[dictionary->word_count++] = (dictionary_word_t){(size_t)(mask / 64), i, 0};
        dictionary->words[dictionary->word_count - 1].masks |= UINT64_C(1) << mask % 64;
    }
}

size_t dictionary_look_up(const dictionary_t *dictionary, const dictionary_word_t *word, uint64_t bits, mask_t *masks,
                          int64_t *ranks) {
    size_t count = 0;
    for (uint64_t left = bits & word->masks; left; left &= left - 1) {
        uint64_t smaller = (left & -left) - 1;
        size_t at = word->first + (size_t)__builtin_popcountll(word->masks & smaller);
        masks[count] = dictionary->by_mask[at].mask;
        ranks[count++] = dictionary->by_mask[at].rank;
    }
    return count;
}

void transfer_begin(transfer_t *transfer, uint64_t limit) {
    memset(transfer, 0, sizeof *transfer);
    transfer->steps = fields_steps(limit, transfer->k);
}

void transfer_hit(transfer_t *transfer, int64_t rank) {
    size_t step = 0;
    for (size_t i = 0; i < transfer->steps; i++) /* ascending; without branches */
        step += transfer->k[i] <= rank;
    if (step < transfer->steps)
        transfer->hits[step]++;
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
