/* Whether a results file is what it says: checksums, completeness, and every number that can be recomputed.
 *
 *   done      all blocks flagged, phase 2; checksums of every block of both tables (all 2^n stored entries) and of the
 *             row of statistics; finite values, NaN past the sample's own masks; interactions = transform of values and
 *             Theorem 1 (review/exactness.h); v_empty and v_full; the statistics again from the tables, bit for bit;
 *             the lemma
 *   pending   checksums of the values of the flagged blocks
 *   failed    nothing flagged, a reason, NaN everywhere
 *
 * The lemma's bound is the mean of Theorem 1's over the sets of order m, that of the sums being small beside it:
 *   |lemma_residual^(m)| <= 4 n eps sum over k = 0 ... m of C(m,k)/C(n,k) sum over |S| = k of |I(S)|
 *
 * A file of statistics only (analyze) has no tables: checksums of the rows, the lemma and the states are checked.
 */
#ifndef HARSANYI_REVIEW_VERIFY_H
#define HARSANYI_REVIEW_VERIFY_H

#include "base/problems.h"
#include "results/results.h"
#include "review/exactness.h"
#include "stats/settings.h"

typedef struct verify verify_t;

/* Memory is 2 x 2^piece_bits doubles and some 20 MiB. */
enum { VERIFY_PIECE_BITS = 22 };

/* Zero-initialise with {0}; the functions below add to it. */
typedef struct {
    int64_t done, failed, pending;
    int64_t unknown;                                  /* could not be checked, because the disk or the memory failed */
    int64_t values_blocks, interactions_blocks, rows; /* whose checksums were compared */
    distance_t theorem1, lemma;                       /* places are masks, and orders */
    bool summary;                                     /* /summary is there, or need not be: in a shard */
} verify_report_t;

/* results is borrowed. settings (copied): those of the file's config; NULL when they cannot be read: statistics are not
 * recomputed then. Destroy in any case. folder: where temporary files for long rows go; VERIFY_PIECE_BITS except in
 * tests. */
status_t verify_create(const results_t *results, const stats_settings_t *settings, const char *folder, int piece_bits,
                       verify_t **out, failure_t *why);
void verify_destroy(verify_t **verify);

/* Checks one sample. Each problem becomes a line "/dataset: sample ...: what"; what cannot be read or computed is a
 * problem too, and counts as unknown when the disk or the memory failed, which says nothing about the file. */
void verify_sample(verify_t *verify, row_t sample, verify_report_t *report, problems_t *problems);

/* Whether the labels are those that the file's classes were made from. */
void verify_labels(const results_t *results, problems_t *problems);

/* Whether /summary is there, and what the rows give bit for bit. Call it last, and only where all else is right.
 * settings as above. */
void verify_summary(const results_t *results, const stats_settings_t *settings, verify_report_t *report,
                    problems_t *problems);

#endif
