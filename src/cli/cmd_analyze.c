#include "base/log.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "hdf5/look.h"
#include "results/summarise_rows.h"
#include "review/analyze.h"

#include <inttypes.h>
#include <math.h>

static const option_t OPTIONS[] = {
    OPTION_TEXT("output", 'o', "OUT", "the file to make, which must not exist"),
    OPTION_TEXTS("set", "KEY=VALUE", "another setting, e.g. --set statistics.salience=0.1"),
    OPTION_TEXT("select", 0, "I:J", "only samples I ... J-1, by their numbers in the samples file"),
    OPTION_WHOLE("class", "C", 0, INT64_MAX, "only samples with this label (or target, where there are no labels)"),
    OPTION_FLAG("correct", 0, "only samples that the model gets right"),
    OPTION_FLAG("quiet", 'q', "prints only warnings and errors"),
    {0}};

static status_t read_options(const options_t *options, analyze_options_t *out, failure_t *why) {
    *out = (analyze_options_t){.file = options_operand(options, 0), .out = options_text(options, "output")};
    const char *select = options_text(options, "select");
    out->sets = options_texts(options, "set", &out->set_count);
    out->subset.by_class = options_given(options, "class");
    out->subset.class = options_whole(options, "class", 0);
    out->subset.correct = options_given(options, "correct");
    out->subset.by_index = select != NULL;
    if (!out->out)
        return failed(why, STATUS_INPUT, "-o OUT is missing: the file to make");
    if (select && !options_pair(select, ':', &out->subset.first, &out->subset.end))
        return failed(why, STATUS_INPUT, "--select takes I:J with 0 <= I < J, for example 0:100, not %s", select);
    return STATUS_OK;
}

static void print_report(const analyze_options_t *options, const analyze_report_t *report, log_t *log) {
    if (report->warning[0])
        log_warning(log, "%s", report->warning);
    log_info(log, "%" PRId64 " samples analyzed", report->done);
    if (report->failed)
        log_info(log, "%" PRId64 " samples failed in the sweep; the new file keeps their reasons", report->failed);
    if (report->pending)
        log_info(log, "%" PRId64 " pending samples have no numbers yet and are left out", report->pending);
    if (!isnan(report->mean_output))
        log_info(log, "|mean of v(N) - v(empty)| = %g is the scale of salience", report->mean_output);
    if (report->players_differ)
        log_warning(log, "%s", SUMMARISE_ROWS_PLAYERS_DIFFER);
    log_info(log, "results: %s", options->out);
    log_info(log, "next: harsanyi show %s --conditions", options->out);
}

static status_t run(const options_t *options, int *code, failure_t *why) {
    analyze_options_t given;
    analyze_report_t report;
    problems_t problems CLEANUP(problems_free) = {0};
    log_t log = {.quiet = options_given(options, "quiet")};
    TRY(read_options(options, &given, why));
    TRY(look_at_file(given.file, why));
    status_t status = analyze(&given, &report, &problems, why);
    problems_print(&problems, stderr);
    TRY(status);
    print_report(&given, &report, &log);
    *code = report.failed ? 2 : 0;
    return STATUS_OK;
}

const command_t COMMAND_ANALYZE = {
    .name = "analyze",
    .summary = "recomputes all statistics for other settings or for some of the samples, without the model",
    .operands = "FILE",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "FILE is never changed. OUT gets every group except /values, /interactions and /progress. Only statistics.*\n"
        "of the config can be set; statistics.salience_scale=mean_output works here. --correct needs labels, and\n"
        "either model.target: predicted (the target is the label) or model.score: log_odds (v(N) > 0: the label\n"
        "has more than half of the probability). Exit code 2: OUT is complete, but holds samples that failed.\n",
    .example = "harsanyi analyze digits.h5 -o digits-10.h5 --set statistics.salience=0.1\n"
               "harsanyi analyze digits.h5 -o threes.h5 --class 3 --correct\n"
               "for s in 0.05 0.1; do harsanyi analyze digits.h5 -o digits-$s.h5 --set statistics.salience=$s; done\n",
    .run = run,
};
