/* A process that computes for this one: starting it, packets to and from it, what it prints, and its end.
 *
 * It is started through a hidden command of this program, which makes it die with its parent and then becomes the
 * command that is wanted. It has a process group of its own, so that Ctrl-C does not reach it and all that it starts
 * ends with it. Its descriptors: 0 reads nothing; what it writes to 1 and 2 goes to stderr of this process as it comes,
 * and the last lines are kept; 3 is a socket for packets, 4 the memory that it shares. No others are open.
 */
#ifndef HARSANYI_ENGINES_CHILD_H
#define HARSANYI_ENGINES_CHILD_H

#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CHILD_PRINTED = 4096, CHILD_WORDS = 176 };

/* Zero-initialise; pid 0: none is running. */
typedef struct {
    pid_t pid;
    int socket, prints;          /* prints: what it writes; -1 once that has ended */
    char printed[CHILD_PRINTED]; /* the last of it */
    size_t length;
    int ended; /* how the last one ended, as wait(2) says it; 0 where this process ended it */
} child_t;

/* Starts `command`, a list that ends with NULL. memory: the descriptor that becomes its 4. path: its PYTHONPATH.
 * STATUS_INTERNAL: no process could be made; a command that does not exist is found out by child_receive. */
status_t child_start(child_t *child, const char *const *command, int memory, const char *path, failure_t *why);

/* STATUS_TRANSIENT: the child is dead or about to die. why may be NULL. */
status_t child_send(child_t *child, const void *packet, size_t bytes, failure_t *why);

/* Waits for a packet, at most `seconds`; *bytes is its length, cut to `room`. What the child prints is passed on
 * meanwhile. STATUS_TRANSIENT: it died or (*late) did not answer in time; it has been ended, and the text says how,
 * with its last lines. */
status_t child_receive(child_t *child, double seconds, void *packet, size_t room, size_t *bytes, bool *late,
                       failure_t *why);

/* Kills it with all it has started, and puts its last lines behind the sentence in *why. Always STATUS_TRANSIENT. */
status_t child_kill(child_t *child, failure_t *why);

/* Closes the socket, at which a child ends by itself; kills it if it takes long. */
void child_end(child_t *child);

/* ---- the hidden command: PROGRAM __child PARENT COMMAND... ---- */

#define CHILD_COMMAND "__child"

/* Whether main() was called to become a child; it then must return child_become(argv) before it does anything else. */
bool child_is(int argc, char **argv);
int child_become(char **argv);

#endif
