#include "base/memory.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "config/config.h"
#include "plan/batches.h"
#include "plan/footprint.h"
#include "plan/inputs.h"
#include "plan/plan_checks.h"
#include "plan/plan_costs.h"
#include "plan/plan_time.h"
#include "plan/v_check.h"
#include "results/paths.h"
#include "run/resume.h"

#include <limits.h>
#include <math.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const option_t OPTIONS[] = {
    OPTION_WHOLE("ranks", "R", 1, 1000000, "estimates the time on R MPI ranks; 1 when not given"),
    OPTION_WHOLE("shards", "K", 1, INT_MAX, "also estimates the time of the longest of K shards, on R ranks"),
    OPTION_TEXTS("set", "KEY=VALUE", "overrides a key of the config, e.g. --set samples.select=0:10"),
    OPTION_FLAG("json", 0, "prints JSON, for scripts"),
    {0}};

/* Seconds for looking at samples, and for timing masks. */
static const double CHECK_SECONDS = 2.0, SPEED_SECONDS = 1.5;

/* Everything that is reported. NaN: unknown. */
typedef struct {
    plan_findings_t findings;
    plan_speed_t speed;
    batch_speed_t batches[BATCHES_MAX];
    int batch_count;
    footprint_t footprint;
    int ranks, shards;    /* what was asked for; 0 shards: none */
    plan_time_t time;     /* NaN when no mask could be evaluated, ... */
    double core_seconds;  /* ... as are this ... */
    double longest_shard; /* ... and this; and without shards */
    double bytes;         /* of the results file; NaN when it is too large to count */
    int baselines;        /* of each sample */
    problems_t warnings;
    failure_t no_room; /* STATUS_OK: the disk has room for the results file, or nobody knows */
} forecast_t;

/* ---- what it costs ---- */

/* Of a results file in blocks of 2^block_bits masks. */
static double file_bytes(const inputs_t *inputs, int block_bits) {
    const int64_t width = model_info(inputs->model)->width[0];
    uint64_t bytes;
    text_t canonical CLEANUP(text_free) = {0};
    results_spec_t spec = resume_spec(inputs, block_bits, &canonical);
    spec.class_count = backend_is_network(inputs->options.backend) && width > 1 ? width : 1;
    return results_bytes(&spec, &bytes) ? (double)bytes : NAN;
}

/* A machine like this one, with as many of the ranks as it has cores. */
static void add_memory(const inputs_t *inputs, const footprint_t *footprint, int ranks, problems_t *warnings) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int here = (int)(cores > 0 && ranks > cores ? cores : ranks);
    footprint_ranks_t room = {
        .name = "on a machine like this one", .ranks = here, .with_rank_0 = true, .footprint = *footprint};
    memory_limits_t limits;
    failure_t why;
    room.resident = (double)limits_own("").resident + footprint_of_model(inputs->model);
    limits_memory("", &limits);
    if (footprint_judge(&room, &limits, &why) != STATUS_OK)
        problems_add(warnings, "%s", why.text);
    if (footprint_check_own(footprint->rank_0, &why) != STATUS_OK)
        problems_add(warnings, "%s", why.text);
}

/* Of a file that is still to be made: STATUS_INPUT where its folder has no room for it, as `run` would say. */
static status_t check_disk(const inputs_t *inputs, double bytes, failure_t *why) {
    const char *file = inputs->config->output.file;
    struct statvfs disk;
    char *folder OWNED = paths_folder(file);
    const bool known = access(file, F_OK) != 0 && statvfs(folder, &disk) == 0;
    const double room = known ? (double)disk.f_bavail * (double)disk.f_frsize : 0;
    if (known && !(bytes <= room))
        return failed(why, STATUS_INPUT,
                      "%s: no space: %.0f rows of up to 2^%d masks take %s, and %s are free in %s: make room, give "
                      "another output.file, or select fewer samples, targets or players",
                      file, (double)samples_count(inputs->samples) * model_rows(inputs->model), inputs->n_max,
                      isnan(bytes) ? "more than can be counted" : progress_bytes(bytes).text, progress_bytes(room).text,
                      folder);
    return STATUS_OK;
}

static status_t forecast(inputs_t *inputs, forecast_t *f, failure_t *why) {
    plan_costs_t costs;
    sample_t sample;
    TRY(samples_load(inputs->samples, 0, &sample, why));
    f->baselines = sample.baselines; /* the same for all samples */
    v_verdict_t verdict;
    TRY(v_check_warn(inputs, &verdict, &f->warnings, why));
    TRY(plan_check(inputs, CHECK_SECONDS, &f->findings, why));
    TRY(plan_speed(inputs, SPEED_SECONDS, &f->speed, why));
    double resident = (double)limits_own("").resident; /* before this command's own tables */
    TRY(plan_costs(inputs, f->speed.seconds_per_mask, &costs, why));
    bool timed = !isnan(f->speed.seconds_per_mask);
    double seconds_per_mask = timed ? f->speed.seconds_per_mask : 0;
    f->bytes = file_bytes(inputs, plan_block_bits(inputs, seconds_per_mask));
    footprint_spec_t spec = {.ranks = f->ranks, .seconds_per_mask = seconds_per_mask, .resident = resident};
    f->footprint = footprint_estimate(inputs, &spec);
    f->time = (plan_time_t){.evaluate = NAN, .wall = NAN};
    f->longest_shard = NAN;
    if (timed)
        f->time = plan_time(inputs, &f->speed, &costs, (plan_part_t){0}, f->ranks);
    f->core_seconds =
        f->time.evaluate + f->time.rows + f->time.solve + f->time.write + f->time.combine + f->time.across;
    if (timed && f->shards > 0)
        f->longest_shard = plan_longest_shard(inputs, &f->speed, &costs, f->shards, f->ranks);
    TRY(batches_time(inputs, f->speed.seconds_per_mask, f->batches, &f->batch_count, why));
    plan_warnings(inputs, &f->findings, &f->warnings);
    batches_warn(f->batches, f->batch_count, inputs->options.batch, &f->warnings);
    add_memory(inputs, &f->footprint, f->ranks, &f->warnings);
    f->no_room.status = check_disk(inputs, f->bytes, &f->no_room);
    if (f->no_room.status != STATUS_OK)
        problems_add_failure(&f->warnings, &f->no_room);
    return STATUS_OK;
}

/* ---- as text ---- */

/* 6553600 as 6,553,600. */
static display_t count_of(double count) {
    return count > 0x1p53 ? display_number(count) : display_count(count);
}

static progress_text_t duration_of(double seconds) {
    progress_text_t out = progress_duration(seconds);
    if (seconds < 100)
        snprintf(out.text, sizeof out.text, "%.*f s", seconds < 1 ? 2 : 1, seconds);
    return out;
}

static void print_inputs(const inputs_t *inputs) {
    const model_info_t *info = model_info(inputs->model);
    const char *file = inputs->config->samples.file;
    printf("model         %s (%s %s)\n", inputs->options.file ? inputs->options.file : "a closed-form game",
           info->engine, info->engine_version);
    if (backend_has_score(inputs->options.backend)) {
        char text[DECIDE_TEXT];
        decide_text(&inputs->options, info->output, info->outputs, text);
        printf("score         %s\n", text);
    }
    for (size_t i = 0; i < info->constants; i++)
        printf("%s%s%s", i ? ", " : "constants     ", info->constant[i].name, i + 1 < info->constants ? "" : "\n");
    if (inputs->target_is_predicted_instead)
        printf("target        the samples have no labels: the model's own predictions\n");
    printf("samples       %lld selected%s%s, ", (long long)samples_count(inputs->samples), file ? " of " : "",
           file ? file : "");
    if (inputs->n_min == inputs->n_max)
        printf("%d players each\n", inputs->n_max);
    else
        printf("%d to %d players\n", inputs->n_min, inputs->n_max);
    if (model_rows(inputs->model) > 1)
        printf("rows          %d of each sample: %d output%s x %d target%s\n", model_rows(inputs->model), info->outputs,
               info->outputs == 1 ? "" : "s", model_rows(inputs->model) / info->outputs,
               model_rows(inputs->model) == info->outputs ? "" : "s");
}

static void print_evaluations(const inputs_t *inputs, int baselines) {
    uint64_t noise = plan_noise_masks(inputs, (plan_part_t){0});
    printf("evaluations   %s", count_of((double)inputs->masks * baselines).text);
    if (baselines > 1)
        printf(" (%d baselines)", baselines);
    if (inputs->options.target == TARGET_PREDICTED || inputs->options.target == TARGET_TOP)
        printf(", and one more batch for each sample's target");
    if (noise > 0)
        printf(", and %s more to estimate the noise", count_of((double)noise * baselines).text);
    printf("\n");
}

static void print_room(const forecast_t *f) {
    if (isnan(f->bytes))
        printf("results file  too large to count\n");
    else
        printf("results file  %s (at most %s bytes)\n", progress_bytes(f->bytes).text, count_of(f->bytes).text);
    printf("memory        %s", progress_bytes(f->footprint.rank_0).text);
    if (f->ranks > 1)
        printf(" on rank 0, %s on %s", progress_bytes(f->footprint.worker).text,
               f->ranks == 2 ? "the other" : "each of the others");
    if (f->footprint.model > 0)
        printf("; and %s for the model of %s", progress_bytes(f->footprint.model).text,
               f->ranks > 1 ? "each rank" : "the rank");
    printf("\n");
}

static void print_time(const forecast_t *f) {
    const plan_time_t *time = &f->time;
    const char *ranks = f->ranks == 1 ? "rank" : "ranks";
    const double percent = 100 / f->core_seconds;
    if (isnan(time->wall)) {
        printf("time          unknown: no mask could be evaluated\n");
        return;
    }
    printf("speed         %s masks/s on one core (%llu masks timed in %.2f s)\n",
           progress_count(1 / fmax(f->speed.seconds_per_mask, 1e-12)).text, (unsigned long long)f->speed.masks,
           f->speed.seconds);
    printf("time          %.3g core-hours; %s on %d %s with a core each\n", f->core_seconds / 3600,
           duration_of(time->wall).text, f->ranks, ranks);
    printf("of it         evaluation %.0f %%, transform and statistics %.0f %%, ", percent * time->evaluate,
           percent * (time->rows + time->combine));
    if (time->solve > 0)
        printf("sparse interactions %.0f %%, ", percent * time->solve);
    printf("writing %.0f %%, across samples %.0f %%\n", percent * time->write, percent * time->across);
    if (f->shards > 0)
        printf("shards        %s for the longest of %d, on %d %s\n", duration_of(f->longest_shard).text, f->shards,
               f->ranks, ranks);
}

static void print_batches(const forecast_t *f) {
    for (int i = 0; i < f->batch_count; i++) {
        const batch_speed_t *b = &f->batches[i];
        printf("%s %3d: %s masks/s on one core, %s%s\n", i == 0 ? "sweep.batch  " : "             ", b->batch,
               progress_count(b->masks_per_second).text, progress_bytes(b->bytes).text,
               b == batches_fastest(f->batches, f->batch_count) ? "; the fastest" : "");
    }
}

static void print_text(const inputs_t *inputs, const forecast_t *f) {
    print_inputs(inputs);
    print_evaluations(inputs, f->baselines);
    print_room(f);
    print_time(f);
    print_batches(f);
    printf("\n%s\n", f->warnings.count ? "what looks wrong:" : "nothing looks wrong");
    for (size_t i = 0; i < f->warnings.count && i < PROBLEMS_MAX; i++)
        printf("- %s\n", f->warnings.texts[i]);
}

/* ---- as JSON ---- */

/* Bytes and evaluations; past 2^53 a double knows no more digits. */
static json_t *whole(double x) {
    return isfinite(x) && x < 9e15 ? json_integer((json_int_t)x) : display_json_number(x);
}

static status_t print_json(const inputs_t *inputs, const forecast_t *f, failure_t *why) {
    json_t *batches = json_array();
    for (int i = 0; i < f->batch_count; i++)
        json_array_append_new(batches, json_pack("{s:i, s:f, s:f}", "batch", f->batches[i].batch, "masks_per_second",
                                                 f->batches[i].masks_per_second, "bytes", f->batches[i].bytes));
    return display_json(
        json_pack("{s:o, s:I, s:i, s:{s:i, s:i}, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "output",
                  display_json_text(inputs->config->output.file), "samples", (json_int_t)samples_count(inputs->samples),
                  "rows_per_sample", model_rows(inputs->model), "players", "min", inputs->n_min, "max", inputs->n_max,
                  "baselines", f->baselines, "evaluations", whole((double)inputs->masks * f->baselines),
                  "results_bytes", whole(f->bytes), "rank_bytes", whole(f->footprint.worker), "rank_0_bytes",
                  whole(f->footprint.rank_0), "model_bytes", whole(f->footprint.model), "core_seconds",
                  display_json_number(f->core_seconds), "ranks", (json_int_t)f->ranks, "seconds",
                  display_json_number(f->time.wall), "longest_shard_seconds", display_json_number(f->longest_shard),
                  "batches", batches, "warnings", display_json_texts(&f->warnings)),
        why);
}

/* ---- the command ---- */

/* Loads and opens everything; prints everything that is wrong. */
static status_t open_all(const options_t *options, config_t **config, inputs_t **inputs, failure_t *why) {
    problems_t problems CLEANUP(problems_free) = {0};
    int set_count;
    const char *const *sets = options_texts(options, "set", &set_count);
    status_t status = config_load(options_operand(options, 0), sets, set_count, config, &problems);
    if (status == STATUS_OK)
        status = inputs_look(*config, why);
    if (status == STATUS_OK)
        status = inputs_open(*config, inputs, &problems, why);
    problems_print(&problems, stderr);
    if (status != STATUS_OK && problems.count > 0)
        failed(why, status, "%zu problem%s", problems.count, problems.count == 1 ? "" : "s");
    return status;
}

static status_t report(inputs_t *inputs, const options_t *options, failure_t *why) {
    forecast_t f = {.ranks = (int)options_whole(options, "ranks", 1),
                    .shards = (int)options_whole(options, "shards", 0)};
    int64_t samples = samples_count(inputs->samples);
    if (f.shards > samples)
        return failed(why, STATUS_INPUT, "--shards %d: only %lld samples are selected", f.shards, (long long)samples);
    status_t status = forecast(inputs, &f, why);
    if (status == STATUS_OK && options_given(options, "json"))
        status = print_json(inputs, &f, why);
    else if (status == STATUS_OK)
        print_text(inputs, &f);
    if (status == STATUS_OK && f.no_room.status != STATUS_OK)
        status = failed(why, f.no_room.status, "%s", f.no_room.text);
    problems_free(&f.warnings);
    return status;
}

static status_t run(const options_t *options, int *code, failure_t *why) {
    config_t *config CLEANUP(config_free) = NULL;
    inputs_t *inputs CLEANUP(inputs_close) = NULL;
    (void)code;
    TRY(open_all(options, &config, &inputs, why));
    return report(inputs, options, why);
}

const command_t COMMAND_PLAN = {
    .name = "plan",
    .summary = "estimates in seconds what a run would cost, and says what looks wrong; writes nothing",
    .operands = "CONFIG",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "Reads model and samples, evaluates some masks, and reports what v is, evaluations, bytes, memory and time.\n"
        "Looks for v that is no function of S (random numbers, rows that depend on their batch), v(N) < v(empty), and\n"
        "predictions that differ from the labels. Ends with 1 where the results do not fit on the disk.\n",
    .example = "harsanyi plan configs/digits/digits.yaml --ranks 64\n"
               "harsanyi plan configs/digits/digits.yaml --ranks 64 --shards 8\n"
               "harsanyi plan configs/digits/digits.yaml --ranks 64 --json\n",
    .run = run,
};
