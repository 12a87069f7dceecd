/* The child process of hdf5/look.h: `PROGRAM __look FILE SECONDS` reads everything in an HDF5 file that HDF5 has to
 * parse: groups, links, attributes, the index of every dataset's chunks, strings of variable length. Each chunk is read
 * and inflated once; data in one piece is not read. What h5_open_dataset refuses is left to whoever needs it.
 *
 * The child may use SECONDS of processor time between two signs that it gets on, and memory in proportion to the file.
 * On stdout it writes these signs and, when it ends with another code than LOOK_GOOD, one sentence without newline.
 */
#ifndef HARSANYI_HDF5_LOOK_CHILD_H
#define HARSANYI_HDF5_LOOK_CHILD_H

#include <stdbool.h>

#define LOOK_COMMAND "__look"

enum { LOOK_GOOD = 0, LOOK_DAMAGED = 10, LOOK_UNKNOWN = 11 }; /* exit codes */
enum { LOOK_GETS_ON = '\1' };                                 /* a byte on stdout */

/* Whether main() was called to be this child; then it ends with what look_child returns, before it does anything else.
 */
bool look_child_is(int argc, char **argv);
int look_child(char **argv);

/* The first thing that look_child does: no core dump, `seconds` of processor time from now on, memory for a file of
 * `bytes` (not under sanitizers), and the end when the parent ends. */
void look_child_limit(int seconds, unsigned long long bytes);

#endif
