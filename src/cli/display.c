#include "cli/display.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The columns of a code point as terminals have them: 2 for the scripts of East Asia and for pictures, 0 for what is
 * drawn over the one before. The locale, and so wcwidth, need not know UTF-8. */
static size_t point_columns(uint32_t point) {
    static const struct {
        uint32_t first, last;
        size_t columns;
    } RANGES[] = {{0x300, 0x36f, 0},     {0x200b, 0x200f, 0},  {0x20d0, 0x20ff, 0}, {0xfe00, 0xfe0f, 0},
                  {0x1100, 0x115f, 2},   {0x2e80, 0xa4cf, 2},  {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},
                  {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},  {0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2},
                  {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}};
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (point >= RANGES[i].first && point <= RANGES[i].last)
            return RANGES[i].columns;
    return 1;
}

/* The text is UTF-8. */
static size_t columns(const char *text, size_t bytes) {
    size_t width = 0;
    for (size_t i = 0, length; i < bytes; i += length) {
        const unsigned char lead = (unsigned char)text[i];
        uint32_t point = lead < 0x80 ? lead : lead & (lead < 0xe0 ? 0x1f : lead < 0xf0 ? 0xf : 7);
        for (length = 1; i + length < bytes && ((unsigned char)text[i + length] & 0xc0) == 0x80; length++)
            point = point << 6 | ((unsigned char)text[i + length] & 0x3f);
        width += point_columns(point);
    }
    return width;
}

size_t display_width(const char *text) {
    return columns(text, strlen(text));
}

char *display_cleaned(const char *text) {
    char *clean = memory_text("%s", text);
    text_clean(clean, false);
    return clean;
}

void display_clean(const char *text) {
    char *clean OWNED = display_cleaned(text);
    fputs(clean, stdout);
}

void display_left(const char *text, size_t width) {
    size_t own = display_width(text);
    printf("%s%*s", text, own < width ? (int)(width - own) : 0, "");
}

/* Columns and bytes of the item at `text`, with its comma. */
static size_t item(const char *text, size_t *bytes) {
    const char *comma = strstr(text, ", ");
    *bytes = comma ? (size_t)(comma - text) + 1 : strlen(text);
    return columns(text, *bytes);
}

void display_wrapped(const char *text, size_t indent) {
    size_t column = indent, bytes;
    while (*text) {
        size_t width = item(text, &bytes);
        if (column > indent && column + 1 + width > DISPLAY_COLUMNS) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)bytes, text);
        column += width;
        text += bytes;
        text += *text == ' ';
    }
    putchar('\n');
}

static display_t with_digits(double x, int digits) {
    display_t out = {"-"};
    if (!isnan(x))
        snprintf(out.text, sizeof out.text, "%.*g", digits, x + 0.0); /* -0 + 0 is 0 */
    return out;
}

display_t display_number(double x) {
    return with_digits(x, 4);
}

display_t display_exact(double x) {
    display_t out = {"-"};
    if (!isnan(x))
        text_shortest(x + 0.0, out.text);
    return out;
}

display_t display_spread(double mean, double std) {
    display_t out = display_number(mean);
    if (!isnan(mean))
        snprintf(out.text, sizeof out.text, "%.4g ± %.32s", mean, display_number(std).text);
    return out;
}

display_t display_percent(double share, int digits) {
    display_t out = {"-"};
    if (!isnan(share))
        snprintf(out.text, sizeof out.text, "%.*f %%", digits, 100 * share);
    return out;
}

display_t display_short(double x) {
    display_t out = {"-"};
    if (x < 1 || x >= 999999.5)
        return with_digits(x >= 0 ? x : NAN, 2);
    if (isnan(x) || x >= 99.95 || x == trunc(x))
        return display_count(round(x));
    snprintf(out.text, sizeof out.text, "%.1f", x);
    return out;
}

display_t display_count(double count) {
    display_t out = {"-"};
    char digits[sizeof out.text];
    if (!(fabs(count) <= 0x1p53) || count != trunc(count))
        return out;
    size_t length = (size_t)snprintf(digits, sizeof digits, "%.0f", count), used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            out.text[used++] = ',';
        out.text[used++] = digits[i];
    }
    out.text[used] = '\0';
    return out;
}

json_t *display_json_number(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *display_json_text(const char *text) {
    char *clean OWNED = display_cleaned(text);
    json_t *json = json_string(clean);
    if (!json)
        memory_ended("the JSON output");
    return json;
}

json_t *display_json_texts(const problems_t *texts) {
    json_t *list = json_array();
    for (size_t i = 0; i < texts->count && i < PROBLEMS_MAX; i++)
        json_array_append_new(list, display_json_text(texts->texts[i]));
    return list;
}

status_t display_json(json_t *object, failure_t *why) {
    if (!object)
        memory_ended("the JSON output");
    bool written = json_dumpf(object, stdout, JSON_INDENT(1)) == 0 && putchar('\n') != EOF;
    json_decref(object);
    return written ? STATUS_OK : failed(why, STATUS_INTERNAL, "the JSON output cannot be written");
}
