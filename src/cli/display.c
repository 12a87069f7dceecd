#include "cli/display.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool continues(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t display_width(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += !continues(*text);
    return width;
}

char *display_cleaned(const char *text) {
    char *clean = memory_text("%s", text);
    text_clean(clean, false);
    return clean;
}

void display_clean(FILE *out, const char *text) {
    char *clean = display_cleaned(text);
    fputs(clean, out);
    free(clean);
}

const char *display_problem(const problems_t *problems, size_t i) {
    return problems->texts[i] ? problems->texts[i] : "(out of memory)";
}

void display_problems(FILE *out, const problems_t *problems) {
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++) {
        display_clean(out, display_problem(problems, i));
        fputc('\n', out);
    }
    if (problems->count > PROBLEMS_MAX)
        fprintf(out, "... and %zu more\n", problems->count - PROBLEMS_MAX);
}

static void spaces(FILE *out, const char *text, size_t width) {
    size_t own = display_width(text);
    fprintf(out, "%*s", own < width ? (int)(width - own) : 0, "");
}

void display_left(FILE *out, const char *text, size_t width) {
    fputs(text, out);
    spaces(out, text, width);
}

void display_right(FILE *out, const char *text, size_t width) {
    spaces(out, text, width);
    fputs(text, out);
}

/* Columns and bytes of the item at `text`, with its comma. */
static size_t item(const char *text, size_t *bytes) {
    const char *comma = strstr(text, ", ");
    size_t width = 0;
    *bytes = comma ? (size_t)(comma - text) + 1 : strlen(text);
    for (size_t i = 0; i < *bytes; i++)
        width += !continues(text[i]);
    return width;
}

void display_wrapped(FILE *out, const char *text, size_t indent) {
    size_t column = indent, bytes;
    while (*text) {
        size_t width = item(text, &bytes);
        if (column > indent && column + 1 + width > DISPLAY_COLUMNS) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)bytes, text);
        column += width;
        text += bytes;
        text += *text == ' ';
    }
    fputc('\n', out);
}

void display_number(double x, char text[DISPLAY_NUMBER]) {
    snprintf(text, DISPLAY_NUMBER, isnan(x) ? "-" : "%.4g", x);
}

void display_cell(FILE *out, double x, size_t width) {
    char text[DISPLAY_NUMBER];
    display_number(x, text);
    display_right(out, text, width);
}

void display_exact(double x, char text[DISPLAY_NUMBER]) {
    snprintf(text, DISPLAY_NUMBER, isnan(x) ? "-" : "%.15g", x);
    for (int digits = 16; digits <= 17 && !isnan(x) && strtod(text, NULL) != x; digits++)
        snprintf(text, DISPLAY_NUMBER, "%.*g", digits, x);
}

void display_spread(double mean, double std, char text[DISPLAY_SPREAD]) {
    char left[DISPLAY_NUMBER], right[DISPLAY_NUMBER];
    display_number(mean, left);
    display_number(std, right);
    snprintf(text, DISPLAY_SPREAD, isnan(mean) ? "%s" : "%s ± %s", left, right);
}

void display_short(double x, char text[DISPLAY_NUMBER]) {
    if (!(x >= 0))
        snprintf(text, DISPLAY_NUMBER, "-");
    else if (x < 1 || x >= 999999.5)
        snprintf(text, DISPLAY_NUMBER, "%.2g", x);
    else if (x < 99.95 && x != trunc(x))
        snprintf(text, DISPLAY_NUMBER, "%.1f", x);
    else
        display_count(round(x), text);
}

void display_count(double count, char text[DISPLAY_NUMBER]) {
    char digits[DISPLAY_NUMBER];
    if (!(fabs(count) <= 0x1p53) || count != trunc(count)) {
        snprintf(text, DISPLAY_NUMBER, "-");
        return;
    }
    size_t length = (size_t)snprintf(digits, sizeof digits, "%.0f", count), used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
}
