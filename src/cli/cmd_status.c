#include "base/memory.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "review/sweep_status.h"

#include <inttypes.h>
#include <math.h>

enum { REASONS_SHOWN = 10, RUNS_SHOWN = 5 };
static const double WATCH_SECONDS = 7; /* a heartbeat comes every 5 s, and is on disk within 5 more */

static const option_t OPTIONS[] = {OPTION_FLAG("json", 0, "prints one JSON object instead of text"), {0}};

static const char *const STATES[] = {[STANDING_NEW] = "not started",   [STANDING_BUSY] = "busy",
                                     [STANDING_RUNNING] = "running",   [STANDING_STALLED] = "stalled",
                                     [STANDING_SILENT] = "silent",     [STANDING_STOPPED] = "stopped",
                                     [STANDING_COMPLETE] = "complete", [STANDING_STATISTICS] = "statistics only"};

/* ---- as text ---- */

static void print_counts(const results_t *results, const sweep_status_t *s) {
    const results_shard_t *shard = results_shard(results);
    if (shard)
        printf("shard    %d of %d, of %" PRId64 " samples in all\n", shard->shard, shard->shards, shard->samples);
    printf("%-8s %" PRId64 " of %" PRId64 " done, %" PRId64 " failed, %" PRId64 " left", results_word(results), s->done,
           s->samples, s->failed, s->pending);
    if (results_rows_of_sample(results) > 1)
        printf("; %d of each sample", results_rows_of_sample(results));
    printf("\n");
    if (s->state == STANDING_STATISTICS)
        return;
    printf("masks    %s of %s stored (%.1f %%), in %" PRId64 " of %" PRId64 " blocks\n",
           progress_count((double)s->masks_stored).text, progress_count((double)s->masks).text,
           100.0 * (double)s->masks_stored / (double)s->masks, s->blocks_stored, s->blocks);
    if (s->combining > 0)
        printf("         %" PRId64 " %s evaluated, not yet transformed\n", s->combining,
               results_rows_of_sample(results) == 1 ? (s->combining == 1 ? "sample is" : "samples are")
                                                    : (s->combining == 1 ? "row is" : "rows are"));
}

static void print_reasons(const results_t *results, const sweep_status_t *s) {
    for (size_t i = 0; i < s->reason_count && i < REASONS_SHOWN; i++) {
        const sweep_status_reason_t *r = &s->reasons[i];
        printf("%-9s%" PRId64 ": ", i == 0 ? "failed" : "", r->count);
        display_clean(r->reason);
        printf("%s\n         first %s %" PRId64 " (index %" PRId64 "): ",
               r->kind == OUTCOME_TRANSIENT ? " (tried again on resume)" : "",
               results_rows_of_sample(results) == 1 ? "sample" : "row", r->first_sample,
               results_index(results, r->first_sample));
        display_clean(r->first_error);
        printf("\n");
    }
    if (s->reason_count > REASONS_SHOWN)
        printf("         and %zu other reason%s\n", s->reason_count - REASONS_SHOWN,
               s->reason_count == REASONS_SHOWN + 1 ? "" : "s");
}

static void print_silent_ranks(const sweep_status_t *s) {
    if (s->beat.silent > 0)
        printf("         %d of them sent nothing for a minute, the first is rank %d: it hangs, or its work takes that "
               "long\n",
               s->beat.silent, s->beat.first_silent);
}

static void print_running(const sweep_status_t *s) {
    printf("state    running on %d rank%s: ", s->beat.ranks, s->beat.ranks == 1 ? "" : "s");
    if (isnan(s->rate))
        printf("rate not known yet; ");
    else
        printf("%s masks/s, %s left; ", progress_count(s->rate).text,
               isnan(s->eta) ? "unknown" : progress_duration(s->eta).text);
    printf("last heartbeat %s ago%s\n", progress_duration(s->age).text,
           s->clocks_differ ? " (its clock and the one here differ)" : "");
    print_silent_ranks(s);
}

/* "for 3 min 05 s", "ever" */
static display_t since_beat(const sweep_status_t *s) {
    display_t out = {"ever"};
    if (!isnan(s->age))
        snprintf(out.text, sizeof out.text, "for %.32s", progress_duration(s->age).text);
    return out;
}

static void print_state(const results_t *results, const sweep_status_t *s) {
    switch (s->state) {
    case STANDING_NEW:
    case STANDING_COMPLETE:
        printf("state    %s\n", STATES[s->state]);
        break;
    case STANDING_BUSY:
        printf("state    busy (%s): %s\n", s->holder,
               s->pending + s->again == 0 ? "computing statistics across samples" : "starting or stopping");
        break;
    case STANDING_RUNNING:
        print_running(s);
        break;
    case STANDING_STALLED:
        printf("state    stalled: its process is alive (%s), but sent no heartbeat %s: it is suspended, or waits for "
               "the disk\n",
               s->holder, since_beat(s).text);
        print_silent_ranks(s);
        break;
    case STANDING_SILENT:
        printf("state    not running: killed, or its machine is down: no heartbeat %s; the same command resumes it\n",
               since_beat(s).text);
        break;
    case STANDING_STOPPED:
        printf("state    stopped; the same command resumes it\n");
        break;
    case STANDING_STATISTICS:
        printf("state    statistics only; the tables are in ");
        display_clean(results_tables_of(results));
        printf("\n");
        break;
    }
}

static void print_runs(const sweep_status_t *s) {
    int shown = s->run_count < RUNS_SHOWN ? s->run_count : RUNS_SHOWN;
    if (s->starts > 0)
        printf("starts   %" PRIu64 "%s\n", s->starts, s->starts > RUNS_SHOWN ? ", the latest:" : "");
    for (int i = s->run_count - shown; i < s->run_count; i++) {
        const results_run_t *run = &s->runs[i];
        printf("         ");
        display_clean(run->started);
        printf("  ");
        display_clean(run->host);
        printf("  %d rank%s, %s masks", run->ranks, run->ranks == 1 ? "" : "s",
               progress_count((double)run->masks).text);
        if (run->seconds > 0) /* unknown until a run stores something */
            printf(" in %s", progress_duration(run->seconds).text);
        printf(": ");
        display_clean(run->exit);
        printf("\n");
    }
}

static status_t print_text(const char *path, const results_t *results, const sweep_status_t *s, failure_t *why) {
    printf("%s\n", path);
    print_counts(results, s);
    print_reasons(results, s);
    if (s->pending == 0 && !s->summary && !results_shard(results) && s->state != STANDING_BUSY)
        printf("summary  statistics across samples are missing; the same command computes them\n");
    print_state(results, s);
    print_runs(s);
    return show_warnings(results, why);
}

/* ---- as JSON ---- */

static json_int_t whole(uint64_t count) {
    return (json_int_t)count;
}

static json_t *reasons_of(const results_t *results, const sweep_status_t *s) {
    json_t *list = json_array();
    for (size_t i = 0; i < s->reason_count; i++) {
        const sweep_status_reason_t *r = &s->reasons[i];
        json_array_append_new(list, json_pack("{s:o, s:I, s:b, s:I, s:I, s:o}", "reason", display_json_text(r->reason),
                                              "count", whole((uint64_t)r->count), "tried_again",
                                              r->kind == OUTCOME_TRANSIENT, "first_sample", (json_int_t)r->first_sample,
                                              "first_index", (json_int_t)results_index(results, r->first_sample),
                                              "first_error", display_json_text(r->first_error)));
    }
    return list;
}

static json_t *runs_of(const sweep_status_t *s) {
    json_t *list = json_array();
    for (int i = 0; i < s->run_count; i++) {
        const results_run_t *r = &s->runs[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:i, s:o, s:i, s:I, s:I, s:o}", "started",
                                              display_json_text(r->started), "host", display_json_text(r->host), "exit",
                                              display_json_text(r->exit), "ranks", (int)r->ranks, "slurm_job",
                                              display_json_text(r->slurm_job), "slurm_restart", (int)r->slurm_restart,
                                              "masks", whole(r->masks), "masks_for_target", whole(r->masks_for_target),
                                              "seconds", display_json_number(r->seconds)));
    }
    return list;
}

static json_t *beat_of(const sweep_status_t *s) {
    const results_heartbeat_t *b = &s->beat;
    if (isnan(b->time))
        return json_null();
    return json_pack("{s:o, s:o, s:b, s:o, s:I, s:I, s:i, s:i, s:i}", "time", display_json_number(b->time), "age",
                     display_json_number(s->age), "clocks_differ", s->clocks_differ, "start",
                     display_json_number(b->start), "masks_at_start", whole(b->masks_at_start), "masks_now",
                     whole(b->masks_now), "ranks", (int)b->ranks, "silent", (int)b->silent, "first_silent",
                     (int)b->first_silent);
}

static status_t print_json(const char *path, const results_t *results, const sweep_status_t *s, failure_t *why) {
    const results_shard_t *shard = results_shard(results);
    bool tables = results_has_tables(results);
    problems_t warnings CLEANUP(problems_free) = {0};
    TRY(results_read_warnings(results, &warnings, why));
    json_t *object = json_pack(
        "{s:o, s:s, s:o, s:{s:I, s:I, s:I, s:I, s:I}, s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
        "file", display_json_text(path), "state", STATES[s->state], "shard",
        shard ? json_pack("{s:i, s:i, s:I}", "shard", shard->shard, "shards", shard->shards, "samples",
                          (json_int_t)shard->samples)
              : json_null(),
        "samples", "total", (json_int_t)s->samples, "done", (json_int_t)s->done, "failed", (json_int_t)s->failed,
        "left", (json_int_t)s->pending, "combining", (json_int_t)s->combining, "rows_per_sample",
        results_rows_of_sample(results), "summary", s->summary, "failures", reasons_of(results, s), "warnings",
        display_json_texts(&warnings), "masks",
        tables ? json_pack("{s:I, s:I}", "total", whole(s->masks), "stored", whole(s->masks_stored)) : json_null(),
        "blocks",
        tables ? json_pack("{s:I, s:I}", "total", (json_int_t)s->blocks, "stored", (json_int_t)s->blocks_stored)
               : json_null(),
        "masks_per_second", display_json_number(s->rate), "seconds_left", display_json_number(s->eta), "heartbeat",
        beat_of(s), "holder", s->holder[0] ? display_json_text(s->holder) : json_null(), "starts", whole(s->starts),
        "runs", runs_of(s));
    return display_json(object, why);
}

/* ---- the command ---- */

static status_t run(const options_t *options, int *code, failure_t *why) {
    const char *path = options_operand(options, 0);
    results_t *results CLEANUP(results_close) = NULL;
    sweep_status_t standing CLEANUP(sweep_status_free) = {0};
    (void)code;
    TRY(show_open(path, &results, why));
    TRY(sweep_status_look(results, path, WATCH_SECONDS, &standing, why));
    return (options_given(options, "json") ? print_json : print_text)(path, results, &standing, why);
}

const command_t COMMAND_STATUS = {
    .name = "status",
    .summary = "shows what is done, failed and left of a results file, how fast it grows, and who works on it",
    .operands = "FILE",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "Only reads, so you can use it while a sweep runs, even from another machine. If it is not clear whether the\n"
        "sweep still runs, it watches the file for some seconds.\n\n"
        "Exit codes: 0 the file can be read; 1 it cannot; 3 the disk or the memory failed.\n",
    .example = "harsanyi status digits.h5\n"
               "harsanyi status digits.h5 --json\n",
    .run = run,
};
