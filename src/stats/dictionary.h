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
    interaction_t *ranked;    /* [count]: mask, and in `effect` the number of samples; owned, as the next */
    dictionary_word_t *words; /* [word_count]: ascending; only when closed */
    size_t word_count;
} dictionary_t;

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

/* How much the k most frequent masks hold of the salient masks of samples, for k = 1, 2, 5, ...: rho(k), the mean over
 * the scored samples of |D_k and Omega_x| / |Omega_x|. Samples without salient masks are left out. */
typedef struct {
    size_t steps;
    int64_t k[STEPS_MAX + 1];     /* ends with one that no rank reaches */
    size_t smaller[32];           /* how many k are at most 2^b */
    uint64_t hits[STEPS_MAX + 1]; /* of the sample at hand, between two steps */
    average_t rho[STEPS_MAX];
} transfer_t;

/* limit: F, the largest k. */
void transfer_begin(transfer_t *transfer, uint64_t limit);
/* For each sample: the ranks of those of its salient masks that the dictionary has, then the number of all of them. */
void transfer_hit(transfer_t *transfer, uint32_t rank);
void transfer_end_sample(transfer_t *transfer, uint64_t salient);

#endif
