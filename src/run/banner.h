/* Removes the banner that mpirun prints when a rank ends with an exit code: it only says, between two lines of dashes,
 * that the code was not 0. Ranks report themselves why they end, and codes 2 and 75 are not errors.
 *
 * Works on the bytes of mpirun's stderr as they arrive. Everything else passes at once, even an unfinished progress
 * line; only text that may become a banner waits for the line that closes it.
 */
#ifndef HARSANYI_RUN_BANNER_H
#define HARSANYI_RUN_BANNER_H

#include <stdbool.h>
#include <stddef.h>

enum { BANNER_ROOM = 4096 }; /* a longer text between dashes is not a banner */

/* Zero-initialise with {0}. */
typedef struct {
    char held[BANNER_ROOM]; /* what may become a banner */
    size_t length, line;    /* of held; where its last line begins */
    enum { BANNER_LINE_START, BANNER_IN_LINE, BANNER_INSIDE } state;
    char kept[BANNER_ROOM]; /* banners */
    size_t kept_length;
} banner_t;

/* Takes `count` bytes; writes what passes to `out`, which has room for BANNER_ROOM + count, and returns how many bytes
 * that is. */
size_t banner_take(banner_t *banner, const char *bytes, size_t count, char *out);

/* After the last byte: writes what is still held, and with `show` the banners too, to `out`, which has room for
 * 2 * BANNER_ROOM; returns how many bytes that is. */
size_t banner_end(banner_t *banner, bool show, char *out);

#endif
