/* JSON of what a command reports. */
#ifndef HARSANYI_CLI_TO_JSON_H
#define HARSANYI_CLI_TO_JSON_H

#include "base/failure.h"

#include <jansson.h>

/* null for NaN and infinities. */
json_t *to_json_number(double x);

/* With '?' for bytes that are not UTF-8, and for control characters. */
json_t *to_json_text(const char *text);

/* Prints the object and a newline, and releases it. Without an object (json_pack had no memory) the process ends as in
 * base/memory.h. STATUS_INTERNAL when it cannot be written. */
status_t to_json_print(json_t *object, failure_t *why);

#endif
