#include "lattice/moebius_width.h"

#ifdef __x86_64__

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#define LANES 4
#include "lattice/moebius_blocks.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

const moebius_width_t moebius_lanes_4 = {.transform = transform, .strip = strip};

#endif
