/* Which interactions many samples share: frequencies, dictionaries, transferability across samples, discrimination, and
 * the effects of the most frequent ones (Li & Zhang, ICML 2023; math of /summary in docs/file-format.md).
 *
 * Discrimination: over all (class, S) with S salient in m+ samples of the class with I(S) > 0 and in m- with I(S) < 0,
 *   beta(S) = max(m+, m-) / (m+ + m-)      alpha(S) = (m+ + m-) / samples of the class
 * how many there are and their mean beta in five bins of alpha, and the mean of beta weighted by alpha.
 *
 * Sets of several kinds are told apart by kind and mask: all of this is about pairs of them.
 *
 * Everything is made from bitmaps of salient sets and the effects of the most frequent ones, exactly. Memory does not
 * grow with the number of salient sets: they are counted in arrays over a strip of the mask space, strip by strip, so
 * 32 MiB are enough for any number of players (one strip up to 22 players); besides that there are 8 MiB of effects, a
 * few dictionaries of F masks and some bytes a row. Counts are whole numbers and sums over rows go in file order, so
 * the strips change no bit.
 */
#ifndef HARSANYI_STATS_TRANSFERABILITY_H
#define HARSANYI_STATS_TRANSFERABILITY_H

#include "base/failure.h"
#include "lattice/mask.h"
#include "stats/summary.h"

/* The salient sets of many rows, as statistics across rows read them: bitmaps, and effects of single sets. Where they
 * lie is the source's business (results/salient_reader.h: a results file); memory does not grow with their number. */
typedef struct {
    int64_t rows;           /* done ones, numbered in file order */
    const int64_t *samples; /* [rows], of which sample each is, those of one side by side; NULL: each its own */
    int n, kinds; /* of the bitmaps; those of the kinds of a row, a whole number of words each, follow each other */
    /* Words first ... first + words - 1 of the row's bitmaps; they last until the next call. */
    status_t (*read)(void *self, int64_t row, size_t first, size_t words, const uint64_t **positive,
                     const uint64_t **negative, failure_t *why);
    /* I(S) of `count` sets, numbered as the bits of these bitmaps, ascending, into effects [count]. */
    status_t (*effects)(void *self, int64_t row, const mask_t *sets, size_t count, double *effects, failure_t *why);
    void *self;
} salient_sets_t;

/* Sets of one kind, and of all, are numbered below 2 to the power of this. */
static inline int salient_kind_bits(int n, int kinds) {
    return kinds > 1 && n < 6 ? 6 : n;
}
static inline int salient_bits(int n, int kinds) {
    _Static_assert(KINDS_MAX == 2, "one bit tells the kinds apart");
    return salient_kind_bits(n, kinds) + (kinds > 1);
}

enum { STRIP_BITS = 22 };

/* sets: of all done rows; class_of: [sets.rows], below summary->classes. Fills mask, frequency, the effects, rho and
 * its variants, and discrimination of the summary, which must be new. strip_bits: STRIP_BITS but in tests (6 at least).
 */
status_t transferability_find(salient_sets_t sets, const int64_t *class_of, int strip_bits, summary_t *summary,
                              failure_t *why);

#endif
