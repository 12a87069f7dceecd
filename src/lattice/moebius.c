#include "lattice/moebius.h"

#include "base/wide.h"

#include <stdbool.h>

/* How the bits are blocked (n = 24 as an example):
 *
 *   bit   0 ... 2      3 ... 11               12 ... 17       18 ... 23
 *         8 doubles    block of 2^12, in L1   strips in L2    strips in L2
 *
 * Every group of bits is one pass over memory. Inside a group, three bits at a time are done in registers: eight
 * elements are loaded, go through their twelve butterflies, and are stored.
 */
enum {
    STEP_BITS = 3,    /* bits done in registers */
    BLOCK_BITS = 12,  /* a block of 32 KiB is transformed while it is in the cache */
    STRIP_BITS = 6,   /* rows that are worked on together, as many as ... */
    STRIP_WIDTH = 256 /* ... fit in L2 with so many columns: 64 rows of 2 KiB */
};

/* One butterfly: the element with the bit set, given the one without. */
INLINED double merged(double high, double low, bool zeta) {
    return zeta ? high + low : high - low;
}

/* Three bits of eight elements, ascending. */
INLINED void step_octet(double x[8], bool zeta) {
    for (int i = 1; i < 8; i += 2)
        x[i] = merged(x[i], x[i - 1], zeta);
    x[2] = merged(x[2], x[0], zeta);
    x[3] = merged(x[3], x[1], zeta);
    x[6] = merged(x[6], x[4], zeta);
    x[7] = merged(x[7], x[5], zeta);
    for (int i = 4; i < 8; i++)
        x[i] = merged(x[i], x[i - 4], zeta);
}

/* Three bits of eight rows of `width` doubles, `far` doubles from row to row; width <= far. */
INLINED void step_rows_3(double *a, size_t width, size_t far, bool zeta) {
    double *restrict r0 = a, *restrict r1 = a + far, *restrict r2 = a + 2 * far, *restrict r3 = a + 3 * far;
    double *restrict r4 = a + 4 * far, *restrict r5 = a + 5 * far, *restrict r6 = a + 6 * far,
                     *restrict r7 = a + 7 * far;
    for (size_t c = 0; c < width; c++) {
        double x[8] = {r0[c], r1[c], r2[c], r3[c], r4[c], r5[c], r6[c], r7[c]};
        step_octet(x, zeta);
        r1[c] = x[1], r2[c] = x[2], r3[c] = x[3], r4[c] = x[4], r5[c] = x[5], r6[c] = x[6], r7[c] = x[7];
    }
}

/* One bit of two rows. */
INLINED void step_rows_1(double *a, size_t width, size_t far, bool zeta) {
    double *restrict low = a, *restrict high = a + far;
    for (size_t c = 0; c < width; c++)
        high[c] = merged(high[c], low[c], zeta);
}

/* `bits` bits over 2^bits rows of `width` doubles: the bits that do not fill a step one by one, then steps of three. */
INLINED void rows(double *a, int bits, size_t width, size_t far, bool zeta) {
    size_t row_count = (size_t)1 << bits;
    int done = 0;
    for (; (bits - done) % STEP_BITS != 0; done++)
        for (size_t r = 0; r < row_count; r += (size_t)2 << done)
            for (size_t inner = 0; inner < (size_t)1 << done; inner++)
                step_rows_1(a + (r + inner) * far, width, far << done, zeta);
    for (; done < bits; done += STEP_BITS)
        for (size_t r = 0; r < row_count; r += (size_t)8 << done)
            for (size_t inner = 0; inner < (size_t)1 << done; inner++)
                step_rows_3(a + (r + inner) * far, width, far << done, zeta);
}

/* All bits of a block. Bits below STEP_BITS lie inside a group of eight doubles; above, the groups are rows. */
INLINED void block(double *a, int bits, bool zeta) {
    if (bits < STEP_BITS) {
        for (int b = 0; b < bits; b++)
            for (size_t i = 0; i < (size_t)1 << bits; i++)
                if (i >> b & 1)
                    a[i] = merged(a[i], a[i - ((size_t)1 << b)], zeta);
        return;
    }
    for (size_t i = 0; i < (size_t)1 << bits; i += 8)
        step_octet(a + i, zeta);
    int done = STEP_BITS;
    for (; (bits - done) % STEP_BITS != 0; done++)
        for (size_t i = 0; i < (size_t)1 << bits; i += (size_t)2 << done)
            step_rows_1(a + i, (size_t)1 << done, (size_t)1 << done, zeta);
    for (; done < bits; done += STEP_BITS)
        for (size_t i = 0; i < (size_t)1 << bits; i += (size_t)8 << done)
            step_rows_3(a + i, (size_t)1 << done, (size_t)1 << done, zeta);
}

/* Groups of STRIP_BITS bits; the rows of a group that differ in its bits only are `pitch << done` apart. */
INLINED void strip(double *a, int bits, size_t width, size_t pitch, bool zeta) {
    for (int done = 0, group; done < bits; done += group) {
        group = bits - done < STRIP_BITS ? bits - done : STRIP_BITS;
        for (size_t r = 0; r < (size_t)1 << bits; r += (size_t)1 << (done + group))
            for (size_t inner = 0; inner < (size_t)1 << done; inner++)
                for (size_t c = 0; c < width; c += STRIP_WIDTH)
                    rows(a + (r + inner) * pitch + c, group, width - c < STRIP_WIDTH ? width - c : STRIP_WIDTH,
                         pitch << done, zeta);
    }
}

INLINED void transform(double *a, int n, bool zeta) {
    int low = n < BLOCK_BITS ? n : BLOCK_BITS;
    for (mask_t first = 0; first < mask_count(n); first += mask_count(low))
        block(a + first, low, zeta);
    strip(a, n - low, mask_count(low), mask_count(low), zeta);
}

WIDE void moebius_transform(double *a, int n) {
    transform(a, n, false);
}

WIDE void zeta_transform(double *a, int n) {
    transform(a, n, true);
}

WIDE void moebius_strip(double *a, int bits, size_t width, size_t pitch) {
    strip(a, bits, width, pitch, false);
}

WIDE void zeta_strip(double *a, int bits, size_t width, size_t pitch) {
    strip(a, bits, width, pitch, true);
}
