/* Complete reads and writes, and durable renames. All messages name the path. */
#ifndef HARSANYI_BASE_FILE_H
#define HARSANYI_BASE_FILE_H

#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to do about an errno of a disk: ": make room on that disk"; empty for any other. Follows strerror. */
const char *file_advice(int error);

/* pread/pwrite until all `bytes` are done, or a failure naming `path`, the offset and errno (a short file is one). */
status_t file_read_at(int fd, const char *path, void *data, size_t bytes, uint64_t offset, failure_t *why);
status_t file_write_at(int fd, const char *path, const void *data, size_t bytes, uint64_t offset, failure_t *why);

/* Shows whether a file was written or replaced: between two equal stamps it was not, within the resolution of its
 * clock. Zeros when the file is missing. */
typedef struct {
    uint64_t inode;
    int64_t bytes, seconds, nanoseconds; /* size, last change */
} file_stamp_t;
file_stamp_t file_stamp(const char *path);
bool file_stamp_equal(file_stamp_t a, file_stamp_t b);

/* fdatasync(2). */
status_t file_sync(int fd, const char *path, failure_t *why);

/* Renames `from` (already synced) to `to` and fsyncs the folder, so that the new name survives a power cut. */
status_t file_rename_durably(const char *from, const char *to, failure_t *why);

/* The folder of a file: "." where the path names none; owned by the caller, NULL without memory. */
char *file_folder(const char *path);

/* `path` with `infix` before the last dot of its name, or at its end; owned by the caller, NULL without memory. */
char *file_name_with(const char *path, const char *infix);

/* Reads a whole text file of at most `limit` bytes; *out is owned by the caller, NUL-terminated. */
status_t file_read_text(const char *path, size_t limit, char **out, size_t *length, failure_t *why);

#endif
