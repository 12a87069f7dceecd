/* run/worker: units become messages with the right numbers. */
#include "h5_scratch.h"
#include "run/worker.h"
#include "stats/finish.h"
#include "support/make_inputs.h"

#define GAME "model: {backend: game, game: sparse, seed: 3, terms: 20, orders: [1, 4], samples: 4, players: 9"
static const char PLAIN[] = GAME "}\noutput: {file: none.h5}\n";
static const char FAULTY[] = GAME ", fault: nan, fault_sample: 2, fault_mask: 300}\noutput: {file: none.h5}\n";

/* A worker with what it made last. */
typedef struct {
    made_inputs_t made;
    fields_t fields;
    worker_t *worker;
    message_t message;
    reader_t reader;
    result_head_t head;
    part_head_t part; /* the one read last, and its numbers */
    const double *data;
} world_t;

static world_t make_world(const char *yaml) {
    made_inputs_t made = make_inputs(yaml);
    world_t w = {.made = made, .fields = fields_layout(families_wanted(NULL), 9, 0)};
    failure_t why = {0};
    assert_ok(worker_create(made.inputs, &w.fields, &w.worker, &why));
    return w;
}

static void free_world(world_t *w) {
    message_free(&w->message);
    worker_destroy(&w->worker);
    free_inputs(&w->made);
}

static void do_unit(world_t *w, unit_t unit) {
    failure_t why = {0};
    assert_ok(worker_do(w->worker, &unit, NULL, &w->message, &why));
    assert_ok(wire_read_head(&w->reader, w->message.bytes, w->message.length, &w->head, &why));
}

static void next_part(world_t *w) {
    failure_t why = {0};
    assert_ok(wire_read_part(&w->reader, &w->part, &w->data, &why));
}

/* v of a sample, straight from the model. */
static void model_values(const made_inputs_t *made, int64_t k, double *v) {
    sample_t sample;
    failure_t why;
    assert_ok(inputs_prepare(made->inputs, k, &sample, &why));
    assert_ok(model_evaluate(made->inputs->model, &sample, (range_t){0, 512}, v, &why));
}

static void check_whole_part(world_t *w, int64_t k) {
    size_t doubles = finished_doubles(&w->fields, 9);
    finished_row_t row = finished_at(&w->fields, 9, new_numbers(doubles));
    finish_t *finish;
    failure_t why;
    model_values(&w->made, k, row.values);
    assert_ok(finish_create(&w->made.config->statistics, &w->fields, &finish, &why));
    assert_ok(finish_row(finish, NAN, &row, &why));
    finish_destroy(&finish);
    next_part(w);
    assert_int_equal(w->part.info.error_kind, OUTCOME_OK);
    assert_int_equal(w->part.row, k);
    assert_int_equal(w->part.info.noise_why, NOISE_WHY_NO_INPUT);
    assert_int_equal(w->part.doubles, doubles);
    assert_memory_equal(w->data, row.values, doubles * sizeof *w->data);
    free(row.values);
}

TEST(units_come_back_as_rows_or_as_values) {
    world_t w = make_world(PLAIN);
    double v[512];
    do_unit(&w, (unit_t){.id = 5, .kind = UNIT_SAMPLES, .first_sample = 1, .samples = 3});
    assert_true(w.head.unit_id == 5 && w.head.parts == 3 && w.head.masks == 3 * 512);
    for (int64_t k = 1; k < 4; k++)
        check_whole_part(&w, k);
    assert_int_equal(w.reader.at, w.reader.length);
    model_values(&w.made, 2, v);
    do_unit(&w, (unit_t){.id = 6, .kind = UNIT_MASKS, .first_sample = 2, .samples = 1, .first = 100, .count = 50});
    assert_int_equal(w.head.masks, 50);
    next_part(&w);
    assert_int_equal(w.part.doubles, 50);
    assert_memory_equal(w.data, v + 100, 50 * sizeof *v);
    free_world(&w);
}

/* Of values that came in ranges the same is made, and what their ranges told stays. */
TEST(a_row_is_finished_as_a_whole_sample) {
    struct {
        results_sample_t info;
        double values[512];
    } row = {.info = {.attempts = 2, .seconds = 1000, .noise_sigma = NAN, .noise_why = NOISE_WHY_NO_INPUT}};
    const unit_t unit = {.id = 7, .kind = UNIT_FINISH, .first_sample = 2, .samples = 1, .row = 2, .count = 512};
    world_t w = make_world(PLAIN);
    failure_t why;
    model_values(&w.made, 2, row.values);
    assert_ok(worker_do(w.worker, &unit, &row, &w.message, &why));
    assert_ok(wire_read_head(&w.reader, w.message.bytes, w.message.length, &w.head, &why));
    assert_true(w.head.unit_id == 7 && w.head.parts == 1 && w.head.masks == 0);
    check_whole_part(&w, 2);
    assert_true(w.part.info.attempts == 2 && w.part.info.seconds > 1000);
    row.values[3] = 1.7e308;
    row.values[7] = -1.7e308;
    assert_ok(worker_do(w.worker, &unit, &row, &w.message, &why));
    assert_ok(wire_read_head(&w.reader, w.message.bytes, w.message.length, &w.head, &why));
    next_part(&w);
    assert_true(w.part.info.error_kind == OUTCOME_CERTAIN && w.part.doubles == 0);
    free_world(&w);
}

TEST(a_bad_mask_fails_its_sample_only) {
    world_t w = make_world(FAULTY);
    do_unit(&w, (unit_t){.kind = UNIT_SAMPLES, .first_sample = 1, .samples = 3});
    assert_int_equal(w.head.masks, 2 * 512 + 301);
    check_whole_part(&w, 1);
    next_part(&w);
    assert_int_equal(w.part.info.error_kind, OUTCOME_CERTAIN);
    assert_string_equal(w.part.info.error, "mask 0x12c: output is NaN");
    assert_true(w.part.bad_mask == 300 && w.part.doubles == 0);
    check_whole_part(&w, 3);
    free_world(&w);
}

/* Neither the whole samples nor the ranges of a table that is no longer the one that was opened are called failed. */
TEST_WITH(a_table_that_changed_is_no_fault_of_a_sample, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    const double values[2][512] = {{1}};
    const hsize_t dims[] = {2, 512};
    const unit_t units[] = {{.kind = UNIT_MASKS, .first_sample = 1, .samples = 1, .first = 256, .count = 256},
                            {.kind = UNIT_SAMPLES, .first_sample = 1, .samples = 1}};
    char yaml[256];
    failure_t why;
    hid_t file = h5t_create(scratch->file);
    h5t_write(file, "values", H5T_IEEE_F64LE, 2, dims, H5P_DEFAULT, H5T_NATIVE_DOUBLE, values);
    H5Fclose(file);
    snprintf(yaml, sizeof yaml, "model: {backend: values, file: %s}\noutput: {file: none.h5}\n", scratch->file);
    world_t w = make_world(yaml);
    for (size_t u = 0; u < 2; u++)
        do_unit(&w, units[u]);
    assert_int_equal(truncate(scratch->file, 100), 0);
    for (size_t u = 0; u < 2; u++) {
        assert_int_equal(worker_do(w.worker, &units[u], NULL, &w.message, &why), STATUS_INPUT);
        assert_ptr_equal(strstr(why.text, "sample 1: "), why.text);
        assert_non_null(strstr(why.text, "was changed or moved since it was opened"));
    }
    free_world(&w);
}

int main(void) {
    return run_all(NULL, NULL);
}
