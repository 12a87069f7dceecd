#ifdef __x86_64__

#define LANES 4
#include "lattice/lanes.h"

const leaf_width_t leaf_lanes_4 = LANES_KERNELS;

#endif
