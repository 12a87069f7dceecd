/* A list of problems with the user's input, so that all of them are reported at once. */
#ifndef HARSANYI_BASE_PROBLEMS_H
#define HARSANYI_BASE_PROBLEMS_H

#include "base/failure.h"

#include <stddef.h>
#include <stdio.h>

/* Owned strings; zero-initialise with {0}, release with problems_free. Past PROBLEMS_MAX only the count grows. */
enum { PROBLEMS_MAX = 64 };
typedef struct {
    size_t count;
    char *texts[PROBLEMS_MAX];
} problems_t;

/* Adds one formatted problem (one line, without newline): "file:line: key: what, and what is allowed". Control
 * characters in it become '?'. */
void problems_add(problems_t *problems, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the text of a failure; its lines become one. */
void problems_add_failure(problems_t *problems, const failure_t *why);

/* What the user can fix (STATUS_INPUT) joins the problems, and STATUS_OK is returned, so that the rest is checked too;
 * any other status is returned. */
status_t problems_collect(problems_t *problems, status_t status, const failure_t *why);

/* Prints each problem on its own line, and how many more there are. */
void problems_print(const problems_t *problems, FILE *out);

void problems_free(problems_t *problems);

#endif
