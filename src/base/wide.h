/* WIDE before a function: it is compiled for several vector widths, and the widest that the processor has is taken when
 * the program starts. For loops over elements that stand for themselves: their bits do not depend on the width (sums
 * are written in lanes, contraction is off). What such a function calls must be inlined into it to gain: INLINED. */
#ifndef HARSANYI_BASE_WIDE_H
#define HARSANYI_BASE_WIDE_H

/* Only with gcc; sanitizers cannot be asked before they have started, which is when the choice is made. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

#define INLINED static inline __attribute__((always_inline))

#endif
