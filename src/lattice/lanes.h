/* All that is compiled once for each vector width: included by lanes_*.c alone, with LANES, the doubles of a vector,
 * defined. Those of more than two lanes have flags of their own in CMakeLists.txt. */
#ifndef HARSANYI_LATTICE_LANES_H
#define HARSANYI_LATTICE_LANES_H

#include "lattice/leaf_fold.h"
#include "lattice/leaf_kernels.h"
#include "lattice/moebius_blocks.h"

#define LANES_KERNELS                                                                                                  \
    {                                                                                                                  \
        .sums = sums, .squares = squares, .strengths = strengths, .strength_squares = strength_squares,                \
        .salient = salient, .gather = gather, .fold = fold, .fence = fence, .transform = transform, .strip = strip     \
    }

#endif
