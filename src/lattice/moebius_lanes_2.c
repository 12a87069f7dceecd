#include "lattice/moebius_width.h"

#define LANES 2
#include "lattice/moebius_blocks.h"

const moebius_width_t moebius_lanes_2 = {.transform = transform, .strip = strip};
