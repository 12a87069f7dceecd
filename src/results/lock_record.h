/* What a lock file (results/lock.h) tells of its holder: who it is, by the two lines in it, and that it lives, by its
 * time of change.
 *
 *   host NAME, process P[, Slurm job J]     for people
 *   P START NAME/BOOT/SPACE                 for programs: the process, when it started, its machine
 *
 * Anybody may have written the file: what cannot be read is a holder without a name, of no machine.
 */
#ifndef HARSANYI_RESULTS_LOCK_RECORD_H
#define HARSANYI_RESULTS_LOCK_RECORD_H

#include <stdbool.h>
#include <sys/stat.h>

enum { LOCK_HOLDER = 256, LOCK_RECORD_MACHINE = 192 };

typedef struct {
    char text[LOCK_HOLDER]; /* for people, printable; empty: it has not said who it is */
    char machine[LOCK_RECORD_MACHINE];
    long process;
    unsigned long long process_start; /* numbers of processes are used again */
} lock_record_t;

/* Of this process. host: the name of this machine; NULL: as the system says. */
void lock_record_self(const char *host, lock_record_t *self);
void lock_record_write(int fd, const lock_record_t *self);
void lock_record_read(int fd, lock_record_t *holder);

bool lock_record_same_machine(const lock_record_t *a, const lock_record_t *b);
/* Whether its process lives; it is of this machine. */
bool lock_record_lives(const lock_record_t *holder);

/* One lock file, looked at again and again. Start with {0}. */
typedef struct {
    bool begun, renewed; /* renewed: while it was watched */
    struct stat seen;
    double age;   /* when it was first seen as it is now, by the file system's clock */
    double since; /* monotonic: when that was */
} lock_record_watch_t;

/* Looks at the file that is open as `fd`; another file than before is watched anew. Beside `path` a file is made for a
 * moment, to learn the file system's time. */
void lock_record_watch(lock_record_watch_t *w, int fd, const char *path);
/* Seconds since its last sign of life. */
double lock_record_age(const lock_record_watch_t *w);
/* Older than `stale` seconds, and watched for some times `beat` without a sign. */
bool lock_record_is_stale(const lock_record_watch_t *w, double stale, double beat);

#endif
