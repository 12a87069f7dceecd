/* Finishing a row: from the outputs of a sample to all that is stored of it. The one function that does so, wherever it
 * runs (a worker that holds the whole row, rank 0's combine thread, analyze, verify): the same bits everywhere.
 *
 *   v  --family by family-->  effects  -->  statistics, curves, bitmaps of the salient sets
 *
 * A row in memory lies in one piece, as it travels from a worker to rank 0:
 *
 *   | values [2^n] | effects [all kinds, 2^n] | dual [2^n] | numbers [fields.doubles] | salient [kinds, 2 signs, words]
 * |
 *
 * dual is there with a solved family. salient holds for each family positive [kinds, words], then negative [kinds,
 * words], words = salience_words(n).
 */
#ifndef HARSANYI_STATS_FINISH_H
#define HARSANYI_STATS_FINISH_H

#include "base/failure.h"
#include "lattice/row.h"
#include "solve/options.h"
#include "stats/fields.h"
#include "stats/salience.h"
#include "stats/settings.h"

/* Rows of more players are too long for that: they are finished streaming, with the root family alone. Tables and
 * numbers of further families are NaN there, and nothing is salient. */
enum { FINISH_PLAYERS_MAX = 20 };

/* Pointers into that piece, which belongs to somebody else. */
typedef struct {
    families_t families;
    int n;
    double *values, *effects, *numbers;
    uint64_t *salient;
} finished_row_t;

/* Doubles that a row of n players takes so. */
size_t finished_doubles(const fields_t *fields, int n);
finished_row_t finished_at(const fields_t *fields, int n, double *memory);
/* One table of effects [2^n]; kind counts over all families. Behind the last one lies the dual. */
const double *finished_effects(const finished_row_t *row, int kind);
/* The bitmaps [kinds, words] of a family. */
const uint64_t *finished_salient(const finished_row_t *row, int family, bool negative);

/* What is asked of the solver; kinds: not none. */
solve_options_t finish_solve_options(const sparse_settings_t *sparse);

/* Working memory that is kept between rows; one per thread. */
typedef struct finish finish_t;

/* fields and settings are copied. */
status_t finish_create(const stats_settings_t *settings, const fields_t *fields, finish_t **out, failure_t *why);
void finish_destroy(finish_t **finish);

/* Seconds spent on transforms, on solving, and on all the rest. */
typedef struct {
    double transform, solving, statistics;
} finish_times_t;
finish_times_t finish_times(const finish_t *finish);

/* The row whose values stand at row->values: fills in the rest. noise_sigma: of v, NaN when unknown. STATUS_CERTAIN
 * when effects are not finite: v overflows. */
status_t finish_row(finish_t *finish, double noise_sigma, finished_row_t *row, failure_t *why);

/* The same of a row that was solved before: effects and dual of the solved family stand there already, and so do the
 * numbers that the solver gave. */
status_t finish_solved_row(finish_t *finish, double noise_sigma, finished_row_t *row, failure_t *why);

/* Where the bitmaps of the root family lie in a row in memory. */
salience_bitmaps_t finished_bitmaps(const finished_row_t *row);

/* The root family's numbers of a row that is read leaf by leaf, however long: values and interactions, and where its
 * bitmaps go. numbers: [fields.doubles]; those of further families are NaN. */
status_t finish_streaming(finish_t *finish, row_source_t values, row_source_t interactions, double noise_sigma,
                          salient_sink_t salient, double *numbers, failure_t *why);

#endif
