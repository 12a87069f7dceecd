/* config/: what is read, what is refused and with which words, and the texts that files and resumes are made of. */
#include "config/config.h"
#include "lattice/indices.h"
#include "support/test.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const char FULL[] = "model:\n"
                           "  backend: onnx\n"
                           "  file: digits.onnx\n"
                           "  library: /opt/lib.so\n"
                           "  score: log_odds\n"
                           "  score_eps: 1e-7\n"
                           "  target: predicted\n"
                           "samples:\n"
                           "  file: ../data/digits.h5\n"
                           "  select: [3, 5, 8]\n"
                           "  baseline: 0.25\n"
                           "  players: {grid: [4, 2]}\n"
                           "sweep: {batch: 64, block_bits: 10, max_players: 20, retries: 0}\n"
                           "statistics: {salience: 0.1, min_output: -1.5, assumed_order_limit: 9, noise_sigma: 2e-6,\n"
                           "  indices: [stii2, multi_order], curves: false, top: 7}\n"
                           "output: {file: 'results/x y.h5'}\n";
static const char GAME[] = "model: {backend: game, samples: 4, players: [3, 5]}\noutput: {file: x.h5}\n";

static config_t *parse_with(const char *text, const char *folder, const char *const *sets, int set_count) {
    config_t *config;
    problems_t problems = {0};
    status_t status = config_parse(text, strlen(text), "x.yaml", folder, sets, set_count, &config, &problems);
    if (status != STATUS_OK || problems.count > 0) {
        problems_print(&problems, stderr);
        fail_msg("status %d, %zu problems", status, problems.count);
    }
    return config;
}

static config_t *parse(const char *text) {
    return parse_with(text, "", NULL, 0);
}

TEST(everything_is_read) {
    config_t *c = parse_with(FULL, "configs/", NULL, 0);
    assert_int_equal(c->model.backend, BACKEND_ONNX);
    assert_string_equal(c->model.file, "configs/digits.onnx");
    assert_string_equal(c->model.library, "/opt/lib.so");
    assert_null(c->model.input);
    assert_int_equal(c->model.score, SCORE_LOG_ODDS);
    assert_true(c->model.score_eps == 1e-7);
    assert_int_equal(c->model.target, TARGET_PREDICTED);
    assert_int_equal(c->model.batch, 64);
    assert_string_equal(c->samples.file, "configs/../data/digits.h5");
    assert_false(c->samples.select_all);
    assert_int_equal(c->samples.select_count, 3);
    assert_int_equal(c->samples.select_list[2], 8);
    assert_int_equal(c->samples.baseline, BASELINE_NUMBER);
    assert_true(c->samples.baseline_number == 0.25);
    assert_int_equal(c->samples.players, PLAYERS_GRID);
    assert_int_equal(c->samples.grid[0], 4);
    assert_int_equal(c->samples.grid[1], 2);
    assert_int_equal(c->samples.max_players, 20);
    assert_int_equal(c->sweep.batch, 64);
    assert_int_equal(c->sweep.block_bits, 10);
    assert_int_equal(c->sweep.max_players, 20);
    assert_int_equal(c->sweep.retries, 0);
    assert_true(c->statistics.salience == 0.1);
    assert_true(c->statistics.min_output == -1.5);
    assert_int_equal(c->statistics.assumed_order_limit, 9);
    assert_int_equal(c->statistics.noise, NOISE_GIVEN);
    assert_true(c->statistics.noise_sigma == 2e-6);
    assert_int_equal(c->statistics.indices, INDEX_STII2 | INDEX_MULTI_ORDER);
    assert_false(c->statistics.curves);
    assert_int_equal(c->statistics.top, 7);
    assert_string_equal(c->output.file, "configs/results/x y.h5");
    config_free(&c);
    assert_null(c);
}

/* What the texts of the defaults (docs/config.md) do not show; in a file of a Windows editor: a mark before the first
 * key, and other line ends. */
TEST(what_is_not_given_is_marked) {
    config_t *c =
        parse("\xef\xbb\xbfmodel:\r\n  file: m.onnx\r\nsamples:\r\n  file: s.h5\r\noutput:\r\n  file: x.h5\r\n");
    assert_string_equal(c->model.file, "m.onnx");
    assert_string_equal(c->output.file, "x.h5");
    assert_null(c->model.library);
    assert_int_equal(c->model.batch, 256);
    assert_true(c->samples.select_all);
    assert_null(c->samples.select_list);
    assert_int_equal(c->samples.max_players, 30);
    assert_int_equal(c->sweep.block_bits, BLOCK_BITS_AUTO);
    assert_true(isnan(c->statistics.mean_output));
    assert_true(isnan(c->statistics.min_output));
    assert_int_equal(c->statistics.assumed_order_limit, -1);
    assert_true(isnan(c->statistics.noise_sigma));
    config_free(&c);
    c = parse("model: {backend: game, samples: 4, players: 3}\noutput: {file: x.h5}\n");
    assert_null(c->samples.file);
    assert_int_equal(c->model.game.players_min, 3);
    assert_int_equal(c->model.game.players_max, 3);
    config_free(&c);
}

TEST(sets_go_before_the_file) {
    /* The value in the file is wrong, but does not count any more. */
    static const char text[] = "model: {file: m.onnx}\nsamples: {file: s.h5, select: what}\noutput: {file: x.h5}\n";
    static const char *const sets[] = {"samples.select=0:10", "sweep.batch=16",     "sweep.batch=32",
                                       "output.file=y=z.h5",  "model.library=a.so", "model.library="};
    config_t *c = parse_with(text, "configs", sets, COUNT(sets));
    assert_int_equal(c->samples.select_end, 10);
    assert_int_equal(c->sweep.batch, 32);
    assert_string_equal(c->output.file, "y=z.h5"); /* of the working folder */
    assert_string_equal(c->samples.file, "configs/s.h5");
    assert_null(c->model.library);
    config_free(&c);
}

typedef struct {
    const char *text;
    const char *sets[4];
    const char *said[8]; /* all that is said, in order */
} refusal_t;

#define REST "samples: {file: s.h5}\noutput: {file: x.h5}\n"
static const refusal_t REFUSALS[] = {
    {"model: {file: m}\nsweep: {batch: 12x}\n" REST,
     {NULL},
     {"x.yaml:2: sweep.batch: 12x is not allowed; give a power of two from 1 to 65536"}},
    {"model: {file: m, fil: n, batch: 3}\nmodle: {x: 1}\noutputs: 3\nsamples: 3\noutput: {file: x.h5}\n",
     {NULL},
     {"x.yaml:1: model.fil: unknown key; did you mean model.file?",
      "x.yaml:1: model.batch: unknown key; did you mean sweep.batch?",
      "x.yaml:2: modle.x: unknown key; docs/config.md lists all keys",
      "x.yaml:3: outputs: unknown key; docs/config.md lists all keys",
      "x.yaml:4: samples: is a section: give its keys below it, or as --set section.key=value",
      "x.yaml: samples.file: is missing; give the path of the HDF5 file with the samples"}},
    {"model: {file: m, score: odds, score: raw}\nsweep: {retries: -1, max_players: 40}\n" REST,
     {NULL},
     {"x.yaml:1: model.score: given twice; keep one",
      "x.yaml:1: model.score: odds is not allowed; give log_odds, logit, probability, raw, log_prob, difference, "
      "cosine "
      "or auto",
      "x.yaml:2: sweep.max_players: 40 is not allowed; give a whole number from 1 to 36",
      "x.yaml:2: sweep.retries: -1 is not allowed; give a whole number from 0 to 100"}},
    {"model: {backend: torch}\nstatistics: {salience: [0.1, 0.2]}\n",
     {NULL},
     {"x.yaml:1: model.backend: torch is not allowed; give onnx, game, values, process or llama",
      "x.yaml:2: statistics.salience: [0.1, 0.2] is not allowed; give a number > 0 and <= 1"}},
    {"model: {seed: 3, players: 4}\n",
     {NULL},
     {"x.yaml: model.file: is missing; give a path", "x.yaml:1: model.seed: is only for backend: game",
      "x.yaml:1: model.players: is only for backend: game", "x.yaml: output.file: is missing; give a path",
      "x.yaml: samples.file: is missing; give the path of the HDF5 file with the samples"}},
    {"model: {backend: game, file: m.onnx, score: raw, players: 2}\noutput: {file: x.h5}\n",
     {NULL},
     {"x.yaml:1: model.file: is only for backend: onnx or values or llama",
      "x.yaml:1: model.score: is only for backend: onnx or process",
      "x.yaml: model.samples: is missing; give model.samples and model.players, or samples.file",
      "x.yaml:1: model.players: game: appendix_h needs at least 3 players"}},
    {"model: {backend: game, samples: 2, players: 4}\nsamples: {file: s.h5}\noutput: {file: x.h5}\n",
     {NULL},
     {"x.yaml:1: model.samples: cannot be combined with samples.file; give only one of them",
      "x.yaml:1: model.players: cannot be combined with samples.file; give only one of them"}},
    {"model: {file: m, score: raw, score_eps: 0.5}\n" REST,
     {NULL},
     {"x.yaml:1: model.score_eps: needs score: log_odds; leave it out"}},
    {"model: {file: m, score: difference}\n" REST,
     {NULL},
     {"x.yaml:1: model.score: difference needs a pair of outputs, target: [[a, b]]"}},
    {"model: {file: m, target: [[0, 2]]}\n" REST,
     {NULL},
     {"x.yaml:1: model.target: a pair of outputs needs score: difference"}},
    {"model: {file: m, score: raw, target: [2, 3, 2]}\n" REST,
     {NULL},
     {"x.yaml:1: model.target: [2, 3, 2] is not allowed; give label, predicted, all, top:K, a whole number >= 0, a "
      "list of them, or pairs [[a, b], ...]"}},
    {"model: {file: m, score: cosine, target: top:2}\n" REST,
     {NULL},
     {"x.yaml:1: model.target: cosine is of all outputs together, so there is one row of it; leave it out"}},
    {"model: {file: null, input: []}\n" REST,
     {NULL},
     {"x.yaml:1: model.file: null is not allowed; give a path",
      "x.yaml:1: model.input: [] is not allowed; give null or a name"}},
    {"model: {file: m}\n" REST,
     {"sweep.batch", "=3", "sweep.bach=3", "statistics.top=0"},
     {"--set: sweep.batch: is not key=value, as in --set sweep.batch=64",
      "--set: =3: is not key=value, as in --set sweep.batch=64",
      "--set: sweep.bach: unknown key; did you mean sweep.batch?",
      "--set: statistics.top: 0 is not allowed; give a whole number from 1 to 100000"}},
    {"model: {backend: llama, leaf_bits: 9, gpu_layers: -2, target_rule: last}\noutput: {file: o.h5}\n",
     {NULL},
     {"x.yaml:1: model.target_rule: last is not allowed; give all or first",
      "x.yaml:1: model.leaf_bits: 9 is not allowed; give a whole number from 0 to 8",
      "x.yaml:1: model.gpu_layers: -2 is not allowed; give all or a whole number from 0 to 10000",
      "x.yaml: model.file: is missing; give a path",
      "x.yaml: samples.file: is missing; give the path of the HDF5 file with the samples"}},
    {"model: {backend: llama, file: m.gguf, device: cpu, gpu_layers: all}\n" REST,
     {NULL},
     {"x.yaml:1: model.device: cpu has no gpu_layers; leave one of them out"}},
    {"model: {backend: llama, file: m.gguf, device: cuda}\n" REST,
     {NULL},
     {"x.yaml:1: model.device: cuda needs model.gpu_layers: how many layers it computes, or all"}},
    {"model: {backend: process}\n" REST,
     {NULL},
     {"x.yaml: model.function: is missing; give model.function (\"module:name\"), model.pickle or model.command"}},
    {"model: {backend: process, function: predict, file: m.onnx}\n" REST,
     {NULL},
     {"x.yaml:1: model.file: is only for backend: onnx or values or llama",
      "x.yaml:1: model.function: is not \"module:name\", as in my_model:predict"}},
    {"model: {backend: process, command: [python3, m.py], pickle: m.pkl}\n" REST,
     {NULL},
     {"x.yaml:1: model.pickle: cannot be combined with the other one that is given; command, function and pickle each "
      "say what the model is"}},
    {"model: [\n",
     {"sweep.batch=[", NULL},
     {"x.yaml:2: not YAML: did not find expected node content",
      "--set: sweep.batch: not YAML: did not find expected node content"}},
};

TEST(all_that_is_wrong_is_said_at_once) {
    for (int i = 0; i < COUNT(REFUSALS); i++) {
        const refusal_t *r = &REFUSALS[i];
        config_t *config = (config_t *)1;
        problems_t problems = {0};
        int sets = 0, said = 0;
        while (sets < 4 && r->sets[sets])
            sets++;
        while (said < 8 && r->said[said])
            said++;
        assert_int_equal(config_parse(r->text, strlen(r->text), "x.yaml", "", r->sets, sets, &config, &problems),
                         STATUS_INPUT);
        assert_null(config);
        for (int p = 0; p < said && p < (int)problems.count; p++)
            assert_string_equal(problems.texts[p], r->said[p]);
        if ((int)problems.count > said)
            fail_msg("also said: %s", problems.texts[said]);
        assert_int_equal(problems.count, said);
        problems_free(&problems);
    }
}

static char *text_of(const config_t *config, void (*write)(const config_t *config, text_t *out)) {
    text_t text = {0};
    write(config, &text);
    return text.chars;
}

/* Names on disk may be any bytes; what is not UTF-8 is replaced. (fuzz_config proves that other texts read back.) */
TEST(names_that_are_not_utf8_do_not_spoil_the_text) {
    config_t *c = parse(GAME);
    c->output.file = "a\xff\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80\xc3.\xc3\xa9";
    char *text = text_of(c, config_canonical);
    config_t *again = parse(text);
#define LOST "\xef\xbf\xbd"
    assert_string_equal(again->output.file,
                        "a" LOST LOST LOST LOST LOST LOST LOST LOST LOST LOST LOST LOST ".\xc3\xa9");
    free(text);
    config_free(&again);
    config_free(&c);
}

TEST(canonical_text_names_every_key_of_the_backend) {
    config_t *c = parse(GAME);
    char *text = text_of(c, config_canonical);
    assert_string_equal(
        text, "model:\n  backend: game\n  game: appendix_h\n  seed: 0\n  terms: 10\n  orders: [1, 3]\n"
              "  noise: 0\n  sleep_us: 0\n  sleep_spread: 1\n  fault: none\n  fault_sample: 0\n  fault_mask: 0\n"
              "  fault_times: 1\n  samples: 4\n  players: [3, 5]\n"
              "samples:\n  file: null\n  select: null\n  baseline: from_file\n  players: from_file\n"
              "sweep:\n  batch: 256\n  block_bits: auto\n  max_players: 30\n  retries: 2\n"
              "statistics:\n  salience: 0.05\n  salience_scale: max\n  min_output: null\n"
              "  assumed_order_limit: null\n  noise_sigma: auto\n  indices: [shapley, banzhaf, sii2]\n"
              "  curves: true\n  top: 100\nsparse:\n  kinds: none\n"
              "output:\n  file: \"x.h5\"\n");
    free(text);
    config_free(&c);
}

/* A resume is refused exactly when the science text differs. */
TEST(only_what_decides_numbers_is_science) {
    static const char *const same[] = {"model.file=other.onnx", "model.library=l.so", "samples.file=o.h5",
                                       "samples.select=0:5",    "sweep.block_bits=4", "sweep.max_players=25",
                                       "sweep.retries=9",       "output.file=o.h5",   "model.score_eps=0.0",
                                       "statistics.indices=[]", "model.input=null"};
    static const char *const other[] = {"model.score=raw",
                                        "model.score_eps=1e-9",
                                        "model.target=3",
                                        "model.input=i",
                                        "model.output=o",
                                        "sweep.batch=128",
                                        "samples.baseline=mean",
                                        "samples.players=elements",
                                        "statistics.salience=0.06",
                                        "statistics.salience_scale=mean_output",
                                        "statistics.min_output=0",
                                        "statistics.assumed_order_limit=9",
                                        "statistics.noise_sigma=none",
                                        "statistics.indices=[bii2]",
                                        "statistics.curves=false",
                                        "statistics.top=99"};
    static const char text[] = "# a comment\nmodel: {file: m.onnx}\nsamples: {file: s.h5}\noutput: {file: x.h5}\n";
    config_t *was = parse(text);
    char *science = text_of(was, config_science);
    for (int i = 0; i < COUNT(same) + COUNT(other); i++) {
        bool differs = i >= COUNT(same);
        const char *set = differs ? other[i - COUNT(same)] : same[i];
        config_t *is = parse_with(text, "", &set, 1);
        char *now = text_of(is, config_science);
        text_t differences = {0};
        config_differences(was, is, &differences);
        if ((strcmp(now, science) != 0) != differs || (differences.length > 0) != differs)
            fail_msg("%s: %s", set, differences.chars ? differences.chars : "no difference");
        text_free(&differences);
        free(now);
        config_free(&is);
    }
    free(science);
    config_free(&was);
}

TEST(science_of_a_game_leaves_faults_and_batches_out) {
    static const char *const same[] = {"model.fault=nan", "model.fault_mask=3", "model.sleep_us=10",
                                       "model.sleep_spread=9", "sweep.batch=8"};
    static const char *const other[] = {"model.noise=0.5", "model.samples=5"};
    config_t *was = parse(GAME), *is = parse_with(GAME, "", same, COUNT(same));
    text_t differences = {0};
    config_differences(was, is, &differences);
    assert_null(differences.chars);
    config_free(&is);
    is = parse_with(GAME, "", other, COUNT(other));
    config_differences(was, is, &differences);
    assert_string_equal(differences.chars, "model.noise: was 0, is 0.5\nmodel.samples: was 4, is 5\n");
    text_free(&differences);
    config_free(&is);
    is = parse(FULL);
    config_differences(was, is, &differences);
    assert_non_null(strstr(differences.chars, "model.backend: was game, is onnx\n"));
    assert_non_null(strstr(differences.chars, "model.game: was appendix_h, is not used\n"));
    assert_non_null(strstr(differences.chars, "sweep.batch: was not used, is 64\n"));
    text_free(&differences);
    config_free(&is);
    config_free(&was);
}

/* Targets are written as they were read; a list of one is that one. */
TEST(targets_are_written_as_they_are_read) {
    static const struct {
        const char *text, *written;
        target_t target;
        int count;
    } cases[] = {{"7", "=7\n", TARGET_GIVEN, 1},           {"[7]", "=7\n", TARGET_GIVEN, 1},
                 {"[9, 0]", "=[9, 0]\n", TARGET_GIVEN, 2}, {"all", "=all\n", TARGET_ALL, 0},
                 {"top:3", "=top:3\n", TARGET_TOP, 3},     {"predicted", "=predicted\n", TARGET_PREDICTED, 1}};
    static const char *const models[] = {
        "model: {file: m.onnx}\nsamples: {file: s.h5}\noutput: {file: x.h5}\n",
        "model: {backend: llama, file: m.gguf}\nsamples: {file: s.h5}\noutput: {file: x.h5}\n"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char set[64], line[64];
        const char *const sets[] = {set};
        snprintf(set, sizeof set, "model.target=%s", cases[i].text);
        snprintf(line, sizeof line, "model.target%s", cases[i].written);
        for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
            config_t *c = parse_with(models[k], "", sets, 1);
            char *science = text_of(c, config_science);
            assert_true(c->model.target == cases[i].target && c->model.targets == cases[i].count);
            assert_non_null(strstr(science, line));
            free(science);
            config_free(&c);
        }
    }
}

/* The limit is 1 MiB. */
/* A pair is written as it was read, and is part of the science. */
TEST(a_pair_of_outputs_is_a_target) {
    static const char *const sets[] = {"model.score=difference", "model.target=[[5, 0]]"};
    config_t *c = parse_with("model: {file: m.onnx}\nsamples: {file: s.h5}\noutput: {file: x.h5}\n", "", sets, 2);
    char *science = text_of(c, config_science);
    assert_true(c->model.target == TARGET_GIVEN && c->model.target_pairs);
    assert_true(c->model.given->output == 5 && c->model.given->less == 0);
    assert_non_null(strstr(science, "[[5, 0]]"));
    free(science);
    config_free(&c);
}

TEST(files_are_read_or_named) {
    static const struct {
        const char *path, *text, *said; /* NULL: a new file; a large one; nothing */
    } cases[] = {{NULL, FULL, NULL},         {"/nowhere/x.yaml", "", "/nowhere/x.yaml: cannot be read: No such file"},
                 {"/tmp", "", "/tmp: "},     {NULL, NULL, "larger than"},
                 {NULL, "{}", "is missing"}, {NULL, "", "is empty; write a configuration"}};
    for (int i = 0; i < COUNT(cases); i++) {
        char path[TEMPORARY_PATH];
        config_t *config;
        problems_t problems = {0};
        int fd = make_temporary_file(path);
        if (cases[i].text)
            assert_true(write(fd, cases[i].text, strlen(cases[i].text)) >= 0);
        else
            assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
        status_t status = config_load(cases[i].path ? cases[i].path : path, NULL, 0, &config, &problems);
        assert_int_equal(status, cases[i].said ? STATUS_INPUT : STATUS_OK);
        if (cases[i].said)
            assert_non_null(strstr(problems.texts[0], cases[i].said));
        else
            assert_string_equal(config->model.file, "/tmp/digits.onnx");
        config_free(&config);
        problems_free(&problems);
        close(fd);
        unlink(path);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
