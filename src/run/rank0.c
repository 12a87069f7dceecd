#include "run/rank0.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/version.h"
#include "lattice/strips.h"
#include "plan/plan_costs.h"
#include "plan/v_check.h"
#include "results/summarise_rows.h"
#include "run/combine.h"
#include "run/comm.h"
#include "run/heartbeat.h"
#include "run/resume.h"
#include "run/worker.h"
#include "run/writer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The thread that adds up finished rows looks for new ones this often: more often than the writer commits, to leave
 * little to the end. */
static const double LOCK_PATIENCE = 5.0, FOLLOW_SECONDS = 0.05;

/* ---- the results file ---- */

static void fill_identity(sweep_t *s) {
    const model_info_t *info = model_info(s->inputs->model);
    results_identity_t *identity = &s->identity;
    snprintf(identity->software_version, RESULTS_TEXT, "%s", version_software);
    snprintf(identity->git_revision, RESULTS_TEXT, "%s", version_git);
    snprintf(identity->engine, RESULTS_TEXT, "%s", info->engine);
    snprintf(identity->engine_version, RESULTS_TEXT, "%s", info->engine_version);
    model_instruction_set(identity->instruction_set);
    memcpy(identity->model_sha256, s->inputs->model_sha256, DIGEST_HEX);
    memcpy(identity->samples_sha256, s->inputs->samples_sha256, DIGEST_HEX);
    memcpy(identity->settings_sha256, s->inputs->settings_sha256, DIGEST_HEX);
    const char *score, *kind;
    decide_words(&s->inputs->options, &score, &kind);
    snprintf(identity->score, RESULTS_WORD, "%s", score);
    snprintf(identity->output_kind, RESULTS_WORD, "%s", kind);
    snprintf(identity->v_check, RESULTS_WORD, "none");
}

/* Whether v is a function of S at all, before a file is made. */
static status_t check_v(sweep_t *s, problems_t *warnings, failure_t *why) {
    v_verdict_t verdict;
    TRY(v_check_warn(s->inputs, &verdict, warnings, why));
    if (model_info(s->inputs->model)->input_bits > 0)
        snprintf(s->identity.v_check, RESULTS_WORD, "%s", V_VERDICT_WORDS[verdict]);
    return STATUS_OK;
}

/* v of a results file is what that file says, and so are the warnings about it. */
static status_t take_over(sweep_t *s, problems_t *warnings, failure_t *why) {
    results_t *from CLEANUP(results_close) = NULL;
    failure_t not_ours;
    if (s->config->model.backend != BACKEND_VALUES ||
        results_open(s->config->model.file, false, &from, &not_ours) != STATUS_OK)
        return STATUS_OK;
    const results_identity_t *was = results_identity(from);
    memcpy(s->identity.score, was->score, RESULTS_WORD);
    memcpy(s->identity.output_kind, was->output_kind, RESULTS_WORD);
    memcpy(s->identity.v_check, was->v_check, RESULTS_WORD);
    return results_read_warnings(from, warnings, why);
}

static status_t create_file(sweep_t *s, failure_t *why) {
    problems_t warnings CLEANUP(problems_free) = {0};
    TRY(check_v(s, &warnings, why));
    TRY(take_over(s, &warnings, why));
    TRY(plan_calibrate(s->inputs, &s->seconds_per_mask, why));
    return resume_create(s, plan_block_bits(s->inputs, s->seconds_per_mask), &warnings, why);
}

/* What v is, and what was found to be wrong with it when the file was made. */
static status_t say_what_v_is(sweep_t *s, failure_t *why) {
    char text[DECIDE_TEXT];
    problems_t warnings CLEANUP(problems_free) = {0};
    if (backend_has_score(s->config->model.backend)) {
        decide_text(&s->inputs->options, model_info(s->inputs->model)->output, model_info(s->inputs->model)->outputs,
                    text);
        log_info(&s->log, "%s", text);
    }
    TRY(results_read_warnings(s->results, &warnings, why));
    for (size_t i = 0; i < warnings.count; i++)
        log_warning(&s->log, "%s", warnings.texts[i]);
    return STATUS_OK;
}

/* Whether the file says that v is no function of S alone, so that its noise cannot be told from it. */
static bool noise_is_unknown(const results_t *results) {
    const char *word = results_identity(results)->v_check;
    return strcmp(word, V_VERDICT_WORDS[V_RANDOM]) == 0 || strcmp(word, V_VERDICT_WORDS[V_DEPENDS_ON_BATCH]) == 0;
}

/* Left by a start that was killed while it made the file; it may be as large as the file. */
static status_t remove_leftover(const char *path, failure_t *why) {
    char *temporary OWNED = memory_text("%s.tmp", path);
    if (unlink(temporary) != 0 && errno != ENOENT)
        return failed(why, STATUS_INPUT, "%s: cannot remove this old temporary file: %s", temporary, strerror(errno));
    return STATUS_OK;
}

/* Takes the lock and opens the results file, which it makes first if it does not exist or with --fresh. */
static status_t open_results(sweep_t *s, failure_t *why) {
    bool exists = false;
    TRY(lock_take_unsigned(s->file, LOCK_PATIENCE, &s->lock, why));
    TRY(paths_check_output(s->file, s->options->resume, &exists, why));
    if (exists)
        TRY(heartbeat_watch(s->file, lock_is_flocked(s->lock), &s->log, why));
    lock_sign(s->lock, "run");
    TRY(remove_leftover(s->file, why));
    fill_identity(s);
    if (!exists || s->options->fresh)
        TRY(create_file(s, why));
    TRY(resume_open(s, why));
    if (s->seconds_per_mask <= 0)
        s->seconds_per_mask = resume_seconds_per_mask(s->results);
    /* A guess is not good enough: units that are far too large would never finish before the next kill. */
    return s->seconds_per_mask > 0 ? STATUS_OK : plan_calibrate(s->inputs, &s->seconds_per_mask, why);
}

static void make_scheduler(sweep_t *s) {
    scheduler_spec_t spec = {.samples = samples_count(s->inputs->samples),
                             .rows = results_rows_of_sample(s->results),
                             .block_bits = results_block_bits(s->results),
                             .workers = plan_workers(s->ranks),
                             .retries = s->config->sweep.retries,
                             .seconds_per_mask = s->seconds_per_mask};
    int *players OWNED = memory_need((size_t)spec.samples, sizeof *players, "the schedule");
    for (int64_t k = 0; k < spec.samples; k++)
        players[k] = samples_players_of(s->inputs->samples, k);
    for (int n = 0; n <= PLAYERS_MAX; n++)
        spec.granule_bits[n] = model_granule_bits(s->inputs->model, n);
    spec.players = players;
    s->scheduler = scheduler_create(&spec);
}

/* If nothing is left to do: says so and sets *code. */
static status_t check_complete(sweep_t *s, int *code, failure_t *why) {
    bool summary = results_shard(s->results);
    if (!summary)
        TRY(results_read_summary_valid(s->results, &summary, why));
    if (!summary || s->combining > 0 || scheduler_masks_left(s->scheduler) > 0)
        return STATUS_OK;
    log_info(&s->log, "%s is complete already: %lld %s done, %lld failed; --fresh starts over", s->file,
             (long long)s->done, results_word(s->results), (long long)s->failed);
    *code = s->failed > 0 ? 2 : 0;
    return STATUS_OK;
}

/* ---- the threads ---- */

static void fill_run(const sweep_t *s, results_run_t *run) {
    const results_identity_t *identity = &s->identity;
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    const char *job = getenv("SLURM_JOB_ID"), *restarts = getenv("SLURM_RESTART_COUNT");
    *run = (results_run_t){.ranks = s->ranks, .slurm_restart = restarts ? (int32_t)strtol(restarts, NULL, 10) : 0};
    results_describe_run(version_compiler, run);
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",")] = '\0';
    snprintf(run->mpi, sizeof run->mpi, "%.*s", (int)sizeof run->mpi - 1, mpi);
    snprintf(run->slurm_job, sizeof run->slurm_job, "%.*s", (int)sizeof run->slurm_job - 1, job ? job : "");
    snprintf(run->engine, sizeof run->engine, "%.30s %.30s, %.60s", identity->engine, identity->engine_version,
             identity->instruction_set);
    snprintf(run->exit, sizeof run->exit, "running");
}

/* Rank 0's own worker, so that one process is a complete run. If it fails, the queue of units has failed. */
static void evaluate_units(void *self) {
    sweep_t *s = self;
    unit_t unit;
    status_t status = STATUS_OK;
    while (status == STATUS_OK && queue_take(s->units, &unit, INFINITY)) {
        message_t result = writer_spare(s);
        failure_t why;
        status = worker_do(s->worker, &unit, s->row.bytes, &result, &why);
        if (status == STATUS_OK) {
            queue_put(s->results_of_units, &result, 0);
        } else {
            queue_fail(s->units, &why);
            message_free(&result);
        }
    }
}

static status_t start_evaluating(sweep_t *s, failure_t *why) {
    s->units = queue_create(sizeof(unit_t), "the evaluator");
    s->results_of_units = queue_create(sizeof(message_t), "the evaluator");
    return queue_start(s->units, evaluate_units, s, why);
}

/* Lets the running unit end. */
static void end_evaluating(sweep_t *s) {
    message_t result;
    queue_destroy(&s->units);
    message_free(&s->row);
    while (s->results_of_units && queue_take(s->results_of_units, &result, 0))
        message_free(&result);
    queue_destroy(&s->results_of_units);
}

/* Asked while rows are added up. */
static bool asked_to_stop(void *self) {
    sweep_t *s = self;
    return s->summarises ? stop_asked(&s->stop, s->stop_file, clock_seconds()) : queue_closed(s->follow);
}

/* A thread that adds up finished rows while others are still evaluated. That keeps the end of a sweep short, when no
 * other rank works. It reads rows whose flags are on disk and writes nothing; a failure happens again at the end. */
static void follow_rows(void *self) {
    sweep_t *s = self;
    failure_t ignored;
    while (!queue_closed(s->follow)) {
        row_sums_advance(s->sums, &ignored);
        queue_take(s->follow, NULL, clock_seconds() + FOLLOW_SECONDS);
    }
}

static void start_following(sweep_t *s) {
    failure_t ignored;
    const summarise_rows_t spec = {
        .results = s->results, .curves = s->config->statistics.curves, .stop = asked_to_stop, .self = s};
    s->sums = row_sums_create(&spec);
    s->follow = queue_create(0, "statistics across samples");
    queue_start(s->follow, follow_rows, s, &ignored); /* else all is left to the end */
}

static status_t start_threads(sweep_t *s, failure_t *why) {
    results_run_t run;
    fill_run(s, &run);
    if (!sweep_solves(s))
        TRY(combine_create(s, strips_default_bits(), why));
    TRY(results_add_run(s->results, &run, &s->slot, why));
    TRY(writer_start(s, &run, why));
    if (!sweep_solves(s))
        TRY(combine_start(s, why));
    if (s->worker)
        TRY(start_evaluating(s, why));
    if (!results_shard(s->results))
        start_following(s);
    return STATUS_OK;
}

/* ---- up to where workers are needed ---- */

/* A stop file that is already there would stop every start, so it is reported. */
static status_t check_stop_file(sweep_t *s, failure_t *why) {
    s->stop_file = memory_text("%s.stop", s->file);
    if (access(s->stop_file, F_OK) == 0)
        return failed(why, STATUS_STOPPED, "%s exists, so this sweep stays stopped; remove that file to resume",
                      s->stop_file);
    return STATUS_OK;
}

status_t rank0_prepare(sweep_t *s, int *code, failure_t *why) {
    TRY(check_stop_file(s, why));
    TRY(open_results(s, why));
    make_scheduler(s);
    s->to_write = queue_create(sizeof(job_t), "the writer");
    s->spares = queue_create(sizeof(message_t), "the writer");
    s->to_combine = queue_create(sizeof(job_t), "the combine thread");
    TRY(resume_load(s, why));
    TRY(check_complete(s, code, why));
    if (*code >= 0)
        return STATUS_OK;
    TRY(say_what_v_is(s, why));
    s->inputs->noise_unknown = noise_is_unknown(s->results);
    if (s->inputs->target_is_predicted_instead)
        log_info(&s->log, "the samples have no labels: the model's own predictions are the targets");
    if (s->ranks <= EVALUATING_WORLD_MAX)
        TRY(worker_create(s->inputs, results_fields(s->results), &s->worker, why));
    return start_threads(s, why);
}

void rank0_release(sweep_t *s) {
    failure_t ignored;
    queue_destroy(&s->follow);
    row_sums_destroy(&s->sums);
    end_evaluating(s);
    if (s->to_combine)
        combine_stop(s); /* it and the writer give each other work: both must end before a queue is freed */
    if (s->writer)
        writer_finish(s, "not started", &ignored);
    combine_destroy(s);
    queue_destroy(&s->to_write);
    for (message_t spare; s->spares && queue_take(s->spares, &spare, 0);)
        message_free(&spare);
    queue_destroy(&s->spares);
    queue_destroy(&s->to_combine);
    scheduler_destroy(&s->scheduler);
    results_close(&s->results);
    lock_release(&s->lock);
    free(s->stop_file);
    free(s->report.by_worker);
    free(s->settled);
}

/* ---- the run ---- */

/* Statistics across samples, once all samples are finished. */
static status_t summarise(sweep_t *s, failure_t *why) {
    double began = clock_seconds();
    queue_close(s->follow, true);
    queue_join(s->follow);
    s->summarises = true;
    TRY(sweep_may_write(s, why));
    TRY(summarise_rows_warn(s->results, &s->log, why));
    status_t status = row_sums_finish_into(s->sums, s->results, why);
    s->report.across = clock_seconds() - began;
    return status;
}

/* The sweep used the model as it was read; warn if the file has changed since. */
static void warn_of_changed_model(sweep_t *s) {
    bool changed = false;
    failure_t why;
    if (inputs_model_changed(s->inputs, &changed, &why) != STATUS_OK || changed)
        log_warning(
            &s->log,
            "%s changed after it was read at the start: the results belong to the old file, and only that one can "
            "resume this sweep",
            s->config->model.file);
}

static bool is_broken(status_t status) {
    return status != STATUS_OK && status != STATUS_STOPPED;
}

static int exit_code(const sweep_t *s, status_t status, const results_count_t *count) {
    if (status != STATUS_OK)
        return failure_exit_code(status);
    if (count->pending > 0 && !scheduler_gave_up(s->scheduler))
        return STATUS_STOPPED;
    return count->failed > 0 ? 2 : 0;
}

static const char *exit_text(const sweep_t *s, status_t status) {
    return is_broken(status)                 ? "broken"
           : status == STATUS_STOPPED        ? "stopped"
           : scheduler_gave_up(s->scheduler) ? "gave up"
                                             : "ended";
}

/* Whether a shard that was asked to stop had nothing left to do; the combine thread has ended. A whole sweep would
 * still have to make /summary. */
static bool was_finished(const sweep_t *s) {
    return results_shard(s->results) && scheduler_masks_left(s->scheduler) == 0 && s->combined == s->combining;
}

/* The sweep, until all threads have ended and their work is on disk. */
static status_t evaluate_all(sweep_t *s, results_count_t *count, failure_t *why) {
    failure_t at_the_end;
    if (s->masks_at_start > 0)
        log_info(&s->log, "resuming: %lld %s done, %lld failed, %.1f %% of all masks are stored",
                 (long long)(s->done - s->combining), results_word(s->results), (long long)s->failed,
                 100.0 * (double)s->masks_at_start / (double)s->inputs->masks);
    status_t status = manager_run(s, why);
    warn_of_changed_model(s);
    end_evaluating(s);
    combine_stop(s);
    if (status == STATUS_STOPPED && was_finished(s))
        status = STATUS_OK;
    status_t ended = writer_finish(s, exit_text(s, status), &at_the_end);
    if (ended == STATUS_OK)
        ended = results_count(s->results, count, &at_the_end);
    if (is_broken(status) || ended == STATUS_OK)
        return status;
    *why = at_the_end;
    return ended;
}

static void print_end(sweep_t *s, status_t status, const results_count_t *count, const failure_t *why) {
    if (status == STATUS_INPUT)
        log_error(&s->log, "%s", why->text); /* the file itself is at fault */
    else if (is_broken(status))
        log_error(&s->log, "%s%s; all finished work is safe in %s: the same command resumes it", why->text,
                  failure_place(why).text, s->file);
    else
        report_print(s, count, scheduler_gave_up(s->scheduler), status == STATUS_STOPPED);
}

int rank0_run(sweep_t *s) {
    failure_t why, ignored;
    results_count_t count = {0};
    double began = clock_seconds();
    s->report.start = began - s->began;
    status_t status = evaluate_all(s, &count, &why);
    s->report.sweep = clock_seconds() - began;
    s->report.megabytes = comm_resident_megabytes(); /* collective: all other ranks have finished as well */
    if (status == STATUS_OK && count.pending == 0 && s->sums) {
        status = summarise(s, &why);
        /* The writer's record says that the sweep ended. If this fails, it is still right about the samples; nothing is
         * synced after a failed sync. */
        if (status != STATUS_OK && sweep_may_write(s, &ignored) == STATUS_OK &&
            results_write_exit(s->results, s->slot, exit_text(s, status), &ignored) == STATUS_OK && !is_broken(status))
            results_sync(s->results, &ignored);
    }
    print_end(s, status, &count, &why);
    return exit_code(s, status, &count);
}
