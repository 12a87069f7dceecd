#include "cli/cmd_compare.h"

#include "base/log.h"
#include "base/version.h"
#include "cli/dispatch.h"
#include "cli/display.h"
#include "hdf5/look.h"
#include "review/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { INDENT = 2, CELL = 10 };

static int cmd_compare(int argc, char **argv);

static const option_t OPTIONS[] = {{.name = "output",
                                    .letter = 'o',
                                    .kind = OPTION_TEXT,
                                    .argument = "OUT",
                                    .help = "write the numbers to this HDF5 file; must not exist"},
                                   {0}};

const command_t COMMAND_COMPARE = {
    .name = "compare",
    .summary = "measures how many interactions of one model others share",
    .operands = "A B...",
    .operand_count = 2,
    .more_operands = true,
    .options = OPTIONS,
    .about =
        "A, B, ... are results files with tables, of the same samples and players: of models that differ in their\n"
        "training, say. Samples that are done in all of them are compared. A share is shown as its mean over samples;\n"
        "\"random\" is what random sets of the same sizes would have. Salient is |I(S)| >= salience times the "
        "sample's\n"
        "largest |I|. OUT is described in docs/file-format.md.\n\n"
        "Exit codes: 0 all samples compared; 2 some are left out because they are not done in all files.\n",
    .example = "harsanyi compare digits.h5 digits-seed2.h5\n"
               "harsanyi compare small.h5 medium.h5 large.h5 -o sizes.h5\n",
    .run = cmd_compare,
};

/* ---- lines ---- */

static void print_number(const char *before, int number) {
    char text[DISPLAY_NUMBER];
    snprintf(text, sizeof text, "%s%d", before, number);
    display_right(stdout, text, CELL);
}

static void print_word(const char *word) {
    display_right(stdout, word, CELL);
}

/* ---- parts ---- */

static void print_files(const compare_report_t *report) {
    const comparison_t *c = &report->comparison;
    printf("%d files, %d players; %" PRId64 " of %" PRId64 " samples are done in all and compared\n", c->file_count,
           c->players, c->samples, report->samples);
    for (int i = 0; i < c->file_count; i++) {
        printf("%*s%d  ", INDENT, "", i + 1);
        display_clean(stdout, c->files[i].path);
        if (c->files[i].failed + c->files[i].pending > 0)
            printf("  (%" PRId64 " failed, %" PRId64 " pending)", c->files[i].failed, c->files[i].pending);
        fputc('\n', stdout);
    }
}

/* Two lines: means, and standard deviations under them. */
static void print_pair(const overlap_share_t *gamma, int i, int j) {
    print_number("", i + 1);
    print_number("", j + 1);
    for (int s = 0; s < OVERLAP_SALIENCES; s++)
        display_cell(stdout, average_mean(&gamma[s].share), CELL);
    display_cell(stdout, average_mean(&gamma[0].random), CELL);
    printf("\n%*s", 2 * CELL, "std");
    for (int s = 0; s < OVERLAP_SALIENCES; s++)
        display_cell(stdout, average_std(&gamma[s].share), CELL);
    fputc('\n', stdout);
}

static void print_gamma(const comparison_t *c) {
    printf(
        "\nTransferability: share of the salient interactions of one file, at the salience above the column, that are\n"
        "salient (%g) in the other\n",
        OVERLAP_SALIENCE[0]);
    print_word("of file");
    print_word("in file");
    for (int s = 0; s < OVERLAP_SALIENCES; s++)
        display_cell(stdout, OVERLAP_SALIENCE[s], CELL);
    print_word("random");
    fputc('\n', stdout);
    for (int i = 0; i < c->file_count; i++)
        for (int j = 0; j < c->file_count; j++)
            if (i != j)
                print_pair(overlap_gamma(c->overlap, i, j), i, j);
}

static void print_top(const comparison_t *c) {
    const overlap_share_t *top = overlap_top(c->overlap);
    printf("\nThe k strongest: share that is among the k strongest of every file\n");
    print_word("k");
    print_word("share");
    print_word("std");
    print_word("random");
    print_word("samples");
    fputc('\n', stdout);
    for (int k = 0; k < overlap_steps(c->overlap); k++) {
        print_number("", (int)OVERLAP_K[k]);
        display_cell(stdout, average_mean(&top[k].share), CELL);
        display_cell(stdout, average_std(&top[k].share), CELL);
        display_cell(stdout, average_mean(&top[k].random), CELL);
        print_number("", (int)top[k].share.count);
        fputc('\n', stdout);
    }
}

/* Files first ... end - 1, side by side. */
static void print_orders_of(const comparison_t *c, int first, int end) {
    print_word("");
    for (int i = first; i < end; i++) {
        print_number("file ", i + 1);
        printf("%*s", i + 1 < end ? 2 * CELL : 0, "");
    }
    fputc('\n', stdout);
    print_word("order");
    for (int i = first; i < end; i++) {
        print_word("salient");
        print_word("shared");
        print_word("share");
    }
    fputc('\n', stdout);
    for (int m = 1; m <= c->players; m++) {
        print_number("", m);
        for (int i = first; i < end; i++) {
            const overlap_order_t *order = overlap_orders(c->overlap, i) + m;
            display_cell(stdout, average_mean(&order->salient), CELL);
            display_cell(stdout, average_mean(&order->shared), CELL);
            display_cell(stdout, average_mean(&order->share), CELL);
        }
        fputc('\n', stdout);
    }
}

static void print_orders(const comparison_t *c) {
    enum { FILES_A_TABLE = 3 };
    printf(
        "\nBy order: salient (%g) sets, those salient in every file, and their share of the salient sets' strength\n",
        OVERLAP_SALIENCE[0]);
    for (int first = 0; first < c->file_count; first += FILES_A_TABLE)
        print_orders_of(c, first, first + FILES_A_TABLE < c->file_count ? first + FILES_A_TABLE : c->file_count);
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
    for (size_t i = 0; i < report->warnings.count && i < PROBLEMS_MAX; i++) {
        char *clean = display_cleaned(display_problem(&report->warnings, i));
        log_warning(&log, "%s", clean);
        free(clean);
    }
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
    print_orders(c);
    print_empty(c);
    warn(report);
}

static int run(const compare_options_t *given) {
    compare_report_t report = {0};
    problems_t problems = {0};
    failure_t why;
    log_t log = {0};
    status_t status = look_at_files(given->files, given->file_count, &why);
    if (status == STATUS_OK)
        status = compare(given, &report, &problems, &why);
    display_problems(stderr, &problems);
    problems_free(&problems);
    if (status == STATUS_OK) {
        print_report(&report);
        if (given->out)
            log_info(&log, "comparison: %s", given->out);
    } else {
        char *clean = display_cleaned(why.text);
        log_error(&log, "%s", clean);
        free(clean);
    }
    bool left_out = status == STATUS_OK && report.comparison.samples < report.samples;
    compare_free(&report);
    return left_out ? 2 : failure_exit_code(status);
}

static int cmd_compare(int argc, char **argv) {
    options_t options;
    int code = options_parse(&COMMAND_COMPARE, argc, argv, &options);
    if (code != OPTIONS_GO)
        return options_finish(&options, code, true);
    compare_options_t given = {
        .out = options_text(&options, "output"), .software_version = version_software, .git_revision = version_git};
    given.files = options_operands(&options, &given.file_count);
    return options_finish(&options, run(&given), false);
}
