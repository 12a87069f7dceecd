#include "cli/status_json.h"

#include "cli/to_json.h"

#include <math.h>

static const char *const STATES[] = {[STANDING_NEW] = "not started",   [STANDING_BUSY] = "busy",
                                     [STANDING_RUNNING] = "running",   [STANDING_STALLED] = "stalled",
                                     [STANDING_SILENT] = "silent",     [STANDING_STOPPED] = "stopped",
                                     [STANDING_COMPLETE] = "complete", [STANDING_STATISTICS] = "statistics only"};

static json_int_t whole(uint64_t count) {
    return (json_int_t)count;
}

static json_t *reasons_of(const results_t *results, const sweep_status_t *s) {
    json_t *list = json_array();
    for (size_t i = 0; i < s->reason_count; i++) {
        const sweep_status_reason_t *r = &s->reasons[i];
        json_array_append_new(list, json_pack("{s:o, s:I, s:b, s:I, s:I, s:o}", "reason", to_json_text(r->reason),
                                              "count", whole((uint64_t)r->count), "tried_again",
                                              r->kind == OUTCOME_TRANSIENT, "first_sample", (json_int_t)r->first_sample,
                                              "first_index", (json_int_t)results_index(results, r->first_sample),
                                              "first_error", to_json_text(r->first_error)));
    }
    return list;
}

static json_t *runs_of(const sweep_status_t *s) {
    json_t *list = json_array();
    for (int i = 0; i < s->run_count; i++) {
        const results_run_t *r = &s->runs[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:i, s:o, s:i, s:I, s:I, s:o}", "started",
                                              to_json_text(r->started), "host", to_json_text(r->host), "exit",
                                              to_json_text(r->exit), "ranks", (int)r->ranks, "slurm_job",
                                              to_json_text(r->slurm_job), "slurm_restart", (int)r->slurm_restart,
                                              "masks", whole(r->masks), "masks_for_target", whole(r->masks_for_target),
                                              "seconds", to_json_number(r->seconds)));
    }
    return list;
}

static status_t warnings_of(const results_t *results, json_t **list, failure_t *why) {
    results_warning_t texts[RESULTS_WARNINGS];
    int count = 0;
    TRY(results_read_warnings(results, texts, &count, why));
    *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(*list, to_json_text(texts[i]));
    return STATUS_OK;
}

static json_t *beat_of(const sweep_status_t *s) {
    const results_heartbeat_t *b = &s->beat;
    if (isnan(b->time))
        return json_null();
    return json_pack("{s:o, s:o, s:b, s:o, s:I, s:I, s:i, s:i, s:i}", "time", to_json_number(b->time), "age",
                     to_json_number(s->age), "clocks_differ", s->clocks_differ, "start", to_json_number(b->start),
                     "masks_at_start", whole(b->masks_at_start), "masks_now", whole(b->masks_now), "ranks",
                     (int)b->ranks, "silent", (int)b->silent, "first_silent", (int)b->first_silent);
}

static json_t *shard_of(const results_t *results) {
    const results_shard_t *shard = results_shard(results);
    if (!shard)
        return json_null();
    return json_pack("{s:i, s:i, s:I}", "shard", shard->shard, "shards", shard->shards, "samples",
                     (json_int_t)shard->samples);
}

static json_t *counts_of(const char *first_name, uint64_t first, const char *second_name, uint64_t second) {
    return json_pack("{s:I, s:I}", first_name, whole(first), second_name, whole(second));
}

status_t status_json_print(const char *path, const results_t *results, const sweep_status_t *s, FILE *out,
                           failure_t *why) {
    bool tables = results_has_tables(results);
    json_t *warnings = NULL;
    TRY(warnings_of(results, &warnings, why));
    json_t *object = json_pack(
        "{s:o, s:s, s:o, s:{s:I, s:I, s:I, s:I, s:I}, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "file",
        to_json_text(path), "state", STATES[s->state], "shard", shard_of(results), "samples", "total",
        (json_int_t)s->samples, "done", (json_int_t)s->done, "failed", (json_int_t)s->failed, "left",
        (json_int_t)s->pending, "combining", (json_int_t)s->combining, "summary", s->summary, "failures",
        reasons_of(results, s), "warnings", warnings, "masks",
        tables ? counts_of("total", s->masks, "stored", s->masks_stored) : json_null(), "blocks",
        tables ? counts_of("total", (uint64_t)s->blocks, "stored", (uint64_t)s->blocks_stored) : json_null(),
        "masks_per_second", to_json_number(s->rate), "seconds_left", to_json_number(s->eta), "heartbeat", beat_of(s),
        "holder", s->holder[0] ? to_json_text(s->holder) : json_null(), "starts", whole(s->starts), "runs", runs_of(s));
    return to_json_print(object, out, why);
}
