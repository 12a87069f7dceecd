/* Reads every chunk of a dataset once and undoes gzip: HDF5 takes what a chunk inflates to for a whole one, and reads
 * past it when it is not.
 */
#ifndef HARSANYI_HDF5_LOOK_CHUNKS_H
#define HARSANYI_HDF5_LOOK_CHUNKS_H

#include "base/failure.h"
#include "hdf5/h5.h"

/* dataset: from h5_open_dataset, of any layout (nothing happens without chunks); form: its form. *bytes: how many bytes
 * chunks may still take in this file; what is read is taken off. get_on(self) is called after each chunk. */
status_t look_chunks(hid_t dataset, const char *file_name, const char *path, const h5_form_t *form, uint64_t *bytes,
                     void (*get_on)(void *self), void *self, failure_t *why);

#endif
