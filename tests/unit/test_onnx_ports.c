/* Which input and output of a network are used, and what is said about networks that cannot be: of tests/data
 * (make_models.py makes them). Skipped without an engine. */
#include "support/models.h"

static void expect_refused(const model_options_t *options, const char *text) {
    failure_t why;
    model_t *model;
    assert_fails(model_open(options, NULL, &model, &why), STATUS_INPUT, text);
    assert_null(model);
}

/* What is wrong, what to do about it, and what the model has. */
static const struct {
    const char *file, *input, *output, *text;
} REFUSED[] = {
    {"text.onnx", NULL, NULL, "its input x does not take numbers: put a Cast at its start"},
    {"text.onnx", NULL, NULL, "FloatTensorType); its inputs: x: string [batch, 4]"},
    {"int_output.onnx", NULL, NULL, "put a Cast at its end; its outputs: y: int64 [batch]"},
    {"two_inputs.onnx", NULL, NULL, "it has 2 inputs: name the one that is masked in model.input; the others are"},
    {"two_inputs.onnx", NULL, NULL,
     "samples file (docs/own-model.md: Several inputs); its inputs: left: float32 [batch, 4], right: float32 [batch, "
     "4]"},
    {"two_inputs.onnx", "up", NULL, "it has no input up: name one of them in model.input; its inputs: left: "},
    {"batch_named_otherwise.onnx", "x", NULL,
     "axis 0 of its input keep, float32 [batch_size, 4], may be the batch, which must be axis 0, free, and named "
     "as axis 0 of x: give the axes names that tell, or put a Transpose at its start (docs/own-model.md: Names of "
     "axes); its "},
    {"batch_unnamed.onnx", "x", NULL, "axis 0 of its input keep, float32 [batch, 4], may be the batch"},
    {"batch_of_keep_second.onnx", "x", NULL, "axis 1 of its input keep, float32 [4, N], may be the batch"},
    {"batch_of_keep_second.onnx", "x", NULL, "of a state fix the batch at 1 (docs/own-model.md: A state whose batch"},
    {"rank3_output.onnx", NULL, NULL,
     "its output y has more than one axis of numbers for each row: say which place is explained in model.element "},
    {"rank3_output.onnx", NULL, NULL, "Flatten at its end; its outputs: y: float32 [batch, 2, 2]"},
    {"batch_lost.onnx", NULL, NULL, "axis 0 of its output y is fixed and not the batch of its input, float32 [bat"},
    {"batch_lost.onnx", NULL, NULL, "free batch axis, the first of input and output; its outputs: y: float32 [1, 4]"},
    {"no_axis.onnx", NULL, NULL, "export it with the input's shape, the batch first; its inputs: x: float32 []"},
    {"empty_batch.onnx", NULL, NULL, "an empty batch: export it with a free batch axis; its inputs: x: float32 [0, 4]"},
    {"many_axes.onnx", NULL, NULL, "17 axes, 9 are possible: put a Reshape at its start; its inputs: x: float32 [bat"},
    {"two_outputs.onnx", NULL, NULL,
     "name one in model.output (docs/own-model.md: Several outputs); its outputs: wide: float32 [batch, 3], narrow"},
    {"two_outputs.onnx", NULL, "other", "it has no output other: name one of them in model.output; its outputs: wide"},
    {"linear_f32.onnx", "z", NULL, "no input z: leave model.input out; its inputs: x: float32 [batch, 4]"},
    {"classes.onnx", NULL, NULL, "no output of it is of floats: export its scores or probabilities; its outputs: "},
    {"classifier.onnx", NULL, "label", "or name another output in model.output; its outputs: label: int64 [batch]"},
    {"zipmap.onnx", NULL, NULL, "a list of maps (ZipMap): convert it again with options={'zipmap': False}"},
    {"zipmap.onnx", NULL, NULL, "zipmap=False (onnxmltools); its outputs: label: int64 [batch], maps: a list of maps"},
    {"zipmap.onnx", NULL, "maps", "options={'zipmap': False}"},
    {"zipmap_and_scores.onnx", NULL, NULL, "(ZipMap): convert it again"},
    {"zipmap_and_scores.onnx", NULL, NULL, "or name another output in model.output"},
    {"make_models.py", NULL, NULL, "make_models.py: not an ONNX model"},
    {"absent.onnx", NULL, NULL, "absent.onnx: cannot be read: No such file"},
};

TEST(refused_models_are_described) {
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        model_options_t options = options_for(REFUSED[i].file);
        options.input = REFUSED[i].input;
        options.output = REFUSED[i].output;
        expect_refused(&options, REFUSED[i].text);
    }
}

/* Names of axes tell: shapes may all fit. */
TEST(a_batch_that_is_not_first_is_refused) {
    const char *const files[] = {"batch_second.onnx", "batch_second_fixed.onnx", "batch_second_followed.onnx"};
    const char *const inputs[] = {"axis 1 of its input x, float32 [time, batch, 2], and must be axis 0",
                                  "axis 1 of its input x, float32 [4, batch, 2]",
                                  "axis 1 of its input x, float32 [time, rows, 2]"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        model_options_t options = options_for(files[i]);
        expect_refused(&options, inputs[i]);
        expect_refused(&options, "put a Transpose at its start, or export it with the batch first");
    }
}

/* A fixed axis 0 without names: the output's axis 0 follows another axis when that is given another length. */
TEST(a_fixed_axis_that_is_no_batch_is_refused) {
    model_options_t options = options_for("batch_second_fixed_unnamed.onnx");
    expect_refused(&options,
                   "the batch is another axis of its input, float32 [4, any, 2], than axis 0: put a Transpose");
}

/* Two players: two columns of one element each. */
static sample_t sample_of(const double *x, const double *baseline, const int64_t *shape) {
    static const int32_t players[4] = {0, 0, 1, 1};
    return (sample_t){.label = 1,
                      .target = 1,
                      .n = 2,
                      .elements = 4,
                      .x = x,
                      .players = players,
                      .baselines = 1,
                      .baseline = baseline,
                      .rank = 2,
                      .shape = shape};
}

TEST(a_batch_that_is_first_is_taken) {
    const double x[4] = {1, 2, 3, 4}, baseline[4] = {0, 0, 0, 0};
    const int64_t shape[2] = {2, 2};
    const char *const files[] = {"batch_first_named.onnx", "batch_first_unnamed.onnx",
                                 "batch_first_fixed_unnamed.onnx"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        double values[4];
        sample_t sample = sample_of(x, baseline, shape);
        model_options_t options = options_for(files[i]);
        model_t *model = open_model(&options);
        evaluate_all(model, &sample, values);
        assert_true(values[0] == 0 && values[1] == 2 && values[2] == 4 && values[3] == 4);
        model_close(&model);
    }
}

/* Without names it shows when the model runs: as many rows come back as a sample has columns, not masks. */
TEST(other_rows_than_masks_are_the_models_fault) {
    const double x[4] = {1, 2, 3, 4}, baseline[4] = {0, 0, 0, 0};
    const int64_t shape[2] = {2, 2};
    double values[4];
    failure_t why;
    sample_t sample = sample_of(x, baseline, shape);
    model_options_t options = options_for("batch_second_unnamed.onnx");
    model_t *model = open_model(&options);
    assert_fails(
        model_evaluate(model, &sample, (range_t){0, 4}, values, &why), STATUS_INPUT,
        "batch_second_unnamed.onnx: mask 0x0: the model's output is float32 [2, 2], expected was [4, 2], a row "
        "for each mask: the batch must be axis 0 of input and output");
    model_close(&model);
}

/* A classifier's label is left out where one output of floats remains, and the one taken has a name. */
TEST(the_only_output_of_floats_is_taken) {
    const struct {
        const char *file, *output, *taken;
    } cases[] = {{"classifier.onnx", NULL, "p"},
                 {"classifier.onnx", "p", "p"},
                 {"two_outputs.onnx", "narrow", "narrow"},
                 {"zipmap_and_scores.onnx", "z", "z"},
                 {"softmax.onnx", NULL, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        model_options_t options = options_for(cases[i].file);
        options.output = cases[i].output;
        model_t *model = open_model(&options);
        assert_string_equal(model_info(model)->output[0], cases[i].taken);
        model_close(&model);
    }
}

/* Models that the engine does not open: its words come through, behind what to do. */
TEST(the_engine_says_what_is_wrong_with_a_graph) {
    const struct {
        const char *bytes;
        size_t length;
        const char *text;
    } cases[] = {
        {"\x08\x07\x3a\x00", 4, "cannot be opened; ONNX Runtime: "}, /* ir_version 7, an empty graph */
        {"\x08\x63\x3a\x00\x42\x02\x10\x11", 8, "; set model.ir_version = 9 and save it again"}, /* ir_version 99 */
        {"\x08\x07\x3a\x00\x42\x02\x10\x63", 8, "export it with a lower opset (PyTor"},          /* opset 99 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[TEMPORARY_PATH];
        int fd = make_temporary_file(name);
        assert_int_equal(write(fd, cases[i].bytes, cases[i].length), cases[i].length);
        expect_refused(&(model_options_t){.backend = BACKEND_ONNX, .file = name, .batch = 256}, cases[i].text);
        close(fd);
        unlink(name);
    }
}

int main(void) {
    return engine_missing() ? 0 : run_all(NULL, NULL);
}
