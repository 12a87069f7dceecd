/* Vectors of LANES neighbouring doubles, for code that is compiled once for each width (lanes.h). */
#ifndef HARSANYI_LATTICE_VECTOR_H
#define HARSANYI_LATTICE_VECTOR_H

#include "base/wide.h"

#include <stdint.h>

/* In memory a vector may lie anywhere a double may. Comparisons give all ones where they hold. */
typedef double vec_t __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef int64_t bits_t __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

/* UNROLLED before a loop. A sanitizer's checks make loops that gcc does not unroll, and it then complains. */
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNROLLED
#else
#define UNROLLED _Pragma("GCC unroll 32")
#endif

INLINED vec_t load(const double *at) {
    return *(const vec_t *)at;
}

INLINED void store(double *at, vec_t x) {
    *(vec_t *)at = x;
}

INLINED vec_t every(double x) {
    return (vec_t){0} + x;
}

INLINED vec_t magnitude(vec_t x) {
    return (vec_t)((bits_t)x & INT64_MAX);
}

/* a where `where` is all ones, b where it is 0. */
INLINED vec_t either(bits_t where, vec_t a, vec_t b) {
    return (vec_t)((where & (bits_t)a) | (~where & (bits_t)b));
}

#endif
