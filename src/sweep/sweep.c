#include "sweep/sweep.h"

#include "base/clock.h"
#include "sweep/calibrate.h"
#include "sweep/comm.h"
#include "sweep/inputs.h"
#include "sweep/launch.h"
#include "sweep/lock.h"
#include "sweep/manager.h"
#include "sweep/output.h"
#include "sweep/remote.h"
#include "sweep/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVALUATING_WORLD_MAX = 16 }; /* in larger worlds rank 0 has enough to do without evaluating */
static const double LOCK_PATIENCE = 5.0;

/* What every rank has. */
typedef struct {
    const sweep_options_t *options;
    int rank, ranks;
    log_t log;
    stop_t stop;
    config_t *config;
    inputs_t *inputs;
    worker_t *worker;
} sweep_t;

/* What only rank 0 has. */
typedef struct {
    char *stop_file;
    lock_t *lock;
    results_t *results;
    results_identity_t identity;
    double seconds_per_mask;
    scheduler_t *scheduler;
    combine_t *combine;
    writer_t *writer;
    evaluator_t *evaluator;
    int64_t combining;
    output_state_t state;
} lead_t;

/* ---- before any file is made ---- */

static status_t load_config(sweep_t *s, problems_t *problems) {
    const sweep_options_t *o = s->options;
    TRY(config_load(o->config, o->sets, o->set_count, &s->config, problems));
    if (o->output)
        s->config->output.file = o->output;
    return STATUS_OK;
}

/* What only run minds about in a config that is right in itself. */
static void check_settings(const sweep_t *s, problems_t *problems) {
    const config_t *c = s->config;
    if (c->statistics.salience_scale == SALIENCE_OF_MEAN_OUTPUT)
        problems_add(problems,
                     "%s: statistics.salience_scale: mean_output is only known once all samples are done; run with "
                     "max, then harsanyi analyze with --set statistics.salience_scale=mean_output",
                     s->options->config);
    if (!s->inputs || c->sweep.block_bits == BLOCK_BITS_AUTO)
        return;
    int n = s->inputs->n_max, granule = model_granule_bits(s->inputs->model, n);
    if (c->sweep.block_bits < n && c->sweep.block_bits < granule)
        problems_add(problems,
                     "%s: sweep.block_bits: %d is too small: a block must hold a whole batch, so at least %d is needed",
                     s->options->config, c->sweep.block_bits, granule);
}

/* Rank 0: everything that can be refused before a file or lock is made, all of it at once. */
static status_t check_input(sweep_t *s, bool *exists, failure_t *why) {
    problems_t problems = {0};
    status_t status = load_config(s, &problems);
    if (status == STATUS_OK) {
        status_t opened = inputs_open(s->config, &s->inputs, &problems, why);
        if (opened != STATUS_OK && problems.count == 0)
            problems_add(&problems, "%s", why->text);
        check_settings(s, &problems);
        if (output_exists(s->config->output.file, s->options->resume, exists, why) != STATUS_OK)
            problems_add(&problems, "%s", why->text);
        status = opened == STATUS_INTERNAL ? opened : STATUS_OK;
    }
    if (problems.count > 0 || status != STATUS_OK) {
        problems_print(&problems, stderr);
        status = failed(why, status == STATUS_INTERNAL ? status : STATUS_INPUT, "%zu problem%s, nothing was started",
                        problems.count, problems.count == 1 ? "" : "s");
    }
    problems_free(&problems);
    return status;
}

/* The other ranks: rank 0 has checked the same files, so one sentence is enough. */
static status_t open_light(sweep_t *s, failure_t *why) {
    problems_t problems = {0};
    status_t status = load_config(s, &problems);
    if (status == STATUS_OK)
        status = inputs_open_light(s->config, &s->inputs, why);
    else
        failed(why, STATUS_INPUT, "%s", problems.count ? problems.texts[0] : "the config cannot be read");
    problems_free(&problems);
    if (status != STATUS_OK) {
        char host[64] = "";
        gethostname(host, sizeof host - 1);
        failed_within(why, "rank %d on %s", s->rank, host);
    }
    return status;
}

/* ---- rank 0: the results file ---- */

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

static status_t create_file(sweep_t *s, lead_t *l, const char *path, failure_t *why) {
    int n = s->inputs->n_max, given = s->config->sweep.block_bits;
    TRY(calibrate(s->inputs, &l->seconds_per_mask, why));
    int g = calibrate_block_bits(n, model_granule_bits(s->inputs->model, n), l->seconds_per_mask);
    if (given != BLOCK_BITS_AUTO)
        g = given < n ? given : n;
    return output_create(path, s->inputs, &l->identity, g, &s->log, why);
}

/* How long a mask took in the starts before this one: a resumed sweep evaluates nothing for calibration. */
static double past_seconds_per_mask(const results_t *results) {
    enum { GUESS_NANOSECONDS = 10000 };
    results_run_t *runs = calloc(RESULTS_RUNS, sizeof *runs);
    double seconds = 0, masks = 0;
    uint64_t starts = 0;
    int count = 0;
    failure_t ignored;
    if (runs && results_read_runs(results, runs, &count, &starts, &ignored) == STATUS_OK)
        for (int i = 0; i < count; i++)
            if (runs[i].masks > 0 && runs[i].seconds > 0) {
                seconds += runs[i].seconds * runs[i].ranks;
                masks += (double)runs[i].masks;
            }
    free(runs);
    return masks > 0 ? seconds / masks : 1e-9 * GUESS_NANOSECONDS;
}

/* Takes the lock and opens the results file, making it when it is not there or --fresh. */
static status_t open_results(sweep_t *s, lead_t *l, failure_t *why) {
    const char *path = s->config->output.file;
    bool exists = false;
    TRY(lock_take(path, LOCK_PATIENCE, &l->lock, why));
    TRY(output_exists(path, s->options->resume, &exists, why));
    fill_identity(s, &l->identity);
    if (!exists || s->options->fresh)
        TRY(create_file(s, l, path, why));
    TRY(output_resume(path, s->inputs, &l->identity, s->options->accept_engine, &s->log, &l->results, why));
    if (l->seconds_per_mask <= 0)
        l->seconds_per_mask = past_seconds_per_mask(l->results);
    return STATUS_OK;
}

static void fill_run(const sweep_t *s, const results_identity_t *identity, results_run_t *run) {
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    time_t t = time(NULL);
    struct tm utc;
    const char *job = getenv("SLURM_JOB_ID"), *restarts = getenv("SLURM_RESTART_COUNT");
    *run = (results_run_t){.ranks = s->ranks, .slurm_restart = restarts ? (int32_t)strtol(restarts, NULL, 10) : 0};
    strftime(run->started, sizeof run->started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
    gethostname(run->host, sizeof run->host - 1);
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",")] = '\0';
    snprintf(run->mpi, sizeof run->mpi, "%.*s", (int)sizeof run->mpi - 1, mpi);
    snprintf(run->compiler, sizeof run->compiler, "%s", s->options->compiler);
    snprintf(run->slurm_job, sizeof run->slurm_job, "%.*s", (int)sizeof run->slurm_job - 1, job ? job : "");
    results_hdf5_version(run->hdf5);
    snprintf(run->engine, sizeof run->engine, "%.30s %.30s, %.60s", identity->engine, identity->engine_version,
             identity->instruction_set);
    snprintf(run->exit, sizeof run->exit, "running");
}

/* ---- rank 0: the threads ---- */

static status_t make_scheduler(sweep_t *s, lead_t *l, failure_t *why) {
    bool evaluates = s->ranks <= EVALUATING_WORLD_MAX;
    scheduler_spec_t spec = {.samples = samples_count(s->inputs->samples),
                             .block_bits = results_block_bits(l->results),
                             .workers = evaluates ? s->ranks : s->ranks - 1,
                             .retries = s->config->sweep.retries,
                             .seconds_per_mask = l->seconds_per_mask};
    int *players = malloc((size_t)spec.samples * sizeof *players);
    if (!players)
        return failed(why, STATUS_INTERNAL, "out of memory for the schedule");
    for (int64_t k = 0; k < spec.samples; k++)
        players[k] = samples_players_of(s->inputs->samples, k);
    for (int n = 0; n <= PLAYERS_MAX; n++)
        spec.granule_bits[n] = model_granule_bits(s->inputs->model, n);
    spec.players = players;
    status_t status = scheduler_create(&spec, &l->scheduler, why);
    free(players);
    return status;
}

static status_t start_threads(sweep_t *s, lead_t *l, failure_t *why) {
    results_run_t run;
    int slot = 0;
    TRY(combine_create(l->results, &s->config->statistics, COMBINE_PIECE_BITS, &l->combine, why));
    TRY(make_scheduler(s, l, why));
    TRY(output_load_state(l->results, l->scheduler, s->options->retry_failed, &s->log, combine_put, l->combine,
                          &l->combining, &l->state, why));
    fill_run(s, &l->identity, &run);
    TRY(results_add_run(l->results, &run, &slot, why));
    TRY(results_sync(l->results, why));
    TRY(writer_start(l->results, &run, slot, combine_put, l->combine, &l->writer, why));
    TRY(combine_start(l->combine, l->writer, why));
    if (s->ranks <= EVALUATING_WORLD_MAX)
        TRY(evaluator_start(s->worker, &l->evaluator, why));
    return STATUS_OK;
}

static int exit_code(const manager_report_t *report, int64_t failures, int64_t pending) {
    if (report->status != STATUS_OK && report->status != STATUS_STOPPED)
        return report->status == STATUS_INPUT ? 1 : 3;
    if (pending > 0 && !report->gave_up)
        return STATUS_STOPPED;
    return failures > 0 ? 2 : 0;
}

static const char *exit_text(const manager_report_t *report) {
    return report->status == STATUS_STOPPED ? "stopped" : report->gave_up ? "gave up" : "ended";
}

/* The largest resident size that this process had, in megabytes. */
static double resident_megabytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024 / 1e6;
}

/* The sweep itself and all that must be on disk before MPI_Finalize. */
static int lead(sweep_t *s, lead_t *l) {
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
    manager_report_t report;
    failure_t why;
    int64_t done, failures, pending;
    bool evaluator = l->evaluator != NULL;
    double began = clock_seconds();
    if (l->state.masks > 0)
        log_info(&s->log, "going on: %lld samples done, %lld failed, %.1f %% of all masks are stored",
                 (long long)l->state.done, (long long)l->state.failed,
                 100.0 * (double)l->state.masks / (double)s->inputs->masks);
    manager_run(&spec, &report);
    evaluator_finish(&l->evaluator);
    combine_finish(&l->combine);
    status_t status = writer_finish(&l->writer, exit_text(&report), report.seconds, &why);
    if (status == STATUS_OK)
        status = output_count(l->results, &done, &failures, &pending, &why);
    report.seconds = clock_seconds() - began;
    report.megabytes = comm_largest(resident_megabytes()); /* collective: all other ranks are through as well */
    if (report.status == STATUS_OK && status != STATUS_OK) {
        report.status = status;
        report.failure = why;
    }
    int code = status == STATUS_OK ? exit_code(&report, failures, pending) : 3;
    if (report.status != STATUS_OK && report.status != STATUS_STOPPED)
        log_error(&s->log, "%s; what is flagged in %s is whole, the same command goes on with it", report.failure.text,
                  s->config->output.file);
    else
        report_print(&s->log, &report, evaluator, s->config->output.file, done, failures, pending);
    free(report.by_worker);
    return code;
}

/* ---- the order of things ---- */

/* What rank 0 tells all ranks once its file is ready. */
typedef struct {
    int32_t work; /* 0: nothing to do, say goodbye */
    int32_t n;    /* players of the file */
} briefing_t;

/* A file that needs nothing more: says so. Otherwise *code stays negative. */
static status_t look_for_completeness(const sweep_t *s, const lead_t *l, int *code, failure_t *why) {
    int64_t done, failures, pending, again = 0;
    TRY(output_count(l->results, &done, &failures, &pending, why));
    for (int64_t k = 0; k < results_samples(l->results); k++) {
        results_sample_t info;
        TRY(results_read_sample(l->results, k, &info, why));
        again += info.status == SAMPLE_FAILED && (s->options->retry_failed || info.error_kind == ERROR_TRANSIENT);
    }
    if (pending > 0 || again > 0)
        return STATUS_OK;
    log_t log = s->log;
    log_info(&log, "%s is complete already: %lld samples done, %lld failed; --fresh starts anew",
             s->config->output.file, (long long)done, (long long)failures);
    *code = failures > 0 ? 2 : 0;
    return STATUS_OK;
}

/* A stop file that lies there already would stop every start: its owner is told. */
static status_t check_stop_file(sweep_t *s, lead_t *l, failure_t *why) {
    if (asprintf(&l->stop_file, "%s.stop", s->config->output.file) < 0) {
        l->stop_file = NULL;
        return failed(why, STATUS_INTERNAL, "out of memory");
    }
    if (access(l->stop_file, F_OK) == 0)
        return failed(why, STATUS_STOPPED, "%s is there: this sweep is to stay stopped; remove it to go on",
                      l->stop_file);
    return STATUS_OK;
}

/* Rank 0 up to where workers are needed; *code >= 0 when there is nothing to do. */
static status_t prepare_lead(sweep_t *s, lead_t *l, int *code, failure_t *why) {
    TRY(check_stop_file(s, l, why));
    TRY(open_results(s, l, why));
    TRY(look_for_completeness(s, l, code, why));
    if (*code >= 0)
        return STATUS_OK;
    if (s->inputs->target_is_predicted_instead)
        log_info(&s->log, "the samples have no labels: the model's own predictions are the targets");
    if (s->ranks <= EVALUATING_WORLD_MAX)
        TRY(worker_create(s->inputs, &s->config->statistics, results_fields(l->results), &s->worker, why));
    return start_threads(s, l, why);
}

static void release_lead(lead_t *l) {
    failure_t ignored;
    evaluator_finish(&l->evaluator);
    combine_finish(&l->combine);
    if (l->writer)
        writer_finish(&l->writer, "not started", 0, &ignored);
    scheduler_destroy(&l->scheduler);
    results_close(&l->results);
    lock_release(&l->lock);
    free(l->stop_file);
}

static int complain(sweep_t *s, const failure_t *why) {
    log_error(&s->log, "%s", why->text);
    return why->status == STATUS_INPUT ? 1 : why->status == STATUS_STOPPED ? STATUS_STOPPED : STATUS_INTERNAL;
}

static int run_rank_0(sweep_t *s) {
    lead_t l = {0};
    failure_t why = {0};
    bool exists = false;
    int code = -1, rank;
    briefing_t briefing = {0};
    status_t status = check_input(s, &exists, &why);
    comm_broadcast(&status, (int)sizeof status);
    if (status != STATUS_OK)
        return complain(s, &why);
    why.status = STATUS_OK; /* the other ranks may have failed to open what is open here */
    if (comm_agree(&why, &rank) != STATUS_OK)
        return complain(s, &why);
    status = prepare_lead(s, &l, &code, &why);
    briefing.work = status == STATUS_OK && code < 0;
    briefing.n = l.results ? results_players(l.results) : 0;
    comm_broadcast(&briefing, (int)sizeof briefing);
    if (status != STATUS_OK)
        code = complain(s, &why);
    else if (briefing.work)
        code = lead(s, &l);
    release_lead(&l);
    return code;
}

static void run_other_rank(sweep_t *s) {
    status_t status;
    failure_t why = {0};
    briefing_t briefing;
    int rank;
    comm_broadcast(&status, (int)sizeof status);
    if (status != STATUS_OK)
        return;
    why.status = open_light(s, &why);
    if (comm_agree(&why, &rank) != STATUS_OK)
        return;
    comm_broadcast(&briefing, (int)sizeof briefing);
    if (!briefing.work)
        return;
    fields_t fields = fields_layout(briefing.n, s->config->statistics.indices);
    /* Without a worker this rank still has to answer rank 0 in order: remote_run reports the failure. */
    if (worker_create(s->inputs, &s->config->statistics, &fields, &s->worker, &why) != STATUS_OK)
        log_error(&s->log, "%s", why.text);
    remote_run(s->worker, &why);
    comm_largest(resident_megabytes());
}

int sweep_run(const sweep_options_t *options) {
    sweep_t s = {.options = options, .log = {.quiet = options->quiet}};
    failure_t why = {0};
    int provided = 0, code = 0;
    /* More ranks than cores are welcome: MPI's own waiting gives the core away (unless the user says otherwise). */
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    /* A process without mpirun or srun needs no daemon beside it, nor the network that one would look for. */
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    status_t status = stop_open(&s.stop, !launch_by_mpirun(), &why);
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &s.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &s.ranks);
    s.log.rank = s.rank;
    if (status == STATUS_OK)
        status = launch_check(s.ranks, &why);
    if (status != STATUS_OK)
        code = complain(&s, &why);
    else if (s.rank == 0)
        code = run_rank_0(&s);
    else
        run_other_rank(&s);
    worker_destroy(&s.worker);
    inputs_close(&s.inputs);
    config_free(&s.config);
    comm_barrier();
    MPI_Finalize();
    return s.rank == 0 ? code : 0;
}
