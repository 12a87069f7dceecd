/* Numbers from text and back, strictly: the whole text or nothing, in the C locale, never NaN or infinity. */
#ifndef HARSANYI_CONFIG_NUMBER_H
#define HARSANYI_CONFIG_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits with an optional sign ("12", "-3"); false for anything else ("12x", "1e3", "0x10", "", " 1") and for
 * what does not fit. */
bool number_whole(const char *text, int64_t *out);

/* A decimal number ("0.05", "-1e-3", ".5"); false for anything else ("nan", "inf", "0x1p3") and for what overflows. */
bool number_real(const char *text, double *out);

/* The shortest decimal text that number_real reads back to the same double; NaN and infinities are not for it. */
enum { NUMBER_TEXT = 32 };
void number_text(double value, char out[NUMBER_TEXT]);

#endif
