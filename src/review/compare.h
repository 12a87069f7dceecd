/* harsanyi compare: how far the models of several results files agree on the same samples, from their tables alone.
 *
 *   A, B, ... (never changed)      the same samples, players and names, or refused
 *   interactions of a family, row by row  ->  stats/overlap  ->  OUT (results/comparison.h), and what is printed
 *
 * Samples that are done in every file are compared. Memory does not depend on the number of players. A file may be
 * given twice, or be one that a sweep still writes to.
 */
#ifndef HARSANYI_REVIEW_COMPARE_H
#define HARSANYI_REVIEW_COMPARE_H

#include "base/failure.h"
#include "base/problems.h"
#include "results/comparison.h"

typedef struct {
    const char *const *files; /* paths, [file_count] */
    int file_count;           /* >= 2 */
    int family;               /* whose interactions are compared */
    const char *out;          /* the file to make; NULL: none */
} compare_options_t;

typedef struct {
    comparison_t comparison; /* what was found */
    int64_t samples;         /* in each file */
    int64_t other_targets;   /* compared samples whose target is not the same in all files */
    problems_t warnings;     /* what makes v mean something else from file to file */
    /* The memory behind it, owned: */
    compared_file_t *files;
    row_t *rows; /* [compared samples, files]: their rows; then index, label, n_players, output, target */
    overlap_t *overlap;
} compare_report_t;

/* STATUS_INPUT with problems: everything that differs, by file and sample; else *why says what failed. OUT is
 * there only with STATUS_OK. The report borrows the options' paths; free it with compare_free, in any case. */
status_t compare(const compare_options_t *options, compare_report_t *report, problems_t *problems, failure_t *why);
void compare_free(compare_report_t *report);

#endif
