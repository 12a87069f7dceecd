/* What `harsanyi status --json` prints. */
#ifndef HARSANYI_CLI_STATUS_JSON_H
#define HARSANYI_CLI_STATUS_JSON_H

#include "review/sweep_status.h"

#include <stdio.h>

/* Writes one object and a newline; numbers that are not known are null. */
status_t status_json_print(const char *path, const results_t *results, const sweep_status_t *standing, FILE *out,
                           failure_t *why);

#endif
