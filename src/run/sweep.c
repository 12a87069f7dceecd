#include "run/sweep.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/memory.h"
#include "hdf5/look.h"
#include "place/launcher.h"
#include "plan/footprint.h"
#include "run/comm.h"
#include "run/rank0.h"
#include "run/remote.h"
#include "run/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- before any file is made ---- */

static status_t load_config(sweep_t *s, problems_t *problems) {
    const sweep_options_t *o = s->options;
    TRY(config_load(o->config, o->sets, o->set_count, &s->config, problems));
    if (o->output)
        s->config->output.file = o->output;
    s->config->samples.shard = o->shard;
    s->config->samples.shards = o->shards;
    s->file = paths_shard(s->config->output.file, o->shard, o->shards);
    return STATUS_OK;
}

/* With a shard's own name as output, the shard would start over in a file that merge does not expect. */
static void check_shard_name(const sweep_t *s, problems_t *problems) {
    const sweep_options_t *o = s->options;
    const char *file = s->config->output.file;
    char *whole OWNED = o->shards > 0 ? paths_whole(file, o->shard, o->shards) : NULL;
    if (whole)
        problems_add(problems,
                     "%s: is the name of shard %d/%d alone; with --shard, -o names the output of all shards together: "
                     "-o %s",
                     file, o->shard, o->shards, whole);
}

/* Settings that are valid, but not for run. */
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

/* Rank 0: refuses files on which HDF5 would crash or hang. */
static status_t look_first(const sweep_t *s, problems_t *problems, failure_t *why) {
    status_t status = inputs_look(s->config, why);
    const bool inputs_are_good = status == STATUS_OK;
    if (inputs_are_good)
        status = look_at_file(s->file, why);
    if (status != STATUS_OK)
        problems_add(problems, "%s%s", why->text,
                     inputs_are_good && status == STATUS_INPUT
                         ? "; it was left as it is: replace it with an intact copy, or move it away to start over"
                         : "");
    return status;
}

/* What a sweep that is to be resumed has decided stays: auto means that. */
static void take_decided(sweep_t *s) {
    results_t *was CLEANUP(results_close) = NULL;
    failure_t ignored;
    if (!s->options->fresh && access(s->file, F_OK) == 0 && results_open(s->file, false, &was, &ignored) == STATUS_OK)
        decide_take(results_identity(was)->score, results_identity(was)->output_kind, &s->config->model);
}

/* Rank 0: reports all problems at once, before a file or lock is made. */
static status_t check_input(sweep_t *s, failure_t *why) {
    problems_t problems CLEANUP(problems_free) = {0};
    bool exists;
    status_t status = load_config(s, &problems);
    if (status == STATUS_OK)
        status = look_first(s, &problems, why);
    if (status == STATUS_OK) {
        take_decided(s);
        status_t opened = inputs_open(s->config, &s->inputs, &problems, why);
        if (opened != STATUS_OK && problems.count == 0)
            problems_add(&problems, "%s", why->text);
        check_settings(s, &problems);
        check_shard_name(s, &problems);
        status_t writable = paths_check_output(s->file, s->options->resume, &exists, why);
        if (writable != STATUS_OK)
            problems_add(&problems, "%s", why->text);
        resume_check_overwritten(s, &problems);
        status = opened == STATUS_INTERNAL || writable == STATUS_INTERNAL ? STATUS_INTERNAL : STATUS_OK;
    }
    if (problems.count > 0 || status != STATUS_OK) {
        problems_print(&problems, stderr);
        status = failed(why, status == STATUS_INTERNAL ? status : STATUS_INPUT, "%zu problem%s; nothing was started",
                        problems.count, problems.count == 1 ? "" : "s");
    }
    return status;
}

/* What the bits of a rank's results depend on, apart from the samples' numbers (samples_expect). */
typedef struct {
    score_t score; /* as rank 0 has decided, as the next: workers take them over */
    output_kind_t output_kind;
    int targets;
    char engine[1024];
    char model_sha256[DIGEST_HEX];
    int64_t samples;
} fingerprint_t;

static void fingerprint(const sweep_t *s, fingerprint_t *print) {
    char instructions[MODEL_TEXT];
    text_t science CLEANUP(text_free) = {0};
    const model_info_t *info = model_info(s->inputs->model);
    model_instruction_set(instructions);
    config_science(s->config, &science);
    *print = (fingerprint_t){.score = s->config->model.score,
                             .output_kind = s->config->model.output_kind,
                             .targets = s->config->model.targets,
                             .samples = samples_selected(s->inputs->samples)};
    memcpy(print->model_sha256, s->inputs->model_sha256, sizeof print->model_sha256);
    snprintf(print->engine, sizeof print->engine, "%s %s on %s, settings %08x", info->engine, info->engine_version,
             instructions, crc32c(0, science.chars, science.length));
}

/* A table is not read whole by every rank: model_sha256 is empty then. */
static status_t compare_with_lead(const sweep_t *s, const fingerprint_t *lead, failure_t *why) {
    fingerprint_t own;
    fingerprint(s, &own);
    if (own.model_sha256[0] && strcmp(own.model_sha256, lead->model_sha256) != 0)
        return failed(why, STATUS_INPUT,
                      "%s: not the model that rank 0 has read: it has changed since, or the nodes have different files "
                      "of this name",
                      s->config->model.file);
    if (own.samples != lead->samples)
        return failed(why, STATUS_INPUT,
                      "%s: not the samples that rank 0 has read: the file has changed since, or the nodes have "
                      "different files of this name",
                      s->config->samples.file ? s->config->samples.file : "samples");
    if (!s->options->accept_engine && strcmp(own.engine, lead->engine) != 0)
        return failed(why, STATUS_INPUT,
                      "not like rank 0, so its bits may differ: %s, rank 0: %s; use nodes of one kind and one config, "
                      "or --accept-engine",
                      own.engine, lead->engine);
    return STATUS_OK;
}

/* The other ranks: rank 0 has checked the same files, so the first problem is enough. */
static status_t open_light(sweep_t *s, const fingerprint_t *lead, failure_t *why) {
    problems_t problems CLEANUP(problems_free) = {0};
    status_t status = load_config(s, &problems);
    if (status == STATUS_OK) {
        s->config->model.score = lead->score;
        s->config->model.output_kind = lead->output_kind;
        s->config->model.targets = lead->targets;
        status = inputs_open_light(s->config, &s->inputs, why);
    } else
        failed(why, status, "%s", problems.texts[0]);
    if (status == STATUS_OK)
        status = compare_with_lead(s, lead, why);
    if (status != STATUS_OK) {
        char host[64] = "";
        gethostname(host, sizeof host - 1);
        failed_within(why, "rank %d on %s", s->rank, host);
    }
    return status;
}

/* Rank 0 sends the checksum of each sample, as it read them, to the other ranks. */
static void share_sums(const sweep_t *s) {
    enum { PIECE = 1 << 20 };
    int64_t count = samples_selected(s->inputs->samples);
    uint32_t *sums = samples_expect(s->inputs->samples);
    for (int64_t first = 0; first < count; first += PIECE) {
        int64_t now = count - first < PIECE ? count - first : PIECE;
        comm_broadcast(sums + first, (int)now * (int)sizeof *sums);
    }
}

/* Collective: checks whether the run fits in memory. `footprint` counts on rank 0. On each machine one rank checks the
 * machine, and every rank its own limits. *why is unchanged if it already holds a failure or if the run fits. */
static void check_memory(const sweep_t *s, footprint_t footprint, failure_t *why) {
    char host[64] = "unknown";
    int number;
    /* None where this rank could not open it: the others learn that from comm_agree. */
    const double model = s->inputs && s->inputs->model ? footprint_of_model(s->inputs->model) : 0;
    footprint_ranks_t machine = {.name = host, .with_rank_0 = s->rank == 0};
    memory_limits_t limits;
    comm_broadcast(&footprint, (int)sizeof footprint);
    comm_neighbours((double)limits_own("").resident + model, &number, &machine.ranks, &machine.resident);
    if (why->status != STATUS_OK)
        return;
    machine.footprint = footprint;
    gethostname(host, sizeof host - 1);
    limits_memory("", &limits);
    if (number == 0 && footprint_judge(&machine, &limits, why) != STATUS_OK)
        return;
    if (footprint_check_own(s->rank == 0 ? footprint.rank_0 : footprint.worker, why) != STATUS_OK)
        failed_within(why, "rank %d on %s", s->rank, host);
}

/* ---- the order of things ---- */

static int complain(sweep_t *s, const failure_t *why) {
    log_error(&s->log, "%s%s", why->text, failure_place(why).text);
    return failure_exit_code(why->status);
}

/* What rank 0 tells the others once the file is open. */
typedef struct {
    int32_t players;    /* of the file; 0: there is nothing to do */
    bool noise_unknown; /* as in inputs_t */
} task_t;

static int run_rank_0(sweep_t *s) {
    failure_t why = {0};
    int code = -1;
    task_t task = {0};
    status_t status = check_input(s, &why);
    comm_broadcast(&status, (int)sizeof status);
    if (status != STATUS_OK)
        return complain(s, &why);
    fingerprint_t print;
    fingerprint(s, &print);
    comm_broadcast(&print, (int)sizeof print); /* the other ranks may fail to open what is open here */
    const footprint_spec_t spec = {.ranks = s->ranks, .mpi_is_up = true};
    check_memory(s, footprint_estimate(s->inputs, &spec), &why);
    if (comm_agree(&why) != STATUS_OK)
        return complain(s, &why);
    share_sums(s);
    status = rank0_prepare(s, &code, &why);
    if (status == STATUS_OK && code < 0)
        task = (task_t){results_players(s->results), s->inputs->noise_unknown};
    comm_broadcast(&task, (int)sizeof task);
    if (status != STATUS_OK)
        code = complain(s, &why);
    else if (task.players > 0)
        code = rank0_run(s);
    rank0_release(s);
    return code;
}

static void run_other_rank(sweep_t *s) {
    status_t status;
    failure_t why = {0};
    fingerprint_t lead;
    task_t task;
    comm_broadcast(&status, (int)sizeof status);
    if (status != STATUS_OK)
        return;
    comm_broadcast(&lead, (int)sizeof lead);
    why.status = open_light(s, &lead, &why);
    check_memory(s, (footprint_t){0}, &why);
    if (comm_agree(&why) != STATUS_OK)
        return;
    share_sums(s);
    comm_broadcast(&task, (int)sizeof task);
    if (task.players == 0)
        return;
    s->inputs->noise_unknown = task.noise_unknown;
    fields_t fields =
        fields_layout(families_wanted(&s->config->statistics), task.players, s->config->statistics.indices);
    /* Without a worker this rank still has to answer rank 0 in order: remote_run reports the failure. */
    if (worker_create(s->inputs, &fields, &s->worker, &why) != STATUS_OK)
        log_error(&s->log, "%s%s", why.text, failure_place(&why).text);
    remote_run(s->worker, &why);
    comm_resident_megabytes();
}

int sweep_run(const sweep_options_t *options) {
    sweep_t s = {.options = options, .log = {.quiet = options->quiet}, .began = clock_seconds()};
    failure_t why = {0};
    int code = 0;
    status_t status = stop_open(&s.stop, !launcher_by_mpirun(), &why);
    comm_start(&s.rank, &s.ranks);
    s.log.rank = s.rank;
    if (status == STATUS_OK)
        status = launcher_check(s.ranks, &why);
    why.status = status;
    if (comm_agree(&why) != STATUS_OK)
        code = s.rank == 0 ? complain(&s, &why) : 0;
    else if (s.rank == 0)
        code = run_rank_0(&s);
    else
        run_other_rank(&s);
    worker_destroy(&s.worker);
    inputs_close(&s.inputs);
    config_free(&s.config);
    free(s.file);
    comm_barrier();
    MPI_Finalize();
    return s.rank == 0 ? code : 0;
}
