/* What the parts of `harsanyi show` have in common. */
#ifndef HARSANYI_CLI_SHOW_H
#define HARSANYI_CLI_SHOW_H

#include "base/failure.h"
#include "cli/player_names.h"
#include "results/results.h"

#include <stdio.h>

/* What is shown and where it is printed; all borrowed. */
typedef struct {
    const char *path;
    const results_t *results;
    size_t top; /* how long lists of the strongest are */
    FILE *out;
} show_t;

/* The row of the results file that holds sample `index` of the samples file; STATUS_INPUT says which ones are there. */
status_t show_find(const show_t *show, int64_t index, int64_t *row, failure_t *why);

/* The statistics of a done sample, owned by the caller; STATUS_INPUT when they do not match their checksum. */
status_t show_load(const show_t *show, int64_t row, double **statistics, failure_t *why);

/* STATUS_INPUT for a file of statistics only, which names the file that has the tables. */
status_t show_need_tables(const show_t *show, failure_t *why);

/* "sample 3: pending", "sample 4: failed: mask 0x1a: output is NaN". */
void show_undone(const show_t *show, int64_t row, const results_sample_t *info);

/* A line for each of the strongest effects of a done sample and one kind, counted over all families (0: the
 * interactions); strongest: max |I(S)|. "× noise" is |I(S)| in units of the noise floor of its order, blank where that
 * is unknown, as for all kinds except the interactions. Says where the tables are when this file has none. */
status_t show_strongest(const show_t *show, int64_t row, int kind, const player_names_t *roster, double strongest,
                        failure_t *why);

/* The largest |I(S)|, S not empty, that the statistics know, of all kinds of a family. */
double show_largest(const show_t *show, int64_t row, int family, double *statistics);

/* Names with a number each, [roster->n], in columns. */
void show_grid(const show_t *show, const player_names_t *roster, const double *numbers);

#endif
