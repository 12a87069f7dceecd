#include "config/config.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/nan.h"
#include "config/entries.h"
#include "config/keys.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIG_BYTES_MAX = 1 << 20 };

/* What is being loaded, and from where. */
typedef struct {
    const char *name;   /* the file, in messages */
    const char *folder; /* "": none */
    entries_t entries;
    config_t *config;
    bool backend_known; /* model.backend was read: keys can be checked against it */
    problems_t *problems;
} loading_t;

/* Adds a problem: "where: key: what" and more of it. */
static void problem(loading_t *loading, const char *where, const char *key, const char *what, const char *more) {
    text_t name CLEANUP(text_free) = {0};
    text_add_excerpt(&name, key);
    problems_add(loading->problems, "%s: %s: %s%s", where, name.chars, what, more);
}

/* The same, with what is allowed behind it. */
static void wrong(loading_t *loading, const char *where, const config_key_t *key, const char *what) {
    text_t allowed CLEANUP(text_free) = {0};
    kind_allowed(key, &allowed);
    problem(loading, where, key->name, what, allowed.chars);
}

/* ---- unknown keys ---- */

static bool is_section(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strncmp(KEYS[i].name, name, length) == 0 && KEYS[i].name[length] == '.')
            return true;
    return false;
}

static void check_unknown(loading_t *loading) {
    for (const entry_t *entry = loading->entries.first; entry; entry = entry->next) {
        const config_key_t *nearest = keys_nearest(entry->key);
        if (keys_find(entry->key))
            continue;
        if (is_section(entry->key))
            problem(loading, entry->where, entry->key,
                    "is a section: give its keys below it, or as --set section.key=value", "");
        else if (nearest)
            problem(loading, entry->where, entry->key, "unknown key; did you mean ",
                    memory_print(&loading->config->owned, "%s?", nearest->name));
        else
            problem(loading, entry->where, entry->key, "unknown key; docs/config.md lists all keys", "");
    }
}

/* ---- values ---- */

static void wrong_value(loading_t *loading, const config_key_t *key, const entry_t *entry) {
    text_t what CLEANUP(text_free) = {0};
    value_describe(entry->value, &what);
    text_add(&what, " is not allowed; give ");
    wrong(loading, entry->where, key, what.chars);
}

/* Reads the key's entry, or its default, which is also YAML. */
static void read_key(loading_t *loading, const config_key_t *key) {
    entries_t defaults = {.memory = &loading->config->owned};
    const entry_t *entry = entries_find(&loading->entries, key->name);
    if (!entry && key->fallback) {
        entries_set(&defaults, key->name, key->fallback, "default", loading->problems);
        entry = defaults.first;
    }
    if (entry && !kind_read(key, entry->value, entry->set ? "" : loading->folder, loading->config))
        wrong_value(loading, key, entry);
    else if (strcmp(key->name, "model.backend") == 0)
        loading->backend_known = true;
}

/* What stands for the process in messages; and what auto means for its v. */
static void name_process(loading_t *loading) {
    config_t *config = loading->config;
    process_options_t *process = &config->model.process;
    if (config->model.backend != BACKEND_PROCESS)
        return;
    process->folder = memory_print(&config->owned, "%s", loading->folder);
    config->model.file = process->function ? process->function : process->pickle ? process->pickle : "model.command";
    for (size_t i = 0; process->command && process->command[i]; i++)
        config->model.file = i == 0 ? process->command[i]
                                    : memory_print(&config->owned, "%s %s", config->model.file, process->command[i]);
    if (process->takes == TAKES_MASKS && config->model.score == SCORE_AUTO)
        config->model.score = SCORE_RAW;
}

static void read_keys(loading_t *loading) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        read_key(loading, &KEYS[i]);
    loading->config->model.batch = loading->config->sweep.batch;
    loading->config->samples.max_players = loading->config->sweep.max_players;
    if (loading->config->model.backend == BACKEND_LLAMA) { /* what it gives */
        loading->config->model.score = SCORE_LOG_ODDS;
        loading->config->model.output_kind = OUTPUTS_LOGITS;
    }
    name_process(loading);
}

/* ---- keys that depend on each other ---- */

static bool is_given(const loading_t *loading, const char *key) {
    const entry_t *entry = entries_find(&loading->entries, key);
    return entry && entry->value->kind != VALUE_NULL;
}

/* Keys that the backend does not have, and keys that it needs. */
static void check_backend(loading_t *loading) {
    unsigned backend = 1u << loading->config->model.backend;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const config_key_t *key = &KEYS[i];
        const entry_t *entry = entries_find(&loading->entries, key->name);
        if (!(key->backends & backend) && is_given(loading, key->name)) {
            text_t names CLEANUP(text_free) = {0};
            keys_add_backends(key->backends, " or ", &names);
            problem(loading, entry->where, key->name, "is only for backend: ", names.chars);
        } else if ((key->backends & backend) && !key->fallback && !entry) {
            wrong(loading, loading->name, key, "is missing; give ");
        }
    }
}

static void missing(loading_t *loading, const char *key, const char *what) {
    problem(loading, loading->name, key, what, "");
}

static void refused(loading_t *loading, const char *key, const char *what) {
    problem(loading, entries_find(&loading->entries, key)->where, key, what, "");
}

/* Where the samples come from: a file, or (games) how many of how many players. */
static void check_samples(loading_t *loading) {
    static const char *const counts[] = {"model.samples", "model.players"};
    bool file = is_given(loading, "samples.file");
    backend_t backend = loading->config->model.backend;
    if (backend_has_score(backend) && !file)
        missing(loading, "samples.file", "is missing; give the path of the HDF5 file with the samples");
    for (size_t i = 0; backend == BACKEND_GAME && i < 2; i++) {
        if (file && is_given(loading, counts[i]))
            refused(loading, counts[i], "cannot be combined with samples.file; give only one of them");
        if (!file && !is_given(loading, counts[i]))
            missing(loading, counts[i], "is missing; give model.samples and model.players, or samples.file");
    }
}

static void check_sparse(loading_t *loading) {
    for (size_t i = 0; i < KEY_COUNT && loading->config->statistics.sparse.kinds == SPARSE_NONE; i++)
        if (keys_is_sparse(&KEYS[i]) && is_given(loading, KEYS[i].name))
            refused(loading, KEYS[i].name, "needs sparse.kinds: and, or and_or; leave it out");
}

static void check_process(loading_t *loading) {
    static const char *const ways[] = {"model.command", "model.function", "model.pickle"};
    const char *given = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (is_given(loading, ways[i]) && given)
            refused(loading, ways[i],
                    "cannot be combined with the other one that is given; command, function and "
                    "pickle each say what the model is");
        given = is_given(loading, ways[i]) ? ways[i] : given;
    }
    if (!given)
        missing(loading, "model.function",
                "is missing; give model.function (\"module:name\"), model.pickle or "
                "model.command");
    else if (loading->config->model.process.function && !strchr(loading->config->model.process.function, ':'))
        refused(loading, "model.function", "is not \"module:name\", as in my_model:predict");
}

/* Layers are on the device that is asked for: which it is must not change numbers otherwise. */
static void check_device(loading_t *loading) {
    const device_t device = loading->config->model.device;
    const int layers = loading->config->model.llm.gpu_layers;
    if (device == DEVICE_CPU && layers != 0)
        refused(loading, "model.device", "cpu has no gpu_layers; leave one of them out");
    if (device == DEVICE_CUDA && layers == 0)
        refused(loading, "model.device", "cuda needs model.gpu_layers: how many layers it computes, or all");
}

static void check_together(loading_t *loading) {
    const config_t *config = loading->config;
    check_samples(loading);
    if (config->model.backend == BACKEND_PROCESS)
        check_process(loading);
    if (config->model.backend == BACKEND_LLAMA)
        check_device(loading);
    check_sparse(loading);
    const bool clips = config->model.score == SCORE_LOG_ODDS || config->model.score == SCORE_AUTO;
    if (backend_is_network(config->model.backend) && config->model.score_eps > 0 && !clips)
        refused(loading, "model.score_eps", "needs score: log_odds; leave it out");
    if (config->model.score == SCORE_DIFFERENCE && !config->model.target_pairs)
        refused(loading, "model.score", "difference needs a pair of outputs, target: [[a, b]]");
    if (config->model.target_pairs && config->model.score != SCORE_DIFFERENCE)
        refused(loading, "model.target", "a pair of outputs needs score: difference");
    if (config->model.score == SCORE_COSINE && config->model.targets > 1)
        refused(loading, "model.target", "cosine is of all outputs together, so there is one row of it; leave it out");
    if (config->model.backend == BACKEND_GAME && config->model.game.game == GAME_APPENDIX_H &&
        is_given(loading, "model.players") && config->model.game.players_min < 3)
        refused(loading, "model.players", "game: appendix_h needs at least 3 players");
}

/* ---- loading ---- */

/* "key=value" of --set. */
static void add_set(loading_t *loading, const char *set) {
    const char *equals = strchr(set, '=');
    if (!equals || equals == set)
        problem(loading, "--set", set, "is not key=value, as in --set sweep.batch=64", "");
    else
        entries_set(&loading->entries, memory_print(&loading->config->owned, "%.*s", (int)(equals - set), set),
                    equals + 1, "--set", loading->problems);
}

/* Reports everything wrong at once, unless the text is not a YAML mapping. */
static status_t load(loading_t *loading, const char *text, size_t length, const char *const *sets, int set_count) {
    status_t status = entries_add_text(&loading->entries, text, length, loading->name, loading->problems);
    for (int i = 0; i < set_count; i++)
        add_set(loading, sets[i]);
    TRY(status);
    check_unknown(loading);
    read_keys(loading);
    if (loading->backend_known) {
        check_backend(loading);
        check_together(loading);
    }
    return STATUS_OK;
}

status_t config_parse(const char *text, size_t length, const char *name, const char *folder, const char *const *sets,
                      int set_count, config_t **out, problems_t *problems) {
    loading_t loading = {.name = name, .folder = folder ? folder : "", .problems = problems};
    size_t before = problems->count;
    *out = NULL;
    loading.config = memory_need(1, sizeof *loading.config, "the configuration");
    loading.config->statistics.mean_output = nan_canonical();
    loading.config->statistics.noise_sigma = nan_canonical();
    loading.entries.memory = &loading.config->owned;
    status_t status = load(&loading, text, length, sets, set_count);
    if (status == STATUS_OK && problems->count > before)
        status = STATUS_INPUT;
    if (status == STATUS_OK)
        *out = loading.config;
    else
        config_free(&loading.config);
    return status;
}

status_t config_load(const char *path, const char *const *sets, int set_count, config_t **out, problems_t *problems) {
    failure_t why;
    char *text OWNED = NULL;
    size_t length;
    *out = NULL;
    status_t status = file_read_text(path, CONFIG_BYTES_MAX, &text, &length, &why);
    if (status != STATUS_OK) {
        problems_add(problems, "%s", why.text);
        return status;
    }
    const char *slash = strrchr(path, '/');
    char *folder OWNED = memory_text("%.*s", slash ? (int)(slash - path) + 1 : 0, path);
    return config_parse(text, length, path, folder, sets, set_count, out, problems);
}

config_t *config_stored(const char *text, problems_t *problems) {
    problems_t ignored CLEANUP(problems_free) = {0};
    config_t *config = NULL;
    config_parse(text, strlen(text), "/config", "", NULL, 0, &config, problems ? problems : &ignored);
    return config;
}

void config_free(config_t **config) {
    if (*config)
        memory_free(&(*config)->owned);
    free(*config);
    *config = NULL;
}
