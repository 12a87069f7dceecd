#include "sweep/analyze.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/nan.h"
#include "config/config.h"
#include "stats/summarise.h"
#include "sweep/lock.h"
#include "sweep/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double LOCK_PATIENCE = 0.5;

typedef struct {
    const analyze_options_t *options;
    results_t *from, *to;
    config_t *was, *config; /* /config of FILE, and with what was set */
    subset_t subset;
    int n;         /* players of OUT: the most of the subset's */
    int64_t donor; /* the first row of FILE with so many */
    stats_settings_t settings;
    char *part; /* path of OUT while it is written; owned */
    lock_t *lock;
    double began;
} analysis_t;

/* ---- settings ---- */

/* Anything but statistics.* decides v itself. */
static void check_sets(const analyze_options_t *options, problems_t *problems) {
    for (int i = 0; i < options->set_count; i++)
        if (strncmp(options->sets[i], "statistics.", strlen("statistics.")) != 0)
            problems_add(problems,
                         "--set %s: only statistics.* can be set here; anything else needs the model: harsanyi run "
                         "with another output file",
                         options->sets[i]);
}

/* An estimate of the noise needs the model; one that is stored can be used again. */
static void check_noise(const analysis_t *a, problems_t *problems) {
    if (a->config->statistics.noise == NOISE_AUTO && a->was->statistics.noise != NOISE_AUTO)
        problems_add(problems, "--set statistics.noise_sigma=auto: the sweep made no estimate, and a new one needs the "
                               "model; give a number or none");
}

static status_t load_settings(analysis_t *a, problems_t *problems, failure_t *why) {
    const analyze_options_t *options = a->options;
    const char *text = results_config(a->from);
    char name[RESULTS_TEXT];
    snprintf(name, sizeof name, "%s: /config", options->file);
    check_sets(options, problems);
    status_t status = config_parse(text, strlen(text), name, "", NULL, 0, &a->was, problems);
    if (status == STATUS_OK && problems->count == 0)
        status = config_parse(text, strlen(text), name, "", options->sets, options->set_count, &a->config, problems);
    if (status == STATUS_INTERNAL)
        return failed(why, STATUS_INTERNAL, "out of memory for the settings");
    if (a->config)
        check_noise(a, problems);
    if (problems->count > 0 || !a->config)
        return failed(why, STATUS_INPUT, "the settings are wrong, nothing was made");
    a->settings = a->config->statistics;
    return STATUS_OK;
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
        return failed(why, STATUS_INPUT,
                      "%s: /samples/v_full or v_empty: not finite for a done sample: harsanyi verify",
                      a->options->file);
    return STATUS_OK;
}

/* ---- the new file's structure ---- */

static const char *name_of(void *self, int64_t sample, int player) {
    const analysis_t *a = self;
    return results_player_name(a->from, a->subset.rows[sample], player);
}

static const char *shared_name_of(void *self, int64_t sample, int player) {
    const analysis_t *a = self;
    (void)sample;
    return results_player_name(a->from, a->donor, player);
}

/* Whether some player is called otherwise than in the sample with the most players. */
static bool names_differ(const analysis_t *a) {
    for (int64_t k = 0; k < a->subset.count; k++)
        for (int i = 0; i < results_players_of(a->from, a->subset.rows[k]); i++)
            if (strcmp(results_player_name(a->from, a->subset.rows[k], i), results_player_name(a->from, a->donor, i)) !=
                0)
                return true;
    return false;
}

/* The file's classes that occur among the chosen samples; all of them where there are no labels. */
static int64_t keep_classes(const analysis_t *a, int64_t *classes) {
    int64_t count, kept = 0;
    const int64_t *all = results_classes(a->from, &count);
    for (int64_t c = 0; c < count; c++) {
        bool occurs = false;
        for (int64_t k = 0; k < a->subset.count && !occurs; k++) {
            int64_t label = results_label(a->from, a->subset.rows[k]);
            occurs = label < 0 || label == all[c];
        }
        if (occurs)
            classes[kept++] = all[c];
    }
    return kept;
}

static status_t digest_of_settings(const config_t *config, char hex[DIGEST_HEX], failure_t *why) {
    digest_t *digest;
    text_t science = {0};
    TRY(digest_start(&digest, why));
    config_science(config, &science);
    if (science.out_of_memory) {
        digest_discard(&digest);
        text_free(&science);
        return failed(why, STATUS_INTERNAL, "out of memory for the settings");
    }
    digest_add(digest, science.chars, science.length);
    digest_finish(&digest, hex);
    text_free(&science);
    return STATUS_OK;
}

/* Model and samples are those of the sweep; what computes from its tables is this program. */
static status_t fill_identity(const analysis_t *a, results_identity_t *identity, failure_t *why) {
    *identity = *results_identity(a->from);
    snprintf(identity->software_version, RESULTS_TEXT, "%s", a->options->software_version);
    snprintf(identity->git_revision, RESULTS_TEXT, "%s", a->options->git_revision);
    return digest_of_settings(a->config, identity->settings_sha256, why);
}

static status_t create_with(analysis_t *a, results_spec_t *spec, int64_t *numbers, int32_t *n_players, char *warning,
                            failure_t *why) {
    int64_t *index = numbers, *label = index + spec->samples, *classes = label + spec->samples;
    for (int64_t k = 0; k < spec->samples; k++) {
        index[k] = results_index(a->from, a->subset.rows[k]);
        label[k] = results_label(a->from, a->subset.rows[k]);
        n_players[k] = results_players_of(a->from, a->subset.rows[k]);
    }
    spec->index = index;
    spec->label = label;
    spec->n_players = n_players;
    spec->classes = classes;
    spec->class_count = keep_classes(a, classes);
    if (spec->class_count == 0)
        return failed(why, STATUS_INPUT, "%s: /summary/transferability/classes: none of the samples' labels is there",
                      a->options->file);
    TRY(fill_identity(a, &spec->identity, why));
    return results_create(a->part, spec, warning, why);
}

static status_t create(analysis_t *a, char *warning, failure_t *why) {
    text_t canonical = {0};
    int64_t classes;
    results_classes(a->from, &classes);
    config_canonical(a->config, &canonical);
    results_spec_t spec = {.samples = a->subset.count,
                           .players = a->n,
                           .indices = a->settings.indices,
                           .curves = a->settings.curves,
                           .top = a->settings.top,
                           .names = results_player_name(a->from, 0, 0) != NULL,
                           .name_self = a,
                           .config = canonical.chars,
                           .tables_of = a->options->file};
    spec.names_per_sample = spec.names && names_differ(a);
    spec.name = spec.names_per_sample ? name_of : shared_name_of;
    int64_t *numbers = calloc((size_t)(2 * spec.samples + classes), sizeof *numbers);
    int32_t *n_players = calloc((size_t)spec.samples, sizeof *n_players);
    status_t status = failed(why, STATUS_INTERNAL, "out of memory for the new file's structure");
    if (numbers && n_players && !canonical.out_of_memory)
        status = create_with(a, &spec, numbers, n_players, warning, why);
    free(numbers);
    free(n_players);
    text_free(&canonical);
    return status;
}

/* ---- the statistics ---- */

/* A row of FILE that is refused where it holds what no done sample can. */
typedef struct {
    row_source_t row;
    const char *file, *table;
    int64_t index; /* of the sample */
} checked_row_t;

static status_t read_checked(void *self, mask_t first, const double **leaf, failure_t *why) {
    const checked_row_t *checked = self;
    TRY(checked->row.read(checked->row.self, first, leaf, why));
    for (mask_t s = 0; s < row_leaf_masks(checked->row.n); s++)
        if (!isfinite((*leaf)[s]))
            return failed(why, STATUS_INPUT,
                          "%s: /%s: sample %" PRId64 ", mask 0x%" PRIx64
                          " is not a finite number: the file is damaged; harsanyi verify says where else",
                          checked->file, checked->table, checked->index, first + s);
    return STATUS_OK;
}

typedef struct {
    summarise_t *summarise;
    results_row_t *values, *interactions;
    double *row;
} workplace_t;

static row_source_t source_of(const analysis_t *a, results_row_t *row, const char *table, int64_t k,
                              checked_row_t *checked) {
    *checked = (checked_row_t){results_row_source(row, k), a->options->file, table, results_index(a->from, k)};
    return (row_source_t){.n = checked->row.n, .read = read_checked, .self = checked};
}

/* The noise of v: given, or what the sweep found. */
static double noise_of(const stats_settings_t *settings, const results_sample_t *info) {
    return settings->noise == NOISE_AUTO ? info->noise_sigma : settings->noise_sigma;
}

/* Sample k of FILE, done, into row `to` of OUT. */
static status_t write_done(analysis_t *a, workplace_t *place, int64_t k, int64_t to, results_sample_t *info,
                           failure_t *why) {
    checked_row_t values, interactions;
    info->noise_sigma = noise_of(&a->settings, info);
    TRY(summarise_sample(place->summarise, source_of(a, place->values, "values", k, &values),
                         source_of(a, place->interactions, "interactions", k, &interactions), info->noise_sigma,
                         place->row, why));
    TRY(results_write_row(a->to, to, place->row, why));
    return results_write_sample(a->to, to, info, why);
}

static status_t write_samples(analysis_t *a, workplace_t *place, failure_t *why) {
    for (int64_t to = 0; to < a->subset.count; to++) {
        results_sample_t info;
        int64_t k = a->subset.rows[to];
        TRY(results_read_sample(a->from, k, &info, why));
        if (info.status == SAMPLE_DONE) {
            TRY(write_done(a, place, k, to, &info, why));
        } else {
            TRY(results_clear_rows(a->to, to, why));
            TRY(results_write_sample(a->to, to, &info, why));
        }
        TRY(results_write_status(a->to, to, info.status, why));
    }
    return STATUS_OK;
}

static status_t write_run(analysis_t *a, failure_t *why) {
    results_run_t run = {.ranks = 1, .seconds = clock_seconds() - a->began, .exit = "analyzed"};
    time_t t = time(NULL);
    struct tm utc;
    int slot;
    strftime(run.started, sizeof run.started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
    gethostname(run.host, sizeof run.host - 1);
    snprintf(run.compiler, sizeof run.compiler, "%s", a->options->compiler);
    results_hdf5_version(run.hdf5);
    return results_add_run(a->to, &run, &slot, why);
}

static status_t compute(analysis_t *a, failure_t *why) {
    workplace_t place = {0};
    const fields_t *fields = results_fields(a->to);
    status_t status = summarise_create(&a->settings, fields, &place.summarise, why);
    if (status == STATUS_OK)
        status = results_row_open(a->from, false, &place.values, why);
    if (status == STATUS_OK)
        status = results_row_open(a->from, true, &place.interactions, why);
    if (status == STATUS_OK && !(place.row = malloc(fields->doubles * sizeof *place.row)))
        status = failed(why, STATUS_INTERNAL, "out of memory for statistics");
    if (status == STATUS_OK)
        status = write_samples(a, &place, why);
    free(place.row);
    results_row_free(&place.interactions);
    results_row_free(&place.values);
    summarise_destroy(&place.summarise);
    return status;
}

/* ---- the order of things ---- */

static status_t check_paths(const analyze_options_t *options, failure_t *why) {
    bool exists = false;
    if (output_is(options->out, options->file))
        return failed(why, STATUS_INPUT, "%s: the new file cannot be the one that is read; give another name (-o)",
                      options->out);
    TRY(output_exists(options->out, false, &exists, why));
    if (exists)
        return failed(why, STATUS_INPUT, "%s: exists already and is left alone; remove it, or give another name (-o)",
                      options->out);
    if (strlen(options->file) >= RESULTS_TEXT)
        return failed(why, STATUS_INPUT, "%s: a path longer than %d bytes cannot be recorded; give a shorter one",
                      options->file, RESULTS_TEXT - 1);
    return STATUS_OK;
}

static status_t open_input(analysis_t *a, problems_t *problems, failure_t *why) {
    const analyze_options_t *options = a->options;
    TRY(results_open(options->file, false, &a->from, why));
    if (!results_has_tables(a->from))
        return failed(why, STATUS_INPUT, "%s: holds statistics only; the tables that they are of are in %s",
                      options->file, results_tables_of(a->from));
    TRY(load_settings(a, problems, why));
    TRY(check_paths(options, why));
    TRY(subset_find(a->from, a->config, &options->subset, &a->subset, why));
    for (int64_t k = 0; k < a->subset.count; k++)
        if (results_players_of(a->from, a->subset.rows[k]) > a->n) {
            a->donor = a->subset.rows[k];
            a->n = results_players_of(a->from, a->donor);
        }
    return find_mean_output(a, why);
}

static status_t fill_part(analysis_t *a, char *warning, failure_t *why) {
    TRY(create(a, warning, why));
    TRY(results_open(a->part, true, &a->to, why));
    TRY(compute(a, why));
    TRY(write_run(a, why));
    return results_sync(a->to, why);
}

static status_t make_output(analysis_t *a, char *warning, failure_t *why) {
    bool exists = false;
    if (asprintf(&a->part, "%s.part", a->options->out) < 0) {
        a->part = NULL;
        return failed(why, STATUS_INTERNAL, "out of memory");
    }
    TRY(lock_take(a->options->out, LOCK_PATIENCE, &a->lock, why));
    status_t status = fill_part(a, warning, why);
    results_close(&a->to);
    if (status == STATUS_OK)
        status = output_exists(a->options->out, false, &exists, why);
    if (status == STATUS_OK && exists)
        status =
            failed(why, STATUS_INPUT, "%s: was made by somebody else meanwhile and is left alone", a->options->out);
    if (status == STATUS_OK)
        status = file_rename_durably(a->part, a->options->out, why);
    if (status != STATUS_OK)
        unlink(a->part);
    return status;
}

status_t analyze(const analyze_options_t *options, analyze_report_t *report, problems_t *problems, failure_t *why) {
    analysis_t a = {.options = options, .began = clock_seconds()};
    *report = (analyze_report_t){.mean_output = nan_canonical()};
    status_t status = open_input(&a, problems, why);
    if (status == STATUS_OK)
        status = make_output(&a, report->warning, why);
    report->done = a.subset.done;
    report->failed = a.subset.failed;
    report->pending = a.subset.pending;
    report->mean_output = a.settings.mean_output;
    lock_release(&a.lock);
    free(a.part);
    subset_free(&a.subset);
    config_free(&a.config);
    config_free(&a.was);
    results_close(&a.from);
    return status;
}
