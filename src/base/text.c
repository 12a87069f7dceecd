#include "base/text.h"

#include "base/memory.h"

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
        text->capacity = total * 2;
        text->chars = memory_grow(text->chars, text->capacity, 1, "a text");
    }
    if (need >= 0)
        text->length += (size_t)vsnprintf(text->chars + text->length, text->capacity - text->length, format, again);
    va_end(again);
    va_end(args);
}

void text_free(text_t *text) {
    free(text->chars);
    *text = (text_t){0};
}

static bool continues(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t text_printable(const char *at) {
    unsigned char lead = (unsigned char)at[0], next = lead ? (unsigned char)at[1] : 0;
    size_t bytes = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < bytes; i++)
        if (!continues(at[i]))
            return 0;
    bool control = lead < 0x20 || lead == 0x7f || (lead == 0xc2 && next < 0xa0);
    /* U+202A ... U+202E and U+2066 ... U+2069 */
    unsigned char last = bytes == 3 ? (unsigned char)at[2] : 0;
    bool turns = lead == 0xe2 &&
                 ((next == 0x80 && last >= 0xaa && last <= 0xae) || (next == 0x81 && last >= 0xa6 && last <= 0xa9));
    return control || turns ? 0 : bytes;
}

void text_clean(char *text, bool lines) {
    while (*text) {
        size_t bytes = lines && *text == '\n' ? 1 : text_printable(text);
        if (bytes == 0)
            *text = '?';
        text += bytes ? bytes : 1;
    }
}
