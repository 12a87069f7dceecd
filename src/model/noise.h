/* How much v moves when nothing but rounding changes (math.md section 2), over a few fixed masks S: the larger of
 *
 *   (a) the rounding of the outputs: to their own type, carried through the score, root mean square over the masks;
 *   (b) the standard deviation of v(S) on a moved sample minus v(S). Moved: every number of the input, masked or not,
 *       goes to the next float that the model can take (float16, float32, or double where the model takes doubles), up
 * or down by a fixed hash of its place in the sample; whole numbers and NaN stay. A place moves in one direction,
 *       whether x or a baseline stands there. Of the change its mean is taken away first, since a shift that all v(S)
 *       share is in no I(S) but I(empty).
 *
 * Where v jumps (a tree whose thresholds are values of the data, a cast of token numbers) a moved input is another
 * input: (b) is left out where the change is far beyond rounding. It tells nothing either where no v(S) moves: between
 * its jumps, or where no number can be moved.
 *
 * What the model's own arithmetic rounds away is not in it, so it is an estimate from below.
 *
 * A model whose v moves with how masks are batched (model_info.layouts) has no numbers to move: the root mean square of
 * v(S) in other batches minus v(S), which is just what its arithmetic rounds away. All masks of a batch share some of
 * it, so the mean is not taken away.
 */
#ifndef HARSANYI_MODEL_NOISE_H
#define HARSANYI_MODEL_NOISE_H

#include "model/model.h"

enum { NOISE_BITS = 6 }; /* log2 of how many masks are looked at, at most */

/* The masks looked at, min(2^n, 64, max(4, 2^n / 4)) of them: all subsets of the first players, of the others every
 * second is present (6, 8, 10, ...). */
range_t noise_masks(int n);

/* Moves numbers [count] at places 0 ... count - 1 of a sample for a model whose numbers have input_bits (16, 32 or
 * 64); returns how many moved. */
size_t noise_move(int input_bits, const double *from, size_t count, double *to);

/* Standard deviation (of the population) of after[i] - before[i], count >= 1, in the units of v; NaN if
 * it is not finite. */
double noise_deviation(const double *before, const double *after, size_t count);

typedef enum {
    NOISE_ESTIMATED,  /* (a) or (b) */
    NOISE_OF_OUTPUTS, /* (a): v jumps, or does not move */
    NOISE_NO_MOVED_V, /* (a): v of the moved sample is not finite */
    NOISE_UNKNOWN     /* NaN: the model takes no numbers, or v is not known where it is looked at */
} noise_from_t;

typedef struct {
    double sigma; /* in the units of v */
    noise_from_t from;
} noise_t;

/* (a) or (b), of v before and after the move [count >= 1] and the rounding of outputs. v jumps where it moves by more
 * than 2000 times the coarser rounding, or by more than 100 times the largest of three: the lower quartile of its
 * moves, (a), and what rounding the largest |v| to input_bits makes. Rounding moves all masks alike, within a few
 * powers of ten, but a v that the model computed as a float may stay as it is. */
noise_t noise_judge(int input_bits, const double *before, const double *after, size_t count, model_rounding_t rounding);

/* The estimates for the first `rows` rows of a sample whose targets are set, if the masks looked at begin in `known`, a
 * range of which v is known: values[row] [known.count]; noise [rows]. *evaluated grows by the masks evaluated (times
 * baselines not counted). Fails as model_evaluate does, but never with STATUS_CERTAIN. */
status_t noise_estimate(model_t *model, const sample_t *sample, int rows, range_t known, double *const *values,
                        noise_t *noise, uint64_t *evaluated, failure_t *why);

#endif
