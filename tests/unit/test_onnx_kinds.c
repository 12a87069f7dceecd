/* Networks of other types than float32, with other inputs besides the one that is masked, and with outputs of more axes
 * (tests/data/make_models.py makes them). All arithmetic is exact, so values are compared bit for bit. Skipped without
 * an engine. */
#include "support/models.h"

static double weight(int i, int j) {
    return ((7 * i + 3 * j) % 11 - 5) / 8.0;
}

/* ---- samples of four numbers ---- */

enum { N = 4, MASKS = 1 << N };

static const double x4[N] = {1.5, -0.75, 2, 0.625}, baseline4[N] = {-1, 0.5, 0.25, 3};
static const int32_t players4[N] = {0, 1, 2, 3};

static sample_t sample4(void) {
    return (sample_t){
        .target = 1, .n = N, .elements = N, .x = x4, .players = players4, .baselines = 1, .baseline = baseline4};
}

/* Output 1 of x w + b, b = 0. */
static double affine(mask_t mask) {
    double z = 0;
    for (int i = 0; i < N; i++)
        z += (mask >> i & 1 ? x4[i] : baseline4[i]) * weight(i, 1);
    return z;
}

TEST(each_form_gives_its_formula) {
    const struct {
        const char *file;
        int input_bits;
    } cases[] = {{"half.onnx", 16}, {"ir3.onnx", 32}, {"many_ones.onnx", 32}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int batch = 1; batch <= 16; batch *= 4) {
            model_options_t options = options_for(cases[i].file);
            double values[MASKS];
            sample_t sample = sample4();
            options.batch = batch;
            model_t *model = open_model(&options);
            assert_int_equal(model_info(model)->width[0], 3);
            assert_int_equal(model_info(model)->input_bits, cases[i].input_bits);
            assert_int_equal(model_info(model)->constants, 0);
            evaluate_all(model, &sample, values);
            for (mask_t mask = 0; mask < MASKS; mask++)
                assert_true(values[mask] == affine(mask));
            model_close(&model);
        }
}

/* What rounding float16 outputs does to v: units of 2^-11 from 0.5 to 1. */
TEST(rounding_is_that_of_the_coarser_type) {
    const double roundings[] = {0x1p-11, 0x1p-24};
    const char *const files[] = {"half.onnx", "many_ones.onnx"};
    for (size_t i = 0; i < 2; i++) {
        model_options_t options = options_for(files[i]);
        model_rounding_t rounding;
        failure_t why, of;
        double v;
        sample_t sample = sample4();
        model_t *model = open_model(&options);
        assert_ok(model_probe(model, &sample, (range_t){0xf, 1}, 1, &(double *){&v}, &rounding, &of, &why));
        assert_true(v == affine(0xf) && fabs(v) >= 0.5 && fabs(v) < 1);
        assert_within(rounding.own, roundings[i] * roundings[i] / 12, 1e-18);
        assert_true(rounding.coarse == rounding.own);
        model_close(&model);
    }
}

/* Axes that the model leaves open are found out when it runs: one may be longer than 1. */
TEST(open_axes_are_found_out) {
    const int64_t row[3] = {1, 1, 4}, square[3] = {1, 2, 2};
    model_options_t options = options_for("open_axes.onnx");
    double values[MASKS];
    failure_t why;
    sample_t sample = sample4();
    sample.rank = 3;
    sample.shape = row;
    model_t *model = open_model(&options);
    assert_int_equal(model_info(model)->width[0], -1);
    evaluate_all(model, &sample, values);
    assert_int_equal(model_info(model)->width[0], 4);
    for (mask_t mask = 0; mask < MASKS; mask++)
        assert_true(values[mask] == (mask & 2 ? x4[1] : baseline4[1]));
    sample.shape = square;
    assert_fails(model_evaluate(model, &sample, (range_t){0, MASKS}, values, &why), STATUS_INPUT,
                 "the model's output is float32 [16, 1, 2, 2], expected was [16, 4]: more than one axis of numbers for "
                 "each row; say which place is explained in model.element ([0]: the first of axis 1)");
    model_close(&model);
}

/* ---- one place of an output with several axes ---- */

/* rank3_output.onnx is Relu of [batch, 2, 2], open_axes.onnx what it is given, [batch, 1, height, width]. */
TEST(a_place_of_an_output_is_explained) {
    const int64_t square[] = {1, 2, 2};
    const struct {
        const char *file;
        int axes, width;
        int64_t element[3];
        size_t first; /* the player of output 0 */
    } cases[] = {{"rank3_output.onnx", 1, 2, {0}, 0},
                 {"rank3_output.onnx", 1, 2, {1}, 2},
                 {"rank3_output.onnx", 2, 1, {1, 0}, 2},
                 {"open_axes.onnx", 2, 2, {0, 1}, 2},
                 {"open_axes.onnx", 3, 1, {0, 0, 1}, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        model_options_t options = options_for(cases[i].file);
        double values[MASKS];
        sample_t sample = sample4();
        options.element = cases[i].element;
        options.element_axes = cases[i].axes;
        sample.rank = i < 3 ? 2 : 3;
        sample.shape = i < 3 ? square + 1 : square;
        sample.target = cases[i].width - 1;
        const size_t at = cases[i].first + (size_t)sample.target;
        model_t *model = open_model(&options);
        evaluate_all(model, &sample, values);
        assert_int_equal(model_info(model)->width[0], cases[i].width);
        for (mask_t mask = 0; mask < MASKS; mask++) {
            const double z = mask >> at & 1 ? x4[at] : baseline4[at];
            assert_true(values[mask] == (i < 3 && z < 0 ? 0 : z));
        }
        model_close(&model);
    }
}

TEST(places_that_are_not_there_are_refused) {
    const int64_t square[] = {1, 2, 2}, elements[][2] = {{2, 0}, {0, 2}, {0, 2}};
    const char *const files[] = {"rank3_output.onnx", "rank3_output.onnx", "linear_f32.onnx"};
    for (size_t i = 0; i < 3; i++) {
        model_options_t options = options_for(files[i]);
        failure_t why;
        model_t *model;
        options.element = elements[i];
        options.element_axes = 2;
        assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT,
                     "its output y does not have the place of model.element: give a number within each of its first "
                     "axes behind the batch, or leave it out; its outputs: y: float32 [batch, ");
    }
    model_options_t options = options_for("open_axes.onnx");
    double values[MASKS];
    failure_t why;
    sample_t sample = sample4();
    options.element = elements[1]; /* of height 2 */
    options.element_axes = 2;
    sample.rank = 3;
    sample.shape = square;
    model_t *model = open_model(&options);
    assert_fails(model_evaluate(model, &sample, (range_t){0, MASKS}, values, &why), STATUS_CERTAIN,
                 "the model's output is float32 [16, 1, 2, 2], and does not have the place of model.element");
    model_close(&model);
}

/* ---- token ids, and constants ---- */

static const double ids[N] = {2, 7, 11, 4}, mask_id[N] = {1, 1, 1, 1}, keep[N] = {1, 1, 0, 2};
static const double scale[3] = {0.5, 2, -4}, no = 0, yes = 1;
static const int64_t four = 4, three = 3;

/* keep, scale, flip: in the order of the model, without ids. */
static void make_constants(constant_t out[3], const double *kept, const double *flip) {
    out[0] = (constant_t){.rank = 1, .shape = &four, .elements = N, .numbers = kept};
    out[1] = (constant_t){.rank = 1, .shape = &three, .elements = 3, .numbers = scale};
    out[2] = (constant_t){.elements = 1, .numbers = flip};
}

static sample_t token_sample(const constant_t *constants) {
    sample_t sample = sample4();
    sample.x = ids;
    sample.baseline = mask_id;
    sample.rank = 1;
    sample.shape = &four;
    sample.constants = 3;
    sample.constant = constants;
    return sample;
}

static double bag(mask_t mask, const double *kept, bool flip) {
    double z = 0;
    for (int i = 0; i < N; i++)
        z += kept[i] * weight((int)(mask >> i & 1 ? ids[i] : mask_id[i]), 1);
    return flip ? -2 * z : 2 * z;
}

static model_t *open_tokens(int batch) {
    model_options_t options = options_for("tokens.onnx");
    options.input = "ids";
    options.batch = batch;
    return open_model(&options);
}

TEST(constants_are_described) {
    model_t *model = open_tokens(256);
    const model_info_t *info = model_info(model);
    assert_int_equal(info->constants, 3);
    assert_string_equal(info->constant[0].name, "keep");
    assert_true(info->constant[0].type == ELEMENT_I64 && info->constant[0].rank == 1);
    assert_true(info->constant[0].shape[0] == -1 && info->constant[0].follows[0] == 0);
    assert_string_equal(info->constant[1].name, "scale/factor");
    assert_true(info->constant[1].rank == 1 && info->constant[1].shape[0] == 3 && info->constant[1].follows[0] == -1);
    assert_true(info->constant[2].type == ELEMENT_BOOL && info->constant[2].rank == 0);
    assert_true(info->input_type == ELEMENT_I64 && info->input_bits == 64 && info->input_rank == 1);
    model_close(&model);
}

/* In turn with other constants behind the same pointers, and with other batches. */
TEST(constants_reach_the_model) {
    const double other[N] = {3, 0, -1, 1};
    double kept[N] = {0}, flip = 0;
    constant_t constants[3] = {0};
    make_constants(constants, kept, &flip);
    for (int batch = 2; batch <= 16; batch *= 8) {
        model_t *model = open_tokens(batch);
        for (int turn = 0; turn < 6; turn++) {
            double values[MASKS];
            sample_t sample = token_sample(constants);
            memcpy(kept, turn % 2 ? other : keep, sizeof kept);
            flip = turn % 3 ? yes : no;
            evaluate_all(model, &sample, values);
            for (mask_t mask = 0; mask < MASKS; mask++)
                assert_true(values[mask] == bag(mask, kept, flip > 0));
        }
        model_close(&model);
    }
}

TEST(wrong_constants_are_refused) {
    const double half[N] = {1, 0.5, 1, 1}, two = 2;
    double values[MASKS];
    failure_t why;
    constant_t constants[3] = {0};
    sample_t sample = token_sample(constants);
    model_t *model = open_tokens(16);
    make_constants(constants, half, &no);
    assert_fails(model_evaluate(model, &sample, (range_t){0, MASKS}, values, &why), STATUS_CERTAIN,
                 "element 1 of /constants/keep, 0.5, is no whole number for the model's int64 input");
    make_constants(constants, keep, &two);
    assert_fails(model_evaluate(model, &sample, (range_t){0, MASKS}, values, &why), STATUS_CERTAIN,
                 "element 0 of /constants/flip, 2, is out of range for the model's bool input");
    make_constants(constants, keep, &no);
    constants[1].rank = 0;
    assert_fails(model_evaluate(model, &sample, (range_t){0, MASKS}, values, &why), STATUS_INPUT,
                 "the model's input scale/factor has another shape than what it is given");
    sample.constants = 0;
    assert_fails(model_evaluate(model, &sample, (range_t){0, MASKS}, values, &why), STATUS_INPUT,
                 "the model has 3 inputs besides ids, a sample 0 constants");
    sample.constants = 3;
    make_constants(constants, keep, &no);
    evaluate_all(model, &sample, values); /* a good sample after bad ones */
    assert_true(values[MASKS - 1] == bag(MASKS - 1, keep, false));
    model_close(&model);
}

/* Ids that the model has no word for fail in the engine; those that are no whole numbers before it. */
TEST(ids_are_whole_numbers) {
    const double fraction[N] = {1, 1, 0.5, 1};
    double values[MASKS];
    failure_t why;
    constant_t constants[3] = {0};
    make_constants(constants, keep, &no);
    sample_t sample = token_sample(constants);
    sample.baseline = fraction;
    model_t *model = open_tokens(16);
    assert_fails(model_evaluate(model, &sample, (range_t){0, MASKS}, values, &why), STATUS_CERTAIN,
                 "element 2 of the baseline, 0.5, is no whole number for the model's int64 input");
    model_close(&model);
}

int main(void) {
    return engine_missing() ? 0 : run_all(NULL, NULL);
}
