/* YAML as a tree of values.
 *
 * Text is untrusted: syntax errors, invalid UTF-8, aliases, explicit tags, NUL characters, several documents and lists
 * that are nested without end become problems. (No name here begins with yaml_: libyaml uses that prefix, also for
 * names that are not in its header.)
 */
#ifndef HARSANYI_CONFIG_YAML_H
#define HARSANYI_CONFIG_YAML_H

#include "base/failure.h"
#include "base/problems.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* A text to read. */
typedef struct {
    const char *text;
    size_t length;
    const char *name; /* for messages */
    bool lines;       /* messages have line numbers: "name:line: what" */
} source_t;

typedef enum { VALUE_NULL, VALUE_PLAIN, VALUE_QUOTED, VALUE_LIST, VALUE_MAP } value_kind_t;

typedef struct value {
    value_kind_t kind;
    const char *text;          /* "" unless VALUE_PLAIN or VALUE_QUOTED */
    size_t line;               /* in its source, from 1 */
    size_t count;              /* items of a list, pairs of a map; else 0 */
    const struct value *first; /* of the items; a map's are key, value, key, value ... */
    const struct value *next;  /* in the list or map that it belongs to */
} value_t;

/* Reads the only document of a text into *root, which lasts as long as `memory` (config/memory.h); NULL: it is empty.
 * STATUS_INPUT and NULL when it is not YAML, holds several documents or aliases, or is nested too deeply; other
 * forbidden content only adds problems. */
status_t value_parse(const source_t *source, void **memory, const value_t **root, problems_t *problems);

/* Adds the first bytes of untrusted text for a message: control characters as '?', never a partial UTF-8 character. */
void text_add_excerpt(text_t *out, const char *text);

/* Adds the value as a user writes it, on one line, shortened when long: 12x, "some text", [3, x, 8]. */
void value_describe(const value_t *value, text_t *out);

#endif
