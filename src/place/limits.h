/* What this process may use of the machine: memory and cores, as the kernel and its control groups say.
 *
 * Only reads /proc and /sys, under a root path ("" is the real one), so that tests can use a made-up tree. Missing
 * or unreadable files mean no limit.
 */
#ifndef HARSANYI_PLACE_LIMITS_H
#define HARSANYI_PLACE_LIMITS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LIMITS_MAX = 32, LIMITS_TEXT = 256 };

/* A bound on the memory that a group of processes takes together. */
typedef struct {
    uint64_t bytes;
    uint64_t room;          /* what is left of it; page cache counts as left */
    char from[LIMITS_TEXT]; /* the file that says so */
} memory_limit_t;

typedef struct {
    size_t count;
    memory_limit_t limits[LIMITS_MAX];
} memory_limits_t;

/* The limits of this process's control group and of those above it (v1 and v2), innermost first, then the machine's
 * memory with its swap space (MemTotal, MemAvailable). */
void limits_memory(const char *root, memory_limits_t *out);

/* The one with the least room; NULL without any limit. */
const memory_limit_t *limits_tightest(const memory_limits_t *limits);

/* Processors' worth of time that control groups grant (cpu.max, cpu.cfs_quota_us), the least from this group up; 0:
 * no limit. */
double limits_processors(const char *root);

/* Cores that this process may use at once, at least 1: those that the scheduler allows it, hardware threads of one core
 * counted once, and no more than limits_processors. mpirun counts the same way. */
int limits_cores(const char *root);

/* Bytes that this process has now: of memory (VmRSS), of addresses (VmSize), of data (VmData); and the most memory that
 * it has had since it was started (VmHWM). 0 when unknown. */
typedef struct {
    uint64_t resident, addresses, data, most_resident;
} memory_own_t;
memory_own_t limits_own(const char *root);
/* The same of another process of this user. */
memory_own_t limits_of(pid_t process);

/* A limit of this process: RLIMIT_AS, ...; UINT64_MAX: none. */
uint64_t limits_resource(int resource);

#endif
