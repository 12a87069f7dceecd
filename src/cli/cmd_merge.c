#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "hdf5/look.h"
#include "run/stop.h"
#include "shards/merge.h"

#include <inttypes.h>

static const option_t OPTIONS[] = {
    OPTION_FLAG("allow-missing", 0, "merges without the missing samples, and marks them as failed"),
    OPTION_FLAG("accept-engine", 0, "merges shards of different engines or processors"),
    OPTION_FLAG("quiet", 'q', "prints only warnings and errors"),
    {0}};

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

static status_t run(const options_t *options, int *code, failure_t *why) {
    stop_t stop;
    merge_report_t report;
    problems_t problems CLEANUP(problems_free) = {0};
    log_t log = {.quiet = options_given(options, "quiet")};
    merge_options_t given = {.out = options_operand(options, 0),
                             .shards = options->operands + 1,
                             .shard_count = options->operand_count - 1,
                             .given = {.allow_missing = options_given(options, "allow-missing"),
                                       .accept_engine = options_given(options, "accept-engine")},
                             .stop = asked_to_stop,
                             .stop_self = &stop};
    TRY(stop_open(&stop, true, why));
    TRY(look_at_files(given.shards, given.shard_count, why));
    status_t status = merge(&given, &log, &report, &problems, why);
    problems_print(&problems, stderr);
    if (status == STATUS_STOPPED) {
        log_warning(&log, "%s: %s", stop.why, why->text);
        *code = failure_exit_code(status);
        return STATUS_OK;
    }
    TRY(status);
    print_report(given.out, &report, &log);
    *code = report.failed > 0 ? 2 : 0;
    return STATUS_OK;
}

const command_t COMMAND_MERGE = {
    .name = "merge",
    .summary = "makes one results file from the shards of a sweep (run --shard)",
    .operands = "OUT SHARD...",
    .operand_count = 2,
    .more_operands = true,
    .options = OPTIONS,
    .about =
        "OUT holds, bit for bit, what one run of all samples would write. It must not exist, and appears when it is\n"
        "complete. Shards may be given in any order. If something is missing, the command that makes it is shown.\n"
        "With --allow-missing, samples that no shard has are marked as failed; `harsanyi run CONFIG -o OUT` evaluates\n"
        "them later. Shards are checked against their checksums; you can remove them afterwards.\n"
        "SIGUSR1 and SIGTERM stop the merge and leave nothing behind.\n\n"
        "Exit codes: 0 complete; 2 complete, but some samples failed or are missing; 1 nothing was written.\n",
    .example = "harsanyi merge digits.h5 digits.shard-*-of-8.h5\n",
    .run = run,
};
