/* results/results: files that are damaged, of another version or not ours are refused by name, and those that others
 * meddle with while they are written are noticed. */
#include "support/make_small.h"

/* ---- others meddle with the file ---- */

TEST_WITH(sync_notices_a_file_that_is_gone, small_make, small_remove) {
    assert_ok(results_sync(small, &why));
    unlink(small_path);
    assert_fails(results_sync(small, &why), STATUS_INPUT, "deleted");
    make_small(small_path);
    assert_int_equal(results_sync(small, &why), STATUS_INPUT);
}

TEST_WITH(sync_notices_another_file_of_the_name, small_make, small_remove) {
    const scratch_t *scratch = *state;
    char aside[128];
    snprintf(aside, sizeof aside, "%s/aside.h5", scratch->folder);
    assert_int_equal(rename(small_path, aside), 0);
    make_small(small_path);
    assert_fails(results_sync(small, &why), STATUS_INPUT, "replaced");
    results_t *results = open_small(aside);
    assert_int_equal(truncate(aside, 5000), 0);
    assert_fails(results_sync(results, &why), STATUS_INPUT, "truncated");
    results_close(&results);
}

/* ---- refusals ---- */

static void assert_refused(const char *path, const char *part) {
    results_t *results;
    assert_fails(results_open(path, false, &results, &why), STATUS_INPUT, part);
    assert_null(results);
    assert_non_null(strstr(why.text, path));
}

TEST_WITH(files_that_cannot_be_made, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    char warning[RESULTS_TEXT], path[128];
    uint64_t bytes;
    snprintf(path, sizeof path, "%s/none/a.h5", scratch->folder);
    assert_fails(results_create(path, &spec, warning, &why), STATUS_INPUT, "folder does not exist");
    spec.samples = 4; /* arrays of the spec are not read before the space is there */
    spec.players = PLAYERS_MAX;
    memset(spec.names, 0, sizeof spec.names);
    spec.block_bits = PLAYERS_MAX;
    assert_true(results_bytes(&spec, &bytes));
    assert_true(bytes > 4 * 2 * (8ull << PLAYERS_MAX));
    assert_fails(results_create(scratch->file, &spec, warning, &why), STATUS_INPUT, "no space");
    assert_non_null(strstr(why.text, "are needed"));
    spec.samples = INT64_MAX / 64;
    assert_false(results_bytes(&spec, &bytes));
    assert_int_equal(results_create(scratch->file, &spec, warning, &why), STATUS_INPUT);
    spec.samples = 0;
    assert_int_equal(results_create(scratch->file, &spec, warning, &why), STATUS_INPUT);
    snprintf(path, sizeof path, "ls -A '%s' | grep -q .", scratch->folder);
    assert_int_not_equal(system(path), 0); /* nothing is left behind */
}

TEST_WITH(the_size_is_known_beforehand, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    results_spec_t spec = small_spec();
    uint64_t bytes;
    struct stat info;
    make_small(scratch->file);
    assert_true(results_bytes(&spec, &bytes));
    assert_int_equal(stat(scratch->file, &info), 0);
    assert_true((uint64_t)info.st_size <= bytes);
    assert_true((uint64_t)info.st_size * 4 > bytes);
    assert_true(info.st_blocks * 512 >= info.st_size); /* no holes */
}

TEST_WITH(what_is_no_results_file_is_refused, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    assert_refused(scratch->file, "No such file");
    assert_refused(scratch->folder, "regular file");
    write_text(scratch->file, "this is a text, and no HDF5 file at all\n");
    assert_refused(scratch->file, "is not an HDF5 file");
    H5Fclose(h5t_create(scratch->file));
    assert_refused(scratch->file, "not a results file");
}

/* What stands in the place of a dataset. */
typedef enum {
    NOTHING,
    SOFT_LINK,
    EXTERNAL_LINK,
    GROUP,
    FLOATS,
    OTHER_ENDIAN,
    ONE_TOO_FEW,
    CHUNKED,
    ELSEWHERE,
    UNWRITTEN,
    MANY_PLAYERS,
    LARGE_BLOCK_BITS,
    HUGE_ORDERS
} other_t;

static void put(hid_t file, const char *path, other_t other) {
    static const int32_t MANY[S] = {4, 400, 4}, BITS = 5;
    static const double ZEROS[S];
    const hsize_t length = other == ONE_TOO_FEW ? S - 1 : S, huge[2] = {S, (hsize_t)1 << 60}, one[2] = {1, 1};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (other == CHUNKED)
        H5Pset_chunk(list, 1, one);
    if (other == ELSEWHERE)
        H5Pset_external(list, "/etc/passwd", 0, 8 * S);
    if (other == HUGE_ORDERS)
        H5Pset_chunk(list, 2, one);
    if (other == SOFT_LINK)
        H5Lcreate_soft("/samples/index", file, path, H5P_DEFAULT, H5P_DEFAULT);
    else if (other == EXTERNAL_LINK)
        H5Lcreate_external("other.h5", "/x", file, path, H5P_DEFAULT, H5P_DEFAULT);
    else if (other == GROUP)
        H5Gclose(H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    else if (other == MANY_PLAYERS)
        h5t_write(file, path, H5T_STD_I32LE, 1, &length, list, H5T_NATIVE_INT32, MANY);
    else if (other == LARGE_BLOCK_BITS)
        h5t_write(file, path, H5T_STD_I32LE, 0, NULL, list, H5T_NATIVE_INT32, &BITS);
    else if (other == HUGE_ORDERS)
        h5t_write(file, path, H5T_IEEE_F64LE, 2, huge, list, H5T_NATIVE_DOUBLE, NULL);
    else if (other != NOTHING)
        h5t_write(file, path,
                  other == FLOATS         ? H5T_IEEE_F32LE
                  : other == OTHER_ENDIAN ? H5T_IEEE_F64BE
                                          : H5T_IEEE_F64LE,
                  1, &length, list, H5T_NATIVE_DOUBLE, other == ELSEWHERE || other == UNWRITTEN ? NULL : ZEROS);
    H5Pclose(list);
    if (other != HUGE_ORDERS)
        return;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT); /* one of its chunks is written */
    assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, (hsize_t[]){0, 0}, sizeof *ZEROS, ZEROS) >= 0);
    H5Dclose(dataset);
}

TEST_WITH(every_wrong_dataset_is_named, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    static const struct {
        const char *dataset;
        other_t other;
        const char *says;
    } CASES[] = {
        {"samples/seconds", NOTHING, "/samples/seconds: missing"},
        {"summary/orders/output_std_mean", NOTHING, "/summary/orders/output_std_mean: missing"},
        {"samples", NOTHING, "/samples/index: missing"},
        {"samples/v_full", SOFT_LINK, "/samples/v_full: is a soft or external link"},
        {"samples/v_full", EXTERNAL_LINK, "/samples/v_full: is a soft or external link"},
        {"samples", EXTERNAL_LINK, "/samples: is a soft or external link"},
        {"samples/v_full", GROUP, "/samples/v_full: is not a dataset"},
        {"samples/v_full", FLOATS, "/samples/v_full: has the wrong type"},
        {"samples/v_full", OTHER_ENDIAN, "/samples/v_full: has the wrong type"},
        {"samples/v_full", ONE_TOO_FEW, "/samples/v_full: has the shape [2], [3] expected"},
        {"samples/v_full", CHUNKED, "/samples/v_full: is not stored in one piece"},
        {"samples/v_full", ELSEWHERE, "/samples/v_full: its data are in other files"},
        {"samples/v_full", UNWRITTEN, "/samples/v_full: is empty or was never written"},
        {"samples/n_players", MANY_PLAYERS, "/samples/n_players: sample 1 has 400 players"},
        {"progress/block_bits", LARGE_BLOCK_BITS, "/progress/block_bits: is 5, 0 to 4 expected"},
        {"orders/strength_mean", HUGE_ORDERS,
         "/orders/strength_mean: only 1 of its 3458764513820540928 chunks were written"},
        {"values", NOTHING, "attribute tables: missing"},
        {"salient/negative", NOTHING, "/salient/negative: missing"},
        {"curves/k", NOTHING, "/curves/k: missing"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        make_small(scratch->file);
        hid_t file = h5t_open(scratch->file, H5F_ACC_RDWR);
        assert_true(H5Ldelete(file, CASES[i].dataset, H5P_DEFAULT) >= 0);
        put(file, CASES[i].dataset, CASES[i].other);
        H5Fclose(file);
        assert_refused(scratch->file, CASES[i].says);
    }
}

static void write_version(const char *path, int version) {
    hid_t file = h5t_open(path, H5F_ACC_RDWR), attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT, &version);
    H5Aclose(attribute);
    H5Fclose(file);
}

TEST_WITH(attributes_are_checked, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    make_small(scratch->file);
    write_version(scratch->file, 3);
    assert_refused(scratch->file, "has format version 3; this program reads version 2");
    make_small(scratch->file);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDWR);
    H5Adelete(file, "engine");
    H5Fclose(file);
    assert_refused(scratch->file, "attribute engine: missing");
}

/* By its name, with the two lines that make one of version 2 out of it. */
TEST_WITH(a_file_of_version_1_is_refused_with_what_to_type, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    char lines[256];
    make_small(scratch->file);
    write_version(scratch->file, 1);
    assert_refused(scratch->file, "is a results file of format version 1 (harsanyi 0.1). These two lines make one of "
                                  "version 2 out of it, without the model:");
    snprintf(lines, sizeof lines, "\n  harsanyi-samples from-values %s -o new.yaml\n  harsanyi run new.yaml\n",
             scratch->file);
    assert_refused(scratch->file, lines);
    assert_ok(results_recognise(scratch->file, &why)); /* it is one of ours all the same */
    write_version(scratch->file, 2);
    results_t *results = open_small(scratch->file);
    results_close(&results);
}

TEST_WITH(a_cut_file_is_refused_wherever_it_is_cut, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    struct stat info;
    make_small(scratch->file);
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
TEST_WITH(a_flipped_bit_in_the_structure_never_misleads, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    make_small(scratch->file);
    scratch_run_apart(flip_bits, scratch);
    results_t *results = open_small(scratch->file);
    results_close(&results);
}

TEST_WITH(a_file_that_may_not_be_written_is_read, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    results_t *results;
    make_small(scratch->file);
    chmod(scratch->file, 0444);
    assert_ok(results_open(scratch->file, false, &results, &why));
    results_close(&results);
    if (geteuid() != 0) {
        assert_fails(results_open(scratch->file, true, &results, &why), STATUS_INPUT, "cannot be written");
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
