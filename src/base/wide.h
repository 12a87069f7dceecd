/* WIDE before a function: it is compiled for several vector widths, and the program picks the widest of the processor
 * at its start. For loops over independent elements: their bits do not depend on the width (sums are written in lanes,
 * contraction is off). Functions that it calls must be inlined to benefit: INLINED. */
#ifndef HARSANYI_BASE_WIDE_H
#define HARSANYI_BASE_WIDE_H

/* Only with gcc; the choice is made before sanitizers have started. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

#define INLINED static inline __attribute__((always_inline))

#endif
