/* The heartbeat of a results file as a lock: for file systems without flock, and those where it does not reach other
 * machines (results/lock.h). The manager writes it every period. A sweep that was suspended so long that another took
 * its file notices in results_check_claim. */
#ifndef HARSANYI_RUN_HEARTBEAT_H
#define HARSANYI_RUN_HEARTBEAT_H

#include "base/failure.h"
#include "base/log.h"

#include <stdbool.h>

/* Seconds between two heartbeats: 5, or fewer when HARSANYI_HEARTBEAT_SECONDS says so (tests). */
double heartbeat_seconds(void);

/* Whether a sweep may start on the results file at `path`, which is there and whose lock is held. If its last start
 * did not end, and flock does not work (`flocked` false) or that start was on another host, watches the file for three
 * periods and logs that. STATUS_INPUT if the heartbeat moves: names the host and the time. Accepts a file that cannot
 * be read; whoever opens it next says why. */
status_t heartbeat_watch(const char *path, bool flocked, log_t *log, failure_t *why);

#endif
