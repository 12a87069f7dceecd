#include "lattice/leaf.h"

#ifdef __x86_64__

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#define LANES 4
#include "lattice/leaf_fold.h"
#include "lattice/leaf_kernels.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

const leaf_width_t leaf_lanes_4 = LEAF_KERNELS;

#endif
