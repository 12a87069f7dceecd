/* A configuration's YAML as a flat list of entries: "section.key", its value, and where it was written.
 *
 *   model:                 ->  model.backend   "onnx"          x.yaml:2
 *     backend: onnx            samples.select  [3, 5]          x.yaml:4
 *   samples:                   sweep.batch     64              --set
 *     select: [3, 5]
 *
 * Text is untrusted: syntax errors, invalid UTF-8, duplicate keys, aliases, explicit tags, several documents and values
 * in the wrong place become problems. Values are views into libyaml's documents, which the list owns.
 */
#ifndef HARSANYI_CONFIG_YAML_H
#define HARSANYI_CONFIG_YAML_H

#include "base/failure.h"
#include "base/problems.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum { VALUE_NULL, VALUE_PLAIN, VALUE_QUOTED, VALUE_LIST, VALUE_MAP } value_kind_t;

/* A view of one node; copy freely while its entries live. */
typedef struct {
    value_kind_t kind;
    const char *text; /* NUL-terminated, holds no NUL; "" unless VALUE_PLAIN or VALUE_QUOTED */
    size_t count;     /* items of a list, pairs of a map; else 0 */
    const void *document, *node;
} value_t;

value_t value_item(const value_t *list, size_t i);
void value_pair(const value_t *map, size_t i, value_t *key, value_t *value);

/* Adds the first bytes of untrusted text for a message: control characters as '?', never a torn UTF-8 character. */
void text_add_excerpt(text_t *out, const char *text);

/* Adds the value as people know it, on one line, cut when long: 12x, "some text", [3, x, 8]. */
void value_describe(const value_t *value, text_t *out);

typedef struct {
    char *key;   /* "section.key"; owned */
    char *where; /* "file:line" or "--set"; owned */
    value_t value;
    bool set; /* by entries_set */
} entry_t;

typedef struct {
    entry_t *items; /* owned, [count] */
    size_t count;
    void **documents; /* owned, [document_count] */
    size_t document_count;
} entries_t;

/* Adds the entries of a whole text; `name` stands for the file. Zero-initialise entries with {0}. STATUS_INPUT when it
 * is no YAML mapping at all, STATUS_INTERNAL without memory; problems are added in any case. Problems inside (duplicate
 * keys, aliases) do not stop it: the first of duplicates counts. */
status_t entries_add_text(entries_t *entries, const char *text, size_t length, const char *name, problems_t *problems);

/* Adds one entry with its value as YAML; replaces an entry of the same key. `where` is "--set", or a name for built-in
 * values. */
status_t entries_set(entries_t *entries, const char *key, const char *value, const char *where, problems_t *problems);

/* NULL when there is none. */
const entry_t *entries_find(const entries_t *entries, const char *key);

void entries_free(entries_t *entries);

#endif
