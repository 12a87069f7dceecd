/* The first look at a file from outside. HDF5 trusts what it reads: a damaged file can crash it or make it loop
 * forever. So a child process, which is this program with a hidden command (below), opens the file first
 * and reads everything that HDF5 has to parse. Whatever happens to the child, the caller gets a message.
 *
 * Call it once for each file and process, on rank 0 only, before the file is opened here.
 */
#ifndef HARSANYI_HDF5_LOOK_H
#define HARSANYI_HDF5_LOOK_H

#include "base/failure.h"

#include <stdbool.h>

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

/* ---- the child (look_child.c) ----
 *
 * `PROGRAM __look FILE SECONDS` reads everything in an HDF5 file that HDF5 has to
 * parse: groups, links, attributes, the index of every dataset's chunks, strings of variable length. Each chunk is read
 * and inflated once; contiguous data are not read. Datasets that h5_open_dataset refuses are skipped.
 *
 * The child may use SECONDS of processor time between two signs of progress, and memory in proportion to the file. It
 * writes these signs to stdout and, unless it ends with LOOK_GOOD, one sentence without newline.
 */

#define LOOK_COMMAND "__look"

enum { LOOK_GOOD = 0, LOOK_DAMAGED = 10, LOOK_UNKNOWN = 11 }; /* exit codes */
enum { LOOK_GETS_ON = '\1' };                                 /* a byte on stdout */

/* Whether main() was called to be this child; it then must return look_child(argv) before it does anything else. */
bool look_child_is(int argc, char **argv);
int look_child(char **argv);

/* The limits that look_child sets first: no core dump, `seconds` of processor time from now on, memory for a file of
 * `bytes` (not under sanitizers), and death with the parent. */
void look_child_limit(int seconds, unsigned long long bytes);

#endif
