#include "config/memory.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct piece {
    struct piece *next;
    max_align_t data[];
} piece_t;

void *memory_take(void **memory, size_t bytes) {
    piece_t *piece = memory_need(1, sizeof *piece + bytes, "the configuration");
    piece->next = *memory;
    *memory = piece;
    return piece->data;
}

char *memory_print(void **memory, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t bytes = (size_t)vsnprintf(NULL, 0, format, args) + 1;
    va_end(args);
    char *text = memory_take(memory, bytes);
    va_start(args, format);
    vsnprintf(text, bytes, format, args);
    va_end(args);
    return text;
}

void memory_free(void **memory) {
    for (piece_t *piece = *memory, *next; piece; piece = next) {
        next = piece->next;
        free(piece);
    }
    *memory = NULL;
}
