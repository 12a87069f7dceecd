/* The child process of hdf5/look.h: `PROGRAM __look FILE SECONDS` reads everything in an HDF5 file that HDF5 has to
 * parse: groups, links, attributes, the index of every dataset's chunks, strings of variable length. Each chunk is read
 * and inflated once; contiguous data are not read. Datasets that h5_open_dataset refuses are skipped.
 *
 * The child may use SECONDS of processor time between two signs of progress, and memory in proportion to the file. It
 * writes these signs to stdout and, unless it ends with LOOK_GOOD, one sentence without newline.
 */
#ifndef HARSANYI_HDF5_LOOK_CHILD_H
#define HARSANYI_HDF5_LOOK_CHILD_H

#include <stdbool.h>

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
