/* Ranges in chunks, by a network that only notes what it is asked: order and number of chunks under way, parts of
 * chunks, references of cosines. */
#include "model/backend.h"
#include "support/test.h"

enum { PLAYERS = 5, OUTPUTS = 2, UNDER_WAY = 3, CHUNK_MAX = 32 };

typedef struct {
    size_t chunk, begun, put, taken, most; /* most: chunks under way at once */
    mask_t waiting[64];
    double outputs[CHUNK_MAX * OUTPUTS];
    float second[CHUNK_MAX]; /* another output: -mask, NaN for mask 19 */
    size_t fails_at;         /* which take; 0: none */
} notes_t;

static status_t begin(model_t *model, const sample_t *sample, int baseline, size_t chunk, failure_t *why) {
    notes_t *notes = model->state;
    notes->chunk = chunk;
    notes->begun++;
    notes->put = notes->taken = 0;
    model->network.sample = (uint64_t)(sample->index + 1);
    return STATUS_OK;
}

static status_t put(model_t *model, mask_t first, failure_t *why) {
    notes_t *notes = model->state;
    assert_int_equal(first % notes->chunk, 0);
    notes->waiting[notes->put++] = first;
    if (notes->put - notes->taken > notes->most)
        notes->most = notes->put - notes->taken;
    return STATUS_OK;
}

/* The outputs of a mask are the mask, and 10. */
static status_t take(model_t *model, mask_t first, network_outputs_t *outputs, failure_t *why) {
    notes_t *notes = model->state;
    assert_true(notes->taken < notes->put);
    assert_int_equal(notes->waiting[notes->taken++], first);
    if (notes->taken == notes->fails_at)
        return failed(why, STATUS_TRANSIENT, "as it was told to");
    for (size_t row = 0; row < notes->chunk; row++) {
        notes->outputs[row * OUTPUTS] = (double)(first + row);
        notes->outputs[row * OUTPUTS + 1] = 10;
        notes->second[row] = first + row == 19 ? NAN : -(float)(first + row);
    }
    outputs[0] = (network_outputs_t){notes->outputs, 64};
    outputs[1] = (network_outputs_t){notes->second, 32};
    return STATUS_OK;
}

static void close_notes(model_t *model) {
    model->state = NULL;
}

static model_t model_of(notes_t *notes, int64_t batch, score_t score) {
    static const network_ops_t ops = {
        .at_once = UNDER_WAY, .begin = begin, .put = put, .take = take, .close = close_notes};
    model_t model = {.state = notes,
                     .options = {.score = score, .output_kind = OUTPUTS_LOGITS},
                     .info = {.outputs = 1, .width = {OUTPUTS}, .input_bits = 64, .free_batch = true}};
    *notes = (notes_t){0};
    network_set_batch(&model.network, batch);
    network_set_ops(&model, &ops);
    return model;
}

static const sample_t SAMPLE = {.n = PLAYERS, .baselines = 1};

TEST(chunks_follow_each_other) {
    notes_t notes;
    model_t model = model_of(&notes, 4, SCORE_RAW);
    double values[1 << PLAYERS];
    failure_t why;
    assert_int_equal(model_granule_bits(&model, PLAYERS), 2);
    assert_int_equal(model_granule_bits(&model, 1), 1);
    assert_ok(model_evaluate(&model, &SAMPLE, (range_t){8, 24}, values, &why));
    for (int k = 0; k < 24; k++)
        assert_true(values[k] == 8 + k);
    assert_int_equal(notes.put, 6);
    assert_int_equal(notes.taken, 6);
    assert_int_equal(notes.most, UNDER_WAY);
    model.ops->close(&model);
}

TEST(the_batch_is_a_power_of_two) {
    static const int64_t rows[][2] = {{1, 0}, {2, 1}, {3, 1}, {255, 7}, {256, 8}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        network_t network = {0};
        network_set_batch(&network, rows[i][0]);
        assert_int_equal(network.batch_bits, rows[i][1]);
    }
}

TEST(parts_of_chunks_are_cut_out) {
    notes_t notes;
    model_t model = model_of(&notes, 8, SCORE_RAW);
    const double *outputs;
    double values[2] = {0};
    model_rounding_t rounding;
    failure_t why, of;
    assert_ok(model_raw(&model, &SAMPLE, (range_t){5, 14}, &outputs, &why));
    for (int k = 0; k < 14; k++)
        assert_true(outputs[2 * k] == 5 + k && outputs[2 * k + 1] == 10);
    assert_int_equal(notes.put, 3);
    assert_ok(model_probe(&model, &SAMPLE, (range_t){6, 2}, 1, &(double *){values}, &rounding, &of, &why));
    assert_true(values[0] == 6 && values[1] == 7);
    assert_int_equal(notes.chunk, 2);
    model.ops->close(&model);
}

TEST(failures_come_through) {
    notes_t notes;
    model_t model = model_of(&notes, 4, SCORE_RAW);
    double values[1 << PLAYERS];
    failure_t why;
    notes.fails_at = 2;
    assert_fails(model_evaluate(&model, &SAMPLE, (range_t){0, 32}, values, &why), STATUS_TRANSIENT,
                 "as it was told to");
    model.ops->close(&model);
}

/* With the full mask, (31, 10), less that of the empty one, (0, 10); looked for once a sample. */
TEST(cosines_have_a_reference) {
    notes_t notes;
    model_t model = model_of(&notes, 8, SCORE_COSINE);
    sample_t other = SAMPLE;
    double values[8];
    failure_t why;
    assert_ok(model_evaluate(&model, &SAMPLE, (range_t){8, 8}, values, &why));
    for (int k = 0; k < 8; k++) {
        const double norm = sqrt(31.0 * 31 + 100), z = 8 + k;
        assert_within(values[k], (31 * z + 100) / norm / sqrt(z * z + 100) - 10 / norm, 1e-15);
    }
    assert_int_equal(notes.begun, 2);
    assert_ok(model_evaluate(&model, &SAMPLE, (range_t){16, 8}, values, &why));
    assert_int_equal(notes.begun, 4);
    assert_int_equal(model.network.refers_to, 1);
    other.index = 6;
    assert_ok(model_evaluate(&model, &other, (range_t){16, 8}, values, &why));
    assert_int_equal(model.network.refers_to, 7);
    model.ops->close(&model);
}

/* Two outputs, of two numbers and one: each row is scored from the same chunks, and fails by itself. */
TEST(rows_share_their_evaluations) {
    static const given_target_t target = {0};
    notes_t notes;
    model_t model = model_of(&notes, 4, SCORE_RAW);
    sample_t sample = SAMPLE;
    double first[24], second[24], *values[2] = {first, second};
    const double *numbers[2];
    uint64_t evaluated = 0;
    failure_t why, of[2];
    model.info.outputs = 2;
    model.info.width[1] = 1;
    model.options.target = TARGET_GIVEN;
    model.options.given = &target;
    assert_int_equal(model_rows(&model), 2);
    assert_ok(model_set_target(&model, &sample, &evaluated, &why));
    assert_true(sample.target == 0 && sample.targets && sample.targets[1] == 0 && evaluated == 0);
    assert_ok(model_evaluate_rows(&model, &sample, (range_t){8, 24}, 2, values, of, &why));
    assert_int_equal(notes.put, 6);
    assert_int_equal(of[0].status, STATUS_OK);
    for (int k = 0; k < 24; k++)
        assert_true(first[k] == 8 + k && (k == 11 ? isnan(second[k]) : second[k] == -8 - k));
    assert_int_equal(of[1].status, STATUS_CERTAIN);
    assert_int_equal(of[1].mask, 19);
    assert_ok(model_raw(&model, &sample, (range_t){5, 3}, numbers, &why));
    assert_true(numbers[0][0] == 5 && numbers[0][5] == 10 && numbers[1][0] == -5 && numbers[1][2] == -7);
    model.ops->close(&model);
    free(model.targets);
}

/* ---- backends that find targets of their own, as those of language models ---- */

static status_t tens(model_t *model, const sample_t *sample, int64_t *targets, uint64_t *evaluated, failure_t *why) {
    for (int row = 0; row < model_rows(model); row++)
        targets[row] = 10 * (row + 1);
    *evaluated += 4;
    return STATUS_OK;
}

TEST(a_backend_finds_its_own_targets) {
    static const backend_ops_t ops = {.find_targets = tens};
    model_t model = {.ops = &ops,
                     .options = {.backend = BACKEND_LLAMA, .target = TARGET_TOP, .targets = 3},
                     .info = {.outputs = 1, .width = {1000}}};
    sample_t sample = SAMPLE;
    uint64_t evaluated = 0;
    failure_t why;
    assert_int_equal(model_rows(&model), 3);
    assert_ok(model_set_target(&model, &sample, &evaluated, &why));
    assert_true(sample.target == 10 && sample.targets[1] == 20 && sample.targets[2] == 30 && evaluated == 4);
    model.options.targets = 1;
    assert_ok(model_set_target(&model, &sample, &evaluated, &why));
    assert_true(sample.target == 10 && !sample.targets);
    free(model.targets);
}

int main(void) {
    return run_all(NULL, NULL);
}
