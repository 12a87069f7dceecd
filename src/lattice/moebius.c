#include "lattice/moebius.h"

#include "lattice/leaf.h"

#include <stdlib.h>

double *moebius_table(int n) {
    enum { LINE = 64 };
    size_t bytes = mask_count(n) * sizeof(double);
    return aligned_alloc(LINE, bytes < LINE ? LINE : bytes);
}

void moebius_transform(double *a, int n) {
    leaf_widest()->transform(a, n, false);
}

void zeta_transform(double *a, int n) {
    leaf_widest()->transform(a, n, true);
}

void moebius_strip(double *a, int bits, size_t width, size_t pitch) {
    leaf_widest()->strip(a, bits, width, pitch, false);
}

void zeta_strip(double *a, int bits, size_t width, size_t pitch) {
    leaf_widest()->strip(a, bits, width, pitch, true);
}
