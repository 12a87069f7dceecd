#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void text_add(text_t *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    size_t total = text->length + (size_t)(need < 0 ? 0 : need) + 1;
    if (total > text->capacity) {
        size_t capacity = total * 2;
        char *grown = realloc(text->chars, capacity);
        if (grown) {
            text->chars = grown;
            text->capacity = capacity;
        }
    }
    if (need < 0 || total > text->capacity)
        text->out_of_memory = true;
    else
        text->length += (size_t)vsnprintf(text->chars + text->length, text->capacity - text->length, format, again);
    va_end(again);
    va_end(args);
}

void text_free(text_t *text) {
    free(text->chars);
    *text = (text_t){0};
}
