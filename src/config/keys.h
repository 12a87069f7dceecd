/* The table of keys: which keys exist, what each may be, and what it means.
 *
 * To add a key: a field in the options it belongs to, and a row in keys.c. Validation, defaults, --help,
 * docs/config.md, the canonical text and the comparison on resume follow from the row.
 */
#ifndef HARSANYI_CONFIG_KEYS_H
#define HARSANYI_CONFIG_KEYS_H

#include "base/text.h"
#include "config/config.h"
#include "config/yaml.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    KIND_WORD,    /* one of `words`; the enum at `at` becomes its position, or the number of words with a number */
    KIND_INT,     /* int, int64_t or double in low ... high */
    KIND_INT64,   /* */
    KIND_NUMBER,  /* */
    KIND_BOOL,    /* true | false */
    KIND_TEXT,    /* const char * */
    KIND_PATH,    /* the same, resolved against the folder of the file */
    KIND_PATHS,   /* a list of them; const char *const *, ends with NULL */
    KIND_COMMAND, /* likewise, of words; those that name files in the folder of the file become their paths */
    KIND_RANGE,   /* [min, max] into the ints at `at` and high_at; with `single`, one number sets both */
    KIND_SELECT,  /* samples.select */
    KIND_PLAYERS, /* samples.players */
    KIND_OUTPUTS, /* model.output: as KIND_TEXT, or a list of them */
    KIND_ELEMENT, /* model.element */
    KIND_TARGET,  /* model.target */
    KIND_INDICES  /* statistics.indices */
} key_kind_t;

/* Bits of config_key_t.backends and config_key_t.decides. */
enum {
    WITH_ONNX = 1 << BACKEND_ONNX,
    WITH_GAME = 1 << BACKEND_GAME,
    WITH_VALUES = 1 << BACKEND_VALUES,
    WITH_PROCESS = 1 << BACKEND_PROCESS,
    WITH_LLAMA = 1 << BACKEND_LLAMA,
    WITH_NETWORK = WITH_ONNX | WITH_PROCESS,
    WITH_ALL = WITH_NETWORK | WITH_GAME | WITH_VALUES | WITH_LLAMA
};

/* Whole numbers up to here are exact as doubles; a `high` of this means: no limit to mention. */
#define WHOLE_MAX 9007199254740992.0

/* What may be given for a key, and the fields of config_t that it goes to. */
typedef struct rule {
    key_kind_t kind;
    size_t at;                 /* offset in config_t */
    size_t high_at;            /* KIND_RANGE: of the second field */
    const char *const *words;  /* KIND_WORD, _PLAYERS, _INDICES; ends with NULL */
    const struct rule *number; /* KIND_WORD: a number that is allowed too; NULL: none */
    double low, high;          /* numbers: inclusive, unless ... */
    bool low_open, high_open;
    bool power_of_two;
    bool single;
    const char *none;  /* a word allowed instead (auto, null) ... */
    double none_value; /* ... and the number that it stores; texts: NULL */
} rule_t;

/* A row of the table. */
typedef struct {
    const char *name;     /* "section.key" */
    const char *fallback; /* the default as YAML; NULL: the user must give it */
    unsigned backends;    /* with which backends the key may be given */
    unsigned decides;     /* with which backends it decides the numbers of a result (config_science) */
    const char *help;     /* one sentence or two */
    rule_t rule;
} config_key_t;

extern const config_key_t KEYS[];
extern const size_t KEY_COUNT;

/* NULL: no key has this name. */
const config_key_t *keys_find(const char *name);

/* Whether it says how to solve for sparse.kinds. */
bool keys_is_sparse(const config_key_t *key);

/* The key most similar to an unknown one; NULL when none is similar. */
const config_key_t *keys_nearest(const char *name);

/* The bit of each word of statistics.indices; 0: always computed. */
extern const unsigned INDEX_WORD_BITS[];

/* Adds the words of model.backend for these bits. */
void keys_add_backends(unsigned backends, const char *between, text_t *out);

/* ---- the values of keys (kinds.c): reading one from YAML into its field, writing it back, what is allowed ---- */

/* Stores the value of `key` in the config; strings may point into the value, lists are kept in config->owned. `folder`
 * ("" for none) goes before relative paths. False when the value is not allowed. */
bool kind_read(const config_key_t *key, const value_t *value, const char *folder, config_t *config);

/* Adds the key's value in the config as YAML on one line, so that kind_read restores it. Numbers are in the
 * shortest exact form, strings in double quotes. */
void kind_write(const config_key_t *key, const config_t *config, text_t *out);

/* Adds the allowed values: "a whole number from 0 to 100". */
void kind_allowed(const config_key_t *key, text_t *out);

#endif
