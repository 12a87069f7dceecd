/* Which datasets a results file has: the one table of names, shapes, types, units, descriptions and first contents.
 *
 * Creating, opening, reading and writing all follow it, so a dataset is added here (or, for per-sample statistics, in
 * stats/fields.c) and nowhere else.
 *
 * Ids: the enum below, then LAYOUT_FIELDS + the number of the field (stats/fields.h), then some for each family, then
 * the scales of further families, then the numbers of each family's summary (stats/summary.h).
 */
#ifndef HARSANYI_RESULTS_RESULTS_LAYOUT_H
#define HARSANYI_RESULTS_RESULTS_LAYOUT_H

#include "base/names.h"
#include "base/numbering.h"
#include "stats/fields.h"
#include "stats/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    DATASET_CONFIG,
    DATASET_WHOLE_INDEX,
    DATASET_WHOLE_LABEL,
    DATASET_WHOLE_PLAYERS,
    DATASET_WHOLE_NAMES, /* and on, as name_list_t */
    DATASET_WHOLE_PLAYER_CLASS,
    DATASET_RUNS,
    DATASET_STARTS,
    DATASET_WARNINGS,
    DATASET_INDEX,
    DATASET_OUTPUT,
    DATASET_LABEL,
    DATASET_TARGET,
    DATASET_N_PLAYERS,
    DATASET_ATTEMPTS,
    DATASET_SECONDS,
    DATASET_V_EMPTY,
    DATASET_V_FULL,
    DATASET_NOISE_SIGMA,
    DATASET_NOISE_WHY,
    DATASET_INPUT_CRC,
    DATASET_STATUS,
    DATASET_ERROR_KIND,
    DATASET_ERROR,
    DATASET_ROW_CRC,
    DATASET_NAMES, /* and on, as name_list_t */
    DATASET_PLAYER_CLASS,
    DATASET_CLASS_NAMES,
    DATASET_OUTPUT_NAMES,
    DATASET_BLOCK_BITS,
    DATASET_PHASE,
    DATASET_VALUES_DONE,
    DATASET_VALUES_CRC,
    DATASET_HEARTBEAT,
    DATASET_SUMMARY_VALID,
    DATASET_STRENGTH_RANK,
    DATASET_MASK,
    DATASET_KIND, /* in further families */
    DATASET_TRANSFER_K,
    DATASET_CLASSES,
    DATASET_BIN,
    DATASET_FAITHFUL_K,
    DATASET_CURVE_RANK,
    DATASET_CURVE_K,
    DATASET_VALUES,
    DATASET_FIXED
} dataset_id_t;

/* What each family has besides its fields. */
typedef enum {
    FAMILY_EFFECTS,
    FAMILY_EFFECTS_CRC,
    FAMILY_DUAL,
    FAMILY_DUAL_CRC,
    FAMILY_POSITIVE,
    FAMILY_NEGATIVE,
    FAMILY_KINDS,
    FAMILY_DATASETS
} family_dataset_t;

enum {
    LAYOUT_FIELDS = DATASET_FIXED,
    LAYOUT_FAMILIES = LAYOUT_FIELDS + FIELDS_MAX,
    SCALES_FIRST = DATASET_SUMMARY_VALID, /* what a further family has like the root's, under its prefix */
    SCALES = DATASET_CURVE_K + 1 - SCALES_FIRST,
    LAYOUT_SCALES = LAYOUT_FAMILIES + FAMILIES_MAX * FAMILY_DATASETS,
    LAYOUT_SUMMARY = LAYOUT_SCALES + (FAMILIES_MAX - 1) * SCALES,
    LAYOUT_ONE = LAYOUT_SUMMARY + FAMILIES_MAX * SUMMARY_COUNT, /* of a file with one output */
    LAYOUT_OUTPUT = FAMILIES_MAX * (SCALES + SUMMARY_COUNT),    /* and for each further one */
    LAYOUT_RANK = 5,
    FAMILY_KIND_BYTES = 16
};

typedef enum { TYPE_F64, TYPE_I64, TYPE_I32, TYPE_U64, TYPE_U32, TYPE_U8, TYPE_TEXT, TYPE_RUN, TYPE_HEARTBEAT } type_t;

/* What a dataset holds in a new file. */
typedef enum {
    FIRST_NAN,
    FIRST_ZERO,
    FIRST_ONES,   /* every bit 1: -1, 255, no mask */
    FIRST_GIVEN,  /* written by results_create.c from the spec */
    FIRST_NOTHING /* the tables: undefined until flagged */
} first_t;

typedef enum { NAMES_NONE, NAMES_SHARED, NAMES_PER_SAMPLE } names_t;

/* The numbers that determine a file's structure. */
typedef struct {
    int64_t samples;      /* rows: samples x outputs x targets */
    int outputs, targets; /* of each sample, >= 1 */
    int64_t classes;
    int64_t whole; /* samples of all shards together; 0: the file is not a shard */
    int players, block_bits;
    unsigned indices;
    families_t families; /* without tables the root family alone */
    uint64_t dictionary; /* F */
    names_t names[NAME_LISTS];
    int64_t class_names;                         /* how many */
    size_t output_bytes;                         /* width of the names of several outputs */
    size_t config_bytes, name_bytes[NAME_LISTS]; /* widths of the strings, >= 1 */
    bool tables;
} layout_dims_t;

typedef struct {
    bool present;
    char path[96];
    char axes[64]; /* names of the axes: "row, player" */
    type_t type;
    size_t width; /* bytes of an element */
    first_t first;
    const char *units;
    char description[512];
    int rank;
    uint64_t dims[LAYOUT_RANK];
    uint64_t elements, bytes;
} dataset_t;

/* Zero-initialise; free with layout_free. */
typedef struct {
    layout_dims_t dims;
    int count;
    dataset_t *datasets; /* [count], owned */
} layout_t;

/* Rows of a sample in a file of a sweep; those of other files (analyze) are a choice of such rows. */
static inline int layout_rows(const layout_dims_t *dims) {
    return dims->tables ? dims->outputs * dims->targets : 1;
}

static inline int layout_family(int family, family_dataset_t what) {
    return LAYOUT_FAMILIES + family * FAMILY_DATASETS + (int)what;
}

/* A number of the summary of an output and a family. */
static inline int layout_summary(int output, int family, int id) {
    const int at = family * SUMMARY_COUNT + id;
    return output == 0 ? LAYOUT_SUMMARY + at : LAYOUT_ONE + (output - 1) * LAYOUT_OUTPUT + FAMILIES_MAX * SCALES + at;
}

/* One of SCALES_FIRST ... of an output and a family. */
static inline int layout_scale(int output, int family, dataset_id_t id) {
    const int at = (int)id - SCALES_FIRST;
    if (output > 0)
        return LAYOUT_ONE + (output - 1) * LAYOUT_OUTPUT + family * SCALES + at;
    return family == 0 ? (int)id : LAYOUT_SCALES + (family - 1) * SCALES + at;
}

/* All datasets of a file with these dims; false when a size overflows 63 bits or dims make no sense. */
bool layout_make(const layout_dims_t *dims, layout_t *layout);
void layout_free(layout_t *layout);

/* Elements and bytes of a dataset of which rank, dims and width are set; false when they overflow 63 bits. */
bool layout_measure(dataset_t *dataset);

/* Bytes of an element; of a text those of the longest. */
size_t layout_width(type_t type);

#endif
