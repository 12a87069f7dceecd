#include "place/disk.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROBE_BYTES = 1 << 20, SYNCS = 5, MOUNTINFO_MAX = 1 << 22 };

/* ---- what it is ---- */

/* Numbers of statfs(2), for file systems whose device differs from that of their mount. */
static const struct {
    unsigned long magic;
    const char *name;
} TYPES[] = {{0xef53, "ext4"},     {0x58465342, "xfs"},    {0x6969, "nfs"},         {0x0bd00bd0, "lustre"},
             {0x47504653, "gpfs"}, {0x01021994, "tmpfs"},  {0x794c7630, "overlay"}, {0x9123683e, "btrfs"},
             {0x2fc12fc1, "zfs"},  {0x19830326, "beegfs"}, {0x00c36400, "ceph"},    {0x65735546, "fuse"},
             {0xff534d42, "cifs"}, {0xfe534d42, "smb2"},   {0x01021997, "9p"},      {0x20030528, "orangefs"},
             {0x5346414f, "afs"},  {0xf2f52010, "f2fs"},   {0xaad7aaea, "panfs"},   {0x4d44, "vfat"}};

static void name_type(const char *folder, disk_t *out) {
    struct statfs info;
    if (statfs(folder, &info) != 0)
        return;
    unsigned long magic = (unsigned long)info.f_type & 0xffffffffUL;
    snprintf(out->type, sizeof out->type, "0x%lx", magic);
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (TYPES[i].magic == magic)
            snprintf(out->type, sizeof out->type, "%s", TYPES[i].name);
}

/* The mount with the folder's device, which knows the type's exact name and the options. */
static void find_mount(const char *folder, disk_t *out) {
    struct stat info;
    char device[32], *text OWNED = NULL;
    size_t length;
    if (stat(folder, &info) != 0 ||
        file_read_text("/proc/self/mountinfo", MOUNTINFO_MAX, &text, &length, NULL) != STATUS_OK)
        return;
    snprintf(device, sizeof device, "%u:%u", major(info.st_dev), minor(info.st_dev));
    char *rest = text;
    mount_t mount;
    while (disk_next_mount(&rest, &mount))
        if (strcmp(mount.device, device) == 0) {
            snprintf(out->type, sizeof out->type, "%s", mount.type);
            snprintf(out->options, sizeof out->options, "%s,%s", mount.options, mount.fs_options);
        }
}

/* ---- what it can do ---- */

int disk_make_file(const char *folder, char path[PATH_MAX], failure_t *why) {
    if (snprintf(path, PATH_MAX, "%s/.harsanyi-doctor-XXXXXX", folder) >= PATH_MAX) {
        failed(why, STATUS_INPUT, "%s: the path is too long", folder);
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        failed(why, STATUS_INPUT, "%s: cannot create a file there: %s", folder, strerror(errno));
    return fd;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static status_t try_writing(int fd, const char *path, disk_t *out, failure_t *why) {
    char page[4096] = "harsanyi doctor: may be removed\n";
    double seconds[SYNCS];
    out->allocates = fallocate(fd, 0, 0, PROBE_BYTES) == 0;
    for (int i = 0; i < SYNCS; i++) {
        TRY(file_write_at(fd, path, page, sizeof page, (uint64_t)i * sizeof page, why));
        double began = clock_seconds();
        TRY(file_sync(fd, path, why));
        seconds[i] = clock_seconds() - began;
    }
    qsort(seconds, SYNCS, sizeof *seconds, by_size);
    out->sync_seconds = seconds[SYNCS / 2];
    return STATUS_OK;
}

/* A child process must not get the lock that this one holds. */
static void try_locks(int fd, const char *path, disk_t *out) {
    int status = 0;
    out->locks = DISK_LOCKS_FAIL;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(out->lock_error, sizeof out->lock_error, "%s", strerror(errno));
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        int other = open(path, O_RDWR | O_CLOEXEC);
        _exit(other < 0 ? 2 : flock(other, LOCK_EX | LOCK_NB) == 0 ? 1 : 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 2)
        snprintf(out->lock_error, sizeof out->lock_error, "a second process could not try it");
    else
        out->locks = WEXITSTATUS(status) == 0 ? DISK_LOCKS_WORK : DISK_LOCKS_NOTHING;
}

static void try_names(const char *path, const char *other, disk_t *out) {
    struct stat before, after;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    out->excludes = fd < 0 && errno == EEXIST;
    if (fd >= 0)
        close(fd);
    out->renames = stat(path, &before) == 0 && rename(path, other) == 0 && stat(other, &after) == 0 &&
                   before.st_ino == after.st_ino && access(path, F_OK) != 0;
}

static status_t try_files(disk_t *out, failure_t *why) {
    char path[PATH_MAX], other[PATH_MAX];
    int fd = disk_make_file(out->folder, path, why), second;
    if (fd < 0)
        return why->status;
    status_t status = try_writing(fd, path, out, why);
    if (status == STATUS_OK)
        try_locks(fd, path, out);
    if (status == STATUS_OK && (second = disk_make_file(out->folder, other, why)) >= 0) {
        try_names(path, other, out);
        close(second);
        unlink(other);
    }
    unlink(path);
    close(fd);
    return status;
}

status_t disk_probe(const char *folder, disk_t *out, failure_t *why) {
    struct statvfs info;
    *out = (disk_t){.locks = DISK_LOCKS_FAIL};
    snprintf(out->folder, sizeof out->folder, "%s", folder);
    char *real = realpath(folder, NULL);
    if (!real)
        return failed(why, STATUS_INPUT, "%s: %s; create it, or give another folder", folder, strerror(errno));
    snprintf(out->folder, sizeof out->folder, "%s", real);
    free(real);
    name_type(out->folder, out);
    find_mount(out->folder, out);
    if (statvfs(out->folder, &info) == 0) {
        out->free = (uint64_t)info.f_bavail * info.f_frsize;
        out->size = (uint64_t)info.f_blocks * info.f_frsize;
    }
    return try_files(out, why);
}

/* ---- mountinfo ---- */

/* Blanks are written as \040. */
static void unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* "36 35 0:21 TOP POINT OPTIONS optional fields - TYPE source FS_OPTIONS" */
static bool parse(char *line, mount_t *mount) {
    char *tail = strstr(line, " - "), *words[6];
    if (!tail)
        return false;
    *tail = '\0';
    for (size_t i = 0; i < 6; i++)
        words[i] = strsep(&line, " ");
    *mount = (mount_t){.device = words[2], .top = words[3], .point = words[4], .options = words[5]};
    tail += 3;
    mount->type = strsep(&tail, " ");
    strsep(&tail, " "); /* the source, which may be empty */
    mount->fs_options = strsep(&tail, " ");
    if (!mount->options || !mount->fs_options)
        return false;
    unescape(mount->top);
    unescape(mount->point);
    return true;
}

bool disk_next_mount(char **text, mount_t *mount) {
    char *line;
    while ((line = strsep(text, "\n")))
        if (parse(line, mount))
            return true;
    return false;
}

bool disk_has_option(const char *options, const char *word) {
    size_t length = strlen(word);
    for (const char *at = options; *at; at += *at == ',') {
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '=' || at[length] == '\0'))
            return true;
        at += strcspn(at, ",");
    }
    return false;
}
