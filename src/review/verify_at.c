#include "review/verify_at.h"

#include <stdarg.h>
#include <stdio.h>

void verify_complain(const verify_at_t *at, const char *dataset, const char *format, ...) {
    char text[FAILURE_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    problems_add(at->problems, "%s: sample %lld (index %lld): %s", dataset, (long long)at->sample,
                 (long long)results_index(at->results, at->sample), text);
}
