/* For the tests of results/results: a small results file with everything in it, and how HDF5 and others get at it. */
#ifndef HARSANYI_TESTS_SUPPORT_MAKE_SMALL_H
#define HARSANYI_TESTS_SUPPORT_MAKE_SMALL_H

#include "base/nan.h"
#include "lattice/indices.h"
#include "support/make_results.h"
#include "unit/h5_scratch.h"

#include <fcntl.h>

enum { S = 3, N = 4, G = 2, MASKS = 1 << N, F = MASKS - 1 };

static const int64_t INDEX[S] = {7, 1, 9}, LABEL[S] = {2, 0, 2}, CLASSES[2] = {0, 2};
static const int32_t PLAYERS[S] = {4, 3, 4};

static failure_t why; /* of the last call */

static inline const char *small_name(void *self, name_list_t list, int64_t sample, int64_t i) {
    static const char *const NAMES[S][N] = {{"Mund", "Öhr", "c", "d"}, {"e", "f", "g", NULL}, {"h", "i", "j", "k"}};
    static const char *const SORTS[N] = {"face", "hand", "hand", "face"}, *const CLASS_NAMES[] = {"cat", "Öl", "d"};
    return list == NAMES_OF_PLAYERS ? NAMES[sample][i] : list == CLASSES_OF_PLAYERS ? SORTS[i] : CLASS_NAMES[i];
}

static inline results_spec_t small_spec(void) {
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
        .names = {{N, true}, {N, false}, {3, false}},
        .name = small_name,
        .config = "model: {backend: game}\n",
        .identity = {.software_version = "0.1.0",
                     .git_revision = "abc",
                     .engine = "game",
                     .engine_version = "1",
                     .instruction_set = "x86-64",
                     .model_sha256 = "00",
                     .samples_sha256 = "11",
                     .settings_sha256 = "22"},
        .families = families_wanted(NULL),
        .tables = true,
    };
}

static inline void make_small(const char *path) {
    results_spec_t spec = small_spec();
    results_t *results = make_results_with(path, &spec);
    results_close(&results);
}

static inline results_t *open_small(const char *path) {
    results_t *results;
    assert_ok(results_open(path, true, &results, &why));
    return results;
}

/* For tests of one small file: its path, and the file, open. */
static const char *small_path;
static results_t *small;

static inline int small_make(void **state) {
    if (scratch_make(state) != 0)
        return -1;
    small_path = ((scratch_t *)*state)->file;
    make_small(small_path);
    small = open_small(small_path);
    return 0;
}

static inline int small_remove(void **state) {
    results_close(&small);
    return scratch_remove(state);
}

/* Whether it is the one NaN of results files. */
static inline bool canonical(double value) {
    double nan = nan_canonical();
    return memcmp(&value, &nan, sizeof nan) == 0;
}

/* Where a dataset's bytes are, asked of HDF5. */
static inline uint64_t place_of(const char *path, const char *dataset_path) {
    hid_t file = h5t_open(path, H5F_ACC_RDONLY), dataset = H5Dopen2(file, dataset_path, H5P_DEFAULT);
    haddr_t offset = H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Fclose(file);
    return offset;
}

static inline void flip(const char *path, uint64_t at) {
    unsigned char byte;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte = (unsigned char)(byte ^ 1u << at % 8);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    close(fd);
}

#endif
