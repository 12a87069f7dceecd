#include "lattice/scratch.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scratch {
    char *folder; /* owned */
    int memory_bits;
    int bits;       /* of the table at hand */
    double *memory; /* [2^held_bits], owned */
    int held_bits;
    int fd; /* -1: no file yet */
};

status_t scratch_create(const char *folder, int memory_bits, scratch_t **out, failure_t *why) {
    scratch_t *scratch = calloc(1, sizeof *scratch);
    *out = scratch;
    if (scratch)
        scratch->folder = strdup(folder);
    if (!scratch || !scratch->folder) {
        free(scratch);
        *out = NULL;
        return failed(why, STATUS_INTERNAL, "out of memory for a working table");
    }
    scratch->memory_bits = memory_bits;
    scratch->held_bits = -1;
    scratch->fd = -1;
    return STATUS_OK;
}

void scratch_destroy(scratch_t **scratch) {
    if (!*scratch)
        return;
    if ((*scratch)->fd >= 0)
        close((*scratch)->fd);
    free((*scratch)->memory);
    free((*scratch)->folder);
    free(*scratch);
    *scratch = NULL;
}

static status_t grow_memory(scratch_t *s, failure_t *why) {
    if (s->held_bits >= s->bits)
        return STATUS_OK;
    free(s->memory);
    s->held_bits = -1;
    s->memory = malloc(mask_count(s->bits) * sizeof *s->memory);
    if (!s->memory)
        return failed(why, STATUS_INTERNAL, "out of memory for a working table of 2^%d numbers", s->bits);
    s->held_bits = s->bits;
    return STATUS_OK;
}

/* What went wrong, and how much room is needed where. */
static status_t no_room(const scratch_t *s, failure_t *why) {
    return failed_within(why, "a temporary file of up to %.3g GB (set TMPDIR to a folder with room)",
                         (double)mask_count(s->bits) * sizeof(double) / 1e9);
}

status_t scratch_open_nameless(const char *folder, int *fd, failure_t *why) {
    char *name = NULL;
    *fd = -1;
    if (asprintf(&name, "%s/.harsanyi-XXXXXX", folder) < 0)
        return failed(why, STATUS_INTERNAL, "out of memory for the name of a temporary file");
    status_t status = STATUS_OK;
    *fd = mkostemp(name, O_CLOEXEC);
    if (*fd < 0)
        status = failed(why, STATUS_INTERNAL, "%s: %s", name, strerror(errno));
    else
        unlink(name);
    free(name);
    return status;
}

static status_t open_file(scratch_t *s, failure_t *why) {
    if (s->fd >= 0 || scratch_open_nameless(s->folder, &s->fd, why) == STATUS_OK)
        return STATUS_OK;
    return no_room(s, why);
}

status_t scratch_begin(scratch_t *s, int bits, failure_t *why) {
    s->bits = bits;
    return bits <= s->memory_bits ? grow_memory(s, why) : open_file(s, why);
}

status_t scratch_write(void *scratch, mask_t first, mask_t count, const double *data, failure_t *why) {
    scratch_t *s = scratch;
    if (s->bits <= s->memory_bits) {
        memcpy(s->memory + first, data, count * sizeof *data);
        return STATUS_OK;
    }
    if (file_write_at(s->fd, s->folder, data, count * sizeof *data, first * sizeof *data, why) != STATUS_OK)
        return no_room(s, why);
    return STATUS_OK;
}

status_t scratch_read(void *scratch, mask_t first, mask_t count, double *data, failure_t *why) {
    scratch_t *s = scratch;
    if (s->bits <= s->memory_bits) {
        memcpy(data, s->memory + first, count * sizeof *data);
        return STATUS_OK;
    }
    return file_read_at(s->fd, s->folder, data, count * sizeof *data, first * sizeof *data, why);
}

char *scratch_folder(const char *path) {
    const char *chosen = getenv("TMPDIR");
    return chosen && *chosen ? strdup(chosen) : file_folder(path);
}
