#include "config/entries.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAP_MAX = 1000 /* keys in one map: many more than there are, few enough to compare each with each */ };

/* Hands a document over to the entries, whose values point into it. */
static void keep_document(entries_t *entries, void *document) {
    entries->documents =
        memory_grow(entries->documents, entries->document_count + 1, sizeof *entries->documents, "the configuration");
    entries->documents[entries->document_count++] = document;
}

/* "file:line", or just "file" for line 0. */
static char *place_of(const char *file, size_t line) {
    return line ? memory_text("%s:%zu", file, line) : memory_text("%s", file);
}

/* Adds an entry with the key "section.name", or just "name" without a section. */
static void push(entries_t *entries, const char *section, const char *name, const char *file, size_t line,
                 value_t value) {
    entries->items = memory_grow(entries->items, entries->count + 1, sizeof *entries->items, "the configuration");
    entries->items[entries->count++] = (entry_t){.key = memory_text("%s%s%s", section, *section ? "." : "", name),
                                                 .where = place_of(file, line),
                                                 .value = value};
}

static bool pair_is_repeated(const value_t *map, size_t i, const char *text) {
    for (size_t j = 0; j < i; j++) {
        value_t key, value;
        value_pair(map, j, &key, &value);
        if (strcmp(key.text, text) == 0)
            return true;
    }
    return false;
}

/* The i-th pair of a map; false, with a problem added, when its key is not text or is a duplicate. */
static bool take_pair(const value_t *map, size_t i, const char *section, const char *file, value_t *key, value_t *value,
                      problems_t *problems) {
    value_pair(map, i, key, value);
    if (key->kind != VALUE_PLAIN && key->kind != VALUE_QUOTED) {
        problems_add(problems, "%s:%zu: a key must be a word", file, value_line(key));
        return false;
    }
    if (pair_is_repeated(map, i, key->text)) {
        text_t name = {0};
        text_add_excerpt(&name, key->text);
        problems_add(problems, "%s:%zu: %s%s%s: given twice; keep one", file, value_line(key), section,
                     *section ? "." : "", name.chars ? name.chars : "");
        text_free(&name);
        return false;
    }
    return true;
}

static void add_section(entries_t *entries, const value_t *map, const char *section, const char *file,
                        problems_t *problems) {
    for (size_t i = 0; i < map->count; i++) {
        value_t key, value;
        if (take_pair(map, i, section, file, &key, &value, problems))
            push(entries, section, key.text, file, value_line(&key), value);
    }
}

static void add_sections(entries_t *entries, const value_t *root, const char *file, problems_t *problems) {
    for (size_t i = 0; i < root->count; i++) {
        value_t key, value;
        if (!take_pair(root, i, "", file, &key, &value, problems) || value.kind == VALUE_NULL)
            continue;
        if (value.kind == VALUE_MAP && value.count <= MAP_MAX)
            add_section(entries, &value, key.text, file, problems);
        else if (value.kind == VALUE_MAP)
            problems_add(problems, "%s:%zu: more than %d keys", file, value_line(&key), MAP_MAX);
        else /* not a section: the table of keys will report an unknown key */
            push(entries, "", key.text, file, value_line(&key), value);
    }
}

status_t entries_add_text(entries_t *entries, const char *text, size_t length, const char *name, problems_t *problems) {
    void *document;
    value_t root;
    source_t source = {.text = text, .length = length, .name = name, .lines = true};
    TRY(document_load(&source, &document, problems));
    keep_document(entries, document);
    if (!document_root(document, &root)) {
        problems_add(problems, "%s: is empty; write a configuration (docs/config.md)", name);
        return STATUS_INPUT;
    }
    if (root.kind != VALUE_MAP || root.count > MAP_MAX) {
        problems_add(problems, "%s:%zu: not a configuration; write sections like `model:` with keys below them", name,
                     value_line(&root));
        return STATUS_INPUT;
    }
    add_sections(entries, &root, name, problems);
    return STATUS_OK;
}

/* Replaces the value of an existing entry, or adds it. */
static void put(entries_t *entries, const char *key, value_t value, const char *where) {
    for (size_t i = 0; i < entries->count; i++) {
        entry_t *entry = &entries->items[i];
        if (strcmp(entry->key, key) != 0)
            continue;
        free(entry->where);
        entry->where = place_of(where, 0);
        entry->value = value;
        entry->set = true;
        return;
    }
    push(entries, "", key, where, 0, value);
    entries->items[entries->count - 1].set = true;
}

/* The value of entries_set; `name` stands for it in messages. */
static status_t load_value(entries_t *entries, const char *text, const char *name, value_t *value,
                           problems_t *problems) {
    void *document;
    if (*text == '\0')
        text = "null"; /* an empty text is not a document */
    source_t source = {.text = text, .length = strlen(text), .name = name};
    TRY(document_load(&source, &document, problems));
    keep_document(entries, document);
    if (!document_root(document, value)) {
        problems_add(problems, "%s: has no value; write null for none", name);
        return STATUS_INPUT;
    }
    return STATUS_OK;
}

status_t entries_set(entries_t *entries, const char *key, const char *text, const char *where, problems_t *problems) {
    text_t name = {0};
    value_t value;
    text_add(&name, "%s: ", where);
    text_add_excerpt(&name, key);
    status_t status = load_value(entries, text, name.chars, &value, problems);
    text_free(&name);
    if (status == STATUS_OK)
        put(entries, key, value, where);
    return status;
}

const entry_t *entries_find(const entries_t *entries, const char *key) {
    for (size_t i = 0; i < entries->count; i++)
        if (strcmp(entries->items[i].key, key) == 0)
            return &entries->items[i];
    return NULL;
}

void entries_free(entries_t *entries) {
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->items[i].key);
        free(entries->items[i].where);
    }
    free(entries->items);
    for (size_t i = 0; i < entries->document_count; i++)
        document_free(entries->documents[i]);
    free(entries->documents);
    *entries = (entries_t){0};
}
