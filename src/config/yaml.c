#include "config/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    DESCRIBE_BYTES = 40,
    DESCRIBE_ITEMS = 6,
    DESCRIBE_DEPTH = 2,
    MAP_MAX = 1000 /* keys in one map: many more than there are, few enough to compare each with each */
};

/* libyaml's accessors take pointers to non-const but change nothing. */
static yaml_document_t *document_of(const void *document) {
    return (yaml_document_t *)(uintptr_t)document;
}

static value_kind_t kind_of(const yaml_node_t *node) {
    if (node->type == YAML_SEQUENCE_NODE)
        return VALUE_LIST;
    if (node->type == YAML_MAPPING_NODE)
        return VALUE_MAP;
    const char *text = (const char *)node->data.scalar.value;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return VALUE_QUOTED;
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ? VALUE_NULL : VALUE_PLAIN;
}

static value_t view(const void *document, int id) {
    const yaml_node_t *node = yaml_document_get_node(document_of(document), id);
    value_t value = {.kind = kind_of(node), .text = "", .document = document, .node = node};
    if (value.kind == VALUE_PLAIN || value.kind == VALUE_QUOTED)
        value.text = (const char *)node->data.scalar.value;
    if (value.kind == VALUE_LIST)
        value.count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (value.kind == VALUE_MAP)
        value.count = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    return value;
}

value_t value_item(const value_t *list, size_t i) {
    const yaml_node_t *node = list->node;
    return view(list->document, node->data.sequence.items.start[i]);
}

void value_pair(const value_t *map, size_t i, value_t *key, value_t *value) {
    const yaml_node_t *node = map->node;
    yaml_node_pair_t pair = node->data.mapping.pairs.start[i];
    *key = view(map->document, pair.key);
    *value = view(map->document, pair.value);
}

static size_t value_line(const value_t *value) {
    return ((const yaml_node_t *)value->node)->start_mark.line + 1;
}

void text_add_excerpt(text_t *out, const char *text) {
    size_t length = strlen(text), shown = length > DESCRIBE_BYTES ? DESCRIBE_BYTES : length;
    while (shown < length && shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80)
        shown--;
    for (size_t i = 0; i < shown; i++)
        text_add(out, "%c", (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i]);
    if (shown < length)
        text_add(out, "...");
}

/* The list or map as in flow style, down to `depth` levels. */
static void describe_items(const value_t *value, int depth, text_t *out);

static void describe(const value_t *value, int depth, text_t *out) {
    if (value->kind == VALUE_LIST || value->kind == VALUE_MAP) {
        describe_items(value, depth, out);
    } else if (value->kind == VALUE_NULL) {
        text_add(out, "null");
    } else {
        const char *quote = value->kind == VALUE_QUOTED ? "\"" : "";
        text_add(out, "%s", quote);
        text_add_excerpt(out, value->text);
        text_add(out, "%s", quote);
    }
}

static void describe_items(const value_t *value, int depth, text_t *out) {
    bool map = value->kind == VALUE_MAP;
    text_add(out, "%s", map ? "{" : "[");
    for (size_t i = 0; i < value->count; i++) {
        if (i == DESCRIBE_ITEMS || depth == 0) {
            text_add(out, "%s...", i ? ", " : "");
            break;
        }
        value_t key, item;
        text_add(out, "%s", i ? ", " : "");
        if (map) {
            value_pair(value, i, &key, &item);
            describe(&key, depth - 1, out);
            text_add(out, ": ");
        } else {
            item = value_item(value, i);
        }
        describe(&item, depth - 1, out);
    }
    text_add(out, "%s", map ? "}" : "]");
}

void value_describe(const value_t *value, text_t *out) {
    describe(value, DESCRIBE_DEPTH, out);
}

/* libyaml gives a line for errors of the scanner and parser, and a byte offset for bytes that it cannot read at all. */
static size_t error_line(const yaml_parser_t *parser, const char *text, size_t length) {
    if (parser->error != YAML_READER_ERROR)
        return parser->problem_mark.line + 1;
    size_t line = 1;
    for (size_t i = 0; i < length && i < parser->problem_offset; i++)
        line += text[i] == '\n';
    return line;
}

static status_t syntax_problem(const yaml_parser_t *parser, const char *text, size_t length, const char *name,
                               problems_t *problems) {
    if (parser->error == YAML_MEMORY_ERROR) {
        problems_add(problems, "%s: out of memory", name);
        return STATUS_INTERNAL;
    }
    problems_add(problems, "%s:%zu: not YAML: %s", name, error_line(parser, text, length),
                 parser->problem ? parser->problem : "unknown error");
    return STATUS_INPUT;
}

/* Loads the only document of a text. *out is owned by the caller (yaml_document_delete, free). */
static status_t load_document(const char *text, size_t length, const char *name, yaml_document_t **out,
                              problems_t *problems) {
    yaml_parser_t parser;
    yaml_document_t *document = calloc(1, sizeof *document), next;
    *out = NULL;
    if (!document || !yaml_parser_initialize(&parser)) {
        free(document);
        problems_add(problems, "%s: out of memory", name);
        return STATUS_INTERNAL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    status_t status = STATUS_OK;
    if (!yaml_parser_load(&parser, document)) {
        status = syntax_problem(&parser, text, length, name, problems);
        free(document);
    } else {
        *out = document;
        if (!yaml_parser_load(&parser, &next)) {
            status = syntax_problem(&parser, text, length, name, problems);
        } else if (yaml_document_get_root_node(&next)) {
            problems_add(problems, "%s:%zu: a second document begins here; only one is allowed", name,
                         next.start_mark.line + 1);
            status = STATUS_INPUT;
            yaml_document_delete(&next);
        } else {
            yaml_document_delete(&next);
        }
    }
    yaml_parser_delete(&parser);
    return status;
}

static void check_node(const yaml_node_t *node, const char *name, problems_t *problems) {
    static const char *const plain_tags[] = {[YAML_SCALAR_NODE] = YAML_DEFAULT_SCALAR_TAG,
                                             [YAML_SEQUENCE_NODE] = YAML_DEFAULT_SEQUENCE_TAG,
                                             [YAML_MAPPING_NODE] = YAML_DEFAULT_MAPPING_TAG};
    size_t line = node->start_mark.line + 1;
    if (node->tag && strcmp((const char *)node->tag, plain_tags[node->type]) != 0)
        problems_add(problems, "%s:%zu: tags (!...) are not allowed", name, line);
    if (node->type == YAML_SCALAR_NODE && memchr(node->data.scalar.value, '\0', node->data.scalar.length))
        problems_add(problems, "%s:%zu: text with a NUL character is not allowed", name, line);
}

/* Marks a child as seen; a node that is seen twice was reached through an alias. */
static void see(unsigned char *seen, int child, size_t line, const char *name, problems_t *problems) {
    if (seen[child])
        problems_add(problems, "%s:%zu: aliases (*name) are not allowed; write the value again", name, line);
    seen[child] = 1;
}

/* Tags, NULs and aliases anywhere in the document. */
static status_t check_document(yaml_document_t *document, const char *name, problems_t *problems) {
    size_t nodes = (size_t)(document->nodes.top - document->nodes.start);
    unsigned char *seen = calloc(nodes + 1, 1); /* node ids count from 1; 1 is the root */
    if (!seen) {
        problems_add(problems, "%s: out of memory", name);
        return STATUS_INTERNAL;
    }
    seen[1] = 1;
    for (yaml_node_t *node = document->nodes.start; node < document->nodes.top; node++) {
        check_node(node, name, problems);
        if (node->type == YAML_SEQUENCE_NODE)
            for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++)
                see(seen, *item, node->start_mark.line + 1, name, problems);
        if (node->type == YAML_MAPPING_NODE)
            for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
                size_t line = yaml_document_get_node(document, pair->key)->start_mark.line + 1;
                see(seen, pair->key, line, name, problems);
                see(seen, pair->value, line, name, problems);
            }
    }
    free(seen);
    return STATUS_OK;
}

/* Hands a document over to the entries, whose values point into it. */
static status_t keep_document(entries_t *entries, yaml_document_t *document, const char *name, problems_t *problems) {
    void **grown = realloc(entries->documents, (entries->document_count + 1) * sizeof *grown);
    if (!grown) {
        problems_add(problems, "%s: out of memory", name);
        yaml_document_delete(document);
        free(document);
        return STATUS_INTERNAL;
    }
    entries->documents = grown;
    entries->documents[entries->document_count++] = document;
    return STATUS_OK;
}

/* "file:line", or just "file" for line 0; NULL without memory. */
static char *place_of(const char *file, size_t line) {
    char *place = NULL;
    int length = line ? asprintf(&place, "%s:%zu", file, line) : asprintf(&place, "%s", file);
    return length < 0 ? NULL : place;
}

/* Adds an entry with the key "section.name", or just "name" without a section. */
static status_t push(entries_t *entries, const char *section, const char *name, const char *file, size_t line,
                     value_t value, problems_t *problems) {
    entry_t *grown = realloc(entries->items, (entries->count + 1) * sizeof *grown);
    char *key = NULL, *place = place_of(file, line);
    if (asprintf(&key, "%s%s%s", section, *section ? "." : "", name) < 0)
        key = NULL;
    if (grown)
        entries->items = grown;
    if (!grown || !key || !place) {
        free(key);
        free(place);
        problems_add(problems, "%s: out of memory", file);
        return STATUS_INTERNAL;
    }
    entries->items[entries->count++] = (entry_t){.key = key, .where = place, .value = value};
    return STATUS_OK;
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

/* The i-th pair of a map; false, with a problem added, when its key is no text or was there before. */
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

static status_t add_section(entries_t *entries, const value_t *map, const char *section, const char *file,
                            problems_t *problems) {
    for (size_t i = 0; i < map->count; i++) {
        value_t key, value;
        if (!take_pair(map, i, section, file, &key, &value, problems))
            continue;
        TRY(push(entries, section, key.text, file, value_line(&key), value, problems));
    }
    return STATUS_OK;
}

static status_t add_sections(entries_t *entries, const value_t *root, const char *file, problems_t *problems) {
    for (size_t i = 0; i < root->count; i++) {
        value_t key, value;
        if (!take_pair(root, i, "", file, &key, &value, problems) || value.kind == VALUE_NULL)
            continue;
        if (value.kind == VALUE_MAP && value.count <= MAP_MAX)
            TRY(add_section(entries, &value, key.text, file, problems));
        else if (value.kind == VALUE_MAP)
            problems_add(problems, "%s:%zu: more than %d keys", file, value_line(&key), MAP_MAX);
        else /* not a section: the table of keys will say that there is no such key */
            TRY(push(entries, "", key.text, file, value_line(&key), value, problems));
    }
    return STATUS_OK;
}

status_t entries_add_text(entries_t *entries, const char *text, size_t length, const char *name, problems_t *problems) {
    yaml_document_t *document;
    status_t status = load_document(text, length, name, &document, problems);
    if (document && keep_document(entries, document, name, problems) != STATUS_OK)
        return STATUS_INTERNAL;
    TRY(status);
    if (!yaml_document_get_root_node(document)) {
        problems_add(problems, "%s: holds no configuration", name);
        return STATUS_INPUT;
    }
    TRY(check_document(document, name, problems));
    value_t root = view(document, 1);
    if (root.kind != VALUE_MAP || root.count > MAP_MAX) {
        problems_add(problems, "%s:%zu: not a configuration: sections like `model:` with keys below are expected", name,
                     value_line(&root));
        return STATUS_INPUT;
    }
    return add_sections(entries, &root, name, problems);
}

/* Replaces the value of an entry that is there, or adds it. */
static status_t put(entries_t *entries, const char *key, value_t value, const char *where, problems_t *problems) {
    for (size_t i = 0; i < entries->count; i++) {
        entry_t *entry = &entries->items[i];
        if (strcmp(entry->key, key) != 0)
            continue;
        char *place = place_of(where, 0);
        if (!place) {
            problems_add(problems, "%s: out of memory", where);
            return STATUS_INTERNAL;
        }
        free(entry->where);
        entry->where = place;
        entry->value = value;
        entry->set = true;
        return STATUS_OK;
    }
    TRY(push(entries, "", key, where, 0, value, problems));
    entries->items[entries->count - 1].set = true;
    return STATUS_OK;
}

/* The value of entries_set; `name` stands for it in messages. */
static status_t load_value(entries_t *entries, const char *text, const char *name, value_t *value,
                           problems_t *problems) {
    yaml_document_t *document;
    if (*text == '\0')
        text = "null"; /* an empty text is no document */
    status_t status = load_document(text, strlen(text), name, &document, problems);
    if (document && keep_document(entries, document, name, problems) != STATUS_OK)
        return STATUS_INTERNAL;
    TRY(status);
    if (!yaml_document_get_root_node(document)) {
        problems_add(problems, "%s: no value; write null for none", name);
        return STATUS_INPUT;
    }
    TRY(check_document(document, name, problems));
    *value = view(document, 1);
    return STATUS_OK;
}

status_t entries_set(entries_t *entries, const char *key, const char *text, const char *where, problems_t *problems) {
    text_t name = {0};
    value_t value;
    text_add(&name, "%s: ", where);
    text_add_excerpt(&name, key);
    status_t status = load_value(entries, text, name.out_of_memory ? where : name.chars, &value, problems);
    text_free(&name);
    TRY(status);
    return put(entries, key, value, where, problems);
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
    for (size_t i = 0; i < entries->document_count; i++) {
        yaml_document_delete(entries->documents[i]);
        free(entries->documents[i]);
    }
    free(entries->documents);
    *entries = (entries_t){0};
}
