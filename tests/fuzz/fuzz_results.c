/* A results file as verify, show, status, analyze, compare and merge read it: opened, every record, row, table, flag
 * and the summary read; what the commands print of it goes to /dev/null. */
#include "fuzz/fuzz.h"

#include "cli/show_conditions.h"
#include "cli/show_overview.h"
#include "cli/show_players.h"
#include "cli/show_sample.h"
#include "cli/status_json.h"
#include "results/summarise_rows.h"
#include "review/subset.h"
#include "review/sweep_status.h"
#include "review/verify.h"

#include <stdlib.h>
#include <string.h>

/* A small file may say that it has many samples or players (its datasets lie on top of each other). */
enum { SAMPLES_TRIED = 4, PLAYERS_TRIED = 10 };

static FILE *nowhere(void) {
    static FILE *null;
    if (!null)
        null = fopen("/dev/null", "w");
    fuzz_expect(null != NULL, "/dev/null can be opened");
    return null;
}

static void read_records(const results_t *results) {
    static results_run_t runs[RESULTS_RUNS];
    static results_window_t window;
    failure_t why;
    results_heartbeat_t beat;
    results_sample_t info;
    uint64_t starts;
    int count;
    window = (results_window_t){0};
    (void)results_read_runs(results, runs, &count, &starts, &why);
    if (results_has_tables(results))
        (void)results_read_heartbeat(results, &beat, &why);
    int64_t tried = results_samples(results) < RESULTS_WINDOW ? results_samples(results) : RESULTS_WINDOW;
    for (int64_t k = 0; k < tried; k++)
        if (results_window_read(results, k, &window, &info, &why) == STATUS_OK)
            fuzz_expect(info.status <= SAMPLE_FAILED && strlen(info.error) < RESULTS_ERROR_TEXT, "a record is sound");
}

static void read_blocks(const results_t *results, int64_t k) {
    enum { BLOCKS = 64 };
    uint8_t done[BLOCKS];
    uint32_t values[BLOCKS], interactions[BLOCKS];
    phase_t phase;
    failure_t why;
    int64_t blocks = results_blocks_per_row(results);
    blocks = blocks < BLOCKS ? blocks : BLOCKS;
    (void)results_read_blocks_done(results, k, 0, blocks, done, &why);
    (void)results_read_crcs(results, k, 0, blocks, values, interactions, &why);
    (void)results_read_phase(results, k, &phase, &why);
}

static void read_samples(const results_t *results) {
    failure_t why;
    double *row = malloc(results_fields(results)->doubles * sizeof *row);
    fuzz_expect(row != NULL, "memory");
    for (int64_t k = 0; k < results_samples(results) && k < SAMPLES_TRIED; k++) {
        bool good;
        (void)results_read_row(results, k, row, &good, &why);
        for (int i = 0; i < results_players_of(results, k); i++) {
            const char *name = results_player_name(results, k, i);
            fuzz_expect(!name || strlen(name) < RESULTS_TEXT, "names are short");
        }
        if (results_has_tables(results))
            read_blocks(results, k);
    }
    free(row);
}

static void read_summary(const results_t *results, const config_t *config) {
    summary_t stored = {0}, again = {0};
    failure_t why;
    bool valid;
    (void)results_read_summary_valid(results, &valid, &why);
    if (results_summary_create(results, &stored, &why) == STATUS_OK)
        (void)results_read_summary(results, &stored, &why);
    summary_free(&stored);
    if (config && results_has_tables(results) && results_summary_create(results, &again, &why) == STATUS_OK)
        (void)summarise_rows_compute(results, &config->statistics, "/nonexistent", NULL, NULL, &again, &why);
    summary_free(&again);
}

static void verify(const results_t *results, const config_t *config) {
    verify_t *v = NULL;
    verify_report_t report = {0};
    problems_t problems = {0};
    failure_t why;
    if (verify_create(results, config ? &config->statistics : NULL, "/nonexistent", PLAYERS_TRIED + 2, &v, &why) ==
        STATUS_OK) {
        verify_labels(results, &problems);
        for (int64_t k = 0; k < results_samples(results) && k < SAMPLES_TRIED; k++)
            verify_sample(v, k, &report, &problems);
    }
    verify_destroy(&v);
    problems_free(&problems);
}

static void show(const results_t *results) {
    static done_samples_t survey;
    const show_t all = {"fuzz.h5", results, 5, nowhere()};
    failure_t why;
    const sweep_status_signs_t signs = {.now = 1.8e9};
    sweep_status_t standing = {0};
    if (done_samples_take(&all, &survey, &why) == STATUS_OK) {
        (void)show_overview(&all, &survey, &why);
        if (survey.done > 0)
            show_conditions(&all, &survey);
    }
    for (int64_t k = 0; k < results_samples(results) && k < SAMPLES_TRIED; k++) {
        (void)show_sample(&all, k, &why);
        (void)show_conditions_of(&all, k, &why);
        (void)show_players(&all, k, "0", NULL, &why);
        (void)show_players(&all, k, "0,1", "sii", &why);
        (void)show_players(&all, k, NULL, "shapley", &why);
    }
    if (sweep_status_take(results, &signs, &standing, &why) == STATUS_OK)
        (void)status_json_print("fuzz.h5", results, &standing, nowhere(), &why);
    sweep_status_free(&standing);
}

static void choose(const results_t *results, const config_t *config) {
    subset_options_t options = {.by_class = true, .class = 1};
    subset_t subset = {0};
    failure_t why;
    text_t text = {0};
    if (subset_find(results, config, &options, &subset, &why) == STATUS_OK)
        subset_add_indices(results, &text);
    subset_free(&subset);
    text_free(&text);
}

static void use(const results_t *results) {
    problems_t problems = {0};
    config_t *config = NULL;
    const char *text = results_config(results);
    (void)config_parse(text, strlen(text), "/config", "", NULL, 0, &config, &problems);
    problems_free(&problems);
    read_records(results);
    read_samples(results);
    if (results_players(results) <= PLAYERS_TRIED) {
        verify(results, config);
        read_summary(results, config);
        show(results);
    }
    if (config)
        choose(results, config);
    config_free(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = fuzz_file_make("a.h5", data, size);
    results_t *results = NULL;
    failure_t why = {0};
    status_t status = results_open(path, false, &results, &why);
    fuzz_expect(status == STATUS_OK || status == STATUS_INPUT, "a bad file is the user's business");
    fuzz_expect((status == STATUS_OK) == (results != NULL), "results come with STATUS_OK alone");
    if (results)
        use(results);
    results_close(&results);
    fuzz_file_remove(path);
    fuzz_hdf5_settle();
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return fuzz_hdf5_mutate(data, size, capacity, seed);
}
