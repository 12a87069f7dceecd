/* What a backend gives to model.c. Private to src/model and src/engines; everybody else uses model.h.
 *
 * A backend opens itself into a model_t that model_open made: it sets ops, state and info. Adding one: a pair of files
 * in src/engines with its open function and table of operations, one line in model_open, one word in options.h. The
 * smallest one is engines/values.c.
 */
#ifndef HARSANYI_MODEL_BACKEND_H
#define HARSANYI_MODEL_BACKEND_H

#include "model/model.h"
#include "model/network.h"

typedef struct {
    /* log2 of the granule for n players; NULL: every single mask (0). */
    int (*granule_bits)(const model_t *model, int n);

    /* v for baseline number `baseline` over a range on granule boundaries, of the first rows of the sample. What is not
     * finite is written as it is: model.c looks for it. A row that can have no v at all may say so in rows.of. */
    status_t (*evaluate)(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows,
                         failure_t *why);

    /* The outputs of `range`, masks of whole granules or part of one, with the first baseline, as evaluate computes
     * them: see model_raw. NULL: the backend gives v itself, there is no score and no target. */
    status_t (*raw)(model_t *model, const sample_t *sample, range_t range, const double **numbers, failure_t *why);

    /* As evaluate, for a look at v that no result is made of: `range` is a power of two of masks, aligned, and
     * evaluated in a batch of its own where the model's batch is free. Adds to rows.rounding what score_rounding finds
     * of these outputs. NULL: there is no network. */
    status_t (*probe)(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows, failure_t *why);

    /* The targets [model_rows] of the sample, as model_set_target finds them. NULL: from the outputs, or there are
     * none.
     */
    status_t (*find_targets)(model_t *model, const sample_t *sample, int64_t *targets, uint64_t *evaluated,
                             failure_t *why);

    /* Frees model->state; NULL: there is nothing to free. */
    void (*close)(model_t *model);
} backend_ops_t;

struct model {
    model_options_t options; /* strings borrowed from the config, which outlives the model */
    model_info_t info;
    model_times_t times; /* the backend adds engine and fill, and score where it knows it */
    const backend_ops_t *ops;
    void *state;         /* the backend's own; owned */
    network_t network;   /* of those that evaluate in chunks */
    value_table_t table; /* of the values backend; self is borrowed and outlives the model */
    int64_t *targets;    /* [model_rows], of the sample that was set last; owned */
    size_t target_room;
};

#endif
