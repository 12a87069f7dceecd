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

typedef enum {
    LEVEL_INFO,
    LEVEL_LIVE, /* the same, rewritten in place: for a terminal */
    LEVEL_WARNING,
    LEVEL_ERROR
} log_level_t;

void log_line(log_t *log, log_level_t level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_info(log, ...) log_line(log, LEVEL_INFO, __VA_ARGS__)
#define log_warning(log, ...) log_line(log, LEVEL_WARNING, __VA_ARGS__)
#define log_error(log, ...) log_line(log, LEVEL_ERROR, __VA_ARGS__)

#endif
