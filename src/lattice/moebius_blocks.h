/* The transforms, blocked for the caches; part of lanes.h.
 *
 * n = 28 with eight lanes as an example; sizes are those of what the bits up to there span:
 *
 *   bits    0 ... 6     7 ... 10      11 ... 13      14 ... 19             20 ... 27
 *           registers   16 rows       8 rows         64 rows               256 rows
 *           1 KiB       16 KiB (L1)   128 KiB (L2)   8 MiB (L3)            2 GiB
 *          '---- block: rows are whole --------------''--- groups: strips of 512 columns, in L2 ---'
 *
 * What lies side by side is finished as soon as it can be, while it is in a cache: a group of bits is done when the
 * last of its rows is, before the next block is touched. So memory is read and written once for the blocks, and once
 * more for each group whose rows the last cache cannot hold. All steps of a group are done to a strip before the next
 * strip. What was tried besides: docs/performance.md. */
#ifndef HARSANYI_LATTICE_MOEBIUS_BLOCKS_H
#define HARSANYI_LATTICE_MOEBIUS_BLOCKS_H

#include "lattice/moebius_steps.h"

enum {
    INNER_BITS = 11,  /* tiles that are set together in L1 */
    BLOCK_BITS = 14,  /* and these in L2 */
    STRIP_BITS = 6,   /* bits that a strip does in one go: 64 rows ... */
    STRIP_MOST = 8,   /* ... or more where one or two bits would be left over */
    STRIP_WIDTH = 512 /* columns of a strip: one page of each row, in which the processor reads ahead */
};

/* How many of the `left` bits the next step does: as few steps as there can be, and of like size. */
INLINED int step_bits(int left, int most) {
    int steps = (left + most - 1) / most;
    return (left + steps - 1) / steps;
}

/* Bits lo ... hi - 1 of 2^hi doubles; the bits below are done. */
INLINED void near_bits(double *a, int lo, int hi, bool zeta) {
    for (int step; lo < hi; lo += step) {
        step = step_bits(hi - lo, NEAR_MOST);
        for (size_t i = 0; i < (size_t)1 << hi; i += (size_t)1 << (lo + step))
            step_near(a + i, step, (size_t)1 << lo, zeta);
    }
}

/* Bits that do not fill a tile. */
INLINED void few_bits(double *a, int bits, bool zeta) {
    for (int bit = 0; bit < bits; bit++)
        for (size_t i = 0; i < (size_t)1 << bits; i++)
            if (i >> bit & 1)
                a[i] = merged(a[i], a[i - ((size_t)1 << bit)], zeta);
}

/* TILE_BITS ... INNER_BITS bits. */
INLINED void inner_block(double *a, int bits, bool zeta) {
    for (size_t i = 0; i < (size_t)1 << bits; i += (size_t)1 << TILE_BITS)
        step_tile(a + i, zeta);
    near_bits(a, TILE_BITS, bits, zeta);
}

/* Up to BLOCK_BITS bits. */
INLINED void block(double *a, int bits, bool zeta) {
    if (bits < TILE_BITS) {
        few_bits(a, bits, zeta);
        return;
    }
    int inner = bits < INNER_BITS ? bits : INNER_BITS;
    for (size_t i = 0; i < (size_t)1 << bits; i += (size_t)1 << inner)
        inner_block(a + i, inner, zeta);
    near_bits(a, inner, bits, zeta);
}

/* All bits of a group, for one strip of columns. */
INLINED void group_strip(double *a, int bits, size_t width, size_t far, bool zeta) {
    for (int done = 0, step; done < bits; done += step) {
        step = step_bits(bits - done, FAR_MOST);
        for (size_t r = 0; r < (size_t)1 << bits; r += (size_t)1 << (done + step))
            for (size_t inner = 0; inner < (size_t)1 << done; inner++)
                step_far(a + (r + inner) * far, step, width, far << done, zeta);
    }
}

/* One group of bits: 2^bits rows of `width` doubles, `far` doubles from row to row. */
INLINED void group(double *a, int bits, size_t width, size_t far, bool zeta) {
    for (size_t c = 0; c < width; c += STRIP_WIDTH)
        group_strip(a + c, bits, width - c < STRIP_WIDTH ? width - c : STRIP_WIDTH, far, zeta);
}

/* The next group when `left` bits are left: what makes no whole group comes first, where rows are near. */
INLINED int group_bits(int left) {
    if (left <= STRIP_MOST)
        return left;
    int odd = left % STRIP_BITS;
    return odd > STRIP_MOST - STRIP_BITS ? odd : STRIP_BITS;
}

/* Row `row` of 2^bits has just been finished: does the groups of which it is the last row, lowest bits first. */
INLINED void groups_up_to(double *a, size_t row, int bits, size_t width, size_t pitch, bool zeta) {
    for (int done = 0, next; done < bits; done += next) {
        next = group_bits(bits - done);
        size_t rows = (size_t)1 << (done + next);
        if ((row + 1) % rows != 0)
            return;
        double *first = a + (row + 1 - rows) * pitch;
        for (size_t inner = 0; inner < (size_t)1 << done; inner++)
            group(first + inner * pitch, next, width, pitch << done, zeta);
    }
}

INLINED void transform_blocks(double *a, int n, bool zeta) {
    int low = n < BLOCK_BITS ? n : BLOCK_BITS;
    size_t width = (size_t)1 << low;
    for (size_t row = 0; row < (size_t)1 << (n - low); row++) {
        block(a + row * width, low, zeta);
        groups_up_to(a, row, n - low, width, width, zeta);
    }
}

INLINED void strip_groups(double *a, int bits, size_t width, size_t pitch, bool zeta) {
    for (size_t row = 0; row < (size_t)1 << bits; row++)
        groups_up_to(a, row, bits, width, pitch, zeta);
}

static void transform(double *a, int n, bool zeta) {
    if (zeta)
        transform_blocks(a, n, true);
    else
        transform_blocks(a, n, false);
}

static void strip(double *a, int bits, size_t width, size_t pitch, bool zeta) {
    if (zeta)
        strip_groups(a, bits, width, pitch, true);
    else
        strip_groups(a, bits, width, pitch, false);
}

#endif
