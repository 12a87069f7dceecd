#include "cli/cmd_status.h"

#include "base/progress.h"
#include "cli/dispatch.h"
#include "cli/display.h"
#include "cli/status_json.h"
#include "cli/warnings.h"
#include "hdf5/look.h"
#include "review/sweep_status.h"

#include <math.h>

enum { REASONS_SHOWN = 10, RUNS_SHOWN = 5 };
static const double WATCH_SECONDS = 7; /* a heartbeat comes every 5 s, and is on disk within 5 more */

static int cmd_status(int argc, char **argv);

static const option_t OPTIONS[] = {{.name = "json", .help = "one JSON object instead of text"}, {0}};

const command_t COMMAND_STATUS = {
    .name = "status",
    .summary = "what is done, failed and left of a results file, how fast it grows, and who works on it",
    .operands = "FILE",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "Only reads, so you can use it while a sweep runs, even from another machine. If it is not clear whether the\n"
        "sweep still runs, it watches the file for some seconds. Exit code 0 when the file can be read, else 1 (3: "
        "the\n"
        "disk or the memory failed).\n",
    .example = "harsanyi status digits.h5\n"
               "harsanyi status digits.h5 --json\n",
    .run = cmd_status,
};

static void print_shard(const results_t *results) {
    const results_shard_t *shard = results_shard(results);
    if (shard)
        printf("shard    %d of %d, of %lld samples in all\n", shard->shard, shard->shards, (long long)shard->samples);
}

static void print_counts(const sweep_status_t *s) {
    char stored[32], masks[32];
    printf("samples  %lld of %lld done, %lld failed, %lld left\n", (long long)s->done, (long long)s->samples,
           (long long)s->failed, (long long)s->pending);
    if (s->state == STANDING_STATISTICS)
        return;
    progress_count((double)s->masks_stored, stored);
    progress_count((double)s->masks, masks);
    printf("masks    %s of %s stored (%.1f %%), in %lld of %lld blocks\n", stored, masks,
           100.0 * (double)s->masks_stored / (double)s->masks, (long long)s->blocks_stored, (long long)s->blocks);
    if (s->combining > 0)
        printf("         %lld sample%s evaluated and wait%s for %s transform\n", (long long)s->combining,
               s->combining == 1 ? " is" : "s are", s->combining == 1 ? "s" : "", s->combining == 1 ? "its" : "their");
}

static void print_reasons(const results_t *results, const sweep_status_t *s) {
    for (size_t i = 0; i < s->reason_count && i < REASONS_SHOWN; i++) {
        const sweep_status_reason_t *r = &s->reasons[i];
        printf("%-9s%lld: ", i == 0 ? "failed" : "", (long long)r->count);
        display_clean(stdout, r->reason);
        printf("%s\n         first sample %lld (index %lld): ",
               r->kind == OUTCOME_TRANSIENT ? " (tried again on resume)" : "", (long long)r->first_sample,
               (long long)results_index(results, r->first_sample));
        display_clean(stdout, r->first_error);
        printf("\n");
    }
    if (s->reason_count > REASONS_SHOWN)
        printf("         and %zu other reason%s\n", s->reason_count - REASONS_SHOWN,
               s->reason_count == REASONS_SHOWN + 1 ? "" : "s");
}

static void print_silent_ranks(const sweep_status_t *s) {
    if (s->beat.silent > 0)
        printf("         %d of them sent nothing for a minute, the first is rank %d: it hangs, or its unit takes that "
               "long\n",
               s->beat.silent, s->beat.first_silent);
}

static void print_running(const sweep_status_t *s) {
    char rate[32], eta[32] = "unknown", age[32];
    progress_count(isnan(s->rate) ? 0 : s->rate, rate);
    progress_duration(s->age, age);
    if (!isnan(s->eta))
        progress_duration(s->eta, eta);
    printf("state    running on %d rank%s: %s masks/s, %s left; last heartbeat %s ago%s\n", s->beat.ranks,
           s->beat.ranks == 1 ? "" : "s", rate, eta, age,
           s->clocks_differ ? " (its clock and the one here differ)" : "");
    print_silent_ranks(s);
}

/* "for 3 min 05 s", "ever" */
static void print_since_beat(const sweep_status_t *s) {
    char age[32];
    progress_duration(isnan(s->age) ? 0 : s->age, age);
    printf("%s%s", isnan(s->age) ? "ever" : "for ", isnan(s->age) ? "" : age);
}

static void print_state(const results_t *results, const sweep_status_t *s) {
    switch (s->state) {
    case STANDING_NEW:
        printf("state    not started\n");
        break;
    case STANDING_BUSY:
        printf("state    busy (%s): %s\n", s->holder,
               s->pending + s->again == 0 ? "computing statistics across samples" : "starting or stopping");
        break;
    case STANDING_RUNNING:
        print_running(s);
        break;
    case STANDING_STALLED:
        printf("state    stalled: its process is alive (%s), but sent no heartbeat ", s->holder);
        print_since_beat(s);
        printf(": it is suspended, or waits for the disk\n");
        print_silent_ranks(s);
        break;
    case STANDING_SILENT:
        printf("state    not running: killed, or its machine is down: no heartbeat ");
        print_since_beat(s);
        printf("; the same command resumes it\n");
        break;
    case STANDING_STOPPED:
        printf("state    stopped; the same command resumes it\n");
        break;
    case STANDING_COMPLETE:
        printf("state    complete\n");
        break;
    case STANDING_STATISTICS:
        printf("state    statistics only; the tables are in ");
        display_clean(stdout, results_tables_of(results));
        printf("\n");
        break;
    }
}

static void print_runs(const sweep_status_t *s) {
    int shown = s->run_count < RUNS_SHOWN ? s->run_count : RUNS_SHOWN;
    if (s->starts > 0)
        printf("starts   %llu%s\n", (unsigned long long)s->starts, s->starts > RUNS_SHOWN ? ", the latest:" : "");
    for (int i = s->run_count - shown; i < s->run_count; i++) {
        const results_run_t *run = &s->runs[i];
        char masks[32], seconds[32];
        progress_count((double)run->masks, masks);
        printf("         ");
        display_clean(stdout, run->started);
        printf("  ");
        display_clean(stdout, run->host);
        printf("  %d rank%s, %s masks", run->ranks, run->ranks == 1 ? "" : "s", masks);
        if (run->seconds > 0) { /* unknown until a run stores something */
            progress_duration(run->seconds, seconds);
            printf(" in %s", seconds);
        }
        printf(": ");
        display_clean(stdout, run->exit);
        printf("\n");
    }
}

static status_t show_status(const char *path, bool json, failure_t *why) {
    results_t *results = NULL;
    sweep_status_t standing = {0};
    TRY(look_at_file(path, why));
    TRY(results_open(path, false, &results, why));
    status_t status = sweep_status_look(results, path, WATCH_SECONDS, &standing, why);
    if (status == STATUS_OK && json) {
        status = status_json_print(path, results, &standing, stdout, why);
    } else if (status == STATUS_OK) {
        printf("%s\n", path);
        print_shard(results);
        print_counts(&standing);
        print_reasons(results, &standing);
        if (standing.pending == 0 && !standing.summary && !results_shard(results) && standing.state != STANDING_BUSY)
            printf("summary  statistics across samples are missing; the same command computes them\n");
        print_state(results, &standing);
        print_runs(&standing);
        status = warnings_print(results, stdout, why);
    }
    sweep_status_free(&standing);
    results_close(&results);
    return status;
}

static int cmd_status(int argc, char **argv) {
    options_t options;
    failure_t why;
    int code = options_parse(&COMMAND_STATUS, argc, argv, &options);
    if (code == OPTIONS_GO) {
        status_t status = show_status(options_operand(&options, 0), options_given(&options, "json"), &why);
        if (status != STATUS_OK)
            fprintf(stderr, "harsanyi status: %s%s\n", why.text, failure_place(&why).text);
        code = failure_exit_code(status);
    }
    return options_finish(&options, code, true);
}
