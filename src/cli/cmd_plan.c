#include "cli/cmd_plan.h"

#include "cli/plan_checks.h"
#include "cli/plan_speed.h"
#include "config/config.h"
#include "model/noise.h"
#include "store/results.h"
#include "sweep/calibrate.h"
#include "sweep/footprint.h"
#include "sweep/inputs.h"
#include "sweep/progress.h"
#include "sweep/room.h"

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
                                    .help = "for how many MPI ranks the time is told (1)"},
                                   {.name = "set",
                                    .kind = OPTION_TEXT,
                                    .argument = "KEY=VALUE",
                                    .repeats = true,
                                    .help = "overrides a key of the config, e.g. --set samples.select=0:10"},
                                   {0}};

const command_t COMMAND_PLAN = {
    .name = "plan",
    .summary = "tells what a run would cost and what looks wrong, in seconds, without writing anything",
    .operands = "CONFIG",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "Reads model and samples, evaluates some masks, and tells evaluations, bytes, memory and time. Looks for a\n"
        "softmax inside the model, v(N) < v(empty), predictions that are not the labels, and rows that depend on\n"
        "their batch.\n",
    .example = "harsanyi plan configs/digits/digits.yaml --ranks 64\n",
    .run = cmd_plan,
};

/* In larger worlds rank 0 only hands out work (sweep/sweep.c). */
enum { EVALUATING_WORLD_MAX = 16 };
/* Seconds for looking at samples, and for timing masks. */
static const double CHECK_SECONDS = 2.0, SPEED_SECONDS = 1.5;

/* ---- what it costs ---- */

static const char *name_of(void *self, int64_t k, int player) {
    const inputs_t *inputs = self;
    return player < samples_players_of(inputs->samples, k) ? samples_selected_name(inputs->samples, k, player) : NULL;
}

/* Of a results file in blocks of 2^block_bits masks; false when it is more than can be counted. */
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

static void tell_bytes(double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit < 5) {
        bytes /= 1024;
        unit++;
    }
    printf("%.*f %s", unit ? 1 : 0, bytes, units[unit]);
}

static void print_file(uint64_t bytes, bool known) {
    printf("%-13s ", "results file");
    if (known) {
        tell_bytes((double)bytes);
        printf(" (");
        print_grouped(bytes);
        printf(" bytes)\n");
    } else {
        printf("too large to be counted\n");
    }
}

static void print_memory(const footprint_t *footprint, int ranks) {
    printf("%-13s ", "memory");
    tell_bytes(footprint->rank_0);
    if (ranks > 1) {
        printf(" on rank 0, ");
        tell_bytes(footprint->worker);
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

/* ---- telling ---- */

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

/* What is evaluated again on moved inputs to estimate the noise of v; 0 when it is not. */
static uint64_t masks_for_noise(const inputs_t *inputs) {
    uint64_t masks = 0; /* no more than inputs->masks, which could be counted */
    if (inputs->config->statistics.noise != NOISE_AUTO || model_info(inputs->model)->input_bits == 0)
        return 0;
    for (int64_t k = 0; k < samples_count(inputs->samples); k++) {
        int n = samples_players_of(inputs->samples, k);
        masks += noise_range(n, model_granule_bits(inputs->model, n)).count;
    }
    return masks;
}

static void print_evaluations(const inputs_t *inputs, int baselines) {
    uint64_t noise = masks_for_noise(inputs);
    printf("%-13s ", "evaluations");
    print_product(inputs->masks, baselines);
    if (baselines > 1)
        printf(" (%d baselines)", baselines);
    if (inputs->options.target == TARGET_PREDICTED)
        printf(", and a batch more for each sample's target");
    if (noise > 0) {
        printf(", and ");
        print_product(noise, baselines);
        printf(" more to estimate the noise");
    }
    printf("\n");
}

static void print_time(const inputs_t *inputs, const plan_speed_t *speed, int64_t ranks) {
    char rate[32], duration[32];
    if (isnan(speed->seconds_per_mask)) {
        printf("%-13s unknown: no mask could be evaluated\n", "time");
        return;
    }
    double seconds = ((double)inputs->masks + (double)masks_for_noise(inputs)) * speed->seconds_per_mask;
    int64_t evaluating = ranks <= EVALUATING_WORLD_MAX ? ranks : ranks - 1;
    progress_count(1 / fmax(speed->seconds_per_mask, 1e-12), rate);
    printf("%-13s %s masks/s on one core (%llu masks timed in %.2f s)\n", "speed", rate,
           (unsigned long long)speed->masks, speed->seconds);
    double wall = seconds / (double)evaluating;
    if (wall < 10)
        snprintf(duration, sizeof duration, "%.1f s", wall);
    else
        progress_duration(wall, duration);
    printf("%-13s %.3g core-hours; %s on %lld rank%s with a core each\n", "time", seconds / 3600, duration,
           (long long)ranks, ranks == 1 ? "" : "s");
}

/* A machine like this one, with as many of the ranks as it has cores. */
static void add_memory(const footprint_t *footprint, int64_t ranks, problems_t *warnings) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int here = (int)(cores > 0 && ranks > cores ? cores : ranks);
    room_t room = {.name = "on a machine like this one", .ranks = here, .with_rank_0 = true, .footprint = *footprint};
    memory_own_t own = limits_own("");
    room_own_limits_t own_limits = room_own_limits();
    memory_limits_t limits;
    failure_t why;
    room.resident = (double)own.resident;
    limits_memory("", &limits);
    if (room_judge(&room, &limits, &why) != STATUS_OK)
        problems_add(warnings, "%s", why.text);
    if (room_judge_own(footprint->rank_0, &own, &own_limits, &why) != STATUS_OK)
        problems_add(warnings, "%s", why.text);
}

static void print_warnings(const inputs_t *inputs, const plan_findings_t *findings, const footprint_t *footprint,
                           int64_t ranks) {
    problems_t warnings = {0};
    plan_warnings(inputs, findings, &warnings);
    add_memory(footprint, ranks, &warnings);
    printf("\n%s\n", warnings.count ? "what looks wrong:" : "nothing looks wrong");
    for (size_t i = 0; i < warnings.count && i < PROBLEMS_MAX; i++)
        printf("- %s\n", warnings.texts[i] ? warnings.texts[i] : "(out of memory)");
    problems_free(&warnings);
}

/* Baselines per sample, which all samples share. */
static status_t count_baselines(inputs_t *inputs, int *baselines, failure_t *why) {
    sample_t sample;
    TRY(inputs_load_sample(inputs, 0, &sample, why));
    *baselines = sample.baselines;
    return STATUS_OK;
}

static status_t tell(inputs_t *inputs, int64_t ranks, failure_t *why) {
    plan_findings_t findings;
    plan_speed_t speed;
    int baselines;
    uint64_t bytes = 0;
    TRY(count_baselines(inputs, &baselines, why));
    TRY(plan_check(inputs, CHECK_SECONDS, &findings, why));
    TRY(plan_speed(inputs, SPEED_SECONDS, &speed, why));
    int block_bits = inputs->config->sweep.block_bits;
    if (block_bits == BLOCK_BITS_AUTO)
        block_bits = calibrate_block_bits(inputs->n_max, model_granule_bits(inputs->model, inputs->n_max),
                                          isnan(speed.seconds_per_mask) ? 0 : speed.seconds_per_mask);
    print_model(inputs);
    print_samples(inputs);
    print_evaluations(inputs, baselines);
    bool known = file_bytes(inputs, block_bits, &bytes);
    print_file(bytes, known);
    footprint_t footprint = footprint_estimate(
        inputs, &(footprint_spec_t){.ranks = (int)ranks,
                                    .seconds_per_mask = isnan(speed.seconds_per_mask) ? 0 : speed.seconds_per_mask,
                                    .salient_share = NAN});
    print_memory(&footprint, (int)ranks);
    print_time(inputs, &speed, ranks);
    print_warnings(inputs, &findings, &footprint, ranks);
    return STATUS_OK;
}

/* ---- the command ---- */

/* Loads and opens everything; all that is wrong is printed. */
static status_t open_all(options_t *options, config_t **config, inputs_t **inputs) {
    problems_t problems = {0};
    failure_t why = {0};
    int set_count;
    const char *const *sets = options_texts(options, "set", &set_count);
    status_t status = config_load(options_operand(options, 0), sets, set_count, config, &problems);
    if (status == STATUS_OK) {
        status = inputs_open(*config, inputs, &problems, &why);
        if (status != STATUS_OK && status != STATUS_INPUT)
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
        status = tell(inputs, options_whole(options, "ranks", 1), &why);
        if (status != STATUS_OK)
            fprintf(stderr, "harsanyi: error: %s\n", why.text);
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
