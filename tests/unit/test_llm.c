/* engines/llm: v of a tree is that of one mask at a time, but for rounding; targets of several tokens and the model's
 * own; the noise is what another batch really moves; what is wrong with a prompt fails the prompt, and with a model the
 * model. Needs scripts/get-llm.sh; skipped without the model (HARSANYI_LLM). */
#include "engines/logits.h"
#include "engines/model_open.h"
#include "model/noise.h"
#include "support/llama_loop.h"
#include "support/test.h"

#include <sys/resource.h>
#include <sys/wait.h>

static failure_t why;

static const char *const PROMPT = "The [capital] of the [country] called [France] is|";
/* Between layouts of a batch, weights in F32: engines round in different places. */
static const double ROUNDING = 0.02;

static const char *model_file(void) {
    const char *file = getenv("HARSANYI_LLM");
    return file ? file : ".deps/llm/gemma-3-270m-f32.gguf";
}

static model_options_t with_options(int leaf_bits) {
    return (model_options_t){
        .backend = BACKEND_LLAMA, .file = model_file(), .llm = {.mask_token = "<pad>", .leaf_bits = leaf_bits}};
}

static model_t *open_model(int leaf_bits) {
    const model_options_t options = with_options(leaf_bits);
    model_t *model;
    if (access(model_file(), R_OK) != 0)
        skip();
    assert_ok(model_open(&options, NULL, &model, &why));
    return model;
}

TEST(trees_against_a_loop) {
    double v[8];
    model_t *model = open_model(2);
    marked_t *made = marked(PROMPT);
    uint64_t evaluated = 0;
    assert_ok(model_set_target(model, &made->sample, &evaluated, &why));
    assert_int_equal(evaluated, 4);
    assert_int_equal(model_granule_bits(model, 3), 2);
    assert_ok(model_evaluate(model, &made->sample, (range_t){0, 8}, v, &why));
    loop_t *loop = loop_open(model_file());
    loop_read(loop, &made->sample);
    const size_t vocabulary = (size_t)llama_vocab_n_tokens(loop->vocab), target = (size_t)made->sample.target;
    assert_int_equal(logits_best(loop_logits(loop, 7, NULL, 0), vocabulary), target);
    for (mask_t mask = 0; mask < 8; mask++)
        assert_within(v[mask], -logits_against(loop_logits(loop, mask, NULL, 0), vocabulary, target), ROUNDING);
    assert_true(fabs(v[7] - v[0]) > 10 * ROUNDING);
    loop_close(loop);
    model_close(&model);
    free(made);
}

/* The log-odds of " Paris, France" are those of the product of its tokens' probabilities; the first token alone; and a
 * prompt and its target that share a token. */
TEST(targets_of_several_tokens) {
    model_t *model = open_model(2);
    marked_t *made = marked("The [capital] of the [country] called [France] is| Paris, which");
    double v[8], log_p = 0, first = 0;
    uint64_t evaluated = 0;
    assert_ok(model_set_target(model, &made->sample, &evaluated, &why));
    assert_int_equal(evaluated, 0);
    assert_ok(model_evaluate(model, &made->sample, (range_t){4, 4}, v, &why));
    loop_t *loop = loop_open(model_file());
    llama_token target[8];
    const int count = llama_tokenize(loop->vocab, " Paris, which", 13, target, 8, false, false);
    const size_t vocabulary = (size_t)llama_vocab_n_tokens(loop->vocab);
    assert_true(count == 3 && made->sample.target == target[0]);
    loop_read(loop, &made->sample);
    for (int i = 0; i < count; i++) {
        log_p += logits_log_p(logits_against(loop_logits(loop, 5, target, i), vocabulary, (size_t)target[i]));
        first = i == 0 ? logits_log_odds(log_p) : first;
    }
    assert_within(v[1], logits_log_odds(log_p), ROUNDING);
    model_close(&model);
    model_options_t options = with_options(2);
    options.llm.target_rule = TARGET_FIRST_TOKEN;
    assert_ok(model_open(&options, NULL, &model, &why));
    assert_ok(model_evaluate(model, &made->sample, (range_t){4, 4}, v, &why));
    assert_within(v[1], first, ROUNDING);
    free(made);
    loop_close(loop);
    model_close(&model);
}

/* The strongest tokens, and a list of them, as rows of the same evaluations: the same bits as one by one. */
TEST(several_targets_are_rows) {
    enum { ROWS = 3, MASKS = 8 };
    given_target_t given[ROWS];
    marked_t *made = marked("The [capital] of the [country] called [France] is| a target that does not count");
    double top[ROWS][MASKS], listed[ROWS][MASKS], one[MASKS];
    uint64_t evaluated = 0;
    failure_t of[ROWS];
    model_options_t options = with_options(2);
    model_t *model = open_model(2);
    options.target = TARGET_TOP;
    options.targets = ROWS;
    options.given = given;
    model_settle(model, &options);
    assert_int_equal(model_rows(model), ROWS);
    assert_ok(model_set_target(model, &made->sample, &evaluated, &why));
    assert_int_equal(evaluated, 4);
    assert_ok(model_evaluate_rows(model, &made->sample, (range_t){0, MASKS}, ROWS, (double *[]){top[0], top[1], top[2]},
                                  of, &why));
    assert_true(top[0][MASKS - 1] > top[1][MASKS - 1] && top[1][MASKS - 1] > top[2][MASKS - 1]);
    for (int row = 0; row < ROWS; row++)
        given[row].output = made->sample.targets[row];
    options.target = TARGET_GIVEN;
    model_settle(model, &options);
    assert_ok(model_set_target(model, &made->sample, &evaluated, &why));
    assert_ok(model_evaluate_rows(model, &made->sample, (range_t){0, MASKS}, ROWS,
                                  (double *[]){listed[0], listed[1], listed[2]}, of, &why));
    assert_memory_equal(listed, top, sizeof top);
    for (int row = 0; row < ROWS; row++) {
        options.given = &given[row];
        options.target = row == 0 ? TARGET_PREDICTED : TARGET_GIVEN;
        options.targets = 1;
        model_settle(model, &options);
        assert_ok(model_set_target(model, &made->sample, &evaluated, &why));
        assert_true(made->sample.target == given[row].output);
        assert_ok(model_evaluate(model, &made->sample, (range_t){0, MASKS}, one, &why));
        assert_memory_equal(one, top[row], sizeof one);
    }
    model_close(&model);
    free(made);
}

/* v of all masks with trees of 2^6 and of 2^4: how far they are apart, and what was estimated from 64 masks. */
TEST(the_noise_is_what_another_tree_moves) {
    static const char *const PROMPTS[] = {
        "[The] [capital] [city] [of] the [country] [of] [France] [is]|",
        "[An] [apple] [a] [day] [will] [keep] [the] [doctor]|",
        "[one] [two] [three] [four] [five] [six] [seven] [eight]|",
    };
    enum { MASKS = 1 << 8 };
    for (size_t p = 0; p < sizeof PROMPTS / sizeof *PROMPTS; p++) {
        double v[2][MASKS], squares = 0;
        noise_t noise;
        uint64_t evaluated = 0;
        marked_t *made = marked(PROMPTS[p]);
        for (int i = 0; i < 2; i++) {
            model_t *model = open_model(i ? 4 : 6);
            assert_true(model_measures_noise(model));
            if (i == 0)
                assert_ok(model_set_target(model, &made->sample, &evaluated, &why));
            assert_ok(model_evaluate(model, &made->sample, (range_t){0, MASKS}, v[i], &why));
            if (i == 0)
                assert_ok(noise_estimate(model, &made->sample, 1, (range_t){0, MASKS}, (double *[]){v[0]}, &noise,
                                         &evaluated, &why));
            model_close(&model);
        }
        for (int i = 0; i < MASKS; i++)
            squares += (v[1][i] - v[0][i]) * (v[1][i] - v[0][i]);
        const double real = sqrt(squares / MASKS);
        print_message("noise %g, between two k %g\n", noise.sigma, real);
        assert_true(noise.from == NOISE_ESTIMATED && noise.sigma > real / 2 && noise.sigma < 2 * real);
        free(made);
    }
}

/* The bits of a granule do not depend on what was evaluated before it, of this sample or of another. */
TEST(granules_on_their_own) {
    model_t *model = open_model(2);
    marked_t *made = marked(PROMPT), *other = marked("[A] much longer [prompt] than the one before it [is]|");
    double v[8], again[4], others[8];
    uint64_t evaluated = 0;
    assert_ok(model_set_target(model, &made->sample, &evaluated, &why));
    assert_ok(model_evaluate(model, &made->sample, (range_t){0, 8}, v, &why));
    other->sample.target = made->sample.target;
    assert_ok(model_evaluate(model, &other->sample, (range_t){0, 8}, others, &why));
    assert_ok(model_evaluate(model, &made->sample, (range_t){4, 4}, again, &why));
    assert_memory_equal(again, v + 4, sizeof again);
    model_close(&model);
    free(made);
    free(other);
}

TEST(prompts_that_fail) {
    static const struct {
        const char *text, *wanted;
    } WRONG[] = {{"The [cap]ital of|", "cannot be told from what stands beside it: to the model 'capital'"},
                 {"The capital [ ] of|", "player 0 has no token"},
                 {"The [capital] of Fra|nce", "the target begins in the middle of a token"}};
    model_t *model = open_model(2);
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        marked_t *made = marked(WRONG[i].text);
        uint64_t evaluated = 0;
        assert_fails(model_set_target(model, &made->sample, &evaluated, &why), STATUS_CERTAIN, WRONG[i].wanted);
        free(made);
    }
    model_close(&model);
}

TEST(models_that_are_refused) {
    char folder[TEMPORARY_PATH], path[TEMPORARY_PATH + 16], bytes[1 << 16];
    model_options_t options = with_options(2);
    model_t *model = open_model(2);
    model_close(&model);
    options.llm.mask_token = "<no such token>";
    assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT,
                 "the vocabulary has no token '<no such token>'");
    options = with_options(2);
    options.llm.gpu_layers = -1;
    if (!llama_supports_gpu_offload())
        assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT,
                     "model.gpu_layers: this llama.cpp finds no GPU, only CPU: build it for one");
    assert_int_equal(make_temporary_folder(folder), 0);
    snprintf(path, sizeof path, "%s/m.gguf", folder);
    options = with_options(2);
    options.file = path;
    assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT, "cannot be opened");
    for (int magic = 0; magic < 2; magic++) {
        FILE *from = fopen(model_file(), "rb"), *to = fopen(path, "wb");
        assert_int_equal(fread(bytes, 1, sizeof bytes, from), sizeof bytes);
        bytes[0] = magic ? bytes[0] : 'X';
        assert_int_equal(fwrite(bytes, 1, sizeof bytes, to), sizeof bytes);
        fclose(from);
        fclose(to);
        assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT,
                     magic ? "llama.cpp cannot load it" : "is not a GGUF file");
    }
    remove_temporary_folder(folder);
}

/* ---- memory ---- */

/* v of a prompt of 8 players, 2^8 masks at once, with so many MiB of addresses. Ends the process: 0, or 1 and *why. */
static void evaluate_within(rlim_t mebibytes, int out) {
    const struct rlimit limit = {mebibytes << 20, mebibytes << 20};
    const model_options_t options = with_options(8);
    marked_t *made = marked("[The] [first] [president] [of] [this] [country] [was] [George]|");
    double v[256];
    uint64_t evaluated = 0;
    model_t *model = NULL;
    setrlimit(RLIMIT_AS, &limit);
    status_t status = model_open(&options, NULL, &model, &why);
    if (status == STATUS_OK)
        status = model_set_target(model, &made->sample, &evaluated, &why);
    if (status == STATUS_OK)
        status = model_evaluate(model, &made->sample, (range_t){0, 256}, v, &why);
    if (status != STATUS_OK && write(out, why.text, strlen(why.text)) < 0)
        _exit(2);
    _exit(status != STATUS_OK);
}

/* Not enough for the weights, nor for their context: a message says so, and nothing crashes. */
TEST(more_memory_than_there_is) {
    static const struct {
        rlim_t mebibytes;
        const char *wanted;
    } LIMITS[] = {{1000, "llama.cpp cannot load it"}, {1300, "no memory for 256 masks of 511 tokens in all at once"}};
    model_t *model = open_model(2);
    model_close(&model);
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
        char said[FAILURE_TEXT + 1] = "";
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0)
            evaluate_within(LIMITS[i].mebibytes, ends[1]);
        close(ends[1]);
        assert_true(read(ends[0], said, sizeof said - 1) >= 0);
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        assert_non_null(strstr(said, LIMITS[i].wanted));
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
