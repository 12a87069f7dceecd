/* The lines of /proc/self/mountinfo: what is mounted where. */
#ifndef HARSANYI_PLACE_MOUNTS_H
#define HARSANYI_PLACE_MOUNTS_H

#include <stdbool.h>

/* All point into the text that was read. */
typedef struct {
    char *device;               /* "8:1", as st_dev has it in most file systems */
    char *top;                  /* the folder of the file system that is mounted at ... */
    char *point;                /* ... this path */
    char *type;                 /* "ext4", "nfs4", "cgroup2" */
    char *options, *fs_options; /* of the mount and of the file system: "rw,noatime", "rw,local_lock=none" */
} mount_t;

/* The next line of *text, which is modified and advanced; invalid lines are skipped. */
bool mounts_next(char **text, mount_t *mount);

/* Whether a word, or NAME of NAME=VALUE, is in such a list of options. */
bool mounts_option(const char *options, const char *word);

#endif
