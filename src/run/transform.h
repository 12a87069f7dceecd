/* The whole analysis for tables of v(S) that another program made: a results file as `run` writes it.
 *
 *   VALUES (samples/value_files.h)  --order of masks-->  /values
 *   /values  --combine_sample-->  /interactions, /indices, /orders, /conditions  --summarise_rows_into-->  /summary
 *
 * VALUES is read one table at a time. A table with NaN or an infinity is a failed sample that names its lowest such
 * mask, as in a sweep. The engine of FILE is "values"; model_sha256 is that of the tables' files and the order of their
 * masks. FILE is written as FILE.part and gets its name when it is whole and synced.
 */
#ifndef HARSANYI_RUN_TRANSFORM_H
#define HARSANYI_RUN_TRANSFORM_H

#include "base/failure.h"
#include "base/problems.h"
#include "results/results.h"

#include <stdbool.h>

typedef struct {
    const char *values, *out; /* paths */
    bool high_first;          /* player 0 is the highest bit of an entry's number */
    const char *masks;        /* a file that says which mask each entry is; NULL: the bits of its number do */
    const char *const *sets;  /* "statistics.key=value", [set_count] */
    int set_count;
    const char *software_version, *git_revision, *compiler; /* of this program */
} transform_options_t;

typedef struct {
    int64_t done, failed;
    int n_min, n_max;                     /* players */
    int64_t first_failed;                 /* with failed > 0: the sample, ... */
    char first_file[RESULTS_TEXT];        /* ... its file (cut when longer) ... */
    char first_error[RESULTS_ERROR_TEXT]; /* ... and what is wrong with it */
    bool players_differ;                  /* players are not called alike in all samples */
    char warning[RESULTS_TEXT];
} transform_report_t;

/* STATUS_INPUT with something in problems: all of it is wrong with what was given; else *why says what failed. FILE is
 * there only with STATUS_OK. */
status_t transform(const transform_options_t *options, transform_report_t *report, problems_t *problems,
                   failure_t *why);

#endif
