#include "base/problems.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void problems_add(problems_t *problems, const char *format, ...) {
    if (problems->count < PROBLEMS_MAX) {
        char *text = NULL;
        va_list args;
        va_start(args, format);
        if (vasprintf(&text, format, args) < 0)
            memory_ended("a message");
        va_end(args);
        text_clean(text, false);
        problems->texts[problems->count] = text;
    }
    problems->count++;
}

void problems_add_failure(problems_t *problems, const failure_t *why) {
    failure_t line = *why;
    for (char *at = line.text; (at = strchr(at, '\n'));)
        *at = ' ';
    problems_add(problems, "%s", line.text);
}

status_t problems_collect(problems_t *problems, status_t status, const failure_t *why) {
    if (status != STATUS_INPUT)
        return status;
    problems_add_failure(problems, why);
    return STATUS_OK;
}

void problems_print(const problems_t *problems, FILE *out) {
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
        fprintf(out, "%s\n", problems->texts[i]);
    if (problems->count > PROBLEMS_MAX)
        fprintf(out, "... and %zu more\n", problems->count - PROBLEMS_MAX);
}

void problems_free(problems_t *problems) {
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
        free(problems->texts[i]);
    problems->count = 0;
}
