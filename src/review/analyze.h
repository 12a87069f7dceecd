/* Every statistic of each sample again, from the tables of a results file, without the model: for other settings, or
 * for some of the samples.
 *
 *   FILE (never changed)                              OUT
 *   /values, /interactions --summarise_sample-->      /indices, /orders, /conditions
 *   /samples, names, identity of model and samples -> the same, for the samples that were chosen
 *   /config                --statistics.* set-->      /config
 *
 * and /summary of them (results/summarise_rows.h). A list of saliences is refused, with the shell loop that makes a
 * file for each.
 *
 * OUT has no tables: its attribute `tables` says which file has them. Done samples are computed, failed ones stay with
 * their reasons, pending ones are left out. samples_sha256 of OUT is that of the sweep, also for a subset. OUT is
 * written as OUT.part and gets its name when it is whole and synced; memory does not depend on the number of players.
 */
#ifndef HARSANYI_REVIEW_ANALYZE_H
#define HARSANYI_REVIEW_ANALYZE_H

#include "base/failure.h"
#include "base/problems.h"
#include "results/results.h"
#include "review/subset.h"

#include <stdbool.h>

typedef struct {
    const char *file, *out;  /* paths */
    const char *const *sets; /* "statistics.key=value", [set_count] */
    int set_count;
    subset_options_t subset;
} analyze_options_t;

typedef struct {
    int64_t done, failed; /* samples in OUT */
    int64_t pending;      /* left out */
    double mean_output;   /* the scale with salience_scale: mean_output, else NaN */
    char warning[RESULTS_TEXT];
    bool players_differ; /* players do not have the same names in all samples of OUT */
} analyze_report_t;

/* STATUS_INPUT with problems: what is wrong with the settings; else *why says what failed. OUT is
 * there only with STATUS_OK. */
status_t analyze(const analyze_options_t *options, analyze_report_t *report, problems_t *problems, failure_t *why);

#endif
