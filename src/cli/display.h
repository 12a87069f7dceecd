/* Text for people in columns: UTF-8 names by their width, numbers short, untrusted bytes harmless. */
#ifndef HARSANYI_CLI_DISPLAY_H
#define HARSANYI_CLI_DISPLAY_H

#include "base/problems.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { DISPLAY_COLUMNS = 100, DISPLAY_NUMBER = 32, DISPLAY_SPREAD = 72 };

/* Columns that a text takes: its code points. */
size_t display_width(const char *text);

/* A copy with '?' for control characters and for bytes that are not UTF-8; free with free(). */
char *display_cleaned(const char *text);

/* Writes such a copy. */
void display_clean(FILE *out, const char *text);

/* The text of problem i; says so when there was no memory for it. */
const char *display_problem(const problems_t *problems, size_t i);

/* problems_print for texts that may quote untrusted files. */
void display_problems(FILE *out, const problems_t *problems);

/* Writes the text, filled up with spaces to `width` columns, on the left or right side. */
void display_left(FILE *out, const char *text, size_t width);
void display_right(FILE *out, const char *text, size_t width);

/* Writes the text from column `indent` on, broken between items (", ") into lines of DISPLAY_COLUMNS, and ends the
 * line. */
void display_wrapped(FILE *out, const char *text, size_t indent);

/* Four significant digits; "-" for NaN. */
void display_number(double x, char text[DISPLAY_NUMBER]);
/* The same, right-aligned in `width` columns. */
void display_cell(FILE *out, double x, size_t width);
/* The fewest digits, of 15 to 17, that read back as the same double; "-" for NaN. */
void display_exact(double x, char text[DISPLAY_NUMBER]);
/* "1.18 ± 0.22", or "-" for NaN. */
void display_spread(double mean, double std, char text[DISPLAY_SPREAD]);
/* In about 7 columns: 0.041, 12.5, 65,535, 1.9e+08; "-" for NaN and negative numbers. */
void display_short(double x, char text[DISPLAY_NUMBER]);
/* A whole number as 65,535; "-" for other numbers, and for more than 2^53. */
void display_count(double count, char text[DISPLAY_NUMBER]);

#endif
