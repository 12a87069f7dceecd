/* The transforms for one vector width: moebius.c takes the widest that the processor has. All widths give the same
 * bits; tests compare them. */
#ifndef HARSANYI_LATTICE_MOEBIUS_WIDTH_H
#define HARSANYI_LATTICE_MOEBIUS_WIDTH_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    void (*transform)(double *a, int n, bool zeta);
    void (*strip)(double *a, int bits, size_t width, size_t pitch, bool zeta);
} moebius_width_t;

enum { MOEBIUS_WIDTHS_MOST = 3 };

/* Those that this processor has, the widest first; returns how many. */
int moebius_widths(const moebius_width_t *widths[MOEBIUS_WIDTHS_MOST]);

extern const moebius_width_t moebius_lanes_2; /* every processor: SSE2, NEON, or what the compiler makes of it */
#ifdef __x86_64__
extern const moebius_width_t moebius_lanes_4; /* AVX2 */
extern const moebius_width_t moebius_lanes_8; /* AVX-512 */
#endif

#endif
