#include "run/resume.h"

#include "base/file.h"
#include "base/memory.h"
#include "model/model.h"
#include "results/block_crcs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void resume_check_overwritten(const char *path, const config_t *config, const char *config_file, bool fresh,
                              problems_t *problems) {
    const char *const read[] = {config_file, config->model.file, config->samples.file};
    const char *const what[] = {"the configuration", "the model", "the samples"};
    struct stat info;
    failure_t why;
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (read[i] && paths_same_file(path, read[i])) {
            problems_add(problems, "%s: this file holds %s; give another output file", path, what[i]);
            return;
        }
    if (fresh && stat(path, &info) == 0 && S_ISREG(info.st_mode) && results_recognise(path, &why) != STATUS_OK)
        problems_add(problems, "%s; --fresh replaces only results files; remove it, or give another output file",
                     why.text);
}

/* ---- a new file ---- */

/* A text that lost a part must not be stored or compared. */
static void require_whole(const text_t *text) {
    if (text->out_of_memory)
        memory_ended("the settings of the results file");
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* How many classes the model can predict: a single logit stands for two. */
static int64_t predictions(const inputs_t *inputs) {
    int64_t outputs = model_info(inputs->model)->outputs;
    return outputs > 1 ? outputs : inputs->options.score == SCORE_RAW ? 1 : 2;
}

/* Adds all possible targets to classes, which has room. */
static void add_targets(const inputs_t *inputs, int64_t *classes, int64_t *count) {
    if (inputs->table) {
        const table_info_t *table = table_info(inputs->table);
        memcpy(classes + *count, table->classes, (size_t)table->class_count * sizeof *classes);
        *count += table->class_count;
    } else if (inputs->options.target == TARGET_PREDICTED) {
        for (int64_t output = 0; output < predictions(inputs); output++)
            classes[(*count)++] = output;
    } else {
        classes[(*count)++] = inputs->options.target == TARGET_GIVEN ? inputs->options.target_given : 0;
    }
}

/* The classes by which transferability is grouped, ascending: the labels, and the targets if some sample has no label.
 */
static int64_t *find_classes(const inputs_t *inputs, const int64_t *label, int64_t samples, int64_t *count) {
    int64_t targets = predictions(inputs), all = 0;
    if (inputs->table && table_info(inputs->table)->class_count > targets)
        targets = table_info(inputs->table)->class_count;
    int64_t *classes = memory_need((size_t)(samples + targets), sizeof *classes, "the classes");
    for (int64_t k = 0; k < samples; k++)
        if (label[k] >= 0)
            classes[all++] = label[k];
    if (all < samples)
        add_targets(inputs, classes, &all);
    qsort(classes, (size_t)all, sizeof *classes, ascending);
    *count = 0;
    for (int64_t i = 0; i < all; i++)
        if (i == 0 || classes[i] != classes[*count - 1])
            classes[(*count)++] = classes[i];
    return classes;
}

static const char *name_of(void *self, int64_t place, int player) {
    const samples_t *samples = ((const inputs_t *)self)->samples;
    bool per_sample;
    samples_have_names(samples, &per_sample);
    bool there = !per_sample || player < samples_selected_players(samples, place);
    return there ? samples_selected_name(samples, place, player) : NULL;
}

/* Adds the lists per sample to the spec and makes the file. */
static status_t create_with(const char *path, const inputs_t *inputs, results_spec_t *spec, log_t *log,
                            failure_t *why) {
    char warning[RESULTS_TEXT] = "";
    size_t count = (size_t)spec->samples;
    int64_t *index = memory_need(count, sizeof *index, "the list of samples");
    int64_t *label = memory_need(count, sizeof *label, "the list of samples");
    int32_t *n_players = memory_need(count, sizeof *n_players, "the list of samples");
    for (int64_t k = 0; k < spec->samples; k++) {
        index[k] = samples_selected_index(inputs->samples, k);
        label[k] = samples_selected_label(inputs->samples, k);
        n_players[k] = samples_selected_players(inputs->samples, k);
    }
    int64_t *classes = find_classes(inputs, label, spec->samples, &spec->class_count);
    spec->index = index;
    spec->label = label;
    spec->n_players = n_players;
    spec->classes = classes;
    status_t status = results_create(path, spec, warning, why);
    free(classes);
    free(index);
    free(label);
    free(n_players);
    if (status == STATUS_OK && warning[0])
        log_warning(log, "%s", warning);
    return status;
}

status_t resume_create(const char *path, const inputs_t *inputs, const results_identity_t *identity, int block_bits,
                       log_t *log, failure_t *why) {
    const config_t *config = inputs->config;
    text_t canonical = {0};
    config_canonical(config, &canonical);
    require_whole(&canonical);
    results_spec_t spec = {.samples = samples_selected(inputs->samples),
                           .shard = config->samples.shard,
                           .shards = config->samples.shards,
                           .players = inputs->n_max,
                           .block_bits = block_bits,
                           .indices = config->statistics.indices,
                           .top = config->statistics.top,
                           .name = name_of,
                           .name_self = (void *)(uintptr_t)inputs,
                           .config = canonical.chars,
                           .identity = *identity,
                           .tables = true};
    spec.names = samples_have_names(inputs->samples, &spec.names_per_sample);
    status_t status = create_with(path, inputs, &spec, log, why);
    text_free(&canonical);
    return status;
}

/* ---- resuming one ---- */

static void compare_settings(const results_t *results, const inputs_t *inputs, text_t *out) {
    problems_t problems = {0};
    config_t *was = NULL;
    const char *text = results_config(results);
    if (config_parse(text, strlen(text), "/config", ".", NULL, 0, &was, &problems) == STATUS_OK)
        config_differences(was, inputs->config, out);
    else
        text_add(out, "settings: the file's own settings cannot be read\n");
    if (out->length == 0)
        text_add(out, "settings: a setting that affects the numbers differs\n");
    config_free(&was);
    problems_free(&problems);
}

static void compare(const char *what, const char *was, const char *is, text_t *out) {
    if (strcmp(was, is) != 0)
        text_add(out, "%s: was %s, is %s\n", what, was, is);
}

/* "0/8", or "none". */
typedef struct {
    char text[32];
} shard_text_t;

static shard_text_t shard_text(int shard, int shards) {
    shard_text_t out = {"none"};
    if (shards > 0)
        snprintf(out.text, sizeof out.text, "%d/%d", shard, shards);
    return out;
}

/* Everything that differs, a line each. */
static status_t check_identity(const results_t *results, const inputs_t *inputs, const results_identity_t *now,
                               failure_t *why) {
    const results_identity_t *was = results_identity(results);
    const results_shard_t *of = results_shard(results);
    const samples_options_t *asked = &inputs->config->samples;
    text_t differences = {0};
    if (strcmp(was->settings_sha256, now->settings_sha256) != 0)
        compare_settings(results, inputs, &differences);
    compare("model (SHA-256 of its files)", was->model_sha256, now->model_sha256, &differences);
    compare("samples (SHA-256 of those selected)", was->samples_sha256, now->samples_sha256, &differences);
    compare("shard (--shard)", shard_text(of ? of->shard : 0, of ? of->shards : 0).text,
            shard_text(asked->shard, asked->shards).text, &differences);
    if (differences.length == 0 && results_samples(results) != samples_count(inputs->samples))
        text_add(&differences, "number of samples: was %lld, is %lld\n", (long long)results_samples(results),
                 (long long)samples_count(inputs->samples));
    status_t status = STATUS_OK;
    require_whole(&differences);
    if (differences.length > 0) {
        differences.chars[differences.length - 1] = '\0';
        status =
            failed(why, STATUS_INPUT,
                   "this file belongs to another sweep and was left as it is; give another output file (-o), or use "
                   "--fresh to replace it. What differs:\n%s",
                   differences.chars);
    }
    text_free(&differences);
    return status;
}

static status_t check_engine(const results_identity_t *was, const results_identity_t *now, bool accept, log_t *log,
                             failure_t *why) {
    text_t differences = {0};
    compare("engine", was->engine, now->engine, &differences);
    compare("engine version", was->engine_version, now->engine_version, &differences);
    compare("instruction set", was->instruction_set, now->instruction_set, &differences);
    status_t status = STATUS_OK;
    require_whole(&differences);
    if (differences.length > 0) {
        differences.chars[differences.length - 1] = '\0';
        if (accept)
            log_warning(log, "--accept-engine: resuming with another engine; the last bits of results may differ:\n%s",
                        differences.chars);
        else
            status =
                failed(why, STATUS_INPUT,
                       "another engine or processor may change the last bits of results; use --accept-engine to resume "
                       "anyway. What differs:\n%s",
                       differences.chars);
    }
    text_free(&differences);
    return status;
}

status_t resume_open(const char *path, const inputs_t *inputs, const results_identity_t *identity, bool accept_engine,
                     log_t *log, results_t **out, failure_t *why) {
    results_t *results = NULL;
    failure_t cause;
    *out = NULL;
    status_t status = results_open(path, true, &results, &cause);
    if (status == STATUS_INPUT)
        return failed(
            why, status,
            "%s; it was left as it is: fix that, replace it with an intact copy, or move it away to start over",
            cause.text);
    if (status != STATUS_OK)
        return failed(why, status, "%s", cause.text);
    if (!results_has_tables(results))
        status = failed(why, STATUS_INPUT, "it holds statistics only (made by analyze), so no sweep can resume it");
    if (status == STATUS_OK)
        status = check_identity(results, inputs, identity, why);
    if (status == STATUS_OK)
        status = check_engine(results_identity(results), identity, accept_engine, log, why);
    if (status != STATUS_OK) {
        results_close(&results);
        return failed_within(why, "%s", path);
    }
    *out = results;
    return STATUS_OK;
}

/* ---- flags that a power cut has lost ---- */

static status_t last_start_was_killed(const results_t *results, bool *killed, failure_t *why) {
    results_run_t *runs = memory_need(RESULTS_RUNS, sizeof *runs, "the records of starts");
    uint64_t starts = 0;
    int count = 0;
    status_t status = results_read_runs(results, runs, &count, &starts, why);
    *killed = status == STATUS_OK && count > 0 && strcmp(runs[count - 1].exit, "running") == 0;
    free(runs);
    return status;
}

/* done: [blocks per row], overwritten. */
static status_t has_all_flags(const results_t *results, int64_t sample, uint8_t *done, bool *all, failure_t *why) {
    size_t blocks = (size_t)results_blocks_per_row(results);
    phase_t phase;
    TRY(results_read_phase(results, sample, &phase, why));
    TRY(results_read_blocks_done(results, sample, 0, (int64_t)blocks, done, why));
    *all = phase == PHASE_WHOLE && !memchr(done, 0, blocks);
    return STATUS_OK;
}

static status_t set_missing_flags(results_t *results, uint8_t *done, int64_t *fixed, failure_t *why) {
    results_window_t window = {0};
    for (int64_t k = 0; k < results_samples(results); k++) {
        results_sample_t info;
        bool all = true;
        TRY(results_window_read(results, k, &window, &info, why));
        if (info.status == SAMPLE_DONE)
            TRY(has_all_flags(results, k, done, &all, why));
        if (!all)
            TRY(results_flag_whole(results, k, 1, why));
        *fixed += !all;
    }
    return *fixed > 0 ? results_sync(results, why) : STATUS_OK;
}

status_t resume_mend_flags(results_t *results, log_t *log, failure_t *why) {
    bool killed = false;
    int64_t fixed = 0;
    TRY(last_start_was_killed(results, &killed, why));
    if (!killed)
        return STATUS_OK;
    uint8_t *done = memory_need((size_t)results_blocks_per_row(results), 1, "the flags of a sample");
    status_t status = set_missing_flags(results, done, &fixed, why);
    free(done);
    if (fixed > 0)
        log_info(log, "the last start was killed before all flags of %lld done samples were on disk; they are set now",
                 (long long)fixed);
    return status;
}

/* ---- where the file stands ---- */

/* A block that does not match its checksum (a damaged disk) is evaluated again. */
static status_t check_block(results_t *results, int64_t sample, int64_t block, uint8_t *done, log_t *log,
                            failure_t *why) {
    uint32_t expected, crc;
    TRY(results_read_crcs(results, TABLE_VALUES, sample, block, 1, &expected, why));
    TRY(block_crcs_of_stored(results, TABLE_VALUES, sample, block, &crc, why));
    if (crc == expected)
        return STATUS_OK;
    log_warning(log, "sample %lld: stored block %lld does not match its checksum; it will be evaluated again",
                (long long)results_index(results, sample), (long long)block);
    *done = 0;
    return results_write_blocks_done(results, sample, block, 1, false, why);
}

typedef struct {
    results_t *results;
    scheduler_t *scheduler;
    bool retry_failed;
    log_t *log;
    void (*combine_put)(void *self, int64_t sample, const results_sample_t *info);
    void *combine_self;
    int64_t *combining;
    resume_state_t *state;
    uint8_t *done; /* [blocks per row] */
    results_window_t window;
} load_t;

static status_t load_pending(load_t *l, int64_t sample, const results_sample_t *info, failure_t *why) {
    int64_t blocks = results_blocks_of(l->results, sample), stored = 0;
    int n = results_players_of(l->results, sample), g = results_block_bits(l->results);
    TRY(results_read_blocks_done(l->results, sample, 0, blocks, l->done, why));
    for (int64_t b = 0; b < blocks; b++) {
        if (l->done[b])
            TRY(check_block(l->results, sample, b, &l->done[b], l->log, why));
        stored += l->done[b] != 0;
    }
    l->state->masks += (uint64_t)stored * mask_count(n < g ? n : g);
    if (stored == blocks) {
        scheduler_skip(l->scheduler, sample);
        l->combine_put(l->combine_self, sample, info);
        (*l->combining)++;
        return STATUS_OK;
    }
    /* Combining may have begun before the last blocks were flagged. */
    TRY(results_write_phase(l->results, sample, PHASE_EVALUATING, why));
    if (stored > 0)
        scheduler_resume(l->scheduler, sample, l->done);
    return STATUS_OK;
}

static status_t load_sample(load_t *l, int64_t sample, failure_t *why) {
    results_sample_t info;
    TRY(results_window_read(l->results, sample, &l->window, &info, why)); /* only this sample is written to here */
    bool again = info.status == SAMPLE_FAILED && (l->retry_failed || info.error_kind == OUTCOME_TRANSIENT);
    if (again) {
        TRY(results_write_status(l->results, sample, SAMPLE_PENDING, why));
        return load_pending(l, sample, &info, why);
    }
    if (info.status == SAMPLE_PENDING)
        return load_pending(l, sample, &info, why);
    if (info.status == SAMPLE_DONE)
        l->state->done++;
    else
        l->state->failed++;
    l->state->masks += mask_count(results_players_of(l->results, sample));
    scheduler_skip(l->scheduler, sample);
    return STATUS_OK;
}

status_t resume_load_state(results_t *results, scheduler_t *scheduler, bool retry_failed, log_t *log,
                           void (*combine_put)(void *self, int64_t sample, const results_sample_t *info),
                           void *combine_self, int64_t *combining, resume_state_t *state, failure_t *why) {
    load_t l = {.results = results,
                .scheduler = scheduler,
                .retry_failed = retry_failed,
                .log = log,
                .combine_put = combine_put,
                .combine_self = combine_self,
                .combining = combining,
                .state = state};
    *state = (resume_state_t){0};
    *combining = 0;
    l.done = memory_need((size_t)results_blocks_per_row(results), 1, "the flags of a sample");
    status_t status = STATUS_OK;
    for (int64_t k = 0; status == STATUS_OK && k < results_samples(results); k++)
        status = load_sample(&l, k, why);
    free(l.done);
    return status;
}
