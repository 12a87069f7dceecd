/* The butterflies of a few bits, done in registers: the innermost part of moebius.c, which sets them together.
 *
 * An octet is eight neighbouring doubles: one register of AVX-512, two of AVX2, four of SSE2 or NEON. All functions are
 * inlined into what is compiled for several widths (base/wide.h); numbers of bits are constants there, so that the loops
 * over x[] vanish and x[] is in registers. A butterfly is one subtraction (zeta: addition), and bits ascend: no bit of the
 * result depends on how they are grouped. */
#ifndef HARSANYI_LATTICE_MOEBIUS_STEPS_H
#define HARSANYI_LATTICE_MOEBIUS_STEPS_H

#include "base/wide.h"

#include <stdbool.h>
#include <stddef.h>

/* In memory an octet may lie anywhere a double may. */
typedef double octet_t __attribute__((vector_size(64), aligned(8), may_alias));

enum {
    OCTET = 8,
    OCTET_BITS = 3,
    LEAF_OCTETS = 16, /* with 32 registers there is room to spare */
    LEAF_BITS = 7,
    NEAR_BITS_MOST = 4, /* what step_near can do at once */
    FAR_BITS_MOST = 3,  /* what step_far can do at once */
    FAR_RUN = 4         /* octets of one row that step_far touches one after the other; 2^3 rows of them: 32 registers */
};

#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 32")
#endif

/* The element with the bit set, given the one without. */
INLINED double merged(double high, double low, bool zeta) {
    return zeta ? high + low : high - low;
}

INLINED void merge(octet_t *high, octet_t low, bool zeta) {
    *high = zeta ? *high + low : *high - low;
}

/* Bits 0 ... 2 of an octet. The elements without the bit are merged with a zero that changes nothing, not even -0. */
INLINED void step_inside(octet_t *x, bool zeta) {
    const double o = zeta ? -0.0 : 0.0;
    octet_t v = *x;
    merge(&v, (octet_t){o, v[0], o, v[2], o, v[4], o, v[6]}, zeta);
    merge(&v, (octet_t){o, o, v[0], v[1], o, o, v[4], v[5]}, zeta);
    merge(&v, (octet_t){o, o, o, o, v[0], v[1], v[2], v[3]}, zeta);
    *x = v;
}

/* `bits` bits of 2^bits octets times `run`: x[r * run + k] is octet k of row r. */
INLINED void step_across(octet_t *x, int bits, int run, bool zeta) {
    UNROLLED
    for (int bit = 0; bit < bits; bit++)
        UNROLLED
        for (int i = 0; i < run << bits; i++)
            if (i / run >> bit & 1)
                merge(&x[i], x[i - (run << bit)], zeta);
}

/* Bits 0 ... 6 of 128 doubles in one load and one store. */
INLINED void step_leaf(double *a, bool zeta) {
    octet_t x[LEAF_OCTETS];
    UNROLLED
    for (int i = 0; i < LEAF_OCTETS; i++) {
        x[i] = *(const octet_t *)(a + (size_t)i * OCTET);
        step_inside(&x[i], zeta);
    }
    step_across(x, LEAF_BITS - OCTET_BITS, 1, zeta);
    UNROLLED
    for (int i = 0; i < LEAF_OCTETS; i++)
        *(octet_t *)(a + (size_t)i * OCTET) = x[i];
}

/* `bits` bits of 2^bits rows, `run` octets wide, `far` doubles from row to row. */
INLINED void step_run(double *a, int bits, int run, size_t far, bool zeta) {
    octet_t x[FAR_RUN << FAR_BITS_MOST];
    UNROLLED
    for (int i = 0; i < run << bits; i++)
        x[i] = *(const octet_t *)(a + (size_t)(i / run) * far + (size_t)(i % run) * OCTET);
    step_across(x, bits, run, zeta);
    UNROLLED
    for (int i = run; i < run << bits; i++) /* row 0 stays as it is */
        *(octet_t *)(a + (size_t)(i / run) * far + (size_t)(i % run) * OCTET) = x[i];
}

/* The columns that do not fill an octet. */
INLINED void step_columns(double *a, int bits, size_t width, size_t far, bool zeta) {
    for (int bit = 0; bit < bits; bit++)
        for (size_t r = 0; r < (size_t)1 << bits; r++)
            for (size_t c = 0; c < width && r >> bit & 1; c++)
                a[r * far + c] = merged(a[r * far + c], a[(r - ((size_t)1 << bit)) * far + c], zeta);
}

/* `bits` bits of 2^bits rows of `width` doubles, in runs. */
INLINED void step_rows(double *a, int bits, int run, size_t width, size_t far, bool zeta) {
    size_t c = 0;
    for (; c + (size_t)run * OCTET <= width; c += (size_t)run * OCTET)
        step_run(a + c, bits, run, far, zeta);
    for (; run > 1 && c + OCTET <= width; c += OCTET)
        step_run(a + c, bits, 1, far, zeta);
    step_columns(a + c, bits, width - c, far, zeta);
}

/* 1 ... NEAR_BITS_MOST bits of rows that follow one another; width is a multiple of an octet. */
INLINED void step_near(double *a, int bits, size_t width, bool zeta) {
    switch (bits) {
    case 1:
        step_rows(a, 1, 1, width, width, zeta);
        break;
    case 2:
        step_rows(a, 2, 1, width, width, zeta);
        break;
    case 3:
        step_rows(a, 3, 1, width, width, zeta);
        break;
    default:
        step_rows(a, 4, 1, width, width, zeta);
    }
}

/* 1 ... FAR_BITS_MOST bits of rows that are any distance apart. Rows whose addresses differ by a power of two share their
 * places in the first cache, and from 2^26 bytes on Zen takes them for one another: each access to a row then turns out
 * another's line. In runs of several lines a row pays for that a few times at once and not one by one: up to three times
 * as fast there, and no slower elsewhere. */
INLINED void step_far(double *a, int bits, size_t width, size_t far, bool zeta) {
    switch (bits) {
    case 1:
        step_rows(a, 1, FAR_RUN, width, far, zeta);
        break;
    case 2:
        step_rows(a, 2, FAR_RUN, width, far, zeta);
        break;
    default:
        step_rows(a, 3, FAR_RUN, width, far, zeta);
    }
}

#endif
