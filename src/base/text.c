#include "base/text.h"

#include "base/memory.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

size_t text_character(const char *at, size_t left, uint32_t *code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)at[0];
    size_t bytes = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (bytes > left)
        return 0;
    *code = bytes == 1 ? lead : lead & (0xffu >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if (!continues(at[i]))
            return 0;
        *code = *code << 6 | ((unsigned char)at[i] & 0x3f);
    }
    bool surrogate = *code >= 0xd800 && *code < 0xe000;
    return *code < least[bytes] || *code > 0x10ffff || surrogate ? 0 : bytes;
}

bool text_control(uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

size_t text_fitting(const char *text, size_t most) {
    size_t length = strnlen(text, most + 1);
    if (length > most)
        for (length = most; length > 0 && continues(text[length]);)
            length--;
    return length;
}

void text_without_masks(const char *text, char *out, size_t capacity) {
    size_t used = 0;
    while (*text && used + sizeof "..." < capacity) {
        bool mask = text[0] == '0' && text[1] == 'x';
        text += mask ? 2 + strspn(text + 2, "0123456789abcdefABCDEF") : 0;
        if (mask)
            used += (size_t)(stpcpy(out + used, "...") - (out + used));
        else
            out[used++] = *text++;
    }
    out[used] = '\0';
}

void text_clean(char *text, bool lines) {
    uint32_t code;
    for (size_t bytes; *text; text += bytes) {
        bytes = text_character(text, SIZE_MAX, &code);
        bool turns = bytes && ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069));
        bool steers = bytes && text_control(code) && !(lines && code == '\n');
        if (bytes == 0 || turns || steers) {
            *text = '?';
            bytes = 1; /* bytes that continued the character are cleaned next */
        }
    }
}

bool text_whole(const char *text, int64_t *out) {
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno != 0)
        return false;
    *out = value;
    return true;
}

bool text_real(const char *text, double *out) {
    /* strtod would also take blanks, hexadecimal numbers, "nan" and "inf". */
    if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

void text_shortest(double value, char out[TEXT_NUMBER]) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, TEXT_NUMBER, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}
