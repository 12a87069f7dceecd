#include "lattice/moebius.h"

#include "lattice/moebius_width.h"

#include <stdlib.h>

int moebius_widths(const moebius_width_t *widths[MOEBIUS_WIDTHS_MOST]) {
    int count = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        widths[count++] = &moebius_lanes_8;
    if (__builtin_cpu_supports("avx2"))
        widths[count++] = &moebius_lanes_4;
#endif
    widths[count++] = &moebius_lanes_2;
    return count;
}

double *moebius_table(int n) {
    enum { LINE = 64 };
    size_t bytes = mask_count(n) * sizeof(double);
    return aligned_alloc(LINE, bytes < LINE ? LINE : bytes);
}

static const moebius_width_t *widest(void) {
    const moebius_width_t *widths[MOEBIUS_WIDTHS_MOST];
    moebius_widths(widths);
    return widths[0];
}

void moebius_transform(double *a, int n) {
    widest()->transform(a, n, false);
}

void zeta_transform(double *a, int n) {
    widest()->transform(a, n, true);
}

void moebius_strip(double *a, int bits, size_t width, size_t pitch) {
    widest()->strip(a, bits, width, pitch, false);
}

void zeta_strip(double *a, int bits, size_t width, size_t pitch) {
    widest()->strip(a, bits, width, pitch, true);
}
