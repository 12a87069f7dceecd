#include "run/worker.h"

#include "base/clock.h"
#include "base/nan.h"
#include "lattice/moebius.h"
#include "model/noise.h"
#include "stats/summarise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    inputs_t *inputs; /* borrowed */
    fields_t fields;
    noise_kind_t noise;
    double noise_sigma;     /* with NOISE_GIVEN, else NaN */
    summarise_t *summarise; /* owned */
    sample_t sample;        /* the one loaded last */
    int64_t loaded;         /* its position; -1: none */
    bool target_known;      /* of the loaded sample */
};

status_t worker_create(inputs_t *inputs, const stats_settings_t *statistics, const fields_t *fields, worker_t **out,
                       failure_t *why) {
    worker_t *worker = calloc(1, sizeof *worker);
    *out = worker;
    if (!worker)
        return failed(why, STATUS_INTERNAL, "out of memory for a worker");
    worker->inputs = inputs;
    worker->fields = *fields;
    worker->noise = statistics->noise;
    worker->noise_sigma = statistics->noise == NOISE_GIVEN ? statistics->noise_sigma : nan_canonical();
    worker->loaded = -1;
    status_t status = summarise_create(statistics, fields, &worker->summarise, why);
    if (status != STATUS_OK)
        worker_destroy(out);
    return status;
}

void worker_destroy(worker_t **worker) {
    if (*worker)
        summarise_destroy(&(*worker)->summarise);
    free(*worker);
    *worker = NULL;
}

/* Loads the sample unless it is the loaded one, and finds its target. */
static status_t prepare(worker_t *worker, int64_t k, result_head_t *head, failure_t *why) {
    if (worker->loaded != k) {
        double began = clock_seconds();
        worker->loaded = -1;
        status_t status = inputs_load_sample(worker->inputs, k, &worker->sample, why);
        head->reading += clock_seconds() - began;
        TRY(status);
        worker->loaded = k;
        worker->target_known = false;
    }
    if (!worker->target_known)
        TRY(model_set_target(worker->inputs->model, &worker->sample, &head->masks_for_target, why));
    worker->target_known = true;
    return STATUS_OK;
}

/* A part of a message that is being made: the result for sample k. */
typedef struct {
    int64_t k;
    double began;
    size_t head_at;     /* in the message */
    double noise_sigma; /* NaN as long as it is not known */
} part_t;

static part_t new_part(int64_t k) {
    return (part_t){.k = k, .began = clock_seconds(), .noise_sigma = nan_canonical()};
}

/* Appends a part with room for `doubles` numbers; the head is filled in at the end, since growing moves the message. */
static double *begin_part(message_t *message, size_t doubles, part_t *part) {
    part->head_at = message->length;
    char *head = message_grow(message, sizeof(part_head_t) + doubles * sizeof(double));
    return head ? (double *)(void *)(head + sizeof(part_head_t)) : NULL;
}

/* Fills in the head; a failed part keeps no numbers. */
static void end_part(const worker_t *worker, message_t *message, const part_t *part, status_t status,
                     const failure_t *why) {
    part_head_t head;
    memset(&head, 0, sizeof head);
    head.sample = part->k;
    head.target = worker->loaded == part->k ? worker->sample.target : -1;
    head.seconds = clock_seconds() - part->began;
    head.noise_sigma = part->noise_sigma;
    if (status != STATUS_OK) {
        message->length = part->head_at + sizeof head;
        head.outcome = status == STATUS_TRANSIENT ? OUTCOME_TRANSIENT : OUTCOME_CERTAIN;
        head.bad_mask = why->mask;
        snprintf(head.error, sizeof head.error, "%.*s", WIRE_ERROR_TEXT - 1, why->text);
    }
    head.doubles = (message->length - part->head_at - sizeof head) / sizeof(double);
    memcpy(message->bytes + part->head_at, &head, sizeof head);
}

/* How many masks of the range were evaluated: up to the granule with the bad mask when one was bad. */
static uint64_t masks_tried(const worker_t *worker, range_t range, status_t status, const failure_t *why) {
    if (status == STATUS_OK)
        return range.count;
    mask_t granule = mask_count(model_granule_bits(worker->inputs->model, worker->sample.n));
    if (status != STATUS_CERTAIN || why->mask < range.first || why->mask >= range.first + range.count)
        return 0;
    return (why->mask / granule + 1) * granule - range.first;
}

/* v of a range, and the noise of v: given, or estimated where the range is the one for it. */
static status_t evaluate(worker_t *worker, range_t range, double *values, part_t *part, result_head_t *head,
                         failure_t *why) {
    model_t *model = worker->inputs->model;
    status_t status = model_evaluate(model, &worker->sample, range, values, why);
    head->masks += masks_tried(worker, range, status, why);
    TRY(status);
    part->noise_sigma = worker->noise_sigma;
    if (worker->noise != NOISE_AUTO)
        return STATUS_OK;
    if (worker->inputs->table) { /* has no input to move, but may know */
        part->noise_sigma = worker->sample.noise_sigma;
        return STATUS_OK;
    }
    return noise_estimate(model, &worker->sample, range, values, &part->noise_sigma, &head->masks_for_noise, why);
}

/* v, I and the statistics of a whole sample, one behind the other at `data`. */
static status_t do_sample(worker_t *worker, double *data, part_t *part, result_head_t *head, failure_t *why) {
    int n = worker->sample.n;
    mask_t masks = mask_count(n);
    double *values = data, *interactions = data + masks, *row = data + 2 * masks;
    TRY(evaluate(worker, (range_t){0, 1, masks}, values, part, head, why));
    double began = clock_seconds();
    memcpy(interactions, values, masks * sizeof *values);
    moebius_transform(interactions, n);
    double transformed = clock_seconds();
    status_t status = summarise_sample(worker->summarise, row_in_memory(values, n), row_in_memory(interactions, n),
                                       part->noise_sigma, row, why);
    head->transform += transformed - began;
    head->statistics += clock_seconds() - transformed;
    return status;
}

/* A sample that was sound when rank 0 looked and cannot be read now is not at fault: the file, the disk or memory is.
 * Nor is a sample of a table. */
static bool is_beyond_the_sample(const worker_t *worker, int64_t k, status_t status) {
    return status == STATUS_INTERNAL || (status == STATUS_INPUT && (worker->loaded != k || worker->inputs->table));
}

static status_t no_memory(failure_t *why, int64_t k) {
    return failed(why, STATUS_INTERNAL, "sample %lld: out of memory for its result", (long long)k);
}

static status_t do_samples(worker_t *worker, const unit_t *unit, message_t *message, result_head_t *head,
                           failure_t *why) {
    for (int64_t k = unit->first_sample; k < unit->first_sample + unit->samples; k++) {
        part_t part = new_part(k);
        status_t status = prepare(worker, k, head, why);
        size_t doubles = status == STATUS_OK ? 2 * (size_t)mask_count(worker->sample.n) + worker->fields.doubles : 0;
        double *data = begin_part(message, doubles, &part);
        if (!data)
            return no_memory(why, k);
        if (status == STATUS_OK)
            status = do_sample(worker, data, &part, head, why);
        if (is_beyond_the_sample(worker, k, status))
            return failed_within(why, "sample %lld", (long long)k);
        end_part(worker, message, &part, status, why);
    }
    return STATUS_OK;
}

static status_t do_masks(worker_t *worker, const unit_t *unit, message_t *message, result_head_t *head,
                         failure_t *why) {
    int64_t k = unit->first_sample;
    part_t part = new_part(k);
    status_t status = prepare(worker, k, head, why);
    double *values = begin_part(message, unit->count, &part);
    if (!values)
        return no_memory(why, k);
    if (status == STATUS_OK)
        status = evaluate(worker, (range_t){unit->first, 1, unit->count}, values, &part, head, why);
    if (is_beyond_the_sample(worker, k, status))
        return failed_within(why, "sample %lld", (long long)k);
    end_part(worker, message, &part, status, why);
    return STATUS_OK;
}

status_t worker_do(worker_t *worker, const unit_t *unit, message_t *message, failure_t *why) {
    result_head_t head;
    model_times_t before = model_times(worker->inputs->model);
    double began = clock_seconds();
    memset(&head, 0, sizeof head);
    message->length = 0;
    if (!message_grow(message, sizeof head))
        return no_memory(why, unit->first_sample);
    if (unit->kind == UNIT_SAMPLES)
        TRY(do_samples(worker, unit, message, &head, why));
    else
        TRY(do_masks(worker, unit, message, &head, why));
    model_times_t after = model_times(worker->inputs->model);
    head.times = (model_times_t){after.engine - before.engine, after.fill - before.fill, after.score - before.score};
    head.unit_id = unit->id;
    head.parts = unit->samples;
    head.seconds = clock_seconds() - began;
    memcpy(message->bytes, &head, sizeof head);
    return STATUS_OK;
}
