#include "config/yaml.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    DESCRIBE_BYTES = 40,
    DESCRIBE_ITEMS = 6,
    DESCRIBE_DEPTH = 2,
    DEPTH_MAX = 32 /* of nested lists and maps */
};

/* libyaml's accessors take non-const pointers but change nothing. */
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

size_t value_line(const value_t *value) {
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

/* ---- libyaml ---- */

static void complain(const source_t *source, size_t line, const char *what, const char *detail, problems_t *problems) {
    if (source->lines)
        problems_add(problems, "%s:%zu: %s%s", source->name, line, what, detail);
    else
        problems_add(problems, "%s: %s%s", source->name, what, detail);
}

/* libyaml gives a line for errors of the scanner and parser, and a byte offset for unreadable bytes. */
static size_t error_line(const yaml_parser_t *parser, const source_t *source) {
    if (parser->error != YAML_READER_ERROR)
        return parser->problem_mark.line + 1;
    size_t line = 1;
    for (size_t i = 0; i < source->length && i < parser->problem_offset; i++)
        line += source->text[i] == '\n';
    return line;
}

static status_t syntax_problem(const yaml_parser_t *parser, const source_t *source, problems_t *problems) {
    if (parser->error == YAML_MEMORY_ERROR)
        memory_ended("the configuration");
    complain(source, error_line(parser, source), "not YAML: ", parser->problem ? parser->problem : "unknown error",
             problems);
    return STATUS_INPUT;
}

static void start_parser(yaml_parser_t *parser, const source_t *source) {
    if (!yaml_parser_initialize(parser))
        memory_ended("the configuration");
    static const char MARK[] =
        "\xef\xbb\xbf"; /* some editors start UTF-8 files with it; libyaml would count it as a column */
    size_t skipped = source->length >= 3 && memcmp(source->text, MARK, 3) == 0 ? 3 : 0;
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)source->text + skipped, source->length - skipped);
}

/* Where the first pass is. */
typedef struct {
    int depth, documents;
} walk_t;

/* Reports what YAML allows but a configuration does not. False when reading must stop. */
static bool check_event(const yaml_event_t *event, walk_t *walk, const source_t *source, problems_t *problems) {
    const yaml_char_t *tag = NULL;
    size_t line = event->start_mark.line + 1;
    if (event->type == YAML_DOCUMENT_START_EVENT && ++walk->documents > 1) {
        complain(source, line, "a second document begins here; only one is allowed", "", problems);
        return false;
    }
    if (event->type == YAML_ALIAS_EVENT) {
        complain(source, line, "aliases (*name) are not allowed; write the value again", "", problems);
        return false; /* a document with aliases could hold itself */
    }
    if (event->type == YAML_SCALAR_EVENT) {
        tag = event->data.scalar.tag;
        if (memchr(event->data.scalar.value, '\0', event->data.scalar.length))
            complain(source, line, "text with a NUL character is not allowed", "", problems);
    }
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT) {
        bool list = event->type == YAML_SEQUENCE_START_EVENT;
        tag = list ? event->data.sequence_start.tag : event->data.mapping_start.tag;
        walk->depth++;
    }
    if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        walk->depth--;
    if (tag)
        complain(source, line, "tags (!...) are not allowed", "", problems);
    if (walk->depth > DEPTH_MAX)
        complain(source, line, "lists or maps are nested too deeply", "", problems);
    return walk->depth <= DEPTH_MAX;
}

/* A first pass over the text, event by event, with check_event. It stops at the first level that is too deep, since
 * libyaml's time would grow with the square of the depth. */
static status_t check_text(const source_t *source, problems_t *problems) {
    yaml_parser_t parser;
    walk_t walk = {0};
    status_t status = STATUS_OK;
    bool more = true;
    start_parser(&parser, source);
    while (more && status == STATUS_OK) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = syntax_problem(&parser, source, problems);
            break;
        }
        if (!check_event(&event, &walk, source, problems))
            status = STATUS_INPUT;
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

status_t document_load(const source_t *source, void **out, problems_t *problems) {
    yaml_parser_t parser;
    *out = NULL;
    TRY(check_text(source, problems));
    start_parser(&parser, source);
    yaml_document_t *document = memory_need(1, sizeof *document, "the configuration");
    status_t status = STATUS_OK;
    if (!yaml_parser_load(&parser, document)) {
        status = syntax_problem(&parser, source, problems);
        free(document);
    } else {
        *out = document;
    }
    yaml_parser_delete(&parser);
    return status;
}

void document_free(void *document) {
    if (document)
        yaml_document_delete(document);
    free(document);
}

bool document_root(const void *document, value_t *root) {
    if (!yaml_document_get_root_node(document_of(document)))
        return false;
    *root = view(document, 1); /* nodes count from 1, the root is the first */
    return true;
}
