#include "run/worker.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/nan.h"
#include "model/noise.h"
#include "stats/finish.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    inputs_t *inputs; /* borrowed */
    fields_t fields;
    finish_t *finish;  /* owned */
    sample_t sample;   /* the one loaded last */
    int64_t loaded;    /* its position; -1: none */
    bool target_known; /* of the loaded sample */
};

status_t worker_create(inputs_t *inputs, const fields_t *fields, worker_t **out, failure_t *why) {
    worker_t *worker = memory_need(1, sizeof *worker, "a worker");
    *out = worker;
    worker->inputs = inputs;
    worker->fields = *fields;
    worker->loaded = -1;
    status_t status = finish_create(&inputs->config->statistics, fields, &worker->finish, why);
    if (status != STATUS_OK)
        worker_destroy(out);
    return status;
}

void worker_destroy(worker_t **worker) {
    if (*worker)
        finish_destroy(&(*worker)->finish);
    free(*worker);
    *worker = NULL;
}

/* Loads the sample unless it is the loaded one, and finds its target. */
static status_t prepare(worker_t *worker, int64_t k, result_head_t *head, failure_t *why) {
    if (worker->loaded != k) {
        double began = clock_seconds();
        worker->loaded = -1;
        status_t status = samples_load(worker->inputs->samples, k, &worker->sample, why);
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

/* A part of a message that is being made. */
typedef struct {
    part_head_t head;
    double began;
    size_t at; /* in the message */
} part_t;

/* All bytes of the head are set, as they travel. */
static part_t new_part(int64_t k) {
    part_t part;
    memset(&part, 0, sizeof part);
    part.head.sample = k;
    part.head.info.target = -1;
    part.head.info.v_empty = part.head.info.v_full = part.head.info.noise_sigma = nan_canonical();
    part.began = clock_seconds();
    return part;
}

/* Appends a part with room for `doubles` numbers. end_part fills in the head, since growing moves the message. */
static double *begin_part(message_t *message, size_t doubles, part_t *part) {
    part->at = message->length;
    char *head = message_grow(message, sizeof part->head + doubles * sizeof(double));
    return (double *)(void *)(head + sizeof part->head);
}

/* Where the v of the loaded sample come from. The checksum of the model's input is the same wherever the sample is
 * evaluated. */
static void tell_origin(const worker_t *worker, results_sample_t *info) {
    const table_info_t *table = worker->inputs->table ? table_info(worker->inputs->table) : NULL;
    info->target = worker->sample.target;
    if (!table)
        info->input_crc = samples_crc(&worker->sample);
    if (table && table->output)
        info->output = (int32_t)table->output[worker->sample.row];
    if (table && table->input_crc)
        info->input_crc = table->input_crc[worker->sample.row];
}

/* Fills in the head; a failed part keeps no numbers. */
static void end_part(const worker_t *worker, message_t *message, part_t *part, status_t status, const failure_t *why) {
    part_head_t *head = &part->head;
    if (worker->loaded == head->sample)
        tell_origin(worker, &head->info);
    head->info.seconds += clock_seconds() - part->began;
    if (status != STATUS_OK) {
        message->length = part->at + sizeof *head;
        head->info.error_kind = failure_outcome(status);
        head->bad_mask = why->mask;
        snprintf(head->info.error, sizeof head->info.error, "%.*s", RESULTS_ERROR_TEXT - 1, why->text);
    }
    head->doubles = (message->length - part->at - sizeof *head) / sizeof(double);
    memcpy(message->bytes + part->at, head, sizeof *head);
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

/* A table may come with its noise, and a results file says where that is from. */
static noise_why_t noise_of_table(const worker_t *worker) {
    const table_info_t *table = worker->inputs->table ? table_info(worker->inputs->table) : NULL;
    if (table && table->noise_why && table->noise_why[worker->sample.row] <= NOISE_WHY_NO_MOVED_V)
        return (noise_why_t)table->noise_why[worker->sample.row];
    return isnan(worker->sample.noise_sigma) ? NOISE_WHY_NO_INPUT : NOISE_WHY_ESTIMATED;
}

/* Sets the noise of v where it is known without looking at v. */
static bool noise_is_settled(const worker_t *worker, results_sample_t *info) {
    const inputs_t *inputs = worker->inputs;
    const stats_settings_t *settings = &inputs->config->statistics;
    if (settings->noise != NOISE_AUTO)
        info->noise_why = settings->noise == NOISE_GIVEN ? NOISE_WHY_GIVEN : NOISE_WHY_NOT_ASKED;
    else if (model_info(inputs->model)->input_bits == 0)
        info->noise_why = noise_of_table(worker);
    else if (inputs->noise_unknown)
        info->noise_why = NOISE_WHY_NO_FUNCTION;
    else
        return false;
    info->noise_sigma = settings->noise == NOISE_AUTO ? worker->sample.noise_sigma : settings->noise_sigma;
    return true;
}

/* v of a range, and the noise of v if the range is the one for that. */
static status_t evaluate(worker_t *worker, range_t range, double *values, part_t *part, result_head_t *head,
                         failure_t *why) {
    static const noise_why_t WHY[] = {[NOISE_ESTIMATED] = NOISE_WHY_ESTIMATED,
                                      [NOISE_OF_OUTPUTS] = NOISE_WHY_JUMPS,
                                      [NOISE_NO_MOVED_V] = NOISE_WHY_NO_MOVED_V,
                                      [NOISE_UNKNOWN] = NOISE_WHY_ESTIMATED};
    results_sample_t *info = &part->head.info;
    model_t *model = worker->inputs->model;
    const bool settled = noise_is_settled(worker, info);
    status_t status = model_evaluate(model, &worker->sample, range, values, why);
    head->masks += masks_tried(worker, range, status, why);
    if (status != STATUS_OK || settled)
        return status;
    noise_t noise;
    TRY(noise_estimate(model, &worker->sample, range, values, &noise, &head->masks_for_noise, why));
    info->noise_sigma = noise.sigma;
    info->noise_why = WHY[noise.from];
    return STATUS_OK;
}

/* A whole row, at `data` (stats/finish.h). */
static status_t do_sample(worker_t *worker, double *data, part_t *part, result_head_t *head, failure_t *why) {
    finished_row_t row = finished_at(&worker->fields, worker->sample.n, data);
    TRY(evaluate(worker, (range_t){0, mask_count(row.n)}, row.values, part, head, why));
    return finish_row(worker->finish, part->head.info.noise_sigma, &row, why);
}

/* Rank 0 has checked the sample: if it cannot be read now, the file, the disk or memory is at fault, not the sample.
 * The same holds for a sample of a table. */
static bool is_beyond_the_sample(const worker_t *worker, int64_t k, status_t status) {
    const bool no_sample = worker->loaded != k || worker->inputs->table || model_info(worker->inputs->model)->lost;
    return status == STATUS_INTERNAL || (status == STATUS_INPUT && no_sample);
}

/* The part of sample k. */
static status_t do_part(worker_t *worker, const unit_t *unit, int64_t k, message_t *message, result_head_t *head,
                        failure_t *why) {
    const bool whole = unit->kind == UNIT_SAMPLES;
    part_t part = new_part(k);
    status_t status = prepare(worker, k, head, why);
    size_t doubles = status != STATUS_OK ? 0
                     : whole             ? finished_doubles(&worker->fields, worker->sample.n)
                                         : unit->count;
    double *data = begin_part(message, doubles, &part);
    if (status == STATUS_OK)
        status = whole ? do_sample(worker, data, &part, head, why)
                       : evaluate(worker, (range_t){unit->first, unit->count}, data, &part, head, why);
    if (is_beyond_the_sample(worker, k, status))
        return failed_within(why, "sample %lld", (long long)k);
    end_part(worker, message, &part, status, why);
    return STATUS_OK;
}

/* The part of a row whose v came in ranges: they come back with all that is made from them. */
static status_t finish_part(worker_t *worker, const unit_t *unit, const void *row, message_t *message, failure_t *why) {
    const int64_t k = unit->first_sample;
    const int n = mask_order(unit->count - 1);
    part_t part = new_part(k);
    memcpy(&part.head.info, row, sizeof part.head.info);
    part.head.info.error_kind = OUTCOME_OK; /* of an earlier try */
    double *data = begin_part(message, finished_doubles(&worker->fields, n), &part);
    finished_row_t made = finished_at(&worker->fields, n, data);
    memcpy(made.values, (const char *)row + sizeof part.head.info, mask_count(n) * sizeof *data);
    status_t status = finish_row(worker->finish, part.head.info.noise_sigma, &made, why);
    if (status == STATUS_INTERNAL)
        return failed_within(why, "sample %lld", (long long)k);
    end_part(worker, message, &part, status, why);
    return STATUS_OK;
}

status_t worker_do(worker_t *worker, const unit_t *unit, const void *row, message_t *message, failure_t *why) {
    result_head_t head;
    model_times_t before = model_times(worker->inputs->model);
    finish_times_t finished = finish_times(worker->finish);
    double began = clock_seconds();
    memset(&head, 0, sizeof head);
    message->length = 0;
    message_grow(message, sizeof head);
    for (int64_t k = unit->first_sample; k < unit->first_sample + unit->samples; k++)
        TRY(unit->kind == UNIT_FINISH ? finish_part(worker, unit, row, message, why)
                                      : do_part(worker, unit, k, message, &head, why));
    model_times_t after = model_times(worker->inputs->model);
    head.times = (model_times_t){after.engine - before.engine, after.fill - before.fill, after.score - before.score};
    head.finish = finish_times(worker->finish);
    head.finish.transform -= finished.transform;
    head.finish.solving -= finished.solving;
    head.finish.statistics -= finished.statistics;
    head.unit_id = unit->id;
    head.parts = unit->samples;
    head.seconds = clock_seconds() - began;
    memcpy(message->bytes, &head, sizeof head);
    return STATUS_OK;
}
