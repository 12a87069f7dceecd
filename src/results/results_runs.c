/* Provenance and heartbeat of an open results file. */
#include "base/clock.h"
#include "hdf5/h5.h"
#include "results/results_types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* ---- starts ---- */

void results_describe_run(const char *compiler, results_run_t *run) {
    unsigned major = 0, minor = 0, release = 0;
    time_t now = time(NULL);
    struct tm utc;
    strftime(run->started, sizeof run->started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    gethostname(run->host, sizeof run->host - 1);
    snprintf(run->compiler, sizeof run->compiler, "%s", compiler);
    H5get_libversion(&major, &minor, &release);
    snprintf(run->hdf5, sizeof run->hdf5, "%u.%u.%u", major, minor, release);
}

/* The slot of start number `start` (0, 1, ...). */
static int slot_of(uint64_t start) {
    return start == 0 ? 0 : 1 + (int)((start - 1) % (RESULTS_RUNS - 1));
}

static status_t read_starts(const results_t *results, uint64_t *starts, failure_t *why) {
    return results_get(results, DATASET_STARTS, 0, 0, 1, starts, why);
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
    return results_put(results, DATASET_STARTS, 0, 0, 1, &starts, why);
}

status_t results_update_run(results_t *results, int slot, const results_run_t *run, failure_t *why) {
    results_run_t ended = *run;
    results_end_texts(&ended);
    return results_put(results, DATASET_RUNS, (uint64_t)slot, 0, 1, &ended, why);
}

status_t results_write_exit(results_t *results, int slot, const char *exit_text, failure_t *why) {
    results_run_t run;
    TRY(results_get(results, DATASET_RUNS, (uint64_t)slot, 0, 1, &run, why));
    results_end_texts(&run);
    snprintf(run.exit, sizeof run.exit, "%s", exit_text);
    return results_update_run(results, slot, &run, why);
}

status_t results_read_runs(const results_t *results, results_run_t *runs, int *count, uint64_t *starts,
                           failure_t *why) {
    static const results_run_t NEVER;
    TRY(read_starts(results, starts, why));
    int slots = *starts < RESULTS_RUNS ? (int)*starts : RESULTS_RUNS;
    *count = 0;
    for (int i = 0; i < slots; i++) {
        uint64_t start = i == 0 ? 0 : *starts - (uint64_t)(slots - i);
        results_run_t *run = &runs[*count];
        TRY(results_get(results, DATASET_RUNS, (uint64_t)slot_of(start), 0, 1, run, why));
        results_end_texts(run);
        *count += memcmp(run, &NEVER, sizeof *run) != 0;
    }
    return STATUS_OK;
}

/* ---- warnings ---- */

static status_t read_warning(const results_t *results, int slot, results_warning_t text, failure_t *why) {
    TRY(results_get(results, DATASET_WARNINGS, (uint64_t)slot, 0, 1, text, why));
    text[RESULTS_TEXT - 1] = '\0';
    return STATUS_OK;
}

static status_t write_warning(results_t *results, int slot, const results_warning_t text, failure_t *why) {
    return results_put(results, DATASET_WARNINGS, (uint64_t)slot, 0, 1, text, why);
}

/* The number in the last slot, "and 3 more warnings"; 0: no such text. */
static long more_of(const results_warning_t text) {
    const char *const before = "and ";
    return strncmp(text, before, strlen(before)) == 0 ? strtol(text + strlen(before), NULL, 10) : 0;
}

static status_t add_more(results_t *results, long more, failure_t *why) {
    results_warning_t text, all = "";
    TRY(read_warning(results, RESULTS_WARNINGS - 1, text, why));
    more += more_of(text);
    snprintf(all, sizeof all, "and %ld more warning%s", more, more == 1 ? "" : "s");
    return write_warning(results, RESULTS_WARNINGS - 1, all, why);
}

status_t results_add_warning(results_t *results, const char *text, failure_t *why) {
    results_warning_t fitting;
    results_fit_text(fitting, text);
    for (int slot = 0; slot < RESULTS_WARNINGS - 1; slot++) {
        results_warning_t there;
        TRY(read_warning(results, slot, there, why));
        if (!there[0])
            return write_warning(results, slot, fitting, why);
        if (strcmp(there, fitting) == 0)
            return STATUS_OK;
    }
    return add_more(results, 1, why);
}

status_t results_read_warnings(const results_t *results, problems_t *warnings, failure_t *why) {
    for (int slot = 0; slot < RESULTS_WARNINGS; slot++) {
        results_warning_t text;
        TRY(read_warning(results, slot, text, why));
        if (!text[0])
            break;
        problems_add(warnings, "%s", text);
    }
    return STATUS_OK;
}

status_t results_copy_warnings(const results_t *from, results_t *to, failure_t *why) {
    for (int slot = 0; slot < RESULTS_WARNINGS; slot++) {
        results_warning_t text;
        TRY(read_warning(from, slot, text, why));
        if (!text[0])
            break;
        TRY(slot < RESULTS_WARNINGS - 1 ? results_add_warning(to, text, why) : add_more(to, more_of(text), why));
    }
    return STATUS_OK;
}

/* ---- heartbeat ---- */

status_t results_write_heartbeat(results_t *results, const results_heartbeat_t *beat, failure_t *why) {
    return results_put(results, DATASET_HEARTBEAT, 0, 0, 1, beat, why);
}

status_t results_read_heartbeat(const results_t *results, results_heartbeat_t *beat, failure_t *why) {
    return results_get(results, DATASET_HEARTBEAT, 0, 0, 1, beat, why);
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
        if (results_sync(results, &cut) != STATUS_OK) /* says so when the file was truncated */
            *why = cut;
        return why->status;
    }
    if (beat.id == id)
        return STATUS_OK;
    return failed(why, STATUS_INPUT,
                  "%s: another sweep took over this results file while this one was suspended or very slow; this "
                  "one stops and leaves the file to the other",
                  results->path);
}
