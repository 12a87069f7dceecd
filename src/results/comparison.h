/* The comparison file: what `harsanyi compare` found, in HDF5 for figures and tables (docs/file-format.md). */
#ifndef HARSANYI_RESULTS_COMPARISON_H
#define HARSANYI_RESULTS_COMPARISON_H

#include "results/results.h"
#include "stats/overlap.h"

/* One of the compared results files. */
typedef struct {
    const char *path; /* as it was given */
    results_identity_t identity;
    int64_t done, failed, pending; /* its samples */
} compared_file_t;

/* Samples are those that were compared: done in every file. All pointers are borrowed. */
typedef struct {
    int file_count, players;
    int family, kinds;            /* whose interactions were compared, and how many kinds it has */
    const compared_file_t *files; /* [file_count] */
    int64_t samples;              /* >= 1 */
    const index_t *index;         /* [samples], as the next */
    const int64_t *label, *n_players, *output, *target; /* of the first file */
    const overlap_t *overlap;                           /* of file_count models and players */
    const char *software_version, *git_revision;        /* of this program */
} comparison_t;

/* Makes the file under another name (paths_part) and renames it to `path` when it is whole and synced; a file of that
 * name is replaced. STATUS_INPUT for what the user can fix. */
status_t comparison_write(const char *path, const comparison_t *comparison, failure_t *why);

#endif
