/* The samples file (HDF5). Nothing in it is trusted.
 *
 *   /x            [S, shape...]  f32 | f64 | integers  required, or:
 *   /text         [S]            strings               prompts, with
 *   /player_bytes [S, n, 2]      integers              the first byte of each player and the one after it; -1 behind
 *                                                      the last player of a text
 *   /target_text  [S]            strings               optional: what is to follow each text; "": what the model says
 *   /label        [S]            integer, or strings   optional; strings are those of /classes
 *   /classes      [C]            strings               optional: what labels and targets 0, 1, ... mean
 *   /players      [shape...] or [S, shape...] int32    -1: never masked; needed with players: from_file
 *   /baseline     scalar | [shape...] | [S, shape...]  needed with baseline: from_file, or
 *   /baselines    [K, shape...] | [S, K, shape...]     v is the mean over K
 *   /constants/NAME [...] or [S, ...]  numbers or booleans: the model's other inputs, with the names that it gives them
 *   /player_names [n] or [S, n]  strings               optional, as is
 *   /player_class [n] or [S, n]  strings               what sort of player each is
 *
 * Strings have a fixed or variable length and are UTF-8.
 *
 * A text becomes a sample of one axis: x holds its bytes, a NUL, and the bytes of its target; players says whose each
 * byte is. Such samples have a length each.
 *
 * NaN in x and in baselines is a missing value: what becomes of it is the model's business.
 *
 * Object kinds, types, ranks and sizes are checked before anything is read or multiplied; external links, external
 * storage and filters that need a plugin are refused.
 */
#ifndef HARSANYI_SAMPLES_SAMPLES_H
#define HARSANYI_SAMPLES_SAMPLES_H

#include "base/digest.h"
#include "base/failure.h"
#include "base/names.h"
#include "base/problems.h"
#include "model/model.h"

#include <stdbool.h>

typedef enum { BASELINE_FROM_FILE, BASELINE_ZERO, BASELINE_MEAN, BASELINE_NUMBER } baseline_t;
typedef enum { PLAYERS_FROM_FILE, PLAYERS_ELEMENTS, PLAYERS_GRID } players_t;

/* What the user chose (config section `samples`). Strings and arrays are owned by the config. */
typedef struct {
    const char *file; /* resolved path; NULL: no samples file (game and values backends) */
    bool select_all;
    int64_t select_first, select_end; /* "first:end" when select_list is NULL */
    const int64_t *select_list;       /* [select_count] */
    size_t select_count;
    baseline_t baseline;
    double baseline_number;
    players_t players;
    int64_t grid[2];   /* rows, columns of patches over the last two axes, which they must divide */
    int max_players;   /* sweep.max_players */
    int shard, shards; /* shards > 0: only every shards-th of the selection, from place `shard` < shards on */
} samples_options_t;

typedef struct samples samples_t;

/* Opens the file and checks its structure against the options; everything wrong is added to problems, each line
 * beginning with "<file>: /<dataset>: ". STATUS_OK with a non-empty problems list is possible: callers look at both.
 * Rows are not read yet. On failure *out is NULL. */
status_t samples_open(const samples_options_t *options, samples_t **out, problems_t *problems, failure_t *why);

/* Tells the samples what the model takes, before they are scanned or loaded: whether x and baselines are whole numbers,
 * and its other inputs, which are opened. A dataset with the axes that the input has for one sample is shared by all
 * samples, one with one more axis has a row for each; lengths never decide. Everything wrong is added to problems;
 * `zero`: what is missing is 0. `info` is borrowed. */
status_t samples_feed(samples_t *samples, const model_info_t *info, bool zero, problems_t *problems, failure_t *why);
/* "a, b": those that are 0 because the file does not have them; "" for none. Owned by samples. */
const char *samples_zeroed(const samples_t *samples);
/* Likewise those in /constants that the model does not use: no input of it, or no parameter of a function. */
const char *samples_unused(const samples_t *samples);

/* Samples without input: those of a game, and the rows of a table (samples/table.h). Arrays are [count], all but
 * players borrowed: they must outlive the samples, as must name and names. */
typedef struct {
    const char *name; /* of the table's file, for messages; NULL: "samples" */
    int64_t count;
    int rows; /* of each sample, side by side in the table; 0: one */
    const int *players;
    const index_t *index;            /* NULL: 0 ... count - 1 */
    const int64_t *label;            /* -1: no label; NULL: no labels at all */
    const int64_t *target;           /* [count, rows] the output that v belongs to; NULL: unknown */
    const double *noise_sigma;       /* [count, rows] of v; NULL, NaN: unknown */
    struct names *names[NAME_LISTS]; /* samples/samples_names.h; NULL: none */
} samples_known_t;

/* Such samples; select of the options applies to their rows 0 ... count - 1 as to those of a file. */
status_t samples_synthetic(const samples_options_t *options, const samples_known_t *known, samples_t **out,
                           problems_t *problems, failure_t *why);

void samples_close(samples_t **samples);

/* One pass over the selection, all shards of it: x and baselines without infinities, players that cover 0 ... n-1, n <=
 * max_players, integers within +-2^53. Everything wrong is added to problems. With digest not NULL, adds what defines
 * the samples: index, x, label, players and baselines of the selection, in order. Afterwards samples_players_of is
 * valid.
 */
status_t samples_scan(samples_t *samples, digest_t *digest, problems_t *problems, failure_t *why);

/* The labels of the selection, all shards of it: in 0 ... outputs-1 (outputs <= 1: 0 or 1 only when labels are needed;
 * -1: unknown, labels >= 0; label -1 where labels are not needed: unknown). need: target: label was asked for.
 * Everything wrong is added to problems. */
void samples_check_labels(const samples_t *samples, bool need, int64_t outputs, problems_t *problems);

/* Checksums of what the digest is made of, one per place: [samples_selected], owned by samples; samples_load
 * compares from then on. The scan fills them in; a process that does not scan copies those of one that did.
 */
uint32_t *samples_expect(samples_t *samples);
/* The checksum of the model's input for a loaded sample, independent of its place in a file; 0: the samples have no
 * file. */
uint64_t samples_crc(const sample_t *sample);

/* Of the shard when only one was asked for: there, `k-th selected sample` means k-th of the shard. */
int64_t samples_count(const samples_t *samples);           /* selected */
int samples_players_of(const samples_t *samples, nth_t k); /* n of the k-th selected sample; after the scan */
index_t samples_index(const samples_t *samples, nth_t k);  /* its row in the samples file */
bool samples_have_labels(const samples_t *samples);
bool samples_are_texts(const samples_t *samples); /* /text, not /x */

/* The whole selection, all shards of it: places 0 ... samples_selected - 1. Scan, digest and n cover
 * it. */
int64_t samples_selected(const samples_t *samples);
int samples_selected_players(const samples_t *samples, place_t place); /* after the scan */
index_t samples_selected_index(const samples_t *samples, place_t place);
int64_t samples_selected_label(const samples_t *samples, place_t place);

/* Axes of one sample, without the sample axis; rank 0 ... 8; 0 and shape untouched for synthetic ones; -1 when /x is
 * wrong. */
int samples_shape(const samples_t *samples, int64_t shape[8]);

/* Of /x in the file; i32 for texts; f64 for synthetic ones. */
element_t samples_x_type(const samples_t *samples);

/* Missing values: NaN. After the scan. */
typedef struct {
    int64_t samples; /* of the whole selection, in how many x holds some */
    bool baseline;   /* a baseline holds some */
    bool mean;       /* baseline: mean left some out */
} samples_missing_t;
samples_missing_t samples_missing(const samples_t *samples);

/* Whether a part of the input is one player in one sample and another in the next; after the scan. */
bool samples_players_differ(const samples_t *samples);

/* A list of names; after the scan. */
name_shape_t samples_names(const samples_t *samples, name_list_t list);
/* Its name i (of a player, of a class) for the sample at a place of the selection, owned by samples; it lasts until a
 * name of the list is asked for another sample. NULL: no such name. */
const char *samples_selected_name(const samples_t *samples, name_list_t list, place_t place, int64_t i);

/* Loads the k-th selected sample. Its arrays are owned by `samples` and last until the next load from it; target is -1.
 * STATUS_INPUT when it differs from what the scan saw: the file has changed. */
status_t samples_load(samples_t *samples, nth_t k, sample_t *sample, failure_t *why);
/* The same for any place of the whole selection. */
status_t samples_load_selected(samples_t *samples, place_t place, sample_t *sample, failure_t *why);

#endif
