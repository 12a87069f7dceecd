/* A growing string. */
#ifndef HARSANYI_BASE_TEXT_H
#define HARSANYI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise with {0}; `chars` is NUL-terminated once something was added, NULL before; free with text_free. */
typedef struct {
    char *chars;
    size_t length, capacity;
    bool out_of_memory; /* always false: without memory the process ends (base/memory.h) */
} text_t;

void text_add(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(text_t *text);

/* The bytes of the character at `at`, which ends with a NUL; 0: it is not UTF-8, a control character, or one that
 * changes the direction of text, and must not reach a terminal. */
size_t text_printable(const char *at);

/* Replaces every byte that is not part of such a character with '?'. lines: keep '\n'. */
void text_clean(char *text, bool lines);

#endif
