/* Text for people on stdout: UTF-8 names by their width, numbers short, untrusted bytes harmless. */
#ifndef HARSANYI_CLI_DISPLAY_H
#define HARSANYI_CLI_DISPLAY_H

#include "base/failure.h"
#include "base/problems.h"
#include "base/progress.h"
#include "base/text.h"

#include <jansson.h>
#include <stddef.h>

enum { DISPLAY_COLUMNS = 100 };

/* Columns that a text in UTF-8 takes. */
size_t display_width(const char *text);

/* A copy with '?' for control characters and for bytes that are not UTF-8; free with free(). */
char *display_cleaned(const char *text);

/* Prints such a copy. */
void display_clean(const char *text);

/* Prints the text, and spaces up to `width` columns. */
void display_left(const char *text, size_t width);

/* Prints the text from column `indent` on, broken between items (", ") into lines of DISPLAY_COLUMNS, and ends the
 * line. */
void display_wrapped(const char *text, size_t indent);

/* A number as text: printf("%12s", display_number(x).text). */
typedef struct {
    char text[72];
} display_t;

/* Four significant digits; "-" for NaN, "0" for -0. */
display_t display_number(double x);
/* The fewest digits, of 15 to 17, that read back as the same double; "-" for NaN, "0" for -0. */
display_t display_exact(double x);
/* "1.18 ± 0.22", or "-" for NaN. */
display_t display_spread(double mean, double std);
/* 0.1234 as "12.34 %", with that many digits behind the point; "-" for NaN. */
display_t display_percent(double share, int digits);
/* In about 7 columns: 0.041, 12.5, 65,535, 1.9e+08; "-" for NaN and negative numbers. */
display_t display_short(double x);
/* A whole number as 65,535; "-" for other numbers, and for more than 2^53. */
display_t display_count(double count);

/* ---- JSON of what a command reports ---- */

/* null for NaN and infinities. */
json_t *display_json_number(double x);

/* With '?' for bytes that are not UTF-8, and for control characters. */
json_t *display_json_text(const char *text);

/* A list of them. */
json_t *display_json_texts(const problems_t *texts);

/* Prints the object and a newline, and releases it. Without an object (json_pack had no memory) the process ends as in
 * base/memory.h. STATUS_INTERNAL when it cannot be written. */
status_t display_json(json_t *object, failure_t *why);

#endif
