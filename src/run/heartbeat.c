#include "run/heartbeat.h"

#include "base/clock.h"
#include "base/memory.h"
#include "results/results.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double PERIOD = 5.0, PERIODS_WATCHED = 3.0;

double heartbeat_seconds(void) {
    const char *given = getenv("HARSANYI_HEARTBEAT_SECONDS");
    double seconds = given ? strtod(given, NULL) : 0;
    return seconds > 0 && seconds < PERIOD ? seconds : PERIOD;
}

typedef struct {
    results_run_t last; /* the last start; exit "" if there was none */
    results_heartbeat_t beat;
} life_t;

/* Opens the file each time, since a network file system caches what it has read while the file is open. False: the file
 * cannot be read, or holds statistics only. */
static bool read_life(const char *path, life_t *life) {
    results_t *results CLEANUP(results_close) = NULL;
    results_run_t *runs OWNED = memory_need(RESULTS_RUNS, sizeof *runs, "the runs of a results file");
    int count = 0;
    uint64_t starts;
    failure_t ignored;
    *life = (life_t){0};
    bool good = results_open(path, false, &results, &ignored) == STATUS_OK && results_has_tables(results) &&
                results_read_runs(results, runs, &count, &starts, &ignored) == STATUS_OK &&
                results_read_heartbeat(results, &life->beat, &ignored) == STATUS_OK;
    if (count > 0)
        life->last = runs[count - 1];
    return good;
}

static bool may_run(const life_t *life, bool flocked) {
    char host[sizeof life->last.host] = "";
    gethostname(host, sizeof host - 1);
    return strcmp(life->last.exit, "running") == 0 && (!flocked || strcmp(life->last.host, host) != 0);
}

static void wait_until(double end) {
    for (double left; (left = end - clock_seconds()) > 0;) {
        const struct timespec pause = {(time_t)left, (long)(1e9 * (left - (double)(time_t)left))};
        nanosleep(&pause, NULL);
    }
}

static status_t held(const char *path, const life_t *life, failure_t *why) {
    char when[32] = "just now";
    time_t beaten = (time_t)life->beat.time;
    struct tm utc;
    if (gmtime_r(&beaten, &utc))
        strftime(when, sizeof when, "at %Y-%m-%dT%H:%M:%SZ", &utc);
    return failed(why, STATUS_INPUT,
                  "%s: another sweep is writing this results file (host %s, last heartbeat %s); wait for it, stop it, "
                  "or give another output file",
                  path, life->last.host, when);
}

status_t heartbeat_watch(const char *path, bool flocked, log_t *log, failure_t *why) {
    const double seconds = PERIODS_WATCHED * heartbeat_seconds();
    const double end = clock_seconds() + seconds;
    life_t before, after;
    if (!read_life(path, &before) || !may_run(&before, flocked))
        return STATUS_OK;
    log_info(
        log,
        "%s: the last sweep of this file, on host %s, has no recorded end, and the lock cannot show whether it still "
        "runs; this sweep starts if the file gets no heartbeat for %.0f s",
        path, before.last.host, seconds);
    wait_until(end);
    if (!read_life(path, &after))
        return STATUS_OK;
    bool moved =
        memcmp(&after.beat.time, &before.beat.time, sizeof after.beat.time) != 0 || after.beat.id != before.beat.id;
    return moved ? held(path, &after, why) : STATUS_OK;
}
