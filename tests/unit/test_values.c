/* The table backend: what the callback gives comes through unchanged, its failures and bad values are told. */
#include "engines/model_open.h"
#include "support/test.h"

enum { N = 4, MASKS = 1 << N };

typedef struct {
    double rows[2][MASKS];
    bool broken;
} memory_table_t;

static status_t read_memory(void *self, int64_t sample, mask_t first, mask_t count, double *out, failure_t *why) {
    const memory_table_t *table = self;
    if (table->broken)
        return failed(why, STATUS_INPUT, "table.h5: read error");
    for (mask_t k = 0; k < count; k++)
        out[k] = table->rows[sample][first + k];
    return STATUS_OK;
}

static void make_table(memory_table_t *table) {
    *table = (memory_table_t){0};
    for (int s = 0; s < 2; s++)
        for (int mask = 0; mask < MASKS; mask++)
            table->rows[s][mask] = 100.0 * s + 0.1 * mask;
}

static model_t *open_table(memory_table_t *table) {
    model_options_t options = {.backend = BACKEND_VALUES, .file = "table.h5"};
    value_table_t callback = {.read = read_memory, .self = table};
    failure_t why;
    model_t *model;
    assert_int_equal(model_open(&options, &callback, &model, &why), STATUS_OK);
    return model;
}

TEST(tables_come_through_unchanged) {
    memory_table_t table;
    double values[MASKS];
    failure_t why;
    make_table(&table);
    model_t *model = open_table(&table);
    assert_int_equal(model_granule_bits(model, N), 0);
    for (int64_t s = 0; s < 2; s++) {
        /* Three baselines would be a mean of three equal numbers, with its rounding: a table is never averaged. */
        sample_t sample = {.index = 70, .row = s, .label = 3, .n = N, .baselines = 3};
        assert_int_equal(model_evaluate(model, &sample, (range_t){0, 3}, values, &why), STATUS_OK);
        assert_int_equal(model_evaluate(model, &sample, (range_t){3, 13}, values + 3, &why), STATUS_OK);
        assert_memory_equal(values, table.rows[s], sizeof values);
    }
    assert_true(model_times(model).engine >= 0.0);
    assert_string_equal(model_info(model)->engine, "values");
    assert_int_equal(model_info(model)->width[0], 1);
    model_close(&model);
}

TEST(bad_values_name_the_lowest_mask) {
    memory_table_t table;
    double values[MASKS];
    failure_t why;
    sample_t sample = {.row = 1, .n = N, .baselines = 1};
    make_table(&table);
    table.rows[1][6] = -INFINITY;
    table.rows[1][9] = NAN;
    model_t *model = open_table(&table);
    assert_int_equal(model_evaluate(model, &sample, (range_t){4, 12}, values, &why), STATUS_CERTAIN);
    assert_string_equal(why.text, "mask 0x6: output is -inf");
    assert_int_equal(why.mask, 6);
    assert_memory_equal(values, table.rows[1] + 4, 2 * sizeof *values);
    assert_int_equal(model_evaluate(model, &sample, (range_t){7, 9}, values, &why), STATUS_CERTAIN);
    assert_string_equal(why.text, "mask 0x9: output is NaN");
    model_close(&model);
}

TEST(failures_of_the_table_pass_through) {
    memory_table_t table = {.broken = true};
    model_options_t options = {.backend = BACKEND_VALUES, .file = "table.h5"};
    double values[MASKS];
    failure_t why;
    sample_t sample = {.row = 0, .n = N, .baselines = 1};
    model_t *model = open_table(&table);
    assert_int_equal(model_evaluate(model, &sample, (range_t){0, 16}, values, &why), STATUS_INPUT);
    assert_string_equal(why.text, "table.h5: read error");
    model_close(&model);
    assert_int_equal(model_open(&options, NULL, &model, &why), STATUS_INTERNAL);
    assert_null(model);
    model_close(&model); /* nothing to close is fine */
}

static status_t digest_of(const char *path, char hex[DIGEST_HEX]) {
    model_options_t options = {.backend = BACKEND_VALUES, .file = path};
    failure_t why;
    digest_t *digest;
    assert_ok(digest_start(&digest, &why));
    status_t status = model_digest(&options, digest, &why);
    digest_finish(&digest, hex);
    return status;
}

TEST(the_digest_follows_the_file) {
    char name[TEMPORARY_PATH], before[DIGEST_HEX], after[DIGEST_HEX];
    int fd = make_temporary_file(name);
    assert_int_equal(digest_of(name, before), STATUS_OK);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(digest_of(name, after), STATUS_OK);
    assert_string_not_equal(before, after);
    close(fd);
    unlink(name);
    assert_int_equal(digest_of(name, after), STATUS_INPUT);
}

int main(void) {
    return run_all(NULL, NULL);
}
