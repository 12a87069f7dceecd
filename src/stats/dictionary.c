#include "stats/dictionary.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>

status_t dictionary_create(size_t most, dictionary_t *out, failure_t *why) {
    size_t bytes = 0;
    *out = (dictionary_t){.most = most};
    if (size_mul(most, sizeof *out->ranked, &bytes)) {
        out->ranked = malloc(bytes);
        out->by_mask = malloc(most * sizeof *out->by_mask);
    }
    if (out->ranked && out->by_mask)
        return STATUS_OK;
    dictionary_free(out);
    return failed(why, STATUS_INTERNAL, "out of memory for the %zu most frequent interactions", most);
}

void dictionary_free(dictionary_t *dictionary) {
    free(dictionary->ranked);
    free(dictionary->by_mask);
    dictionary->ranked = NULL;
    dictionary->by_mask = NULL;
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
}

void transfer_begin(transfer_t *transfer, uint64_t limit) {
    memset(transfer, 0, sizeof *transfer);
    transfer->steps = scales_steps(limit, transfer->k);
}

void transfer_hit(transfer_t *transfer, int64_t rank) {
    size_t step = 0;
    while (step < transfer->steps && transfer->k[step] <= rank)
        step++;
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
