#include "base/log.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "hdf5/look.h"
#include "review/compare.h"

#include <inttypes.h>

enum { COLUMN = 10, FILES_A_TABLE = 3 };

static const option_t OPTIONS[] = {
    OPTION_TEXT("family", 0, "F", "compares interactions of another family than harsanyi"),
    OPTION_TEXT("output", 'o', "OUT", "writes the numbers to this HDF5 file, which must not exist"),
    {0}};

static void print_files(const compare_report_t *report) {
    const comparison_t *c = &report->comparison;
    if (c->family > 0)
        printf("Family %s: %s\n", FAMILIES[c->family].name, FAMILIES[c->family].description);
    printf("%d files, %d players; %" PRId64 " of %" PRId64 " samples are done in all and compared\n", c->file_count,
           c->players, c->samples, report->samples);
    for (int i = 0; i < c->file_count; i++) {
        printf("  %d  ", i + 1);
        display_clean(c->files[i].path);
        if (c->files[i].failed + c->files[i].pending > 0)
            printf("  (%" PRId64 " failed, %" PRId64 " pending)", c->files[i].failed, c->files[i].pending);
        printf("\n");
    }
}

static void print_number(double x) {
    printf("%*s", COLUMN, display_number(x).text);
}

/* Two lines: means, and standard deviations under them. */
static void print_pair(const overlap_share_t *gamma, int i, int j) {
    printf("%*d%*d", COLUMN, i + 1, COLUMN, j + 1);
    for (int s = 0; s < OVERLAP_SALIENCES; s++)
        print_number(average_mean(&gamma[s].share));
    print_number(average_mean(&gamma[0].random));
    printf("\n%*s", 2 * COLUMN, "std");
    for (int s = 0; s < OVERLAP_SALIENCES; s++)
        print_number(average_std(&gamma[s].share));
    printf("\n");
}

static void print_gamma(const comparison_t *c) {
    printf("\nTransferability: share of the salient interactions of one file, at the salience above the column, that "
           "are\nsalient (%g) in the other\n%*s%*s",
           OVERLAP_SALIENCE[0], COLUMN, "of file", COLUMN, "in file");
    for (int s = 0; s < OVERLAP_SALIENCES; s++)
        print_number(OVERLAP_SALIENCE[s]);
    printf("%*s\n", COLUMN, "random");
    for (int i = 0; i < c->file_count; i++)
        for (int j = 0; j < c->file_count; j++)
            if (i != j)
                print_pair(overlap_gamma(c->overlap, i, j), i, j);
}

static void print_top(const comparison_t *c) {
    const overlap_share_t *top = overlap_top(c->overlap);
    printf("\nThe k strongest: share that is among the k strongest of every file\n"
           "         k     share       std    random   samples\n");
    for (int k = 0; k < overlap_steps(c->overlap); k++) {
        printf("%*d", COLUMN, (int)OVERLAP_K[k]);
        print_number(average_mean(&top[k].share));
        print_number(average_std(&top[k].share));
        print_number(average_mean(&top[k].random));
        printf("%*d\n", COLUMN, (int)top[k].share.count);
    }
}

/* Files first ... end - 1, side by side. */
static void print_orders_of(const comparison_t *c, int kind, int first, int end) {
    printf("%*s", COLUMN, "");
    for (int i = first; i < end; i++)
        printf("%*s %d%*s", COLUMN - 2, "file", i + 1, i + 1 < end ? 2 * COLUMN : 0, "");
    printf("\n%*s", COLUMN, "order");
    for (int i = first; i < end; i++)
        printf("%*s%*s%*s", COLUMN, "salient", COLUMN, "shared", COLUMN, "share");
    printf("\n");
    for (int m = 1; m <= c->players; m++) {
        printf("%*d", COLUMN, m);
        for (int i = first; i < end; i++) {
            const overlap_order_t *order = overlap_orders(c->overlap, i, kind) + m;
            print_number(average_mean(&order->salient));
            print_number(average_mean(&order->shared));
            print_number(average_mean(&order->share));
        }
        printf("\n");
    }
}

static void print_orders(const comparison_t *c, int kind) {
    const bool several = c->kinds > 1;
    printf("\nBy order%s%s: salient (%g) sets, those salient in every file, and their share of the salient sets' "
           "strength\n",
           several ? ", of kind " : "", several ? FAMILIES[c->family].kind_names[kind] : "", OVERLAP_SALIENCE[0]);
    for (int first = 0; first < c->file_count; first += FILES_A_TABLE)
        print_orders_of(c, kind, first, first + FILES_A_TABLE < c->file_count ? first + FILES_A_TABLE : c->file_count);
}

/* ---- what is undefined, and why ---- */

/* Samples without a salient set: all their interactions are 0. */
static void print_empty(const comparison_t *c) {
    for (int i = 0; i < c->file_count; i++) {
        int64_t empty = c->samples - overlap_gamma(c->overlap, i, i)->share.count;
        if (empty > 0)
            printf("\nIn file %d, %" PRId64 " of %" PRId64 " samples have no interaction other than 0; its shares and "
                   "the k strongest leave them out\n",
                   i + 1, empty, c->samples);
    }
}

static void warn(const compare_report_t *report) {
    log_t log = {0};
    for (size_t i = 0; i < report->warnings.count && i < PROBLEMS_MAX; i++)
        log_warning(&log, "%s", report->warnings.texts[i]);
    if (report->other_targets > 0)
        log_warning(&log,
                    "%" PRId64 " of the compared samples do not have the same target in all files: their v is about "
                    "different classes",
                    report->other_targets);
}

static void print_report(const compare_report_t *report) {
    const comparison_t *c = &report->comparison;
    print_files(report);
    print_gamma(c);
    print_top(c);
    for (int kind = 0; kind < c->kinds; kind++)
        print_orders(c, kind);
    print_empty(c);
    warn(report);
}

static status_t run(const options_t *options, int *code, failure_t *why) {
    compare_options_t given = {
        .files = options->operands, .file_count = options->operand_count, .out = options_text(options, "output")};
    compare_report_t report CLEANUP(compare_free) = {0};
    problems_t problems CLEANUP(problems_free) = {0};
    log_t log = {0};
    TRY(options_family(options, &given.family, why));
    TRY(look_at_files(given.files, given.file_count, why));
    status_t status = compare(&given, &report, &problems, why);
    problems_print(&problems, stderr);
    TRY(status);
    print_report(&report);
    if (given.out)
        log_info(&log, "comparison: %s", given.out);
    *code = report.comparison.samples < report.samples ? 2 : 0;
    return STATUS_OK;
}

const command_t COMMAND_COMPARE = {
    .name = "compare",
    .summary = "measures how many interactions of one model others share",
    .operands = "A B...",
    .operand_count = 2,
    .more_operands = true,
    .options = OPTIONS,
    .about =
        "A, B, ... are results files with tables, of the same samples and players, for example of models that were\n"
        "trained differently. Samples that are done in all of them are compared. A share is shown as its mean over\n"
        "samples; \"random\" is what random sets of the same sizes would have. Salient is |I(S)| >= salience times\n"
        "the sample's largest |I|. With --family sparse an interaction is one of a kind, AND or OR. OUT is described\n"
        "in docs/file-format.md.\n\n"
        "Exit codes: 0 all samples compared; 2 some are left out because they are not done in all files.\n",
    .example = "harsanyi compare digits.h5 digits-seed2.h5\n"
               "harsanyi compare small.h5 medium.h5 large.h5 -o sizes.h5\n"
               "harsanyi compare digits.h5 digits-seed2.h5 --family sparse\n",
    .run = run,
};
