#include "lattice/leaf.h"

#define LANES 2
#include "lattice/leaf_fold.h"
#include "lattice/leaf_kernels.h"

const leaf_width_t leaf_lanes_2 = LEAF_KERNELS;
