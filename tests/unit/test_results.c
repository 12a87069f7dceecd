/* results/results: the file that HDF5 sees is the one that design and docs promise, and an open file knows what it was
 * made of. The list of datasets below is written out by hand and shares nothing with the table in src/results. */
#include "support/make_small.h"

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
    {"provenance/warnings", "slot", 1, {64}},
    {"samples/index", "row", 1, {S}},
    {"samples/output", "row", 1, {S}},
    {"samples/label", "row", 1, {S}},
    {"samples/target", "row", 1, {S}},
    {"samples/n_players", "row", 1, {S}},
    {"samples/attempts", "row", 1, {S}},
    {"samples/seconds", "row", 1, {S}},
    {"samples/v_empty", "row", 1, {S}},
    {"samples/v_full", "row", 1, {S}},
    {"samples/noise_sigma", "row", 1, {S}},
    {"samples/noise_why", "row", 1, {S}},
    {"samples/input_crc", "row", 1, {S}},
    {"samples/status", "row", 1, {S}},
    {"samples/error_kind", "row", 1, {S}},
    {"samples/error", "row", 1, {S}},
    {"samples/row_crc", "row", 1, {S}},
    {"samples/player_names", "row, player", 2, {S, N}},
    {"progress/block_bits", "", 0, {0}},
    {"progress/phase", "row", 1, {S}},
    {"progress/values_done", "row, block", 2, {S, 4}},
    {"progress/values_crc", "row, block", 2, {S, 4}},
    {"progress/interactions_crc", "row, block", 2, {S, 4}},
    {"progress/heartbeat", "", 0, {0}},
    {"values", "row, mask", 2, {S, MASKS}},
    {"interactions", "row, mask", 2, {S, MASKS}},
    {"salient/positive", "row, byte", 2, {S, MASKS / 8}},
    {"salient/negative", "row, byte", 2, {S, MASKS / 8}},
    {"curves/rank", "rank", 1, {F}},
    {"curves/k", "k", 1, {4}},
    {"indices/shapley", "row, player", 2, {S, N}},
    {"indices/banzhaf", "row, player", 2, {S, N}},
    {"indices/sii2", "row, player, player", 3, {S, N, N}},
    {"indices/stii2", "row, player, player", 3, {S, N, N}},
    {"indices/bii2", "row, player, player", 3, {S, N, N}},
    {"indices/multi_order", "row, context size, player, player", 4, {S, N - 1, N, N}},
    {"conditions/threshold", "row", 1, {S}},
    {"conditions/salient_total", "row", 1, {S}},
    {"conditions/order_limit", "row", 1, {S}},
    {"conditions/monotone", "row", 1, {S}},
    {"conditions/violations", "row", 1, {S}},
    {"conditions/violation_max", "row", 1, {S}},
    {"conditions/p_paper", "row", 1, {S}},
    {"conditions/p_all_pairs", "row", 1, {S}},
    {"conditions/delta", "row", 1, {S}},
    {"conditions/delta_bound", "row", 1, {S}},
    {"conditions/m0", "row", 1, {S}},
    {"conditions/bound_total", "row", 1, {S}},
    {"conditions/real_total", "row", 1, {S}},
    {"conditions/excluded_why", "row", 1, {S}},
    {"conditions/mass_above", "row, order", 2, {S, N + 1}},
    {"conditions/lambda", "row, order", 2, {S, N + 1}},
    {"conditions/bound", "row, order", 2, {S, N + 1}},
    {"conditions/bound_l1", "row, order", 2, {S, N + 1}},
    {"conditions/coefficients", "row, order, degree", 3, {S, N + 1, N + 1}},
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
    "strength_mean",       "strength_std",  "strength_min",         "strength_q1",           "strength_median",
    "strength_q3",         "strength_max",  "strength_whisker_low", "strength_whisker_high", "interaction_sum",
    "interaction_abs_sum", "positive_sum",  "negative_sum",         "cancellation",          "output_mean",
    "output_std",          "salient_count", "salient_positive",     "noise_floor",           "lemma_residual",
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
    make_small(scratch->file);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    for (int i = 0; i < PROMISED; i++)
        check_promise(file, &PROMISES[i]);
    for (int i = 0; i < PROMISED_ORDERS; i++) {
        char path[128];
        static const char *const ENDS[] = {"mean", "std", "count"};
        snprintf(path, sizeof path, "orders/%s", ORDERS[i]);
        check_promise(file, &(promise_t){path, "row, order", 2, {S, N + 1}});
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

/* Files of ten players and more. */
static void long_rows_have_curves(void **state) {
    static const promise_t CURVES[] = {{"curves/strength", "row, rank", 2, {S, 1023}},
                                       {"curves/rmse", "row, k", 2, {S, 10}},
                                       {"curves/max_error", "row, k", 2, {S, 10}},
                                       {"curves/r2", "row, k", 2, {S, 10}},
                                       {"curves/r_omega", "row, k", 2, {S, 10}},
                                       {"curves/rank", "rank", 1, {1023}},
                                       {"curves/k", "k", 1, {10}},
                                       {"salient/positive", "row, byte", 2, {S, 128}}};
    static const int32_t TEN[S] = {10, 3, 4};
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    char warning[RESULTS_TEXT];
    spec.players = 10;
    spec.n_players = TEN;
    spec.names = false;
    assert_ok(results_create(scratch->file, &spec, warning, &why));
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    for (size_t i = 0; i < sizeof CURVES / sizeof *CURVES; i++)
        check_promise(file, &CURVES[i]);
    H5Fclose(file);
    results_t *results = open_small(scratch->file);
    assert_int_equal(results_fields(results)->length[FIELD_CURVE_STRENGTH], 1023);
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

static void a_new_file_says_that_nothing_is_known(void **state) {
    scratch_t *scratch = *state;
    int64_t zeros[64] = {0}, ranks[F];
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
    for (int i = 0; i < F; i++)
        ranks[i] = i + 1;
    assert_integers(file, "summary/strength_rank", F, ranks);
    assert_integers(file, "curves/rank", F, ranks);
    assert_integers(file, "curves/k", 4, (int64_t[]){1, 2, 5, 10});
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
    (void)state;
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
    assert_string_equal(results_player_name(small, 0, 1), "Öhr");
    assert_string_equal(results_player_name(small, 0, 0), "Mund"); /* the longest fills its width */
    assert_string_equal(results_player_name(small, 1, 3), "");
    assert_int_equal(results_blocks_of(small, 0), 4);
    assert_int_equal(results_blocks_of(small, 1), 2);
    assert_int_equal(results_blocks_per_row(small), 4);
    results_close(&small);
    assert_null(small);
}

static void shared_names_and_none(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    char warning[RESULTS_TEXT];
    spec.names_per_sample = false;
    assert_ok(results_create(scratch->file, &spec, warning, &why));
    results_t *results = open_small(scratch->file);
    assert_string_equal(results_player_name(results, 2, 3), "d");
    results_close(&results);
    spec.names = false;
    spec.indices = 0;
    assert_ok(results_create(scratch->file, &spec, warning, &why));
    results = open_small(scratch->file);
    assert_null(results_player_name(results, 2, 3));
    assert_int_equal(results_fields(results)->indices, 0);
    results_close(&results);
}

static void a_file_of_statistics_has_no_tables(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    char warning[RESULTS_TEXT];
    double value = 1;
    spec.tables = false;
    spec.tables_of = "other.h5";
    assert_ok(results_create(scratch->file, &spec, warning, &why));
    results_t *results = open_small(scratch->file);
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
static void a_shard_knows_the_whole(void **state) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    char warning[RESULTS_TEXT];
    bool valid = true;
    int64_t count;
    summary_t summary;
    spec.shard = 1;
    spec.shards = 2;
    assert_ok(results_create(scratch->file, &spec, warning, &why));
    results_t *results = open_small(scratch->file);
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
    assert_ok(results_read_summary_valid(results, &valid, &why));
    assert_false(valid);
    assert_ok(results_summary_create(results, &summary, &why));
    assert_int_equal(results_read_summary(results, &summary, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_summary(results, &summary, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_summary_valid(results, true, &why), STATUS_INTERNAL);
    summary_free(&summary);
    results_close(&results);
    make_small(scratch->file);
    results = open_small(scratch->file);
    assert_null(results_shard(results));
    results_close(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(the_structure_is_the_promised_one),
        WITH_SCRATCH(long_rows_have_curves),
        WITH_SCRATCH(a_new_file_says_that_nothing_is_known),
        WITH_SMALL(an_open_file_knows_what_it_was_made_of),
        WITH_SCRATCH(shared_names_and_none),
        WITH_SCRATCH(a_file_of_statistics_has_no_tables),
        WITH_SCRATCH(a_shard_knows_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
