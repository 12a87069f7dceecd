/* The most frequently salient interactions of a group of samples (Li & Zhang, ICML 2023: the dictionary D_k), and how
 * much of a sample's salient interactions they hold.
 *
 * First the masks are offered with the numbers of samples in which they are salient; then the dictionary is closed: its
 * masks are ranked, the most frequent first, of equally frequent ones the smaller mask first. Then samples are scored.
 */
#ifndef HARSANYI_STATS_DICTIONARY_H
#define HARSANYI_STATS_DICTIONARY_H

#include "base/failure.h"
#include "stats/fields.h"
#include "stats/moments.h"
#include "stats/sort.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Those of the 64 masks of a bitmap's word that the dictionary has, and their ranks. */
typedef struct {
    size_t word;
    uint64_t masks;
    uint32_t rank[64];
} dictionary_word_t;

typedef struct {
    size_t most, count;       /* room, and how many masks there are */
    interaction_t *ranked;    /* [count]: mask, and in `effect` the number of samples; owned, as the next two */
    dictionary_word_t *words; /* [word_count]: ascending; only when closed, as the next */
    size_t word_count;
    uint64_t *within; /* [word_count, steps]: of each word the k most frequent masks, for k = 1, 2, 5, ... */
    size_t steps;
    int64_t k[STEPS_MAX];
} dictionary_t;

/* Words first ... end - 1 of a row's bitmaps of salient sets; borrowed. */
typedef struct {
    const uint64_t *positive, *negative;
    size_t first, end;
} salient_words_t;

/* Room for `most` masks; free with dictionary_free. */
status_t dictionary_create(size_t most, dictionary_t *out, failure_t *why);
void dictionary_free(dictionary_t *dictionary);

/* Forgets all masks. */
void dictionary_clear(dictionary_t *dictionary);
/* Each mask once; those that are salient in no sample are passed over. */
void dictionary_offer(dictionary_t *dictionary, mask_t mask, uint32_t samples);
void dictionary_close(dictionary_t *dictionary);
/* The masks that are both in `bits`, a bitmap's word, and in that word of a dictionary, ascending: masks and ranks
 * get as many as there are. Returns their number. */
size_t dictionary_look_up(const dictionary_word_t *word, uint64_t bits, mask_t *masks, uint32_t *ranks);

/* Adds to hits [steps] how many of the k most frequent masks are in `bits`, of the dictionary's words from `from` on,
 * up to the first that lies behind them. Returns which that is. */
size_t dictionary_hits(const dictionary_t *dictionary, size_t from, const salient_words_t *bits, uint64_t *hits);

/* How much the k most frequent masks hold of the salient masks of samples, for k = 1, 2, 5, ...: rho(k), the mean over
 * the scored samples of |D_k and Omega_x| / |Omega_x|. Samples without salient masks are left out. Begins as {0}. */
typedef struct {
    uint64_t hits[STEPS_MAX]; /* of the sample at hand */
    average_t rho[STEPS_MAX];
} transfer_t;

/* After the hits of a sample with so many salient masks. */
void transfer_end_sample(transfer_t *transfer, size_t steps, uint64_t salient);

#endif
