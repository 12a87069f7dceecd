#ifdef __x86_64__

#define LANES 8
#include "lattice/lanes.h"

const leaf_width_t leaf_lanes_8 = LANES_KERNELS;

#endif
