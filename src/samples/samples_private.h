/* Shared by the samples_*.c files only. */
#ifndef HARSANYI_SAMPLES_SAMPLES_PRIVATE_H
#define HARSANYI_SAMPLES_SAMPLES_PRIVATE_H

#include "base/text.h"
#include "hdf5/h5.h"
#include "samples/samples.h"
#include "samples/samples_names.h"

enum {
    SHAPE_RANK = 8,
    BASELINES_MAX = 4096,
    AHEAD = 1 << 13, /* elements of x to read at once when samples are read in order */
    FAULT_TEXT = 512 /* one line about a faulty sample, without the file name */
};

/* Numbers in the file: one box of the sample's shape for all samples, or one per sample. */
typedef struct {
    h5_dataset_t in; /* not open: not in the file, or not wanted */
    bool per_sample, integers;
} numbers_t;

/* One of the model's inputs besides x. */
typedef struct {
    const model_constant_t *want; /* borrowed */
    char *path;                   /* owned: "constants/NAME" */
    numbers_t numbers;            /* not open: 0 */
    int64_t shape[SHAPE_RANK + 1];
} samples_constant_t;

struct samples {
    samples_options_t options; /* select_list is `selection`, file is `name` */
    int64_t *selection;        /* owned */
    char *name;                /* of the file, owned; "samples" for synthetic ones */
    bool synthetic;
    samples_known_t known; /* of synthetic ones, without players */
    bool unusable;         /* the structure is wrong, nothing can be read */
    h5_file_t file;
    int64_t rows, count; /* samples in the file, selected (all shards together) */
    int rank;
    int64_t shape[SHAPE_RANK];
    size_t elements;
    int baselines; /* K */
    numbers_t x, label, players, baseline;
    names_t *names[NAME_LISTS];  /* NULL: none; of synthetic ones borrowed */
    names_t *label_words;        /* NULL: labels are numbers */
    names_t *text, *target_text; /* NULL: the samples are numbers; no targets given */

    element_t type;                 /* what the model takes x as; ELEMENT_NONE: not told */
    size_t constants;               /* of the model */
    samples_constant_t *constant;   /* owned, [constants] */
    constant_t *constant_now;       /* owned, [constants], of the sample loaded last; the numbers are owned, too */
    model_constant_t *found;        /* owned, [constants], with their names: of a model that wants all; else NULL */
    bool names_wanted;              /* likewise */
    char (*names_now)[SAMPLE_NAME]; /* owned, [names_count], of the sample loaded last */
    bool constants_are_set;         /* those that are the same for all samples are loaded */
    text_t zeroed, unused;

    int64_t *label_of; /* [count], NULL: no labels */
    int *players_of;   /* [count]: of the scan; synthetic ones have it from the start */
    int n_max;         /* of the scan, as the next */
    bool players_differ;
    samples_missing_t missing;
    uint32_t first_map; /* checksum of the first sample's players */
    uint32_t *sums;     /* [count]: of the scan, or given ... */
    bool sums_are_set;  /* ... once this is true */

    double *x_now;    /* [elements] of the sample loaded last */
    int64_t row_next; /* the row after it */
    double *x_ahead;  /* [AHEAD]: x of rows ahead_first ... + ahead_count - 1 */
    int64_t ahead_first, ahead_count;
    int32_t *players_now;                  /* [elements] */
    double *baseline_now;                  /* [K, elements] */
    bool players_are_set, baseline_is_set; /* those that are the same for all samples are loaded once */
    int n_shared;                          /* n of shared players */
};

/* Adds a failure about the file's content (STATUS_INPUT) to problems, so that all of them are reported at once; the
 * samples cannot be used then. Returns any other status as it is. */
status_t samples_collect(samples_t *samples, status_t status, const failure_t *why, problems_t *problems);

/* The place in the selection of the k-th sample of the shard. */
place_t samples_place(const samples_t *samples, row_t k);

/* The row of the file, or of the synthetic samples, at a place of the selection. */
index_t samples_row(const samples_t *samples, place_t place);

/* Opens a dataset if it exists. whole: only integers are allowed. */
status_t samples_open_numbers(const samples_t *samples, const char *path, bool whole, numbers_t *numbers,
                              failure_t *why);

/* Loads what all samples share (players, baselines, the mean, constants), once; STATUS_INPUT when it is wrong. */
status_t samples_prepare(samples_t *samples, failure_t *why);

/* Reads `rows` rows of the file, or the box for all samples, as the type in memory. */
status_t samples_read_box(const numbers_t *numbers, row_t row, int64_t rows, hid_t memory, void *out, failure_t *why);

/* Reads the numbers of `rows` rows of the file, or those for all samples, as doubles [count]. */
status_t samples_read_numbers(const numbers_t *numbers, row_t row, int64_t rows, size_t count, double *out,
                              failure_t *why);

/* "sample 3, ", or "" for data that all samples share. */
typedef struct {
    char text[48];
} where_t;
where_t samples_where(bool per_sample, row_t row);

/* Whether the model's type holds all numbers, NaN for a missing one among them, as far as can be told before the model
 * runs (whole numbers); otherwise `fault` names the first that it does not. */
bool samples_check_type(element_t type, const numbers_t *numbers, row_t row, const double *values, size_t count,
                        char fault[FAULT_TEXT]);

/* Reads the constants of a row, or those that all samples share. *faulty as below. */
status_t samples_read_constants(samples_t *samples, bool per_sample, row_t row, bool *faulty, char fault[FAULT_TEXT],
                                failure_t *why);
void samples_close_constants(samples_t *samples);

/* The checksum of a sample's numbers: index, label, n, x, players, baselines and constants. */
uint32_t samples_sum(const sample_t *sample);

/* samples_text.c: opens /text in place of /x, and reads a row of it into the buffers. As samples_read, below. */
status_t samples_open_text(samples_t *samples, failure_t *why);
status_t samples_read_text(samples_t *samples, row_t row, sample_t *sample, bool *faulty, char fault[FAULT_TEXT],
                           failure_t *why);

/* Reads the sample at a place of the selection into the buffers and checks it. *faulty: its data are wrong, and `fault`
 * says how ("/x: sample 3, ..."). Call samples_prepare first. */
status_t samples_read(samples_t *samples, place_t place, sample_t *sample, bool *faulty, char fault[FAULT_TEXT],
                      failure_t *why);

#endif
