#include "review/analyze.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/nan.h"
#include "base/text.h"
#include "base/version.h"
#include "config/config.h"
#include "lattice/row.h"
#include "results/lock.h"
#include "results/paths.h"
#include "results/summarise_rows.h"
#include "stats/finish.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double LOCK_PATIENCE = 0.5;

/* Rows of half a MiB in all are written together; of rows with more players bitmaps are written as they come. */
enum { BATCH_DOUBLES = 1 << 16, IN_MEMORY_MAX = 22 };

typedef struct {
    const analyze_options_t *options;
    results_t *from;
    subset_t subset;
    int n;                          /* players of OUT: the most of the subset's */
    int64_t donor;                  /* the first row of FILE with so many */
    name_shape_t names[NAME_LISTS]; /* of the new file */
    /* Of OUT; owned: */
    index_t *index; /* [subset.count], as the next */
    int64_t *label;
    int32_t *n_players, *output;
    int64_t *classes;
    config_t *config; /* /config of FILE, with what was set */
    stats_settings_t settings;
    char *part; /* path of OUT while it is written */
    lock_t *lock;
    results_t *to;
    finish_t *finish;
    results_row_t *values, *interactions; /* of FILE */
    row_buffer_t held_values, held_interactions;
    size_t batch, waiting;   /* rows that are written together; those of them before the one at hand */
    double *memory;          /* numbers and bitmaps of those */
    finished_row_t *rows;    /* [batch]: without tables */
    results_sample_t *infos; /* [batch] */
    double began;
} analysis_t;

/* ---- settings ---- */

/* A list of saliences asks for several files: names the loop that makes them. */
static void refuse_list(const analyze_options_t *options, const char *set, problems_t *problems) {
    char *list OWNED = memory_text("%s", strchr(set, '=') + 1), *rest;
    char *out OWNED = file_name_with(options->out, "-$s");
    text_t values CLEANUP(text_free) = {0};
    for (char *value = strtok_r(list, "[], ", &rest); value; value = strtok_r(NULL, "[], ", &rest))
        text_add(&values, " %s", value);
    problems_add(problems,
                 "--set %s: a file has one salience; make one file for each: for s in%s; do harsanyi analyze %s -o %s "
                 "--set statistics.salience=$s; done",
                 set, values.chars ? values.chars : "", options->file, out ? out : options->out);
}

/* Anything but statistics.* decides v itself. */
static void check_sets(const analyze_options_t *options, problems_t *problems) {
    static const char STATISTICS[] = "statistics.", SALIENCES[] = "statistics.salience=[";
    for (int i = 0; i < options->set_count; i++) {
        const char *set = options->sets[i];
        if (strncmp(set, STATISTICS, strlen(STATISTICS)) != 0)
            problems_add(problems,
                         "--set %s: only statistics.* can be set here; anything else needs the model: harsanyi run "
                         "with another output file",
                         set);
        else if (strncmp(set, SALIENCES, strlen(SALIENCES)) == 0)
            refuse_list(options, set, problems);
    }
}

static status_t load_settings(analysis_t *a, problems_t *problems, failure_t *why) {
    const analyze_options_t *options = a->options;
    const char *text = results_config(a->from);
    char *name OWNED = memory_text("%s: /config", options->file);
    config_t *was CLEANUP(config_free) = NULL;
    check_sets(options, problems);
    config_parse(text, strlen(text), name, "", NULL, 0, &was, problems);
    if (problems->count == 0)
        config_parse(text, strlen(text), name, "", options->sets, options->set_count, &a->config, problems);
    if (a->config) {
        a->settings = a->config->statistics;
        if (a->settings.noise == NOISE_AUTO && was->statistics.noise != NOISE_AUTO)
            problems_add(problems, "--set statistics.noise_sigma=auto: the sweep made no estimate, and a new one needs "
                                   "the model; give a number, or none");
    }
    return problems->count > 0 ? failed(why, STATUS_INPUT, "the settings are wrong; nothing was written") : STATUS_OK;
}

/* |mean of v(N) - v(empty)| over the done samples, added up in the file's order. */
static status_t find_mean_output(analysis_t *a, failure_t *why) {
    double sum = 0;
    if (a->settings.salience_scale != SALIENCE_OF_MEAN_OUTPUT)
        return STATUS_OK;
    for (int64_t k = 0; k < a->subset.count; k++) {
        results_sample_t info;
        TRY(results_read_sample(a->from, a->subset.rows[k], &info, why));
        if (info.status == SAMPLE_DONE)
            sum += info.v_full - info.v_empty;
    }
    a->settings.mean_output = fabs(sum / (double)a->subset.done);
    if (!isfinite(a->settings.mean_output))
        return failed(
            why, STATUS_INPUT,
            "%s: /samples/v_full or v_empty is not finite for a done sample: the file is damaged; run harsanyi verify",
            a->options->file);
    return STATUS_OK;
}

/* ---- the new file's structure ---- */

/* Names that all samples share are those of the sample with the most players. */
static const char *name_of(void *self, name_list_t list, row_t sample, int64_t i) {
    const analysis_t *a = self;
    return results_name(a->from, list, a->names[list].per_sample ? a->subset.rows[sample] : a->donor, i);
}

/* Whether some player has another name than in the sample with the most players. */
static bool names_differ(const analysis_t *a, name_list_t list) {
    for (int64_t k = 0; k < a->subset.count; k++)
        for (int i = 0; i < results_players_of(a->from, a->subset.rows[k]); i++)
            if (strcmp(results_name(a->from, list, a->subset.rows[k], i), results_name(a->from, list, a->donor, i)) !=
                0)
                return true;
    return false;
}

static void choose_names(analysis_t *a) {
    for (name_list_t list = 0; list < NAME_LISTS; list++) {
        name_shape_t *names = &a->names[list];
        *names = results_names(a->from, list);
        if (names->count > 0 && list != NAMES_OF_CLASSES) {
            names->count = a->n;
            names->per_sample = names_differ(a, list);
        }
    }
}

/* The file's classes that occur among the chosen samples; all of them where there are no labels. */
static int64_t keep_classes(const analysis_t *a, int64_t *classes) {
    int64_t count, kept = 0;
    const int64_t *all = results_classes(a->from, &count);
    for (int64_t c = 0; c < count; c++) {
        bool occurs = false;
        for (int64_t k = 0; k < a->subset.count && !occurs; k++) {
            int64_t label = results_label(a->from, a->subset.rows[k]);
            occurs = label < 0 || label == all[c] || results_targets(a->from) > 1;
        }
        if (occurs)
            classes[kept++] = all[c];
    }
    return kept;
}

/* Model and samples are those of the sweep; what computes from its tables is this program. */
static status_t fill_identity(const analysis_t *a, results_identity_t *identity, failure_t *why) {
    *identity = *results_identity(a->from);
    snprintf(identity->software_version, RESULTS_TEXT, "%s", version_software);
    snprintf(identity->git_revision, RESULTS_TEXT, "%s", version_git);
    return config_science_digest(a->config, identity->settings_sha256, why);
}

static void describe_rows(analysis_t *a) {
    const size_t count = (size_t)a->subset.count;
    int64_t classes;
    results_classes(a->from, &classes);
    a->index = memory_need(count, sizeof *a->index, "the chosen samples");
    a->label = memory_need(count, sizeof *a->label, "the chosen samples");
    a->n_players = memory_need(count, sizeof *a->n_players, "the chosen samples");
    a->output = memory_need(count, sizeof *a->output, "the chosen samples");
    a->classes = memory_need((size_t)classes, sizeof *a->classes, "the chosen samples");
    for (size_t k = 0; k < count; k++) {
        const row_t row = a->subset.rows[k];
        a->index[k] = results_index(a->from, row);
        a->label[k] = results_label(a->from, row);
        a->n_players[k] = results_players_of(a->from, row);
        a->output[k] = results_output(a->from, row);
    }
}

static status_t create(analysis_t *a, char *warning, failure_t *why) {
    const char *names[OUTPUTS_MAX];
    results_output_names(a->from, names);
    describe_rows(a);
    text_t canonical CLEANUP(text_free) = {0};
    config_canonical(a->config, &canonical);
    results_spec_t spec = {.samples = a->subset.count,
                           .outputs = results_outputs(a->from),
                           .targets = results_targets(a->from),
                           .output_name = names,
                           .output = a->output,
                           .players = a->n,
                           .indices = a->settings.indices,
                           .families = families_root(),
                           .top = a->settings.top,
                           .index = a->index,
                           .label = a->label,
                           .n_players = a->n_players,
                           .classes = a->classes,
                           .class_count = keep_classes(a, a->classes),
                           .name = name_of,
                           .name_self = a,
                           .config = canonical.chars,
                           .tables_of = a->options->file};
    memcpy(spec.names, a->names, sizeof spec.names);
    TRY(fill_identity(a, &spec.identity, why));
    if (spec.class_count == 0)
        return failed(why, STATUS_INPUT, "%s: /summary/transferability/classes: holds none of the samples' labels",
                      a->options->file);
    return results_create(a->part, &spec, warning, why);
}

/* ---- the statistics ---- */

/* A row of FILE that is refused where it holds what no done sample can. */
typedef struct {
    row_source_t row;
    const char *file, *table;
    index_t index; /* of the sample */
} checked_row_t;

static status_t read_checked(void *self, mask_t first, const double **leaf, failure_t *why) {
    const checked_row_t *checked = self;
    TRY(checked->row.read(checked->row.self, first, leaf, why));
    if (row_leaf_is_finite(*leaf, row_leaf_masks(checked->row.n)))
        return STATUS_OK;
    for (mask_t s = 0; s < row_leaf_masks(checked->row.n); s++)
        if (!isfinite((*leaf)[s]))
            return failed(why, STATUS_INPUT,
                          "%s: /%s: sample %" PRId64 ", mask 0x%" PRIx64
                          " is not a finite number: the file is damaged; run harsanyi verify to see where else",
                          checked->file, checked->table, checked->index, first + s);
    return STATUS_OK;
}

static row_source_t source_of(const analysis_t *a, results_row_t *row, const char *table, int64_t k,
                              checked_row_t *checked) {
    *checked = (checked_row_t){results_row_source(row, k), a->options->file, table, results_index(a->from, k)};
    return (row_source_t){.n = checked->row.n, .read = read_checked, .self = checked};
}

/* The noise of v: given, or what the sweep found. */
static void take_noise(const stats_settings_t *settings, results_sample_t *info) {
    if (settings->noise == NOISE_AUTO)
        return;
    info->noise_sigma = settings->noise_sigma;
    info->noise_why = settings->noise == NOISE_GIVEN ? NOISE_WHY_GIVEN : NOISE_WHY_NOT_ASKED;
}

static bool in_memory(const analysis_t *a) {
    return a->n <= IN_MEMORY_MAX;
}

/* Bitmaps of a long row go to the file at once. */
typedef struct {
    results_t *to;
    row_t row;
} long_row_t;

static status_t write_bitmaps(void *self, mask_t first, size_t words, const uint64_t *positive,
                              const uint64_t *negative, failure_t *why) {
    const long_row_t *row = self;
    return results_write_salient(row->to, row->row, 0, first, words, positive, negative, why);
}

/* Sample k of FILE, done, into row `to` of OUT. */
static status_t put_done(analysis_t *a, int64_t k, int64_t to, results_sample_t *info, failure_t *why) {
    checked_row_t checked_values, checked_interactions;
    finished_row_t *row = &a->rows[a->waiting];
    long_row_t long_row = {a->to, to};
    row_source_t values = source_of(a, a->values, "values", k, &checked_values);
    row_source_t interactions = source_of(a, a->interactions, "interactions", k, &checked_interactions);
    row->n = values.n;
    take_noise(&a->settings, info);
    TRY(row_buffer_take(&a->held_values, values, &values, why));
    TRY(row_buffer_take(&a->held_interactions, interactions, &interactions, why));
    salience_bitmaps_t bitmaps = finished_bitmaps(row);
    salient_sink_t salient = in_memory(a) ? salience_into(&bitmaps) : (salient_sink_t){write_bitmaps, &long_row};
    return finish_streaming(a->finish, values, interactions, info->noise_sigma, salient, row->numbers, why);
}

static void put_undone(analysis_t *a, int64_t to) {
    finished_row_t *row = &a->rows[a->waiting];
    row->n = results_players_of(a->to, to);
    for (size_t j = 0; j < results_fields(a->to)->doubles; j++)
        row->numbers[j] = nan_canonical();
    if (in_memory(a))
        memset(row->salient, 0,
               2 * (size_t)families_kinds(results_families(a->to)) * salience_words(row->n) * sizeof *row->salient);
}

/* Writes the rows up to `to` when there are as many as are written together, or no more come. */
static status_t write_rows(analysis_t *a, int64_t to, failure_t *why) {
    size_t waiting = ++a->waiting;
    if (waiting < a->batch && to + 1 < a->subset.count)
        return STATUS_OK;
    a->waiting = 0;
    int64_t first = to + 1 - (int64_t)waiting;
    if (in_memory(a))
        TRY(results_write_rows(a->to, first, waiting, a->rows, why));
    else
        TRY(results_write_numbers(a->to, first, a->rows->numbers, why));
    TRY(results_write_samples(a->to, first, waiting, a->infos, why));
    for (size_t k = 0; k < waiting; k++)
        TRY(results_write_status(a->to, first + (int64_t)k, a->infos[k].status, why));
    return STATUS_OK;
}

static status_t write_samples(analysis_t *a, failure_t *why) {
    for (int64_t to = 0; to < a->subset.count; to++) {
        results_sample_t *info = &a->infos[a->waiting];
        int64_t k = a->subset.rows[to];
        TRY(results_read_sample(a->from, k, info, why));
        if (info->status == SAMPLE_DONE)
            TRY(put_done(a, k, to, info, why));
        else
            put_undone(a, to);
        TRY(write_rows(a, to, why));
    }
    return STATUS_OK;
}

static status_t write_summary(analysis_t *a, failure_t *why) {
    const summarise_rows_t spec = {
        .results = a->to, .tables = a->from, .table_rows = a->subset.rows, .curves = a->settings.curves};
    TRY(results_copy_warnings(a->from, a->to, why));
    if (a->names[NAMES_OF_PLAYERS].per_sample)
        TRY(results_add_warning(a->to, SUMMARISE_ROWS_PLAYERS_DIFFER, why));
    return summarise_rows_into(&spec, a->to, why);
}

static status_t write_run(const analysis_t *a, failure_t *why) {
    results_run_t run = {.ranks = 1, .seconds = clock_seconds() - a->began, .exit = "analyzed"};
    int slot;
    results_describe_run(version_compiler, &run);
    return results_add_run(a->to, &run, &slot, why);
}

/* ---- the order of things ---- */

static status_t check_path(const analyze_options_t *options, failure_t *why) {
    if (paths_same_file(options->out, options->file))
        return failed(why, STATUS_INPUT, "%s: is the file that is read; give another name (-o)", options->out);
    return paths_check_new(options->out, why);
}

static status_t open_input(analysis_t *a, problems_t *problems, failure_t *why) {
    const analyze_options_t *options = a->options;
    TRY(results_open(options->file, false, &a->from, why));
    if (!results_has_tables(a->from))
        return failed(why, STATUS_INPUT, "%s: holds statistics only; the tables are in %s", options->file,
                      results_tables_of(a->from));
    if (strlen(options->file) >= RESULTS_TEXT)
        return failed(why, STATUS_INPUT, "%s: a path longer than %d bytes cannot be recorded; give a shorter one",
                      options->file, RESULTS_TEXT - 1);
    TRY(load_settings(a, problems, why));
    TRY(check_path(options, why));
    TRY(subset_find(a->from, a->config, &options->subset, &a->subset, why));
    for (int64_t k = 0; k < a->subset.count; k++)
        if (results_players_of(a->from, a->subset.rows[k]) > a->n) {
            a->donor = a->subset.rows[k];
            a->n = results_players_of(a->from, a->donor);
        }
    choose_names(a);
    return find_mean_output(a, why);
}

/* Room for the rows that are written together. */
static void make_rows(analysis_t *a) {
    size_t numbers = results_fields(a->to)->doubles;
    size_t each =
        numbers + (in_memory(a) ? 2 * (size_t)families_kinds(results_families(a->to)) * salience_words(a->n) : 0);
    a->batch = in_memory(a) ? BATCH_DOUBLES / each + 1 : 1;
    a->memory = memory_need(a->batch * each, sizeof *a->memory, "rows of statistics");
    a->rows = memory_need(a->batch, sizeof *a->rows, "rows of statistics");
    a->infos = memory_need(a->batch, sizeof *a->infos, "rows of statistics");
    for (size_t k = 0; k < a->batch; k++) {
        a->rows[k].families = *results_families(a->to);
        a->rows[k].numbers = a->memory + k * each;
        a->rows[k].salient = (uint64_t *)(void *)(a->memory + k * each + numbers);
    }
}

/* Makes the structure of OUT under another name, and prepares to fill it. */
static status_t begin_output(analysis_t *a, char *warning, failure_t *why) {
    a->part = paths_part(a->options->out);
    TRY(create(a, warning, why));
    TRY(results_open(a->part, true, &a->to, why));
    make_rows(a);
    TRY(finish_create(&a->settings, results_fields(a->to), &a->finish, why));
    a->values = results_row_open(a->from, TABLE_VALUES);
    a->interactions = results_row_open(a->from, TABLE_INTERACTIONS);
    return STATUS_OK;
}

static status_t name_output(analysis_t *a, failure_t *why) {
    results_close(&a->to);
    TRY(paths_check_new(a->options->out, why)); /* another process may have made it meanwhile */
    return file_rename_durably(a->part, a->options->out, why);
}

static status_t run(analysis_t *a, char *warning, problems_t *problems, failure_t *why) {
    TRY(open_input(a, problems, why));
    TRY(lock_take(a->options->out, "analyze", LOCK_PATIENCE, &a->lock, why));
    TRY(begin_output(a, warning, why));
    TRY(write_samples(a, why));
    TRY(write_summary(a, why));
    TRY(write_run(a, why));
    TRY(results_sync(a->to, why));
    return name_output(a, why);
}

/* What is not finished is removed. */
static void release(analysis_t *a) {
    results_close(&a->to);
    if (a->part)
        unlink(a->part);
    lock_release(&a->lock);
    row_buffer_free(&a->held_values);
    row_buffer_free(&a->held_interactions);
    results_row_free(&a->interactions);
    results_row_free(&a->values);
    finish_destroy(&a->finish);
    config_free(&a->config);
    subset_free(&a->subset);
    results_close(&a->from);
    void *const owned[] = {a->index, a->label,  a->n_players, a->output, a->classes,
                           a->part,  a->memory, a->rows,      a->infos,  a};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

status_t analyze(const analyze_options_t *options, analyze_report_t *report, problems_t *problems, failure_t *why) {
    analysis_t *a = memory_need(1, sizeof *a, "the analysis");
    *report = (analyze_report_t){0};
    a->options = options;
    a->began = clock_seconds();
    status_t status = run(a, report->warning, problems, why);
    report->done = a->subset.done;
    report->failed = a->subset.failed;
    report->pending = a->subset.pending;
    report->mean_output = a->settings.mean_output;
    report->players_differ = a->names[NAMES_OF_PLAYERS].per_sample;
    release(a);
    return status;
}
