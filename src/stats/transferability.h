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
 * 32 MiB are enough for any number of players (one strip up to 22 players); besides that there are a few
 * dictionaries of F masks and some bytes a row. Counts are whole numbers and sums over rows go in file order, so
 * the strips change no bit.
 */
#ifndef HARSANYI_STATS_TRANSFERABILITY_H
#define HARSANYI_STATS_TRANSFERABILITY_H

#include "stats/salient_sets.h"
#include "stats/summary.h"
#include "stats/tally.h"

enum { STRIP_BITS = 22 };

/* sets: of all done rows; class_of: [sets.rows], below summary->classes; tallies: [2^salient_bits], of all of them
 * (stats/tally.h), or NULL: of the most frequent sets they are made here. Fills mask, frequency, the effects, rho and
 * its variants, and discrimination of the summary, which must be new. strip_bits: STRIP_BITS but in tests (6 at least).
 */
status_t transferability_find(salient_sets_t sets, const int64_t *class_of, const tally_t *tallies, int strip_bits,
                              summary_t *summary, failure_t *why);

#endif
