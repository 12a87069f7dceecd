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

/* Adds the text with '?' for control characters and for bytes that are no UTF-8. */
void display_add_clean(text_t *out, const char *text);

/* The same, written. */
void display_clean(FILE *out, const char *text);

/* problems_print for texts that may quote files that nobody vouches for. */
void display_problems(FILE *out, const problems_t *problems);

/* Writes the text and spaces up to `width` columns, on the left or right side of it. */
void display_left(FILE *out, const char *text, size_t width);
void display_right(FILE *out, const char *text, size_t width);

/* Writes the text from column `indent` on, broken between items (", ") into lines of DISPLAY_COLUMNS, and ends the
 * line. */
void display_wrapped(FILE *out, const char *text, size_t indent);

/* Four significant digits; "-" for NaN. */
void display_number(double x, char text[DISPLAY_NUMBER]);
/* The same, right-aligned in `width` columns. */
void display_cell(FILE *out, double x, size_t width);
/* As few digits as give the same double when they are read back, of 15 to 17; "-" for NaN. */
void display_exact(double x, char text[DISPLAY_NUMBER]);
/* "1.18 ± 0.22", or "-" for NaN. */
void display_spread(double mean, double std, char text[DISPLAY_SPREAD]);
/* In about 7 columns: 0.041, 12.5, 65,535, 1.9e+08; "-" for NaN and for what is negative. */
void display_short(double x, char text[DISPLAY_NUMBER]);
/* A whole number as 65,535; "-" for what is none, and for more than 2^53. */
void display_count(double count, char text[DISPLAY_NUMBER]);

#endif
