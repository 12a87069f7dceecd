/* A table for work in between that may be larger than memory: small ones in memory, others in a file without a name,
 * which is gone with the process however it ends. */
#ifndef HARSANYI_LATTICE_SCRATCH_H
#define HARSANYI_LATTICE_SCRATCH_H

#include "base/failure.h"
#include "lattice/mask.h"

typedef struct scratch scratch_t;

/* Tables of up to 2^memory_bits doubles are kept in memory; files are made in `folder` (copied). Takes nothing yet. */
status_t scratch_create(const char *folder, int memory_bits, scratch_t **out, failure_t *why);
void scratch_destroy(scratch_t **scratch);

/* Makes room for a table of 2^bits doubles; what was in it before is lost. */
status_t scratch_begin(scratch_t *scratch, int bits, failure_t *why);

/* Masks first ... first + count - 1 of the table; what is read must have been written. `scratch` is a scratch_t *:
 * these are a strips_write_t and a strips_read_t. */
status_t scratch_write(void *scratch, mask_t first, mask_t count, const double *data, failure_t *why);
status_t scratch_read(void *scratch, mask_t first, mask_t count, double *data, failure_t *why);

/* The folder for temporary files of work on the file at `path`: TMPDIR, else the file's own. Owned by the caller; NULL
 * without memory. */
char *scratch_folder(const char *path);

/* A file without a name in `folder`, gone with the process; closed by the caller. */
status_t scratch_open_nameless(const char *folder, int *fd, failure_t *why);

#endif
