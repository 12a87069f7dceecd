/* Who evaluates what next: a pure state machine. Events in, units and verdicts out; no MPI, no clock, no file.
 *
 * Life of a sample:
 *
 *      WAITING --whole unit--> OUT --ok--> DONE
 *         |  ^                  |--transient, retries left--> WAITING
 *         |  |                  '--certain, or no retries left--> FAILED
 *         '--split--> SPLIT --all masks--> DONE (rank 0 combines it, or a worker: UNIT_FINISH)
 *                       '--bad mask and all below it done, or no retries left--> FAILED
 *
 * Sizes follow guided self-scheduling: a unit is worth what is left divided by 4 times the workers, at least 50 ms, at
 * most 10 s. Whole samples are preferred; a sample that is worth more than that (few samples left, or fewer samples
 * than workers) is split into ranges of masks. bench_simulate shows what that gives on many ranks.
 */
#ifndef HARSANYI_RUN_SCHEDULER_H
#define HARSANYI_RUN_SCHEDULER_H

#include "base/failure.h"
#include "base/numbering.h"
#include "plan/plan_time.h"

#include <stdbool.h>
#include <stdint.h>

/* A unit of work, the thing that rank 0 hands out. */
typedef enum {
    UNIT_SAMPLES, /* whole samples first_sample ... + samples - 1: v, interactions and statistics come back */
    UNIT_MASKS,   /* masks first ... + count - 1 of first_sample: v of all its rows comes back */
    UNIT_FINISH   /* v of `row` of first_sample, which came in ranges, goes out; comes back as with UNIT_SAMPLES */
} unit_kind_t;

typedef struct {
    uint64_t id; /* unique within a start */
    unit_kind_t kind;
    nth_t first_sample;
    int64_t samples;     /* 1 except with UNIT_SAMPLES */
    row_t row;           /* UNIT_FINISH */
    mask_t first, count; /* UNIT_MASKS: multiples of the model's granule; UNIT_FINISH: 0 and all, 2^n */
} unit_t;

typedef struct scheduler scheduler_t;

typedef struct {
    int64_t samples;
    int rows;                          /* of each sample, made by the same evaluations; 0: one */
    const int *players;                /* [samples]; copied */
    int granule_bits[PLAYERS_MAX + 1]; /* by number of players */
    int block_bits;                    /* g of the file */
    int workers;                       /* >= 1 */
    int retries;                       /* how often a transient failure is tried again */
    double seconds_per_mask;           /* a first guess, > 0; measured from then on */
} scheduler_spec_t;

scheduler_t *scheduler_create(const scheduler_spec_t *spec);
void scheduler_destroy(scheduler_t **scheduler);

/* ---- where the file stood; before the first scheduler_next ---- */
/* The sample needs no work (done, or failed for good in an earlier start). */
void scheduler_skip(scheduler_t *scheduler, nth_t sample);
/* Some blocks of the sample are stored: done [max(1, 2^(n-g))], not all of them 1. */
void scheduler_resume(scheduler_t *scheduler, nth_t sample, const uint8_t *done);

/* The next unit for `worker` (0 ... workers-1); false: nothing to do for now. */
bool scheduler_next(scheduler_t *scheduler, int worker, unit_t *unit);

/* A unit that finishes a row of which every mask is there. For a worker without units; it gets no other unit
 * meanwhile. */
void scheduler_give_row(scheduler_t *scheduler, int worker, row_t row, unit_t *unit);

/* What to do with a part (a sample, or a range of masks) that came back. */
typedef struct {
    bool store;                  /* its data is wanted */
    int64_t first_block, blocks; /* blocks that are whole with it (UNIT_MASKS) */
    bool complete;               /* every mask of the sample is there now (UNIT_MASKS): combine it */
    bool failed;                 /* the sample has failed, for `error` */
    outcome_t kind;              /* with failed */
    int attempts;                /* times the sample was tried */
    const char *error;           /* with failed; owned by the scheduler or the caller */
} verdict_t;

/* Reports what became of `sample` of `unit` (from scheduler_find), of all its rows together: it fails for certain when
 * all of them do, bad_mask being one at or below which each has a bad mask. What fails some rows is the caller's
 * business (run/manager.c). bad_mask and error only matter when outcome is not
 * OUTCOME_OK (bad_mask only for OUTCOME_CERTAIN). */
verdict_t scheduler_report(scheduler_t *scheduler, const unit_t *unit, nth_t sample, outcome_t outcome, mask_t bad_mask,
                           const char *error);

/* All parts of the unit, which the worker has, were reported; it took `seconds` for `masks` evaluated masks. */
void scheduler_finish_unit(scheduler_t *scheduler, int worker, uint64_t unit_id, double seconds, uint64_t masks);

/* No more units are given out. */
void scheduler_stop(scheduler_t *scheduler);

int scheduler_in_flight(const scheduler_t *scheduler, int worker);
/* The unit with this id that the worker has; NULL if there is no such unit. */
const unit_t *scheduler_find(const scheduler_t *scheduler, int worker, uint64_t unit_id);
/* No worker has a unit, and none will get one. */
bool scheduler_finished(const scheduler_t *scheduler);
/* The first EARLY_STOP finished samples all failed for one reason while more were left; no more units are given
 * out. */
enum { EARLY_STOP = 16 };
bool scheduler_gave_up(const scheduler_t *scheduler);

/* Masks that were neither stored before this start nor came back in it. */
uint64_t scheduler_masks_left(const scheduler_t *scheduler);

#endif
