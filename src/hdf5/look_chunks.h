/* Reads every chunk of a dataset once and undoes gzip: HDF5 assumes that a chunk inflates to its full size, and reads
 * past its end when it does not.
 */
#ifndef HARSANYI_HDF5_LOOK_CHUNKS_H
#define HARSANYI_HDF5_LOOK_CHUNKS_H

#include "base/failure.h"
#include "hdf5/h5.h"

/* dataset: of any layout (nothing happens without chunks). *bytes: how many bytes of the file are left for chunks; what
 * is read is subtracted. get_on(self) is called after each chunk. */
status_t look_chunks(const h5_dataset_t *dataset, uint64_t *bytes, void (*get_on)(void *self), void *self,
                     failure_t *why);

#endif
