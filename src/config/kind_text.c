#include "config/kind_text.h"

#include "config/number.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const void *field(const config_t *config, size_t at) {
    return (const char *)config + at;
}

/* ---- values ---- */

/* Decodes one UTF-8 character of a NUL-terminated text and sets its length; REPLACEMENT for an invalid byte (possible
 * only in paths from the command line: YAML was checked). */
enum { REPLACEMENT = 0xfffd };
static unsigned long character(const unsigned char *at, size_t *bytes) {
    static const struct {
        unsigned char mask, lead;
        unsigned long least;
    } forms[] = {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    *bytes = 1;
    if (at[0] < 0x80)
        return at[0];
    for (size_t f = 0; f < 3; f++) {
        if ((at[0] & forms[f].mask) != forms[f].lead)
            continue;
        unsigned long code = at[0] & (unsigned char)~forms[f].mask;
        for (size_t i = 1; i < f + 2; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return REPLACEMENT;
            code = code << 6 | (at[i] & 0x3f);
        }
        if (code < forms[f].least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return REPLACEMENT;
        *bytes = f + 2;
        return code;
    }
    return REPLACEMENT;
}

/* Characters that YAML requires to be escaped, or that would end a line. */
static bool is_escaped(unsigned long code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 || code == 0xfeff ||
           (code >= REPLACEMENT && code <= 0xffff);
}

static void write_text(const char *string, text_t *out) {
    if (!string) {
        text_add(out, "null");
        return;
    }
    text_add(out, "\"");
    size_t bytes;
    for (const unsigned char *at = (const unsigned char *)string; *at; at += bytes) {
        unsigned long code = character(at, &bytes);
        if (code == '"' || code == '\\')
            text_add(out, "\\%c", (int)code);
        else if (is_escaped(code))
            text_add(out, "\\u%04lx", code);
        else
            text_add(out, "%.*s", (int)bytes, (const char *)at);
    }
    text_add(out, "\"");
}

static void write_real(double number, text_t *out) {
    char digits[NUMBER_TEXT];
    number_text(number, digits);
    text_add(out, "%s", digits);
}

static double number_at(key_kind_t kind, const void *at) {
    if (kind == KIND_INT)
        return *(const int *)at;
    return kind == KIND_INT64 ? (double)*(const int64_t *)at : *(const double *)at;
}

/* A number, or the word for it. NaN is not a number here: `null` stores it. */
static void write_number(const config_key_t *key, key_kind_t kind, const void *at, text_t *out) {
    double number = number_at(kind, at);
    if (key->none && (number == key->none_value || (isnan(number) && isnan(key->none_value))))
        text_add(out, "%s", key->none);
    else if (kind == KIND_NUMBER)
        write_real(number, out);
    else
        text_add(out, "%" PRId64, (int64_t)number);
}

static void write_word(const config_key_t *key, const config_t *config, text_t *out) {
    int position = *(const int *)field(config, key->at);
    for (int i = 0; i < position; i++)
        if (!key->words[i + 1]) {
            write_number(key, key->number_kind, field(config, key->number_at), out);
            return;
        }
    text_add(out, "%s", key->words[position]);
}

static void write_range(const config_key_t *key, const config_t *config, text_t *out) {
    int low = *(const int *)field(config, key->at), high = *(const int *)field(config, key->number_at);
    if (key->none && low == (int)key->none_value)
        text_add(out, "%s", key->none);
    else if (key->single && low == high)
        text_add(out, "%d", low);
    else
        text_add(out, "[%d, %d]", low, high);
}

static void write_select(const samples_options_t *samples, text_t *out) {
    if (samples->select_all) {
        text_add(out, "null");
    } else if (!samples->select_list) {
        text_add(out, "\"%" PRId64 ":%" PRId64 "\"", samples->select_first, samples->select_end);
    } else {
        for (size_t i = 0; i < samples->select_count; i++)
            text_add(out, "%s%" PRId64, i ? ", " : "[", samples->select_list[i]);
        text_add(out, "]");
    }
}

static void write_players(const config_key_t *key, const samples_options_t *samples, text_t *out) {
    if (samples->players == PLAYERS_GRID)
        text_add(out, "{grid: [%" PRId64 ", %" PRId64 "]}", samples->grid[0], samples->grid[1]);
    else
        text_add(out, "%s", key->words[samples->players]);
}

static void write_indices(const config_key_t *key, const config_t *config, text_t *out) {
    unsigned bits = *(const unsigned *)field(config, key->at);
    const char *before = "[";
    for (size_t i = 0; key->words[i]; i++)
        if (INDEX_WORD_BITS[i] == 0 || (bits & INDEX_WORD_BITS[i])) {
            text_add(out, "%s%s", before, key->words[i]);
            before = ", ";
        }
    text_add(out, "]");
}

void kind_write(const config_key_t *key, const config_t *config, text_t *out) {
    switch (key->kind) {
    case KIND_WORD:
        write_word(key, config, out);
        break;
    case KIND_INT:
    case KIND_INT64:
    case KIND_NUMBER:
        write_number(key, key->kind, field(config, key->at), out);
        break;
    case KIND_BOOL:
        text_add(out, *(const bool *)field(config, key->at) ? "true" : "false");
        break;
    case KIND_TEXT:
    case KIND_PATH:
        write_text(*(const char *const *)field(config, key->at), out);
        break;
    case KIND_RANGE:
        write_range(key, config, out);
        break;
    case KIND_SELECT:
        write_select(&config->samples, out);
        break;
    case KIND_PLAYERS:
        write_players(key, &config->samples, out);
        break;
    case KIND_INDICES:
        write_indices(key, config, out);
        break;
    }
}

/* ---- what is allowed ---- */

static void allow_words(const char *const *words, const char *last, text_t *out) {
    for (size_t i = 0; words[i]; i++)
        text_add(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : last, words[i]);
}

static void allow_number(const config_key_t *key, key_kind_t kind, text_t *out) {
    const char *what = kind == KIND_NUMBER ? "a number" : key->power_of_two ? "a power of two" : "a whole number";
    bool limited = isfinite(key->high) && key->high < WHOLE_MAX;
    text_add(out, "%s", what);
    if (limited && !key->low_open && !key->high_open)
        text_add(out, " from %.0f to %.0f", key->low, key->high);
    else if (isfinite(key->low))
        text_add(out, " %s %.0f", key->low_open ? ">" : ">=", key->low);
    if (limited && (key->low_open || key->high_open))
        text_add(out, " and %s %.0f", key->high_open ? "<" : "<=", key->high);
}

static void allow_range(const config_key_t *key, text_t *out) {
    if (key->single)
        text_add(out, "a whole number from %.0f to %.0f, or two as ", key->low, key->high);
    text_add(out, "[min, max]");
    if (!key->single)
        text_add(out, " with whole numbers from %.0f to %.0f", key->low, key->high);
}

void kind_allowed(const config_key_t *key, text_t *out) {
    if (key->none)
        text_add(out, "%s or ", key->none);
    switch (key->kind) {
    case KIND_WORD:
        allow_words(key->words, key->number_at ? ", " : " or ", out);
        if (key->number_at) {
            text_add(out, " or ");
            allow_number(key, key->number_kind, out);
        }
        break;
    case KIND_INT:
    case KIND_INT64:
    case KIND_NUMBER:
        allow_number(key, key->kind, out);
        break;
    case KIND_BOOL:
        text_add(out, "true or false");
        break;
    case KIND_TEXT:
        text_add(out, "%sa name", key->fallback ? "null or " : "");
        break;
    case KIND_PATH:
        text_add(out, "%sa path", key->fallback ? "null or " : "");
        break;
    case KIND_RANGE:
        allow_range(key, out);
        break;
    case KIND_SELECT:
        text_add(out, "null, \"first:end\" or a list of row numbers like [3, 5, 8]");
        break;
    case KIND_PLAYERS:
        allow_words(key->words, ", ", out);
        text_add(out, " or {grid: [rows, columns]}");
        break;
    case KIND_INDICES:
        text_add(out, "a list of ");
        allow_words(key->words, " and ", out);
        break;
    }
}
