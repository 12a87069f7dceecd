/* What `harsanyi plan --json` prints. */
#ifndef HARSANYI_CLI_PLAN_JSON_H
#define HARSANYI_CLI_PLAN_JSON_H

#include "base/failure.h"
#include "base/problems.h"

#include <stdint.h>
#include <stdio.h>

/* NaN: not known. */
typedef struct {
    const char *output; /* the results file that the config names */
    int64_t samples, ranks;
    int players_min, players_max, baselines;
    double evaluations;           /* of masks, all baselines, without those for the noise */
    double results_bytes;         /* the results file */
    double rank_bytes;            /* memory of each rank other than 0 */
    double rank_0_bytes;          /* memory of rank 0 */
    double core_seconds;          /* of everything, on one core */
    double seconds;               /* on `ranks` ranks */
    double longest_shard_seconds; /* on `ranks` ranks */
    const problems_t *warnings;
} plan_json_t;

/* Writes one object and a newline; numbers that are not known are null. */
status_t plan_json_print(const plan_json_t *plan, FILE *out, failure_t *why);

#endif
