#include "stats/tally.h"

/* Sets of a row whose effects are read together, and words of its bitmaps. */
enum { SETS_AT_ONCE = 512, WORDS_AT_ONCE = 1 << 10 };

typedef struct {
    mask_t sets[SETS_AT_ONCE];
    size_t count;
} batch_t;

void tally_add(tally_t *tally, double effect) {
    average_add(&tally->effect, effect);
    tally->positive += effect > 0;
    tally->negative += effect < 0;
}

static status_t add_batch(const salient_sets_t *sets, int64_t row, batch_t *batch, tally_t *tallies, failure_t *why) {
    double effects[SETS_AT_ONCE];
    if (batch->count == 0)
        return STATUS_OK;
    TRY(sets->effects(sets->self, row, batch->sets, batch->count, effects, why));
    for (size_t i = 0; i < batch->count; i++)
        tally_add(&tallies[batch->sets[i]], effects[i]);
    batch->count = 0;
    return STATUS_OK;
}

status_t tally_row(const salient_sets_t *sets, int64_t row, tally_t *tallies, failure_t *why) {
    const size_t all = salient_words(sets->n, sets->kinds);
    /* A word of fewer than 6 players has bits of no set; in a damaged file they may be set. */
    const uint64_t inside = sets->n < 6 ? (UINT64_C(1) << mask_count(sets->n)) - 1 : UINT64_MAX;
    batch_t batch = {.count = 0};
    for (size_t first = 0, words; first < all; first += words) {
        const uint64_t *positive, *negative;
        words = all - first < WORDS_AT_ONCE ? all - first : WORDS_AT_ONCE;
        TRY(sets->read(sets->self, row, first, words, &positive, &negative, why));
        for (size_t w = 0; w < words; w++) {
            if (batch.count > SETS_AT_ONCE - 64)
                TRY(add_batch(sets, row, &batch, tallies, why));
            for (uint64_t left = (positive[w] | negative[w]) & inside; left; left &= left - 1)
                batch.sets[batch.count++] = (first + w) * 64 + (mask_t)__builtin_ctzll(left);
        }
    }
    return add_batch(sets, row, &batch, tallies, why);
}
