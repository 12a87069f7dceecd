/* The one NaN pattern that is ever stored. */
#ifndef HARSANYI_BASE_NAN_H
#define HARSANYI_BASE_NAN_H

#include <stdint.h>
#include <string.h>

/* The canonical quiet NaN, bits 0x7ff8000000000000, as h5py and numpy write it. */
static inline double nan_canonical(void) {
    uint64_t bits = 0x7ff8000000000000u;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
