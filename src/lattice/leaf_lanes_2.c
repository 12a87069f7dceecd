#include "lattice/leaf.h"

#define LANES 2
#include "lattice/leaf_fold.h"
#include "lattice/leaf_kernels.h"

const leaf_width_t leaf_lanes_2 = {.sums = sums,
                                   .squares = squares,
                                   .strengths = strengths,
                                   .strength_squares = strength_squares,
                                   .salient = salient,
                                   .gather = gather,
                                   .fold = fold,
                                   .sift = sift,
                                   .fence = fence,
                                   .span = span,
                                   .ends_within = ends_within};
