/* results/results: every dataset is described and of the size that its axes say, a new file says that nothing is known,
 * and an open file knows what it was made of. */
#include "support/make_small.h"

/* ---- structure ---- */

/* How long an axis is in a small file, by its name; bins are those of histograms or of discrimination. */
static const struct {
    const char *name;
    hsize_t length, other;
} AXES[] = {{"row", S, 0},          {"player", N, 0},     {"context size", N - 1, 0},
            {"order", N + 1, 0},    {"degree", N + 1, 0}, {"mask", MASKS, 0},
            {"byte", MASKS / 8, 0}, {"block", 4, 0},      {"interaction", F, 0},
            {"bin", 20, 5},         {"edge", 21, 0},      {"k", 4, 0},
            {"class", 2, 3},        {"rank", F, 0},       {"code", 16, 0},
            {"slot", 64, 0}};

/* Described, in one piece, little-endian, and each axis as long as its name says. */
static void check_dataset(hid_t dataset, const char *path) {
    char text[512], *rest = NULL;
    hid_t space = H5Dget_space(dataset), list = H5Dget_create_plist(dataset), type = H5Dget_type(dataset);
    hsize_t dims[H5S_MAX_RANK];
    int axes = 0, rank = H5Sget_simple_extent_dims(space, dims, NULL);
    assert_int_equal(H5Pget_layout(list), H5D_CONTIGUOUS);
    assert_int_equal(H5Pget_nfilters(list), 0);
    if (H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT)
        assert_int_not_equal(H5Tget_order(type), H5T_ORDER_BE);
    h5t_read_text(dataset, "units", text);
    assert_true(text[0]);
    h5t_read_text(dataset, "description", text);
    assert_true(text[0]);
    h5t_read_text(dataset, "axes", text);
    for (char *name = strtok_r(text, ",", &rest); name; name = strtok_r(NULL, ",", &rest), axes++) {
        size_t at = 0;
        name += *name == ' ';
        while (at < sizeof AXES / sizeof *AXES && strcmp(AXES[at].name, name) != 0)
            at++;
        if (at == sizeof AXES / sizeof *AXES || axes >= rank ||
            (dims[axes] != AXES[at].length && dims[axes] != AXES[at].other))
            fail_msg("/%s: axis %s", path, name);
    }
    assert_int_equal(axes, rank);
    H5Tclose(type);
    H5Pclose(list);
    H5Sclose(space);
}

static herr_t check_datasets(hid_t file, const char *path, const H5L_info_t *info, void *data) {
    hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    if (H5Iget_type(object) == H5I_DATASET) {
        check_dataset(object, path);
        ++*(int *)data;
    }
    H5Oclose(object);
    return 0;
}

/* Names, axes and types are compared with docs/file-format.md in tests/e2e/test_contract.py. */
TEST_WITH(every_dataset_is_described_and_of_its_size, small_make, small_remove) {
    char text[512], temporary[128];
    int count = 0;
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, check_datasets, &count);
    assert_int_equal(count, 173);
    h5t_read_text(file, "format", text);
    assert_string_equal(text, "harsanyi results");
    h5t_read_text(file, "mask_convention", text);
    assert_non_null(strstr(text, "player 0 is the lowest bit"));
    H5Fclose(file);
    snprintf(temporary, sizeof temporary, "%s.tmp", small_path);
    assert_int_equal(access(temporary, F_OK), -1);
}

/* Files of ten players and more. */
TEST_WITH(long_rows_have_curves, scratch_make, scratch_remove) {
    static const int32_t TEN[S] = {10, 3, 4};
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    spec.players = 10;
    spec.n_players = TEN;
    memset(spec.names, 0, sizeof spec.names);
    results_t *results = make_results_with(scratch->file, &spec);
    const size_t *length = results_fields(results)->length;
    assert_int_equal(length[FIELD_CURVE_STRENGTH], 1023);
    for (int id = FIELD_CURVE_RMSE; id <= FIELD_CURVE_R_OMEGA; id++)
        assert_int_equal(length[id], 10);
    results_close(&results);
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

static void assert_ranks(hid_t file) {
    int64_t ranks[F];
    for (int i = 0; i < F; i++)
        ranks[i] = i + 1;
    assert_integers(file, "summary/strength_rank", F, ranks);
    assert_integers(file, "curves/rank", F, ranks);
    assert_integers(file, "curves/k", 4, (int64_t[]){1, 2, 5, 10});
}

TEST_WITH(a_new_file_says_that_nothing_is_known, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    int64_t zeros[64] = {0};
    uint64_t masks[F];
    double bins[5];
    make_small(scratch->file);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    assert_integers(file, "samples/index", S, INDEX);
    assert_integers(file, "samples/label", S, LABEL);
    assert_integers(file, "samples/n_players", S, (int64_t[]){4, 3, 4});
    assert_integers(file, "samples/target", S, (int64_t[]){-1, -1, -1});
    assert_integers(file, "samples/status", S, zeros);
    assert_integers(file, "samples/output", S, zeros);
    assert_integers(file, "samples/noise_why", S, zeros);
    assert_integers(file, "samples/input_crc", S, zeros);
    assert_integers(file, "salient/positive", S * MASKS / 8, zeros);
    assert_integers(file, "samples/attempts", S, zeros);
    assert_integers(file, "samples/error_kind", S, zeros);
    assert_integers(file, "progress/block_bits", 1, (int64_t[]){G});
    assert_integers(file, "progress/phase", S, zeros);
    assert_integers(file, "progress/values_done", S * 4, zeros);
    assert_integers(file, "provenance/starts", 1, zeros);
    assert_integers(file, "conditions/monotone", S, (int64_t[]){255, 255, 255});
    assert_integers(file, "summary/valid", 1, zeros);
    assert_integers(file, "summary/transferability/k", 4, (int64_t[]){1, 2, 5, 10});
    assert_integers(file, "summary/faithfulness/k", 4, (int64_t[]){1, 2, 5, 10});
    assert_integers(file, "summary/transferability/classes", 2, CLASSES);
    assert_ranks(file);
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

TEST_WITH(an_open_file_knows_what_it_was_made_of, small_make, small_remove) {
    int64_t classes;
    assert_int_equal(results_samples(small), S);
    assert_int_equal(results_players(small), N);
    assert_int_equal(results_block_bits(small), G);
    assert_true(results_has_tables(small));
    assert_string_equal(results_tables_of(small), "");
    assert_int_equal(results_fields(small)->indices, INDEX_STII2 | INDEX_BII2 | INDEX_MULTI_ORDER);
    assert_string_equal(results_config(small), "model: {backend: game}\n");
    assert_string_equal(results_identity(small)->engine, "game");
    assert_string_equal(results_identity(small)->settings_sha256, "22");
    assert_int_equal(results_index(small, 2), 9);
    assert_int_equal(results_label(small, 1), 0);
    assert_int_equal(results_players_of(small, 1), 3);
    assert_int_equal(results_classes(small, &classes)[1], 2);
    assert_int_equal(classes, 2);
    assert_string_equal(results_name(small, NAMES_OF_PLAYERS, 0, 1), "Öhr");
    assert_string_equal(results_name(small, NAMES_OF_PLAYERS, 0, 0), "Mund"); /* the longest fills its width */
    assert_string_equal(results_name(small, NAMES_OF_PLAYERS, 1, 3), "");
    assert_string_equal(results_name(small, CLASSES_OF_PLAYERS, 2, 1), "hand");
    assert_int_equal(results_names(small, NAMES_OF_CLASSES).count, 3);
    assert_string_equal(results_name(small, NAMES_OF_CLASSES, 2, 1), "Öl");
    assert_null(results_name(small, NAMES_OF_CLASSES, 0, 3));
    assert_int_equal(results_blocks_of(small, 0), 4);
    assert_int_equal(results_blocks_of(small, 1), 2);
    assert_int_equal(results_blocks_per_row(small), 4);
    results_close(&small);
    assert_null(small);
}

TEST_WITH(shared_names_and_none, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    spec.names[NAMES_OF_PLAYERS].per_sample = false;
    results_t *results = make_results_with(scratch->file, &spec);
    assert_string_equal(results_name(results, NAMES_OF_PLAYERS, 2, 3), "d");
    results_close(&results);
    memset(spec.names, 0, sizeof spec.names);
    spec.indices = 0;
    results = make_results_with(scratch->file, &spec);
    assert_null(results_name(results, NAMES_OF_PLAYERS, 2, 3));
    assert_int_equal(results_fields(results)->indices, 0);
    results_close(&results);
}

TEST_WITH(a_file_of_statistics_has_no_tables, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    double value = 1;
    spec.tables = false;
    spec.tables_of = "other.h5";
    results_t *results = make_results_with(scratch->file, &spec);
    assert_false(results_has_tables(results));
    assert_string_equal(results_tables_of(results), "other.h5");
    assert_int_equal(results_write_table(results, TABLE_VALUES, 0, 0, 1, &value, &why), STATUS_INTERNAL);
    assert_ok(results_clear_rows(results, 0, &why));
    results_close(&results);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    assert_false(H5Lexists(file, "progress", H5P_DEFAULT) || H5Lexists(file, "values", H5P_DEFAULT));
    H5Fclose(file);
}

/* ---- shards ---- */

/* Shard 1 of 2 of the three samples holds the second one alone, and what is known of all. */
TEST_WITH(a_shard_knows_the_whole, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    bool valid = true;
    int64_t count;
    summary_t summary;
    spec.shard = 1;
    spec.shards = 2;
    results_t *results = make_results_with(scratch->file, &spec);
    const results_shard_t *shard = results_shard(results);
    assert_int_equal(results_samples(results), 1);
    assert_int_equal(results_players(results), N);
    assert_int_equal(results_index(results, 0), INDEX[1]);
    assert_int_equal(results_label(results, 0), LABEL[1]);
    assert_int_equal(results_players_of(results, 0), PLAYERS[1]);
    assert_string_equal(results_name(results, NAMES_OF_PLAYERS, 0, 2), "g");
    assert_true(shard->shard == 1 && shard->shards == 2 && shard->samples == S &&
                results_names(results, NAMES_OF_PLAYERS).per_sample);
    assert_memory_equal(shard->index, INDEX, sizeof INDEX);
    assert_memory_equal(shard->label, LABEL, sizeof LABEL);
    assert_memory_equal(shard->n_players, PLAYERS, sizeof PLAYERS);
    assert_string_equal(results_shard_name(results, NAMES_OF_PLAYERS, 0, 1), "Öhr");
    assert_string_equal(results_shard_name(results, NAMES_OF_PLAYERS, 1, 3), "");
    assert_string_equal(results_shard_name(results, NAMES_OF_PLAYERS, 2, 3), "k");
    assert_memory_equal(results_classes(results, &count), CLASSES, sizeof CLASSES);
    assert_int_equal(count, 2);
    assert_ok(results_read_summary_valid(results, &valid, &why));
    assert_false(valid);
    assert_ok(results_summary_create(results, &summary, &why));
    assert_int_equal(results_read_summary(results, 0, &summary, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_summary(results, 0, &summary, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_summary_valid(results, true, &why), STATUS_INTERNAL);
    summary_free(&summary);
    results_close(&results);
    make_small(scratch->file);
    results = open_small(scratch->file);
    assert_null(results_shard(results));
    results_close(&results);
}

int main(void) {
    return run_all(NULL, NULL);
}
