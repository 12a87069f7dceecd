/* Which GPU of the machine this process takes: those that it sees are shared in turn by the ranks of the machine. */
#ifndef HARSANYI_ENGINES_DEVICE_H
#define HARSANYI_ENGINES_DEVICE_H

#include <stdint.h>

/* Number of this process among those of its job on this machine, as the launcher says; 0 where none does. */
uint32_t device_local_rank(void);

/* Number of its GPU among those that it sees: of CUDA_VISIBLE_DEVICES where that is set, else of nvidia0, nvidia1, ...
 * in `folder`, "/dev". 0 where it sees none. */
uint32_t device_number(const char *folder);

#endif
