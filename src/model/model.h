/* A model: something that gives v(S) for the masks of a sample. One small interface, several backends.
 *
 * Ranges. v is asked for in ranges of masks. A backend says which: its granule for n players is the smallest range
 * (2^granule_bits masks, aligned) that it evaluates with reproducible bits. Every range that is asked for starts and
 * ends on granule boundaries, so the bits of v(S) never depend on who asked for what in which order.
 *
 * One model_t belongs to one thread at a time.
 */
#ifndef HARSANYI_MODEL_MODEL_H
#define HARSANYI_MODEL_MODEL_H

#include "base/digest.h"
#include "base/failure.h"
#include "base/numbering.h"
#include "lattice/mask.h"
#include "model/element.h"
#include "model/options.h"
#include "model/sample.h"

#include <sys/types.h>

typedef struct model model_t;

enum { MODEL_TEXT = 256, MODEL_RANK_MAX = 8 };

/* An input of a network besides the one that is masked: the same for all masks of a sample. */
typedef struct {
    const char *name; /* owned by the model */
    element_t type;
    int rank;                          /* axes of it for one sample, without the batch axis if it has that */
    int64_t shape[MODEL_RANK_MAX + 1]; /* -1: any length */
    int follows[MODEL_RANK_MAX + 1];   /* the axis of the sample that is as long, by the model's names; -1: not told */
} model_constant_t;

typedef struct {
    char engine[MODEL_TEXT]; /* "onnxruntime", "game", "values", "torch" */
    char engine_version[MODEL_TEXT];
    int input_rank;                      /* axes of one sample (without the batch axis); -1: any */
    int64_t input_shape[MODEL_RANK_MAX]; /* -1: any length */
    element_t input_type;                /* ELEMENT_NONE: no input */
    int input_bits; /* of floats: 16, 32 or 64; of whole numbers, which doubles hold, 64; 0: the model takes none */
    size_t constants;
    const model_constant_t *constant; /* [constants], owned by the model, in its order */
    bool wants_all;                   /* all that /constants holds, a row for each sample, and the players' names */
    const char *uses;                 /* which of them it uses, a line each, owned by the model; "": all */
    bool free_batch;
    bool layouts;             /* v moves with how masks are batched: model_probe evaluates in other batches */
    char rounded[MODEL_TEXT]; /* the weights, where they are not those of a float; "": they are */
    int outputs;              /* how many of its outputs are explained, 1 ... OUTPUTS_MAX */
    /* [outputs]: the name of each, owned by the model ("" where it has only one); and how many numbers it gives for
     * each mask before the score: 1: scalar; -1: only known once evaluated. */
    const char *output[OUTPUTS_MAX];
    int64_t width[OUTPUTS_MAX];
    char digest[DIGEST_HEX]; /* what the model itself says about what decides its numbers; empty: nothing */
    pid_t process;           /* that computes; 0: this one, or none at the moment */
    bool lost;               /* it became another model, or cannot be started again: no sample is to blame */
} model_info_t;

/* The table behind the `values` backend: a callback so that this library needs no HDF5. Reads v of masks first ...
 * first+count-1 of a row into out; STATUS_CERTAIN for a row that the table knows to be without v. */
typedef struct {
    status_t (*read)(void *self, int64_t row, mask_t first, mask_t count, double *out, failure_t *why);
    void *self;                     /* borrowed */
    int outputs, targets;           /* of each sample, whose rows lie side by side; 0, 1: one */
    const char *const *output_name; /* [outputs], where there are several */
} value_table_t;

/* Frees what engines/model_open.h opened. */
void model_close(model_t **model);

/* What is made of the outputs from now on: score, score_eps, output_kind and target of the options. Score and
 * output_kind may be auto until v is asked for. */
void model_settle(model_t *model, const model_options_t *options);

const model_info_t *model_info(const model_t *model);

/* log2 of the granule for samples of n players: min(batch, 2^n) for ONNX, 1 mask for games and tables. */
int model_granule_bits(const model_t *model, int n);

/* STATUS_INPUT when samples of this shape (axes without the batch; rank axes) cannot be fed to the model. */
status_t model_check_shape(const model_t *model, int rank, const int64_t *shape, const char *where, failure_t *why);

/* How many rows a sample has, each a v of its own: outputs x targets, target fastest. All come from the same
 * evaluations. The targets of target: all must be known (model_settle). */
int model_rows(const model_t *model);
/* Which of the outputs a row is about. */
int model_output_of(const model_t *model, int row);
/* The targets of each output with target: all, where what it gives is known: as many as score.h says. STATUS_INPUT
 * where outputs differ in it. */
status_t model_count_targets(const model_t *model, int *targets, failure_t *why);

/* Sets the sample's targets from the options: the label, those given, or the strongest on the full mask (lowest index
 * on ties), which is evaluated in its regular chunk; of a table what the sample says, or 0; of a language model
 * tokens of its vocabulary, where the label is the first token of what is to follow. They last until the next call.
 * *evaluated grows by the masks evaluated for it (times baselines). With several baselines the full mask is the same
 * for all, the first is used. A target out of range is STATUS_INPUT. */
status_t model_set_target(model_t *model, sample_t *sample, uint64_t *evaluated, failure_t *why);

/* v of the masks in `range` for the first `rows` rows of the sample, values[row] [range.count]; the mean over the
 * sample's baselines. Rows fail singly: of[row].status is STATUS_OK and every value finite, or STATUS_CERTAIN,
 * of[row].mask the lowest bad mask of the range and the text "mask 0x..: output is NaN" (or "+inf", "-inf"), and
 * whether the sample itself holds NaN. Other failures are of the whole sample: STATUS_TRANSIENT when the engine failed
 * in a way that might pass. */
status_t model_evaluate_rows(model_t *model, const sample_t *sample, range_t range, int rows, double *const *values,
                             failure_t *of, failure_t *why);
/* The same for the first row alone, whose failure is returned. */
status_t model_evaluate(model_t *model, const sample_t *sample, range_t range, double *values, failure_t *why);

/* Mean over masks of the variance of v that comes from rounding outputs: to their own type, and to the coarser of it
 * and the input's. */
typedef struct {
    double own, coarse;
} model_rounding_t;

/* A look at v that no result is made of: v of `range`, a power of two of masks, aligned, evaluated in one batch of
 * exactly these (the rows that a fixed batch has in addition hold mask 0; models with `layouts` take smaller batches
 * than those of model_evaluate); and how far rounding outputs moves it,
 * rounding[row]. For models whose noise is measured. Rows and failures as with model_evaluate_rows. */
status_t model_probe(model_t *model, const sample_t *sample, range_t range, int rows, double *const *values,
                     model_rounding_t *rounding, failure_t *of, failure_t *why);
/* Whether it can be: the model takes numbers, or has layouts. */
bool model_measures_noise(const model_t *model);
/* How many masks that takes, times baselines not counted. */
mask_t model_probe_masks(const model_t *model, int n, range_t range);

/* Where the time of model_evaluate went since the model was opened, in seconds. */
typedef struct {
    double engine, fill, score;
} model_times_t;
model_times_t model_times(const model_t *model);

/* The outputs of a network before the score, with the first baseline, as they are when v is evaluated: of `range`,
 * whole granules or part of one. numbers[output], for each of info.outputs, is owned by the model, [range.count,
 * info.width[output]] (which is known afterwards), and lasts until its next call. For models with input_bits > 0. */
status_t model_raw(model_t *model, const sample_t *sample, range_t range, const double **numbers, failure_t *why);

/* The instruction sets that decide bits: "x86-64 avx2 fma avx512f", "aarch64". */
void model_instruction_set(char text[MODEL_TEXT]);

#endif
