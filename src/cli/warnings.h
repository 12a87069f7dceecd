/* The warnings that a results file keeps (/provenance/warnings), as show, status and verify say them. */
#ifndef HARSANYI_CLI_WARNINGS_H
#define HARSANYI_CLI_WARNINGS_H

#include "results/results.h"

#include <stdio.h>

/* Writes a line "warning: ..." for each; nothing where there is none. */
status_t warnings_print(const results_t *results, FILE *out, failure_t *why);

#endif
