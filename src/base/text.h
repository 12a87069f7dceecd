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

#endif
