#include "cli/cmd_plan.h"

#include "base/progress.h"
#include "cli/display.h"
#include "cli/plan_json.h"
#include "config/config.h"
#include "plan/footprint.h"
#include "plan/inputs.h"
#include "plan/plan_checks.h"
#include "plan/plan_costs.h"
#include "plan/plan_speed.h"
#include "plan/plan_time.h"
#include "results/results.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int cmd_plan(int argc, char **argv);

static const option_t OPTIONS[] = {{.name = "ranks",
                                    .kind = OPTION_WHOLE,
                                    .argument = "R",
                                    .low = 1,
                                    .high = 1000000,
                                    .help = "estimates the time on R MPI ranks; 1 when not given"},
                                   {.name = "shards",
                                    .kind = OPTION_WHOLE,
                                    .argument = "K",
                                    .low = 1,
                                    .high = INT_MAX,
                                    .help = "also estimates the time of the longest of K shards, on R ranks"},
                                   {.name = "set",
                                    .kind = OPTION_TEXT,
                                    .argument = "KEY=VALUE",
                                    .repeats = true,
                                    .help = "overrides a key of the config, e.g. --set samples.select=0:10"},
                                   {.name = "json", .help = "as JSON, for scripts"},
                                   {0}};

const command_t COMMAND_PLAN = {
    .name = "plan",
    .summary = "estimates in seconds what a run would cost, and says what looks wrong; writes nothing",
    .operands = "CONFIG",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "Reads model and samples, evaluates some masks, and reports evaluations, bytes, memory and time. Looks for a\n"
        "softmax inside the model, v(N) < v(empty), predictions that differ from the labels, and rows that depend on\n"
        "their batch.\n",
    .example = "harsanyi plan configs/digits/digits.yaml --ranks 64\n"
               "harsanyi plan configs/digits/digits.yaml --ranks 64 --shards 8\n"
               "harsanyi plan configs/digits/digits.yaml --ranks 64 --json\n",
    .run = cmd_plan,
};

/* Seconds for looking at samples, and for timing masks. */
static const double CHECK_SECONDS = 2.0, SPEED_SECONDS = 1.5;

/* ---- what it costs ---- */

static const char *name_of(void *self, int64_t k, int player) {
    const inputs_t *inputs = self;
    return player < samples_players_of(inputs->samples, k) ? samples_selected_name(inputs->samples, k, player) : NULL;
}

/* Of a results file in blocks of 2^block_bits masks; false when it is too large to count. */
static bool file_bytes(const inputs_t *inputs, int block_bits, uint64_t *bytes) {
    const stats_settings_t *statistics = &inputs->config->statistics;
    int64_t outputs = model_info(inputs->model)->outputs;
    text_t canonical = {0};
    config_canonical(inputs->config, &canonical);
    results_spec_t spec = {.samples = samples_count(inputs->samples),
                           .players = inputs->n_max,
                           .block_bits = block_bits,
                           .indices = statistics->indices,
                           .top = statistics->top,
                           .class_count = outputs > 1 ? outputs : 1,
                           .name = name_of,
                           .name_self = (void *)(uintptr_t)inputs,
                           .config = canonical.chars ? canonical.chars : "",
                           .tables = true};
    spec.names = samples_have_names(inputs->samples, &spec.names_per_sample);
    bool known = results_bytes(&spec, bytes);
    text_free(&canonical);
    return known;
}

/* 6553600 as 6,553,600. */
static void print_grouped(uint64_t number) {
    if (number >= 1000) {
        print_grouped(number / 1000);
        printf(",%03llu", (unsigned long long)(number % 1000));
    } else {
        printf("%llu", (unsigned long long)number);
    }
}

static void print_bytes(double bytes) {
    char text[32];
    progress_bytes(bytes, text);
    printf("%s", text);
}

static void print_file(uint64_t bytes, bool known) {
    printf("%-13s ", "results file");
    if (known) {
        print_bytes((double)bytes);
        printf(" (at most ");
        print_grouped(bytes);
        printf(" bytes)\n");
    } else {
        printf("too large to count\n");
    }
}

static void print_memory(const footprint_t *footprint, int ranks) {
    printf("%-13s ", "memory");
    print_bytes(footprint->rank_0);
    if (ranks > 1) {
        printf(" on rank 0, ");
        print_bytes(footprint->worker);
        printf(" on %s", ranks == 2 ? "the other" : "each of the others");
    }
    printf("\n");
}

static void print_product(uint64_t masks, int baselines) {
    uint64_t all;
    if (__builtin_mul_overflow(masks, (uint64_t)baselines, &all))
        printf("%.3g", (double)masks * baselines);
    else
        print_grouped(all);
}

/* ---- the report ---- */

static void print_model(const inputs_t *inputs) {
    const model_info_t *info = model_info(inputs->model);
    printf("%-13s %s (%s %s)\n", "model", inputs->options.file ? inputs->options.file : "a closed-form game",
           info->engine, info->engine_version);
    if (inputs->target_is_predicted_instead)
        printf("%-13s the samples have no labels: the model's own predictions\n", "target");
}

static void print_samples(const inputs_t *inputs) {
    const char *file = inputs->config->samples.file;
    printf("%-13s %lld selected%s%s, ", "samples", (long long)samples_count(inputs->samples), file ? " of " : "",
           file ? file : "");
    if (inputs->n_min == inputs->n_max)
        printf("%d players each\n", inputs->n_max);
    else
        printf("%d to %d players\n", inputs->n_min, inputs->n_max);
}

static void print_evaluations(const inputs_t *inputs, int baselines) {
    uint64_t noise = plan_noise_masks(inputs, (plan_part_t){0});
    printf("%-13s ", "evaluations");
    print_product(inputs->masks, baselines);
    if (baselines > 1)
        printf(" (%d baselines)", baselines);
    if (inputs->options.target == TARGET_PREDICTED)
        printf(", and one more batch for each sample's target");
    if (noise > 0) {
        printf(", and ");
        print_product(noise, baselines);
        printf(" more to estimate the noise");
    }
    printf("\n");
}

static void print_speed(const plan_speed_t *speed) {
    char rate[32];
    progress_count(1 / fmax(speed->seconds_per_mask, 1e-12), rate);
    printf("%-13s %s masks/s on one core (%llu masks timed in %.2f s)\n", "speed", rate,
           (unsigned long long)speed->masks, speed->seconds);
}

static double core_seconds(const plan_time_t *time) {
    return time->evaluate + time->rows + time->write + time->combine + time->across;
}

static void print_duration(double seconds) {
    char duration[32];
    if (seconds < 100)
        snprintf(duration, sizeof duration, "%.*f s", seconds < 1 ? 2 : 1, seconds);
    else
        progress_duration(seconds, duration);
    printf("%s", duration);
}

static void print_time(const plan_time_t *time, int ranks) {
    double all = core_seconds(time);
    printf("%-13s %.3g core-hours; ", "time", all / 3600);
    print_duration(time->wall);
    printf(" on %d rank%s with a core each\n", ranks, ranks == 1 ? "" : "s");
    printf("%-13s evaluation %.0f %%, transform and statistics %.0f %%, writing %.0f %%, across samples %.0f %%\n",
           "of it", 100 * time->evaluate / all, 100 * (time->rows + time->combine) / all, 100 * time->write / all,
           100 * time->across / all);
}

static void print_shards(double longest, int shards, int ranks) {
    printf("%-13s ", "shards");
    print_duration(longest);
    printf(" for the longest of %d, on %d rank%s\n", shards, ranks, ranks == 1 ? "" : "s");
}

/* A machine like this one, with as many of the ranks as it has cores. */
static void add_memory(const footprint_t *footprint, int ranks, problems_t *warnings) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int here = (int)(cores > 0 && ranks > cores ? cores : ranks);
    footprint_ranks_t room = {
        .name = "on a machine like this one", .ranks = here, .with_rank_0 = true, .footprint = *footprint};
    memory_limits_t limits;
    failure_t why;
    room.resident = (double)limits_own("").resident;
    limits_memory("", &limits);
    if (footprint_judge(&room, &limits, &why) != STATUS_OK)
        problems_add(warnings, "%s", why.text);
    if (footprint_check_own(footprint->rank_0, &why) != STATUS_OK)
        problems_add(warnings, "%s", why.text);
}

static void print_warnings(const problems_t *warnings) {
    printf("\n%s\n", warnings->count ? "what looks wrong:" : "nothing looks wrong");
    for (size_t i = 0; i < warnings->count && i < PROBLEMS_MAX; i++)
        printf("- %s\n", display_problem(warnings, i));
}

/* Baselines per sample, which all samples share. */
static status_t count_baselines(inputs_t *inputs, int *baselines, failure_t *why) {
    sample_t sample;
    TRY(samples_load(inputs->samples, 0, &sample, why));
    *baselines = sample.baselines;
    return STATUS_OK;
}

/* Everything that is reported. */
typedef struct {
    plan_findings_t findings;
    plan_speed_t speed;
    footprint_t footprint;
    int ranks, shards;    /* what was asked for; 0 shards: none */
    plan_time_t time;     /* NaN when no mask could be evaluated, ... */
    double longest_shard; /* ... as is this; and without shards */
    uint64_t bytes;       /* of the results file, if it can be counted: */
    bool bytes_known;
    int baselines;
    problems_t warnings;
} forecast_t;

static status_t forecast(inputs_t *inputs, forecast_t *f, failure_t *why) {
    plan_costs_t costs;
    TRY(count_baselines(inputs, &f->baselines, why));
    TRY(plan_check(inputs, CHECK_SECONDS, &f->findings, why));
    TRY(plan_speed(inputs, SPEED_SECONDS, &f->speed, why));
    double resident = (double)limits_own("").resident; /* before this command's own tables */
    TRY(plan_costs(inputs, f->speed.seconds_per_mask, &costs, why));
    bool timed = !isnan(f->speed.seconds_per_mask);
    double seconds_per_mask = timed ? f->speed.seconds_per_mask : 0;
    f->bytes_known = file_bytes(inputs, plan_block_bits(inputs, seconds_per_mask), &f->bytes);
    footprint_spec_t spec = {.ranks = f->ranks, .seconds_per_mask = seconds_per_mask, .resident = resident};
    f->footprint = footprint_estimate(inputs, &spec);
    f->time = (plan_time_t){.evaluate = NAN, .wall = NAN};
    f->longest_shard = NAN;
    if (timed)
        f->time = plan_time(inputs, &f->speed, &costs, (plan_part_t){0}, f->ranks);
    if (timed && f->shards > 0)
        f->longest_shard = plan_longest_shard(inputs, &f->speed, &costs, f->shards, f->ranks);
    plan_warnings(inputs, &f->findings, &f->warnings);
    add_memory(&f->footprint, f->ranks, &f->warnings);
    return STATUS_OK;
}

static status_t print_json(const inputs_t *inputs, const forecast_t *f, failure_t *why) {
    plan_json_t plan = {.output = inputs->config->output.file,
                        .samples = samples_count(inputs->samples),
                        .ranks = f->ranks,
                        .players_min = inputs->n_min,
                        .players_max = inputs->n_max,
                        .baselines = f->baselines,
                        .evaluations = (double)inputs->masks * f->baselines,
                        .results_bytes = f->bytes_known ? (double)f->bytes : NAN,
                        .rank_bytes = f->footprint.worker,
                        .rank_0_bytes = f->footprint.rank_0,
                        .core_seconds = core_seconds(&f->time),
                        .seconds = f->time.wall,
                        .longest_shard_seconds = f->longest_shard,
                        .warnings = &f->warnings};
    return plan_json_print(&plan, stdout, why);
}

static void print_text(const inputs_t *inputs, const forecast_t *f) {
    print_model(inputs);
    print_samples(inputs);
    print_evaluations(inputs, f->baselines);
    print_file(f->bytes, f->bytes_known);
    print_memory(&f->footprint, f->ranks);
    if (isnan(f->time.wall)) {
        printf("%-13s unknown: no mask could be evaluated\n", "time");
    } else {
        print_speed(&f->speed);
        print_time(&f->time, f->ranks);
        if (f->shards > 0)
            print_shards(f->longest_shard, f->shards, f->ranks);
    }
    print_warnings(&f->warnings);
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
    problems_free(&f.warnings);
    return status;
}

/* ---- the command ---- */

/* Loads and opens everything; prints everything that is wrong. */
static status_t open_all(options_t *options, config_t **config, inputs_t **inputs) {
    problems_t problems = {0};
    failure_t why = {0};
    int set_count;
    const char *const *sets = options_texts(options, "set", &set_count);
    status_t status = config_load(options_operand(options, 0), sets, set_count, config, &problems);
    if (status == STATUS_OK) {
        status = inputs_look(*config, &why);
        if (status == STATUS_OK)
            status = inputs_open(*config, inputs, &problems, &why);
        if (status != STATUS_OK && problems.count == 0)
            problems_add(&problems, "%s", why.text);
    }
    problems_print(&problems, stderr);
    if (status != STATUS_OK)
        fprintf(stderr, "harsanyi: error: %zu problem%s\n", problems.count, problems.count == 1 ? "" : "s");
    problems_free(&problems);
    return status;
}

static int plan(options_t *options) {
    config_t *config = NULL;
    inputs_t *inputs = NULL;
    failure_t why;
    status_t status = open_all(options, &config, &inputs);
    if (status == STATUS_OK) {
        status = report(inputs, options, &why);
        if (status != STATUS_OK)
            fprintf(stderr, "harsanyi: error: %s%s\n", why.text, failure_place(&why).text);
    }
    inputs_close(&inputs);
    config_free(&config);
    return status == STATUS_OK ? 0 : status == STATUS_INTERNAL ? 3 : 1;
}

static int cmd_plan(int argc, char **argv) {
    options_t options;
    int code = options_parse(&COMMAND_PLAN, argc, argv, &options);
    if (code == OPTIONS_GO)
        code = plan(&options);
    return options_finish(&options, code, true);
}
