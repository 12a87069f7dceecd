#include "config/keys.h"

#include "lattice/indices.h"

#include <math.h>
#include <string.h>

/* The order of words is the order of the enums. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT(field) offsetof(config_t, field)

const char *const BACKEND_WORDS[] = {"onnx", "game", "values", NULL};

const unsigned INDEX_WORD_BITS[] = {0, 0, 0, INDEX_STII2, INDEX_BII2, INDEX_MULTI_ORDER};

const config_key_t KEYS[] = {
    {.name = "model.backend",
     .kind = KIND_WORD,
     .at = AT(model.backend),
     .words = BACKEND_WORDS,
     .later = WORDS("process", "llama"),
     .fallback = "onnx",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help =
         "What gives v(S): a network in an ONNX file, a closed-form game, or a table of values computed elsewhere."},
    {.name = "model.file",
     .kind = KIND_PATH,
     .at = AT(model.file),
     .backends = WITH_ONNX | WITH_VALUES,
     .help = "The ONNX file, or the HDF5 file with the table /values, which may be a results file."},
    {.name = "model.input",
     .kind = KIND_TEXT,
     .at = AT(model.input),
     .fallback = "null",
     .backends = WITH_ONNX,
     .decides = WITH_ONNX,
     .help = "Name of the network's input; null: the only one."},
    {.name = "model.output",
     .kind = KIND_TEXT,
     .at = AT(model.output),
     .fallback = "null",
     .backends = WITH_ONNX,
     .decides = WITH_ONNX,
     .help = "Name of the network's output; null: the only one."},
    {.name = "model.score",
     .kind = KIND_WORD,
     .at = AT(model.score),
     .words = WORDS("log_odds", "logit", "probability", "raw"),
     .fallback = "log_odds",
     .backends = WITH_ONNX,
     .decides = WITH_ONNX,
     .help = "How the outputs become v: log p/(1-p) of the target from the logits, its logit, its probability, or the "
             "output itself."},
    {.name = "model.score_eps",
     .kind = KIND_NUMBER,
     .at = AT(model.score_eps),
     .low = 0,
     .high = 1,
     .high_open = true,
     .fallback = "0",
     .backends = WITH_ONNX,
     .decides = WITH_ONNX,
     .help = "The e of the clipped score log(p/(1-p+e)+e), with score: log_odds; 0: not clipped."},
    {.name = "model.target",
     .kind = KIND_WORD,
     .at = AT(model.target),
     .number_at = AT(model.target_given),
     .number_kind = KIND_INT64,
     .words = WORDS("label", "predicted"),
     .high = WHOLE_MAX,
     .fallback = "label",
     .backends = WITH_ONNX,
     .decides = WITH_ONNX,
     .help =
         "Which output is explained: each sample's label (predicted when there are no labels), the strongest output "
         "on the full mask, or a fixed one."},
    {.name = "model.library",
     .kind = KIND_PATH,
     .at = AT(model.library),
     .fallback = "null",
     .backends = WITH_ONNX,
     .help = "The ONNX Runtime library to load; null: the one that is found."},
    {.name = "model.game",
     .kind = KIND_WORD,
     .at = AT(model.game.game),
     .words = WORDS("appendix_h", "sparse", "square", "constant"),
     .fallback = "appendix_h",
     .backends = WITH_GAME,
     .decides = WITH_GAME,
     .help =
         "appendix_h: x1x2x3+x1x2+x2x3+x2+x3; sparse: random dividends on a few masks; square: |S|^2; constant: 1."},
    {.name = "model.seed",
     .kind = KIND_INT64,
     .at = AT(model.game.seed),
     .high = WHOLE_MAX,
     .fallback = "0",
     .backends = WITH_GAME,
     .decides = WITH_GAME,
     .help = "Seed of everything random in a game."},
    {.name = "model.terms",
     .kind = KIND_INT,
     .at = AT(model.game.terms),
     .low = 0,
     .high = 1 << 20,
     .fallback = "10",
     .backends = WITH_GAME,
     .decides = WITH_GAME,
     .help = "How many dividends a sparse game has."},
    {.name = "model.orders",
     .kind = KIND_RANGE,
     .at = AT(model.game.order_min),
     .number_at = AT(model.game.order_max),
     .low = 1,
     .high = PLAYERS_MAX,
     .fallback = "[1, 3]",
     .backends = WITH_GAME,
     .decides = WITH_GAME,
     .help = "The smallest and largest order of the dividends of a sparse game (n at most)."},
    {.name = "model.noise",
     .kind = KIND_NUMBER,
     .at = AT(model.game.noise),
     .high = HUGE_VAL,
     .fallback = "0",
     .backends = WITH_GAME,
     .decides = WITH_GAME,
     .help = "Standard deviation of the noise added to each v(S) of a game."},
    {.name = "model.sleep_us",
     .kind = KIND_INT64,
     .at = AT(model.game.sleep_us),
     .high = 1e9,
     .fallback = "0",
     .backends = WITH_GAME,
     .help = "Microseconds that a game sleeps for each mask, to imitate a slow model."},
    {.name = "model.sleep_spread",
     .kind = KIND_NUMBER,
     .at = AT(model.game.sleep_spread),
     .low = 1,
     .high = 1e3,
     .fallback = "1",
     .backends = WITH_GAME,
     .help =
         "Samples of uneven cost: sleep_us is multiplied by a factor that is drawn for each sample evenly from 1 to "
         "this."},
    {.name = "model.fault",
     .kind = KIND_WORD,
     .at = AT(model.game.fault),
     .words = WORDS("none", "nan", "inf", "transient"),
     .fallback = "none",
     .backends = WITH_GAME,
     .help = "A fault injected into a game for tests: v is NaN or infinite at one mask of one "
             "sample, or its evaluation fails a few times."},
    {.name = "model.fault_sample",
     .kind = KIND_INT64,
     .at = AT(model.game.fault_sample),
     .high = WHOLE_MAX,
     .fallback = "0",
     .backends = WITH_GAME,
     .help = "The sample (its row number) with the fault."},
    {.name = "model.fault_mask",
     .kind = KIND_INT64,
     .at = AT(model.game.fault_mask),
     .high = (double)(((int64_t)1 << PLAYERS_MAX) - 1),
     .fallback = "0",
     .backends = WITH_GAME,
     .help = "The mask with the fault."},
    {.name = "model.fault_times",
     .kind = KIND_INT64,
     .at = AT(model.game.fault_times),
     .high = 1e9,
     .fallback = "1",
     .backends = WITH_GAME,
     .help = "fault: transient: how many times the evaluation fails in each process."},
    {.name = "model.samples",
     .kind = KIND_INT64,
     .at = AT(model.game.samples),
     .low = 1,
     .high = 1e9,
     .none = "null",
     .none_value = 0,
     .fallback = "null",
     .backends = WITH_GAME,
     .decides = WITH_GAME,
     .help = "How many samples a game without a samples file has."},
    {.name = "model.players",
     .kind = KIND_RANGE,
     .at = AT(model.game.players_min),
     .number_at = AT(model.game.players_max),
     .low = 1,
     .high = PLAYERS_MAX,
     .single = true,
     .none = "null",
     .none_value = 0,
     .fallback = "null",
     .backends = WITH_GAME,
     .decides = WITH_GAME,
     .help = "How many players these samples have; [min, max]: min, min+1, ..., max, min, ... in turn."},
    {.name = "samples.file",
     .kind = KIND_PATH,
     .at = AT(samples.file),
     .fallback = "null",
     .backends = WITH_ONNX | WITH_GAME,
     .help = "The HDF5 file with the samples. The onnx backend needs it; each row of a table is a sample."},
    {.name = "samples.select",
     .kind = KIND_SELECT,
     .at = AT(samples.select_all),
     .fallback = "null",
     .backends = WITH_ALL,
     .help = "Which samples: \"first:end\" (end is not included), or a list of row numbers; null: all."},
    {.name = "samples.baseline",
     .kind = KIND_WORD,
     .at = AT(samples.baseline),
     .number_at = AT(samples.baseline_number),
     .number_kind = KIND_NUMBER,
     .words = WORDS("from_file", "zero", "mean"),
     .low = -HUGE_VAL,
     .high = HUGE_VAL,
     .fallback = "from_file",
     .backends = WITH_ONNX | WITH_GAME,
     .decides = WITH_ONNX,
     .help = "What the inputs of absent players are replaced with: /baseline or /baselines of the samples file, 0, the "
             "mean over all rows of the file, or one number."},
    {.name = "samples.players",
     .kind = KIND_PLAYERS,
     .at = AT(samples.players),
     .words = WORDS("from_file", "elements"),
     .fallback = "from_file",
     .backends = WITH_ONNX | WITH_GAME,
     .decides = WITH_ONNX | WITH_GAME,
     .help = "Which inputs form a player: /players of the samples file, each input one, or patches: {grid: [rows, "
             "columns]} cuts the last two axes into rows x columns patches."},
    {.name = "sweep.batch",
     .kind = KIND_INT,
     .at = AT(sweep.batch),
     .low = 1,
     .high = 65536,
     .power_of_two = true,
     .fallback = "256",
     .backends = WITH_ALL,
     .decides = WITH_ONNX,
     .help =
         "Masks that the network evaluates at once. Part of the result: some networks give different last bits with "
         "different batches."},
    {.name = "sweep.block_bits",
     .kind = KIND_INT,
     .at = AT(sweep.block_bits),
     .low = 0,
     .high = 30,
     .none = "auto",
     .none_value = BLOCK_BITS_AUTO,
     .fallback = "auto",
     .backends = WITH_ALL,
     .help = "Results become durable in blocks of 2^block_bits masks; auto: at most 16, and at most 10 s of work. "
             "Changes no bit of a result."},
    {.name = "sweep.max_players",
     .kind = KIND_INT,
     .at = AT(sweep.max_players),
     .low = 1,
     .high = PLAYERS_MAX,
     .fallback = "30",
     .backends = WITH_ALL,
     .help = "Samples with more players are refused: work and file grow as 2^players."},
    {.name = "sweep.retries",
     .kind = KIND_INT,
     .at = AT(sweep.retries),
     .low = 0,
     .high = 100,
     .fallback = "2",
     .backends = WITH_ALL,
     .help = "How often a sample is tried again after a temporary failure."},
    {.name = "statistics.salience",
     .kind = KIND_NUMBER,
     .at = AT(statistics.salience),
     .low = 0,
     .low_open = true,
     .high = 1,
     .fallback = "0.05",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help = "An interaction is salient when |I(S)| >= tau = salience x scale."},
    {.name = "statistics.salience_scale",
     .kind = KIND_WORD,
     .at = AT(statistics.salience_scale),
     .words = WORDS("max", "mean_output"),
     .fallback = "max",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help =
         "The scale: the sample's largest |I(S)|, S not empty, or |mean over the samples of v(N) - v(empty)|, which "
         "is known only after a sweep (analyze)."},
    {.name = "statistics.min_output",
     .kind = KIND_NUMBER,
     .at = AT(statistics.min_output),
     .low = -HUGE_VAL,
     .high = HUGE_VAL,
     .none = "null",
     .none_value = NAN,
     .fallback = "null",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help = "Samples with v(N) - v(empty) below this are left out of the theorems; null: none."},
    {.name = "statistics.assumed_order_limit",
     .kind = KIND_INT,
     .at = AT(statistics.assumed_order_limit),
     .low = 1,
     .high = PLAYERS_MAX,
     .none = "null",
     .none_value = -1,
     .fallback = "null",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help = "M of Theorem 2, the order above which interactions are assumed to vanish; null: n - 1."},
    {.name = "statistics.noise_sigma",
     .kind = KIND_WORD,
     .at = AT(statistics.noise),
     .number_at = AT(statistics.noise_sigma),
     .number_kind = KIND_NUMBER,
     .words = WORDS("auto", "none"),
     .high = HUGE_VAL,
     .fallback = "auto",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help = "Standard deviation of the noise in v(S): estimated from below by moving the inputs by one rounding "
             "(of a table: taken from the results file, else unknown), unknown, or given."},
    {.name = "statistics.indices",
     .kind = KIND_INDICES,
     .at = AT(statistics.indices),
     .words = WORDS("shapley", "banzhaf", "sii2", "stii2", "bii2", "multi_order"),
     .fallback = "[shapley, banzhaf, sii2]",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help = "Which indices to compute; shapley, banzhaf and sii2 are always computed."},
    {.name = "statistics.curves",
     .kind = KIND_BOOL,
     .at = AT(statistics.curves),
     .fallback = "true",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help = "Whether to compute strength curves and faithfulness."},
    {.name = "statistics.top",
     .kind = KIND_INT,
     .at = AT(statistics.top),
     .low = 1,
     .high = 100000,
     .fallback = "100",
     .backends = WITH_ALL,
     .decides = WITH_ALL,
     .help = "How many of the most frequently salient interactions the summary holds."},
    {.name = "output.file",
     .kind = KIND_PATH,
     .at = AT(output.file),
     .backends = WITH_ALL,
     .help = "The results file (HDF5); -o on the command line overrides it."},
};

const size_t KEY_COUNT = sizeof KEYS / sizeof KEYS[0];

const config_key_t *keys_find(const char *name) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(KEYS[i].name, name) == 0)
            return &KEYS[i];
    return NULL;
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
    size_t best = NEAR + 1, best_letters = 0;
    if (strlen(name) > NAME_MAX_BYTES)
        return NULL;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        /* The right name in the wrong section is as near as one letter. */
        size_t letters = edit_distance(name, KEYS[i].name);
        size_t distance = strcmp(last_part(KEYS[i].name), last_part(name)) == 0 ? 1 : letters;
        if (distance < best || (distance == best && letters < best_letters)) {
            best = distance;
            best_letters = letters;
            nearest = &KEYS[i];
        }
    }
    return nearest;
}
