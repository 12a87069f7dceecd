/* The butterflies of a few bits, done in registers: the innermost part of moebius_blocks.h. Numbers of bits are
 * constants in what calls these functions, so that after inlining the loops over x[] vanish and x[] is in registers. A
 * butterfly is one subtraction (zeta: addition) and bits ascend: no bit of the result depends on the width or on how
 * bits are grouped. */
#ifndef HARSANYI_LATTICE_MOEBIUS_STEPS_H
#define HARSANYI_LATTICE_MOEBIUS_STEPS_H

#include "lattice/vector.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    LANE_BITS = LANES == 8   ? 3
                : LANES == 4 ? 2
                             : 1,
    TILE_BITS = LANE_BITS + (LANES == 8 ? 4 : 3), /* AVX-512 has 32 registers, the others of x86 have 16 */
    NEAR_MOST = LANES == 8 ? 4 : 3,               /* bits that step_near can do at once */
    FAR_MOST = 3,                                 /* bits that step_far can do at once, on ... */
    FAR_RUN = LANES == 8 ? 4 : 2 /* vectors of one row after the other: 8 rows of them fill the registers */
};

/* PICK: a vector made of elements of two, the second's numbered from LANES. */
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef long long picks_t __attribute__((vector_size(8 * LANES)));
#define PICK(a, b, ...) __builtin_shuffle(a, b, (picks_t){__VA_ARGS__})
#endif

/* The element with the bit set, given the one without. */
INLINED double merged(double high, double low, bool zeta) {
    return zeta ? high + low : high - low;
}

INLINED void merge(vec_t *high, const vec_t *low, bool zeta) {
    *high = zeta ? *high + *low : *high - *low;
}

/* The bits inside a vector. Elements without the bit are merged with a zero that changes nothing, not even -0. */
INLINED void step_inside(vec_t *x, bool zeta) {
    const double o = zeta ? -0.0 : 0.0;
#if LANES == 8
    const vec_t zero = {o, o, o, o, o, o, o, o};
    vec_t low = PICK(*x, zero, 8, 0, 8, 2, 8, 4, 8, 6);
    merge(x, &low, zeta);
    low = PICK(*x, zero, 8, 8, 0, 1, 8, 8, 4, 5);
    merge(x, &low, zeta);
    low = PICK(*x, zero, 8, 8, 8, 8, 0, 1, 2, 3);
    merge(x, &low, zeta);
#elif LANES == 4
    const vec_t zero = {o, o, o, o};
    vec_t low = PICK(*x, zero, 4, 0, 4, 2);
    merge(x, &low, zeta);
    low = PICK(*x, zero, 4, 4, 0, 1);
    merge(x, &low, zeta);
#else
    const vec_t zero = {o, o};
    vec_t low = PICK(*x, zero, 2, 0);
    merge(x, &low, zeta);
#endif
}

/* `bits` bits of 2^bits rows of `run` vectors: x[r * run + k] is vector k of row r. */
INLINED void step_across(vec_t *x, int bits, int run, bool zeta) {
    UNROLLED
    for (int bit = 0; bit < bits; bit++)
        UNROLLED
    for (int i = 0; i < run << bits; i++)
        if (i / run >> bit & 1)
            merge(&x[i], &x[i - (run << bit)], zeta);
}

/* Bits 0 ... TILE_BITS - 1 of 2^TILE_BITS doubles in one load and one store. */
INLINED void step_tile(double *a, bool zeta) {
    vec_t x[1 << (TILE_BITS - LANE_BITS)];
    UNROLLED
    for (int i = 0; i < 1 << (TILE_BITS - LANE_BITS); i++) {
        x[i] = load(a + (size_t)i * LANES);
        step_inside(&x[i], zeta);
    }
    step_across(x, TILE_BITS - LANE_BITS, 1, zeta);
    UNROLLED
    for (int i = 0; i < 1 << (TILE_BITS - LANE_BITS); i++)
        *(vec_t *)(a + (size_t)i * LANES) = x[i];
}

/* `bits` bits of 2^bits rows of `run` vectors, `far` doubles from row to row. */
INLINED void step_run(double *a, int bits, int run, size_t far, bool zeta) {
    vec_t x[32];
    UNROLLED
    for (int i = 0; i < run << bits; i++)
        x[i] = *(const vec_t *)(a + (size_t)(i / run) * far + (size_t)(i % run) * LANES);
    step_across(x, bits, run, zeta);
    UNROLLED
    for (int i = run; i < run << bits; i++) /* row 0 stays as it is */
        *(vec_t *)(a + (size_t)(i / run) * far + (size_t)(i % run) * LANES) = x[i];
}

/* The columns that do not fill a vector. */
INLINED void step_columns(double *a, int bits, size_t width, size_t far, bool zeta) {
    for (int bit = 0; bit < bits; bit++)
        for (size_t r = 0; r < (size_t)1 << bits; r++)
            for (size_t c = 0; c < width && (r >> bit & 1); c++)
                a[r * far + c] = merged(a[r * far + c], a[(r - ((size_t)1 << bit)) * far + c], zeta);
}

/* `bits` bits of 2^bits rows of `width` doubles, `far` doubles from row to row. */
INLINED void step_rows(double *a, int bits, int run, size_t width, size_t far, bool zeta) {
    size_t c = 0;
    for (; c + (size_t)run * LANES <= width; c += (size_t)run * LANES)
        step_run(a + c, bits, run, far, zeta);
    for (; run > 1 && c + LANES <= width; c += LANES)
        step_run(a + c, bits, 1, far, zeta);
    step_columns(a + c, bits, width - c, far, zeta);
}

/* 1 ... NEAR_MOST bits of rows that follow one another in the cache. */
INLINED void step_near(double *a, int bits, size_t width, bool zeta) {
    if (bits == 1)
        step_rows(a, 1, 1, width, width, zeta);
    else if (bits == 2)
        step_rows(a, 2, 1, width, width, zeta);
    else if (bits == 3)
        step_rows(a, 3, 1, width, width, zeta);
    else
        step_rows(a, NEAR_MOST, 1, width, width, zeta);
}

/* 1 ... FAR_MOST bits of rows any distance apart. Rows whose addresses differ by a power of two share their places in
 * the first cache, and from 2^26 bytes on Zen 4 takes their lines for one another: each access to one turns out the
 * other. In runs of several lines a row pays for that a few lines at a time, not one by one: up to three times as fast
 * there, and hardly slower elsewhere. */
INLINED void step_far(double *a, int bits, size_t width, size_t far, bool zeta) {
    if (bits == 1)
        step_rows(a, 1, FAR_RUN, width, far, zeta);
    else if (bits == 2)
        step_rows(a, 2, FAR_RUN, width, far, zeta);
    else
        step_rows(a, FAR_MOST, FAR_RUN, width, far, zeta);
}

#endif
