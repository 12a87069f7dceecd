/* Provenance and heartbeat of an open results file. */
#include "base/clock.h"
#include "base/file.h"
#include "results/results_private.h"
#include "results/results_records.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static uint64_t slot_offset(const results_t *results, int slot) {
    return results->offset[DATASET_RUNS] + (uint64_t)slot * RUN_BYTES;
}

/* The slot of start number `start` (0, 1, ...). */
static int slot_of(uint64_t start) {
    return start == 0 ? 0 : 1 + (int)((start - 1) % (RESULTS_RUNS - 1));
}

static status_t read_starts(const results_t *results, uint64_t *starts, failure_t *why) {
    return file_read_at(results->fd, results->path, starts, sizeof *starts, results->offset[DATASET_STARTS], why);
}

status_t results_add_run(results_t *results, const results_run_t *run, int *slot, failure_t *why) {
    uint64_t starts = 0;
    TRY(read_starts(results, &starts, why));
    *slot = slot_of(starts);
    TRY(results_update_run(results, *slot, run, why));
    return results_add_starts(results, 1, why);
}

status_t results_add_starts(results_t *results, uint64_t more, failure_t *why) {
    uint64_t starts = 0;
    TRY(read_starts(results, &starts, why));
    starts += more;
    return file_write_at(results->fd, results->path, &starts, sizeof starts, results->offset[DATASET_STARTS], why);
}

status_t results_update_run(results_t *results, int slot, const results_run_t *run, failure_t *why) {
    unsigned char bytes[RUN_BYTES];
    if (slot < 0 || slot >= RESULTS_RUNS)
        return failed(why, STATUS_INTERNAL, "%s: /provenance/runs has no slot %d", results->path, slot);
    results_run_encode(run, bytes);
    return file_write_at(results->fd, results->path, bytes, sizeof bytes, slot_offset(results, slot), why);
}

status_t results_write_exit(results_t *results, int slot, const char *exit_text, failure_t *why) {
    unsigned char bytes[RUN_BYTES];
    results_run_t run;
    TRY(file_read_at(results->fd, results->path, bytes, sizeof bytes, slot_offset(results, slot), why));
    results_run_decode(bytes, &run);
    snprintf(run.exit, sizeof run.exit, "%s", exit_text);
    return results_update_run(results, slot, &run, why);
}

status_t results_read_runs(const results_t *results, results_run_t *runs, int *count, uint64_t *starts,
                           failure_t *why) {
    const unsigned char never[RUN_BYTES] = {0};
    unsigned char bytes[RUN_BYTES];
    TRY(read_starts(results, starts, why));
    int slots = *starts < RESULTS_RUNS ? (int)*starts : RESULTS_RUNS;
    *count = 0;
    for (int i = 0; i < slots; i++) {
        uint64_t start = i == 0 ? 0 : *starts - (uint64_t)(slots - i);
        TRY(file_read_at(results->fd, results->path, bytes, sizeof bytes, slot_offset(results, slot_of(start)), why));
        if (memcmp(bytes, never, sizeof bytes) != 0)
            results_run_decode(bytes, &runs[(*count)++]);
    }
    return STATUS_OK;
}

status_t results_write_heartbeat(results_t *results, const results_heartbeat_t *beat, failure_t *why) {
    unsigned char bytes[HEARTBEAT_BYTES];
    if (!results_has_tables(results))
        return failed(why, STATUS_INTERNAL, "%s: has no heartbeat: it holds statistics only", results->path);
    results_heartbeat_encode(beat, bytes);
    return file_write_at(results->fd, results->path, bytes, sizeof bytes, results->offset[DATASET_HEARTBEAT], why);
}

status_t results_read_heartbeat(const results_t *results, results_heartbeat_t *beat, failure_t *why) {
    unsigned char bytes[HEARTBEAT_BYTES];
    if (!results_has_tables(results))
        return failed(why, STATUS_INTERNAL, "%s: has no heartbeat: it holds statistics only", results->path);
    TRY(file_read_at(results->fd, results->path, bytes, sizeof bytes, results->offset[DATASET_HEARTBEAT], why));
    results_heartbeat_decode(bytes, beat);
    return STATUS_OK;
}

status_t results_claim(results_t *results, uint64_t *id, failure_t *why) {
    results_heartbeat_t beat;
    TRY(results_read_heartbeat(results, &beat, why));
    if (getrandom(&beat.id, sizeof beat.id, GRND_NONBLOCK) != sizeof beat.id) /* just after the machine started */
        beat.id = (uint64_t)(1e9 * clock_calendar());
    *id = beat.id;
    return results_write_heartbeat(results, &beat, why);
}

status_t results_check_claim(const results_t *results, uint64_t id, failure_t *why) {
    results_heartbeat_t beat;
    failure_t cut;
    if (results_read_heartbeat(results, &beat, why) != STATUS_OK) {
        if (results_sync(results, &cut) != STATUS_OK) /* the file was cut: it says so */
            *why = cut;
        return why->status;
    }
    if (beat.id == id)
        return STATUS_OK;
    return failed(why, STATUS_INPUT,
                  "%s: another sweep took this results file while this one stood still (was it suspended?); this one "
                  "ends here and leaves the file to the other",
                  results->path);
}
