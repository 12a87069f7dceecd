#include "base/memory.h"
#include "lattice/mask.h"
#include "results/results_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUMMARY "summary/"

/* When a dataset is there. */
typedef enum { ALWAYS, WITH_TABLES, WITH_NAMES, WITH_SUMMARY, OF_FURTHER, IN_SHARDS, OF_OUTPUTS } when_t;

typedef struct {
    const char *path, *axes;
    type_t type;
    first_t first;
    when_t when;
    const char *units, *description;
} dataset_row_t;

static const dataset_row_t TABLE[DATASET_FIXED] = {
    [DATASET_CONFIG] = {"config", "", TYPE_TEXT, FIRST_GIVEN, ALWAYS, "text",
                        "the effective configuration, canonical YAML"},
    [DATASET_WHOLE_INDEX] = {"shard/index", "W", TYPE_I64, FIRST_GIVEN, IN_SHARDS, "row",
                             "samples/index of the samples of all shards"},
    [DATASET_WHOLE_LABEL] = {"shard/label", "W", TYPE_I64, FIRST_GIVEN, IN_SHARDS, "class",
                             "samples/label of the samples of all shards"},
    [DATASET_WHOLE_PLAYERS] = {"shard/n_players", "W", TYPE_I32, FIRST_GIVEN, IN_SHARDS, "players",
                               "samples/n_players of the samples of all shards"},
    [DATASET_WHOLE_NAMES] = {"shard/player_names", "Wn", TYPE_TEXT, FIRST_GIVEN, IN_SHARDS, "text",
                             "samples/player_names of the samples of all shards, where they have their own"},
    [DATASET_WHOLE_PLAYER_CLASS] = {"shard/player_class", "Wn", TYPE_TEXT, FIRST_GIVEN, IN_SHARDS, "text",
                                    "samples/player_class of the samples of all shards, where they have their own"},
    [DATASET_RUNS] = {"provenance/runs", "U", TYPE_RUN, FIRST_ZERO, ALWAYS, "record",
                      "starts of the sweep: the first in slot 0, start number i >= 1 in slot 1 + (i-1) mod 63"},
    [DATASET_STARTS] = {"provenance/starts", "", TYPE_U64, FIRST_ZERO, ALWAYS, "starts",
                        "how often the sweep was started, those no longer in runs included"},
    [DATASET_WARNINGS] = {"provenance/warnings", "U", TYPE_TEXT, FIRST_ZERO, ALWAYS, "text",
                          "what this sweep was warned of; the last slot says how many more there were"},
    [DATASET_INDEX] = {"samples/index", "S", TYPE_I64, FIRST_GIVEN, ALWAYS, "row", "row in the samples file"},
    [DATASET_OUTPUT] = {"samples/output", "S", TYPE_I32, FIRST_GIVEN, ALWAYS, "output",
                        "which of the model's outputs the row is about: place in outputs/name; 0 where there is one"},
    [DATASET_LABEL] = {"samples/label", "S", TYPE_I64, FIRST_GIVEN, ALWAYS, "class", "label; -1: none"},
    [DATASET_TARGET] = {"samples/target", "S", TYPE_I64, FIRST_ONES, ALWAYS, "class",
                        "the model's output that is explained; -1: not known yet"},
    [DATASET_N_PLAYERS] = {"samples/n_players", "S", TYPE_I32, FIRST_GIVEN, ALWAYS, "players",
                           "number of players: the first 2^n_players entries of a row are its masks"},
    [DATASET_ATTEMPTS] = {"samples/attempts", "S", TYPE_I32, FIRST_ZERO, ALWAYS, "attempts",
                          "how often its evaluation was begun after a failure that might pass, the first included"},
    [DATASET_SECONDS] = {"samples/seconds", "S", TYPE_F64, FIRST_NAN, ALWAYS, "s",
                         "time spent on it, summed over processes"},
    [DATASET_V_EMPTY] = {"samples/v_empty", "S", TYPE_F64, FIRST_NAN, ALWAYS, "output", "v of the empty set"},
    [DATASET_V_FULL] = {"samples/v_full", "S", TYPE_F64, FIRST_NAN, ALWAYS, "output", "v of all players"},
    [DATASET_NOISE_SIGMA] =
        {"samples/noise_sigma", "S", TYPE_F64, FIRST_NAN, ALWAYS, "output",
         "standard deviation of the noise of v: given, or what rounding of outputs and inputs makes "
         "(an estimate from below); NaN: unknown"},
    [DATASET_NOISE_WHY] =
        {"samples/noise_why", "S", TYPE_U8, FIRST_ZERO, ALWAYS, "code",
         "where noise_sigma is from: 0 estimated, 1 given, 2 none asked for, 3 v jumps or does not move (rounding of "
         "the "
         "outputs only), 4 v is no function of S alone (NaN), 5 no inputs to move (NaN), 6 a moved input has "
         "no finite v (rounding of the outputs only)"},
    [DATASET_INPUT_CRC] =
        {"samples/input_crc", "S", TYPE_U64, FIRST_ZERO, ALWAYS, "crc32c",
         "CRC32C of the sample's inputs, players, baselines, constants and label, the same in every file with "
         "this sample; 0: unknown"},
    [DATASET_STATUS] = {"samples/status", "S", TYPE_U8, FIRST_ZERO, ALWAYS, "code",
                        "0 pending (its rows are undefined), 1 done, 2 failed (its rows are NaN)"},
    [DATASET_ERROR_KIND] = {"samples/error_kind", "S", TYPE_U8, FIRST_ZERO, ALWAYS, "code",
                            "0 none, 1 certain to come again, 2 transient: tried again on the next start"},
    [DATASET_ERROR] = {"samples/error", "S", TYPE_TEXT, FIRST_ZERO, ALWAYS, "text", "why it failed"},
    [DATASET_ROW_CRC] =
        {"samples/row_crc", "S", TYPE_U32, FIRST_ZERO, ALWAYS, "crc32c",
         "CRC32C of the row's indices, orders, conditions, curves and salient bitmaps, as stored, in the "
         "order of docs/file-format.md"},
    [DATASET_NAMES] = {"samples/player_names", "Sn", TYPE_TEXT, FIRST_GIVEN, WITH_NAMES, "text",
                       "names of the players; empty: no such player"},
    [DATASET_PLAYER_CLASS] = {"samples/player_class", "Sn", TYPE_TEXT, FIRST_GIVEN, WITH_NAMES, "text",
                              "what sort of player each is; empty: no such player"},
    [DATASET_CLASS_NAMES] = {"samples/class_names", "c", TYPE_TEXT, FIRST_GIVEN, WITH_NAMES, "text",
                             "what the labels and targets 0, 1, ... are called"},
    [DATASET_OUTPUT_NAMES] = {"outputs/name", "O", TYPE_TEXT, FIRST_GIVEN, OF_OUTPUTS, "text",
                              "names of the model's outputs that are explained"},
    [DATASET_BLOCK_BITS] = {"progress/block_bits", "", TYPE_I32, FIRST_GIVEN, WITH_TABLES, "bits",
                            "g: a block is 2^g masks, the grain of durability"},
    [DATASET_PHASE] = {"progress/phase", "S", TYPE_U8, FIRST_ZERO, WITH_TABLES, "code",
                       "0 evaluating, 1 combining, 2 interactions whole"},
    [DATASET_VALUES_DONE] = {"progress/values_done", "SB", TYPE_U8, FIRST_ZERO, WITH_TABLES, "flag",
                             "1: this block of /values is whole"},
    [DATASET_VALUES_CRC] = {"progress/values_crc", "SB", TYPE_U32, FIRST_ZERO, WITH_TABLES, "crc32c",
                            "CRC32C of all 2^g stored entries of the block of /values, once it is done"},
    [DATASET_HEARTBEAT] = {"progress/heartbeat", "", TYPE_HEARTBEAT, FIRST_GIVEN, WITH_TABLES, "record",
                           "written every 5 s: time and this start (s since 1970), masks done at the start and now, "
                           "id of this start, ranks, how many are silent for 60 s, the first of them (-1: none)"},
    [DATASET_SUMMARY_VALID] = {"summary/valid", "", TYPE_U8, FIRST_ZERO, WITH_SUMMARY, "flag",
                               "1: /summary is that of all done samples; 0: it holds nothing yet"},
    [DATASET_STRENGTH_RANK] = {"summary/strength_rank", "R", TYPE_I64, FIRST_GIVEN, WITH_SUMMARY, "rank",
                               "ranks of strength_curve: 1 ... 1024, then 64 per octave, the last is 2^n - 1"},
    [DATASET_MASK] = {"summary/interactions/mask", "F", TYPE_U64, FIRST_ONES, WITH_SUMMARY, "mask",
                      "the masks most frequently salient, most frequent first; all bits 1: none"},
    [DATASET_KIND] = {"summary/interactions/kind", "F", TYPE_U8, FIRST_ONES, OF_FURTHER, "kind",
                      "which of the kinds the mask is of, from 0; 255: none"},
    [DATASET_TRANSFER_K] = {"summary/transferability/k", "K", TYPE_I64, FIRST_GIVEN, WITH_SUMMARY, "masks",
                            "dictionary sizes"},
    [DATASET_CLASSES] = {"summary/transferability/classes", "C", TYPE_I64, FIRST_GIVEN, ALWAYS, "class",
                         "classes of rho_class: labels, or targets where there are no labels"},
    [DATASET_BIN] = {"summary/discrimination/bin", "D", TYPE_F64, FIRST_GIVEN, WITH_SUMMARY, "1",
                     "lower edge of each bin of frequency, 0.2 wide"},
    [DATASET_FAITHFUL_K] = {"summary/faithfulness/k", "L", TYPE_I64, FIRST_GIVEN, WITH_SUMMARY, "masks",
                            "how many of the strongest interactions are kept"},
    [DATASET_CURVE_RANK] = {"curves/rank", "R", TYPE_I64, FIRST_GIVEN, ALWAYS, "rank",
                            "ranks of curves/strength: 1 ... 1024, then 64 per octave, the last is 2^n - 1"},
    [DATASET_CURVE_K] = {"curves/k", "L", TYPE_I64, FIRST_GIVEN, ALWAYS, "masks",
                         "how many of the strongest interactions are kept"},
    [DATASET_VALUES] = {"values", "ST", TYPE_F64, FIRST_NOTHING, WITH_TABLES, "output",
                        "v(S): bit i of the mask index is 1 when player i is present"},
};

/* The numbers of /summary but those of /summary/orders. */
static const struct {
    const char *path, *axes, *units, *description;
} SUMMARY_TABLE[SUMMARY_ORDERS] = {
    [SUMMARY_MONOTONE_SHARE] = {"monotone_share", "", "1", "share of monotone samples"},
    [SUMMARY_P_MEAN] = {"p_mean", "", "1", "mean of conditions/p_paper"},
    [SUMMARY_P_STD] = {"p_std", "", "1", "standard deviation (population) of conditions/p_paper"},
    [SUMMARY_BOUND_MEAN] = {"bound_mean", "", "sets", "mean of conditions/bound_total"},
    [SUMMARY_REAL_MEAN] = {"real_mean", "", "sets", "mean of conditions/real_total over the samples that have a bound"},
    [SUMMARY_EXCLUDED] = {"excluded", "X", "samples", "number of samples by conditions/excluded_why"},
    [SUMMARY_STRENGTH_CURVE] = {"strength_curve", "R", "1",
                                "|I(S)| / max |I|, sorted descending, mean over the samples that have the rank"},
    [SUMMARY_STRENGTH_COUNT] = {"strength_count", "R", "samples", "number of samples that have the rank"},
    [SUMMARY_FREQUENCY] = {"interactions/frequency", "F", "1", "share of samples in which it is salient"},
    [SUMMARY_EFFECT_MEAN] = {"interactions/effect_mean", "F", "output",
                             "mean of I(S) over the samples in which it is salient"},
    [SUMMARY_EFFECT_STD] = {"interactions/effect_std", "F", "output",
                            "standard deviation (population) of I(S) over the samples in which it is salient"},
    [SUMMARY_POSITIVE] = {"interactions/positive", "F", "samples", "in how many samples it is salient with I(S) > 0"},
    [SUMMARY_NEGATIVE] = {"interactions/negative", "F", "samples", "in how many samples it is salient with I(S) < 0"},
    [SUMMARY_HISTOGRAM] = {"interactions/histogram", "FH", "samples",
                           "histogram of I(S) over the samples in which it is salient"},
    [SUMMARY_EDGES] = {"interactions/edges", "FE", "output", "edges of the histogram's bins"},
    [SUMMARY_RHO] = {"transferability/rho", "K", "1",
                     "mean over samples of the share of salient masks that the k most frequent ones hold"},
    [SUMMARY_RHO_CLASS] = {"transferability/rho_class", "CK", "1",
                           "rho with dictionary and mean from one class's samples alone"},
    [SUMMARY_RHO_HELDOUT] = {"transferability/rho_heldout", "K", "1",
                             "rho scored on the half of the samples that the dictionary is not from, mean of both"},
    [SUMMARY_RHO_RANDOM] = {"transferability/rho_random", "K", "1", "rho of a random dictionary: k/(2^n - 1)"},
    [SUMMARY_BIN_COUNT] = {"discrimination/count", "D", "masks",
                           "number of (class, mask) pairs whose frequency is in the bin"},
    [SUMMARY_BIN_MEAN] = {"discrimination/mean", "D", "1", "their mean discrimination max(m+, m-)/(m+ + m-)"},
    [SUMMARY_WEIGHTED] = {"discrimination/weighted", "", "1",
                          "mean discrimination weighted by frequency, over all bins"},
    [SUMMARY_RMSE] = {"faithfulness/rmse", "L", "output",
                      "root mean square error of v rebuilt from them, mean over samples"},
    [SUMMARY_MAX_ERROR] = {"faithfulness/max_error", "L", "output",
                           "largest error of v rebuilt from them, mean over samples"},
    [SUMMARY_R2] = {"faithfulness/r2", "L", "1", "share of the variance of v that is explained, mean over samples"},
    [SUMMARY_R_OMEGA] = {"faithfulness/r_omega", "L", "1",
                         "sum |I| of them / (sum |I| + |v(N) - v(empty) - sum I|), mean over samples"},
};

/* ---- axes and types ---- */

typedef struct {
    char letter; /* in the tables above and in stats/fields.c */
    const char *name;
    uint64_t length;
} axis_t;
enum { AXES = 22 };

/* How long 'k' is depends on the family. */
static void make_axes(const layout_dims_t *dims, axis_t out[AXES]) {
    const uint64_t n = (uint64_t)dims->players, masks = mask_count(dims->players);
    const axis_t axes[AXES] = {
        {'S', "row", (uint64_t)dims->samples},
        {'W', "sample of all shards", (uint64_t)dims->whole},
        {'n', "player", n},
        {'m', "context size", n - 1},
        {'M', "order", n + 1},
        {'d', "degree", n + 1},
        {'T', "mask", masks},
        {'B', "block", masks >> dims->block_bits},
        {'y', "byte", (masks + 7) / 8},
        {'k', "kind", 0},
        {'F', "interaction", dims->dictionary},
        {'H', "bin", HISTOGRAM_BINS},
        {'E', "edge", HISTOGRAM_BINS + 1},
        {'K', "k", fields_steps(dims->dictionary, NULL)},
        {'L', "k", fields_steps(masks - 1, NULL)},
        {'C', "class", (uint64_t)dims->classes},
        {'c', "class", (uint64_t)dims->class_names},
        {'O', "output", (uint64_t)dims->outputs},
        {'D', "bin", DISCRIMINATION_BINS},
        {'R', "rank", fields_ranks(dims->players, NULL)},
        {'X', "code", EXCLUDED_CODES},
        {'U', "slot", RESULTS_RUNS},
    };
    memcpy(out, axes, sizeof axes);
}

size_t layout_width(type_t type) {
    static const size_t WIDTHS[] = {[TYPE_F64] = 8,
                                    [TYPE_I64] = 8,
                                    [TYPE_I32] = 4,
                                    [TYPE_U64] = 8,
                                    [TYPE_U32] = 4,
                                    [TYPE_U8] = 1,
                                    [TYPE_TEXT] = RESULTS_ERROR_TEXT,
                                    [TYPE_RUN] = RUN_BYTES,
                                    [TYPE_HEARTBEAT] = HEARTBEAT_BYTES};
    return WIDTHS[type];
}

bool layout_measure(dataset_t *dataset) {
    dataset->elements = 1;
    for (int i = 0; i < dataset->rank; i++)
        if (__builtin_mul_overflow(dataset->elements, dataset->dims[i], &dataset->elements))
            return false;
    return !__builtin_mul_overflow(dataset->elements, (uint64_t)dataset->width, &dataset->bytes) &&
           dataset->bytes <= INT64_MAX;
}

/* ---- making one ---- */

typedef struct {
    const layout_dims_t *dims;
    axis_t axes[AXES];
    fields_t fields;
} maker_t;

/* Sets the axes, a letter each, and what follows from them; kinds: how many the axis 'k' has. */
static bool set_axes(const maker_t *maker, int kinds, const char *letters, dataset_t *dataset) {
    size_t used = 0;
    dataset->rank = (int)strlen(letters);
    dataset->width = dataset->width ? dataset->width : layout_width(dataset->type);
    for (int i = 0; i < dataset->rank; i++) {
        const axis_t *axis = maker->axes;
        while (axis->letter != letters[i])
            axis++;
        dataset->dims[i] = axis->letter == 'k' ? (uint64_t)kinds : axis->length;
        used += (size_t)snprintf(dataset->axes + used, sizeof dataset->axes - used, "%s%s", i ? ", " : "", axis->name);
    }
    return layout_measure(dataset);
}

/* Of a row of a family: rows first, then kinds where it has several. */
static bool set_row_axes(const maker_t *maker, int family, bool by_kind, const char *axes, dataset_t *dataset) {
    char letters[LAYOUT_RANK + 1];
    snprintf(letters, sizeof letters, "S%s%s", by_kind && family > 0 ? "k" : "", axes);
    return set_axes(maker, maker->dims->families.kinds[family], letters, dataset);
}

static void set_path(dataset_t *dataset, int family, const char *before, const char *path, const char *after) {
    snprintf(dataset->path, sizeof dataset->path, "%s%s%s%s", FAMILIES[family].prefix, before, path, after);
}

static dataset_t describe(type_t type, first_t first, const char *units, const char *description) {
    dataset_t dataset = {.present = true, .type = type, .first = first, .units = units};
    snprintf(dataset.description, sizeof dataset.description, "%s", description);
    return dataset;
}

/* The list of names that a dataset holds; NAME_LISTS: it holds none. */
static name_list_t list_of(int id) {
    return id >= DATASET_NAMES && id < DATASET_NAMES + NAME_LISTS ? (name_list_t)(id - DATASET_NAMES)
           : id == DATASET_WHOLE_NAMES                            ? NAMES_OF_PLAYERS
           : id == DATASET_WHOLE_PLAYER_CLASS                     ? CLASSES_OF_PLAYERS
                                                                  : NAME_LISTS;
}

static bool is_there(const layout_dims_t *dims, int family, int id) {
    const name_list_t list = list_of(id);
    switch (TABLE[id].when) {
    case ALWAYS:
        return true;
    case WITH_TABLES:
        return dims->tables;
    case WITH_NAMES:
        return dims->names[list] != NAMES_NONE;
    case WITH_SUMMARY:
        return dims->whole == 0;
    case OF_FURTHER:
        return family > 0 && dims->whole == 0;
    case IN_SHARDS:
        return dims->whole > 0 && (list == NAME_LISTS || dims->names[list] == NAMES_PER_SAMPLE);
    case OF_OUTPUTS:
        return dims->outputs > 1;
    }
    return false;
}

/* Summaries of several outputs stand in /summary/0, /summary/1, ... */
static bool is_of_summary(int id) {
    return strncmp(TABLE[id].path, SUMMARY, sizeof SUMMARY - 1) == 0;
}

static void number_summary(const layout_dims_t *dims, int output, const char *path, char numbered[96]) {
    if (dims->outputs > 1)
        snprintf(numbered, 96, SUMMARY "%d/%s", output, path);
    else
        snprintf(numbered, 96, SUMMARY "%s", path);
}

/* id: of TABLE; of a further output or family one of its scales. */
static bool make_fixed(const maker_t *maker, int output, int family, int id, dataset_t *dataset) {
    const layout_dims_t *dims = maker->dims;
    const dataset_row_t *row = &TABLE[id];
    const name_list_t list = list_of(id);
    bool names = list < NAME_LISTS, shared = names && list < NAMES_OF_CLASSES && dims->names[list] == NAMES_SHARED;
    bool moved = id == DATASET_CLASSES && dims->whole; /* a shard has no /summary, but merge needs them */
    if (!is_there(dims, family, id))
        return true;
    *dataset = describe(row->type, row->first, row->units, row->description);
    dataset->width = id == DATASET_CONFIG         ? dims->config_bytes
                     : id == DATASET_OUTPUT_NAMES ? dims->output_bytes
                     : names                      ? dims->name_bytes[list]
                                                  : 0;
    char path[96];
    snprintf(path, sizeof path, "%s", moved ? "shard/classes" : row->path);
    if (is_of_summary(id) && !moved)
        number_summary(dims, output, row->path + sizeof SUMMARY - 1, path);
    set_path(dataset, family, "", path, "");
    return set_axes(maker, 1, shared ? "n" : row->axes, dataset);
}

/* Those of curves where there are any; a shard's classes stand in /shard alone. */
static bool make_scale(const maker_t *maker, int output, int family, int id, dataset_t *dataset) {
    const bool of_curves =
        id == DATASET_STRENGTH_RANK || id == DATASET_FAITHFUL_K || id == DATASET_CURVE_RANK || id == DATASET_CURVE_K;
    if (family >= maker->dims->families.count || (of_curves && !FAMILIES[family].rebuild) ||
        ((family > 0 || output > 0) && id == DATASET_CLASSES && maker->dims->whole > 0) ||
        (output > 0 && !is_of_summary(id)))
        return true;
    return make_fixed(maker, output, family, id, dataset);
}

static const char *const FIELD_AXES[] = {
    [SHAPE_SCALAR] = "",  [SHAPE_PLAYERS] = "n",         [SHAPE_PAIRS] = "nn", [SHAPE_MULTI] = "mnn",
    [SHAPE_ORDERS] = "M", [SHAPE_ORDERS_SQUARED] = "Md", [SHAPE_RANKS] = "R",  [SHAPE_STEPS] = "L"};

/* What a statistic means in a further family, where that is not plain. */
static const char *remark_of(int id) {
    if (id == FIELD_OUTPUT_MEAN || id == FIELD_OUTPUT_STD)
        return "; v here: w, what the effects rebuild";
    if (id >= FIELD_DELTA && id <= FIELD_COEFFICIENTS)
        return "; unknown with several kinds";
    return id >= FIELD_MONOTONE && id < FIELD_DELTA ? "" : "; over all kinds together";
}

static bool make_field(const maker_t *maker, int at, dataset_t *dataset) {
    const field_t *field = &FIELDS[at % FIELD_COUNT];
    static const type_t TYPES[] = {[FIELD_F64] = TYPE_F64, [FIELD_U8] = TYPE_U8, [FIELD_I64] = TYPE_I64};
    if (maker->fields.length[at] == 0)
        return true;
    *dataset = describe(TYPES[field->type], field->type == FIELD_F64 ? FIRST_NAN : FIRST_ONES, field->units,
                        field->description);
    set_path(dataset, at / FIELD_COUNT, "", field->path, "");
    if (at >= FIELD_COUNT && field->families == OF_REBUILT)
        strncat(dataset->description, remark_of(at % FIELD_COUNT),
                sizeof dataset->description - strlen(dataset->description) - 1);
    return set_row_axes(maker, at / FIELD_COUNT, field->families == OF_KINDS, FIELD_AXES[field->shape], dataset);
}

/* Tables, their checksums and the salient sets of a family. */
static const struct {
    const char *path, *axes;
    type_t type;
    first_t first;
    bool with_tables, by_kind;
    const char *units, *description;
} FAMILY_TABLE[FAMILY_DATASETS] = {
    [FAMILY_EFFECTS] = {"interactions", "T", TYPE_F64, FIRST_NOTHING, true, true, NULL, NULL},
    [FAMILY_EFFECTS_CRC] = {"interactions_crc", "B", TYPE_U32, FIRST_ZERO, true, true, "crc32c",
                            "CRC32C of all 2^g stored entries of the block of interactions, in phase 2"},
    [FAMILY_DUAL] = {"dual", "T", TYPE_F64, FIRST_NOTHING, true, false, "1",
                     "lambda: sums to 0; its value is lower_bound, as verify finds with butterflies of its own"},
    [FAMILY_DUAL_CRC] = {"dual_crc", "B", TYPE_U32, FIRST_ZERO, true, false, "crc32c",
                         "CRC32C of all 2^g stored entries of the block of dual, in phase 2"},
    [FAMILY_POSITIVE] = {"salient/positive", "y", TYPE_U8, FIRST_ZERO, false, true, "bits",
                         "bit (mask mod 8) of byte mask / 8 is 1 when I(S) is salient and above 0"},
    [FAMILY_NEGATIVE] = {"salient/negative", "y", TYPE_U8, FIRST_ZERO, false, true, "bits",
                         "bit (mask mod 8) of byte mask / 8 is 1 when I(S) is salient and below 0"},
};

/* The names of a further family's kinds. */
static bool make_kinds(const maker_t *maker, int at, dataset_t *dataset) {
    if (at == 0 || at >= maker->dims->families.count)
        return true;
    *dataset = describe(TYPE_TEXT, FIRST_GIVEN, "text", "names of the kinds");
    dataset->width = FAMILY_KIND_BYTES;
    set_path(dataset, at, "", "kinds", "");
    return set_axes(maker, maker->dims->families.kinds[at], "k", dataset);
}

static bool make_family(const maker_t *maker, int at, family_dataset_t what, dataset_t *dataset) {
    if (what == FAMILY_KINDS)
        return make_kinds(maker, at, dataset);
    const family_t *family = &FAMILIES[at];
    const bool of_progress = at == 0 && what == FAMILY_EFFECTS_CRC;
    const bool solved = at == families_solved(&maker->dims->families) && at > 0;
    const char *units = FAMILY_TABLE[what].units, *description = FAMILY_TABLE[what].description;
    if (at >= maker->dims->families.count || (!solved && (what == FAMILY_DUAL || what == FAMILY_DUAL_CRC)) ||
        (FAMILY_TABLE[what].with_tables && !maker->dims->tables))
        return true;
    *dataset = describe(FAMILY_TABLE[what].type, FAMILY_TABLE[what].first, units ? units : family->units,
                        description ? description : family->description);
    set_path(dataset, at, of_progress ? "progress/" : "", FAMILY_TABLE[what].path, "");
    return set_row_axes(maker, at, FAMILY_TABLE[what].by_kind, FAMILY_TABLE[what].axes, dataset);
}

/* Those of /summary/orders are three for each field of /orders. */
static bool make_summary(const maker_t *maker, int output, int family, int id, dataset_t *dataset) {
    static const char *const NAMES[] = {"_mean", "_std", "_count"};
    static const char *const SAYS[] = {"mean over the done rows of", "standard deviation (population) of",
                                       "number of done rows without NaN in"};
    const layout_dims_t *dims = maker->dims;
    const int what = (id - SUMMARY_ORDERS) % 3;
    if (dims->whole > 0 || family >= dims->families.count ||
        summary_length(&maker->fields, family, id, (size_t)dims->dictionary, (size_t)dims->classes) == 0)
        return true;
    char before[96];
    number_summary(dims, output, "", before);
    if (id < SUMMARY_ORDERS) {
        *dataset = describe(TYPE_F64, FIRST_NAN, SUMMARY_TABLE[id].units, SUMMARY_TABLE[id].description);
        set_path(dataset, family, before, SUMMARY_TABLE[id].path, "");
        return set_axes(maker, 1, SUMMARY_TABLE[id].axes, dataset);
    }
    const field_t *field = &FIELDS[FIELD_STRENGTH_MEAN + (id - SUMMARY_ORDERS) / 3];
    *dataset = describe(TYPE_F64, FIRST_NAN, what == 2 ? "samples" : field->units, "");
    set_path(dataset, family, before, field->path, NAMES[what]);
    snprintf(dataset->description, sizeof dataset->description, "%s %s: %s", SAYS[what], field->path,
             field->description);
    const bool by_kind = family > 0 && field->families == OF_KINDS;
    return set_axes(maker, dims->families.kinds[family], by_kind ? "kM" : "M", dataset);
}

static bool names_make_sense(const layout_dims_t *dims) {
    bool sense = dims->names[NAMES_OF_CLASSES] == NAMES_NONE || dims->class_names > 0;
    for (name_list_t list = 0; list < NAME_LISTS; list++)
        sense = sense && (dims->names[list] == NAMES_NONE || dims->name_bytes[list] > 0);
    return sense;
}

/* Samples have all their rows, and a shard no more samples than all together. */
static bool outputs_make_sense(const layout_dims_t *dims) {
    const int rows = layout_rows(dims);
    return dims->outputs >= 1 && dims->outputs <= OUTPUTS_MAX && dims->targets >= 1 && dims->targets <= TARGETS_MAX &&
           (dims->outputs == 1 || dims->output_bytes > 0) && dims->samples % rows == 0 &&
           (dims->whole == 0 || dims->whole >= dims->samples / rows);
}

static bool makes_sense(const layout_dims_t *dims) {
    return dims->samples >= 1 && dims->classes >= 1 && dims->players >= 1 && dims->players <= PLAYERS_MAX &&
           dims->whole >= 0 && (dims->whole == 0 || dims->tables) && outputs_make_sense(dims) &&
           dims->block_bits >= 0 && dims->block_bits <= dims->players && dims->dictionary >= 1 &&
           dims->dictionary < mask_count(dims->players) && dims->config_bytes && names_make_sense(dims);
}

/* The scales and numbers of an output's summaries. */
static bool make_output(const maker_t *maker, int output, layout_t *layout) {
    bool good = true;
    for (int at = 0; at < FAMILY_COUNT * SCALES; at++) {
        const int family = at / SCALES, id = SCALES_FIRST + at % SCALES;
        good = good &&
               make_scale(maker, output, family, id, &layout->datasets[layout_scale(output, family, (dataset_id_t)id)]);
    }
    for (int at = 0; at < FAMILY_COUNT * SUMMARY_COUNT; at++) {
        const int family = at / SUMMARY_COUNT, id = at % SUMMARY_COUNT;
        good = good && make_summary(maker, output, family, id, &layout->datasets[layout_summary(output, family, id)]);
    }
    return good;
}

bool layout_make(const layout_dims_t *dims, layout_t *layout) {
    maker_t maker = {.dims = dims};
    *layout = (layout_t){.dims = *dims};
    if (!makes_sense(dims))
        return false;
    layout->count = LAYOUT_ONE + (dims->outputs - 1) * LAYOUT_OUTPUT;
    layout->datasets = memory_need((size_t)layout->count, sizeof *layout->datasets, "the layout of the results file");
    make_axes(dims, maker.axes);
    maker.fields = fields_layout(dims->families, dims->players, dims->indices);
    bool good = true;
    for (int id = 0; id < DATASET_FIXED; id++)
        good = good && make_fixed(&maker, 0, 0, id, &layout->datasets[id]);
    for (int at = 0; at < FAMILY_COUNT * FIELD_COUNT; at++)
        good = good && make_field(&maker, at, &layout->datasets[LAYOUT_FIELDS + at]);
    for (int at = 0; at < FAMILY_COUNT * FAMILY_DATASETS; at++)
        good = good && make_family(&maker, at / FAMILY_DATASETS, (family_dataset_t)(at % FAMILY_DATASETS),
                                   &layout->datasets[LAYOUT_FAMILIES + at]);
    for (int output = 0; output < dims->outputs; output++)
        good = good && make_output(&maker, output, layout);
    return good;
}

void layout_free(layout_t *layout) {
    free(layout->datasets);
    layout->datasets = NULL;
}
