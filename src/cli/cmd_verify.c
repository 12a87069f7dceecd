#include "cli/cmd_verify.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/progress.h"
#include "cli/dispatch.h"
#include "cli/display.h"
#include "cli/warnings.h"
#include "config/config.h"
#include "hdf5/look.h"
#include "lattice/scratch.h"
#include "results/summarise_rows.h"
#include "review/verify.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 20 };

static int cmd_verify(int argc, char **argv);

static const option_t OPTIONS[] = {{0}};

const command_t COMMAND_VERIFY = {
    .name = "verify",
    .summary = "checks checksums, completeness and every number of a results file that can be recomputed",
    .operands = "FILE",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "For every done sample: the interactions are the transform of the values bit for bit; Theorem 1 (each value\n"
        "is the sum of the interactions of its subsets) and the lemma hold within rounding; the statistics are\n"
        "those of the tables bit for bit; checksums. For other samples: what is flagged as stored is complete.\n"
        "Samples of more than 22 players need room for temporary files, twice 2^players doubles: in the folder\n"
        "TMPDIR if that is set, else beside FILE.\n\n"
        "Exit codes: 0 whole; 2 correct, but incomplete or with failed samples; 1 something is wrong;\n"
        "3 the disk or the memory failed, so that not everything could be checked.\n",
    .example = "harsanyi verify digits.h5\n",
    .run = cmd_verify,
};

static config_t *read_config(const results_t *results, verify_report_t *report, problems_t *problems) {
    config_t *config = NULL;
    problems_t wrong = {0};
    const char *text = results_config(results);
    status_t status = config_parse(text, strlen(text), "/config", "", NULL, 0, &config, &wrong);
    report->unknown += status == STATUS_INTERNAL;
    if (status != STATUS_OK)
        problems_add(problems, "/config: cannot be read, so statistics are not recomputed: %s",
                     wrong.count ? display_problem(&wrong, 0) : "unknown reason");
    problems_free(&wrong);
    return config;
}

static uint64_t masks_of(const results_t *results, int64_t sample) {
    return mask_count(results_players_of(results, sample));
}

static void verify_all(const results_t *results, verify_t *verify, verify_report_t *report, problems_t *problems) {
    log_t log = {0};
    progress_t progress;
    progress_now_t now = {.samples = results_samples(results)};
    for (int64_t k = 0; k < now.samples; k++)
        now.masks += masks_of(results, k);
    progress_start(&progress, &log, 0, clock_seconds());
    for (int64_t k = 0; k < now.samples; k++) {
        verify_sample(verify, k, report, problems);
        now.done++;
        now.masks_done += masks_of(results, k);
        progress_show(&progress, &now, clock_seconds());
    }
    if (log.live_line)
        fprintf(stderr, "\r\033[K");
}

/* place: "order 3". */
static void print_worst(const char *what, const verify_worst_t *worst, const char *place) {
    printf("%s: off by at most %.2e", what, worst->distance.residual);
    if (worst->distance.ratio > 0)
        printf(", %.2g of what rounding explains (sample %lld, %s)", worst->distance.ratio, (long long)worst->sample,
               place);
    printf("\n");
}

/* How far the two theorems are off. */
static void print_theorems(const results_t *results, const verify_report_t *r) {
    char place[32];
    snprintf(place, sizeof place, "mask 0x%llx", (unsigned long long)r->theorem1.distance.at);
    if (results_has_tables(results))
        print_worst("Theorem 1", &r->theorem1, place);
    snprintf(place, sizeof place, "order %llu", (unsigned long long)r->lemma.distance.at);
    print_worst("lemma", &r->lemma, place);
}

static void print_report(const char *path, const results_t *results, const verify_report_t *r,
                         const problems_t *problems) {
    for (size_t i = 0; i < problems->count && i < SHOWN_MAX; i++)
        printf("%s\n", display_problem(problems, i));
    if (problems->count > SHOWN_MAX)
        printf("... and %zu more\n", problems->count - SHOWN_MAX);
    printf("%s: %lld samples done, %lld failed, %lld left\n", path, (long long)r->done, (long long)r->failed,
           (long long)r->pending);
    if (results_has_tables(results)) {
        printf("checksums: %lld blocks of /values, %lld of /interactions, %lld rows of statistics\n",
               (long long)r->values_blocks, (long long)r->interactions_blocks, (long long)r->rows);
    } else {
        printf("checksums: %lld rows of statistics; the tables are in ", (long long)r->rows);
        display_clean(stdout, results_tables_of(results));
        printf("\n");
    }
    if (r->done > 0)
        print_theorems(results, r);
}

/* Whether /summary is there, and whether it matches the tables bit for bit. Runs only when all else is right. */
static void verify_summary(const results_t *results, const config_t *config, verify_report_t *report, bool *there,
                           problems_t *problems) {
    summary_t stored = {0}, again = {0};
    failure_t why;
    const char *differs = NULL;
    status_t status = results_read_summary_valid(results, there, &why);
    if (status == STATUS_OK && *there && report->pending > 0)
        problems_add(problems, "/summary/valid: is 1, but samples are left");
    if (status == STATUS_OK && *there && config) {
        status = results_summary_create(results, &stored, &why);
        if (status == STATUS_OK)
            status = results_summary_create(results, &again, &why);
        if (status == STATUS_OK)
            status = results_read_summary(results, &stored, &why);
        const summarise_rows_t spec = {.results = results, .curves = config->statistics.curves};
        if (status == STATUS_OK)
            status = summarise_rows(&spec, &again, &why);
        if (status == STATUS_OK)
            differs = results_summary_difference(results, &stored, &again);
        summary_free(&stored);
        summary_free(&again);
    }
    report->unknown += status == STATUS_INTERNAL;
    if (status != STATUS_OK)
        problems_add(problems, "/summary: cannot be checked: %s", why.text);
    if (differs)
        problems_add(problems, "/%s: differs from what the samples' tables and statistics give", differs);
}

/* Verdict and exit code. */
static int conclude(const verify_report_t *r, bool summary, const problems_t *problems) {
    const bool wrong = problems->count > (size_t)r->unknown;
    if (wrong)
        printf("wrong: %zu problem%s\n", problems->count, problems->count == 1 ? "" : "s");
    else if (r->unknown > 0)
        printf("unknown: the disk or the memory failed, which says nothing about the file; try again\n");
    else if (r->pending > 0)
        printf("correct, but incomplete\n");
    else if (!summary)
        printf("correct, but incomplete: statistics across samples are missing\n");
    else if (r->failed > 0)
        printf("correct, but with failed samples\n");
    else
        printf("whole\n");
    return wrong ? 1 : r->unknown > 0 ? STATUS_INTERNAL : r->pending + r->failed > 0 || !summary ? 2 : 0;
}

static status_t verify_file(const char *path, int *code, failure_t *why) {
    results_t *results = NULL;
    TRY(look_at_file(path, why));
    TRY(results_open(path, false, &results, why));
    verify_t *verify = NULL;
    verify_report_t report = {0};
    problems_t problems = {0};
    config_t *config = results_has_tables(results) ? read_config(results, &report, &problems) : NULL;
    char *folder = scratch_folder(path);
    if (!folder)
        memory_ended("the folder of temporary files");
    status_t status =
        verify_create(results, config ? &config->statistics : NULL, folder, VERIFY_PIECE_BITS, &verify, why);
    if (status == STATUS_OK) {
        verify_labels(results, &problems);
        bool summary = false;
        verify_all(results, verify, &report, &problems);
        if (problems.count == 0 && results_shard(results))
            summary = true; /* shards have none */
        else if (problems.count == 0)
            verify_summary(results, config, &report, &summary, &problems);
        print_report(path, results, &report, &problems);
        status = warnings_print(results, stdout, why);
        *code = conclude(&report, summary, &problems);
    }
    verify_destroy(&verify);
    free(folder);
    config_free(&config);
    problems_free(&problems);
    results_close(&results);
    return status;
}

static int cmd_verify(int argc, char **argv) {
    options_t options;
    failure_t why;
    int code = options_parse(&COMMAND_VERIFY, argc, argv, &options);
    status_t status = STATUS_OK;
    if (code == OPTIONS_GO)
        status = verify_file(options_operand(&options, 0), &code, &why);
    if (status != STATUS_OK) {
        fprintf(stderr, "harsanyi verify: %s%s\n", why.text, failure_place(&why).text);
        code = failure_exit_code(status);
    }
    return options_finish(&options, code, true);
}
