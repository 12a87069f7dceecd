/* For tests of samples: a file in the making, how it is opened, and what must or must not be wrong with it. */
#ifndef HARSANYI_TESTS_SUPPORT_MAKE_SAMPLES_H
#define HARSANYI_TESTS_SUPPORT_MAKE_SAMPLES_H

#include "samples/samples.h"
#include "unit/h5_scratch.h"

enum { S = 4, ROWS = 2, COLUMNS = 4, ELEMENTS = ROWS * COLUMNS };

static const hsize_t DIMS[] = {S, ROWS, COLUMNS};
static const hsize_t *const SHAPE = DIMS + 1;

static failure_t why; /* of the last call */

/* A file in the making and how it is opened. */
typedef struct {
    char *path;
    hid_t file;
    samples_options_t options;
    problems_t problems;
} made_t;

/* x[i][j] = 10 i + j */
static inline made_t begin(void **state) {
    scratch_t *scratch = *state;
    float x[S][ELEMENTS];
    made_t made = {.path = scratch->file,
                   .options = {.file = scratch->file,
                               .select_all = true,
                               .baseline = BASELINE_ZERO,
                               .players = PLAYERS_ELEMENTS,
                               .max_players = 30}};
    for (int i = 0; i < S; i++)
        for (int j = 0; j < ELEMENTS; j++)
            x[i][j] = (float)(10 * i + j);
    made.file = h5t_create(made.path);
    h5t_write(made.file, "x", H5T_IEEE_F32LE, 3, DIMS, H5P_DEFAULT, H5T_NATIVE_FLOAT, x);
    return made;
}

static inline void put(made_t *made, const char *path, hid_t type, int rank, const hsize_t *dims, hid_t memory,
                       const void *data) {
    if (H5Lexists(made->file, path, H5P_DEFAULT) > 0)
        H5Ldelete(made->file, path, H5P_DEFAULT);
    h5t_write(made->file, path, type, rank, dims, H5P_DEFAULT, memory, data);
}

/* Samples first ... end - 1 are selected. */
static inline void select_range(made_t *made, int64_t first, int64_t end) {
    made->options.select_all = false;
    made->options.select_first = first;
    made->options.select_end = end;
}

static inline void choose_grid(made_t *made, int64_t rows, int64_t columns) {
    made->options.players = PLAYERS_GRID;
    made->options.grid[0] = rows;
    made->options.grid[1] = columns;
}

static inline hid_t text_type(size_t width, H5T_cset_t set, H5T_str_t pad) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    H5Tset_cset(type, set);
    H5Tset_strpad(type, pad);
    return type;
}

static inline samples_t *open_only(made_t *made) {
    samples_t *samples;
    H5Fclose(made->file);
    assert_ok(samples_open(&made->options, &samples, &made->problems, &why));
    return samples;
}

static inline samples_t *open_and_scan(made_t *made) {
    samples_t *samples = open_only(made);
    assert_ok(samples_scan(samples, NULL, &made->problems, &why));
    return samples;
}

/* Opened, scanned and nothing was wrong. */
static inline samples_t *open_good(made_t *made) {
    samples_t *samples = open_and_scan(made);
    if (made->problems.count)
        fail_msg("%s", made->problems.texts[0]);
    return samples;
}

static inline sample_t load(samples_t *samples, int64_t k) {
    sample_t sample;
    assert_ok(samples_load(samples, k, &sample, &why));
    return sample;
}

/* Opens, scans, and wants exactly these complaints, in this order, each after the file's name. */
static inline void assert_problems(made_t *made, int count, const char *const *wanted) {
    char text[1024];
    samples_t *samples = open_and_scan(made);
    samples_close(&samples);
    for (int i = 0; i < count && (size_t)i < made->problems.count; i++) {
        snprintf(text, sizeof text, "%s: %s", made->path, wanted[i]);
        if (strncmp(made->problems.texts[i], text, strlen(text)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", made->problems.texts[i], text);
    }
    assert_int_equal(made->problems.count, count);
    problems_free(&made->problems);
}

static inline void assert_problem(made_t *made, const char *wanted) {
    assert_problems(made, 1, &wanted);
}

#endif
