/* run/heartbeat: a file whose last start may still run, unseen by flock, is watched: refused when its heartbeat moves,
 * free when it does not; nobody else waits. */
#include "base/clock.h"
#include "run/heartbeat.h"
#include "support/finish_sample.h"
#include "support/scratch_path.h"

#include <signal.h>
#include <sys/wait.h>

enum { BEATS = 1500 }; /* of a child, every 20 ms; it is killed long before */

static log_t log_of_test = {.quiet = true};

/* A file with one start, on this host ("") or another, that is "running" or ended. */
static results_t *make_one(const char *host, const char *exit_text) {
    const int32_t players[] = {4};
    results_t *results = make_results(path, 1, players, 6);
    results_run_t run = {0};
    int slot;
    failure_t why;
    results_describe_run("gcc", &run);
    if (*host)
        snprintf(run.host, sizeof run.host, "%s", host);
    snprintf(run.exit, sizeof run.exit, "%s", exit_text);
    assert_ok(results_add_run(results, &run, &slot, &why));
    return results;
}

static bool waits(bool flocked) {
    failure_t why;
    double began = clock_seconds();
    assert_ok(heartbeat_watch(path, flocked, &log_of_test, &why));
    return clock_seconds() - began > 0.85;
}

TEST_WITH(only_a_start_that_may_run_is_watched, NULL, remove_path) {
    const struct {
        const char *host, *exit;
        bool flocked, waits;
    } cases[] = {
        {"", "running", true, false},         {"", "running", false, true},
        {"elsewhere", "running", true, true}, {"elsewhere", "running", false, true},
        {"elsewhere", "ended", false, false}, {"elsewhere", "stopped", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        results_t *results = make_one(cases[i].host, cases[i].exit);
        results_close(&results);
        assert_int_equal(waits(cases[i].flocked), cases[i].waits);
    }
}

TEST_WITH(a_file_that_cannot_be_read_is_nobodys, NULL, remove_path) {
    write_text(path, "text");
    assert_false(waits(false));
    unlink(path);
    assert_false(waits(false));
}

/* Its time moves, or its id alone. */
TEST_WITH(a_heartbeat_that_moves_refuses, NULL, remove_path) {
    for (int by_id = 0; by_id < 2; by_id++) {
        results_t *results = make_one("elsewhere", "running");
        failure_t why;
        int status;
        uint64_t id;
        pid_t child = fork();
        for (int i = 0; child == 0 && i < BEATS; i++) {
            const results_heartbeat_t beat = {.time = 1e9 + 1e-3 * i, .start = 1e9, .ranks = 1, .first_silent = -1};
            status_t beaten = by_id ? results_claim(results, &id, &why) : results_write_heartbeat(results, &beat, &why);
            if (beaten != STATUS_OK)
                _exit(1);
            usleep(20000);
        }
        if (child == 0)
            _exit(0);
        assert_fails(heartbeat_watch(path, true, &log_of_test, &why), STATUS_INPUT,
                     by_id ? "(host elsewhere, " : "last heartbeat at 2001-09-09T01:46:");
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        results_close(&results);
    }
}

static int begin(void **state) {
    setenv("HARSANYI_HEARTBEAT_SECONDS", "0.3", 1);
    return make_path(state);
}

int main(void) {
    return run_all(begin, remove_path);
}
