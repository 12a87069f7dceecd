/* What child processes of ours have in common, whoever starts them: they are no ranks, and signals do not reach them by
 * accident. */
#ifndef HARSANYI_BASE_SPAWN_H
#define HARSANYI_BASE_SPAWN_H

#include <spawn.h>
#include <stdbool.h>

/* Makes the attributes of a child: signals at their defaults, none blocked, and a process group of its own, so that
 * Ctrl-C does not reach it. Release them with posix_spawnattr_destroy. */
void spawn_attributes(posix_spawnattr_t *attributes);

/* Whether a variable of the environment, "NAME=value", is one of an MPI launcher's: with them a child would take itself
 * for a rank. */
bool spawn_launcher_set(const char *variable);

#endif
