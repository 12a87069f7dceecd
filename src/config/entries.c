#include "config/entries.h"

#include "base/memory.h"

#include <string.h>

enum { MAP_MAX = 1000 /* keys in one map: many more than there are, few enough to compare each with each */ };

/* Adds an entry with the key of both parts: "section." and "name". */
static entry_t *push(entries_t *entries, const char *prefix, const char *name, const char *where,
                     const value_t *value) {
    entry_t *entry = memory_take(entries->memory, sizeof *entry);
    entry->key = memory_print(entries->memory, "%s%s", prefix, name);
    entry->where = where;
    entry->value = value;
    *(entries->last ? &entries->last->next : &entries->first) = entry;
    entries->last = entry;
    return entry;
}

static bool is_repeated(const value_t *map, const value_t *key) {
    for (const value_t *other = map->first; other != key; other = other->next->next)
        if (strcmp(other->text, key->text) == 0)
            return true;
    return false;
}

/* False, with a problem added, when a key is not text or is a duplicate. */
static bool check_key(const value_t *map, const value_t *key, const char *prefix, const char *file,
                      problems_t *problems) {
    if (key->kind != VALUE_PLAIN && key->kind != VALUE_QUOTED) {
        problems_add(problems, "%s:%zu: a key must be a word", file, key->line);
        return false;
    }
    if (!is_repeated(map, key))
        return true;
    text_t name CLEANUP(text_free) = {0};
    text_add_excerpt(&name, key->text);
    problems_add(problems, "%s:%zu: %s%s: given twice; keep one", file, key->line, prefix, name.chars);
    return false;
}

/* The pairs of the section with the prefix "section."; those of the whole file (prefix "") are sections themselves, or
 * unknown keys, which the table of keys will report. */
static void add_pairs(entries_t *entries, const value_t *map, const char *prefix, const char *file,
                      problems_t *problems) {
    for (const value_t *key = map->first; key; key = key->next->next) {
        const value_t *value = key->next;
        if (!check_key(map, key, prefix, file, problems) || (!*prefix && value->kind == VALUE_NULL))
            continue;
        if (*prefix || value->kind != VALUE_MAP)
            push(entries, prefix, key->text, memory_print(entries->memory, "%s:%zu", file, key->line), value);
        else if (value->count > MAP_MAX)
            problems_add(problems, "%s:%zu: more than %d keys", file, key->line, MAP_MAX);
        else
            add_pairs(entries, value, memory_print(entries->memory, "%s.", key->text), file, problems);
    }
}

status_t entries_add_text(entries_t *entries, const char *text, size_t length, const char *name, problems_t *problems) {
    const value_t *root;
    source_t source = {.text = text, .length = length, .name = name, .lines = true};
    TRY(value_parse(&source, entries->memory, &root, problems));
    if (!root) {
        problems_add(problems, "%s: is empty; write a configuration (docs/config.md)", name);
        return STATUS_INPUT;
    }
    if (root->kind != VALUE_MAP || root->count > MAP_MAX) {
        problems_add(problems, "%s:%zu: not a configuration; write sections like `model:` with keys below them", name,
                     root->line);
        return STATUS_INPUT;
    }
    add_pairs(entries, root, "", name, problems);
    return STATUS_OK;
}

status_t entries_set(entries_t *entries, const char *key, const char *text, const char *where, problems_t *problems) {
    const value_t *value;
    text_t name CLEANUP(text_free) = {0};
    text_add(&name, "%s: ", where);
    text_add_excerpt(&name, key);
    if (*text == '\0')
        text = "null"; /* an empty text is not a document */
    source_t source = {.text = text, .length = strlen(text), .name = name.chars};
    TRY(value_parse(&source, entries->memory, &value, problems));
    if (!value) {
        problems_add(problems, "%s: has no value; write null for none", name.chars);
        return STATUS_INPUT;
    }
    entry_t *entry = entries_find(entries, key);
    if (!entry)
        entry = push(entries, "", key, where, value);
    entry->where = where;
    entry->value = value;
    entry->set = true;
    return STATUS_OK;
}

entry_t *entries_find(const entries_t *entries, const char *key) {
    for (entry_t *entry = entries->first; entry; entry = entry->next)
        if (strcmp(entry->key, key) == 0)
            return entry;
    return NULL;
}
