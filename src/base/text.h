/* A growing string. */
#ifndef HARSANYI_BASE_TEXT_H
#define HARSANYI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise with {0}; `chars` is NUL-terminated once something was added, NULL before; free with text_free. */
typedef struct {
    char *chars;
    size_t length, capacity;
    bool out_of_memory; /* set once an addition was lost; check it before the text is used for anything that matters */
} text_t;

void text_add(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(text_t *text);

/* The bytes of the character at `at`, which ends with a NUL; 0: it is no UTF-8, a control character, or one that turns
 * the direction of the text around it, and must not reach a terminal. */
size_t text_printable(const char *at);

/* Puts '?' for every byte that is not of such a character. lines: '\n' may stay. */
void text_clean(char *text, bool lines);

#endif
