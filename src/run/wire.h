/* The messages between rank 0 and the workers. All ranks have processors of one kind and run one program (the bits of
 * results depend on that anyway), so structures travel as they lie in memory; lengths are checked against what the
 * heads announce.
 *
 *   unit:    | unit_t |
 *            | unit_t | results_sample_t | values [2^n] |            UNIT_FINISH
 *   result:  | result_head_t | part | part | ...                     one part per row of the unit, in order
 *   part:    | part_head_t | values [count] |                        UNIT_MASKS, outcome ok
 *            | part_head_t | a finished row (stats/finish.h) |       UNIT_SAMPLES, UNIT_FINISH, outcome ok
 *            | part_head_t |                                         failed
 */
#ifndef HARSANYI_RUN_WIRE_H
#define HARSANYI_RUN_WIRE_H

#include "base/failure.h"
#include "model/model.h"
#include "results/results.h"
#include "run/scheduler.h"
#include "stats/finish.h"

#include <stddef.h>

typedef struct {
    uint64_t unit_id;
    int64_t parts;
    uint64_t masks;            /* evaluated, also of failed samples */
    uint64_t masks_for_target; /* evaluated to find predicted targets */
    uint64_t masks_for_noise;  /* evaluated to estimate the noise */
    double seconds;            /* of the whole unit */
    double reading;            /* seconds: inputs of samples */
    finish_times_t finish;     /* seconds: transform, solving, statistics */
    model_times_t times;       /* spent in the model for this unit */
} result_head_t;

typedef struct {
    row_t row;
    uint64_t bad_mask; /* with a failure that is certain */
    uint64_t doubles;  /* that follow */
    /* What this part says of the row: error_kind is what became of it (OUTCOME_OK: no failure), seconds are the
     * part's, noise_sigma is NaN if unknown or estimated in another part. status and attempts say nothing. */
    results_sample_t info;
} part_head_t;

/* A growing message; `bytes` is malloc'ed. Zero-initialise; free with message_free. */
typedef struct {
    char *bytes;
    size_t length, capacity;
} message_t;

/* Appends `length` uninitialised bytes and returns where they are; without memory the process ends (base/memory.h).
 * Earlier pointers into the message are invalid afterwards. */
void *message_grow(message_t *message, size_t length);
void message_free(message_t *message);

/* Takes a message apart. Pointers go into it. */
typedef struct {
    const char *bytes;
    size_t length, at;
} reader_t;

/* The head of a result of `length` bytes; then `head->parts` times wire_read_part. STATUS_INTERNAL when the bytes are
 * not a result. */
status_t wire_read_head(reader_t *reader, const void *bytes, size_t length, result_head_t *head, failure_t *why);
/* The next part; *data are its doubles (NULL if it has no numbers). The error text is always terminated. */
status_t wire_read_part(reader_t *reader, part_head_t *part, const double **data, failure_t *why);

#endif
