#include "run/rank0.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/nan.h"
#include "base/progress.h"
#include "run/comm.h"
#include "run/heartbeat.h"
#include "run/wire.h"
#include "run/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every worker has a second unit of 50 ms or more waiting, so it need not be answered at once; each poll costs a
 * wake-up. */
enum { NAP_NANOSECONDS = 4000000 };
enum { FAILURES_SHOWN = 20 };
static const double SILENT_SECONDS = 60.0;

/* What is known of a row in this start. */
typedef struct {
    double seconds; /* of evaluation, of rows that come in pieces */
    char *error;    /* owned; NULL: it has no bad mask; else of ... */
    mask_t bad;     /* ... the lowest so far */
} known_row_t;

typedef struct {
    sweep_t *sweep;
    report_t *report; /* the sweep's */
    int rows_of_sample;
    status_t status; /* STATUS_OK, STATUS_STOPPED, or that of the failure */
    failure_t failure;
    int workers, goodbyes;                    /* remote workers that ended */
    double *heard;                            /* [workers] when a worker last said something */
    known_row_t *rows;                        /* [rows of the file] */
    part_head_t *parts;                       /* [rows_of_sample], of the sample at hand, with ... */
    const double **data;                      /* ... their numbers */
    int64_t failed_now;                       /* in this start */
    int64_t overflow;                         /* of those that the combine thread counted, taken note of */
    uint64_t uncounted, uncounted_for_target; /* masks that the next job carries into the run record */
    bool ending;
    double started, beaten; /* monotonic */
    double period;          /* seconds between heartbeats */
    double first_given;     /* monotonic; 0: nothing was given out yet */
    progress_t progress;
} manager_t;

static int rank_of(const manager_t *m, int worker) {
    return m->sweep->units ? worker : worker + 1;
}

static int worker_of(const manager_t *m, int rank) {
    return m->sweep->units ? rank : rank - 1;
}

/* Keeps the first failure of the sweep; the loop then ends everything in order. */
static void broken(manager_t *m, const failure_t *why) {
    if (m->status == STATUS_OK || m->status == STATUS_STOPPED) {
        m->status = why->status;
        m->failure = *why;
    }
}

/* ---- results ---- */

/* bytes: of the memory that waits with the job. */
static void put(manager_t *m, job_t *job, size_t bytes) {
    job->masks = m->uncounted;
    job->masks_for_target = m->uncounted_for_target;
    m->uncounted = m->uncounted_for_target = 0;
    queue_put(m->sweep->to_write, job, bytes);
}

/* The part must be of the row, and hold the numbers that the unit asked for. */
static status_t check_part(const manager_t *m, const unit_t *unit, row_t row, const part_head_t *part, failure_t *why) {
    if (part->row != row)
        return failed(why, STATUS_INTERNAL, "a worker sent row %lld instead of %lld", (long long)part->row,
                      (long long)row);
    int n = results_players_of(m->sweep->results, row);
    uint64_t expected = unit->kind == UNIT_MASKS ? unit->count : finished_doubles(results_fields(m->sweep->results), n);
    if (part->info.error_kind == OUTCOME_OK && part->doubles != expected)
        return failed(
            why, STATUS_INTERNAL,
            "sample %lld: a worker sent %llu numbers instead of %llu; did the samples change during the sweep?",
            (long long)results_index(m->sweep->results, row), (unsigned long long)part->doubles,
            (unsigned long long)expected);
    return STATUS_OK;
}

/* A row that was finished has kept what its ranges told. */
static results_sample_t sample_info(const manager_t *m, const unit_t *unit, const part_head_t *part,
                                    const verdict_t *verdict) {
    results_sample_t info = part->info;
    if (unit->kind != UNIT_FINISH) {
        info.attempts = verdict->attempts;
        info.seconds = m->rows[part->row].seconds;
    }
    if (verdict->failed) {
        info.noise_sigma = nan_canonical();
        info.error_kind = verdict->kind;
        snprintf(info.error, sizeof info.error, "%s", verdict->error);
    }
    return info;
}

static void note_failure(manager_t *m, const job_t *job) {
    m->sweep->failed++;
    if (++m->failed_now <= FAILURES_SHOWN)
        log_warning(&m->sweep->log, "%s failed: %s",
                    results_row_name(m->sweep->results, job->sample, job->info.target).text, job->info.error);
    if (m->failed_now == FAILURES_SHOWN)
        log_warning(&m->sweep->log, "further failures are only counted; harsanyi status lists their reasons");
}

/* The job that writes a part which is to be written. */
static job_t make_job(manager_t *m, const unit_t *unit, const part_head_t *part, const double *data,
                      const verdict_t *verdict) {
    const fields_t *fields = results_fields(m->sweep->results);
    job_t job = {.kind = JOB_FAILED, .sample = part->row, .info = sample_info(m, unit, part, verdict)};
    const bool finished = unit->kind == UNIT_FINISH; /* it counts as done since its values were there */
    m->sweep->combined += finished;
    m->sweep->done -= finished;
    if (verdict->failed) {
        note_failure(m, &job);
    } else if (unit->kind != UNIT_MASKS) {
        job.kind = JOB_SAMPLE;
        job.row = finished_at(fields, results_players_of(m->sweep->results, part->row),
                              (double *)(uintptr_t)data); /* only read */
        job.info.v_empty = data[0];
        job.info.v_full = data[mask_count(job.row.n) - 1];
        m->sweep->done++;
    } else {
        job.kind = JOB_MASKS;
        job.values = data;
        job.first = unit->first;
        job.count = unit->count;
        job.first_block = verdict->first_block;
        job.blocks = verdict->blocks;
        job.complete = verdict->complete;
        m->sweep->combining += verdict->complete;
        m->sweep->done += verdict->complete;
    }
    return job;
}

static void account(manager_t *m, int worker, const result_head_t *head) {
    report_t *r = m->report;
    r->by_worker[worker] += head->masks;
    r->masks += head->masks;
    r->masks_for_noise += head->masks_for_noise;
    r->engine += head->times.engine;
    r->fill += head->times.fill;
    r->score += head->times.score;
    r->transform += head->finish.transform;
    r->solving += head->finish.solving;
    r->statistics += head->finish.statistics;
    r->reading += head->reading;
    r->evaluating += head->seconds;
    r->first_to_last = m->heard[worker] - m->first_given;
    r->longest_unit = head->seconds > r->longest_unit ? head->seconds : r->longest_unit;
    m->uncounted += head->masks;
    m->uncounted_for_target += head->masks_for_target;
}

/* Jobs for the writer: all but the last are handed on, since that one is to own the message. */
typedef struct {
    job_t last;
    bool any;
} jobs_t;

static void add_job(manager_t *m, jobs_t *jobs, const job_t *job) {
    if (jobs->any)
        put(m, &jobs->last, 0);
    jobs->last = *job;
    jobs->any = true;
}

/* The parts of one sample, or of the row that is finished. */
static status_t read_parts(manager_t *m, const unit_t *unit, row_t first, int count, reader_t *reader, failure_t *why) {
    for (int i = 0; i < count; i++) {
        TRY(wire_read_part(reader, &m->parts[i], &m->data[i], why));
        TRY(check_part(m, unit, first + i, &m->parts[i], why));
        m->rows[first + i].seconds += m->parts[i].info.seconds;
    }
    return STATUS_OK;
}

/* Of a row that came in ranges. */
static void note_bad(known_row_t *row, const unit_t *unit, const part_head_t *part) {
    const bool inside = part->bad_mask >= unit->first && part->bad_mask < unit->first + unit->count;
    const mask_t bad = inside ? part->bad_mask : unit->first; /* a failure of the sample as a whole has no mask */
    if (row->error && row->bad <= bad)
        return;
    free(row->error);
    row->error = memory_text("%s", part->info.error);
    row->bad = bad;
}

/* What the parts say of the sample as a whole: it fails for certain where all rows that are wanted do. NULL: it is ok.
 */
static const part_head_t *failure_of(const manager_t *m, const unit_t *unit, row_t first) {
    const part_head_t *worst = NULL;
    for (int i = 0; i < m->rows_of_sample; i++) {
        const part_head_t *part = &m->parts[i];
        if (m->sweep->settled[first + i])
            continue;
        if (part->info.error_kind == OUTCOME_OK)
            return NULL;
        if (part->info.error_kind == OUTCOME_CERTAIN && unit->kind == UNIT_MASKS)
            note_bad(&m->rows[first + i], unit, part);
        if (!worst || part->info.error_kind == OUTCOME_TRANSIENT || part->bad_mask > worst->bad_mask)
            worst = part;
    }
    return worst;
}

/* What the verdict on a sample means for one of its rows; false: nothing is to be written of it yet. */
static bool judge_row(const manager_t *m, const unit_t *unit, const part_head_t *part, verdict_t *verdict) {
    const known_row_t *known = &m->rows[part->row];
    const bool ended = verdict->failed || (unit->kind == UNIT_MASKS ? verdict->complete : verdict->store);
    const char *own = unit->kind == UNIT_MASKS                   ? known->error
                      : part->info.error_kind == OUTCOME_CERTAIN ? part->info.error
                                                                 : NULL;
    if (own && ended) {
        verdict->failed = true;
        verdict->kind = OUTCOME_CERTAIN;
        verdict->error = own;
    }
    return verdict->failed || (verdict->store && !own);
}

/* The parts of sample k, or of the row that is finished. */
static status_t take_sample(manager_t *m, const unit_t *unit, nth_t k, reader_t *reader, jobs_t *jobs, failure_t *why) {
    const bool finish = unit->kind == UNIT_FINISH;
    const row_t first = finish ? unit->row : k * m->rows_of_sample;
    const int count = finish ? 1 : m->rows_of_sample;
    TRY(read_parts(m, unit, first, count, reader, why));
    const part_head_t *bad = finish ? m->parts : failure_of(m, unit, first);
    const verdict_t verdict = scheduler_report(m->sweep->scheduler, unit, k, bad ? bad->info.error_kind : OUTCOME_OK,
                                               bad ? bad->bad_mask : 0, bad ? bad->info.error : "");
    for (int i = 0; i < count; i++) {
        verdict_t own = verdict;
        const bool wanted = finish || !m->sweep->settled[first + i];
        if (!wanted || !(finish || judge_row(m, unit, &m->parts[i], &own)))
            continue;
        job_t job = make_job(m, unit, &m->parts[i], m->data[i], &own);
        add_job(m, jobs, &job);
    }
    return STATUS_OK;
}

static status_t take_parts(manager_t *m, const unit_t *unit, reader_t *reader, jobs_t *jobs, failure_t *why) {
    for (int64_t i = 0; i < unit->samples; i++)
        TRY(take_sample(m, unit, unit->first_sample + i, reader, jobs, why));
    return STATUS_OK;
}

/* One result. The last job that points into its bytes owns them, even if a later part is bad. */
static status_t take_result(manager_t *m, int worker, message_t *message, failure_t *why) {
    reader_t reader;
    result_head_t head;
    jobs_t jobs = {.any = false};
    TRY(wire_read_head(&reader, message->bytes, message->length, &head, why));
    const unit_t *unit = scheduler_find(m->sweep->scheduler, worker, head.unit_id);
    if (!unit || head.parts != (unit->kind == UNIT_FINISH ? 1 : unit->samples * m->rows_of_sample))
        return failed(why, STATUS_INTERNAL, "rank %d sent a result that was not asked for", rank_of(m, worker));
    account(m, worker, &head);
    status_t status = take_parts(m, unit, &reader, &jobs, why);
    if (status == STATUS_OK)
        scheduler_finish_unit(m->sweep->scheduler, worker, head.unit_id, head.seconds, head.masks);
    if (jobs.any) {
        jobs.last.buffer = message->bytes;
        jobs.last.room = message->capacity;
        put(m, &jobs.last, message->capacity);
        *message = (message_t){0};
    }
    return status;
}

/* ---- units ---- */

static void send_unit(manager_t *m, int worker, const unit_t *unit) {
    if (m->sweep->units && worker == 0)
        queue_put(m->sweep->units, unit, 0);
    else
        comm_send(unit, (int)sizeof *unit, rank_of(m, worker), TAG_UNIT);
}

/* What goes with a unit that finishes a row (run/wire.h). */
static status_t read_row(const manager_t *m, const job_t *job, message_t *row, failure_t *why) {
    mask_t count = mask_count(results_players_of(m->sweep->results, job->sample));
    row->length = 0;
    memcpy(message_grow(row, sizeof job->info), &job->info, sizeof job->info);
    void *values = message_grow(row, count * sizeof(double));
    return results_read_table(m->sweep->results, TABLE_VALUES, job->sample, 0, count, values, why);
}

static void send_row(manager_t *m, int worker, const unit_t *unit, const message_t *row) {
    message_t message = {0};
    memcpy(message_grow(&message, sizeof *unit), unit, sizeof *unit);
    memcpy(message_grow(&message, row->length), row->bytes, row->length);
    comm_send(message.bytes, (int)message.length, rank_of(m, worker), TAG_UNIT);
    message_free(&message);
}

/* A row to finish, for a worker that has nothing else to do: it takes the message at once, however long that is. */
static bool feed_row(manager_t *m, int worker) {
    sweep_t *s = m->sweep;
    const bool own = s->units && worker == 0;
    message_t row = {0};
    unit_t unit;
    job_t job;
    failure_t why;
    if (m->ending || !sweep_solves(s) || scheduler_in_flight(s->scheduler, worker) > 0 ||
        !queue_take(s->to_combine, &job, 0))
        return false;
    status_t status = read_row(m, &job, own ? &s->row : &row, &why);
    if (status == STATUS_OK)
        scheduler_give_row(s->scheduler, worker, job.sample, &unit);
    if (status != STATUS_OK)
        broken(m, &why);
    else if (own)
        send_unit(m, worker, &unit);
    else
        send_row(m, worker, &unit, &row);
    message_free(&row);
    return true;
}

/* Gives a worker units until it has `depth`. */
static bool feed(manager_t *m, int worker, int depth) {
    bool any = false;
    unit_t unit;
    while (!m->ending && scheduler_in_flight(m->sweep->scheduler, worker) < depth &&
           scheduler_next(m->sweep->scheduler, worker, &unit)) {
        send_unit(m, worker, &unit);
        any = true;
    }
    any = any || feed_row(m, worker);
    if (any && m->first_given <= 0)
        m->first_given = clock_seconds();
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
    message_t message = writer_spare(m->sweep);
    message_grow(&message, (size_t)bytes);
    double began = clock_seconds();
    comm_receive(message.bytes, bytes, source, TAG_RESULT);
    m->report->received.seconds += clock_seconds() - began;
    m->report->received.bytes += bytes;
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
    while (taken < m->workers * UNITS_IN_FLIGHT && queue_weight(m->sweep->to_write) < WRITER_WAITING_MAX) {
        int before = taken;
        if (m->sweep->units && queue_take(m->sweep->results_of_units, &message, 0)) {
            handle_result(m, 0, &message);
            taken++;
        }
        if (m->sweep->ranks > 1)
            taken += poll_messages(m);
        if (taken == before)
            break;
    }
    return taken > 0;
}

/* ---- threads, heartbeat, progress ---- */

static void check_threads(manager_t *m) {
    failure_t why;
    const sweep_t *s = m->sweep;
    if (queue_check(s->to_write, &why) != STATUS_OK || queue_check(s->to_combine, &why) != STATUS_OK ||
        (s->units && queue_check(s->units, &why) != STATUS_OK))
        broken(m, &why);
}

/* Samples whose values all arrived, but whose interactions overflow. */
static void take_failures_of_combining(manager_t *m) {
    int64_t more = m->sweep->overflow - m->overflow;
    if (more == 0)
        return;
    m->overflow += more;
    m->sweep->failed += more;
    m->sweep->done -= more;
    log_warning(&m->sweep->log, "%lld %.*s failed when %s ranges were put together; harsanyi status shows why",
                (long long)more, (int)strlen(results_word(m->sweep->results)) - (more == 1),
                results_word(m->sweep->results), more == 1 ? "its" : "their");
}

static uint64_t masks_done(const manager_t *m) {
    return m->sweep->inputs->masks - scheduler_masks_left(m->sweep->scheduler);
}

static void beat(manager_t *m, double time) {
    job_t job = {.kind = JOB_BEAT};
    double now = clock_calendar(); /* may be set meanwhile, but time - start must stay right */
    job.beat = (results_heartbeat_t){.time = now,
                                     .start = now - (time - m->started),
                                     .masks_at_start = m->sweep->masks_at_start,
                                     .masks_now = masks_done(m),
                                     .ranks = m->sweep->ranks,
                                     .first_silent = -1};
    for (int w = m->workers - 1; w >= 0; w--)
        if (scheduler_in_flight(m->sweep->scheduler, w) > 0 && time - m->heard[w] > SILENT_SECONDS) {
            job.beat.silent++;
            job.beat.first_silent = rank_of(m, w);
        }
    m->beaten = time;
    put(m, &job, 0);
}

static void look_around(manager_t *m) {
    double time = clock_seconds();
    take_failures_of_combining(m);
    progress_now_t state = {.word = results_word(m->sweep->results),
                            .samples = results_samples(m->sweep->results),
                            .done = m->sweep->done,
                            .failed = m->sweep->failed,
                            .masks = m->sweep->inputs->masks,
                            .masks_done = masks_done(m)};
    check_threads(m);
    if (m->status == STATUS_OK && stop_asked(&m->sweep->stop, m->sweep->stop_file, time)) {
        m->status = STATUS_STOPPED;
        log_info(&m->sweep->log, "stopping on %s: running units are finished and their results written",
                 m->sweep->stop.why);
    }
    if (time - m->beaten >= m->period)
        beat(m, time);
    progress_show(&m->progress, &state, time);
}

/* ---- the end ---- */

static bool all_done(manager_t *m) {
    return scheduler_finished(m->sweep->scheduler) && m->sweep->combined == m->sweep->combining;
}

static void begin_end(manager_t *m) {
    m->ending = true;
    scheduler_stop(m->sweep->scheduler);
    if (m->sweep->units)
        queue_close(m->sweep->units, true);
    for (int rank = 1; rank < m->sweep->ranks; rank++)
        comm_send(NULL, 0, rank, TAG_STOP);
}

/* In this order: the evaluator's last result is there before its thread has ended. */
static bool everyone_gone(manager_t *m) {
    const sweep_t *s = m->sweep;
    return m->goodbyes == s->ranks - 1 && (!s->units || (queue_ended(s->units) && !queue_peek(s->results_of_units)));
}

static void loop(manager_t *m) {
    nap_t nap = {.longest = NAP_NANOSECONDS};
    for (;;) {
        bool any = take_what_came(m);
        any |= give_out(m);
        look_around(m);
        bool gave_up = scheduler_gave_up(m->sweep->scheduler);
        if (!m->ending && (m->status != STATUS_OK || gave_up || all_done(m)))
            begin_end(m);
        else if (m->ending && everyone_gone(m))
            return;
        if (any)
            comm_wake(&nap);
        else
            comm_nap(&nap);
    }
}

static void run_loop(manager_t *m) {
    sweep_t *s = m->sweep;
    m->started = clock_seconds();
    for (int w = 0; w < m->workers; w++)
        m->heard[w] = m->started;
    progress_start(&m->progress, &s->log, s->masks_at_start, m->started);
    beat(m, m->started);
    double processor = clock_thread();
    loop(m);
    m->report->managing = clock_thread() - processor;
    beat(m, clock_seconds());
    m->report->sweep = clock_seconds() - m->started;
}

status_t manager_run(sweep_t *sweep, failure_t *why) {
    manager_t m = {
        .sweep = sweep, .report = &sweep->report, .workers = plan_workers(sweep->ranks), .period = heartbeat_seconds()};
    m.heard = memory_need((size_t)m.workers, sizeof *m.heard, "the manager");
    m.rows_of_sample = results_rows_of_sample(sweep->results);
    m.rows = memory_need((size_t)results_samples(sweep->results), sizeof *m.rows, "the manager");
    m.parts = memory_need((size_t)m.rows_of_sample, sizeof *m.parts, "the manager");
    m.data = memory_need((size_t)m.rows_of_sample, sizeof *m.data, "the manager");
    m.report->by_worker = memory_need((size_t)m.workers, sizeof *m.report->by_worker, "the manager");
    run_loop(&m);
    free(m.heard);
    for (row_t row = 0; row < results_samples(sweep->results); row++)
        free(m.rows[row].error);
    free(m.rows);
    free(m.parts);
    free(m.data);
    *why = m.failure;
    return m.status;
}
