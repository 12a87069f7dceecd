#include "run/transform.h"

#include "base/clock.h"
#include "base/crc.h"
#include "base/file.h"
#include "base/nan.h"
#include "config/config.h"
#include "lattice/scratch.h"
#include "results/lock.h"
#include "results/summarise_rows.h"
#include "run/combine.h"
#include "run/resume.h"
#include "samples/samples.h"
#include "samples/value_files.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double LOCK_PATIENCE = 0.5;

enum { BLOCK_BITS = 16, PIECE = 1 << 12 };

typedef struct {
    const transform_options_t *options;
    transform_report_t *report;
    value_files_t *files;
    mask_order_t order;
    uint32_t *listed; /* of order; owned */
    config_t *config;
    results_t *to;
    combine_t *combine;
    double *table; /* [2^n_max] */
    char *part;    /* path of FILE while it is written; owned */
    lock_t *lock;
    double began;
} transform_t;

static status_t out_of_memory(failure_t *why) {
    return failed(why, STATUS_INTERNAL, "out of memory to transform tables");
}

/* ---- what was given ---- */

/* FILE's config is that of a sweep with backend: values; what else it could say decides nothing here. */
static status_t load_settings(transform_t *t, problems_t *problems, failure_t *why) {
    static const char TEXT[] = "model: {backend: values, file: tables}\noutput: {file: results}\n";
    const transform_options_t *options = t->options;
    for (int i = 0; i < options->set_count; i++)
        if (strncmp(options->sets[i], "statistics.", strlen("statistics.")) != 0)
            problems_add(problems, "--set %s: only statistics.* can be set here: there is no model and no sweep",
                         options->sets[i]);
    status_t status = problems->count > 0 ? STATUS_INPUT
                                          : config_parse(TEXT, strlen(TEXT), "--set", "", options->sets,
                                                         options->set_count, &t->config, problems);
    if (status == STATUS_INTERNAL)
        return out_of_memory(why);
    if (status != STATUS_OK)
        return STATUS_OK; /* the problems say it */
    if (t->config->statistics.salience_scale == SALIENCE_OF_MEAN_OUTPUT)
        problems_add(problems,
                     "--set statistics.salience_scale: mean_output is only known once all tables were read; leave it "
                     "away, then harsanyi analyze with --set statistics.salience_scale=mean_output");
    t->config->model.file = options->values;
    t->config->output.file = options->out;
    return STATUS_OK;
}

static status_t add_failure(status_t status, const failure_t *why, problems_t *problems) {
    if (status != STATUS_INPUT)
        return status;
    problems_add(problems, "%s", why->text);
    return STATUS_OK;
}

/* A results file may hold tables, too: its rows are, where a sample is done and has as many players as the file. */
static status_t check_results(const char *path, failure_t *why) {
    results_t *results = NULL;
    failure_t none;
    status_t status = STATUS_OK;
    if (results_recognise(path, &none) != STATUS_OK)
        return STATUS_OK;
    TRY(results_open(path, false, &results, why));
    for (int64_t k = 0; status == STATUS_OK && k < results_samples(results); k++) {
        results_sample_t info;
        status = results_read_sample(results, k, &info, why);
        if (status == STATUS_OK &&
            (info.status != SAMPLE_DONE || results_players_of(results, k) != results_players(results)))
            status = failed(why, STATUS_INPUT,
                            "%s: a results file of harsanyi in which not every row is a whole table (sample %" PRId64
                            "); harsanyi analyze reads it as it is",
                            path, results_index(results, k));
    }
    results_close(&results);
    return status;
}

/* The largest and the smallest number of players. */
static void measure(const value_files_t *files, int *n_min, int *n_max) {
    *n_min = VALUE_PLAYERS_MAX;
    *n_max = 1;
    for (int64_t k = 0; k < value_files_count(files); k++) {
        int n = value_files_players(files, k);
        *n_min = n < *n_min ? n : *n_min;
        *n_max = n > *n_max ? n : *n_max;
    }
}

static status_t load_order(transform_t *t, problems_t *problems, failure_t *why) {
    const char *path = t->options->masks;
    t->order.kind = t->options->high_first ? MASKS_HIGH_FIRST : MASKS_LOW_FIRST;
    if (!path)
        return STATUS_OK;
    TRY(add_failure(value_files_read_masks(path, &t->order.n, &t->listed, why), why, problems));
    t->order.kind = MASKS_LISTED;
    t->order.listed = t->listed;
    for (int64_t k = 0; t->listed && t->files && k < value_files_count(t->files); k++)
        if (value_files_players(t->files, k) != t->order.n) {
            problems_add(problems, "%s: masks of %d players, but the tables of %s are for %d", path, t->order.n,
                         value_files_path(t->files, k), value_files_players(t->files, k));
            break;
        }
    return STATUS_OK;
}

static status_t open_values(transform_t *t, problems_t *problems, failure_t *why) {
    status_t status = value_files_open(t->options->values, &t->files, problems, why);
    if (status == STATUS_INPUT)
        return STATUS_OK; /* the problems say it */
    TRY(status);
    measure(t->files, &t->report->n_min, &t->report->n_max);
    const char *before = NULL;
    for (int64_t k = 0; k < value_files_count(t->files); k++) {
        const char *path = value_files_path(t->files, k);
        if (path != before)
            TRY(add_failure(check_results(path, why), why, problems));
        before = path;
    }
    return STATUS_OK;
}

/* Whether FILE would lie in the folder of the tables, and be one of them the next time. */
static status_t lies_among_tables(const transform_options_t *options, bool *lies, failure_t *why) {
    const char *slash = strrchr(options->out, '/');
    char *folder = slash ? strndup(options->out, (size_t)(slash - options->out) + 1) : strdup(".");
    if (!folder)
        return out_of_memory(why);
    *lies = paths_same_file(folder, options->values);
    free(folder);
    return STATUS_OK;
}

static status_t check_output(const transform_t *t, failure_t *why) {
    const transform_options_t *options = t->options;
    bool exists = false, among = false;
    TRY(paths_check_output(options->out, false, &exists, why));
    TRY(lies_among_tables(options, &among, why));
    if (exists)
        return failed(why, STATUS_INPUT, "%s: exists already and is left alone; remove it, or give another name (-o)",
                      options->out);
    if (among)
        return failed(why, STATUS_INPUT, "%s: would lie among the tables; give a name in another folder (-o)",
                      options->out);
    return STATUS_OK;
}

static status_t open_input(transform_t *t, problems_t *problems, failure_t *why) {
    TRY(add_failure(check_output(t, why), why, problems));
    TRY(load_settings(t, problems, why));
    TRY(open_values(t, problems, why));
    TRY(load_order(t, problems, why));
    if (problems->count > 0)
        return failed(why, STATUS_INPUT, "nothing was made");
    return STATUS_OK;
}

/* ---- identity ---- */

static status_t digest_tables(const transform_t *t, char hex[DIGEST_HEX], failure_t *why) {
    static const char *const ORDERS[] = {"player0=lsb", "player0=msb", "masks="};
    const char *order = ORDERS[t->order.kind];
    digest_t *digest;
    TRY(digest_start(&digest, why));
    status_t status = value_files_digest(t->files, digest, why);
    digest_add(digest, order, strlen(order));
    if (t->order.kind == MASKS_LISTED)
        digest_add(digest, t->listed, mask_count(t->order.n) * sizeof *t->listed);
    if (status == STATUS_OK)
        digest_finish(&digest, hex);
    else
        digest_discard(&digest);
    return status;
}

/* As a sweep of the values backend without a samples file has it; labels are added when there are some. */
static status_t digest_samples(const transform_t *t, const int *players, char hex[DIGEST_HEX], failure_t *why) {
    int64_t count = value_files_count(t->files);
    samples_t *samples = NULL;
    problems_t none = {0};
    digest_t *digest;
    TRY(digest_start(&digest, why));
    status_t status = samples_synthetic(&t->config->samples, count, players, &samples, &none, why);
    if (status == STATUS_OK)
        status = samples_scan(samples, false, -1, digest, &none, why);
    for (int64_t k = 0; k < count && value_files_have_labels(t->files); k++) {
        int64_t label = value_files_label(t->files, k);
        digest_add(digest, &label, sizeof label);
    }
    if (status == STATUS_OK)
        digest_finish(&digest, hex);
    else
        digest_discard(&digest);
    problems_free(&none);
    samples_close(&samples);
    return status;
}

static status_t fill_identity(const transform_t *t, const int *players, results_identity_t *identity, failure_t *why) {
    snprintf(identity->software_version, RESULTS_TEXT, "%s", t->options->software_version);
    snprintf(identity->git_revision, RESULTS_TEXT, "%s", t->options->git_revision);
    snprintf(identity->engine, RESULTS_TEXT, "values");
    snprintf(identity->engine_version, RESULTS_TEXT, "1");
    model_instruction_set(identity->instruction_set);
    TRY(digest_tables(t, identity->model_sha256, why));
    TRY(digest_samples(t, players, identity->samples_sha256, why));
    return config_science_digest(t->config, identity->settings_sha256, why);
}

/* ---- the new file's structure ---- */

static const char *name_of(void *self, int64_t sample, int player) {
    const transform_t *t = self;
    return value_files_name(t->files, sample, player);
}

/* The first of the tables with the most players. */
static int64_t largest(const transform_t *t) {
    int64_t k = 0;
    while (value_files_players(t->files, k) < t->report->n_max)
        k++;
    return k;
}

static const char *shared_name_of(void *self, int64_t sample, int player) {
    (void)sample;
    return name_of(self, largest(self), player);
}

static bool names_differ(const transform_t *t) {
    int64_t donor = largest(t);
    for (int64_t k = 0; k < value_files_count(t->files); k++)
        for (int i = 0; i < value_files_players(t->files, k); i++)
            if (strcmp(value_files_name(t->files, k, i), value_files_name(t->files, donor, i)) != 0)
                return true;
    return false;
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The labels, each once; the target 0 that samples without a model have, where there are none. */
static int64_t find_classes(const transform_t *t, const int64_t *label, int64_t count, int64_t *classes) {
    int64_t kept = 0;
    if (!value_files_have_labels(t->files)) {
        classes[0] = 0;
        return 1;
    }
    memcpy(classes, label, (size_t)count * sizeof *classes);
    qsort(classes, (size_t)count, sizeof *classes, ascending);
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || classes[i] != classes[i - 1])
            classes[kept++] = classes[i];
    return kept;
}

static status_t create_with(transform_t *t, results_spec_t *spec, int64_t *numbers, int32_t *players, failure_t *why) {
    int64_t *index = numbers, *label = index + spec->samples, *classes = label + spec->samples;
    for (int64_t k = 0; k < spec->samples; k++) {
        index[k] = k;
        label[k] = value_files_label(t->files, k);
        players[k] = value_files_players(t->files, k);
    }
    spec->index = index;
    spec->label = label;
    spec->n_players = players;
    spec->class_count = find_classes(t, label, spec->samples, classes);
    spec->classes = classes;
    TRY(fill_identity(t, players, &spec->identity, why));
    return results_create(t->part, spec, t->report->warning, why);
}

static status_t create(transform_t *t, failure_t *why) {
    const stats_settings_t *settings = &t->config->statistics;
    text_t canonical = {0};
    config_canonical(t->config, &canonical);
    results_spec_t spec = {.samples = value_files_count(t->files),
                           .players = t->report->n_max,
                           .block_bits = t->report->n_max < BLOCK_BITS ? t->report->n_max : BLOCK_BITS,
                           .indices = settings->indices,
                           .curves = settings->curves,
                           .top = settings->top,
                           .names = value_files_name(t->files, 0, 0) != NULL,
                           .name_self = t,
                           .config = canonical.chars,
                           .tables = true};
    spec.names_per_sample = spec.names && names_differ(t);
    spec.name = spec.names_per_sample ? name_of : shared_name_of;
    int64_t *numbers = calloc((size_t)(3 * spec.samples), sizeof *numbers);
    int32_t *players = calloc((size_t)spec.samples, sizeof *players);
    status_t status = out_of_memory(why);
    if (numbers && players && !canonical.out_of_memory)
        status = create_with(t, &spec, numbers, players, why);
    free(numbers);
    free(players);
    text_free(&canonical);
    return status;
}

/* ---- the tables ---- */

/* STATUS_CERTAIN naming the lowest mask that holds no number. */
static status_t check_finite(const double *table, int n, failure_t *why) {
    for (mask_t s = 0; s < mask_count(n); s++)
        if (!isfinite(table[s]))
            return failed(why, STATUS_CERTAIN, "mask 0x%" PRIx64 ": output is %s", s,
                          isnan(table[s]) ? "NaN"
                          : table[s] > 0  ? "+inf"
                                          : "-inf");
    return STATUS_OK;
}

/* Checksums of /values, as stored; combine_sample has written those of blocks past 2^n. */
static status_t write_checksums(transform_t *t, int64_t k, failure_t *why) {
    mask_t size = mask_count(results_block_bits(t->to)), step = size < PIECE ? size : PIECE;
    double piece[PIECE];
    for (int64_t b = 0; b < results_blocks_of(t->to, k); b++) {
        uint32_t crc = 0;
        for (mask_t at = 0; at < size; at += step) {
            TRY(results_read_values(t->to, k, (mask_t)b * size + at, step, piece, why));
            crc = crc32c(crc, piece, step * sizeof *piece);
        }
        TRY(results_write_crcs(t->to, k, b, 1, &crc, NULL, why));
    }
    return STATUS_OK;
}

static status_t write_done(transform_t *t, int64_t k, results_sample_t *info, double began, failure_t *why) {
    const stats_settings_t *settings = &t->config->statistics;
    if (settings->noise == NOISE_GIVEN) /* an estimate would need the model */
        info->noise_sigma = settings->noise_sigma;
    TRY(results_write_values(t->to, k, 0, mask_count(results_players_of(t->to, k)), t->table, why));
    TRY(combine_sample(t->combine, k, info, why));
    TRY(write_checksums(t, k, why));
    info->seconds = clock_seconds() - began;
    TRY(results_write_sample(t->to, k, info, why));
    TRY(results_write_blocks_done(t->to, k, 0, results_blocks_per_row(t->to), true, why));
    TRY(results_write_phase(t->to, k, PHASE_WHOLE, why));
    t->report->done++;
    return results_write_status(t->to, k, SAMPLE_DONE, why);
}

static status_t write_failed(transform_t *t, int64_t k, results_sample_t *info, const failure_t *cause,
                             failure_t *why) {
    info->noise_sigma = nan_canonical();
    info->error_kind = ERROR_CERTAIN;
    snprintf(info->error, sizeof info->error, "%.*s", RESULTS_ERROR_TEXT - 1, cause->text);
    if (t->report->failed++ == 0) {
        t->report->first_failed = k;
        snprintf(t->report->first_file, RESULTS_TEXT, "%s", value_files_path(t->files, k));
        memcpy(t->report->first_error, info->error, sizeof info->error);
    }
    TRY(results_clear_flags(t->to, k, why));
    TRY(results_clear_rows(t->to, k, why));
    TRY(results_write_sample(t->to, k, info, why));
    return results_write_status(t->to, k, SAMPLE_FAILED, why);
}

static status_t write_table(transform_t *t, int64_t k, failure_t *why) {
    results_sample_t info = {
        .attempts = 1, .v_empty = nan_canonical(), .v_full = nan_canonical(), .noise_sigma = nan_canonical()};
    double began = clock_seconds();
    failure_t cause;
    TRY(value_files_load(t->files, k, &t->order, t->table, why));
    if (check_finite(t->table, value_files_players(t->files, k), &cause) != STATUS_OK)
        return write_failed(t, k, &info, &cause, why);
    status_t status = write_done(t, k, &info, began, why);
    if (status != STATUS_CERTAIN)
        return status;
    cause = *why;
    return write_failed(t, k, &info, &cause, why);
}

static status_t write_tables(transform_t *t, failure_t *why) {
    t->table = malloc(mask_count(t->report->n_max) * sizeof *t->table);
    if (!t->table)
        return failed(why, STATUS_INTERNAL, "out of memory for a table of 2^%d numbers", t->report->n_max);
    TRY(combine_create(t->to, &t->config->statistics, STRIPS_PIECE_BITS, &t->combine, why));
    for (int64_t k = 0; k < results_samples(t->to); k++)
        TRY(write_table(t, k, why));
    return STATUS_OK;
}

/* Statistics across samples, from the tables as written: the one in memory is no longer needed. */
static status_t write_summary(transform_t *t, failure_t *why) {
    char *folder = scratch_folder(t->options->out);
    free(t->table);
    t->table = NULL;
    if (!folder)
        return out_of_memory(why);
    t->report->players_differ = summarise_rows_players_differ(t->to);
    status_t status = summarise_rows_into(t->to, &t->config->statistics, folder, NULL, NULL, why);
    free(folder);
    return status;
}

static status_t write_run(const transform_t *t, failure_t *why) {
    const results_identity_t *identity = results_identity(t->to);
    results_run_t run = {.ranks = 1, .seconds = clock_seconds() - t->began, .exit = "transformed"};
    int slot;
    results_describe_run(t->options->compiler, &run);
    snprintf(run.engine, sizeof run.engine, "%.30s %.30s, %.60s", identity->engine, identity->engine_version,
             identity->instruction_set);
    return results_add_run(t->to, &run, &slot, why);
}

/* ---- the order of things ---- */

static status_t fill_part(transform_t *t, failure_t *why) {
    TRY(create(t, why));
    TRY(results_open(t->part, true, &t->to, why));
    TRY(write_tables(t, why));
    TRY(write_summary(t, why));
    TRY(write_run(t, why));
    return results_sync(t->to, why);
}

static status_t make_output(transform_t *t, failure_t *why) {
    const char *out = t->options->out;
    TRY(lock_take(out, "transform", LOCK_PATIENCE, &t->lock, why));
    t->part = paths_part(out);
    status_t status = fill_part(t, why);
    combine_finish(&t->combine);
    results_close(&t->to);
    if (status == STATUS_OK)
        status = check_output(t, why); /* somebody else may have made it meanwhile */
    if (status == STATUS_OK)
        status = file_rename_durably(t->part, out, why);
    if (status != STATUS_OK)
        unlink(t->part);
    return status;
}

status_t transform(const transform_options_t *options, transform_report_t *report, problems_t *problems,
                   failure_t *why) {
    transform_t t = {.options = options, .report = report, .began = clock_seconds()};
    *report = (transform_report_t){0};
    status_t status = open_input(&t, problems, why);
    if (status == STATUS_OK)
        status = make_output(&t, why);
    lock_release(&t.lock);
    free(t.part);
    free(t.table);
    free(t.listed);
    value_files_close(&t.files);
    config_free(&t.config);
    return status;
}
