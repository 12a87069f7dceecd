#include "lattice/moebius_width.h"

#ifdef __x86_64__

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
#pragma GCC target("avx512f")
#endif

#define LANES 8
#include "lattice/moebius_blocks.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

const moebius_width_t moebius_lanes_8 = {.transform = transform, .strip = strip};

#endif
