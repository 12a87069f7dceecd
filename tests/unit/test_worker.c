/* run/worker and run/evaluator: units become messages with the right numbers, alone and through the thread. */
#include "h5_scratch.h"
#include "results/results.h"
#include "run/evaluator.h"
#include "run/worker.h"
#include "stats/finish.h"
#include "support/make_inputs.h"

#define GAME "model: {backend: game, game: sparse, seed: 3, terms: 20, orders: [1, 4], samples: 4, players: 9"
static const char PLAIN[] = GAME "}\noutput: {file: none.h5}\n";
static const char FAULTY[] = GAME ", fault: nan, fault_sample: 2, fault_mask: 300}\noutput: {file: none.h5}\n";

static worker_t *make_worker(const made_inputs_t *made, fields_t *fields) {
    worker_t *worker;
    failure_t why;
    *fields = fields_layout(9, 0);
    assert_int_equal(worker_create(made->inputs, &made->config->statistics, fields, &worker, &why), STATUS_OK);
    return worker;
}

/* v of a sample, straight from the model. */
static void model_values(const made_inputs_t *made, int64_t k, double *v) {
    sample_t sample;
    failure_t why;
    uint64_t evaluated = 0;
    assert_int_equal(inputs_load_sample(made->inputs, k, &sample, &why), STATUS_OK);
    assert_int_equal(model_set_target(made->inputs->model, &sample, &evaluated, &why), STATUS_OK);
    assert_int_equal(model_evaluate(made->inputs->model, &sample, (range_t){0, 512}, v, &why), STATUS_OK);
}

static void check_whole_part(const made_inputs_t *made, const fields_t *fields, reader_t *reader, int64_t k) {
    size_t doubles = finished_doubles(fields, 9);
    finished_row_t row = finished_at(fields, 9, new_numbers(doubles));
    const double *data;
    part_head_t part;
    finish_t *finish;
    failure_t why;
    model_values(made, k, row.values);
    assert_ok(finish_create(&made->config->statistics, fields, &finish, &why));
    assert_ok(finish_row(finish, NAN, &row, &why));
    finish_destroy(&finish);
    assert_ok(wire_read_part(reader, &part, &data, &why));
    assert_int_equal(part.outcome, OUTCOME_OK);
    assert_int_equal(part.sample, k);
    assert_int_equal(part.noise_why, NOISE_WHY_NO_INPUT);
    assert_int_equal(part.doubles, doubles);
    assert_memory_equal(data, row.values, doubles * sizeof *data);
    free(row.values);
}

static void whole_samples_come_with_their_statistics(void **state) {
    (void)state;
    made_inputs_t made = make_inputs(PLAIN);
    fields_t fields;
    worker_t *worker = make_worker(&made, &fields);
    unit_t unit = {.id = 5, .kind = UNIT_SAMPLES, .first_sample = 1, .samples = 3};
    message_t message = {0};
    reader_t reader;
    result_head_t head;
    failure_t why;
    assert_int_equal(worker_do(worker, &unit, &message, &why), STATUS_OK);
    assert_int_equal(wire_read_head(&reader, message.bytes, message.length, &head, &why), STATUS_OK);
    assert_int_equal(head.unit_id, 5);
    assert_int_equal(head.parts, 3);
    assert_int_equal(head.masks, 3 * 512);
    for (int64_t k = 1; k < 4; k++)
        check_whole_part(&made, &fields, &reader, k);
    assert_int_equal(reader.at, reader.length);
    message_free(&message);
    worker_destroy(&worker);
    free_inputs(&made);
}

static void ranges_come_as_values(void **state) {
    (void)state;
    made_inputs_t made = make_inputs(PLAIN);
    fields_t fields;
    worker_t *worker = make_worker(&made, &fields);
    unit_t unit = {.id = 6, .kind = UNIT_MASKS, .first_sample = 2, .samples = 1, .first = 100, .count = 50};
    message_t message = {0};
    reader_t reader;
    result_head_t head;
    part_head_t part;
    failure_t why;
    double v[512];
    const double *data;
    model_values(&made, 2, v);
    assert_int_equal(worker_do(worker, &unit, &message, &why), STATUS_OK);
    assert_int_equal(wire_read_head(&reader, message.bytes, message.length, &head, &why), STATUS_OK);
    assert_int_equal(head.masks, 50);
    assert_int_equal(wire_read_part(&reader, &part, &data, &why), STATUS_OK);
    assert_int_equal(part.doubles, 50);
    assert_memory_equal(data, v + 100, 50 * sizeof *v);
    message_free(&message);
    worker_destroy(&worker);
    free_inputs(&made);
}

static void a_bad_mask_fails_its_sample_only(void **state) {
    (void)state;
    made_inputs_t made = make_inputs(FAULTY);
    fields_t fields;
    worker_t *worker = make_worker(&made, &fields);
    unit_t unit = {.id = 7, .kind = UNIT_SAMPLES, .first_sample = 1, .samples = 3};
    message_t message = {0};
    reader_t reader;
    result_head_t head;
    part_head_t part;
    const double *data;
    failure_t why;
    assert_int_equal(worker_do(worker, &unit, &message, &why), STATUS_OK);
    assert_int_equal(wire_read_head(&reader, message.bytes, message.length, &head, &why), STATUS_OK);
    assert_int_equal(head.masks, 2 * 512 + 301);
    check_whole_part(&made, &fields, &reader, 1);
    assert_int_equal(wire_read_part(&reader, &part, &data, &why), STATUS_OK);
    assert_int_equal(part.outcome, OUTCOME_CERTAIN);
    assert_int_equal(part.bad_mask, 300);
    assert_string_equal(part.error, "mask 0x12c: output is NaN");
    assert_int_equal(part.doubles, 0);
    check_whole_part(&made, &fields, &reader, 3);
    message_free(&message);
    worker_destroy(&worker);
    free_inputs(&made);
}

/* Neither the whole samples nor the ranges of a table that is no longer the one that was opened are called failed. */
static void a_table_that_changed_is_no_fault_of_a_sample(void **state) {
    const scratch_t *scratch = *state;
    const double values[2][512] = {{1}};
    const hsize_t dims[] = {2, 512};
    char yaml[256];
    fields_t fields;
    failure_t why;
    message_t message = {0};
    hid_t file = h5t_create(scratch->file);
    h5t_write(file, "values", H5T_IEEE_F64LE, 2, dims, H5P_DEFAULT, H5T_NATIVE_DOUBLE, values);
    H5Fclose(file);
    snprintf(yaml, sizeof yaml, "model: {backend: values, file: %s}\noutput: {file: none.h5}\n", scratch->file);
    made_inputs_t made = make_inputs(yaml);
    worker_t *worker = make_worker(&made, &fields);
    const unit_t units[] = {{.kind = UNIT_MASKS, .first_sample = 1, .samples = 1, .first = 256, .count = 256},
                            {.kind = UNIT_SAMPLES, .first_sample = 1, .samples = 1}};
    for (size_t u = 0; u < 2; u++)
        assert_int_equal(worker_do(worker, &units[u], &message, &why), STATUS_OK);
    assert_int_equal(truncate(scratch->file, 100), 0);
    for (size_t u = 0; u < 2; u++) {
        assert_int_equal(worker_do(worker, &units[u], &message, &why), STATUS_INPUT);
        assert_ptr_equal(strstr(why.text, "sample 1: "), why.text);
        assert_non_null(strstr(why.text, "was changed or moved since it was opened"));
    }
    message_free(&message);
    worker_destroy(&worker);
    free_inputs(&made);
}

/* What worker_do makes of one unit: its head and its only part. */
static part_head_t part_of_unit(worker_t *worker, unit_t unit, result_head_t *head) {
    message_t message = {0};
    reader_t reader;
    part_head_t part;
    const double *data;
    failure_t why;
    unit.samples = 1;
    assert_int_equal(worker_do(worker, &unit, &message, &why), STATUS_OK);
    assert_int_equal(wire_read_head(&reader, message.bytes, message.length, head, &why), STATUS_OK);
    assert_int_equal(wire_read_part(&reader, &part, &data, &why), STATUS_OK);
    assert_int_equal(part.outcome, OUTCOME_OK);
    if (unit.kind == UNIT_SAMPLES) { /* the statistics know of it */
        fields_t fields = fields_layout(12, 0);
        finished_row_t row = finished_at(&fields, 12, (double *)(uintptr_t)data);
        double floor = fields_at(&fields, row.numbers, FIELD_NOISE_FLOOR)[4];
        assert_true(floor == 4 * part.noise_sigma || (isnan(floor) && isnan(part.noise_sigma)));
    }
    message_free(&message);
    return part;
}

#define CANCER                                                                                                         \
    "model: {file: '" TEST_DATA_DIR "/../../configs/cancer/cancer.onnx'}\n"                                            \
    "samples: {file: '" TEST_DATA_DIR "/../../configs/cancer/cancer12.h5', select: '3:5', baseline: zero}\n"           \
    "output: {file: none.h5}\n"

/* NULL without an engine. */
static worker_t *cancer_worker(const char *yaml, made_inputs_t *made) {
    problems_t problems = {0};
    failure_t why;
    *made = (made_inputs_t){0};
    assert_int_equal(config_parse(yaml, strlen(yaml), "test", "/", NULL, 0, &made->config, &problems), STATUS_OK);
    status_t status = inputs_open(made->config, &made->inputs, &problems, &why);
    problems_free(&problems);
    if (status != STATUS_OK) {
        print_message("skipped: %s\n", why.text);
        assert_true(strstr(why.text, "no ONNX Runtime backend") || strstr(why.text, "ONNX Runtime was not found"));
        free_inputs(made);
        return NULL;
    }
    worker_t *worker;
    fields_t fields = fields_layout(12, 0);
    assert_int_equal(worker_create(made->inputs, &made->config->statistics, &fields, &worker, &why), STATUS_OK);
    return worker;
}

/* The range of 256 masks that starts with players 8 and 10 tells the noise, alone or in a whole sample. */
static void the_unit_with_the_range_for_it_tells_the_noise(void **state) {
    (void)state;
    made_inputs_t made;
    worker_t *worker = cancer_worker(CANCER, &made);
    result_head_t head;
    if (!worker)
        skip();
    part_head_t whole = part_of_unit(worker, (unit_t){.kind = UNIT_SAMPLES, .first_sample = 1}, &head);
    double sigma = whole.noise_sigma;
    assert_true(sigma > 1e-8 && sigma < 1e-5);
    assert_int_equal(whole.noise_why, NOISE_WHY_ESTIMATED);
    assert_int_not_equal(whole.input_crc, 0);
    assert_int_equal(head.masks, 4096);
    assert_int_equal(head.masks_for_noise, 256);
    assert_int_equal(head.masks_for_target, 0);
    for (mask_t first = 0; first < 4096; first += 256) {
        unit_t unit = {.kind = UNIT_MASKS, .first_sample = 1, .first = first, .count = 256};
        part_head_t part = part_of_unit(worker, unit, &head);
        assert_true(first == 0x500 ? part.noise_sigma == sigma : isnan(part.noise_sigma));
        assert_int_equal(part.input_crc, whole.input_crc);
        assert_int_equal(head.masks, 256);
        assert_int_equal(head.masks_for_noise, first == 0x500 ? 256 : 0);
    }
    part_head_t other = part_of_unit(worker, (unit_t){.kind = UNIT_SAMPLES, .first_sample = 0}, &head);
    assert_true(other.noise_sigma != sigma);
    assert_int_not_equal(other.input_crc, whole.input_crc);
    worker_destroy(&worker);
    free_inputs(&made);
}

static void noise_that_is_given_or_not_wanted_costs_nothing(void **state) {
    (void)state;
    static const struct {
        const char *yaml;
        double sigma;
        noise_why_t why;
    } cases[] = {{CANCER "statistics: {noise_sigma: 2e-3}\n", 2e-3, NOISE_WHY_GIVEN},
                 {CANCER "statistics: {noise_sigma: none}\n", NAN, NOISE_WHY_NOT_ASKED}};
    for (size_t i = 0; i < 2; i++) {
        made_inputs_t made;
        worker_t *worker = cancer_worker(cases[i].yaml, &made);
        if (!worker)
            skip();
        unit_t units[] = {{.kind = UNIT_SAMPLES}, {.kind = UNIT_MASKS, .first = 0x500, .count = 256}};
        for (size_t u = 0; u < 2; u++) {
            result_head_t head;
            part_head_t part = part_of_unit(worker, units[u], &head);
            assert_true(part.noise_sigma == cases[i].sigma || (isnan(part.noise_sigma) && isnan(cases[i].sigma)));
            assert_int_equal(part.noise_why, cases[i].why);
            assert_int_equal(head.masks_for_noise, 0);
        }
        worker_destroy(&worker);
        free_inputs(&made);
    }
}

static bool take_patiently(evaluator_t *evaluator, message_t *message) {
    for (int i = 0; i < 10000; i++) {
        if (evaluator_take(evaluator, message))
            return true;
        usleep(1000);
    }
    return false;
}

static void the_thread_answers_in_order(void **state) {
    (void)state;
    made_inputs_t made = make_inputs(PLAIN);
    fields_t fields;
    worker_t *worker = make_worker(&made, &fields);
    evaluator_t *evaluator;
    failure_t why;
    assert_int_equal(evaluator_start(worker, &evaluator, &why), STATUS_OK);
    uint64_t given = 0, taken = 0;
    while (taken < 20) {
        while (given < 20 && given - taken < UNITS_IN_FLIGHT) {
            given++;
            unit_t unit = {.id = given, .kind = UNIT_SAMPLES, .first_sample = (int64_t)(given % 4), .samples = 1};
            evaluator_put(evaluator, &unit);
        }
        message_t message;
        reader_t reader;
        result_head_t head;
        assert_true(take_patiently(evaluator, &message));
        assert_int_equal(wire_read_head(&reader, message.bytes, message.length, &head, &why), STATUS_OK);
        assert_int_equal(head.unit_id, ++taken);
        message_free(&message);
    }
    assert_int_equal(evaluator_check(evaluator, &why), STATUS_OK);
    evaluator_stop(evaluator);
    for (int i = 0; i < 10000 && !evaluator_stopped(evaluator); i++)
        usleep(1000);
    assert_true(evaluator_stopped(evaluator));
    evaluator_finish(&evaluator);
    worker_destroy(&worker);
    free_inputs(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_samples_come_with_their_statistics),
        cmocka_unit_test(ranges_come_as_values),
        cmocka_unit_test(a_bad_mask_fails_its_sample_only),
        cmocka_unit_test_setup_teardown(a_table_that_changed_is_no_fault_of_a_sample, scratch_make, scratch_remove),
        cmocka_unit_test(the_unit_with_the_range_for_it_tells_the_noise),
        cmocka_unit_test(noise_that_is_given_or_not_wanted_costs_nothing),
        cmocka_unit_test(the_thread_answers_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
