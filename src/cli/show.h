/* What show, status and verify have in common: a results file, and the rows of it. Everything is printed on stdout. */
#ifndef HARSANYI_CLI_SHOW_H
#define HARSANYI_CLI_SHOW_H

#include "base/failure.h"
#include "cli/display.h"
#include "lattice/mask.h"
#include "results/results.h"
#include "stats/moments.h"

/* ---- the players of one sample by name ---- */

/* Names are as in the file, made printable; players without one get their numbers 0 ... n-1. */
typedef struct {
    int n;
    char *names[PLAYERS_MAX]; /* owned, [n] */
    size_t width;             /* columns of the widest */
} show_names_t;

/* numbers: all players get their numbers. Free with show_names_free. */
void show_names_of(const results_t *results, row_t sample, bool numbers, show_names_t *out);
void show_names_free(show_names_t *names);

/* "eye, nose": names separated by commas (which names may hold themselves: the longest name that fits counts). The
 * empty text is the empty set. STATUS_INPUT names what is unknown, ambiguous or repeated, and lists the players. */
status_t show_names_parse(const show_names_t *names, const char *text, mask_t *mask, failure_t *why);

/* "{eye, nose}", in the order of the players; free with free(). */
char *show_names_set(const show_names_t *names, mask_t mask);

/* ---- a file and its rows ---- */

/* Looks at a file from outside (hdf5/look.h) and opens it for reading. */
status_t show_open(const char *path, results_t **out, failure_t *why);

/* A line "warning: ..." for each warning that the file keeps (/provenance/warnings). */
status_t show_warnings(const results_t *results, failure_t *why);

/* What is shown; all borrowed. */
typedef struct {
    const char *path;
    const results_t *results;
    size_t top; /* how long lists of the strongest are */
    /* Of which rows, where samples have several; -1: of all. */
    int output;
    int64_t target;
} show_t;

/* Whether a row is among those. */
bool show_wants(const show_t *show, row_t row, int64_t target);

/* The row of the results file that holds sample `index` of the samples file: of several that are wanted the one whose
 * target is the label, or the first. STATUS_INPUT says which ones are there. */
status_t show_find(const show_t *show, index_t index, row_t *row, failure_t *why);

/* STATUS_INPUT for a file of statistics only, which names the file that has the tables. */
status_t show_need_tables(const show_t *show, failure_t *why);

/* STATUS_INPUT for a file without the family, which says how to make one. */
status_t show_need_family(const show_t *show, int family, failure_t *why);

/* Whether a statistic makes sense for one kind of a family. */
bool show_has(const fields_t *fields, int family, field_id_t id);

/* What the mean outputs among these are of: "; u = v - v(empty)"; "" where there are none. */
const char *show_u(const fields_t *fields, int family);

/* " of kind and" where a family has several kinds, else "". */
display_t show_kind(const fields_t *fields, int family, int kind);

/* "sample 3: pending", "sample 4: failed: mask 0x1a: output is NaN". */
void show_undone(const show_t *show, row_t row, const results_sample_t *info);

/* A sample, and what is known of a done one. */
typedef struct {
    const show_t *show; /* borrowed */
    row_t row;
    results_sample_t info;
    /* Only of a done one: */
    show_names_t names;
    const fields_t *fields; /* borrowed: of the file */
    double *statistics;     /* owned */
} show_row_t;

/* STATUS_INPUT when the statistics do not match their checksum. Free with show_row_free in any case. */
status_t show_row_open(const show_t *show, row_t row, show_row_t *out, failure_t *why);
void show_row_free(show_row_t *row);

/* A statistic of a done sample: of the root family, or of one kind of any family. */
const double *show_field(const show_row_t *row, field_id_t id);
const double *show_field_of(const show_row_t *row, int family, int kind, field_id_t id);

/* What makes an interaction salient: "|I(S)| >= 0.05"; or that none is. */
typedef struct {
    char text[64];
} show_salient_t;
show_salient_t show_salient(const show_row_t *row, int family, int kind);

/* The largest |I(S)|, S not empty, that the statistics know, of all kinds of a family. */
double show_largest(const show_row_t *row, int family);

/* A line for each of the strongest effects of one kind, counted over all families (0: the interactions). "× noise" is
 * |I(S)| in units of the noise floor of its order, blank where that is unknown, as for all kinds except the
 * interactions. Says where the tables are when this file has none. */
status_t show_strongest(const show_row_t *row, int kind, failure_t *why);

/* Names with a number each, [names->n], in columns. */
void show_grid(const show_names_t *names, const double *numbers);

/* ---- what the done samples have in common ---- */

enum { DONE_CODES = 256 };

typedef struct {
    int64_t done, failed, pending;
    int64_t first_done;                    /* row; -1: none */
    average_t of[FIELD_COUNT][ORDERS_MAX]; /* of the fields that are printed: by order; of single numbers in [0] */
    int64_t limits[ORDERS_MAX];            /* samples whose order limit this is */
    int64_t monotone;                      /* samples */
    average_t salient_of_monotone;         /* salient interactions of these */
    int64_t excluded[DONE_CODES];          /* samples by conditions/excluded_why */
    /* Theorem 3's bound against the real count, of the samples that have one; and of those that the paper's authors
     * would keep. within: samples whose real count is not above the bound; delta_above: whose delta is above its bound.
     */
    struct {
        average_t bound, real;
    } theorem, theorem_of_authors;
    int64_t within, delta_above;
} done_samples_t;

/* Of one kind of a family, of the rows that are wanted; what makes no sense there has no numbers. */
status_t done_samples_take(const show_t *show, int family, int kind, done_samples_t *out, failure_t *why);

/* ---- what show prints (show_*.c) ---- */

/* What the file is, how far it is, and which samples failed. */
status_t show_head(const show_t *show, failure_t *why);

/* When samples are done: means by order, conditions, the family's summary in short, the strongest
 * interactions of the first one. samples: [kinds of the family]. */
status_t show_overview(const show_t *show, int family, const done_samples_t *samples, failure_t *why);

/* The three conditions and Theorems 2 and 3 of arXiv 2305.01939 in a few lines; done samples are there. */
void show_conditions_shortly(const show_t *show, int family, const done_samples_t *samples);

/* Those lines, the paper's table, why samples are left out, and order by order; of a family of one kind. */
void show_conditions(const show_t *show, int family, const done_samples_t *samples);

/* The same of one done sample. */
void show_conditions_of(const show_row_t *row, int family);

/* A done sample: outputs, strongest interactions, Shapley values, orders. Of a further family: the strongest effects
 * and orders of each of its kinds. */
status_t show_sample(const show_row_t *row, int family, failure_t *why);

/* Chosen players of a done sample: v and I of exactly that set, or an index. players: names, or NULL for an index of
 * all players or pairs. index: its name, or NULL for v(S) and I(S). At least one of them is given. STATUS_INPUT for
 * names that are not there and sets that an index is not defined for. */
status_t show_players(const show_row_t *row, const char *players, const char *index, failure_t *why);

#endif
