/* How much v moves when nothing but rounding changes (math.md section 2): the standard deviation of v(S) on a moved
 * sample minus v(S), over fixed masks S.
 *
 * Moved: every number of the input, masked or not, goes to the next float that the model can take (float32, or double
 * where the model takes doubles), up or down by a fixed hash of its place in the sample; zeros stay. A place moves in
 * one direction, whether x or a baseline stands there. Of the change its mean is taken away first, since a shift that
 * all v(S) share is in no I(S) but I(empty).
 *
 * What the model's own arithmetic rounds away is not in it, so it is an estimate from below.
 */
#ifndef HARSANYI_MODEL_NOISE_H
#define HARSANYI_MODEL_NOISE_H

#include "model/model.h"

enum { NOISE_BITS = 8 }; /* log2 of how many masks are looked at */

/* The masks looked at: all subsets of the first 8 players, of the others every second is present (8, 10, ...); all 2^n
 * masks when there are no more than 8 players. */
range_t noise_masks(int n);

/* The whole granules of 2^granule_bits masks that hold them: what is evaluated on the moved sample. */
range_t noise_range(int n, int granule_bits);

/* Moves numbers [count] at places 0 ... count - 1 of a sample for a model whose numbers have input_bits (32 or 64);
 * returns how many moved. */
size_t noise_move(int input_bits, const double *from, size_t count, double *to);

/* Standard deviation (of the population) of after[i] - before[i], count >= 1, in the units of v; NaN when
 * it is not finite. */
double noise_deviation(const double *before, const double *after, size_t count);

/* The estimate for a sample whose target is set, if the masks looked at begin in `known`, a range of which v is known:
 * values [known.count]. Otherwise *sigma is NaN, as it is for models without floating-point input, for samples in which
 * nothing can move, and where v of the moved sample is no number. *evaluated grows by the masks evaluated (times
 * baselines not counted). Fails as model_evaluate does, but never with STATUS_CERTAIN. */
status_t noise_estimate(model_t *model, const sample_t *sample, range_t known, const double *values, double *sigma,
                        uint64_t *evaluated, failure_t *why);

#endif
