/* The one NaN pattern that is ever stored, and where NaN is. */
#ifndef HARSANYI_BASE_NAN_H
#define HARSANYI_BASE_NAN_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The canonical quiet NaN, bits 0x7ff8000000000000, as h5py and numpy write it. */
static inline double nan_canonical(void) {
    uint64_t bits = 0x7ff8000000000000u;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Whether one of the numbers is NaN. */
static inline bool nan_among(const double *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (isnan(numbers[i]))
            return true;
    return false;
}

#endif
