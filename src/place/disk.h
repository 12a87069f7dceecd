/* Tests what a folder's file system can do. */
#ifndef HARSANYI_PLACE_DISK_H
#define HARSANYI_PLACE_DISK_H

#include "base/failure.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    DISK_LOCKS_WORK,
    DISK_LOCKS_FAIL,   /* flock is refused */
    DISK_LOCKS_NOTHING /* two processes got the same lock */
} disk_locks_t;

enum { DISK_TEXT = 64, DISK_OPTIONS = 512 };

typedef struct {
    char folder[PATH_MAX];      /* without links */
    char type[DISK_TEXT];       /* "ext4", "nfs4", "lustre", ... or a number */
    char options[DISK_OPTIONS]; /* of its mount, "" when unknown */
    uint64_t free, size;        /* bytes; free for this user */
    bool allocates;             /* fallocate works */
    bool renames;               /* rename replaces an existing file */
    bool excludes;              /* O_EXCL refuses an existing file */
    double sync_seconds;        /* of fdatasync after a small write: the median of a few */
    disk_locks_t locks;         /* between processes of this machine */
    char lock_error[DISK_TEXT]; /* with DISK_LOCKS_FAIL */
} disk_t;

/* Tries all of that in `folder`, with files of unpredictable names that are removed again. Forks: call it before
 * MPI_Init. STATUS_INPUT when no file can be created and written there. */
status_t disk_probe(const char *folder, disk_t *out, failure_t *why);

/* Creates an empty file of an unpredictable name in `folder`: its descriptor and path, or -1 with *why. */
int disk_make_file(const char *folder, char path[PATH_MAX], failure_t *why);

/* ---- the lines of /proc/self/mountinfo: what is mounted where ---- */

/* All point into the text that was read. */
typedef struct {
    char *device;               /* "8:1", as st_dev has it in most file systems */
    char *top;                  /* the folder of the file system that is mounted at ... */
    char *point;                /* ... this path */
    char *type;                 /* "ext4", "nfs4", "cgroup2" */
    char *options, *fs_options; /* of the mount and of the file system: "rw,noatime", "rw,local_lock=none" */
} mount_t;

/* The next line of *text, which is modified and advanced; invalid lines are skipped. */
bool disk_next_mount(char **text, mount_t *mount);

/* Whether a word, or NAME of NAME=VALUE, is in such a list of options. */
bool disk_has_option(const char *options, const char *word);

#endif
