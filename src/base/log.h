/* Lines on stderr for users and batch logs. Rank 0 prints everything; other ranks only warnings and errors.
 *
 * Functions that print get a log_t; there is no global log. Lines look like
 *     harsanyi: <text>                     level info
 *     harsanyi: warning: <text>            level warning
 *     harsanyi[rank 3]: error: <text>      from a rank other than 0
 */
#ifndef HARSANYI_BASE_LOG_H
#define HARSANYI_BASE_LOG_H

#include <stdbool.h>

typedef struct {
    int rank;
    bool quiet;     /* info is dropped */
    bool live_line; /* the terminal shows a progress line without newline, to be cleared before the next line */
} log_t;

void log_info(log_t *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(log_t *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(log_t *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Shows a progress line: rewritten in place on a terminal, a whole line of its own elsewhere. */
void log_progress(log_t *log, bool terminal, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
