/* The messages between rank 0 and the workers. All ranks have processors of one kind and run one program (the bits of
 * results depend on that anyway), so structures travel as they lie in memory; lengths are checked against what the
 * heads announce.
 *
 *   unit:    | unit_t |
 *   result:  | result_head_t | part | part | ...                     one part per sample of the unit
 *   part:    | part_head_t | values [count] |                        UNIT_MASKS, outcome ok
 *            | part_head_t | a finished row (stats/finish.h) |       UNIT_SAMPLES, outcome ok
 *            | part_head_t |                                         failed
 */
#ifndef HARSANYI_RUN_WIRE_H
#define HARSANYI_RUN_WIRE_H

#include "base/failure.h"
#include "model/model.h"
#include "run/scheduler.h"
#include "run/unit.h"
#include "stats/finish.h"

#include <stddef.h>

enum { WIRE_ERROR_TEXT = 256 };

typedef struct {
    uint64_t unit_id;
    int64_t parts;
    uint64_t masks;            /* evaluated, also of failed samples */
    uint64_t masks_for_target; /* evaluated to find predicted targets */
    uint64_t masks_for_noise;  /* evaluated to estimate the noise */
    double seconds;            /* of the whole unit */
    double reading;            /* seconds: inputs of samples */
    finish_times_t finish;     /* seconds: transform, statistics */
    model_times_t times;       /* spent in the model for this unit */
} result_head_t;

typedef struct {
    int64_t sample; /* position in the selection */
    int64_t target;
    uint64_t bad_mask;
    uint64_t doubles; /* that follow */
    double seconds;
    double noise_sigma;        /* of v; NaN: unknown, or estimated in another part of the sample */
    uint64_t input_crc;        /* 0: unknown */
    int32_t output, noise_why; /* noise_why: noise_why_t */
    int32_t outcome;           /* outcome_t */
    char error[WIRE_ERROR_TEXT];
} part_head_t;

/* A growing message; `bytes` is malloc'ed. Zero-initialise; free with message_free. */
typedef struct {
    char *bytes;
    size_t length, capacity;
} message_t;

/* Appends `length` uninitialised bytes and returns where they are; NULL without memory (the message stays as it was):
 * a result may hold a row of 2^n numbers.
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
