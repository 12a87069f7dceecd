/* A unit of work, the thing that rank 0 hands out. */
#ifndef HARSANYI_RUN_UNIT_H
#define HARSANYI_RUN_UNIT_H

#include "lattice/mask.h"

#include <stdint.h>

typedef enum {
    UNIT_SAMPLES, /* whole samples first_sample ... + samples - 1: v, interactions and statistics come back */
    UNIT_MASKS    /* masks first ... + count - 1 of first_sample: v comes back */
} unit_kind_t;

typedef struct {
    uint64_t id; /* unique within a start */
    unit_kind_t kind;
    int64_t first_sample, samples; /* positions in the selection; samples is 1 with UNIT_MASKS */
    mask_t first, count;           /* only with UNIT_MASKS; multiples of the model's granule */
} unit_t;

#endif
