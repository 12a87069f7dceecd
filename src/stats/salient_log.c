#include "stats/salient_log.h"

#include "base/file.h"
#include "base/wide.h"
#include "lattice/scratch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 4096 };

struct salient_log {
    char *folder;         /* owned, as are the next three */
    interaction_t *kept;  /* [in_memory]: the first of all */
    interaction_t *piece; /* [PIECE], for reading from the file, and what waits for being written to it */
    uint64_t *ends;       /* [samples]: where each sample ends */
    size_t room, in_memory;
    size_t ends_room, waiting; /* waiting: in piece */
    int64_t samples;
    uint64_t count;
    int fd; /* -1: none yet */
};

status_t salient_log_create(const char *folder, size_t in_memory, salient_log_t **out, failure_t *why) {
    salient_log_t *log = calloc(1, sizeof *log);
    *out = log;
    if (log) {
        log->fd = -1;
        log->in_memory = in_memory;
        log->folder = strdup(folder);
        log->piece = malloc(PIECE * sizeof *log->piece);
        if (log->folder && log->piece)
            return STATUS_OK;
    }
    salient_log_destroy(out);
    return failed(why, STATUS_INTERNAL, "out of memory for the salient interactions");
}

void salient_log_destroy(salient_log_t **log) {
    if (!*log)
        return;
    if ((*log)->fd >= 0)
        close((*log)->fd);
    free((*log)->folder);
    free((*log)->kept);
    free((*log)->piece);
    free((*log)->ends);
    free(*log);
    *log = NULL;
}

/* An array of `room` elements doubled until it holds `wanted` (`most` at the most); NULL without memory, the array is
 * then as it was. */
static void *grown(void *array, size_t *room, size_t wanted, size_t most, size_t width) {
    size_t now = *room ? *room : 1024;
    while (now < wanted && now <= SIZE_MAX / 2 / width)
        now *= 2;
    now = now < most ? now : most;
    void *more = now < wanted ? NULL : realloc(array, now * width);
    *room = more ? now : *room;
    return more;
}

static status_t no_memory(failure_t *why) {
    return failed(why, STATUS_INTERNAL, "out of memory for the salient interactions");
}

/* Writes what waits behind what the file has. */
static status_t flush(salient_log_t *log, failure_t *why) {
    if (log->waiting == 0)
        return STATUS_OK;
    if (log->fd < 0)
        TRY(scratch_open_nameless(log->folder, &log->fd, why));
    uint64_t first = log->count - log->waiting - log->in_memory;
    if (file_write_at(log->fd, log->folder, log->piece, log->waiting * sizeof *log->piece, first * sizeof *log->piece,
                      why) != STATUS_OK)
        return failed_within(why, "a temporary file for salient interactions (set TMPDIR to a folder with room)");
    log->waiting = 0;
    return STATUS_OK;
}

static status_t append(salient_log_t *log, interaction_t one, failure_t *why) {
    if (log->count < log->in_memory) {
        size_t at = (size_t)log->count;
        if (at >= log->room) {
            interaction_t *more = grown(log->kept, &log->room, at + 1, log->in_memory, sizeof one);
            if (!more)
                return no_memory(why);
            log->kept = more;
        }
        log->kept[at] = one;
    } else {
        if (log->waiting == PIECE)
            TRY(flush(log, why));
        log->piece[log->waiting++] = one;
    }
    log->count++;
    return STATUS_OK;
}

enum { GROUP = 16 }; /* few are salient: whole groups are passed over at once; a leaf may be shorter than one */

INLINED bool group_is_salient(const double *group, double threshold) {
    int salient = 0;
    for (int lane = 0; lane < GROUP; lane++)
        salient |= fabs(group[lane]) >= threshold;
    return salient != 0;
}

/* The first of the entries from `at` on, in steps of a group, whose group has a salient one or is cut short. */
static WIDE mask_t next_group(const double *leaf, mask_t at, mask_t count, double threshold) {
    while (count - at >= GROUP && !group_is_salient(leaf + at, threshold))
        at += GROUP;
    return at;
}

static status_t add_leaf(salient_log_t *log, mask_t first, const double *leaf, mask_t count, double threshold,
                         failure_t *why) {
    for (mask_t at = next_group(leaf, 0, count, threshold); at < count; at = next_group(leaf, at, count, threshold)) {
        mask_t end = count - at < GROUP ? count : at + GROUP;
        for (; at < end; at++)
            if (fabs(leaf[at]) >= threshold && first + at > 0)
                TRY(append(log, (interaction_t){first + at, leaf[at]}, why));
    }
    return STATUS_OK;
}

status_t salient_log_add(salient_log_t *log, row_source_t interactions, double threshold, failure_t *why) {
    mask_t step = row_leaf_masks(interactions.n);
    if ((size_t)log->samples >= log->ends_room) {
        uint64_t *more = grown(log->ends, &log->ends_room, (size_t)log->samples + 1, SIZE_MAX, sizeof *log->ends);
        if (!more)
            return no_memory(why);
        log->ends = more;
    }
    for (mask_t first = 0; threshold > 0 && first < mask_count(interactions.n); first += step) {
        const double *leaf;
        TRY(interactions.read(interactions.self, first, &leaf, why));
        TRY(add_leaf(log, first, leaf, step, threshold, why));
    }
    log->ends[log->samples++] = log->count;
    return STATUS_OK;
}

int64_t salient_log_samples(const salient_log_t *log) {
    return log->samples;
}

static uint64_t start_of(const salient_log_t *log, int64_t sample) {
    return sample > 0 ? log->ends[sample - 1] : 0;
}

uint64_t salient_log_count(const salient_log_t *log, int64_t sample) {
    return log->ends[sample] - start_of(log, sample);
}

status_t salient_log_read(salient_log_t *log, int64_t sample, uint64_t from, const interaction_t **entries,
                          size_t *count, failure_t *why) {
    uint64_t first = start_of(log, sample) + from, end = log->ends[sample];
    if (first < log->in_memory) {
        uint64_t kept_end = end < log->in_memory ? end : log->in_memory;
        *entries = log->kept + first;
        *count = (size_t)(kept_end - first);
        return STATUS_OK;
    }
    TRY(flush(log, why));
    *count = end - first < PIECE ? (size_t)(end - first) : PIECE;
    *entries = log->piece;
    return file_read_at(log->fd, log->folder, log->piece, *count * sizeof *log->piece,
                        (first - log->in_memory) * sizeof *log->piece, why);
}
