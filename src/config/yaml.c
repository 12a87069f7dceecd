#include "config/yaml.h"

#include "base/memory.h"

#include <string.h>
#include <yaml.h>

enum {
    DESCRIBE_BYTES = 40,
    DESCRIBE_ITEMS = 6,
    DESCRIBE_DEPTH = 2,
    DEPTH_MAX = 32 /* of nested lists and maps: libyaml's time grows with the square of the depth */
};

/* ---- in messages ---- */

void text_add_excerpt(text_t *out, const char *text) {
    size_t before = out->length, shown = text_fitting(text, DESCRIBE_BYTES);
    text_add(out, "%.*s%s", (int)shown, text, text[shown] ? "..." : "");
    text_clean(out->chars + before, false);
}

/* The list or map as in flow style, down to `depth` levels. */
static void describe(const value_t *value, int depth, text_t *out) {
    bool map = value->kind == VALUE_MAP;
    size_t shown = 0;
    if (!map && value->kind != VALUE_LIST) {
        const char *quote = value->kind == VALUE_QUOTED ? "\"" : "";
        text_add(out, "%s", quote);
        text_add_excerpt(out, value->kind == VALUE_NULL ? "null" : value->text);
        text_add(out, "%s", quote);
        return;
    }
    text_add(out, "%s", map ? "{" : "[");
    for (const value_t *item = value->first; item; item = item->next) {
        text_add(out, "%s", shown ? ", " : "");
        if (shown++ == DESCRIBE_ITEMS || depth == 0) {
            text_add(out, "...");
            break;
        }
        describe(item, depth - 1, out);
        if (map) {
            item = item->next;
            text_add(out, ": ");
            describe(item, depth - 1, out);
        }
    }
    text_add(out, "%s", map ? "}" : "]");
}

void value_describe(const value_t *value, text_t *out) {
    describe(value, DESCRIBE_DEPTH, out);
}

/* ---- from libyaml's events ---- */

typedef struct {
    yaml_parser_t parser;
    const source_t *source;
    void **memory;
    problems_t *problems;
} reader_t;

/* Adds a problem; false. */
static bool complain(const reader_t *r, size_t line, const char *what, const char *detail) {
    if (r->source->lines)
        problems_add(r->problems, "%s:%zu: %s%s", r->source->name, line, what, detail);
    else
        problems_add(r->problems, "%s: %s%s", r->source->name, what, detail);
    return false;
}

/* libyaml gives a line for errors of the scanner and parser, and a byte offset for unreadable bytes. */
static bool syntax_problem(const reader_t *r) {
    size_t line = r->parser.problem_mark.line + 1;
    if (r->parser.error == YAML_MEMORY_ERROR)
        memory_ended("the configuration");
    if (r->parser.error == YAML_READER_ERROR) {
        line = 1;
        for (size_t i = 0; i < r->source->length && i < r->parser.problem_offset; i++)
            line += r->source->text[i] == '\n';
    }
    return complain(r, line, "not YAML: ", r->parser.problem ? r->parser.problem : "unknown error");
}

static bool read_value(reader_t *r, const yaml_event_t *event, int depth, value_t *out);

/* Reads what is in a list or map, or (depth 0) the document in a text, up to its end. */
static bool read_items(reader_t *r, int depth, value_t *out) {
    bool good = true, end = false;
    for (const value_t **at = &out->first; good && !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event))
            return syntax_problem(r);
        yaml_event_type_t type = event.type;
        end = type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT || type == YAML_STREAM_END_EVENT;
        if (type == YAML_DOCUMENT_START_EVENT && out->first) {
            good = complain(r, event.start_mark.line + 1, "a second document begins here; only one is allowed", "");
        } else if (type == YAML_ALIAS_EVENT || type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
                   type == YAML_MAPPING_START_EVENT) {
            value_t *item = memory_take(r->memory, sizeof *item);
            good = read_value(r, &event, depth + 1, item);
            *at = item;
            at = &item->next;
            out->count++;
        }
        yaml_event_delete(&event);
    }
    return good;
}

static void read_scalar(const reader_t *r, const yaml_event_t *event, value_t *out) {
    const char *text = (const char *)event->data.scalar.value;
    bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    bool none = text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
    if (memchr(text, '\0', event->data.scalar.length))
        complain(r, out->line, "text with a NUL character is not allowed", "");
    out->kind = quoted ? VALUE_QUOTED : none ? VALUE_NULL : VALUE_PLAIN;
    if (out->kind != VALUE_NULL)
        out->text = memory_print(r->memory, "%s", text);
}

/* The value that begins with `event`. False: reading must stop, a problem was added. */
static bool read_value(reader_t *r, const yaml_event_t *event, int depth, value_t *out) {
    bool scalar = event->type == YAML_SCALAR_EVENT, list = event->type == YAML_SEQUENCE_START_EVENT;
    *out = (value_t){.text = "", .line = event->start_mark.line + 1};
    if (event->type == YAML_ALIAS_EVENT)
        return complain(r, out->line, "aliases (*name) are not allowed; write the value again", "");
    if (scalar ? event->data.scalar.tag : list ? event->data.sequence_start.tag : event->data.mapping_start.tag)
        complain(r, out->line, "tags (!...) are not allowed", "");
    if (scalar) {
        read_scalar(r, event, out);
        return true;
    }
    if (depth > DEPTH_MAX)
        return complain(r, out->line, "lists or maps are nested too deeply", "");
    out->kind = list ? VALUE_LIST : VALUE_MAP;
    bool good = read_items(r, depth, out);
    out->count /= list ? 1 : 2;
    return good;
}

status_t value_parse(const source_t *source, void **memory, const value_t **root, problems_t *problems) {
    static const char MARK[] =
        "\xef\xbb\xbf"; /* some editors start UTF-8 files with it; libyaml would count it as a column */
    size_t skipped = source->length >= 3 && memcmp(source->text, MARK, 3) == 0 ? 3 : 0;
    reader_t r = {.source = source, .memory = memory, .problems = problems};
    if (!yaml_parser_initialize(&r.parser))
        memory_ended("the configuration");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)source->text + skipped, source->length - skipped);
    value_t document = {0};
    bool good = read_items(&r, 0, &document);
    yaml_parser_delete(&r.parser);
    *root = good ? document.first : NULL;
    return good ? STATUS_OK : STATUS_INPUT;
}
