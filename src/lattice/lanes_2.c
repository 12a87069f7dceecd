#define LANES 2
#include "lattice/lanes.h"

const leaf_width_t leaf_lanes_2 = LANES_KERNELS;
