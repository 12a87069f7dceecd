/* What a sweep works on: the samples, the model and (values backend) the table, opened and checked against each other.
 *
 * Two ways to open. inputs_open, for rank 0 and the commands that check first, reads every selected sample once and
 * reports everything wrong at once. inputs_open_light, for a worker and for rank 0's evaluator thread, opens
 * the same files without that pass: rank 0 has made it, and a worker learns n from each sample it loads.
 *
 * Only one thread at a time may use an inputs_t. HDF5 is not thread-safe: two threads with an inputs_t each must not
 * open, load or close at the same time (a game without a samples file makes no HDF5 call).
 */
#ifndef HARSANYI_PLAN_INPUTS_H
#define HARSANYI_PLAN_INPUTS_H

#include "base/digest.h"
#include "base/failure.h"
#include "base/file.h"
#include "base/problems.h"
#include "config/config.h"
#include "model/model.h"
#include "plan/decide.h"
#include "samples/samples.h"
#include "samples/table.h"

#include <stdbool.h>

typedef struct {
    const config_t *config; /* borrowed: must outlive the inputs */
    samples_t *samples;     /* owned */
    model_t *model;         /* owned */
    table_t *table;         /* owned; NULL except with the values backend */

    /* The config's options, with what auto means here and the target that is really used. */
    model_options_t options;
    /* target: label was asked for (or defaulted), the samples have no labels, and a target is needed: predicted targets
     * are used instead, which the caller says aloud. */
    bool target_is_predicted_instead;

    file_stamp_t model_stamp;      /* of the model's file when it was read */
    char model_sha256[DIGEST_HEX]; /* the files of the model; of the game's name for games, which have none; empty for a
                                      table after inputs_open_light: it may be larger than what one rank needs of it */

    bool noise_unknown; /* v is no function of S alone (plan/v_check.h): set by whoever knows */

    /* ---- only after inputs_open; zero and empty after inputs_open_light ---- */
    int n_min, n_max; /* players of the smallest and the largest selected sample, of all shards */
    uint64_t masks;   /* sum over the selected samples (of this shard) of 2^n, what is to be evaluated (once per
                         baseline) */
    char samples_sha256[DIGEST_HEX];    /* of all rows of a results file, as a table: that of its sweep */
    char settings_sha256[DIGEST_HEX];   /* of config_science */
    decide_outputs_t seen[OUTPUTS_MAX]; /* of each output; no rows: nobody had to look yet */
} inputs_t;

/* Looks at the files of the config before they are opened here (hdf5/look.h): on rank 0, once. */
status_t inputs_look(const config_t *config, failure_t *why);

/* Opens, scans and cross-checks, and replaces auto in the config's score and output_kind by what it means for this
 * model and these samples (plan/decide.h). STATUS_OK: *out is whole and nothing was added to problems. STATUS_INPUT:
 * everything that is wrong was added to problems, and *why holds the first of them. Other statuses: *why says it, and
 * problems may hold some. On failure *out is NULL. */
status_t inputs_open(config_t *config, inputs_t **out, problems_t *problems, failure_t *why);

/* Opens without the scan and its digests, with a config in which nothing is auto any more; problems of structure are
 * failures here. */
status_t inputs_open_light(config_t *config, inputs_t **out, failure_t *why);

/* Adds what is right but may mislead: a score that does not fit the outputs, missing values, players that differ from
 * sample to sample and have no names. After inputs_open. Fails when the first outputs cannot be looked at. */
status_t inputs_warn(inputs_t *inputs, problems_t *warnings, failure_t *why);

void inputs_close(inputs_t **inputs);

/* Whether the model's files have changed since they were read. The model in use is still the one that was read. */
status_t inputs_model_changed(const inputs_t *inputs, bool *changed, failure_t *why);

/* Loads the k-th selected sample (samples_load) and finds its target. The arrays last until the next load. */
status_t inputs_prepare(inputs_t *inputs, nth_t k, sample_t *sample, failure_t *why);

#endif
