#include "results/results_layout.h"

#include "hdf5/h5.h"
#include "lattice/mask.h"
#include "results/results.h"
#include "results/results_records.h"

#include <stdio.h>
#include <string.h>

/* When a dataset is there. */
typedef enum { ALWAYS, WITH_TABLES, WITH_NAMES, WITH_SUMMARY, IN_SHARDS } when_t;

typedef struct {
    const char *path, *axes;
    type_t type;
    first_t first;
    when_t when;
    const char *units, *description;
} row_t;

static const row_t TABLE[DATASET_FIXED] = {
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
    [DATASET_RUNS] = {"provenance/runs", "U", TYPE_RUN, FIRST_ZERO, ALWAYS, "record",
                      "starts of the sweep: the first in slot 0, start number i >= 1 in slot 1 + (i-1) mod 63"},
    [DATASET_STARTS] = {"provenance/starts", "", TYPE_U64, FIRST_ZERO, ALWAYS, "starts",
                        "how often the sweep was started, those no longer in runs included"},
    [DATASET_WARNINGS] = {"provenance/warnings", "U", TYPE_TEXT, FIRST_ZERO, ALWAYS, "text",
                          "what this sweep was warned of; the last slot says how many more there were"},
    [DATASET_INDEX] = {"samples/index", "S", TYPE_I64, FIRST_GIVEN, ALWAYS, "row", "row in the samples file"},
    [DATASET_OUTPUT] = {"samples/output", "S", TYPE_I32, FIRST_ZERO, ALWAYS, "output",
                        "which of the model's outputs the row is about"},
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
    [DATASET_NOISE_SIGMA] = {"samples/noise_sigma", "S", TYPE_F64, FIRST_NAN, ALWAYS, "output",
                             "standard deviation of the noise of v: given, or what one rounding of the inputs makes "
                             "(an estimate from below); NaN: unknown"},
    [DATASET_NOISE_WHY] =
        {"samples/noise_why", "S", TYPE_U8, FIRST_ZERO, ALWAYS, "code",
         "where noise_sigma is from: 0 estimated, 1 given, 2 none asked for, 3 v jumps (rounding of the "
         "outputs only), 4 v depends on its batch (NaN), 5 no inputs to move (NaN), 6 a moved input has "
         "no finite v (rounding of the outputs only)"},
    [DATASET_INPUT_CRC] =
        {"samples/input_crc", "S", TYPE_U64, FIRST_ZERO, ALWAYS, "crc32c",
         "CRC32C of the sample's inputs, players, baselines and label, the same in every file with this "
         "sample; 0: unknown"},
    [DATASET_STATUS] = {"samples/status", "S", TYPE_U8, FIRST_ZERO, ALWAYS, "code",
                        "0 pending (its rows are undefined), 1 done, 2 failed (its rows are NaN)"},
    [DATASET_ERROR_KIND] = {"samples/error_kind", "S", TYPE_U8, FIRST_ZERO, ALWAYS, "code",
                            "0 none, 1 certain to come again, 2 transient: tried again on the next start"},
    [DATASET_ERROR] = {"samples/error", "S", TYPE_TEXT, FIRST_ZERO, ALWAYS, "text", "why it failed"},
    [DATASET_ROW_CRC] =
        {"samples/row_crc", "S", TYPE_U32, FIRST_ZERO, ALWAYS, "crc32c",
         "CRC32C of the row's indices, orders, conditions, curves and salient bitmaps, as stored, in the "
         "order of docs/file-format.md"},
    [DATASET_PLAYER_NAMES] = {"samples/player_names", "Sn", TYPE_TEXT, FIRST_GIVEN, WITH_NAMES, "text",
                              "names of the players; empty: no such player"},
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
    [DATASET_MONOTONE_SHARE] = {"summary/monotone_share", "", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                                "share of monotone samples"},
    [DATASET_P_MEAN] = {"summary/p_mean", "", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1", "mean of conditions/p_paper"},
    [DATASET_P_STD] = {"summary/p_std", "", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                       "standard deviation (population) of conditions/p_paper"},
    [DATASET_BOUND_MEAN] = {"summary/bound_mean", "", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "sets",
                            "mean of conditions/bound_total"},
    [DATASET_REAL_MEAN] = {"summary/real_mean", "", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "sets",
                           "mean of conditions/real_total over the samples that have a bound"},
    [DATASET_EXCLUDED] = {"summary/excluded", "X", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "samples",
                          "number of samples by conditions/excluded_why"},
    [DATASET_STRENGTH_RANK] = {"summary/strength_rank", "R", TYPE_I64, FIRST_GIVEN, WITH_SUMMARY, "rank",
                               "ranks of strength_curve: 1 ... 1024, then 64 per octave, the last is 2^n - 1"},
    [DATASET_STRENGTH_CURVE] = {"summary/strength_curve", "R", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                                "|I(S)| / max |I|, sorted descending, mean over the samples that have the rank"},
    [DATASET_STRENGTH_COUNT] = {"summary/strength_count", "R", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "samples",
                                "number of samples that have the rank"},
    [DATASET_MASK] = {"summary/interactions/mask", "F", TYPE_U64, FIRST_ONES, WITH_SUMMARY, "mask",
                      "the masks most frequently salient, most frequent first; all bits 1: none"},
    [DATASET_FREQUENCY] = {"summary/interactions/frequency", "F", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                           "share of samples in which it is salient"},
    [DATASET_EFFECT_MEAN] = {"summary/interactions/effect_mean", "F", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "output",
                             "mean of I(S) over the samples in which it is salient"},
    [DATASET_EFFECT_STD] = {"summary/interactions/effect_std", "F", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "output",
                            "standard deviation (population) of I(S) over the samples in which it is salient"},
    [DATASET_POSITIVE] = {"summary/interactions/positive", "F", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "samples",
                          "in how many samples it is salient with I(S) > 0"},
    [DATASET_NEGATIVE] = {"summary/interactions/negative", "F", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "samples",
                          "in how many samples it is salient with I(S) < 0"},
    [DATASET_HISTOGRAM] = {"summary/interactions/histogram", "FH", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "samples",
                           "histogram of I(S) over the samples in which it is salient"},
    [DATASET_EDGES] = {"summary/interactions/edges", "FE", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "output",
                       "edges of the histogram's bins"},
    [DATASET_TRANSFER_K] = {"summary/transferability/k", "K", TYPE_I64, FIRST_GIVEN, WITH_SUMMARY, "masks",
                            "dictionary sizes"},
    [DATASET_RHO] = {"summary/transferability/rho", "K", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                     "mean over samples of the share of salient masks that the k most frequent ones hold"},
    [DATASET_RHO_CLASS] = {"summary/transferability/rho_class", "CK", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                           "rho with dictionary and mean from one class's samples alone"},
    [DATASET_CLASSES] = {"summary/transferability/classes", "C", TYPE_I64, FIRST_GIVEN, ALWAYS, "class",
                         "classes of rho_class: labels, or targets where there are no labels"},
    [DATASET_RHO_HELDOUT] = {"summary/transferability/rho_heldout", "K", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                             "rho scored on the half of the samples that the dictionary is not from, mean of both"},
    [DATASET_RHO_RANDOM] = {"summary/transferability/rho_random", "K", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                            "rho of a random dictionary: k/(2^n - 1)"},
    [DATASET_BIN] = {"summary/discrimination/bin", "D", TYPE_F64, FIRST_GIVEN, WITH_SUMMARY, "1",
                     "lower edge of each bin of frequency, 0.2 wide"},
    [DATASET_BIN_COUNT] = {"summary/discrimination/count", "D", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "masks",
                           "number of (class, mask) pairs whose frequency is in the bin"},
    [DATASET_BIN_MEAN] = {"summary/discrimination/mean", "D", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                          "their mean discrimination max(m+, m-)/(m+ + m-)"},
    [DATASET_WEIGHTED] = {"summary/discrimination/weighted", "", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                          "mean discrimination weighted by frequency, over all bins"},
    [DATASET_FAITHFUL_K] = {"summary/faithfulness/k", "L", TYPE_I64, FIRST_GIVEN, WITH_SUMMARY, "masks",
                            "how many of the strongest interactions are kept"},
    [DATASET_RMSE] = {"summary/faithfulness/rmse", "L", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "output",
                      "root mean square error of v rebuilt from them, mean over samples"},
    [DATASET_MAX_ERROR] = {"summary/faithfulness/max_error", "L", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "output",
                           "largest error of v rebuilt from them, mean over samples"},
    [DATASET_R2] = {"summary/faithfulness/r2", "L", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                    "share of the variance of v that is explained, mean over samples"},
    [DATASET_R_OMEGA] = {"summary/faithfulness/r_omega", "L", TYPE_F64, FIRST_NAN, WITH_SUMMARY, "1",
                         "sum |I| of them / (sum |I| + |v(N) - v(empty) - sum I|), mean over samples"},
    [DATASET_CURVE_RANK] = {"curves/rank", "R", TYPE_I64, FIRST_GIVEN, ALWAYS, "rank",
                            "ranks of curves/strength: 1 ... 1024, then 64 per octave, the last is 2^n - 1"},
    [DATASET_CURVE_K] = {"curves/k", "L", TYPE_I64, FIRST_GIVEN, ALWAYS, "masks",
                         "how many of the strongest interactions are kept"},
    [DATASET_VALUES] = {"values", "ST", TYPE_F64, FIRST_NOTHING, WITH_TABLES, "output",
                        "v(S): bit i of the mask index is 1 when player i is present"},
};

const char *layout_axis_name(char axis) {
    static const struct {
        char letter;
        const char *name;
    } AXES[] = {{'S', "row"},   {'n', "player"},      {'m', "context size"},
                {'M', "order"}, {'d', "degree"},      {'T', "mask"},
                {'B', "block"}, {'F', "interaction"}, {'H', "bin"},
                {'E', "edge"},  {'K', "k"},           {'L', "k"},
                {'C', "class"}, {'D', "bin"},         {'R', "rank"},
                {'X', "code"},  {'U', "slot"},        {'W', "row of all shards"},
                {'y', "byte"},  {'k', "kind"}};
    for (size_t i = 0; i < sizeof AXES / sizeof *AXES; i++)
        if (AXES[i].letter == axis)
            return AXES[i].name;
    return "?";
}

static uint64_t axis_length(const layout_dims_t *dims, int kinds, char axis) {
    uint64_t n = (uint64_t)dims->players, masks = mask_count(dims->players);
    switch (axis) {
    case 'S':
        return (uint64_t)dims->samples;
    case 'W':
        return (uint64_t)dims->whole;
    case 'n':
        return n;
    case 'm':
        return n - 1;
    case 'M':
    case 'd':
        return n + 1;
    case 'T':
        return masks;
    case 'B':
        return masks >> dims->block_bits;
    case 'y':
        return (masks + 7) / 8;
    case 'k':
        return (uint64_t)kinds;
    case 'F':
        return dims->dictionary;
    case 'H':
        return HISTOGRAM_BINS;
    case 'E':
        return HISTOGRAM_BINS + 1;
    case 'K':
        return scales_steps(dims->dictionary, NULL);
    case 'L':
        return scales_steps(masks - 1, NULL);
    case 'C':
        return (uint64_t)dims->classes;
    case 'D':
        return DISCRIMINATION_BINS;
    case 'R':
        return scales_ranks(dims->players, NULL);
    case 'X':
        return EXCLUDED_CODES;
    default: /* 'U' */
        return RESULTS_RUNS;
    }
}

static size_t type_width(type_t type) {
    switch (type) {
    case TYPE_F64:
    case TYPE_I64:
    case TYPE_U64:
        return 8;
    case TYPE_I32:
    case TYPE_U32:
        return 4;
    case TYPE_U8:
        return 1;
    case TYPE_TEXT:
        return RESULTS_ERROR_TEXT;
    case TYPE_RUN:
        return RUN_BYTES;
    case TYPE_HEARTBEAT:
        return HEARTBEAT_BYTES;
    }
    return 0;
}

hid_t layout_type(const dataset_t *dataset) {
    switch (dataset->type) {
    case TYPE_F64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case TYPE_I64:
        return H5Tcopy(H5T_STD_I64LE);
    case TYPE_I32:
        return H5Tcopy(H5T_STD_I32LE);
    case TYPE_U64:
        return H5Tcopy(H5T_STD_U64LE);
    case TYPE_U32:
        return H5Tcopy(H5T_STD_U32LE);
    case TYPE_U8:
        return H5Tcopy(H5T_STD_U8LE);
    case TYPE_TEXT:
        return h5_text_type(dataset->width);
    case TYPE_RUN:
        return results_run_type();
    case TYPE_HEARTBEAT:
        return results_heartbeat_type();
    }
    return H5I_INVALID_HID;
}

/* Fills dims, elements and bytes from axes and width; kinds: of the family that it belongs to. */
static bool measure(const layout_dims_t *dims, int kinds, dataset_t *dataset) {
    dataset->rank = (int)strlen(dataset->axes);
    dataset->elements = 1;
    for (int i = 0; i < dataset->rank; i++) {
        dataset->dims[i] = axis_length(dims, kinds, dataset->axes[i]);
        if (__builtin_mul_overflow(dataset->elements, dataset->dims[i], &dataset->elements))
            return false;
    }
    return !__builtin_mul_overflow(dataset->elements, (uint64_t)dataset->width, &dataset->bytes) &&
           dataset->bytes <= INT64_MAX;
}

static bool is_there(const layout_dims_t *dims, int id) {
    switch (TABLE[id].when) {
    case ALWAYS:
        return true;
    case WITH_TABLES:
        return dims->tables;
    case WITH_NAMES:
        return dims->names != NAMES_NONE;
    case WITH_SUMMARY:
        return dims->whole == 0;
    case IN_SHARDS:
        return dims->whole > 0 && (id != DATASET_WHOLE_NAMES || dims->names == NAMES_PER_SAMPLE);
    }
    return false;
}

static bool make_fixed(const layout_dims_t *dims, int id, dataset_t *dataset) {
    const row_t *row = &TABLE[id];
    dataset->present = is_there(dims, id);
    dataset->type = row->type;
    dataset->first = row->first;
    dataset->units = row->units;
    dataset->width = id == DATASET_CONFIG                                      ? dims->config_bytes
                     : id == DATASET_PLAYER_NAMES || id == DATASET_WHOLE_NAMES ? dims->name_bytes
                                                                               : type_width(row->type);
    bool shared = id == DATASET_PLAYER_NAMES && dims->names == NAMES_SHARED;
    bool moved = id == DATASET_CLASSES && dims->whole; /* a shard has no /summary, but merge needs them */
    snprintf(dataset->path, sizeof dataset->path, "%s", moved ? "shard/classes" : row->path);
    snprintf(dataset->axes, sizeof dataset->axes, "%s", shared ? "n" : row->axes);
    snprintf(dataset->description, sizeof dataset->description, "%s", row->description);
    return !dataset->present || measure(dims, 1, dataset);
}

static const char *field_axes(field_shape_t shape) {
    switch (shape) {
    case SHAPE_SCALAR:
        return "";
    case SHAPE_PLAYERS:
        return "n";
    case SHAPE_PAIRS:
        return "nn";
    case SHAPE_MULTI:
        return "mnn";
    case SHAPE_ORDERS:
        return "M";
    case SHAPE_ORDERS_SQUARED:
        return "Md";
    case SHAPE_RANKS:
        return "R";
    case SHAPE_STEPS:
        return "L";
    }
    return "";
}

/* Rows first, then kinds where a family has several. */
static void set_axes(dataset_t *dataset, int kinds, bool by_kind, const char *axes) {
    snprintf(dataset->axes, sizeof dataset->axes, "S%s%s", by_kind && kinds > 1 ? "k" : "", axes);
}

static bool make_field(const layout_dims_t *dims, const fields_t *fields, int at, dataset_t *dataset) {
    const field_t *field = &FIELDS[at % FIELD_COUNT];
    const family_t *family = &FAMILIES[at / FIELD_COUNT];
    dataset->present = fields->length[at] > 0;
    dataset->type = field->type == FIELD_U8 ? TYPE_U8 : TYPE_F64;
    dataset->first = field->type == FIELD_U8 ? FIRST_ONES : FIRST_NAN;
    dataset->width = type_width(dataset->type);
    dataset->units = field->units;
    snprintf(dataset->path, sizeof dataset->path, "%s%s", family->prefix, field->path);
    set_axes(dataset, family->kinds, field->families == OF_KINDS, field_axes(field->shape));
    snprintf(dataset->description, sizeof dataset->description, "%s", field->description);
    return !dataset->present || measure(dims, family->kinds, dataset);
}

/* Tables, their checksums and the salient sets of a family. */
static const struct {
    const char *path, *axes;
    type_t type;
    first_t first;
    bool with_tables;
    const char *units, *description;
} FAMILY_TABLE[FAMILY_DATASETS] = {
    [FAMILY_EFFECTS] = {"interactions", "T", TYPE_F64, FIRST_NOTHING, true, NULL, NULL},
    [FAMILY_EFFECTS_CRC] = {"interactions_crc", "B", TYPE_U32, FIRST_ZERO, true, "crc32c",
                            "CRC32C of all 2^g stored entries of the block of interactions, in phase 2"},
    [FAMILY_POSITIVE] = {"salient/positive", "y", TYPE_U8, FIRST_ZERO, false, "bits",
                         "bit (mask mod 8) of byte mask / 8 is 1 when I(S) is salient and above 0"},
    [FAMILY_NEGATIVE] = {"salient/negative", "y", TYPE_U8, FIRST_ZERO, false, "bits",
                         "bit (mask mod 8) of byte mask / 8 is 1 when I(S) is salient and below 0"},
};

static bool make_family(const layout_dims_t *dims, int at, family_dataset_t what, dataset_t *dataset) {
    const family_t *family = &FAMILIES[at];
    bool of_progress = at == 0 && what == FAMILY_EFFECTS_CRC;
    const char *units = FAMILY_TABLE[what].units, *description = FAMILY_TABLE[what].description;
    dataset->present = at < layout_families(dims) && (dims->tables || !FAMILY_TABLE[what].with_tables);
    dataset->type = FAMILY_TABLE[what].type;
    dataset->first = FAMILY_TABLE[what].first;
    dataset->width = type_width(dataset->type);
    dataset->units = units ? units : family->units;
    snprintf(dataset->path, sizeof dataset->path, "%s%s%s", of_progress ? "progress/" : "", family->prefix,
             FAMILY_TABLE[what].path);
    set_axes(dataset, family->kinds, true, FAMILY_TABLE[what].axes);
    snprintf(dataset->description, sizeof dataset->description, "%s", description ? description : family->description);
    return !dataset->present || measure(dims, family->kinds, dataset);
}

/* The three datasets of /summary/orders that belong to one field of /orders. */
static bool make_summary(const layout_dims_t *dims, int id, dataset_t datasets[3]) {
    static const char *const NAMES[] = {"mean", "std", "count"};
    static const char *const SAYS[] = {"mean over the done rows of", "standard deviation (population) of",
                                       "number of done rows without NaN in"};
    const field_t *field = &FIELDS[id];
    bool good = true;
    for (int i = 0; i < 3; i++) {
        dataset_t *dataset = &datasets[i];
        dataset->present = dims->whole == 0;
        dataset->type = TYPE_F64;
        dataset->first = FIRST_NAN;
        dataset->width = type_width(TYPE_F64);
        dataset->units = i == 2 ? "samples" : field->units;
        snprintf(dataset->path, sizeof dataset->path, "summary/%s_%s", field->path, NAMES[i]);
        snprintf(dataset->axes, sizeof dataset->axes, "M");
        snprintf(dataset->description, sizeof dataset->description, "%s %s: %s", SAYS[i], field->path,
                 field->description);
        good = good && measure(dims, 1, dataset);
    }
    return good;
}

int layout_families(const layout_dims_t *dims) {
    return dims->tables ? FAMILY_COUNT : 1;
}

bool layout_make(const layout_dims_t *dims, layout_t *layout) {
    memset(layout, 0, sizeof *layout);
    layout->dims = *dims;
    if (dims->samples < 1 || dims->classes < 1 || dims->players < 1 || dims->players > PLAYERS_MAX || dims->whole < 0 ||
        (dims->whole && (dims->whole < dims->samples || !dims->tables)) || dims->block_bits < 0 ||
        dims->block_bits > dims->players || dims->dictionary < 1 || dims->dictionary >= mask_count(dims->players) ||
        !dims->config_bytes || (dims->names && !dims->name_bytes))
        return false;
    fields_t fields = fields_layout_of(layout_families(dims), dims->players, dims->indices);
    bool good = true;
    for (int id = 0; id < DATASET_FIXED; id++)
        good = good && make_fixed(dims, id, &layout->datasets[id]);
    for (int at = 0; at < FAMILY_COUNT * FIELD_COUNT; at++)
        good = good && make_field(dims, &fields, at, &layout->datasets[LAYOUT_FIELDS + at]);
    for (int at = 0; at < FAMILY_COUNT; at++)
        for (int what = 0; what < FAMILY_DATASETS; what++)
            good = good && make_family(dims, at, (family_dataset_t)what,
                                       &layout->datasets[layout_family(at, (family_dataset_t)what)]);
    for (int i = 0; i < ORDER_FIELDS; i++)
        good = good && make_summary(dims, FIELD_STRENGTH_MEAN + i, &layout->datasets[LAYOUT_SUMMARY_ORDERS + 3 * i]);
    return good;
}
