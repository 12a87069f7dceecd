#include "run/resume.h"

#include "base/memory.h"
#include "results/block_crcs.h"
#include "run/scheduler.h"
#include "run/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void resume_check_overwritten(const sweep_t *s, problems_t *problems) {
    const char *const read[] = {s->options->config, s->config->model.file, s->config->samples.file};
    const char *const what[] = {"the configuration", "the model", "the samples"};
    struct stat info;
    failure_t why;
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (read[i] && paths_same_file(s->file, read[i])) {
            problems_add(problems, "%s: this file holds %s; give another output file", s->file, what[i]);
            return;
        }
    if (s->options->fresh && stat(s->file, &info) == 0 && S_ISREG(info.st_mode) &&
        results_recognise(s->file, &why) != STATUS_OK)
        problems_add(problems, "%s; --fresh replaces only results files; remove it, or give another output file",
                     why.text);
}

/* ---- a new file ---- */

/* How many classes the model can predict: a single logit stands for two. */
static int64_t predictions(const inputs_t *inputs) {
    int64_t most = inputs->options.score == SCORE_RAW ? 1 : 2;
    for (int i = 0; i < model_info(inputs->model)->outputs; i++)
        most = model_info(inputs->model)->width[i] > most ? model_info(inputs->model)->width[i] : most;
    return most;
}

/* All targets that a sample can have; returns how many. */
static int64_t add_targets(const inputs_t *inputs, int64_t *classes) {
    const model_options_t *options = &inputs->options;
    const int64_t targets = predictions(inputs);
    int64_t all = 0;
    if (options->target == TARGET_GIVEN)
        for (int t = 0; t < options->targets; t++)
            classes[all++] = options->given[t].output;
    else if (options->target == TARGET_LABEL || options->backend == BACKEND_LLAMA) /* tokens are no classes */
        classes[all++] = 0;
    else
        for (int64_t output = 0; output < targets; output++)
            classes[all++] = output;
    return all;
}

/* The classes by which transferability is grouped, ascending: the labels, and all possible targets if some sample has
 * no label; with several targets the targets. */
static int64_t *find_classes(const inputs_t *inputs, const int64_t *label, int64_t samples, int64_t *count) {
    const table_info_t *table = inputs->table ? table_info(inputs->table) : NULL;
    const bool by_target = model_rows(inputs->model) > model_info(inputs->model)->outputs;
    int64_t of_table = table ? table->class_count : 0, all = 0;
    int64_t *classes =
        memory_need((size_t)(samples + predictions(inputs) + TARGETS_MAX + of_table), sizeof *classes, "the classes");
    for (int64_t k = 0; k < samples && !by_target; k++)
        if (label[k] >= 0)
            classes[all++] = label[k];
    if ((all < samples || by_target) && table) {
        memcpy(classes + all, table->classes, (size_t)of_table * sizeof *classes);
        all += of_table;
    } else if (all < samples || by_target) {
        all += add_targets(inputs, classes + all);
    }
    *count = classes_settle(classes, all);
    return classes;
}

static const char *name_of(void *self, name_list_t list, place_t place, int64_t i) {
    const samples_t *samples = ((const inputs_t *)self)->samples;
    bool there = !samples_names(samples, list).per_sample || i < samples_selected_players(samples, place);
    return there ? samples_selected_name(samples, list, place, i) : NULL;
}

/* Adds the lists per sample to the spec and makes the file. */
static status_t create_with(sweep_t *s, results_spec_t *spec, failure_t *why) {
    char warning[RESULTS_TEXT] = "";
    size_t count = (size_t)spec->samples;
    index_t *index OWNED = memory_need(count, sizeof *index, "the list of samples");
    int64_t *label OWNED = memory_need(count, sizeof *label, "the list of samples");
    int32_t *n_players OWNED = memory_need(count, sizeof *n_players, "the list of samples");
    for (int64_t k = 0; k < spec->samples; k++) {
        index[k] = samples_selected_index(s->inputs->samples, k);
        label[k] = samples_selected_label(s->inputs->samples, k);
        n_players[k] = samples_selected_players(s->inputs->samples, k);
    }
    int64_t *classes OWNED = find_classes(s->inputs, label, spec->samples, &spec->class_count);
    spec->index = index;
    spec->label = label;
    spec->n_players = n_players;
    spec->classes = classes;
    TRY(results_create(s->file, spec, warning, why));
    if (warning[0])
        log_warning(&s->log, "%s", warning);
    return STATUS_OK;
}

results_spec_t resume_spec(const inputs_t *inputs, int block_bits, text_t *canonical) {
    const stats_settings_t *statistics = &inputs->config->statistics;
    const model_info_t *info = model_info(inputs->model);
    config_canonical(inputs->config, canonical);
    results_spec_t spec = {.samples = samples_selected(inputs->samples),
                           .outputs = info->outputs,
                           .targets = model_rows(inputs->model) / info->outputs,
                           .output_name = info->output,
                           .shard = inputs->config->samples.shard,
                           .shards = inputs->config->samples.shards,
                           .players = inputs->n_max,
                           .block_bits = block_bits,
                           .indices = statistics->indices,
                           .families = families_wanted(statistics),
                           .top = statistics->top,
                           .name = name_of,
                           .name_self = (void *)(uintptr_t)inputs,
                           .config = canonical->chars,
                           .tables = true};
    for (name_list_t list = 0; list < NAME_LISTS; list++)
        spec.names[list] = samples_names(inputs->samples, list);
    return spec;
}

status_t resume_create(sweep_t *s, int block_bits, const problems_t *warnings, failure_t *why) {
    text_t canonical CLEANUP(text_free) = {0};
    results_spec_t spec = resume_spec(s->inputs, block_bits, &canonical);
    spec.identity = s->identity;
    spec.warnings = warnings;
    return create_with(s, &spec, why);
}

/* ---- resuming one ---- */

static void compare_settings(const results_t *results, const inputs_t *inputs, text_t *out) {
    config_t *was CLEANUP(config_free) = config_stored(results_config(results), NULL);
    if (was)
        config_differences(was, inputs->config, out);
    else
        text_add(out, "settings: the file's own settings cannot be read\n");
    if (out->length == 0)
        text_add(out, "settings: a setting that affects the numbers differs\n");
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

/* Fails with `said`, followed by what differs, a line each. */
static status_t refuse(const text_t *differences, const char *said, failure_t *why) {
    return failed(why, STATUS_INPUT, "%s. What differs:\n%.*s", said, (int)differences->length - 1, differences->chars);
}

static status_t check_identity(const sweep_t *s, const results_t *results, failure_t *why) {
    const results_identity_t *was = results_identity(results), *now = &s->identity;
    const results_shard_t *of = results_shard(results);
    const samples_options_t *asked = &s->config->samples;
    text_t differences CLEANUP(text_free) = {0};
    if (strcmp(was->settings_sha256, now->settings_sha256) != 0)
        compare_settings(results, s->inputs, &differences);
    compare("model (SHA-256 of its files)", was->model_sha256, now->model_sha256, &differences);
    compare("samples (SHA-256 of those selected)", was->samples_sha256, now->samples_sha256, &differences);
    compare("shard (--shard)", shard_text(of ? of->shard : 0, of ? of->shards : 0).text,
            shard_text(asked->shard, asked->shards).text, &differences);
    const int64_t rows = samples_count(s->inputs->samples) * model_rows(s->inputs->model);
    if (differences.length == 0 && results_samples(results) != rows)
        text_add(&differences, "number of %s: was %lld, is %lld\n", results_word(results),
                 (long long)results_samples(results), (long long)rows);
    if (differences.length == 0)
        return STATUS_OK;
    return refuse(&differences,
                  "this file belongs to another sweep and was left as it is; give another output file (-o), or use "
                  "--fresh to replace it",
                  why);
}

static status_t check_engine(sweep_t *s, const results_t *results, failure_t *why) {
    const results_identity_t *was = results_identity(results), *now = &s->identity;
    text_t differences CLEANUP(text_free) = {0};
    compare("engine", was->engine, now->engine, &differences);
    compare("engine version", was->engine_version, now->engine_version, &differences);
    compare("instruction set", was->instruction_set, now->instruction_set, &differences);
    if (differences.length == 0)
        return STATUS_OK;
    if (!s->options->accept_engine)
        return refuse(&differences,
                      "another engine or processor may change the last bits of results; use --accept-engine to resume "
                      "anyway",
                      why);
    log_warning(&s->log, "--accept-engine: resuming with another engine; the last bits of results may differ:\n%.*s",
                (int)differences.length - 1, differences.chars);
    return STATUS_OK;
}

static status_t check_file(sweep_t *s, const results_t *results, failure_t *why) {
    if (!results_has_tables(results))
        return failed(why, STATUS_INPUT, "it holds statistics only (made by analyze), so no sweep can resume it");
    TRY(check_identity(s, results, why));
    return check_engine(s, results, why);
}

status_t resume_open(sweep_t *s, failure_t *why) {
    failure_t cause;
    status_t status = results_open(s->file, true, &s->results, &cause);
    if (status != STATUS_OK)
        return failed(
            why, status, "%s%s", cause.text,
            status == STATUS_INPUT
                ? "; it was left as it is: fix that, replace it with an intact copy, or move it away to start over"
                : "");
    return check_file(s, s->results, why) == STATUS_OK ? STATUS_OK : failed_within(why, "%s", s->file);
}

/* ---- what earlier starts tell ---- */

typedef struct {
    double seconds, masks; /* of all that evaluated any */
    bool killed;           /* the last one */
} past_t;

static past_t past_of(const results_t *results) {
    results_run_t *runs OWNED = memory_need(RESULTS_RUNS, sizeof *runs, "the records of starts");
    past_t past = {0};
    uint64_t starts;
    int count;
    failure_t ignored;
    if (results_read_runs(results, runs, &count, &starts, &ignored) == STATUS_OK)
        for (int i = 0; i < count; i++) {
            past.killed = strcmp(runs[i].exit, "running") == 0;
            if (runs[i].masks > 0 && runs[i].seconds > 0) {
                past.seconds += runs[i].seconds * runs[i].ranks;
                past.masks += (double)runs[i].masks;
            }
        }
    return past;
}

double resume_seconds_per_mask(const results_t *results) {
    past_t past = past_of(results);
    return past.masks > 0 ? past.seconds / past.masks : 0;
}

/* ---- where the file stands ---- */

typedef struct {
    sweep_t *sweep;
    results_t *results; /* the sweep's */
    bool killed;        /* the last start */
    int64_t fixed;      /* samples whose flags were set */
    bool invalid;       /* so is /summary, for certain */
    uint8_t *done;      /* [blocks per row] */
    uint8_t *of_all;    /* [blocks per row]: stored for all rows of a sample that are left */
} load_t;

/* Sets the flags of a done sample if one is missing. */
static status_t load_done(load_t *l, row_t sample, failure_t *why) {
    int64_t flagged, blocks = results_blocks_per_row(l->results);
    phase_t phase;
    if (!l->killed)
        return STATUS_OK;
    TRY(results_read_phase(l->results, sample, &phase, why));
    TRY(results_count_blocks_done(l->results, sample, blocks, &flagged, why));
    if (phase == PHASE_WHOLE && flagged == blocks)
        return STATUS_OK;
    l->fixed++;
    return results_flag_done(l->results, sample, 1, why);
}

/* A block that does not match its checksum (a damaged disk) is evaluated again. */
static status_t check_block(load_t *l, row_t sample, int64_t block, failure_t *why) {
    uint32_t expected, crc;
    TRY(results_read_crcs(l->results, TABLE_VALUES, sample, block, 1, &expected, why));
    TRY(block_crcs_of_stored(l->results, TABLE_VALUES, sample, block, &crc, why));
    if (crc == expected)
        return STATUS_OK;
    log_warning(&l->sweep->log,
                "sample %lld: stored block %lld does not match its checksum; it will be evaluated again",
                (long long)results_index(l->results, sample), (long long)block);
    l->done[block] = 0;
    return results_write_blocks_done(l->results, sample, block, 1, false, why);
}

/* /summary is out of date once a sample's status changes. */
static status_t invalidate_summary(load_t *l, failure_t *why) {
    bool valid = false;
    if (l->invalid)
        return STATUS_OK;
    l->invalid = true;
    TRY(results_read_summary_valid(l->results, &valid, why));
    if (!valid)
        return STATUS_OK;
    TRY(results_write_summary_valid(l->results, false, why));
    return results_sync(l->results, why);
}

/* Sets l->done for a row that is left, and takes what it lacks off l->of_all. */
static status_t load_blocks(load_t *l, row_t row, failure_t *why) {
    const int64_t blocks = results_blocks_of(l->results, row);
    TRY(results_read_blocks_done(l->results, row, 0, blocks, l->done, why));
    for (int64_t b = 0; b < blocks; b++) {
        if (l->done[b])
            TRY(check_block(l, row, b, why));
        l->of_all[b] = l->of_all[b] && l->done[b];
    }
    return STATUS_OK;
}

/* A row of which all is stored, but its interactions. */
static status_t load_combining(load_t *l, row_t row, failure_t *why) {
    sweep_t *s = l->sweep;
    job_t job = {.sample = row};
    TRY(results_read_sample(l->results, row, &job.info, why));
    queue_put(s->to_combine, &job, 0);
    s->combining++;
    s->done++;
    return STATUS_OK;
}

/* A sample of which rows are left: l->of_all are the blocks that all of those have. */
static status_t load_left(load_t *l, nth_t k, failure_t *why) {
    sweep_t *s = l->sweep;
    const int rows = results_rows_of_sample(l->results), g = results_block_bits(l->results);
    const int64_t blocks = results_blocks_of(l->results, k * rows);
    const int n = results_players_of(l->results, k * rows);
    int64_t stored = 0;
    for (int64_t b = 0; b < blocks; b++)
        stored += l->of_all[b] != 0;
    s->masks_at_start += (uint64_t)stored * mask_count(n < g ? n : g);
    for (row_t row = k * rows; row < (k + 1) * rows; row++) {
        if (s->settled[row])
            continue;
        /* Combining may have begun before the last blocks were flagged. */
        TRY(stored == blocks ? load_combining(l, row, why)
                             : results_write_phase(l->results, row, PHASE_EVALUATING, why));
    }
    if (stored == blocks)
        scheduler_skip(s->scheduler, k);
    else if (stored > 0)
        scheduler_resume(s->scheduler, k, l->of_all);
    return STATUS_OK;
}

static status_t load_row(load_t *l, row_t row, failure_t *why) {
    sweep_t *s = l->sweep;
    results_sample_t info = {.error_kind = OUTCOME_OK};
    uint8_t status;
    TRY(results_read_outcomes(l->results, row, 1, &status, &info.target, why));
    if (status == SAMPLE_FAILED)
        TRY(results_read_sample(l->results, row, &info, why));
    const bool again = status == SAMPLE_FAILED && (s->options->retry_failed || info.error_kind == OUTCOME_TRANSIENT);
    if (again || status == SAMPLE_PENDING) {
        TRY(invalidate_summary(l, why));
        if (again)
            TRY(results_write_status(l->results, row, SAMPLE_PENDING, why));
        return load_blocks(l, row, why);
    }
    if (status == SAMPLE_DONE)
        TRY(load_done(l, row, why));
    s->settled[row] = true;
    s->done += status == SAMPLE_DONE;
    s->failed += status == SAMPLE_FAILED;
    return STATUS_OK;
}

static status_t load_sample(load_t *l, nth_t k, failure_t *why) {
    const int rows = results_rows_of_sample(l->results);
    bool left = false;
    memset(l->of_all, 1, (size_t)results_blocks_per_row(l->results));
    for (row_t row = k * rows; row < (k + 1) * rows; row++) {
        TRY(load_row(l, row, why));
        left = left || !l->sweep->settled[row];
    }
    if (left)
        return load_left(l, k, why);
    l->sweep->masks_at_start += mask_count(results_players_of(l->results, k * rows));
    scheduler_skip(l->sweep->scheduler, k);
    return STATUS_OK;
}

status_t resume_load(sweep_t *s, failure_t *why) {
    load_t l = {.sweep = s, .results = s->results, .killed = past_of(s->results).killed};
    const size_t blocks = (size_t)results_blocks_per_row(s->results);
    const int64_t rows = results_samples(s->results), samples = rows / results_rows_of_sample(s->results);
    uint8_t *flags OWNED = memory_need(2 * blocks, 1, "the flags of a sample");
    l.done = flags;
    l.of_all = flags + blocks;
    s->settled = memory_need((size_t)rows, sizeof *s->settled, "the rows");
    for (nth_t k = 0; k < samples; k++)
        TRY(load_sample(&l, k, why));
    if (l.fixed == 0)
        return STATUS_OK;
    log_info(&s->log, "the last start was killed before all flags of %lld done samples were on disk; they are set now",
             (long long)l.fixed);
    return results_sync(s->results, why);
}
