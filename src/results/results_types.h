/* The types of elements in the file: numbers, texts, and records, which lie there as in memory, packed and
 * little-endian. */
#ifndef HARSANYI_RESULTS_RESULTS_TYPES_H
#define HARSANYI_RESULTS_RESULTS_TYPES_H

#include "results/results_private.h"

#include <hdf5.h>

/* The type in the file of an element of `width` bytes; negative on failure, closed by the caller. */
hid_t results_type(type_t type, size_t width);

/* Zeros behind the end of every text: nothing else gets into the file, and what a file holds is text in memory. */
void results_end_texts(results_run_t *run);

#endif
