/* What show, status and verify have in common: a results file, and the rows of it. Everything is printed on stdout. */
#ifndef HARSANYI_CLI_SHOW_H
#define HARSANYI_CLI_SHOW_H

#include "base/failure.h"
#include "cli/player_names.h"
#include "results/results.h"

/* Looks at a file from outside (hdf5/look.h) and opens it for reading. */
status_t show_open(const char *path, results_t **out, failure_t *why);

/* A line "warning: ..." for each warning that the file keeps (/provenance/warnings). */
status_t show_warnings(const results_t *results, failure_t *why);

/* What is shown; all borrowed. */
typedef struct {
    const char *path;
    const results_t *results;
    size_t top; /* how long lists of the strongest are */
} show_t;

/* The row of the results file that holds sample `index` of the samples file; STATUS_INPUT says which ones are there. */
status_t show_find(const show_t *show, int64_t index, int64_t *row, failure_t *why);

/* STATUS_INPUT for a file of statistics only, which names the file that has the tables. */
status_t show_need_tables(const show_t *show, failure_t *why);

/* "sample 3: pending", "sample 4: failed: mask 0x1a: output is NaN". */
void show_undone(const show_t *show, int64_t row, const results_sample_t *info);

/* A sample, and what is known of a done one. */
typedef struct {
    const show_t *show; /* borrowed */
    int64_t row;
    results_sample_t info;
    /* Only of a done one: */
    player_names_t names;
    const fields_t *fields; /* borrowed: of the file */
    double *statistics;     /* owned */
} show_row_t;

/* STATUS_INPUT when the statistics do not match their checksum. Free with show_row_free unless it fails. */
status_t show_row_open(const show_t *show, int64_t row, show_row_t *out, failure_t *why);
void show_row_free(show_row_t *row);

/* A statistic of a done sample: of the root family, or of one kind of any family. */
const double *show_field(const show_row_t *row, field_id_t id);
const double *show_field_of(const show_row_t *row, int family, int kind, field_id_t id);

/* The largest |I(S)|, S not empty, that the statistics know, of all kinds of a family. */
double show_largest(const show_row_t *row, int family);

/* A line for each of the strongest effects of one kind, counted over all families (0: the interactions). "× noise" is
 * |I(S)| in units of the noise floor of its order, blank where that is unknown, as for all kinds except the
 * interactions. Says where the tables are when this file has none. */
status_t show_strongest(const show_row_t *row, int kind, failure_t *why);

/* Names with a number each, [names->n], in columns. */
void show_grid(const player_names_t *names, const double *numbers);

#endif
