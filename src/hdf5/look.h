/* The first look at a file from outside. HDF5 trusts what it reads: a damaged file can crash it or make it loop
 * forever. So a child process, which is this program with a hidden command (hdf5/look_child.h), opens the file first
 * and reads everything that HDF5 has to parse. Whatever happens to the child, the caller gets a message.
 *
 * Call it once for each file and process, on rank 0 only, before the file is opened here.
 */
#ifndef HARSANYI_HDF5_LOOK_H
#define HARSANYI_HDF5_LOOK_H

#include "base/failure.h"

/* STATUS_OK: HDF5 reads all of the file's structure; also when the file is missing or not HDF5, which the caller
 * finds out when it opens it. STATUS_INPUT: the file is damaged; HDF5 crashed or hung on it. STATUS_INTERNAL: the child
 * could not be started, was killed or waited too long for a disk: nothing is known about the file.
 */
status_t look_at_file(const char *path, failure_t *why);

/* Looks at `count` files, up to the first that fails. */
status_t look_at_files(const char *const *paths, int count, failure_t *why);

/* The limits of look_at_file, for tests. All times are seconds since the child last made progress. */
typedef struct {
    const char *program;   /* its main() passes LOOK_COMMAND to look_child */
    int processor_seconds; /* of the child; more means that it hangs */
    double warn_after;     /* of waiting; then one line on stderr */
    double give_up_after;  /* of waiting */
} look_options_t;
status_t look_with(const look_options_t *options, const char *path, failure_t *why);

#endif
