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

/* A part of a message that is being made. */
typedef struct {
    part_head_t head;
    size_t at, doubles; /* in the message, which is its own room for numbers */
} part_t;

struct worker {
    inputs_t *inputs; /* borrowed */
    fields_t fields;
    finish_t *finish;  /* owned */
    sample_t sample;   /* the one loaded last */
    nth_t loaded;      /* which that is; -1: none */
    bool target_known; /* of the loaded sample */

    /* Of the rows of a sample, [model_rows]; owned: */
    part_t *parts;
    double **values;
    failure_t *failures;
    noise_t *noise;
};

status_t worker_create(inputs_t *inputs, const fields_t *fields, worker_t **out, failure_t *why) {
    worker_t *worker = memory_need(1, sizeof *worker, "a worker");
    *out = worker;
    worker->inputs = inputs;
    worker->fields = *fields;
    worker->loaded = -1;
    const size_t rows = (size_t)model_rows(inputs->model);
    worker->parts = memory_need(rows, sizeof *worker->parts, "a worker");
    worker->values = memory_need(rows, sizeof *worker->values, "a worker");
    worker->failures = memory_need(rows, sizeof *worker->failures, "a worker");
    worker->noise = memory_need(rows, sizeof *worker->noise, "a worker");
    status_t status = finish_create(&inputs->config->statistics, fields, &worker->finish, why);
    if (status != STATUS_OK)
        worker_destroy(out);
    return status;
}

void worker_destroy(worker_t **worker) {
    worker_t *w = *worker;
    if (!w)
        return;
    finish_destroy(&w->finish);
    free(w->parts);
    free(w->values);
    free(w->failures);
    free(w->noise);
    free(w);
    *worker = NULL;
}

/* Loads the sample unless it is the loaded one, and finds its target. */
static status_t prepare(worker_t *worker, nth_t k, result_head_t *head, failure_t *why) {
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

/* All bytes of the head are set, as they travel. */
static void begin_part(message_t *message, row_t row, size_t doubles, part_t *part) {
    memset(part, 0, sizeof *part);
    part->head.row = row;
    part->head.info.target = -1;
    part->head.info.v_empty = part->head.info.v_full = part->head.info.noise_sigma = nan_canonical();
    part->at = message->length;
    part->doubles = doubles;
    message_grow(message, sizeof part->head + doubles * sizeof(double));
}

/* Lasts until the message grows. */
static double *numbers_of(const message_t *message, const part_t *part) {
    return (double *)(void *)(message->bytes + part->at + sizeof part->head);
}

/* Where the v of a row of the loaded sample come from. The checksum of the model's input is the same wherever the
 * sample is evaluated. */
static void tell_origin(const worker_t *worker, int row, results_sample_t *info) {
    const sample_t *sample = &worker->sample;
    const table_info_t *table = worker->inputs->table ? table_info(worker->inputs->table) : NULL;
    info->target = sample->targets ? sample->targets[row] : sample->target;
    if (!table)
        info->input_crc = samples_crc(sample);
    if (table && table->input_crc)
        info->input_crc = table->input_crc[sample->row + row];
}

/* Puts the head and its numbers at `at`, or behind it, and returns where the part ends; a failed part keeps no numbers.
 */
static size_t end_part(message_t *message, part_t *part, size_t at, status_t status, const failure_t *why) {
    part_head_t *head = &part->head;
    head->doubles = part->doubles;
    if (status != STATUS_OK) {
        head->doubles = 0;
        head->info.error_kind = failure_outcome(status);
        head->bad_mask = why->mask;
        snprintf(head->info.error, sizeof head->info.error, "%.*s", RESULTS_ERROR_TEXT - 1, why->text);
    }
    if (at < part->at)
        memmove(message->bytes + at + sizeof *head, numbers_of(message, part), head->doubles * sizeof(double));
    memcpy(message->bytes + at, head, sizeof *head);
    return at + sizeof *head + head->doubles * sizeof(double);
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
static void take_noise_of_table(const worker_t *worker, int row, results_sample_t *info) {
    const table_info_t *table = worker->inputs->table ? table_info(worker->inputs->table) : NULL;
    const row_t at = worker->sample.row + row;
    info->noise_sigma = table && table->known.noise_sigma ? table->known.noise_sigma[at] : worker->sample.noise_sigma;
    info->noise_why = isnan(info->noise_sigma) ? NOISE_WHY_NO_INPUT : NOISE_WHY_ESTIMATED;
    if (table && table->noise_why && table->noise_why[at] <= NOISE_WHY_NO_MOVED_V)
        info->noise_why = (noise_why_t)table->noise_why[at];
}

/* Sets the noise of v where it is known without looking at v. */
static bool noise_is_settled(const worker_t *worker, int row, results_sample_t *info) {
    const inputs_t *inputs = worker->inputs;
    const stats_settings_t *settings = &inputs->config->statistics;
    info->noise_sigma = worker->sample.noise_sigma;
    if (settings->noise != NOISE_AUTO) {
        info->noise_why = settings->noise == NOISE_GIVEN ? NOISE_WHY_GIVEN : NOISE_WHY_NOT_ASKED;
        info->noise_sigma = settings->noise_sigma;
    } else if (!model_measures_noise(inputs->model)) {
        take_noise_of_table(worker, row, info);
    } else if (inputs->noise_unknown) {
        info->noise_why = NOISE_WHY_NO_FUNCTION;
    } else {
        return false;
    }
    return true;
}

/* The noise of v of all rows, if the range is the one for that. */
static status_t find_noise(worker_t *worker, range_t range, result_head_t *head, failure_t *why) {
    static const noise_why_t WHY[] = {[NOISE_ESTIMATED] = NOISE_WHY_ESTIMATED,
                                      [NOISE_OF_OUTPUTS] = NOISE_WHY_JUMPS,
                                      [NOISE_NO_MOVED_V] = NOISE_WHY_NO_MOVED_V,
                                      [NOISE_UNKNOWN] = NOISE_WHY_ESTIMATED};
    model_t *model = worker->inputs->model;
    const int rows = model_rows(model);
    bool settled = true, good = false;
    for (int row = 0; row < rows; row++) {
        settled = noise_is_settled(worker, row, &worker->parts[row].head.info) && settled;
        good = good || worker->failures[row].status == STATUS_OK;
    }
    if (settled || !good)
        return STATUS_OK;
    TRY(noise_estimate(model, &worker->sample, rows, range, worker->values, worker->noise, &head->masks_for_noise,
                       why));
    for (int row = 0; row < rows; row++) {
        worker->parts[row].head.info.noise_sigma = worker->noise[row].sigma;
        worker->parts[row].head.info.noise_why = WHY[worker->noise[row].from];
    }
    return STATUS_OK;
}

/* v of a range for all rows, and the noise of v. What fails rows singly is in worker->failures. */
static status_t evaluate(worker_t *worker, range_t range, result_head_t *head, failure_t *why) {
    model_t *model = worker->inputs->model;
    uint64_t tried = 0;
    status_t status =
        model_evaluate_rows(model, &worker->sample, range, model_rows(model), worker->values, worker->failures, why);
    for (int row = 0; row < model_rows(model); row++) {
        const failure_t *of = status == STATUS_OK ? &worker->failures[row] : why;
        const uint64_t masks = masks_tried(worker, range, status == STATUS_OK ? of->status : status, of);
        tried = masks > tried ? masks : tried;
    }
    head->masks += tried;
    return status == STATUS_OK ? find_noise(worker, range, head, why) : status;
}

/* All rows of the loaded sample, whole (stats/finish.h) or v of the unit's range. */
static status_t do_rows(worker_t *worker, const unit_t *unit, const message_t *message, result_head_t *head,
                        failure_t *why) {
    const int rows = model_rows(worker->inputs->model), n = worker->sample.n;
    const bool whole = unit->kind == UNIT_SAMPLES;
    for (int row = 0; row < rows; row++)
        worker->values[row] = numbers_of(message, &worker->parts[row]); /* values are the first of a finished row */
    TRY(evaluate(worker, whole ? (range_t){0, mask_count(n)} : (range_t){unit->first, unit->count}, head, why));
    for (int row = 0; row < rows && whole; row++) {
        failure_t *of = &worker->failures[row];
        const double began = clock_seconds();
        finished_row_t finished = finished_at(&worker->fields, n, worker->values[row]);
        if (of->status == STATUS_OK)
            of->status = finish_row(worker->finish, worker->parts[row].head.info.noise_sigma, &finished, of);
        if (of->status == STATUS_INTERNAL) {
            *why = *of;
            return of->status;
        }
        worker->parts[row].head.info.seconds = clock_seconds() - began;
    }
    return STATUS_OK;
}

/* Rank 0 has checked the sample: if it cannot be read now, the file, the disk or memory is at fault, not the sample.
 * The same holds for a sample of a table. */
static bool is_beyond_the_sample(const worker_t *worker, nth_t k, status_t status) {
    const bool no_sample = worker->loaded != k || worker->inputs->table || model_info(worker->inputs->model)->lost;
    return status == STATUS_INTERNAL || (status == STATUS_INPUT && no_sample);
}

/* The parts of sample k: the time that its rows share is divided evenly among them. */
static status_t do_sample(worker_t *worker, const unit_t *unit, nth_t k, message_t *message, result_head_t *head,
                          failure_t *why) {
    const int rows = model_rows(worker->inputs->model);
    const double began = clock_seconds();
    double own = 0;
    size_t end = message->length;
    status_t status = prepare(worker, k, head, why);
    const size_t doubles = status != STATUS_OK          ? 0
                           : unit->kind == UNIT_SAMPLES ? finished_doubles(&worker->fields, worker->sample.n)
                                                        : unit->count;
    for (int row = 0; row < rows; row++)
        begin_part(message, k * rows + row, doubles, &worker->parts[row]);
    if (status == STATUS_OK)
        status = do_rows(worker, unit, message, head, why);
    if (is_beyond_the_sample(worker, k, status))
        return failed_within(why, "sample %lld", (long long)k);
    for (int row = 0; row < rows; row++)
        own += worker->parts[row].head.info.seconds;
    const double shared = (clock_seconds() - began - own) / rows;
    for (int row = 0; row < rows; row++) {
        const failure_t *of = status == STATUS_OK ? &worker->failures[row] : why;
        results_sample_t *info = &worker->parts[row].head.info;
        info->seconds += shared;
        if (worker->loaded == k)
            tell_origin(worker, row, info);
        end = end_part(message, &worker->parts[row], end, status == STATUS_OK ? of->status : status, of);
    }
    message->length = end;
    return STATUS_OK;
}

/* The part of a row whose v came in ranges: they come back with all that is made from them. */
static status_t finish_part(worker_t *worker, const unit_t *unit, const void *row, message_t *message, failure_t *why) {
    const int n = mask_order(unit->count - 1);
    const double began = clock_seconds();
    part_t *part = worker->parts;
    begin_part(message, unit->row, finished_doubles(&worker->fields, n), part);
    memcpy(&part->head.info, row, sizeof part->head.info);
    part->head.info.error_kind = OUTCOME_OK; /* of an earlier try */
    finished_row_t made = finished_at(&worker->fields, n, numbers_of(message, part));
    memcpy(made.values, (const char *)row + sizeof part->head.info, mask_count(n) * sizeof *made.values);
    status_t status = finish_row(worker->finish, part->head.info.noise_sigma, &made, why);
    if (status == STATUS_INTERNAL)
        return failed_within(why, "sample %lld", (long long)unit->first_sample);
    part->head.info.seconds += clock_seconds() - began;
    message->length = end_part(message, part, part->at, status, why);
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
    for (nth_t k = unit->first_sample; k < unit->first_sample + unit->samples; k++)
        TRY(unit->kind == UNIT_FINISH ? finish_part(worker, unit, row, message, why)
                                      : do_sample(worker, unit, k, message, &head, why));
    model_times_t after = model_times(worker->inputs->model);
    head.times = (model_times_t){after.engine - before.engine, after.fill - before.fill, after.score - before.score};
    head.finish = finish_times(worker->finish);
    head.finish.transform -= finished.transform;
    head.finish.solving -= finished.solving;
    head.finish.statistics -= finished.statistics;
    head.unit_id = unit->id;
    head.parts = unit->kind == UNIT_FINISH ? 1 : unit->samples * model_rows(worker->inputs->model);
    head.seconds = clock_seconds() - began;
    memcpy(message->bytes, &head, sizeof head);
    return STATUS_OK;
}
