/* YAML values, as views into documents of libyaml.
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

/* Loads the only document of a text; *document goes to document_free. STATUS_INPUT and *document NULL when it is not
 * YAML or holds several documents; other forbidden content only adds problems. */
status_t document_load(const source_t *source, void **document, problems_t *problems);
void document_free(void *document);

typedef enum { VALUE_NULL, VALUE_PLAIN, VALUE_QUOTED, VALUE_LIST, VALUE_MAP } value_kind_t;

/* A view of one node; copy freely while its document lives. */
typedef struct {
    value_kind_t kind;
    const char *text; /* NUL-terminated; "" unless VALUE_PLAIN or VALUE_QUOTED */
    size_t count;     /* items of a list, pairs of a map; else 0 */
    const void *document, *node;
} value_t;

/* False when the document is empty. */
bool document_root(const void *document, value_t *root);
value_t value_item(const value_t *list, size_t i);
void value_pair(const value_t *map, size_t i, value_t *key, value_t *value);
size_t value_line(const value_t *value);

/* Adds the first bytes of untrusted text for a message: control characters as '?', never a partial UTF-8 character. */
void text_add_excerpt(text_t *out, const char *text);

/* Adds the value as a user writes it, on one line, shortened when long: 12x, "some text", [3, x, 8]. */
void value_describe(const value_t *value, text_t *out);

#endif
