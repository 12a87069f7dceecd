#include "cli/cmd_transform.h"

#include "base/log.h"
#include "base/version.h"
#include "cli/dispatch.h"
#include "results/summarise_rows.h"
#include "run/transform.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int cmd_transform(int argc, char **argv);

static const option_t OPTIONS[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .help = "the results file to make; must not exist"},
    {.name = "player0",
     .kind = OPTION_TEXT,
     .argument = "lsb|msb",
     .excludes = "masks",
     .help = "which bit of an entry's number says whether player 0 is present: the lowest (default) or the highest"},
    {.name = "masks",
     .kind = OPTION_TEXT,
     .argument = "MASKS",
     .help = "a file [2^n, n] of 0 and 1: row j says which players are present in entry j"},
    {.name = "set",
     .kind = OPTION_TEXT,
     .argument = "KEY=VALUE",
     .repeats = true,
     .help = "a setting, e.g. --set statistics.salience=0.1"},
    {.name = "quiet", .letter = 'q', .help = "only warnings and errors"},
    {0}};

const command_t COMMAND_TRANSFORM = {
    .name = "transform",
    .summary = "makes a results file from tables of v(S) computed elsewhere",
    .operands = "VALUES",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "VALUES holds 2^n numbers for each sample, one for each subset of its n players, the empty one included:\n"
        "  HDF5    /values, or the only dataset, [2^n] or [samples, 2^n]; /label and /player_names if there are any\n"
        "  .npy    [2^n] or [samples, 2^n]\n"
        "  .csv .txt  one number per line, or a line of 2^n numbers per sample; # begins a comment\n"
        "  folder  of such files, in the bytewise order of their names; n may differ from file to file\n"
        "Entry j is the subset of the players whose bits are 1 in j; docs/other-tools.md says what to give for the\n"
        "tables of other tools. Of the config, only statistics.* can be set. Exit code 2: FILE is whole, but holds\n"
        "samples that failed (NaN or infinite numbers).\n",
    .example = "harsanyi transform values.npy -o results.h5\n"
               "harsanyi transform tables/ -o results.h5 --player0 msb --set statistics.salience=0.1\n"
               "harsanyi transform values.csv -o results.h5 --masks masks.csv\n",
    .run = cmd_transform,
};

static bool read_options(options_t *options, transform_options_t *out, log_t *log) {
    const char *player0 = options_text(options, "player0");
    *out = (transform_options_t){.values = options_operand(options, 0),
                                 .out = options_text(options, "output"),
                                 .masks = options_text(options, "masks"),
                                 .high_first = player0 && strcmp(player0, "msb") == 0,
                                 .software_version = version_software(),
                                 .git_revision = version_git(),
                                 .compiler = version_compiler()};
    out->sets = options_texts(options, "set", &out->set_count);
    if (!out->out)
        log_error(log, "-o FILE is missing: the results file to make");
    else if (player0 && !out->high_first && strcmp(player0, "lsb") != 0)
        log_error(log, "--player0 wants lsb or msb, not %s", player0);
    else
        return true;
    return false;
}

static void print_report(const transform_options_t *options, const transform_report_t *report, log_t *log) {
    char players[32];
    snprintf(players, sizeof players, report->n_min < report->n_max ? "%d to %d" : "%d", report->n_min, report->n_max);
    if (report->warning[0])
        log_warning(log, "%s", report->warning);
    log_info(log, "%" PRId64 " sample%s of %s player%s transformed", report->done, report->done == 1 ? "" : "s",
             players, report->n_max == 1 ? "" : "s");
    if (report->failed)
        log_warning(log, "%" PRId64 " failed, the first is sample %" PRId64 " (%s): %s", report->failed,
                    report->first_failed, report->first_file, report->first_error);
    if (report->players_differ)
        summarise_rows_warn_of_players(log);
    log_info(log, "results: %s", options->out);
    log_info(log, "next: harsanyi show %s --sample 0", options->out);
}

static int cmd_transform(int argc, char **argv) {
    options_t options;
    transform_options_t given;
    transform_report_t report;
    problems_t problems = {0};
    failure_t why;
    int code = options_parse(&COMMAND_TRANSFORM, argc, argv, &options);
    if (code != OPTIONS_GO)
        return options_finish(&options, code, true);
    log_t log = {.quiet = options_given(&options, "quiet")};
    if (!read_options(&options, &given, &log))
        return options_finish(&options, 1, false);
    status_t status = transform(&given, &report, &problems, &why);
    problems_print(&problems, stderr);
    problems_free(&problems);
    if (status != STATUS_OK) {
        log_error(&log, "%s", why.text);
        code = dispatch_code(status);
    } else {
        print_report(&given, &report, &log);
        code = report.failed ? 2 : 0;
    }
    return options_finish(&options, code, false);
}
