#include "cli/cmd_merge.h"

#include "base/clock.h"
#include "cli/dispatch.h"
#include "cli/display.h"
#include "hdf5/look.h"
#include "run/stop.h"
#include "shards/merge.h"

#include <inttypes.h>

static int cmd_merge(int argc, char **argv);

static const option_t OPTIONS[] = {
    {.name = "allow-missing", .help = "merges without the missing samples, and marks them as failed"},
    {.name = "accept-engine", .help = "merges shards of different engines or processors"},
    {.name = "quiet", .letter = 'q', .help = "only warnings and errors"},
    {0}};

const command_t COMMAND_MERGE = {
    .name = "merge",
    .summary = "makes one results file from the shards of a sweep (run --shard)",
    .operands = "OUT SHARD...",
    .operand_count = 2,
    .more_operands = true,
    .options = OPTIONS,
    .about =
        "OUT holds, bit for bit, what one run of all samples would write. It must not exist, and appears when it is\n"
        "complete. Shards may be given in any order. If something is missing, the command that makes it is shown. "
        "With\n"
        "--allow-missing the samples that no shard has are marked as failed; `harsanyi run CONFIG -o OUT` evaluates\n"
        "them later. Shards are checked against their checksums; you can remove them afterwards.\n"
        "SIGUSR1 and SIGTERM stop the merge and leave nothing behind.\n\n"
        "Exit codes: 0 complete; 2 complete, but some samples failed or are missing; 1 nothing was written.\n",
    .example = "harsanyi merge digits.h5 digits.shard-*-of-8.h5\n",
    .run = cmd_merge,
};

static bool asked_to_stop(void *self) {
    return stop_asked(self, NULL, clock_seconds());
}

static void print_report(const char *out, const merge_report_t *report, log_t *log) {
    log_info(log, "%d shards: %" PRId64 " samples done, %" PRId64 " failed", report->shards, report->done,
             report->failed);
    if (report->missing > 0)
        log_warning(log,
                    "%" PRId64 " of the failed samples are missing in the shards; run harsanyi run CONFIG -o %s to "
                    "evaluate them",
                    report->missing, out);
    log_info(log, "results: %s", out);
    log_info(log, "next: harsanyi show %s", out);
}

static int merge_with(const options_t *options, log_t *log, stop_t *stop) {
    merge_report_t report;
    problems_t problems = {0};
    failure_t why;
    int count;
    const char *const *operands = options_operands(options, &count);
    merge_options_t given = {.out = operands[0],
                             .shards = operands + 1,
                             .shard_count = count - 1,
                             .given = {.allow_missing = options_given(options, "allow-missing"),
                                       .accept_engine = options_given(options, "accept-engine")},
                             .stop = asked_to_stop,
                             .stop_self = stop};
    status_t status = look_at_files(given.shards, given.shard_count, &why);
    if (status == STATUS_OK)
        status = merge(&given, log, &report, &problems, &why);
    display_problems(stderr, &problems);
    problems_free(&problems);
    if (status == STATUS_OK) {
        print_report(given.out, &report, log);
        return report.failed > 0 ? 2 : 0;
    }
    if (status == STATUS_STOPPED)
        log_warning(log, "%s: %s", stop->why, why.text);
    else
        log_error(log, "%s%s", why.text, failure_place(&why).text);
    return failure_exit_code(status);
}

static int cmd_merge(int argc, char **argv) {
    options_t options;
    stop_t stop;
    failure_t why;
    int code = options_parse(&COMMAND_MERGE, argc, argv, &options);
    if (code != OPTIONS_GO)
        return options_finish(&options, code, true);
    log_t log = {.quiet = options_given(&options, "quiet")};
    if (stop_open(&stop, true, &why) == STATUS_OK) {
        code = merge_with(&options, &log, &stop);
    } else {
        log_error(&log, "%s%s", why.text, failure_place(&why).text);
        code = STATUS_INTERNAL;
    }
    return options_finish(&options, code, false);
}
