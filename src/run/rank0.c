#include "run/rank0.h"

#include "base/clock.h"
#include "base/memory.h"
#include "plan/calibrate.h"
#include "plan/softmax.h"
#include "results/summarise_rows.h"
#include "run/comm.h"
#include "run/heartbeat.h"
#include "run/manager.h"
#include "run/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double LOCK_PATIENCE = 5.0;

/* ---- the results file ---- */

static void fill_identity(const sweep_t *s, results_identity_t *identity) {
    const model_info_t *info = model_info(s->inputs->model);
    *identity = (results_identity_t){0};
    snprintf(identity->software_version, RESULTS_TEXT, "%s", s->options->software_version);
    snprintf(identity->git_revision, RESULTS_TEXT, "%s", s->options->git_revision);
    snprintf(identity->engine, RESULTS_TEXT, "%s", info->engine);
    snprintf(identity->engine_version, RESULTS_TEXT, "%s", info->engine_version);
    model_instruction_set(identity->instruction_set);
    memcpy(identity->model_sha256, s->inputs->model_sha256, DIGEST_HEX);
    memcpy(identity->samples_sha256, s->inputs->samples_sha256, DIGEST_HEX);
    memcpy(identity->settings_sha256, s->inputs->settings_sha256, DIGEST_HEX);
}

static status_t create_file(sweep_t *s, rank0_t *l, const char *path, failure_t *why) {
    int n = s->inputs->n_max, given = s->config->sweep.block_bits;
    bool softmax = false;
    TRY(softmax_suspected(s->inputs, &softmax, why));
    if (softmax)
        log_warning(&s->log, "the model's outputs sum to 1: a softmax seems to be inside it, but the outputs are "
                             "treated as logits, which "
                             "makes v wrong; export the model without the softmax, or use score: logit, which takes "
                             "outputs as they are");
    TRY(calibrate(s->inputs, &l->seconds_per_mask, why));
    int g = calibrate_block_bits(n, model_granule_bits(s->inputs->model, n), l->seconds_per_mask);
    if (given != BLOCK_BITS_AUTO)
        g = given < n ? given : n;
    return resume_create(path, s->inputs, &l->identity, g, &s->log, why);
}

/* Seconds per mask in earlier starts, including killed ones; 0 if no start evaluated any. */
static double past_seconds_per_mask(const results_t *results) {
    results_run_t *runs = memory_need(RESULTS_RUNS, sizeof *runs, "the records of starts");
    double seconds = 0, masks = 0;
    uint64_t starts = 0;
    int count = 0;
    failure_t ignored;
    if (results_read_runs(results, runs, &count, &starts, &ignored) == STATUS_OK)
        for (int i = 0; i < count; i++)
            if (runs[i].masks > 0 && runs[i].seconds > 0) {
                seconds += runs[i].seconds * runs[i].ranks;
                masks += (double)runs[i].masks;
            }
    free(runs);
    return masks > 0 ? seconds / masks : 0;
}

/* Left by a start that was killed while it made the file; it may be as large as the file. */
static status_t remove_leftover(const char *path, failure_t *why) {
    char *temporary = memory_text("%s.tmp", path);
    status_t status = STATUS_OK;
    if (unlink(temporary) != 0 && errno != ENOENT)
        status = failed(why, STATUS_INPUT, "%s: cannot remove this old temporary file: %s", temporary, strerror(errno));
    free(temporary);
    return status;
}

/* Takes the lock and opens the results file, which it makes first if it does not exist or with --fresh. */
static status_t open_results(sweep_t *s, rank0_t *l, failure_t *why) {
    const char *path = s->file;
    bool exists = false;
    TRY(lock_take_unsigned(path, LOCK_PATIENCE, &l->lock, why));
    TRY(paths_check_output(path, s->options->resume, &exists, why));
    if (exists)
        TRY(heartbeat_watch(path, lock_is_flocked(l->lock), &s->log, why));
    lock_sign(l->lock, "run");
    TRY(remove_leftover(path, why));
    fill_identity(s, &l->identity);
    if (!exists || s->options->fresh)
        TRY(create_file(s, l, path, why));
    TRY(resume_open(path, s->inputs, &l->identity, s->options->accept_engine, &s->log, &l->results, why));
    TRY(resume_mend_flags(l->results, &s->log, why));
    if (l->seconds_per_mask <= 0)
        l->seconds_per_mask = past_seconds_per_mask(l->results);
    /* A guess is not good enough: units that are far too large would never finish before the next kill. */
    return l->seconds_per_mask > 0 ? STATUS_OK : calibrate(s->inputs, &l->seconds_per_mask, why);
}

static void fill_run(const sweep_t *s, const results_identity_t *identity, results_run_t *run) {
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    const char *job = getenv("SLURM_JOB_ID"), *restarts = getenv("SLURM_RESTART_COUNT");
    *run = (results_run_t){.ranks = s->ranks, .slurm_restart = restarts ? (int32_t)strtol(restarts, NULL, 10) : 0};
    results_describe_run(s->options->compiler, run);
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",")] = '\0';
    snprintf(run->mpi, sizeof run->mpi, "%.*s", (int)sizeof run->mpi - 1, mpi);
    snprintf(run->slurm_job, sizeof run->slurm_job, "%.*s", (int)sizeof run->slurm_job - 1, job ? job : "");
    snprintf(run->engine, sizeof run->engine, "%.30s %.30s, %.60s", identity->engine, identity->engine_version,
             identity->instruction_set);
    snprintf(run->exit, sizeof run->exit, "running");
}

/* ---- the threads ---- */

static void make_scheduler(const sweep_t *s, rank0_t *l) {
    bool evaluates = s->ranks <= EVALUATING_WORLD_MAX;
    scheduler_spec_t spec = {.samples = samples_count(s->inputs->samples),
                             .block_bits = results_block_bits(l->results),
                             .workers = evaluates ? s->ranks : s->ranks - 1,
                             .retries = s->config->sweep.retries,
                             .seconds_per_mask = l->seconds_per_mask};
    int *players = memory_need((size_t)spec.samples, sizeof *players, "the schedule");
    for (int64_t k = 0; k < spec.samples; k++)
        players[k] = samples_players_of(s->inputs->samples, k);
    for (int n = 0; n <= PLAYERS_MAX; n++)
        spec.granule_bits[n] = model_granule_bits(s->inputs->model, n);
    spec.players = players;
    l->scheduler = scheduler_create(&spec);
    free(players);
}

/* /summary is out of date once a sample's status changes. */
static status_t invalidate_summary(results_t *results, failure_t *why) {
    bool valid = false;
    TRY(results_read_summary_valid(results, &valid, why));
    if (!valid)
        return STATUS_OK;
    TRY(results_write_summary_valid(results, false, why));
    return results_sync(results, why);
}

static status_t start_threads(sweep_t *s, rank0_t *l, failure_t *why) {
    results_run_t run;
    TRY(combine_create(l->results, &s->config->statistics, strips_default_bits(), &l->combine, why));
    make_scheduler(s, l);
    TRY(invalidate_summary(l->results, why));
    TRY(resume_load_state(l->results, l->scheduler, s->options->retry_failed, &s->log, combine_put, l->combine,
                          &l->combining, &l->state, why));
    fill_run(s, &l->identity, &run);
    TRY(results_add_run(l->results, &run, &l->slot, why));
    TRY(results_sync(l->results, why));
    TRY(writer_start(l->results, &run, l->slot, combine_put, l->combine, &l->writer, why));
    TRY(combine_start(l->combine, l->writer, why));
    if (s->ranks <= EVALUATING_WORLD_MAX)
        TRY(evaluator_start(s->worker, &l->evaluator, why));
    if (!results_shard(l->results))
        l->follow = follow_start(l->results, s->config->statistics.curves);
    return STATUS_OK;
}

/* ---- up to where workers are needed ---- */

/* If nothing is left to do: says so and sets *code. */
static status_t check_complete(const sweep_t *s, const rank0_t *l, int *code, failure_t *why) {
    results_count_t count;
    int64_t again = 0;
    bool summary = false;
    results_window_t window = {0};
    TRY(results_read_summary_valid(l->results, &summary, why));
    if (!summary && !results_shard(l->results))
        return STATUS_OK;
    TRY(results_count(l->results, &count, why));
    for (int64_t k = 0; k < results_samples(l->results); k++) {
        results_sample_t info;
        TRY(results_window_read(l->results, k, &window, &info, why));
        again += info.status == SAMPLE_FAILED && (s->options->retry_failed || info.error_kind == OUTCOME_TRANSIENT);
    }
    if (count.pending > 0 || again > 0)
        return STATUS_OK;
    log_t log = s->log;
    log_info(&log, "%s is complete already: %lld samples done, %lld failed; --fresh starts over", s->file,
             (long long)count.done, (long long)count.failed);
    *code = count.failed > 0 ? 2 : 0;
    return STATUS_OK;
}

/* A stop file that is already there would stop every start, so it is reported. */
static status_t check_stop_file(sweep_t *s, rank0_t *l, failure_t *why) {
    l->stop_file = memory_text("%s.stop", s->file);
    if (access(l->stop_file, F_OK) == 0)
        return failed(why, STATUS_STOPPED, "%s exists, so this sweep stays stopped; remove that file to resume",
                      l->stop_file);
    return STATUS_OK;
}

status_t rank0_prepare(sweep_t *s, rank0_t *l, int *code, failure_t *why) {
    TRY(check_stop_file(s, l, why));
    TRY(open_results(s, l, why));
    TRY(check_complete(s, l, code, why));
    if (*code >= 0)
        return STATUS_OK;
    if (s->inputs->target_is_predicted_instead)
        log_info(&s->log, "the samples have no labels: the model's own predictions are the targets");
    if (s->ranks <= EVALUATING_WORLD_MAX)
        TRY(worker_create(s->inputs, &s->config->statistics, results_fields(l->results), &s->worker, why));
    return start_threads(s, l, why);
}

void rank0_release(rank0_t *l) {
    failure_t ignored;
    follow_destroy(&l->follow);
    evaluator_finish(&l->evaluator);
    if (l->combine)
        combine_stop(l->combine); /* it and the writer give each other work: both must end before either is freed */
    if (l->writer)
        writer_finish(&l->writer, "not started", 0, &ignored);
    combine_finish(&l->combine);
    scheduler_destroy(&l->scheduler);
    results_close(&l->results);
    lock_release(&l->lock);
    free(l->stop_file);
}

/* ---- /summary ---- */

static bool asked_to_stop(void *self) {
    const rank0_t *l = ((void **)self)[1];
    sweep_t *s = ((void **)self)[0];
    return stop_asked(&s->stop, l->stop_file, clock_seconds());
}

/* Statistics across samples, once all samples are finished; *seconds: how long they took. */
static status_t summarise(sweep_t *s, rank0_t *l, double *seconds, failure_t *why) {
    double began = clock_seconds();
    void *self[] = {s, l};
    if (summarise_rows_players_differ(l->results)) {
        log_warning(&s->log, "%s", SUMMARISE_ROWS_PLAYERS_DIFFER);
        TRY(results_add_warning(l->results, SUMMARISE_ROWS_PLAYERS_DIFFER, why));
    }
    status_t status = follow_finish(l->follow, l->results, asked_to_stop, self, why);
    *seconds = clock_seconds() - began;
    return status;
}

/* ---- the run ---- */

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

static bool is_broken(const manager_report_t *report) {
    return report->status != STATUS_OK && report->status != STATUS_STOPPED;
}

static int exit_code(const manager_report_t *report, const results_count_t *count) {
    if (is_broken(report))
        return failure_exit_code(report->status);
    if (report->status == STATUS_STOPPED || (count->pending > 0 && !report->gave_up))
        return STATUS_STOPPED;
    return count->failed > 0 ? 2 : 0;
}

static const char *exit_text(const manager_report_t *report) {
    return is_broken(report)                  ? "broken"
           : report->status == STATUS_STOPPED ? "stopped"
           : report->gave_up                  ? "gave up"
                                              : "ended";
}

/* Whether a shard that was asked to stop had nothing left to do; the combine thread has ended. A whole sweep would
 * still have to make /summary. */
static bool was_finished(const rank0_t *l, const manager_report_t *report) {
    return report->status == STATUS_STOPPED && results_shard(l->results) && scheduler_masks_left(l->scheduler) == 0 &&
           combine_finished(l->combine) == report->completed;
}

static void run_manager(sweep_t *s, rank0_t *l, manager_report_t *report) {
    manager_spec_t spec = {.results = l->results,
                           .scheduler = l->scheduler,
                           .writer = l->writer,
                           .combine = l->combine,
                           .evaluator = l->evaluator,
                           .ranks = s->ranks,
                           .combining = l->combining,
                           .stop = &s->stop,
                           .stop_file = l->stop_file,
                           .log = &s->log,
                           .masks = s->inputs->masks,
                           .masks_at_start = l->state.masks,
                           .done_at_start = l->state.done,
                           .failed_at_start = l->state.failed};
    if (l->state.masks > 0)
        log_info(&s->log, "resuming: %lld samples done, %lld failed, %.1f %% of all masks are stored",
                 (long long)l->state.done, (long long)l->state.failed,
                 100.0 * (double)l->state.masks / (double)s->inputs->masks);
    manager_run(&spec, report);
}

/* Afterwards all their work is on disk. */
static status_t end_threads(rank0_t *l, const writer_times_t *written, manager_report_t *report, failure_t *why) {
    report->writing = writer_processor_seconds(l->writer);
    evaluator_finish(&l->evaluator);
    combine_stop(l->combine); /* freed by rank0_release: the writer may still hand it a sample */
    if (was_finished(l, report))
        report->status = STATUS_OK;
    status_t status = writer_finish(&l->writer, exit_text(report), report->seconds, why);
    report->syncing = written->syncing;
    report->written_bytes = written->bytes;
    report->combine = combine_times(l->combine);
    return status;
}

/* The writer's record says that the sweep ended, but the statistics across samples are missing. */
static status_t correct_record(rank0_t *l, const manager_report_t *report, failure_t *why) {
    TRY(results_write_exit(l->results, l->slot, exit_text(report), why));
    return is_broken(report) ? STATUS_OK : results_sync(l->results, why); /* nothing is synced after a failed sync */
}

static void print_end(sweep_t *s, const manager_report_t *report, bool evaluator, const results_count_t *count) {
    if (is_broken(report) && report->status == STATUS_INPUT)
        log_error(&s->log, "%s", report->failure.text); /* the file itself is at fault */
    else if (is_broken(report))
        log_error(&s->log, "%s%s; all finished work is safe in %s: the same command resumes it", report->failure.text,
                  failure_place(&report->failure).text, s->file);
    else
        report_print(&s->log, report, evaluator, s->file, s->options->shards, count);
}

int rank0_run(sweep_t *s, rank0_t *l) {
    manager_report_t report;
    writer_times_t written;
    failure_t why, ignored;
    results_count_t count = {0};
    bool evaluator = l->evaluator != NULL;
    double began = clock_seconds();
    writer_watch(l->writer, &written);
    run_manager(s, l, &report);
    warn_of_changed_model(s);
    status_t status = end_threads(l, &written, &report, &why);
    if (status == STATUS_OK)
        status = results_count(l->results, &count, &why);
    report.start = began - s->began;
    report.seconds = clock_seconds() - began;
    report.megabytes = comm_resident_megabytes(); /* collective: all other ranks have finished as well */
    bool summarises =
        status == STATUS_OK && report.status == STATUS_OK && count.pending == 0 && !results_shard(l->results);
    if (summarises)
        status = summarise(s, l, &report.across, &why);
    if (!is_broken(&report) && status != STATUS_OK) {
        report.status = status;
        report.failure = why;
    }
    if (summarises && status != STATUS_OK)
        correct_record(l, &report, &ignored); /* if that fails, the record is still right about the samples */
    print_end(s, &report, evaluator, &count);
    free(report.by_worker);
    return exit_code(&report, &count);
}
