#include "lattice/leaf.h"

#ifdef __x86_64__

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
#pragma GCC target("avx512f")
#endif

#define LANES 8
#include "lattice/leaf_fold.h"
#include "lattice/leaf_kernels.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

const leaf_width_t leaf_lanes_8 = LEAF_KERNELS;

#endif
