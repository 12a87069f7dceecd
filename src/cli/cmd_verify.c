#include "base/clock.h"
#include "base/memory.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "cli/show.h"
#include "config/config.h"
#include "lattice/scratch.h"
#include "review/verify.h"

#include <inttypes.h>

enum { SHOWN_MAX = 20 };

static const option_t OPTIONS[] = {{0}};

/* Without the config, statistics are not recomputed. */
static config_t *read_config(const results_t *results, problems_t *problems) {
    problems_t wrong CLEANUP(problems_free) = {0};
    config_t *config = config_stored(results_config(results), &wrong);
    if (!config)
        problems_add(problems, "/config: cannot be read, so statistics are not recomputed: %s", wrong.texts[0]);
    return config;
}

static uint64_t masks_of(const results_t *results, row_t sample) {
    return mask_count(results_players_of(results, sample));
}

static void verify_all(const results_t *results, verify_t *verify, verify_report_t *report, problems_t *problems) {
    log_t log = {0};
    progress_t progress;
    progress_now_t now = {.word = results_word(results), .samples = results_samples(results)};
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

static void print_distance(const char *what, const distance_t *worst, const char *place) {
    printf("%s: off by at most %.2e", what, worst->residual);
    if (worst->ratio > 0)
        printf(", %.2g of what rounding explains (sample %" PRId64 ", %s)", worst->ratio, worst->sample, place);
    printf("\n");
}

/* How far the two theorems are off. */
static void print_theorems(const results_t *results, const verify_report_t *r) {
    char place[32];
    snprintf(place, sizeof place, "mask 0x%" PRIx64, r->theorem1.at);
    if (results_has_tables(results))
        print_distance("Theorem 1", &r->theorem1, place);
    snprintf(place, sizeof place, "order %" PRIu64, r->lemma.at);
    print_distance("lemma", &r->lemma, place);
}

static void print_report(const char *path, const results_t *results, const verify_report_t *r,
                         const problems_t *problems) {
    for (size_t i = 0; i < problems->count && i < SHOWN_MAX; i++)
        printf("%s\n", problems->texts[i]);
    if (problems->count > SHOWN_MAX)
        printf("... and %zu more\n", problems->count - SHOWN_MAX);
    printf("%s: %" PRId64 " %s done, %" PRId64 " failed, %" PRId64 " left\n", path, r->done,
           results_word_of(results, r->done), r->failed, r->pending);
    if (results_has_tables(results)) {
        printf("checksums: %" PRId64 " blocks of /values, %" PRId64 " of /interactions, %" PRId64
               " rows of statistics\n",
               r->values_blocks, r->interactions_blocks, r->rows);
    } else {
        printf("checksums: %" PRId64 " rows of statistics; the tables are in ", r->rows);
        display_clean(results_tables_of(results));
        printf("\n");
    }
    if (r->done > 0)
        print_theorems(results, r);
}

/* Verdict and exit code. */
static int conclude(const verify_report_t *r, const problems_t *problems) {
    const bool wrong = problems->count > (size_t)r->unknown;
    if (wrong)
        printf("wrong: %zu problem%s\n", problems->count, problems->count == 1 ? "" : "s");
    else if (r->unknown > 0)
        printf("unknown: the disk or the memory failed, which says nothing about the file; try again\n");
    else if (r->pending > 0)
        printf("correct, but incomplete\n");
    else if (!r->summary)
        printf("correct, but incomplete: statistics across samples are missing\n");
    else if (r->failed > 0)
        printf("correct, but with failed samples\n");
    else
        printf("whole\n");
    return wrong ? 1 : r->unknown > 0 ? STATUS_INTERNAL : r->pending + r->failed > 0 || !r->summary ? 2 : 0;
}

static status_t run(const options_t *options, int *code, failure_t *why) {
    const char *path = options_operand(options, 0);
    results_t *results CLEANUP(results_close) = NULL;
    verify_t *verify CLEANUP(verify_destroy) = NULL;
    verify_report_t report = {0};
    problems_t problems CLEANUP(problems_free) = {0};
    TRY(show_open(path, &results, why));
    config_t *config CLEANUP(config_free) = results_has_tables(results) ? read_config(results, &problems) : NULL;
    const stats_settings_t *settings = config ? &config->statistics : NULL;
    char *folder OWNED = scratch_folder(path);
    if (!folder)
        memory_ended("the folder of temporary files");
    TRY(verify_create(results, settings, folder, VERIFY_PIECE_BITS, &verify, why));
    verify_labels(results, &problems);
    verify_all(results, verify, &report, &problems);
    if (problems.count == 0)
        verify_summary(results, settings, &report, &problems);
    print_report(path, results, &report, &problems);
    TRY(show_warnings(results, why));
    *code = conclude(&report, &problems);
    return STATUS_OK;
}

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
    .run = run,
};
