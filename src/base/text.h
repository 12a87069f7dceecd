/* A growing string, and UTF-8. */
#ifndef HARSANYI_BASE_TEXT_H
#define HARSANYI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise with {0}; `chars` is NUL-terminated once something was added, NULL before; free with text_free.
 * Without memory the process ends (base/memory.h). */
typedef struct {
    char *chars;
    size_t length, capacity;
} text_t;

void text_add(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(text_t *text);

/* The bytes (1 to 4) of the UTF-8 character at `at` and its code; 0: the `left` bytes there, or those up to a NUL, do
 * not begin with a character (a byte alone, too long a form, a surrogate, beyond U+10FFFF). */
size_t text_character(const char *at, size_t left, uint32_t *code);

/* Whether the character ends a line, rings a bell, or steers a terminal in another way (C0, DEL, C1). */
bool text_control(uint32_t code);

/* The length of the text without the characters that do not fit whole into `most` bytes. */
size_t text_fitting(const char *text, size_t most);

/* The text with "..." in place of each hexadecimal number, as far as it fits: what errors have in common that differ in
 * their masks. */
void text_without_masks(const char *text, char *out, size_t capacity);

/* Replaces every byte that must not reach a terminal with '?': what is not UTF-8, control characters, and characters
 * that change the direction of text. lines: keep '\n'. */
void text_clean(char *text, bool lines);

/* ---- numbers from text and back, strictly: the whole text or nothing, in the C locale, never NaN or infinity ---- */

/* Decimal digits with an optional sign ("12", "-3"); false for anything else ("12x", "1e3", "0x10", "", " 1") and for
 * what does not fit. */
bool text_whole(const char *text, int64_t *out);

/* A decimal number ("0.05", "-1e-3", ".5"); false for anything else ("nan", "inf", "0x1p3") and for what overflows. */
bool text_real(const char *text, double *out);

/* The shortest decimal text that text_real reads back to the same double; NaN and infinities are not for it. */
enum { TEXT_NUMBER = 32 };
void text_shortest(double value, char out[TEXT_NUMBER]);

#endif
