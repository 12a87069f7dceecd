#include "config/keys.h"

#include "engines/tree.h"
#include "lattice/indices.h"

#include <math.h>
#include <string.h>

/* The order of words is the order of the enums. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT(field) .at = offsetof(config_t, field)
#define NUMBER(kind, ...) ((const rule_t[]){{kind, __VA_ARGS__}})

/* name, default, with which backends it may be given, with which it decides numbers, help; then what may be given: its
 * kind, the field, and the rest of rule_t. */
#define KEY(name, fallback, backends, decides, help, kind, ...)                                                        \
    {                                                                                                                  \
        name, fallback, backends, decides, help, {                                                                     \
            kind, __VA_ARGS__                                                                                          \
        }                                                                                                              \
    }

static const char *const BACKEND_WORDS[] = {"onnx", "game", "values", "process", "llama", NULL};

const unsigned INDEX_WORD_BITS[] = {0, 0, 0, INDEX_STII2, INDEX_BII2, INDEX_MULTI_ORDER};

const config_key_t KEYS[] = {
    KEY("model.backend", "onnx", WITH_ALL, WITH_ALL,
        "What gives v(S): a network in an ONNX file, a closed-form game, a table of values computed elsewhere, a "
        "model in a process of its own, as in Python, or a language model in a GGUF file.",
        KIND_WORD, AT(model.backend), .words = BACKEND_WORDS),
    KEY("model.file", NULL, WITH_ONNX | WITH_VALUES | WITH_LLAMA, 0,
        "The ONNX file, the HDF5 file with the table /values, which may be a results file, or the GGUF file.",
        KIND_PATH, AT(model.file)),
    KEY("model.input", "null", WITH_ONNX, WITH_ONNX, "Name of the network's input that is masked; null: the only one.",
        KIND_TEXT, AT(model.input), .none = "null"),
    KEY("model.constants", "from_file", WITH_ONNX, 0,
        "What the network's other inputs are: /constants/NAME of the samples file; zero: 0 for those that it does not "
        "have.",
        KIND_WORD, AT(model.constants), .words = WORDS("from_file", "zero")),
    KEY("model.output", "null", WITH_NETWORK, WITH_NETWORK,
        "Name of the network's output; null: the only one, or the only one of floats. A list of names: a row of "
        "results "
        "for each of them, from the same evaluations.",
        KIND_OUTPUTS, AT(model.output), .none = "null"),
    KEY("model.element", "null", WITH_ONNX, WITH_ONNX,
        "Which place of an output with more than one axis of numbers is explained: one number for each axis behind the "
        "batch, in their order; the axis that is left has the classes. [t] of [batch, steps, classes]: those of step "
        "t.",
        KIND_ELEMENT, AT(model.element), .none = "null"),
    KEY("model.output_kind", "auto", WITH_NETWORK, WITH_NETWORK,
        "What the outputs are. auto: probabilities where those of the first samples sum to 1, or where a single one "
        "lies in [0, 1]; else logits.",
        KIND_WORD, AT(model.output_kind), .words = WORDS("auto", "logits", "probabilities")),
    KEY("model.accept_random", "false", WITH_NETWORK, 0,
        "Run a model that gives other values when the same masks are evaluated twice.", KIND_BOOL,
        AT(model.accept_random)),
    KEY("model.score", "auto", WITH_NETWORK, WITH_NETWORK,
        "How the outputs become v: log p/(1-p) of the target, its logit, its probability, the output itself, the log "
        "of "
        "its probability, the difference of the two outputs that target names, or the cosine of all outputs with those "
        "of the full input "
        "(less that of the empty one). auto: log_odds where there are several outputs, or one that is a probability or "
        "has labels 0 and 1; else raw, a regression.",
        KIND_WORD, AT(model.score),
        .words = WORDS("log_odds", "logit", "probability", "raw", "log_prob", "difference", "cosine", "auto")),
    KEY("model.score_eps", "0", WITH_NETWORK, WITH_NETWORK,
        "The e of the clipped score log(p/(1-p+e)+e), with score: log_odds; 0: not clipped.", KIND_NUMBER,
        AT(model.score_eps), .low = 0, .high = 1, .high_open = true),
    KEY("model.target", "label", WITH_NETWORK | WITH_LLAMA, WITH_NETWORK | WITH_LLAMA,
        "What is explained: each sample's label (predicted when there are no labels), the strongest output on the full "
        "mask (predicted), all outputs, the K strongest ones (top:K), one output, or a list of them; with score: "
        "difference a list of pairs [a, b], output a less output b. Several give a row of results each, from the same "
        "evaluations. Of a language model outputs are tokens, and the label is what is to follow.",
        KIND_TARGET, AT(model.target), .words = WORDS("label", "predicted", "all")),
    KEY("model.provider", "cpu", WITH_ONNX, WITH_ONNX,
        "What computes the network: the processor, or a GPU through an ONNX Runtime that was built for CUDA. Ranks of "
        "a machine share its GPUs in turn.",
        KIND_WORD, AT(model.provider), .words = WORDS("cpu", "cuda")),
    KEY("model.library", "null", WITH_ONNX, 0, "The ONNX Runtime library to load; null: the one that is found.",
        KIND_PATH, AT(model.library), .none = "null"),
    KEY("model.command", "null", WITH_PROCESS, 0,
        "The program that is the model, with its arguments; a word that names a file beside the config is that file. "
        "Give this, function or pickle.",
        KIND_COMMAND, AT(model.process.command), .none = "null"),
    KEY("model.function", "null", WITH_PROCESS, 0,
        "The model as a function, or as a fitted model, in Python: \"module:name\".", KIND_TEXT,
        AT(model.process.function), .none = "null"),
    KEY("model.pickle", "null", WITH_PROCESS, 0, "A fitted model or a function in Python, pickled (or by cloudpickle).",
        KIND_PATH, AT(model.process.pickle), .none = "null"),
    KEY("model.python", "\"python3\"", WITH_PROCESS, 0, "The Python that runs function or pickle.", KIND_TEXT,
        AT(model.process.python)),
    KEY("model.takes", "inputs", WITH_PROCESS, WITH_PROCESS,
        "What the process is given: the masked inputs, or the sample and the masks, from which it makes its own inputs "
        "(score auto is raw then).",
        KIND_WORD, AT(model.process.takes), .words = WORDS("inputs", "masks")),
    KEY("model.files", "null", WITH_PROCESS, 0,
        "Files that decide the numbers of the process beside its code, as weights; their content tells whether it is "
        "the same model.",
        KIND_PATHS, AT(model.process.files), .none = "null"),
    KEY("model.device", "auto", WITH_PROCESS | WITH_LLAMA, 0,
        "Where the model computes, if it can choose; auto: a GPU where there is one (llama: where gpu_layers asks for "
        "one). Ranks of a machine share its GPUs in turn.",
        KIND_WORD, AT(model.device), .words = WORDS("auto", "cpu", "cuda")),
    KEY("model.start_timeout", "600", WITH_PROCESS, 0, "Seconds that the process may take until it is ready.",
        KIND_NUMBER, AT(model.process.start_timeout), .low = 0, .low_open = true, .high = 1e6),
    KEY("model.batch_timeout", "600", WITH_PROCESS, 0,
        "Seconds that it may take for one batch; then it is killed, and started again.", KIND_NUMBER,
        AT(model.process.batch_timeout), .low = 0, .low_open = true, .high = 1e6),
    KEY("model.mask_token", "\"<pad>\"", WITH_LLAMA, WITH_LLAMA,
        "What each token of an absent player becomes, a token of the vocabulary.", KIND_TEXT, AT(model.llm.mask_token)),
    KEY("model.target_rule", "all", WITH_LLAMA, WITH_LLAMA,
        "Whether v is about all tokens of what is to follow, or about the first.", KIND_WORD, AT(model.llm.target_rule),
        .words = WORDS("all", "first")),
    KEY("model.leaf_bits", "6", WITH_LLAMA, WITH_LLAMA,
        "2^leaf_bits masks are evaluated together. Part of the result, as it decides the last bits of v; memory grows "
        "with it.",
        KIND_INT, AT(model.llm.leaf_bits), .low = 0, .high = TREE_BITS_MAX),
    KEY("model.gpu_layers", "0", WITH_LLAMA, WITH_LLAMA,
        "How many layers a GPU computes, where llama.cpp was built for one.", KIND_INT, AT(model.llm.gpu_layers),
        .high = 10000, .none = "all", .none_value = -1),
    KEY("model.game", "appendix_h", WITH_GAME, WITH_GAME,
        "appendix_h: x1x2x3+x1x2+x2x3+x2+x3; sparse: random dividends on a few masks; square: |S|^2; constant: 1.",
        KIND_WORD, AT(model.game.game), .words = WORDS("appendix_h", "sparse", "square", "constant")),
    KEY("model.seed", "0", WITH_GAME, WITH_GAME, "Seed of everything random in a game.", KIND_INT64,
        AT(model.game.seed), .high = WHOLE_MAX),
    KEY("model.terms", "10", WITH_GAME, WITH_GAME, "How many dividends a sparse game has.", KIND_INT,
        AT(model.game.terms), .low = 0, .high = 1 << 20),
    KEY("model.orders", "[1, 3]", WITH_GAME, WITH_GAME,
        "The smallest and largest order of the dividends of a sparse game (n at most).", KIND_RANGE,
        AT(model.game.order_min), .high_at = offsetof(config_t, model.game.order_max), .low = 1, .high = PLAYERS_MAX),
    KEY("model.noise", "0", WITH_GAME, WITH_GAME, "Standard deviation of the noise added to each v(S) of a game.",
        KIND_NUMBER, AT(model.game.noise), .high = HUGE_VAL),
    KEY("model.sleep_us", "0", WITH_GAME, 0, "Microseconds that a game sleeps for each mask, to imitate a slow model.",
        KIND_INT64, AT(model.game.sleep_us), .high = 1e9),
    KEY("model.sleep_spread", "1", WITH_GAME, 0,
        "Samples of uneven cost: sleep_us is multiplied by a factor that is drawn for each sample evenly from 1 to "
        "this.",
        KIND_NUMBER, AT(model.game.sleep_spread), .low = 1, .high = 1e3),
    KEY("model.fault", "none", WITH_GAME, 0,
        "A fault injected into a game for tests: v is NaN or infinite at one mask of one sample, or its evaluation "
        "fails a few times.",
        KIND_WORD, AT(model.game.fault), .words = WORDS("none", "nan", "inf", "transient")),
    KEY("model.fault_sample", "0", WITH_GAME, 0, "The sample (its row number) with the fault.", KIND_INT64,
        AT(model.game.fault_sample), .high = WHOLE_MAX),
    KEY("model.fault_mask", "0", WITH_GAME, 0, "The mask with the fault.", KIND_INT64, AT(model.game.fault_mask),
        .high = (double)(((int64_t)1 << PLAYERS_MAX) - 1)),
    KEY("model.fault_times", "1", WITH_GAME, 0,
        "fault: transient: how many times the evaluation fails in each process.", KIND_INT64,
        AT(model.game.fault_times), .high = 1e9),
    KEY("model.samples", "null", WITH_GAME, WITH_GAME, "How many samples a game without a samples file has.",
        KIND_INT64, AT(model.game.samples), .low = 1, .high = 1e9, .none = "null", .none_value = 0),
    KEY("model.players", "null", WITH_GAME, WITH_GAME,
        "How many players these samples have; [min, max]: min, min+1, ..., max, min, ... in turn.", KIND_RANGE,
        AT(model.game.players_min), .high_at = offsetof(config_t, model.game.players_max), .low = 1,
        .high = PLAYERS_MAX, .single = true, .none = "null", .none_value = 0),
    KEY("samples.file", "null", WITH_NETWORK | WITH_GAME | WITH_LLAMA, 0,
        "The HDF5 file with the samples. Networks and language models need it; each row of a table is a sample.",
        KIND_PATH, AT(samples.file), .none = "null"),
    KEY("samples.select", "null", WITH_ALL, 0,
        "Which samples: \"first:end\" (end is not included), or a list of row numbers; null: all.", KIND_SELECT,
        AT(samples.select_all)),
    KEY("samples.baseline", "from_file", WITH_NETWORK | WITH_GAME, WITH_NETWORK,
        "What the inputs of absent players are replaced with: /baseline or /baselines of the samples file, 0, the mean "
        "over all rows of the file (of what is not NaN), NaN for models that take it as missing, or one number.",
        KIND_WORD, AT(samples.baseline), .words = WORDS("from_file", "zero", "mean"),
        .number = NUMBER(KIND_NUMBER, AT(samples.baseline_number), .low = -HUGE_VAL, .high = HUGE_VAL, .none = ".nan",
                         .none_value = NAN)),
    KEY("samples.players", "from_file", WITH_NETWORK | WITH_GAME, WITH_NETWORK | WITH_GAME,
        "Which inputs form a player: /players of the samples file, each input one, or patches: {grid: [rows, columns]} "
        "cuts the last two axes into rows x columns patches.",
        KIND_PLAYERS, AT(samples.players), .words = WORDS("from_file", "elements")),
    KEY("sweep.batch", "256", WITH_ALL, WITH_NETWORK,
        "Masks that the network evaluates at once. Part of the result: some networks give different last bits with "
        "different batches.",
        KIND_INT, AT(sweep.batch), .low = 1, .high = 65536, .power_of_two = true),
    KEY("sweep.block_bits", "auto", WITH_ALL, 0,
        "Results become durable in blocks of 2^block_bits masks; auto: at most 16, and at most 10 s of work. Changes "
        "no bit of a result.",
        KIND_INT, AT(sweep.block_bits), .low = 0, .high = 30, .none = "auto", .none_value = BLOCK_BITS_AUTO),
    KEY("sweep.max_players", "30", WITH_ALL, 0,
        "Samples with more players are refused: work and file grow as 2^players.", KIND_INT, AT(sweep.max_players),
        .low = 1, .high = PLAYERS_MAX),
    KEY("sweep.retries", "2", WITH_ALL, 0, "How often a sample is tried again after a temporary failure.", KIND_INT,
        AT(sweep.retries), .low = 0, .high = 100),
    KEY("statistics.salience", "0.05", WITH_ALL, WITH_ALL,
        "An interaction is salient when |I(S)| >= tau = salience x scale.", KIND_NUMBER, AT(statistics.salience),
        .low = 0, .low_open = true, .high = 1),
    KEY("statistics.salience_scale", "max", WITH_ALL, WITH_ALL,
        "The scale: the sample's largest |I(S)|, S not empty, or |mean over the samples of v(N) - v(empty)|, which is "
        "known only after a sweep (analyze).",
        KIND_WORD, AT(statistics.salience_scale), .words = WORDS("max", "mean_output")),
    KEY("statistics.min_output", "null", WITH_ALL, WITH_ALL,
        "Samples with v(N) - v(empty) below this are left out of the theorems; null: none.", KIND_NUMBER,
        AT(statistics.min_output), .low = -HUGE_VAL, .high = HUGE_VAL, .none = "null", .none_value = NAN),
    KEY("statistics.assumed_order_limit", "null", WITH_ALL, WITH_ALL,
        "M of Theorem 2, the order above which interactions are assumed to vanish; null: n - 1.", KIND_INT,
        AT(statistics.assumed_order_limit), .low = 1, .high = PLAYERS_MAX, .none = "null", .none_value = -1),
    KEY("statistics.noise_sigma", "auto", WITH_ALL, WITH_ALL,
        "Standard deviation of the noise in v(S): estimated from below, by rounding the outputs and by moving the "
        "inputs "
        "by one rounding (of a table: taken from the results file, else unknown), unknown, or given.",
        KIND_WORD, AT(statistics.noise), .words = WORDS("auto", "none"),
        .number = NUMBER(KIND_NUMBER, AT(statistics.noise_sigma), .high = HUGE_VAL)),
    KEY("statistics.indices", "[shapley, banzhaf, sii2]", WITH_ALL, WITH_ALL,
        "Which indices to compute; shapley, banzhaf and sii2 are always computed.", KIND_INDICES,
        AT(statistics.indices), .words = WORDS("shapley", "banzhaf", "sii2", "stii2", "bii2", "multi_order")),
    KEY("statistics.curves", "true", WITH_ALL, WITH_ALL, "Whether to compute strength curves and faithfulness.",
        KIND_BOOL, AT(statistics.curves)),
    KEY("statistics.top", "100", WITH_ALL, WITH_ALL,
        "How many of the most frequently salient interactions the summary holds.", KIND_INT, AT(statistics.top),
        .low = 1, .high = 100000),
    KEY("sparse.kinds", "none", WITH_ALL, WITH_ALL,
        "Also finds the AND, or AND and OR, interactions of least strength that rebuild v within a band.", KIND_WORD,
        AT(statistics.sparse.kinds), .words = WORDS("none", "and", "and_or")),
    KEY("sparse.denoise", "0.04", WITH_ALL, WITH_ALL,
        "Half the width of the band, as a share of |v(N) - v(empty)|; 0: v itself is rebuilt.", KIND_NUMBER,
        AT(statistics.sparse.denoise), .low = 0, .high = 1),
    KEY("sparse.gap", "0.0001", WITH_ALL, WITH_ALL,
        "How close to the optimum, for certain: (strength - its lower bound) / strength.", KIND_NUMBER,
        AT(statistics.sparse.gap), .low = 0, .low_open = true, .high = 1, .high_open = true),
    KEY("sparse.tie", "minimum_norm", WITH_ALL, WITH_ALL,
        "Which of equally strong solutions is taken: that of least squares, or any.", KIND_WORD,
        AT(statistics.sparse.tie), .words = WORDS("minimum_norm", "none")),
    KEY("sparse.max_iterations", "20000", WITH_ALL, WITH_ALL,
        "Where a row that does not reach the gap is given up; it is kept with what it reached.", KIND_INT,
        AT(statistics.sparse.max_iterations), .low = 1, .high = 1e9),
    KEY("output.file", NULL, WITH_ALL, 0, "The results file (HDF5); -o on the command line overrides it.", KIND_PATH,
        AT(output.file)),
};

const size_t KEY_COUNT = sizeof KEYS / sizeof KEYS[0];

bool keys_is_sparse(const config_key_t *key) {
    return strncmp(key->name, "sparse.", strlen("sparse.")) == 0 && strcmp(key->name, "sparse.kinds") != 0;
}

const config_key_t *keys_find(const char *name) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(KEYS[i].name, name) == 0)
            return &KEYS[i];
    return NULL;
}

void keys_add_backends(unsigned backends, const char *between, text_t *out) {
    const char *before = "";
    for (unsigned i = 0; BACKEND_WORDS[i]; i++)
        if (backends & (1u << i)) {
            text_add(out, "%s%s", before, BACKEND_WORDS[i]);
            before = between;
        }
}

enum { NAME_MAX_BYTES = 64, NEAR = 3 };

/* Levenshtein distance of texts of at most NAME_MAX_BYTES. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[NAME_MAX_BYTES + 1], columns = strlen(b);
    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t above = row[j], changed = diagonal + (a[i - 1] != b[j - 1]);
            size_t shifted = (above < row[j - 1] ? above : row[j - 1]) + 1;
            row[j] = changed < shifted ? changed : shifted;
            diagonal = above;
        }
    }
    return row[columns];
}

static const char *last_part(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

const config_key_t *keys_nearest(const char *name) {
    const config_key_t *nearest = NULL;
    const size_t length = strlen(name);
    size_t best = NEAR + 1, best_letters = 0;
    if (length > NAME_MAX_BYTES)
        return NULL;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const size_t other = strlen(KEYS[i].name);
        const bool moved = strcmp(last_part(KEYS[i].name), last_part(name)) == 0;
        if (!moved && (other > length ? other - length : length - other) > NEAR)
            continue; /* further apart than NEAR */
        /* The right name in the wrong section is as near as one letter. */
        size_t letters = edit_distance(name, KEYS[i].name);
        size_t distance = moved ? 1 : letters;
        if (distance < best || (distance == best && letters < best_letters)) {
            best = distance;
            best_letters = letters;
            nearest = &KEYS[i];
        }
    }
    return nearest;
}
