/* The first look at a file from outside. HDF5 believes what it reads: a damaged file can crash it or keep it busy for
 * ever. So a child process, which is this very program with a hidden command (hdf5/look_child.h), opens the file first
 * and reads what HDF5 has to parse. Whatever happens to the child, the caller gets a sentence.
 *
 * Call it once for each file and process, on rank 0 only, before the file is opened here.
 */
#ifndef HARSANYI_HDF5_LOOK_H
#define HARSANYI_HDF5_LOOK_H

#include "base/failure.h"

/* STATUS_OK: HDF5 reads all of the file's structure; also when there is no such file or it is no HDF5 file, which
 * whoever opens it says better. STATUS_INPUT: the file is damaged; HDF5 crashed or hung on it. STATUS_INTERNAL: the
 * child could not be started, was ended from outside or waited for a disk for too long: nothing is known of the file.
 */
status_t look_at_file(const char *path, failure_t *why);

/* Looks at `count` files, up to the first that is not good. */
status_t look_at_files(const char *const *paths, int count, failure_t *why);

/* What look_at_file allows, for tests. All times are seconds since the child last got on. */
typedef struct {
    const char *program;   /* whose main() hands LOOK_COMMAND to look_child */
    int processor_seconds; /* of the child; then it hangs */
    double warn_after;     /* of waiting; then a line on stderr, once */
    double give_up_after;  /* of waiting */
} look_options_t;
status_t look_with(const look_options_t *options, const char *path, failure_t *why);

#endif
