/* results/results: the file that HDF5 sees is the one that design and docs promise; what pwrite puts is what H5Dread
 * gets; files that are damaged or not ours are refused by name. The list of datasets below is written out by hand and
 * shares nothing with the table in src/store. */
#include "h5_scratch.h"

#include "base/crc.h"
#include "base/nan.h"
#include "lattice/indices.h"
#include "results/results.h"
#include "results/results_layout.h"

#include <fcntl.h>
#include <math.h>

enum { S = 3, N = 4, G = 2, MASKS = 1 << N, F = MASKS - 1 };

static const int64_t INDEX[S] = {7, 1, 9}, LABEL[S] = {2, 0, 2}, CLASSES[2] = {0, 2};
static const int32_t PLAYERS[S] = {4, 3, 4};

static const char *name_of(void *self, int64_t sample, int player) {
    static const char *const NAMES[S][N] = {{"Mund", "Öhr", "c", "d"}, {"e", "f", "g", NULL}, {"h", "i", "j", "k"}};
    (void)self;
    return NAMES[sample][player];
}

static results_spec_t spec_of(void) {
    return (results_spec_t){
        .samples = S,
        .players = N,
        .block_bits = G,
        .indices = INDEX_STII2 | INDEX_BII2 | INDEX_MULTI_ORDER,
        .top = 100,
        .classes = CLASSES,
        .class_count = 2,
        .index = INDEX,
        .label = LABEL,
        .n_players = PLAYERS,
        .names = true,
        .names_per_sample = true,
        .name = name_of,
        .config = "model: {backend: game}\n",
        .identity = {.software_version = "0.1.0",
                     .git_revision = "abc",
                     .engine = "game",
                     .engine_version = "1",
                     .instruction_set = "x86-64",
                     .model_sha256 = "00",
                     .samples_sha256 = "11",
                     .settings_sha256 = "22"},
        .tables = true,
    };
}

static void make_file(const char *path) {
    results_spec_t spec = spec_of();
    char warning[RESULTS_TEXT];
    failure_t why;
    if (results_create(path, &spec, warning, &why) != STATUS_OK)
        fail_msg("%s", why.text);
}

static results_t *open_file(const char *path) {
    results_t *results;
    failure_t why;
    if (results_open(path, true, &results, &why) != STATUS_OK)
        fail_msg("%s", why.text);
    return results;
}

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        failure_t trouble;                                                                                             \
        if ((call) != STATUS_OK)                                                                                       \
            fail_msg("%s", trouble.text);                                                                              \
    } while (0)

static bool canonical(double value) {
    double nan = nan_canonical();
    return memcmp(&value, &nan, sizeof nan) == 0;
}

/* ---- structure ---- */

typedef struct {
    const char *path, *axes; /* as in design.md */
    int rank;
    int dims[4];
} promise_t;

static const promise_t PROMISES[] = {
    {"config", "", 0, {0}},
    {"provenance/runs", "slot", 1, {64}},
    {"provenance/starts", "", 0, {0}},
    {"samples/index", "sample", 1, {S}},
    {"samples/label", "sample", 1, {S}},
    {"samples/target", "sample", 1, {S}},
    {"samples/n_players", "sample", 1, {S}},
    {"samples/attempts", "sample", 1, {S}},
    {"samples/seconds", "sample", 1, {S}},
    {"samples/v_empty", "sample", 1, {S}},
    {"samples/v_full", "sample", 1, {S}},
    {"samples/noise_sigma", "sample", 1, {S}},
    {"samples/status", "sample", 1, {S}},
    {"samples/error_kind", "sample", 1, {S}},
    {"samples/error", "sample", 1, {S}},
    {"samples/row_crc", "sample", 1, {S}},
    {"samples/player_names", "sample, player", 2, {S, N}},
    {"progress/block_bits", "", 0, {0}},
    {"progress/stride", "", 0, {0}},
    {"progress/phase", "sample", 1, {S}},
    {"progress/values_done", "sample, block", 2, {S, 4}},
    {"progress/values_crc", "sample, block", 2, {S, 4}},
    {"progress/interactions_crc", "sample, block", 2, {S, 4}},
    {"progress/heartbeat", "", 0, {0}},
    {"values", "sample, mask", 2, {S, MASKS}},
    {"interactions", "sample, mask", 2, {S, MASKS}},
    {"indices/shapley", "sample, player", 2, {S, N}},
    {"indices/banzhaf", "sample, player", 2, {S, N}},
    {"indices/sii2", "sample, player, player", 3, {S, N, N}},
    {"indices/stii2", "sample, player, player", 3, {S, N, N}},
    {"indices/bii2", "sample, player, player", 3, {S, N, N}},
    {"indices/multi_order", "sample, context size, player, player", 4, {S, N - 1, N, N}},
    {"conditions/threshold", "sample", 1, {S}},
    {"conditions/salient_total", "sample", 1, {S}},
    {"conditions/order_limit", "sample", 1, {S}},
    {"conditions/monotone", "sample", 1, {S}},
    {"conditions/violations", "sample", 1, {S}},
    {"conditions/violation_max", "sample", 1, {S}},
    {"conditions/p_paper", "sample", 1, {S}},
    {"conditions/p_all_pairs", "sample", 1, {S}},
    {"conditions/delta", "sample", 1, {S}},
    {"conditions/delta_bound", "sample", 1, {S}},
    {"conditions/m0", "sample", 1, {S}},
    {"conditions/bound_total", "sample", 1, {S}},
    {"conditions/real_total", "sample", 1, {S}},
    {"conditions/excluded_why", "sample", 1, {S}},
    {"conditions/mass_above", "sample, order", 2, {S, N + 1}},
    {"conditions/lambda", "sample, order", 2, {S, N + 1}},
    {"conditions/bound", "sample, order", 2, {S, N + 1}},
    {"conditions/bound_l1", "sample, order", 2, {S, N + 1}},
    {"conditions/coefficients", "sample, order, degree", 3, {S, N + 1, N + 1}},
    {"summary/valid", "", 0, {0}},
    {"summary/monotone_share", "", 0, {0}},
    {"summary/p_mean", "", 0, {0}},
    {"summary/p_std", "", 0, {0}},
    {"summary/bound_mean", "", 0, {0}},
    {"summary/real_mean", "", 0, {0}},
    {"summary/excluded", "code", 1, {16}},
    {"summary/strength_rank", "rank", 1, {F}},
    {"summary/strength_curve", "rank", 1, {F}},
    {"summary/strength_count", "rank", 1, {F}},
    {"summary/interactions/mask", "interaction", 1, {F}},
    {"summary/interactions/frequency", "interaction", 1, {F}},
    {"summary/interactions/effect_mean", "interaction", 1, {F}},
    {"summary/interactions/effect_std", "interaction", 1, {F}},
    {"summary/interactions/positive", "interaction", 1, {F}},
    {"summary/interactions/negative", "interaction", 1, {F}},
    {"summary/interactions/histogram", "interaction, bin", 2, {F, 20}},
    {"summary/interactions/edges", "interaction, edge", 2, {F, 21}},
    {"summary/transferability/k", "k", 1, {4}},
    {"summary/transferability/rho", "k", 1, {4}},
    {"summary/transferability/rho_heldout", "k", 1, {4}},
    {"summary/transferability/rho_random", "k", 1, {4}},
    {"summary/transferability/rho_class", "class, k", 2, {2, 4}},
    {"summary/transferability/classes", "class", 1, {2}},
    {"summary/discrimination/bin", "bin", 1, {5}},
    {"summary/discrimination/count", "bin", 1, {5}},
    {"summary/discrimination/mean", "bin", 1, {5}},
    {"summary/discrimination/weighted", "", 0, {0}},
    {"summary/faithfulness/k", "k", 1, {4}},
    {"summary/faithfulness/rmse", "k", 1, {4}},
    {"summary/faithfulness/max_error", "k", 1, {4}},
    {"summary/faithfulness/r2", "k", 1, {4}},
    {"summary/faithfulness/r_omega", "k", 1, {4}},
};

static const char *const ORDERS[] = {
    "strength_mean",         "strength_std",    "strength_min",        "strength_q1",
    "strength_median",       "strength_q3",     "strength_max",        "strength_whisker_low",
    "strength_whisker_high", "interaction_sum", "interaction_abs_sum", "cancellation",
    "output_mean",           "output_std",      "salient_count",       "salient_positive",
    "noise_floor",           "lemma_residual",
};
enum { PROMISED = sizeof PROMISES / sizeof *PROMISES, PROMISED_ORDERS = sizeof ORDERS / sizeof *ORDERS };

static void text_attribute(hid_t object, const char *name, char text[512]) {
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    assert_true(attribute >= 0);
    hid_t type = H5Aget_type(attribute);
    assert_int_equal(H5Tget_class(type), H5T_STRING);
    assert_false(H5Tis_variable_str(type));
    memset(text, 0, 512);
    assert_true(H5Tget_size(type) < 512);
    assert_true(H5Aread(attribute, type, text) >= 0);
    H5Tclose(type);
    H5Aclose(attribute);
}

static void check_promise(hid_t file, const promise_t *promise) {
    char text[512];
    hid_t dataset = H5Dopen2(file, promise->path, H5P_DEFAULT);
    if (dataset < 0)
        fail_msg("/%s is missing", promise->path);
    hid_t space = H5Dget_space(dataset), list = H5Dget_create_plist(dataset), type = H5Dget_type(dataset);
    hsize_t dims[H5S_MAX_RANK];
    assert_int_equal(H5Sget_simple_extent_ndims(space), promise->rank);
    H5Sget_simple_extent_dims(space, dims, NULL);
    for (int i = 0; i < promise->rank; i++)
        if (dims[i] != (hsize_t)promise->dims[i])
            fail_msg("/%s: axis %d is %d", promise->path, i, (int)dims[i]);
    assert_int_equal(H5Pget_layout(list), H5D_CONTIGUOUS);
    assert_int_equal(H5Pget_nfilters(list), 0);
    if (H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT)
        assert_int_not_equal(H5Tget_order(type), H5T_ORDER_BE);
    text_attribute(dataset, "units", text);
    assert_true(text[0]);
    text_attribute(dataset, "description", text);
    assert_true(text[0]);
    text_attribute(dataset, "axes", text);
    assert_string_equal(text, promise->axes);
    H5Tclose(type);
    H5Pclose(list);
    H5Sclose(space);
    H5Dclose(dataset);
}

static herr_t count_datasets(hid_t file, const char *name, const H5L_info_t *info, void *data) {
    (void)info;
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    *(int *)data += H5Iget_type(object) == H5I_DATASET;
    H5Oclose(object);
    return 0;
}

static void the_structure_is_the_promised_one(void **state) {
    scratch_t *scratch = *state;
    char text[512];
    int count = 0;
    make_file(scratch->file);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    for (int i = 0; i < PROMISED; i++)
        check_promise(file, &PROMISES[i]);
    for (int i = 0; i < PROMISED_ORDERS; i++) {
        char path[128];
        static const char *const ENDS[] = {"mean", "std", "count"};
        snprintf(path, sizeof path, "orders/%s", ORDERS[i]);
        check_promise(file, &(promise_t){path, "sample, order", 2, {S, N + 1}});
        for (int k = 0; k < 3; k++) {
            snprintf(path, sizeof path, "summary/orders/%s_%s", ORDERS[i], ENDS[k]);
            check_promise(file, &(promise_t){path, "order", 1, {N + 1}});
        }
    }
    H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, count_datasets, &count);
    assert_int_equal(count, PROMISED + 4 * PROMISED_ORDERS); /* nothing that was not promised */
    text_attribute(file, "format", text);
    assert_string_equal(text, "harsanyi results");
    text_attribute(file, "mask_convention", text);
    assert_non_null(strstr(text, "player 0 is the lowest bit"));
    H5Fclose(file);
    assert_int_equal(access(scratch->file, F_OK), 0);
    char temporary[128];
    snprintf(temporary, sizeof temporary, "%s.tmp", scratch->file);
    assert_int_equal(access(temporary, F_OK), -1);
}

static void assert_nans(hid_t file, const char *path, size_t count) {
    double data[512];
    assert_true(count <= 512);
    h5t_read(file, path, H5T_NATIVE_DOUBLE, data);
    for (size_t i = 0; i < count; i++)
        if (!canonical(data[i]))
            fail_msg("/%s[%d] = %g", path, (int)i, data[i]);
}

static void assert_integers(hid_t file, const char *path, size_t count, const int64_t *wanted) {
    int64_t data[64];
    h5t_read(file, path, H5T_NATIVE_INT64, data);
    for (size_t i = 0; i < count; i++)
        if (data[i] != wanted[i])
            fail_msg("/%s[%d] = %lld", path, (int)i, (long long)data[i]);
}

static void a_new_file_says_that_nothing_is_known(void **state) {
    scratch_t *scratch = *state;
    int64_t zeros[64] = {0}, ranks[F];
    uint64_t masks[F];
    double bins[5];
    make_file(scratch->file);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    assert_integers(file, "samples/index", S, INDEX);
    assert_integers(file, "samples/label", S, LABEL);
    assert_integers(file, "samples/n_players", S, (int64_t[]){4, 3, 4});
    assert_integers(file, "samples/target", S, (int64_t[]){-1, -1, -1});
    assert_integers(file, "samples/status", S, zeros);
    assert_integers(file, "samples/attempts", S, zeros);
    assert_integers(file, "samples/error_kind", S, zeros);
    assert_integers(file, "progress/block_bits", 1, (int64_t[]){G});
    assert_integers(file, "progress/stride", 1, zeros);
    assert_integers(file, "progress/phase", S, zeros);
    assert_integers(file, "progress/values_done", S * 4, zeros);
    assert_integers(file, "provenance/starts", 1, zeros);
    assert_integers(file, "conditions/monotone", S, (int64_t[]){255, 255, 255});
    assert_integers(file, "summary/valid", 1, zeros);
    assert_integers(file, "summary/transferability/k", 4, (int64_t[]){1, 2, 5, 10});
    assert_integers(file, "summary/faithfulness/k", 4, (int64_t[]){1, 2, 5, 10});
    assert_integers(file, "summary/transferability/classes", 2, CLASSES);
    for (int i = 0; i < F; i++)
        ranks[i] = i + 1;
    assert_integers(file, "summary/strength_rank", F, ranks);
    h5t_read(file, "summary/interactions/mask", H5T_NATIVE_UINT64, masks);
    assert_true(masks[0] == UINT64_MAX && masks[F - 1] == UINT64_MAX);
    h5t_read(file, "summary/discrimination/bin", H5T_NATIVE_DOUBLE, bins);
    assert_true(bins[0] == 0 && bins[4] == 0.8);
    assert_nans(file, "samples/seconds", S);
    assert_nans(file, "samples/v_full", S);
    assert_nans(file, "indices/multi_order", S * (N - 1) * N * N);
    assert_nans(file, "orders/cancellation", S * (N + 1));
    assert_nans(file, "conditions/coefficients", S * (N + 1) * (N + 1));
    assert_nans(file, "summary/orders/output_mean_count", N + 1);
    assert_nans(file, "summary/interactions/edges", F * 21);
    assert_nans(file, "summary/excluded", 16);
    H5Fclose(file);
}

static void an_open_file_knows_what_it_was_made_of(void **state) {
    scratch_t *scratch = *state;
    int64_t classes;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    assert_int_equal(results_samples(results), S);
    assert_int_equal(results_players(results), N);
    assert_int_equal(results_block_bits(results), G);
    assert_true(results_has_tables(results));
    assert_string_equal(results_tables_of(results), "");
    assert_int_equal(results_fields(results)->indices, INDEX_STII2 | INDEX_BII2 | INDEX_MULTI_ORDER);
    assert_string_equal(results_config(results), "model: {backend: game}\n");
    assert_string_equal(results_identity(results)->engine, "game");
    assert_string_equal(results_identity(results)->settings_sha256, "22");
    assert_int_equal(results_index(results, 2), 9);
    assert_int_equal(results_label(results, 1), 0);
    assert_int_equal(results_players_of(results, 1), 3);
    assert_int_equal(results_classes(results, &classes)[1], 2);
    assert_int_equal(classes, 2);
    assert_string_equal(results_player_name(results, 0, 1), "Öhr");
    assert_string_equal(results_player_name(results, 0, 0), "Mund"); /* the longest fills its width */
    assert_string_equal(results_player_name(results, 1, 3), "");
    assert_int_equal(results_blocks_of(results, 0), 4);
    assert_int_equal(results_blocks_of(results, 1), 2);
    assert_int_equal(results_blocks_per_row(results), 4);
    results_close(&results);
    assert_null(results);
}

static void shared_names_and_none(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = spec_of();
    char warning[RESULTS_TEXT];
    spec.names_per_sample = false;
    OK(results_create(scratch->file, &spec, warning, &trouble));
    results_t *results = open_file(scratch->file);
    assert_string_equal(results_player_name(results, 2, 3), "d");
    results_close(&results);
    spec.names = false;
    spec.indices = 0;
    OK(results_create(scratch->file, &spec, warning, &trouble));
    results = open_file(scratch->file);
    assert_null(results_player_name(results, 2, 3));
    assert_int_equal(results_fields(results)->indices, 0);
    results_close(&results);
}

static void a_file_of_statistics_has_no_tables(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = spec_of();
    char warning[RESULTS_TEXT];
    failure_t why;
    double value = 1;
    spec.tables = false;
    spec.tables_of = "other.h5";
    OK(results_create(scratch->file, &spec, warning, &trouble));
    results_t *results = open_file(scratch->file);
    assert_false(results_has_tables(results));
    assert_string_equal(results_tables_of(results), "other.h5");
    assert_int_equal(results_write_values(results, 0, 0, 1, &value, &why), STATUS_INTERNAL);
    OK(results_clear_rows(results, 0, &trouble));
    results_close(&results);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    assert_false(H5Lexists(file, "progress", H5P_DEFAULT) || H5Lexists(file, "values", H5P_DEFAULT));
    H5Fclose(file);
}

/* ---- what is written is what HDF5 reads ---- */

static void tables_are_read_by_hdf5_as_written(void **state) {
    scratch_t *scratch = *state;
    double data[MASKS], back[S * MASKS], again[4];
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    for (int i = 0; i < MASKS; i++)
        data[i] = i * 0.1 - 0.3;
    OK(results_write_values(results, 1, 0, 8, data, &trouble));
    OK(results_write_values(results, 2, 4, 4, data + 4, &trouble));
    OK(results_write_interactions(results, 1, 2, 6, data, &trouble));
    OK(results_write_nan_tail(results, 1, 8, &trouble));
    OK(results_read_values(results, 2, 4, 4, again, &trouble));
    assert_memory_equal(again, data + 4, sizeof again);
    OK(results_read_interactions(results, 1, 2, 4, again, &trouble));
    assert_memory_equal(again, data, sizeof again);
    OK(results_sync(results, &trouble));
    results_close(&results);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    h5t_read(file, "values", H5T_NATIVE_DOUBLE, back);
    assert_memory_equal(back + MASKS, data, 8 * sizeof *data);
    assert_memory_equal(back + 2 * MASKS + 4, data + 4, 4 * sizeof *data);
    for (int i = 8; i < MASKS; i++)
        assert_true(canonical(back[MASKS + i]));
    h5t_read(file, "interactions", H5T_NATIVE_DOUBLE, back);
    assert_memory_equal(back + MASKS + 2, data, 6 * sizeof *data);
    assert_true(canonical(back[MASKS + 8]));
    H5Fclose(file);
}

static void nothing_is_written_beside_the_tables(void **state) {
    scratch_t *scratch = *state;
    double data[MASKS + 1] = {0};
    failure_t why;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    assert_int_equal(results_write_values(results, S, 0, 1, data, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_values(results, -1, 0, 1, data, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_values(results, 0, 1, MASKS, data, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_interactions(results, 0, MASKS + 1, 0, data, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_blocks_done(results, 0, 3, 2, true, &why), STATUS_INTERNAL);
    assert_non_null(strstr(why.text, "values_done"));
    results_close(&results);
}

/* A row of recognisable numbers: 1000 * field + position, codes small. */
static void fill_row(const fields_t *fields, double *row) {
    for (int id = 0; id < FIELD_COUNT; id++)
        for (size_t i = 0; i < fields->length[id]; i++)
            row[fields->offset[id] + i] = FIELDS[id].type == FIELD_U8 ? (double)(i + 1) : id * 1000 + (double)i;
}

static void rows_are_read_by_hdf5_as_written(void **state) {
    scratch_t *scratch = *state;
    double row[1024], back[1024], column[S * 64];
    unsigned char codes[S];
    uint32_t crcs[S], crc = 0;
    bool good = false;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    const fields_t *fields = results_fields(results);
    assert_true(fields->doubles <= 1024);
    fill_row(fields, row);
    row[fields->offset[FIELD_MONOTONE]] = NAN;
    row[fields->offset[FIELD_P_PAPER]] = -NAN; /* another NaN: made the one NaN */
    OK(results_write_row(results, 1, row, &trouble));
    OK(results_read_row(results, 1, back, &good, &trouble));
    assert_true(good);
    assert_true(back[fields->offset[FIELD_MONOTONE]] == 255);
    assert_true(canonical(back[fields->offset[FIELD_P_PAPER]]));
    row[fields->offset[FIELD_MONOTONE]] = 255;
    row[fields->offset[FIELD_P_PAPER]] = nan_canonical();
    assert_memory_equal(row, back, fields->doubles * sizeof *row);
    OK(results_read_row(results, 0, back, &good, &trouble));
    assert_false(good); /* never written: CRC 0 is not that of its NaNs */

    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    for (int id = 0; id < FIELD_COUNT; id++) {
        size_t length = fields->length[id];
        if (FIELDS[id].type == FIELD_U8) {
            h5t_read(file, FIELDS[id].path, H5T_NATIVE_UINT8, codes);
            assert_int_equal(codes[1], (int)row[fields->offset[id]]);
            assert_int_equal(codes[2], 255);
            crc = crc32c(crc, &codes[1], 1);
            continue;
        }
        double *all = length > 64 ? calloc(S * length, sizeof *all) : column;
        h5t_read(file, FIELDS[id].path, H5T_NATIVE_DOUBLE, all);
        assert_memory_equal(all + length, row + fields->offset[id], length * sizeof *all);
        assert_true(canonical(all[0]) && canonical(all[3 * length - 1]));
        crc = crc32c(crc, all + length, length * sizeof *all);
        if (all != column)
            free(all);
    }
    h5t_read(file, "samples/row_crc", H5T_NATIVE_UINT32, crcs);
    assert_int_equal(crcs[1], crc);
    H5Fclose(file);
    results_close(&results);
}

/* Where a dataset's bytes are, asked of HDF5. */
static uint64_t place_of(const char *path, const char *dataset_path) {
    hid_t file = h5t_open(path, H5F_ACC_RDONLY), dataset = H5Dopen2(file, dataset_path, H5P_DEFAULT);
    haddr_t offset = H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Fclose(file);
    return offset;
}

static void flip(const char *path, uint64_t at) {
    unsigned char byte;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte = (unsigned char)(byte ^ 1u << at % 8);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    close(fd);
}

static void a_flipped_byte_in_a_row_is_noticed(void **state) {
    scratch_t *scratch = *state;
    double row[1024];
    bool good;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    fill_row(results_fields(results), row);
    OK(results_write_row(results, 2, row, &trouble));
    for (int id = 0; id < FIELD_COUNT; id++) {
        size_t width = FIELDS[id].type == FIELD_U8 ? 1 : 8;
        uint64_t at = place_of(scratch->file, FIELDS[id].path) + 2 * results_fields(results)->length[id] * width;
        flip(scratch->file, at);
        OK(results_read_row(results, 2, row, &good, &trouble));
        assert_false(good);
        flip(scratch->file, at);
    }
    OK(results_read_row(results, 2, row, &good, &trouble));
    assert_true(good);
    results_close(&results);
}

static void samples_are_read_back(void **state) {
    scratch_t *scratch = *state;
    results_sample_t in = {.error_kind = ERROR_CERTAIN,
                           .target = 3,
                           .attempts = 2,
                           .seconds = 1.5,
                           .v_empty = -1,
                           .v_full = 4,
                           .noise_sigma = NAN},
                     out;
    char error[S][RESULTS_ERROR_TEXT];
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    memset(in.error, 'x', RESULTS_ERROR_TEXT - 2);
    strcpy(in.error + 3, "mask 0x5: output is NaN");
    OK(results_write_sample(results, 1, &in, &trouble));
    OK(results_read_sample(results, 1, &out, &trouble));
    assert_int_equal(out.status, SAMPLE_PENDING);
    OK(results_write_status(results, 1, SAMPLE_FAILED, &trouble));
    OK(results_read_sample(results, 1, &out, &trouble));
    assert_int_equal(out.status, SAMPLE_FAILED);
    assert_int_equal(out.error_kind, ERROR_CERTAIN);
    assert_string_equal(out.error, "xxxmask 0x5: output is NaN");
    assert_true(out.target == 3 && out.attempts == 2 && out.seconds == 1.5 && out.v_empty == -1 && out.v_full == 4);
    assert_true(canonical(out.noise_sigma));
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, RESULTS_ERROR_TEXT);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    h5t_read(file, "samples/error", type, error);
    assert_string_equal(error[1], "xxxmask 0x5: output is NaN");
    assert_int_equal(error[0][0], 0);
    assert_int_equal(error[1][RESULTS_ERROR_TEXT - 1], 0); /* the rest of the old text is gone */
    H5Tclose(type);
    H5Fclose(file);
    results_close(&results);
}

static void long_errors_are_cut_between_characters(void **state) {
    scratch_t *scratch = *state;
    results_sample_t in = {0}, out;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    for (int i = 0; i < RESULTS_ERROR_TEXT; i++) /* no NUL: "aääää…", 2 bytes each, the last one does not fit */
        in.error[i] = i == 0 ? 'a' : i % 2 ? '\xc3' : '\xa4';
    OK(results_write_sample(results, 0, &in, &trouble));
    OK(results_read_sample(results, 0, &out, &trouble));
    assert_int_equal(strlen(out.error), 255);
    in.error[0] = '\xc3';
    for (int i = 1; i < RESULTS_ERROR_TEXT; i++)
        in.error[i] = i % 2 ? '\xa4' : '\xc3';
    OK(results_write_sample(results, 0, &in, &trouble));
    OK(results_read_sample(results, 0, &out, &trouble));
    assert_int_equal(strlen(out.error), 254);
    results_close(&results);
}

static void damaged_codes_are_refused(void **state) {
    scratch_t *scratch = *state;
    results_sample_t sample;
    phase_t phase;
    failure_t why;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    OK(results_write_status(results, 0, (sample_status_t)7, &trouble));
    assert_int_equal(results_read_sample(results, 0, &sample, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "/samples/status: sample 0 has code 7"));
    OK(results_write_phase(results, 0, (phase_t)3, &trouble));
    assert_int_equal(results_read_phase(results, 0, &phase, &why), STATUS_INPUT);
    results_close(&results);
}

static void progress_is_read_back(void **state) {
    scratch_t *scratch = *state;
    uint32_t values[4] = {1, 2, 3, 4}, interactions[4] = {5, 6, 7, 8}, crcs[S * 4], other[4];
    uint8_t done[S * 4];
    phase_t phase;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    OK(results_write_crcs(results, 1, 1, 2, values, NULL, &trouble));
    OK(results_write_crcs(results, 2, 0, 4, values, interactions, &trouble));
    OK(results_write_blocks_done(results, 1, 1, 2, true, &trouble));
    OK(results_write_phase(results, 1, PHASE_COMBINING, &trouble));
    OK(results_read_crcs(results, 2, 0, 4, crcs, other, &trouble));
    assert_memory_equal(crcs, values, sizeof values);
    assert_memory_equal(other, interactions, sizeof other);
    OK(results_read_blocks_done(results, 1, 0, 4, done, &trouble));
    assert_memory_equal(done, ((uint8_t[]){0, 1, 1, 0}), 4);
    OK(results_read_phase(results, 1, &phase, &trouble));
    assert_int_equal(phase, PHASE_COMBINING);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    h5t_read(file, "progress/values_crc", H5T_NATIVE_UINT32, crcs);
    assert_memory_equal(crcs, ((uint32_t[]){0, 0, 0, 0, 0, 1, 2, 0, 1, 2, 3, 4}), sizeof crcs);
    h5t_read(file, "progress/values_done", H5T_NATIVE_UINT8, done);
    assert_memory_equal(done, ((uint8_t[]){0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0}), sizeof done);
    H5Fclose(file);
    OK(results_write_status(results, 1, SAMPLE_DONE, &trouble));
    OK(results_clear_flags(results, 1, &trouble));
    OK(results_read_blocks_done(results, 1, 0, 4, done, &trouble));
    assert_memory_equal(done, ((uint8_t[]){0, 0, 0, 0}), 4);
    OK(results_read_phase(results, 1, &phase, &trouble));
    assert_int_equal(phase, PHASE_EVALUATING);
    results_close(&results);
}

/* What is written of several samples at once lies where that of each belongs, and no further. */
static void samples_side_by_side(void **state) {
    scratch_t *scratch = *state;
    uint32_t values[6] = {1, 2, 3, 4, 5, 6}, crcs[S * 4];
    uint8_t done[S * 4], codes[S];
    double rows[2 * 1024], back[2 * 1024], one[1024];
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    size_t doubles = results_fields(results)->doubles;
    OK(results_write_crcs(results, 0, 3, 6, values, NULL, &trouble));
    OK(results_flag_whole(results, 1, 2, &trouble));
    fill_row(results_fields(results), rows);
    fill_row(results_fields(results), rows + doubles);
    rows[doubles + results_fields(results)->offset[FIELD_P_PAPER]] = 0.25;
    OK(results_write_rows(results, 1, 2, rows, &trouble));
    OK(results_read_rows(results, 1, 2, back, &trouble));
    assert_memory_equal(rows, back, 2 * doubles * sizeof *rows);
    OK(results_read_row(results, 2, one, NULL, &trouble));
    assert_memory_equal(one, rows + doubles, doubles * sizeof *one);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    h5t_read(file, "progress/values_crc", H5T_NATIVE_UINT32, crcs);
    assert_memory_equal(crcs, ((uint32_t[]){0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0}), sizeof crcs);
    h5t_read(file, "progress/values_done", H5T_NATIVE_UINT8, done);
    assert_memory_equal(done, ((uint8_t[]){0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}), sizeof done);
    h5t_read(file, "progress/phase", H5T_NATIVE_UINT8, codes);
    assert_memory_equal(codes, ((uint8_t[]){PHASE_EVALUATING, PHASE_WHOLE, PHASE_WHOLE}), S);
    h5t_read(file, "samples/status", H5T_NATIVE_UINT8, codes);
    assert_memory_equal(codes, ((uint8_t[]){SAMPLE_PENDING, SAMPLE_DONE, SAMPLE_DONE}), S);
    H5Fclose(file);
    failure_t why;
    const double *const tables[3] = {rows, rows, rows};
    assert_int_equal(results_write_crcs(results, 2, 3, 2, values, NULL, &why), STATUS_INTERNAL);
    assert_int_equal(results_flag_whole(results, 2, 2, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_rows(results, 2, 2, rows, &why), STATUS_INTERNAL);
    assert_int_equal(results_read_rows(results, 2, 2, rows, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_tables(results, 1, 3, tables, tables, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_tables(results, -1, 1, tables, tables, &why), STATUS_INTERNAL);
    results_close(&results);
}

static void a_cleared_sample_is_all_nan(void **state) {
    scratch_t *scratch = *state;
    double ones[MASKS], back[S * MASKS], row[1024];
    bool good;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    for (int i = 0; i < MASKS; i++)
        ones[i] = 1;
    for (int sample = 0; sample < S; sample++) {
        OK(results_write_values(results, sample, 0, MASKS, ones, &trouble));
        OK(results_write_interactions(results, sample, 0, MASKS, ones, &trouble));
    }
    OK(results_clear_rows(results, 1, &trouble));
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    for (int table = 0; table < 2; table++) {
        h5t_read(file, table ? "values" : "interactions", H5T_NATIVE_DOUBLE, back);
        for (int i = 0; i < S * MASKS; i++)
            assert_true(i / MASKS == 1 ? canonical(back[i]) : back[i] == 1);
    }
    H5Fclose(file);
    OK(results_read_row(results, 1, row, &good, &trouble));
    assert_true(good && canonical(row[0]));
    results_close(&results);
}

static void rows_are_read_in_leaves(void **state) {
    scratch_t *scratch = *state;
    enum { WIDE = 13 };
    results_spec_t spec = spec_of();
    char warning[RESULTS_TEXT];
    const int32_t players[S] = {WIDE, 5, WIDE};
    double *data = malloc(sizeof(double) << WIDE);
    const double *leaf;
    results_row_t *row;
    spec.players = WIDE;
    spec.n_players = players;
    spec.names = false;
    spec.block_bits = 10;
    OK(results_create(scratch->file, &spec, warning, &trouble));
    results_t *results = open_file(scratch->file);
    for (int i = 0; i < 1 << WIDE; i++)
        data[i] = i;
    OK(results_write_interactions(results, 2, 0, 1 << WIDE, data, &trouble));
    OK(results_write_values(results, 1, 0, 32, data, &trouble));
    OK(results_row_open(results, true, &row, &trouble));
    row_source_t source = results_row_source(row, 2);
    assert_int_equal(source.n, WIDE);
    OK(source.read(source.self, 4096, &leaf, &trouble));
    assert_memory_equal(leaf, data + 4096, 4096 * sizeof *data);
    results_row_free(&row);
    OK(results_row_open(results, false, &row, &trouble));
    source = results_row_source(row, 1);
    assert_int_equal(source.n, 5);
    OK(source.read(source.self, 0, &leaf, &trouble));
    assert_memory_equal(leaf, data, 32 * sizeof *data);
    results_row_free(&row);
    results_close(&results);
    free(data);
}

/* ---- provenance ---- */

static void the_first_start_and_the_latest_are_kept(void **state) {
    scratch_t *scratch = *state;
    results_run_t run = {.started = "2024-01-01T00:00:00Z", .host = "h", .ranks = 4, .seconds = 2.5},
                  runs[RESULTS_RUNS];
    int slot, count;
    uint64_t starts;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    OK(results_read_runs(results, runs, &count, &starts, &trouble));
    assert_true(count == 0 && starts == 0);
    for (int i = 0; i < 150; i++) {
        run.masks = (uint64_t)i;
        OK(results_add_run(results, &run, &slot, &trouble));
        assert_true(slot >= 0 && slot < RESULTS_RUNS && (slot == 0) == (i == 0));
    }
    run.masks = 1000;
    strcpy(run.exit, "0 complete");
    OK(results_update_run(results, slot, &run, &trouble));
    OK(results_read_runs(results, runs, &count, &starts, &trouble));
    assert_int_equal(starts, 150);
    assert_int_equal(count, RESULTS_RUNS);
    assert_int_equal(runs[0].masks, 0);
    for (int i = 1; i < count - 1; i++)
        assert_int_equal(runs[i].masks, 150 - RESULTS_RUNS + i);
    assert_int_equal(runs[count - 1].masks, 1000);
    assert_string_equal(runs[count - 1].exit, "0 complete");
    assert_true(runs[5].ranks == 4 && runs[5].seconds == 2.5);
    OK(results_write_exit(results, slot, "stopped", &trouble));
    OK(results_read_runs(results, runs, &count, &starts, &trouble));
    assert_string_equal(runs[count - 1].exit, "stopped");
    assert_true(count == RESULTS_RUNS && runs[count - 1].masks == 1000 && runs[count - 2].exit[0] == '\0');
    results_close(&results);
}

/* A merged file counts starts whose records are not there. */
static void starts_without_a_record_are_skipped(void **state) {
    scratch_t *scratch = *state;
    results_run_t run = {.started = "2024-01-01T00:00:00Z"}, runs[RESULTS_RUNS];
    int slot, count;
    uint64_t starts;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    OK(results_add_starts(results, 7, &trouble));
    for (int i = 0; i < 3; i++) {
        run.ranks = i;
        OK(results_add_run(results, &run, &slot, &trouble));
        assert_int_equal(slot, 7 + i);
    }
    OK(results_read_runs(results, runs, &count, &starts, &trouble));
    assert_true(count == 3 && starts == 10);
    assert_true(runs[0].ranks == 0 && runs[1].ranks == 1 && runs[2].ranks == 2);
    results_close(&results);
}

/* ---- shards ---- */

/* Shard 1 of 2 of the three samples holds the second one alone, and what is known of all. */
static void a_shard_knows_the_whole(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = spec_of();
    char warning[RESULTS_TEXT];
    bool valid = true;
    int64_t count;
    summary_t summary;
    failure_t why;
    spec.shard = 1;
    spec.shards = 2;
    OK(results_create(scratch->file, &spec, warning, &trouble));
    results_t *results = open_file(scratch->file);
    const results_shard_t *shard = results_shard(results);
    assert_int_equal(results_samples(results), 1);
    assert_int_equal(results_players(results), N);
    assert_int_equal(results_index(results, 0), INDEX[1]);
    assert_int_equal(results_label(results, 0), LABEL[1]);
    assert_int_equal(results_players_of(results, 0), PLAYERS[1]);
    assert_string_equal(results_player_name(results, 0, 2), "g");
    assert_true(shard->shard == 1 && shard->shards == 2 && shard->samples == S && shard->names_per_sample);
    assert_memory_equal(shard->index, INDEX, sizeof INDEX);
    assert_memory_equal(shard->label, LABEL, sizeof LABEL);
    assert_memory_equal(shard->n_players, PLAYERS, sizeof PLAYERS);
    assert_string_equal(results_shard_name(results, 0, 1), "Öhr");
    assert_string_equal(results_shard_name(results, 1, 3), "");
    assert_string_equal(results_shard_name(results, 2, 3), "k");
    assert_memory_equal(results_classes(results, &count), CLASSES, sizeof CLASSES);
    assert_int_equal(count, 2);
    OK(results_read_summary_valid(results, &valid, &trouble));
    assert_false(valid);
    OK(results_summary_create(results, &summary, &trouble));
    assert_int_equal(results_read_summary(results, &summary, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_summary(results, &summary, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_summary_valid(results, true, &why), STATUS_INTERNAL);
    summary_free(&summary);
    results_close(&results);
    make_file(scratch->file);
    results = open_file(scratch->file);
    assert_null(results_shard(results));
    results_close(&results);
}

/* A member of the compound records, by name, as any HDF5 reader gets it. */
static void read_member(hid_t file, const char *path, const char *member, hid_t type, size_t bytes, void *data) {
    hid_t compound = H5Tcreate(H5T_COMPOUND, bytes);
    H5Tinsert(compound, member, 0, type);
    h5t_read(file, path, compound, data);
    H5Tclose(compound);
}

static void records_are_compounds_for_hdf5(void **state) {
    scratch_t *scratch = *state;
    results_heartbeat_t beat = {.time = 1.5,
                                .start = 1.25,
                                .masks_at_start = 7,
                                .masks_now = 9,
                                .id = 0x0123456789abcdef,
                                .ranks = 4,
                                .silent = 1,
                                .first_silent = 3},
                        back;
    results_run_t run = {.compiler = "gcc", .slurm_restart = -1, .masks_for_target = 12};
    int slot;
    uint64_t numbers[RESULTS_RUNS];
    char compilers[RESULTS_RUNS][96];
    double time;
    int32_t first;
    uint64_t id, other;
    failure_t why;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    OK(results_read_heartbeat(results, &back, &trouble));
    assert_true(canonical(back.time) && back.first_silent == -1);
    OK(results_write_heartbeat(results, &beat, &trouble));
    OK(results_read_heartbeat(results, &back, &trouble));
    assert_true(back.time == 1.5 && back.start == 1.25 && back.masks_at_start == 7 && back.masks_now == 9);
    assert_true(back.id == beat.id && back.ranks == 4 && back.silent == 1 && back.first_silent == 3);
    OK(results_claim(results, &id, &trouble));
    OK(results_check_claim(results, id, &trouble));
    OK(results_claim(results, &other, &trouble));
    assert_int_equal(results_check_claim(results, id, &why), STATUS_INPUT);
    OK(results_read_heartbeat(results, &back, &trouble));
    assert_true(back.id == other && back.time == 1.5);
    OK(results_add_run(results, &run, &slot, &trouble));
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY), text = H5Tcopy(H5T_C_S1);
    read_member(file, "progress/heartbeat", "time", H5T_NATIVE_DOUBLE, 8, &time);
    read_member(file, "progress/heartbeat", "first_silent", H5T_NATIVE_INT32, 4, &first);
    assert_true(time == 1.5 && first == 3);
    read_member(file, "provenance/runs", "masks_for_target", H5T_NATIVE_UINT64, 8, numbers);
    assert_int_equal(numbers[0], 12);
    H5Tset_size(text, 96);
    H5Tset_cset(text, H5T_CSET_UTF8);
    read_member(file, "provenance/runs", "compiler", text, 96, compilers);
    assert_string_equal(compilers[0], "gcc");
    H5Tclose(text);
    H5Fclose(file);
    results_close(&results);
}

/* ---- others meddle with the file ---- */

static void sync_notices_a_file_that_is_gone(void **state) {
    scratch_t *scratch = *state;
    failure_t why;
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    OK(results_sync(results, &trouble));
    unlink(scratch->file);
    assert_int_equal(results_sync(results, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "deleted"));
    make_file(scratch->file);
    assert_int_equal(results_sync(results, &why), STATUS_INPUT);
    results_close(&results);
}

static void sync_notices_another_file_of_the_name(void **state) {
    scratch_t *scratch = *state;
    failure_t why;
    char aside[128];
    make_file(scratch->file);
    results_t *results = open_file(scratch->file);
    snprintf(aside, sizeof aside, "%s/aside.h5", scratch->folder);
    assert_int_equal(rename(scratch->file, aside), 0);
    make_file(scratch->file);
    assert_int_equal(results_sync(results, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "replaced"));
    results_close(&results);
    results = open_file(aside);
    assert_int_equal(truncate(aside, 5000), 0);
    assert_int_equal(results_sync(results, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "cut"));
    results_close(&results);
}

/* ---- refusals ---- */

static void assert_refused(const char *path, const char *part) {
    results_t *results;
    failure_t why = {0};
    assert_int_equal(results_open(path, false, &results, &why), STATUS_INPUT);
    assert_null(results);
    if (!strstr(why.text, part) || !strstr(why.text, path))
        fail_msg("\"%s\" does not say \"%s\"", why.text, part);
}

static void files_that_cannot_be_made(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = spec_of();
    char warning[RESULTS_TEXT], path[128];
    failure_t why;
    uint64_t bytes;
    snprintf(path, sizeof path, "%s/none/a.h5", scratch->folder);
    assert_int_equal(results_create(path, &spec, warning, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "folder does not exist"));
    spec.samples = 4; /* arrays of the spec are not read before the space is there */
    spec.players = PLAYERS_MAX;
    spec.names = false;
    spec.block_bits = PLAYERS_MAX;
    assert_true(results_bytes(&spec, &bytes));
    assert_true(bytes > 4 * 2 * (8ull << PLAYERS_MAX));
    assert_int_equal(results_create(scratch->file, &spec, warning, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "no space"));
    assert_non_null(strstr(why.text, "are needed"));
    spec.samples = INT64_MAX / 64;
    assert_false(results_bytes(&spec, &bytes));
    assert_int_equal(results_create(scratch->file, &spec, warning, &why), STATUS_INPUT);
    spec.samples = 0;
    assert_int_equal(results_create(scratch->file, &spec, warning, &why), STATUS_INPUT);
    snprintf(path, sizeof path, "ls -A '%s' | grep -q .", scratch->folder);
    assert_int_not_equal(system(path), 0); /* nothing is left behind */
}

static void the_size_is_known_beforehand(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = spec_of();
    uint64_t bytes;
    struct stat info;
    make_file(scratch->file);
    assert_true(results_bytes(&spec, &bytes));
    assert_int_equal(stat(scratch->file, &info), 0);
    assert_true((uint64_t)info.st_size <= bytes);
    assert_true((uint64_t)info.st_size * 4 > bytes);
    assert_true(info.st_blocks * 512 >= info.st_size); /* no holes */
}

static void what_is_no_results_file_is_refused(void **state) {
    scratch_t *scratch = *state;
    assert_refused(scratch->file, "No such file");
    assert_refused(scratch->folder, "regular file");
    FILE *text = fopen(scratch->file, "w");
    fputs("this is a text, and no HDF5 file at all\n", text);
    fclose(text);
    assert_refused(scratch->file, "is not an HDF5 file");
    H5Fclose(h5t_create(scratch->file));
    assert_refused(scratch->file, "not a results file");
}

/* Opens the file with HDF5, takes a dataset out and leaves the file to `put` to put another thing there. */
static void replace(const char *path, const char *dataset, void (*put)(hid_t file, const char *path)) {
    make_file(path);
    hid_t file = h5t_open(path, H5F_ACC_RDWR);
    assert_true(H5Ldelete(file, dataset, H5P_DEFAULT) >= 0);
    put(file, dataset);
    H5Fclose(file);
}

static void put_nothing(hid_t file, const char *path) {
    (void)file;
    (void)path;
}
static void put_soft_link(hid_t file, const char *path) {
    H5Lcreate_soft("/samples/index", file, path, H5P_DEFAULT, H5P_DEFAULT);
}
static void put_external_link(hid_t file, const char *path) {
    H5Lcreate_external("other.h5", "/x", file, path, H5P_DEFAULT, H5P_DEFAULT);
}
static void put_group(hid_t file, const char *path) {
    H5Gclose(H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}
static void put_floats(hid_t file, const char *path) {
    float zeros[S] = {0};
    h5t_write(file, path, H5T_IEEE_F32LE, 1, (hsize_t[]){S}, H5P_DEFAULT, H5T_NATIVE_FLOAT, zeros);
}
static void put_big_endian(hid_t file, const char *path) {
    double zeros[S] = {0};
    h5t_write(file, path, H5T_IEEE_F64BE, 1, (hsize_t[]){S}, H5P_DEFAULT, H5T_NATIVE_DOUBLE, zeros);
}
static void put_one_too_few(hid_t file, const char *path) {
    double zeros[S] = {0};
    h5t_write(file, path, H5T_IEEE_F64LE, 1, (hsize_t[]){S - 1}, H5P_DEFAULT, H5T_NATIVE_DOUBLE, zeros);
}
static void put_chunked(hid_t file, const char *path) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    double zeros[S] = {0};
    H5Pset_chunk(list, 1, (hsize_t[]){1});
    h5t_write(file, path, H5T_IEEE_F64LE, 1, (hsize_t[]){S}, list, H5T_NATIVE_DOUBLE, zeros);
    H5Pclose(list);
}
static void put_external_storage(hid_t file, const char *path) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(list, "/etc/passwd", 0, 8 * S);
    h5t_write(file, path, H5T_IEEE_F64LE, 1, (hsize_t[]){S}, list, H5T_NATIVE_DOUBLE, NULL);
    H5Pclose(list);
}
static void put_unwritten(hid_t file, const char *path) {
    h5t_write(file, path, H5T_IEEE_F64LE, 1, (hsize_t[]){S}, H5P_DEFAULT, H5T_NATIVE_DOUBLE, NULL);
}
static void put_many_players(hid_t file, const char *path) {
    int32_t many[S] = {4, 400, 4};
    h5t_write(file, path, H5T_STD_I32LE, 1, (hsize_t[]){S}, H5P_DEFAULT, H5T_NATIVE_INT32, many);
}
static void put_large_block_bits(hid_t file, const char *path) {
    int32_t bits = 5;
    h5t_write(file, path, H5T_STD_I32LE, 0, NULL, H5P_DEFAULT, H5T_NATIVE_INT32, &bits);
}
static void put_huge_orders(hid_t file, const char *path) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 2, (hsize_t[]){1, 1});
    hid_t space = H5Screate_simple(2, (hsize_t[]){S, (hsize_t)1 << 60}, NULL);
    hid_t dataset = H5Dcreate2(file, path, H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    hid_t point = H5Screate_simple(2, (hsize_t[]){1, 1}, NULL);
    double one = 1;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, (hsize_t[]){0, 0}, NULL, (hsize_t[]){1, 1}, NULL);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, point, space, H5P_DEFAULT, &one) >= 0);
    H5Sclose(point);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(list);
}

static void every_wrong_dataset_is_named(void **state) {
    scratch_t *scratch = *state;
    static const struct {
        const char *dataset;
        void (*put)(hid_t, const char *);
        const char *says;
    } CASES[] = {
        {"samples/seconds", put_nothing, "/samples/seconds: missing"},
        {"summary/orders/output_std_mean", put_nothing, "/summary/orders/output_std_mean: missing"},
        {"samples", put_nothing, "/samples/index: missing"},
        {"samples/v_full", put_soft_link, "/samples/v_full: is a soft or external link"},
        {"samples/v_full", put_external_link, "/samples/v_full: is a soft or external link"},
        {"samples", put_external_link, "/samples: is a soft or external link"},
        {"samples/v_full", put_group, "/samples/v_full: is no dataset"},
        {"samples/v_full", put_floats, "/samples/v_full: its type"},
        {"samples/v_full", put_big_endian, "/samples/v_full: its type"},
        {"samples/v_full", put_one_too_few, "/samples/v_full: has the shape [2], [3] expected"},
        {"samples/v_full", put_chunked, "/samples/v_full: is not stored in one piece"},
        {"samples/v_full", put_external_storage, "/samples/v_full: its data lies in other files"},
        {"samples/v_full", put_unwritten, "/samples/v_full: is empty or was never written"},
        {"samples/n_players", put_many_players, "/samples/n_players: sample 1 has 400 players"},
        {"progress/block_bits", put_large_block_bits, "/progress/block_bits: is 5, 0 to 4 expected"},
        {"orders/strength_mean", put_huge_orders,
         "/orders/strength_mean: 1 of its 3458764513820540928 chunks were written"},
        {"values", put_nothing, "attribute tables: missing"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        replace(scratch->file, CASES[i].dataset, CASES[i].put);
        assert_refused(scratch->file, CASES[i].says);
    }
}

static void write_version(const char *path, int version) {
    hid_t file = h5t_open(path, H5F_ACC_RDWR), attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT, &version);
    H5Aclose(attribute);
    H5Fclose(file);
}

static void attributes_are_checked(void **state) {
    scratch_t *scratch = *state;
    make_file(scratch->file);
    write_version(scratch->file, 2);
    assert_refused(scratch->file, "has format version 2");
    make_file(scratch->file);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDWR);
    H5Adelete(file, "engine");
    H5Fclose(file);
    assert_refused(scratch->file, "attribute engine: missing");
}

static void a_cut_file_is_refused_wherever_it_is_cut(void **state) {
    scratch_t *scratch = *state;
    struct stat info;
    make_file(scratch->file);
    assert_int_equal(stat(scratch->file, &info), 0);
    for (off_t length = info.st_size - 1; length > 0; length = length * 7 / 8) {
        assert_int_equal(truncate(scratch->file, length), 0);
        assert_refused(scratch->file, "HDF5");
    }
}

/* 0: each file with one flipped bit was refused, or the bit lies in data or in unused bytes and nothing was misread. */
static int flip_bits(const scratch_t *scratch) {
    struct stat info;
    int refused = 0;
    uint64_t random = 12345;
    if (stat(scratch->file, &info) != 0)
        return 1;
    for (int i = 0; i < 120; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t at = i < 24 ? (uint64_t)i * 4 : (random >> 20) % (uint64_t)info.st_size;
        results_t *results;
        failure_t why;
        flip(scratch->file, at);
        status_t status = results_open(scratch->file, false, &results, &why);
        bool misread = status == STATUS_OK && (results_samples(results) != S || results_players(results) != N);
        results_close(&results);
        flip(scratch->file, at);
        if (misread || (status != STATUS_OK && status != STATUS_INPUT))
            return 2;
        refused += status == STATUS_INPUT;
    }
    return refused < 40;
}

/* HDF5's metadata carry checksums in this file. */
static void a_flipped_bit_in_the_structure_never_misleads(void **state) {
    scratch_t *scratch = *state;
    make_file(scratch->file);
    scratch_run_apart(flip_bits, scratch);
    results_t *results = open_file(scratch->file);
    results_close(&results);
}

static void a_file_that_may_not_be_written_is_read(void **state) {
    scratch_t *scratch = *state;
    results_t *results;
    failure_t why;
    make_file(scratch->file);
    chmod(scratch->file, 0444);
    OK(results_open(scratch->file, false, &results, &trouble));
    results_close(&results);
    if (geteuid() != 0) {
        assert_int_equal(results_open(scratch->file, true, &results, &why), STATUS_INPUT);
        assert_non_null(strstr(why.text, "cannot be written"));
    }
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(the_structure_is_the_promised_one),
        WITH_SCRATCH(a_new_file_says_that_nothing_is_known),
        WITH_SCRATCH(an_open_file_knows_what_it_was_made_of),
        WITH_SCRATCH(shared_names_and_none),
        WITH_SCRATCH(a_file_of_statistics_has_no_tables),
        WITH_SCRATCH(tables_are_read_by_hdf5_as_written),
        WITH_SCRATCH(nothing_is_written_beside_the_tables),
        WITH_SCRATCH(rows_are_read_by_hdf5_as_written),
        WITH_SCRATCH(a_flipped_byte_in_a_row_is_noticed),
        WITH_SCRATCH(samples_are_read_back),
        WITH_SCRATCH(long_errors_are_cut_between_characters),
        WITH_SCRATCH(damaged_codes_are_refused),
        WITH_SCRATCH(progress_is_read_back),
        WITH_SCRATCH(samples_side_by_side),
        WITH_SCRATCH(a_cleared_sample_is_all_nan),
        WITH_SCRATCH(rows_are_read_in_leaves),
        WITH_SCRATCH(the_first_start_and_the_latest_are_kept),
        WITH_SCRATCH(starts_without_a_record_are_skipped),
        WITH_SCRATCH(a_shard_knows_the_whole),
        WITH_SCRATCH(records_are_compounds_for_hdf5),
        WITH_SCRATCH(sync_notices_a_file_that_is_gone),
        WITH_SCRATCH(sync_notices_another_file_of_the_name),
        WITH_SCRATCH(files_that_cannot_be_made),
        WITH_SCRATCH(the_size_is_known_beforehand),
        WITH_SCRATCH(what_is_no_results_file_is_refused),
        WITH_SCRATCH(every_wrong_dataset_is_named),
        WITH_SCRATCH(attributes_are_checked),
        WITH_SCRATCH(a_cut_file_is_refused_wherever_it_is_cut),
        WITH_SCRATCH(a_flipped_bit_in_the_structure_never_misleads),
        WITH_SCRATCH(a_file_that_may_not_be_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
