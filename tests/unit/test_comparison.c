/* results/comparison: every number of the comparison file is that of stats/overlap, in one piece and described; nothing
 * is left when it cannot be made. */
#include "results/comparison.h"

#include "h5_scratch.h"

static failure_t why; /* of the last call */

enum { FILES = 3, N = 4, SAMPLES = 2 };

static const int64_t INDEX[SAMPLES] = {7, 9}, LABEL[SAMPLES] = {1, -1}, PLAYERS[SAMPLES] = {4, 4};
static const int64_t OUTPUT[SAMPLES] = {0, 1}, TARGET[SAMPLES] = {2, 5};

static overlap_t *make_overlap(void) {
    overlap_t *overlap;
    double tables[FILES][1 << N];
    row_source_t rows[FILES];
    int model;
    assert_int_equal(overlap_create(FILES, N, 1, &overlap, &why), STATUS_OK);
    for (int x = 0; x < SAMPLES; x++) {
        for (int i = 0; i < FILES; i++) {
            for (int s = 0; s < 1 << N; s++)
                tables[i][s] = sin(1 + s * (i + 2) + 5 * x) * (s % (i + 3) != 0);
            rows[i] = row_in_memory(tables[i], N);
        }
        assert_int_equal(overlap_add(overlap, rows, &model, &why), STATUS_OK);
    }
    return overlap;
}

static const compared_file_t COMPARED[FILES] = {
    {"a.h5", {.model_sha256 = "aa", .samples_sha256 = "bb", .engine = "onnxruntime"}, .done = 2},
    {"elsewhere/b.h5", {.model_sha256 = "ab", .settings_sha256 = "cc"}, .done = 3, .failed = 4, .pending = 5},
    {"a.h5", {.model_sha256 = "aa", .samples_sha256 = "bb", .engine = "onnxruntime"}, .done = 2}};

static comparison_t comparison_of(const overlap_t *overlap) {
    return (comparison_t){.file_count = FILES,
                          .players = N,
                          .files = COMPARED,
                          .samples = SAMPLES,
                          .index = INDEX,
                          .label = LABEL,
                          .n_players = PLAYERS,
                          .output = OUTPUT,
                          .target = TARGET,
                          .kinds = 1,
                          .overlap = overlap,
                          .software_version = "1.2",
                          .git_revision = "abc"};
}

static void check_text(hid_t object, const char *name, const char *expected) {
    char text[512];
    h5t_read_text(object, name, text);
    if (expected)
        assert_string_equal(text, expected);
    else
        assert_true(strlen(text) > 0);
}

/* Shape, axes, units and that it lies in one piece. */
static void check_form(hid_t file, const char *path, const char *axes, const char *units, int rank,
                       const hsize_t *dims) {
    hsize_t found[H5S_MAX_RANK];
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    if (dataset < 0)
        fail_msg("/%s is missing", path);
    hid_t space = H5Dget_space(dataset), list = H5Dget_create_plist(dataset);
    assert_int_equal(H5Sget_simple_extent_dims(space, found, NULL), rank);
    for (int i = 0; i < rank; i++)
        assert_int_equal(found[i], dims[i]);
    assert_int_equal(H5Pget_layout(list), H5D_CONTIGUOUS);
    check_text(dataset, "axes", axes);
    check_text(dataset, "units", units);
    check_text(dataset, "description", NULL);
    H5Pclose(list);
    H5Sclose(space);
    H5Dclose(dataset);
}

/* Every number of a dataset is one of a tally in the records of overlap. */
typedef enum { MEAN, STD, COUNT } moment_t;
typedef struct {
    const char *path, *units;
    moment_t moment;
    size_t tally; /* where it is in a record */
} number_t;

static void check_number(hid_t file, const number_t *number, size_t count, const void *records, size_t record) {
    double found[256];
    assert_true(count <= 256);
    h5t_read(file, number->path, H5T_NATIVE_DOUBLE, found);
    for (size_t i = 0; i < count; i++) {
        const average_t *tally = (const void *)((const char *)records + i * record + number->tally);
        double wanted = number->moment == MEAN  ? average_mean(tally)
                        : number->moment == STD ? average_std(tally)
                                                : (double)tally->count;
        if (memcmp(&found[i], &wanted, sizeof wanted) != 0)
            fail_msg("/%s: %zu is %g, not %g", number->path, i, found[i], wanted);
    }
}

#define SHARE(member) offsetof(overlap_share_t, member)
#define ORDER(member) offsetof(overlap_order_t, member)

static void check_found(hid_t file, const overlap_t *overlap) {
    static const hsize_t GAMMA[] = {FILES, FILES, OVERLAP_SALIENCES}, TOP[] = {4}, ORDERS[] = {FILES, N + 1};
    static const number_t NUMBERS[] = {
        {"gamma/mean", "1", MEAN, SHARE(share)},
        {"gamma/std", "1", STD, SHARE(share)},
        {"gamma/count", "samples", COUNT, SHARE(share)},
        {"gamma/random", "1", MEAN, SHARE(random)},
        {"top/mean", "1", MEAN, SHARE(share)},
        {"top/std", "1", STD, SHARE(share)},
        {"top/count", "samples", COUNT, SHARE(share)},
        {"top/random", "1", MEAN, SHARE(random)},
        {"orders/share_mean", "1", MEAN, ORDER(share)},
        {"orders/share_std", "1", STD, ORDER(share)},
        {"orders/share_count", "samples", COUNT, ORDER(share)},
        {"orders/salient_mean", "sets", MEAN, ORDER(salient)},
        {"orders/shared_mean", "sets", MEAN, ORDER(shared)},
        {"orders/positive_mean", "output", MEAN, ORDER(positive)},
        {"orders/negative_mean", "output", MEAN, ORDER(negative)},
        {"orders/shared_positive_mean", "output", MEAN, ORDER(shared_positive)},
        {"orders/shared_negative_mean", "output", MEAN, ORDER(shared_negative)},
    };
    for (const number_t *n = NUMBERS; n < NUMBERS + sizeof NUMBERS / sizeof *NUMBERS; n++)
        if (n->path[0] == 'g') {
            check_form(file, n->path, "file, other file, salience", n->units, 3, GAMMA);
            check_number(file, n, (size_t)FILES * FILES * OVERLAP_SALIENCES, overlap_gamma(overlap, 0, 0),
                         sizeof(overlap_share_t));
        } else if (n->path[0] == 't') {
            check_form(file, n->path, "k", n->units, 1, TOP);
            check_number(file, n, 4, overlap_top(overlap), sizeof(overlap_share_t));
        } else {
            check_form(file, n->path, "file, order", n->units, 2, ORDERS);
            check_number(file, n, (size_t)FILES * (N + 1), overlap_orders(overlap, 0, 0), sizeof(overlap_order_t));
        }
}

static void check_whole(hid_t file, const char *path, size_t count, const int64_t *expected) {
    int64_t found[16];
    h5t_read(file, path, H5T_NATIVE_INT64, found);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(found[i], expected[i]);
}

static void check_texts(hid_t file, const char *path, size_t width, const char *const *expected) {
    char found[FILES * 64];
    hid_t type = H5Tcopy(H5T_C_S1);
    assert_true(width <= 64);
    H5Tset_size(type, width);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    h5t_read(file, path, type, found);
    for (size_t i = 0; i < FILES; i++)
        assert_int_equal(strncmp(found + i * width, expected[i], width), 0);
    H5Tclose(type);
}

static void check_compared(hid_t file) {
    static const hsize_t OF_FILES[] = {FILES}, OF_SAMPLES[] = {SAMPLES}, OF_LEVELS[] = {OVERLAP_SALIENCES};
    double salience[OVERLAP_SALIENCES], other;
    check_form(file, "files/path", "file", "text", 1, OF_FILES);
    check_texts(file, "files/path", strlen("elsewhere/b.h5"), (const char *const[]){"a.h5", "elsewhere/b.h5", "a.h5"});
    check_texts(file, "files/model_sha256", 2, (const char *const[]){"aa", "ab", "aa"});
    check_texts(file, "files/settings_sha256", 2, (const char *const[]){"", "cc", ""});
    check_texts(file, "files/engine", 11, (const char *const[]){"onnxruntime", "", "onnxruntime"});
    check_whole(file, "files/done", FILES, (const int64_t[]){2, 3, 2});
    check_whole(file, "files/failed", FILES, (const int64_t[]){0, 4, 0});
    check_whole(file, "files/pending", FILES, (const int64_t[]){0, 5, 0});
    check_form(file, "samples/index", "sample", "row", 1, OF_SAMPLES);
    check_whole(file, "samples/index", SAMPLES, INDEX);
    check_whole(file, "samples/label", SAMPLES, LABEL);
    check_whole(file, "samples/n_players", SAMPLES, PLAYERS);
    check_whole(file, "samples/output", SAMPLES, OUTPUT);
    check_whole(file, "samples/target", SAMPLES, TARGET);
    check_whole(file, "top/k", 4, (const int64_t[]){1, 2, 5, 10});
    check_form(file, "gamma/salience", "salience", "1", 1, OF_LEVELS);
    h5t_read(file, "gamma/salience", H5T_NATIVE_DOUBLE, salience);
    h5t_read(file, "gamma/other_salience", H5T_NATIVE_DOUBLE, &other);
    assert_true(salience[0] == 0.05 && salience[5] == 0.3 && other == 0.05);
}

TEST_WITH(everything_is_in_it, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    char temporary[128];
    overlap_t *overlap = make_overlap();
    comparison_t comparison = comparison_of(overlap);
    assert_ok(comparison_write(scratch->file, &comparison, &why));
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    check_text(file, "format", "harsanyi comparison");
    check_text(file, "software_version", "1.2");
    check_text(file, "git_revision", "abc");
    check_text(file, "samples_sha256", "bb");
    check_compared(file);
    check_found(file, overlap);
    H5Fclose(file);
    snprintf(temporary, sizeof temporary, "%s.tmp", scratch->file);
    assert_int_not_equal(access(temporary, F_OK), 0);
    overlap_destroy(&overlap);
}

TEST_WITH(a_folder_that_is_not_there, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    char path[128];
    overlap_t *overlap = make_overlap();
    comparison_t comparison = comparison_of(overlap);
    snprintf(path, sizeof path, "%s/none/x.h5", scratch->folder);
    assert_fails(comparison_write(path, &comparison, &why), STATUS_INPUT, "none/x.h5: cannot create the file");
    overlap_destroy(&overlap);
}

int main(void) {
    return run_all(NULL, NULL);
}
