/* A configuration as a flat list of entries: "section.key", its value, and where it was set.
 *
 *   model:                 ->  model.backend   "onnx"          x.yaml:2
 *     backend: onnx            samples.select  [3, 5]          x.yaml:4
 *   samples:                   sweep.batch     64              --set
 *     select: [3, 5]
 */
#ifndef HARSANYI_CONFIG_ENTRIES_H
#define HARSANYI_CONFIG_ENTRIES_H

#include "base/failure.h"
#include "base/problems.h"
#include "config/yaml.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct entry {
    const char *key;   /* "section.key" */
    const char *where; /* "file:line" or "--set" */
    const value_t *value;
    bool set; /* by entries_set */
    struct entry *next;
} entry_t;

/* All of it lasts as long as `memory` (config/memory.h). */
typedef struct {
    void **memory;
    entry_t *first, *last; /* NULL at first */
} entries_t;

/* Adds the entries of a whole text; `name` stands for the file. STATUS_INPUT when it is not a YAML
 * mapping. Adds problems for everything wrong. Of duplicate keys the first counts. */
status_t entries_add_text(entries_t *entries, const char *text, size_t length, const char *name, problems_t *problems);

/* Adds one entry with its value as YAML; replaces an entry of the same key. `where` is "--set". */
status_t entries_set(entries_t *entries, const char *key, const char *value, const char *where, problems_t *problems);

/* NULL: no entry has this key. */
entry_t *entries_find(const entries_t *entries, const char *key);

#endif
