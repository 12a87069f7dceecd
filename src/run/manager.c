#include "run/manager.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/nan.h"
#include "base/progress.h"
#include "results/verbs.h"
#include "run/comm.h"
#include "run/heartbeat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every worker has a second unit of 50 ms or more waiting, so it need not be answered at once; each poll costs a
 * wake-up. */
enum { NAP_NANOSECONDS = 4000000 };
enum { FAILURES_SHOWN = 20 };
static const double SILENT_SECONDS = 60.0;

typedef struct {
    const manager_spec_t *spec;
    manager_report_t *report;
    int workers, goodbyes;                    /* remote workers that ended */
    double *heard;                            /* [workers] when a worker last said something */
    double *seconds;                          /* [samples] of evaluation, of samples that come in pieces */
    int64_t completed;                        /* samples handed to the writer for combining */
    int64_t done, failed, failed_now;         /* of the file; failed in this start */
    int64_t failed_combined;                  /* among them those that the combine thread reported */
    uint64_t uncounted, uncounted_for_target; /* masks that the next job carries into the run record */
    bool ending;
    double started, beaten; /* monotonic */
    double period;          /* seconds between heartbeats */
    double first_given;     /* monotonic; 0: nothing was given out yet */
    progress_t progress;
} manager_t;

static int rank_of(const manager_t *m, int worker) {
    return m->spec->evaluator ? worker : worker + 1;
}

static int worker_of(const manager_t *m, int rank) {
    return m->spec->evaluator ? rank : rank - 1;
}

/* Keeps the first failure of the sweep; the loop then ends everything in order. */
static void broken(manager_t *m, const failure_t *why) {
    if (m->report->status == STATUS_OK || m->report->status == STATUS_STOPPED) {
        m->report->status = why->status;
        m->report->failure = *why;
    }
}

/* ---- results ---- */

static void put(manager_t *m, job_t *job) {
    job->masks = m->uncounted;
    job->masks_for_target = m->uncounted_for_target;
    m->uncounted = m->uncounted_for_target = 0;
    writer_put(m->spec->writer, job);
}

/* The part must hold the numbers that the unit asked for. */
static status_t check_part(const manager_t *m, const unit_t *unit, const part_head_t *part, failure_t *why) {
    if (part->sample < unit->first_sample || part->sample >= unit->first_sample + unit->samples)
        return failed(why, STATUS_INTERNAL, "a worker sent sample %lld, which was not asked for",
                      (long long)part->sample);
    int n = results_players_of(m->spec->results, part->sample);
    uint64_t expected = unit->kind == UNIT_MASKS ? unit->count : finished_doubles(results_fields(m->spec->results), n);
    if (part->outcome == OUTCOME_OK && part->doubles != expected)
        return failed(
            why, STATUS_INTERNAL,
            "sample %lld: a worker sent %llu numbers instead of %llu; did the samples change during the sweep?",
            (long long)results_index(m->spec->results, part->sample), (unsigned long long)part->doubles,
            (unsigned long long)expected);
    return STATUS_OK;
}

static results_sample_t sample_info(const manager_t *m, const part_head_t *part, const verdict_t *verdict) {
    results_sample_t info = results_unknown();
    info.target = part->target;
    info.attempts = verdict->attempts;
    info.seconds = m->seconds[part->sample];
    info.noise_sigma = part->noise_sigma;
    info.noise_why = (noise_why_t)part->noise_why;
    info.output = part->output;
    info.input_crc = part->input_crc;
    if (verdict->failed) {
        info.noise_sigma = nan_canonical();
        info.error_kind = verdict->kind;
        snprintf(info.error, sizeof info.error, "%s", verdict->error);
    }
    return info;
}

/* The job that writes a part; false if nothing is to be written. */
static bool make_job(manager_t *m, const unit_t *unit, const part_head_t *part, const double *data,
                     const verdict_t *verdict, job_t *job) {
    *job = (job_t){.sample = part->sample, .info = sample_info(m, part, verdict)};
    if (verdict->failed) {
        job->kind = JOB_FAILED;
        m->failed++;
        m->failed_now++;
        if (m->failed_now <= FAILURES_SHOWN)
            log_warning(m->spec->log, "sample %lld failed: %s",
                        (long long)results_index(m->spec->results, part->sample), job->info.error);
        if (m->failed_now == FAILURES_SHOWN)
            log_warning(m->spec->log, "further failures are only counted; harsanyi status lists their reasons");
        return true;
    }
    if (!verdict->store)
        return false;
    if (unit->kind == UNIT_SAMPLES) {
        int n = results_players_of(m->spec->results, part->sample);
        job->kind = JOB_SAMPLE;
        job->row = finished_at(results_fields(m->spec->results), n, (double *)(uintptr_t)data); /* only read */
        job->info.v_empty = data[0];
        job->info.v_full = data[mask_count(n) - 1];
        m->done++;
        return true;
    }
    job->kind = JOB_MASKS;
    job->values = data;
    job->first = unit->first;
    job->count = unit->count;
    job->first_block = verdict->first_block;
    job->blocks = verdict->blocks;
    job->complete = verdict->complete;
    if (verdict->complete) {
        m->completed++;
        m->done++;
    }
    return true;
}

static void account(manager_t *m, int worker, const result_head_t *head) {
    manager_report_t *r = m->report;
    r->by_worker[worker] += head->masks;
    r->masks += head->masks;
    r->masks_for_noise += head->masks_for_noise;
    r->engine += head->times.engine;
    r->fill += head->times.fill;
    r->score += head->times.score;
    r->transform += head->finish.transform;
    r->statistics += head->finish.statistics;
    r->reading += head->reading;
    r->evaluating += head->seconds;
    r->first_to_last = m->heard[worker] - m->first_given;
    r->longest_unit = head->seconds > r->longest_unit ? head->seconds : r->longest_unit;
    m->uncounted += head->masks;
    m->uncounted_for_target += head->masks_for_target;
}

/* Hands the parts of a result to the writer, except the last job, which waits in *last (*any: there is one). */
static status_t take_parts(manager_t *m, int worker, const unit_t *unit, const result_head_t *head, reader_t *reader,
                           job_t *last, bool *any, failure_t *why) {
    for (int64_t i = 0; i < head->parts; i++) {
        part_head_t part;
        const double *data;
        verdict_t verdict;
        job_t job;
        TRY(wire_read_part(reader, &part, &data, why));
        TRY(check_part(m, unit, &part, why));
        TRY(scheduler_report(m->spec->scheduler, worker, head->unit_id, part.sample, (outcome_t)part.outcome,
                             part.bad_mask, part.error, &verdict, why));
        m->seconds[part.sample] += part.seconds;
        if (!make_job(m, unit, &part, data, &verdict, &job))
            continue;
        if (*any)
            put(m, last);
        *last = job;
        *any = true;
    }
    return STATUS_OK;
}

/* One result. The last job that points into its bytes owns them, even if a later part is bad. */
static status_t take_result(manager_t *m, int worker, message_t *message, failure_t *why) {
    reader_t reader;
    result_head_t head;
    job_t last;
    bool any = false;
    TRY(wire_read_head(&reader, message->bytes, message->length, &head, why));
    const unit_t *known = scheduler_find(m->spec->scheduler, worker, head.unit_id);
    if (!known || head.parts != known->samples)
        return failed(why, STATUS_INTERNAL, "rank %d sent a result that was not asked for", rank_of(m, worker));
    unit_t unit = *known;
    account(m, worker, &head);
    status_t status = take_parts(m, worker, &unit, &head, &reader, &last, &any, why);
    if (status == STATUS_OK)
        scheduler_finish_unit(m->spec->scheduler, worker, head.unit_id, head.seconds, head.masks);
    if (any) {
        last.buffer = message->bytes;
        last.buffer_bytes = message->capacity;
        *message = (message_t){0};
        put(m, &last);
    }
    return status;
}

/* ---- units ---- */

static void send_unit(manager_t *m, int worker, const unit_t *unit) {
    if (m->first_given <= 0)
        m->first_given = clock_seconds();
    if (m->spec->evaluator && worker == 0)
        evaluator_put(m->spec->evaluator, unit);
    else
        comm_send(unit, (int)sizeof *unit, rank_of(m, worker), TAG_UNIT);
}

/* Gives a worker units until it has `depth`. */
static bool feed(manager_t *m, int worker, int depth) {
    bool any = false;
    unit_t unit;
    while (!m->ending && scheduler_in_flight(m->spec->scheduler, worker) < depth &&
           scheduler_next(m->spec->scheduler, worker, &unit)) {
        send_unit(m, worker, &unit);
        any = true;
    }
    return any;
}

/* First a unit for everyone, then a second one. */
static bool give_out(manager_t *m) {
    bool any = false;
    for (int depth = 1; depth <= UNITS_IN_FLIGHT; depth++)
        for (int w = 0; w < m->workers; w++)
            any |= feed(m, w, depth);
    return any;
}

/* ---- messages ---- */

/* The worker gets its next unit at once, before other messages are read. */
static void handle_result(manager_t *m, int worker, message_t *message) {
    failure_t why;
    m->heard[worker] = clock_seconds();
    if (take_result(m, worker, message, &why) != STATUS_OK)
        broken(m, &why);
    feed(m, worker, UNITS_IN_FLIGHT);
    message_free(message);
}

static void receive_result(manager_t *m, int source, int bytes) {
    message_t message = {0};
    if (!message_grow(&message, (size_t)bytes))
        memory_ended("a result from a worker"); /* the sender would wait for ever */
    double began = clock_seconds();
    comm_receive(message.bytes, bytes, source, TAG_RESULT);
    m->report->receiving += clock_seconds() - began;
    m->report->received_bytes += bytes;
    handle_result(m, worker_of(m, source), &message);
}

/* Takes one message if there is one. */
static bool poll_messages(manager_t *m) {
    int source, tag, bytes;
    failure_t why;
    if (!comm_probe(&source, &tag, &bytes))
        return false;
    if (tag == TAG_RESULT) {
        receive_result(m, source, bytes);
    } else if (tag == TAG_BROKEN) {
        comm_receive(&why, (int)sizeof why, source, TAG_BROKEN);
        failed_within(&why, "rank %d", source);
        broken(m, &why);
    } else {
        comm_receive(NULL, 0, source, TAG_BYE);
        m->goodbyes++;
    }
    return true;
}

/* Takes results only while the writer keeps up; otherwise they wait at their workers. Takes no more at once than can be
 * in flight, so that signals, threads and the heartbeat have their turn. */
static bool take_what_came(manager_t *m) {
    message_t message;
    int taken = 0;
    while (taken < m->workers * UNITS_IN_FLIGHT && writer_has_room(m->spec->writer)) {
        int before = taken;
        if (m->spec->evaluator && evaluator_take(m->spec->evaluator, &message)) {
            handle_result(m, 0, &message);
            taken++;
        }
        if (m->spec->ranks > 1)
            taken += poll_messages(m);
        if (taken == before)
            break;
    }
    return taken > 0;
}

/* ---- threads, heartbeat, progress ---- */

static void check_threads(manager_t *m) {
    failure_t why;
    if (writer_check(m->spec->writer, &why) != STATUS_OK || combine_check(m->spec->combine, &why) != STATUS_OK ||
        (m->spec->evaluator && evaluator_check(m->spec->evaluator, &why) != STATUS_OK))
        broken(m, &why);
}

/* Samples whose values all arrived, but whose interactions overflow. */
static void take_failures_of_combining(manager_t *m) {
    int64_t more = combine_failed(m->spec->combine) - m->failed_combined;
    if (more == 0)
        return;
    m->failed_combined += more;
    m->failed += more;
    m->done -= more;
    log_warning(m->spec->log, "%lld sample%s failed when %s ranges were put together; harsanyi status shows why",
                (long long)more, more == 1 ? "" : "s", more == 1 ? "its" : "their");
}

static uint64_t masks_done(const manager_t *m) {
    return m->spec->masks - scheduler_masks_left(m->spec->scheduler);
}

static void beat(manager_t *m, double time) {
    job_t job = {.kind = JOB_BEAT};
    double now = clock_calendar(); /* may be set meanwhile, but time - start must stay right */
    job.beat = (results_heartbeat_t){.time = now,
                                     .start = now - (time - m->started),
                                     .masks_at_start = m->spec->masks_at_start,
                                     .masks_now = masks_done(m),
                                     .ranks = m->spec->ranks,
                                     .first_silent = -1};
    for (int w = m->workers - 1; w >= 0; w--)
        if (scheduler_in_flight(m->spec->scheduler, w) > 0 && time - m->heard[w] > SILENT_SECONDS) {
            job.beat.silent++;
            job.beat.first_silent = rank_of(m, w);
        }
    m->beaten = time;
    put(m, &job);
}

static void look_around(manager_t *m) {
    double time = clock_seconds();
    take_failures_of_combining(m);
    progress_now_t state = {.samples = results_samples(m->spec->results),
                            .done = m->done,
                            .failed = m->failed,
                            .masks = m->spec->masks,
                            .masks_done = masks_done(m)};
    check_threads(m);
    if (m->report->status == STATUS_OK && stop_asked(m->spec->stop, m->spec->stop_file, time)) {
        m->report->status = STATUS_STOPPED;
        log_info(m->spec->log, "stopping on %s: running units are finished and their results written",
                 m->spec->stop->why);
    }
    if (time - m->beaten >= m->period)
        beat(m, time);
    progress_show(&m->progress, &state, time);
}

/* ---- the end ---- */

static bool all_done(manager_t *m) {
    return scheduler_finished(m->spec->scheduler) && combine_finished(m->spec->combine) == m->completed;
}

static void begin_end(manager_t *m) {
    m->ending = true;
    scheduler_stop(m->spec->scheduler);
    if (m->spec->evaluator)
        evaluator_stop(m->spec->evaluator);
    for (int rank = 1; rank < m->spec->ranks; rank++)
        comm_send(NULL, 0, rank, TAG_STOP);
}

static bool everyone_gone(manager_t *m) {
    bool evaluator_gone = !m->spec->evaluator || evaluator_stopped(m->spec->evaluator);
    return m->goodbyes == m->spec->ranks - 1 && evaluator_gone;
}

static void loop(manager_t *m) {
    nap_t nap = {.longest = NAP_NANOSECONDS};
    for (;;) {
        bool any = take_what_came(m);
        any |= give_out(m);
        look_around(m);
        bool gave_up = scheduler_gave_up(m->spec->scheduler);
        if (!m->ending && (m->report->status != STATUS_OK || gave_up || all_done(m)))
            begin_end(m);
        else if (m->ending && everyone_gone(m))
            return;
        if (any)
            comm_wake(&nap);
        else
            comm_nap(&nap);
    }
}

void manager_run(const manager_spec_t *spec, manager_report_t *report) {
    manager_t m = {.spec = spec,
                   .report = report,
                   .period = heartbeat_seconds(),
                   .completed = spec->combining,
                   .done = spec->done_at_start + spec->combining,
                   .failed = spec->failed_at_start};
    *report = (manager_report_t){0};
    m.workers = report->workers = spec->evaluator ? spec->ranks : spec->ranks - 1;
    m.heard = memory_need((size_t)m.workers, sizeof *m.heard, "the manager");
    m.seconds = memory_need((size_t)results_samples(spec->results), sizeof *m.seconds, "the manager");
    report->by_worker = memory_need((size_t)m.workers, sizeof *report->by_worker, "the manager");
    m.started = clock_seconds();
    for (int w = 0; w < m.workers; w++)
        m.heard[w] = m.started;
    progress_start(&m.progress, spec->log, spec->masks_at_start, m.started);
    beat(&m, m.started);
    double processor = clock_thread();
    loop(&m);
    report->managing = clock_thread() - processor;
    beat(&m, clock_seconds());
    report->gave_up = scheduler_gave_up(spec->scheduler);
    report->completed = m.completed;
    report->seconds = clock_seconds() - m.started;
    free(m.heard);
    free(m.seconds);
}
