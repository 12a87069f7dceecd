#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

const char *file_advice(int error) {
    switch (error) {
    case ENOSPC:
        return ": make room on that disk";
    case EDQUOT:
        return ": your quota is used up; make room";
    case EFBIG:
        return ": the file system or a limit (ulimit -f) allows no file of this size";
    case EROFS:
        return ": it was mounted read-only, often after a disk error";
    case EIO:
    case ESTALE:
        return ": the disk or file server failed; have it checked";
    default:
        return "";
    }
}

status_t file_read_at(int fd, const char *path, void *data, size_t bytes, uint64_t offset, failure_t *why) {
    char *at = data;
    while (bytes > 0) {
        ssize_t got = pread(fd, at, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failed(why, STATUS_INTERNAL, "%s: read at byte %llu: %s%s", path, (unsigned long long)offset,
                          strerror(errno), file_advice(errno));
        if (got == 0)
            return failed(why, STATUS_INPUT, "%s: the file ends at byte %llu, but %zu more are expected", path,
                          (unsigned long long)offset, bytes);
        at += got;
        bytes -= (size_t)got;
        offset += (uint64_t)got;
    }
    return STATUS_OK;
}

status_t file_write_at(int fd, const char *path, const void *data, size_t bytes, uint64_t offset, failure_t *why) {
    const char *at = data;
    while (bytes > 0) {
        ssize_t done = pwrite(fd, at, bytes, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        int error = done < 0 ? errno : ENOSPC; /* nothing written: the disk is full */
        if (done <= 0)
            return failed(why, STATUS_INTERNAL, "%s: write at byte %llu: %s%s", path, (unsigned long long)offset,
                          strerror(error), file_advice(error));
        at += done;
        bytes -= (size_t)done;
        offset += (uint64_t)done;
    }
    return STATUS_OK;
}

file_stamp_t file_stamp(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0)
        return (file_stamp_t){0};
    return (file_stamp_t){.inode = info.st_ino,
                          .bytes = info.st_size,
                          .seconds = info.st_mtim.tv_sec,
                          .nanoseconds = info.st_mtim.tv_nsec};
}

bool file_stamp_equal(file_stamp_t a, file_stamp_t b) {
    return a.inode == b.inode && a.bytes == b.bytes && a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
}

status_t file_sync(int fd, const char *path, failure_t *why) {
    while (fdatasync(fd) != 0)
        if (errno != EINTR)
            return failed(why, STATUS_INTERNAL, "%s: fdatasync: %s%s", path, strerror(errno), file_advice(errno));
    return STATUS_OK;
}

status_t file_rename_durably(const char *from, const char *to, failure_t *why) {
    char *path = file_folder(to);
    int folder = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(path);
    if (folder < 0)
        return failed(why, STATUS_INTERNAL, "the folder of %s cannot be opened: %s%s", to, strerror(errno),
                      file_advice(errno));
    status_t status = STATUS_OK;
    if (rename(from, to) != 0)
        status = failed(why, STATUS_INTERNAL, "%s: cannot be renamed to %s: %s%s", from, to, strerror(errno),
                        file_advice(errno));
    else if (fsync(folder) != 0)
        status = failed(why, STATUS_INTERNAL, "the folder of %s cannot be synced: %s%s", to, strerror(errno),
                        file_advice(errno));
    close(folder);
    return status;
}

char *file_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

char *file_name_with(const char *path, const char *infix) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    int stem = dot && dot > (slash ? slash + 1 : path) ? (int)(dot - path) : (int)strlen(path);
    char *name = NULL;
    return asprintf(&name, "%.*s%s%s", stem, path, infix, path + stem) < 0 ? NULL : name;
}

status_t file_read_text(const char *path, size_t limit, char **out, size_t *length, failure_t *why) {
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    char *text = malloc(limit + 2);
    if (!text) {
        fclose(file);
        return failed(why, STATUS_INTERNAL, "%s: out of memory", path);
    }
    size_t got = fread(text, 1, limit + 1, file);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    if (error || got > limit) {
        free(text);
        return error ? failed(why, STATUS_INPUT, "%s: read error: %s", path, strerror(error))
                     : failed(why, STATUS_INPUT, "%s: is larger than %zu bytes", path, limit);
    }
    text[got] = '\0';
    *out = text;
    *length = got;
    return STATUS_OK;
}
