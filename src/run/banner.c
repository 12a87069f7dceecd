#include "run/banner.h"

#include <string.h>

enum { RULE = 40 }; /* the least number of dashes in such a line */

static bool is_dashes(const char *line, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (line[i] != '-')
            return false;
    return true;
}

/* Whether a line is mpirun's note that it forwards a signal; if not `whole`, whether it may become one. */
static bool is_note(const char *line, size_t length, bool whole) {
    static const char *const notes[] = {"mpirun: Forwarding signal ", "mpiexec: Forwarding signal ",
                                        "prterun: Forwarding signal "};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        size_t known = strlen(notes[i]);
        if ((length >= known || !whole) && memcmp(line, notes[i], length < known ? length : known) == 0)
            return true;
    }
    return false;
}

/* Open MPI 4 and 5; version 4 has two banners. */
static bool is_banner(const char *text, size_t length) {
    static const char *const said[] = {"exited with non-zero status", "a non-zero exit code."};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (memmem(text, length, said[i], strlen(said[i])))
            return true;
    return false;
}

/* Writes what is held to `out`, or drops it (NULL). The next byte begins a line. */
static size_t release_held(banner_t *b, char *out) {
    size_t length = b->length;
    if (out)
        memcpy(out, b->held, length);
    b->length = b->line = 0;
    b->state = BANNER_LINE_START;
    return out ? length : 0;
}

/* The closing line of dashes has arrived. */
static size_t close_block(banner_t *b, char *out) {
    if (!is_banner(b->held, b->length) || b->kept_length + b->length > sizeof b->kept)
        return release_held(b, out);
    memcpy(b->kept + b->kept_length, b->held, b->length);
    b->kept_length += b->length;
    return release_held(b, NULL);
}

/* A held line has ended. */
static size_t end_line(banner_t *b, char *out) {
    const char *line = b->held + b->line;
    size_t length = b->length - b->line - 1;
    bool rule = length >= RULE && is_dashes(line, length);
    if (b->state == BANNER_INSIDE && rule)
        return close_block(b, out);
    if (b->state == BANNER_INSIDE || rule) {
        b->state = BANNER_INSIDE;
        b->line = b->length;
        return 0;
    }
    return release_held(b, is_note(line, length, true) ? NULL : out);
}

static size_t take_byte(banner_t *b, char byte, char *out) {
    if (b->state == BANNER_IN_LINE || b->length == sizeof b->held) {
        size_t used = release_held(b, out);
        out[used++] = byte;
        b->state = byte == '\n' ? BANNER_LINE_START : BANNER_IN_LINE;
        return used;
    }
    b->held[b->length++] = byte;
    if (byte == '\n')
        return end_line(b, out);
    if (b->state == BANNER_INSIDE || is_dashes(b->held, b->length) || is_note(b->held, b->length, false))
        return 0;
    size_t used = release_held(b, out);
    b->state = BANNER_IN_LINE;
    return used;
}

size_t banner_take(banner_t *banner, const char *bytes, size_t count, char *out) {
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += take_byte(banner, bytes[i], out + used);
    return used;
}

size_t banner_end(banner_t *banner, bool show, char *out) {
    size_t used = show ? banner->kept_length : 0;
    memcpy(out, banner->kept, used);
    return used + release_held(banner, out + used);
}
