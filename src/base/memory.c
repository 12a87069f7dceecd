#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Does not use stdio: it may need memory, or another thread may hold its lock. */
_Noreturn void memory_ended(const char *what) {
    char line[256];
    int length = snprintf(line, sizeof line, "harsanyi: error: out of memory for %.200s\n", what);
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)length);
    (void)ignored;
    _exit(3);
}

void *memory_need(size_t count, size_t size, const char *what) {
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        memory_ended(what);
    return memory;
}

void *memory_grow(void *old, size_t count, size_t size, const char *what) {
    void *memory = reallocarray(old, count ? count : 1, size ? size : 1);
    if (!memory)
        memory_ended(what);
    return memory;
}

char *memory_text(const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        memory_ended("a text");
    return text;
}

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
