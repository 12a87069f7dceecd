#include "plan/inputs.h"

#include "base/memory.h"
#include "engines/model_open.h"
#include "hdf5/look.h"
#include "model/noise.h"
#include "model/score.h"
#include "stats/finish.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static status_t open_games(inputs_t *inputs, problems_t *problems, failure_t *why) {
    const game_options_t *game = &inputs->config->model.game;
    int *players OWNED = memory_need((size_t)game->samples, sizeof *players, "the samples");
    for (int64_t i = 0; i < game->samples; i++)
        players[i] = game->players_min + (int)(i % (game->players_max - game->players_min + 1));
    const samples_known_t known = {.count = game->samples, .players = players};
    return problems_collect(problems,
                            samples_synthetic(&inputs->config->samples, &known, &inputs->samples, problems, why), why);
}

static status_t open_samples(inputs_t *inputs, problems_t *problems, failure_t *why) {
    const config_t *config = inputs->config;
    if (config->samples.file)
        return problems_collect(problems, samples_open(&config->samples, &inputs->samples, problems, why), why);
    if (config->model.backend == BACKEND_GAME)
        return open_games(inputs, problems, why);
    if (!inputs->table) /* already reported */
        return STATUS_OK;
    const samples_known_t *known = &table_info(inputs->table)->known;
    return problems_collect(problems, samples_synthetic(&config->samples, known, &inputs->samples, problems, why), why);
}

static status_t open_model(inputs_t *inputs, problems_t *problems, failure_t *why) {
    value_table_t values;
    if (inputs->options.backend == BACKEND_VALUES && !inputs->table)
        return STATUS_OK; /* already reported */
    if (inputs->table)
        values = table_values(inputs->table);
    if (inputs->samples)
        inputs->options.x_type = samples_x_type(inputs->samples);
    return problems_collect(problems, model_open(&inputs->options, inputs->table ? &values : NULL, &inputs->model, why),
                            why);
}

static file_stamp_t stamp_of_model(const inputs_t *inputs) {
    return inputs->config->model.file ? file_stamp(inputs->config->model.file) : (file_stamp_t){0};
}

static status_t open_parts(inputs_t *inputs, problems_t *problems, failure_t *why) {
    inputs->model_stamp = stamp_of_model(inputs);
    if (inputs->config->model.backend == BACKEND_VALUES)
        TRY(problems_collect(problems, table_open(inputs->config->model.file, &inputs->table, why), why));
    TRY(open_samples(inputs, problems, why));
    TRY(open_model(inputs, problems, why));
    if (!inputs->samples || !inputs->model)
        return STATUS_OK; /* already reported */
    return samples_feed(inputs->samples, model_info(inputs->model), inputs->options.constants == CONSTANTS_ZERO,
                        problems, why);
}

static inputs_t *create(config_t *config) {
    inputs_t *inputs = memory_need(1, sizeof *inputs, "the inputs");
    inputs->config = config;
    inputs->options = config->model;
    return inputs;
}

/* ---- what is decided ---- */

/* The outputs of one sample on the empty and the full mask and on the masks that noise is estimated on. */
static status_t look_at_outputs(inputs_t *inputs, const sample_t *sample, failure_t *why) {
    const model_info_t *info = model_info(inputs->model);
    const range_t looks[] = {{0, 1}, {mask_count(sample->n) - 1, 1}, noise_masks(sample->n)};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        const double *numbers[OUTPUTS_MAX];
        TRY(model_raw(inputs->model, sample, looks[i], numbers, why));
        for (int output = 0; output < info->outputs; output++)
            decide_look(&inputs->seen[output], numbers[output], looks[i].count, (size_t)info->width[output]);
    }
    return STATUS_OK;
}

/* A model that fails on every sample that was tried fails on all: that is better said now than after hours. */
static status_t refuse_to_go_on(const inputs_t *inputs, const failure_t *first, failure_t *why) {
    return failed(why, STATUS_INPUT, "%s: fails on every sample that was tried; sample %lld: %s", inputs->options.file,
                  (long long)samples_selected_index(inputs->samples, 0), first->text);
}

/* The outputs of the first samples of the whole selection, once; those that cannot be evaluated are left out. */
static status_t look_at_first(inputs_t *inputs, failure_t *why) {
    const model_info_t *info = model_info(inputs->model);
    failure_t first = {0}, here;
    place_t place = 0, failures = 0;
    if (inputs->seen->rows > 0)
        return STATUS_OK;
    for (int output = 0; output < info->outputs; output++)
        inputs->seen[output] = (decide_outputs_t){.outputs = info->width[output] > 0 ? (size_t)info->width[output] : 0};
    for (; place < DECIDE_SAMPLES && place < samples_selected(inputs->samples); place++) {
        sample_t sample;
        TRY(samples_load_selected(inputs->samples, place, &sample, why));
        status_t status = look_at_outputs(inputs, &sample, &here);
        if (status != STATUS_OK && status != STATUS_CERTAIN && status != STATUS_TRANSIENT) {
            *why = here;
            return status;
        }
        if (status != STATUS_OK && failures++ == 0)
            first = here;
    }
    return failures > 0 && failures == place ? refuse_to_go_on(inputs, &first, why) : STATUS_OK;
}

static bool labels_are_of_two_classes(const samples_t *samples) {
    for (place_t place = 0; place < samples_selected(samples); place++)
        if (samples_selected_label(samples, place) != 0 && samples_selected_label(samples, place) != 1)
            return false;
    return samples_have_labels(samples);
}

/* Replaces auto in the options and in the config, so that what was decided is hashed, stored and sent on. A sweep that
 * is resumed has nothing to decide, and evaluates nothing here. */
static status_t decide_score(inputs_t *inputs, config_t *config, failure_t *why) {
    model_options_t *options = &inputs->options;
    if (options->score != SCORE_AUTO && options->output_kind != OUTPUTS_AUTO)
        return STATUS_OK;
    const bool two_classes = labels_are_of_two_classes(inputs->samples);
    const model_info_t *info = model_info(inputs->model);
    TRY(look_at_first(inputs, why));
    decide(inputs->seen, two_classes, options);
    for (int output = 1; output < info->outputs; output++) {
        model_options_t other = config->model;
        decide(&inputs->seen[output], two_classes, &other);
        if (other.score != options->score || other.output_kind != options->output_kind)
            return failed(
                why, STATUS_INPUT,
                "%s: its outputs %s and %s are not of one kind (probabilities, logits, one number): set "
                "model.score and model.output_kind, which are for all of them, or explain them in a sweep each",
                options->file, info->output[0], info->output[output]);
    }
    config->model.score = options->score;
    config->model.output_kind = options->output_kind;
    return STATUS_OK;
}

/* Whether v depends on the target: it does not for a network with a single output that is used as it is. */
static bool target_matters(const inputs_t *inputs) {
    return backend_is_network(inputs->options.backend) && inputs->model &&
           score_has_target(inputs->options.score, (size_t)model_info(inputs->model)->width[0]);
}

/* Takes predicted targets where labels are needed but missing. */
static void settle(inputs_t *inputs) {
    const bool unlabelled =
        inputs->options.target == TARGET_LABEL && inputs->samples && !samples_have_labels(inputs->samples);
    inputs->target_is_predicted_instead = unlabelled && target_matters(inputs);
    if (inputs->target_is_predicted_instead)
        inputs->options.target = TARGET_PREDICTED;
    model_settle(inputs->model, &inputs->options);
}

/* ---- checking ---- */

/* Whether the samples are texts where these are what the model takes, and numbers where it takes numbers. */
static bool check_kind(const inputs_t *inputs, problems_t *problems) {
    const model_options_t *options = &inputs->options;
    const bool texts = samples_are_texts(inputs->samples),
               numbers = options->backend == BACKEND_ONNX ||
                         (options->backend == BACKEND_PROCESS && options->process.takes == TAKES_INPUTS);
    if (texts && numbers)
        problems_add(problems,
                     "%s: /text: prompts are for backend: llama, or a process with takes: masks; this model takes /x",
                     inputs->config->samples.file);
    if (!texts && options->backend == BACKEND_LLAMA)
        problems_add(problems, "%s: /text: missing: the prompts; harsanyi-samples from-prompts makes such a file",
                     inputs->config->samples.file);
    return texts ? !numbers : options->backend != BACKEND_LLAMA;
}

static void check_shape(const inputs_t *inputs, problems_t *problems) {
    int64_t shape[8];
    failure_t why;
    if (!inputs->config->samples.file || !inputs->samples || !inputs->model || !check_kind(inputs, problems))
        return;
    int rank = samples_shape(inputs->samples, shape);
    if (rank < 0)
        return; /* already reported */
    char *where OWNED = memory_text("%s: /x", inputs->config->samples.file);
    if (model_check_shape(inputs->model, rank, shape, where, &why) != STATUS_OK)
        problems_add(problems, "%s", why.text);
}

static void check_target(const inputs_t *inputs, problems_t *problems) {
    const model_options_t *options = &inputs->options;
    failure_t why;
    if (!inputs->model || !backend_has_score(options->backend))
        return;
    for (int i = 0; i < model_info(inputs->model)->outputs; i++) {
        const int64_t width = model_info(inputs->model)->width[i];
        for (int t = 0; width >= 1 && options->target == TARGET_GIVEN && t < options->targets; t++) {
            const scorer_t scorer = scorer_of(options, (size_t)width, t);
            if (score_check_target(&scorer, options->given[t].output, &why) != STATUS_OK)
                problems_add(problems, "%s: model.target: %s", options->file, why.text);
        }
        const scorer_t scorer = scorer_of(options, (size_t)(width < 1 ? 1 : width), 0);
        if (width >= 1 && options->target == TARGET_TOP && options->targets > score_targets(&scorer))
            problems_add(problems, "%s: model.target: top:%d, but there are %lld targets", options->file,
                         options->targets, (long long)score_targets(&scorer));
    }
}

/* ---- the pass over all samples ---- */

/* What harsanyi sees of the model, and what the model says of itself. */
static status_t digest_of_model(const inputs_t *inputs, char hex[DIGEST_HEX], failure_t *why) {
    const char *said = inputs->model ? model_info(inputs->model)->digest : "";
    digest_t *digest;
    TRY(digest_start(&digest, why));
    status_t status = model_digest(&inputs->options, digest, why);
    digest_add(digest, said, strlen(said));
    if (status == STATUS_OK)
        digest_finish(&digest, hex);
    else
        digest_discard(&digest);
    return status;
}

/* Fails when the file changed since it was opened: the digest would be of another model. */
static status_t identify_model(inputs_t *inputs, failure_t *why) {
    TRY(digest_of_model(inputs, inputs->model_sha256, why));
    if (!file_stamp_equal(inputs->model_stamp, stamp_of_model(inputs)))
        return failed(why, STATUS_INPUT, "%s: changed while harsanyi read it; start again", inputs->options.file);
    return STATUS_OK;
}

/* All rows of a results file are the samples of its sweep. */
static void take_samples_digest(inputs_t *inputs) {
    const char *known = inputs->table ? table_info(inputs->table)->samples_sha256 : "";
    if (known[0] && inputs->config->samples.select_all)
        snprintf(inputs->samples_sha256, DIGEST_HEX, "%s", known);
}

static status_t scan_samples(inputs_t *inputs, problems_t *problems, failure_t *why) {
    digest_t *digest;
    TRY(digest_start(&digest, why));
    status_t status = samples_scan(inputs->samples, digest, problems, why);
    if (status == STATUS_OK)
        digest_finish(&digest, inputs->samples_sha256);
    else
        digest_discard(&digest);
    take_samples_digest(inputs);
    return problems_collect(problems, status, why);
}

static void check_labels(const inputs_t *inputs, problems_t *problems) {
    bool needed = inputs->model && inputs->options.target == TARGET_LABEL && target_matters(inputs);
    int64_t least = needed ? model_info(inputs->model)->width[0] : -1;
    for (int i = 1; needed && i < model_info(inputs->model)->outputs; i++)
        least = model_info(inputs->model)->width[i] < least ? model_info(inputs->model)->width[i] : least;
    samples_check_labels(inputs->samples, needed, least, problems);
}

/* n_min, n_max, masks. */
static void measure(inputs_t *inputs, problems_t *problems) {
    int64_t count = samples_count(inputs->samples), selected = samples_selected(inputs->samples);
    inputs->n_min = PLAYERS_MAX;
    for (place_t place = 0; place < selected; place++) {
        int n = samples_selected_players(inputs->samples, place);
        inputs->n_min = n < inputs->n_min ? n : inputs->n_min;
        inputs->n_max = n > inputs->n_max ? n : inputs->n_max;
    }
    for (int64_t k = 0; k < count; k++) {
        int n = samples_players_of(inputs->samples, k);
        if (__builtin_add_overflow(inputs->masks, mask_count(n), &inputs->masks)) {
            problems_add(problems, "%lld samples of up to %d players have more than 2^64 masks; select fewer samples",
                         (long long)count, inputs->n_max);
            return;
        }
    }
}

/* How many there are with target: all; the config tells the other ranks. */
static status_t count_targets(inputs_t *inputs, config_t *config, failure_t *why) {
    for (int i = 0; i < model_info(inputs->model)->outputs; i++)
        if (model_info(inputs->model)->width[i] < 1)
            TRY(look_at_first(inputs, why));
    if (model_info(inputs->model)->width[0] < 1)
        return failed(why, STATUS_INPUT,
                      "%s: none of the first samples can be evaluated, so how many targets "
                      "model.target: all means is unknown; list the targets",
                      inputs->options.file);
    TRY(model_count_targets(inputs->model, &inputs->options.targets, why));
    config->model.targets = inputs->options.targets;
    model_settle(inputs->model, &inputs->options);
    return STATUS_OK;
}

/* Score, labels and target. With problems elsewhere nothing can be evaluated, and auto stays unknown: whether a single
 * output needs labels, too. */
static status_t decide_and_check(inputs_t *inputs, config_t *config, bool sound, problems_t *problems, failure_t *why) {
    const bool network = backend_is_network(inputs->options.backend);
    if (network && sound)
        TRY(problems_collect(problems, decide_score(inputs, config, why), why));
    if (!inputs->model || !inputs->samples ||
        (network && inputs->options.score == SCORE_AUTO && model_info(inputs->model)->width[0] <= 1))
        return STATUS_OK;
    settle(inputs);
    if (backend_has_score(inputs->options.backend) && sound && inputs->options.target == TARGET_ALL)
        TRY(problems_collect(problems, count_targets(inputs, config, why), why));
    check_labels(inputs, problems);
    check_target(inputs, problems);
    if (network && inputs->options.score == SCORE_RAW && inputs->options.score_eps > 0)
        problems_add(problems, "%s: model.score_eps: v is the output itself here (score: auto), which nothing clips",
                     inputs->options.file);
    return STATUS_OK;
}

static status_t open_and_check(inputs_t *inputs, config_t *config, problems_t *problems, failure_t *why) {
    size_t before = problems->count;
    TRY(open_parts(inputs, problems, why));
    check_shape(inputs, problems);
    if (inputs->samples)
        TRY(scan_samples(inputs, problems, why));
    TRY(decide_and_check(inputs, config, problems->count == before, problems, why));
    if (problems->count == before)
        measure(inputs, problems);
    if (problems->count == before && inputs->config->statistics.sparse.kinds != SPARSE_NONE &&
        inputs->n_max > FINISH_PLAYERS_MAX)
        problems_add(problems, "sparse.kinds: is for samples of at most %d players, and some have %d; leave it out",
                     FINISH_PLAYERS_MAX, inputs->n_max);
    if (inputs->model)
        TRY(problems_collect(problems, identify_model(inputs, why), why));
    return config_science_digest(inputs->config, inputs->settings_sha256, why);
}

/* ---- public ---- */

/* The failure that stands for all problems added since `before`; STATUS_OK when there are none. */
static status_t first_problem(const problems_t *problems, size_t before, failure_t *why) {
    if (problems->count == before)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s", before < PROBLEMS_MAX ? problems->texts[before] : "wrong input");
}

/* Hands the inputs over, or closes them after a failure. */
static status_t hand_over(status_t status, inputs_t *inputs, inputs_t **out) {
    if (status != STATUS_OK)
        inputs_close(&inputs);
    *out = inputs;
    return status;
}

status_t inputs_look(const config_t *config, failure_t *why) {
    if (config->samples.file)
        TRY(look_at_file(config->samples.file, why));
    return config->model.backend == BACKEND_VALUES ? look_at_file(config->model.file, why) : STATUS_OK;
}

status_t inputs_open(config_t *config, inputs_t **out, problems_t *problems, failure_t *why) {
    size_t before = problems->count;
    inputs_t *inputs = create(config);
    *out = NULL;
    status_t status = open_and_check(inputs, config, problems, why);
    if (status == STATUS_OK)
        status = first_problem(problems, before, why);
    return hand_over(status, inputs, out);
}

status_t inputs_open_light(config_t *config, inputs_t **out, failure_t *why) {
    problems_t problems CLEANUP(problems_free) = {0};
    inputs_t *inputs = create(config);
    *out = NULL;
    status_t status = open_parts(inputs, &problems, why);
    if (status == STATUS_OK)
        status = first_problem(&problems, 0, why);
    if (status == STATUS_OK)
        settle(inputs);
    if (status == STATUS_OK && !inputs->table)
        status = identify_model(inputs, why);
    return hand_over(status, inputs, out);
}

static void warn_of_missing(const samples_t *samples, problems_t *warnings) {
    const samples_missing_t missing = samples_missing(samples);
    if (missing.samples > 0 || missing.mean)
        problems_add(warnings, "x holds NaN in %lld of %lld samples%s: taken as missing values%s",
                     (long long)missing.samples, (long long)samples_selected(samples),
                     missing.baseline ? ", and so does the baseline" : "",
                     missing.mean ? ", which are left out of the mean that is the baseline" : "");
    else if (missing.baseline)
        problems_add(warnings, "the baseline holds NaN: taken as missing values");
}

static status_t warn_of_score(inputs_t *inputs, problems_t *warnings, failure_t *why) {
    char doubt[DECIDE_TEXT];
    if (!backend_is_network(inputs->options.backend))
        return STATUS_OK;
    TRY(look_at_first(inputs, why));
    decide_doubt(inputs->seen, samples_have_labels(inputs->samples), model_info(inputs->model)->output[0][0] != '\0',
                 &inputs->options, doubt);
    if (doubt[0])
        problems_add(warnings, "%s", doubt);
    return STATUS_OK;
}

/* How far v of the first sample that can be evaluated moves when its masks are batched in another way. */
static status_t compare_layouts(inputs_t *inputs, const sample_t *sample, problems_t *warnings, failure_t *why) {
    model_t *model = inputs->model;
    const range_t masks = noise_masks(sample->n);
    const mask_t granule = mask_count(model_granule_bits(model, sample->n));
    const range_t chunk = {masks.first - masks.first % granule, granule > masks.count ? granule : masks.count};
    double *values OWNED = memory_need(chunk.count, sizeof *values, "the look at rounding");
    double largest = 0;
    uint64_t evaluated = 0;
    noise_t noise;
    TRY(model_evaluate(model, sample, chunk, values, why));
    TRY(noise_estimate(model, sample, 1, chunk, &values, &noise, &evaluated, why));
    for (mask_t k = 0; k < chunk.count; k++)
        largest = fmax(largest, fabs(values[k]));
    problems_add(
        warnings,
        "weights are rounded (%.60s), and what is computed with them is, too: v moves by %.2g (root mean "
        "square, of |v| up to %.2g) between two ways to batch masks, interactions by more; the same weights as "
        "F32 move it far less",
        model_info(model)->rounded, noise.sigma, largest);
    return STATUS_OK;
}

static status_t warn_of_weights(inputs_t *inputs, problems_t *warnings, failure_t *why) {
    status_t status = STATUS_CERTAIN;
    if (!model_info(inputs->model)->rounded[0])
        return STATUS_OK;
    for (place_t place = 0;
         (status == STATUS_CERTAIN || status == STATUS_TRANSIENT) && place < samples_selected(inputs->samples);
         place++) {
        sample_t sample;
        uint64_t evaluated = 0;
        TRY(samples_load_selected(inputs->samples, place, &sample, why));
        status = model_set_target(inputs->model, &sample, &evaluated, why);
        if (status == STATUS_OK)
            status = compare_layouts(inputs, &sample, warnings, why);
    }
    return status == STATUS_CERTAIN || status == STATUS_TRANSIENT ? STATUS_OK : status;
}

status_t inputs_warn(inputs_t *inputs, problems_t *warnings, failure_t *why) {
    TRY(warn_of_score(inputs, warnings, why));
    TRY(warn_of_weights(inputs, warnings, why));
    warn_of_missing(inputs->samples, warnings);
    const char *zeroed = samples_zeroed(inputs->samples), *unused = samples_unused(inputs->samples);
    if (unused[0] && model_info(inputs->model)->wants_all)
        problems_add(warnings,
                     "in /constants, but no parameter of the model, and not used: %.150s; add parameters of these "
                     "names to the function, or **constants",
                     unused);
    else if (unused[0])
        problems_add(warnings, "in /constants, but no input of the model, and not used: %.150s", unused);
    if (zeroed[0])
        problems_add(warnings, "inputs of the model that are not in /constants are 0: %.150s", zeroed);
    if (samples_players_differ(inputs->samples) && samples_names(inputs->samples, NAMES_OF_PLAYERS).count == 0)
        problems_add(warnings, "players differ from sample to sample (/players has a map for each) and have no names: "
                               "statistics across samples compare players by their number");
    return STATUS_OK;
}

void inputs_close(inputs_t **inputs) {
    if (*inputs) {
        model_close(&(*inputs)->model);
        samples_close(&(*inputs)->samples);
        table_close(&(*inputs)->table);
    }
    free(*inputs);
    *inputs = NULL;
}

status_t inputs_model_changed(const inputs_t *inputs, bool *changed, failure_t *why) {
    char now[DIGEST_HEX];
    *changed = false;
    if (file_stamp_equal(inputs->model_stamp, stamp_of_model(inputs)))
        return STATUS_OK;
    *changed = true;
    TRY(digest_of_model(inputs, now, why));
    *changed = strcmp(now, inputs->model_sha256) != 0;
    return STATUS_OK;
}

status_t inputs_prepare(inputs_t *inputs, nth_t k, sample_t *sample, failure_t *why) {
    uint64_t not_counted = 0;
    TRY(samples_load(inputs->samples, k, sample, why));
    return model_set_target(inputs->model, sample, &not_counted, why);
}
