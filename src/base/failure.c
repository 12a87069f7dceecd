#include "base/failure.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "run/writer.c" of ".../src/run/writer.c". */
static const char *below_src(const char *file) {
    const char *src = NULL;
    for (const char *at = strstr(file, "src/"); at; at = strstr(at + 1, "src/"))
        src = at;
    return src ? src + strlen("src/") : file;
}

status_t failed_at(const char *file, int line, failure_t *why, status_t status, const char *format, ...) {
    if (why) {
        va_list args;
        why->status = status;
        why->mask = 0;
        snprintf(why->place, sizeof why->place, "%s:%d", below_src(file), line);
        va_start(args, format);
        vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
        text_clean(why->text, true);
    }
    return status;
}

failure_place_t failure_place(const failure_t *why) {
    failure_place_t place = {""};
    if (why->status == STATUS_INTERNAL && why->place[0])
        snprintf(place.text, sizeof place.text, " (%s)", why->place);
    return place;
}

outcome_t failure_outcome(status_t status) {
    if (status == STATUS_OK)
        return OUTCOME_OK;
    return status == STATUS_TRANSIENT ? OUTCOME_TRANSIENT : OUTCOME_CERTAIN;
}

int failure_exit_code(status_t status) {
    switch (status) {
    case STATUS_OK:
    case STATUS_INPUT:
    case STATUS_STOPPED:
        return (int)status;
    default:
        return (int)STATUS_INTERNAL;
    }
}

status_t failed_within(failure_t *why, const char *format, ...) {
    char after[FAILURE_TEXT];
    va_list args;
    memcpy(after, why->text, sizeof after);
    va_start(args, format);
    vsnprintf(why->text, FAILURE_TEXT / 2, format, args); /* the rest is for what follows */
    va_end(args);
    size_t used = strlen(why->text);
    snprintf(why->text + used, sizeof why->text - used, ": %.*s", FAILURE_TEXT - 3 - (int)used, after);
    text_clean(why->text, true);
    return why->status;
}
