#include "base/failure.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef failed

status_t failed(failure_t *why, status_t status, const char *format, ...) {
    if (why) {
        va_list args;
        why->status = status;
        why->mask = 0;
        va_start(args, format);
        vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
        text_clean(why->text, true);
    }
    return status;
}

status_t failed_within(failure_t *why, const char *format, ...) {
    char before[FAILURE_TEXT], after[FAILURE_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(before, sizeof before, format, args);
    va_end(args);
    memcpy(after, why->text, sizeof after);
    /* Two texts of full length do not fit in one: the end of the longer story is cut. */
    size_t used = (size_t)snprintf(why->text, sizeof why->text, "%.*s: ", FAILURE_TEXT / 2, before);
    snprintf(why->text + used, sizeof why->text - used, "%.*s", FAILURE_TEXT - 1 - (int)used, after);
    text_clean(why->text, true);
    return why->status;
}
