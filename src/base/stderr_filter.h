/* What a library writes to stderr, held back for a while, to drop the lines that are known to be harmless: Debian 13's
 * ONNX Runtime writes 567 lines "Schema error: ... already registered" straight to stderr, past its own log levels,
 * when a process creates its first session. Everything else comes out, a little later; what a crash says meanwhile is
 * lost, so this is for where it is needed.
 */
#ifndef HARSANYI_BASE_STDERR_FILTER_H
#define HARSANYI_BASE_STDERR_FILTER_H

#include <stdio.h>

typedef struct {
    int kept;   /* the real stderr; -1: nothing is held back (the system had no descriptor left) */
    FILE *held; /* where lines go meanwhile */
} stderr_filter_t;

stderr_filter_t stderr_filter_start(void);

/* Gives stderr back and writes the lines held back, except those that begin with `drop` and empty ones right behind
 * such a line. Once for each start. */
void stderr_filter_end(stderr_filter_t *filter, const char *drop);

#endif
