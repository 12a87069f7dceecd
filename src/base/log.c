#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

/* One fwrite per line, so that lines of several ranks do not mix. */
static void write_line(log_t *log, const char *level, const char *end, const char *format, va_list args) {
    char line[2048];
    size_t used = 0;
    if (log->live_line)
        used += (size_t)snprintf(line, sizeof line, "\r\033[K");
    if (log->rank == 0)
        used += (size_t)snprintf(line + used, sizeof line - used, "harsanyi: %s", level);
    else
        used += (size_t)snprintf(line + used, sizeof line - used, "harsanyi[rank %d]: %s", log->rank, level);
    int more = vsnprintf(line + used, sizeof line - used - 2, format, args);
    if (more > 0)
        text_clean(line + used, true);
    used += more < 0 ? 0 : (size_t)more;
    if (used > sizeof line - 3)
        used = sizeof line - 3;
    used += (size_t)snprintf(line + used, sizeof line - used, "%s", end);
    fwrite(line, 1, used, stderr);
    fflush(stderr);
    log->live_line = end[0] == '\0';
}

void log_info(log_t *log, const char *format, ...) {
    if (log->quiet || log->rank != 0)
        return;
    va_list args;
    va_start(args, format);
    write_line(log, "", "\n", format, args);
    va_end(args);
}

void log_warning(log_t *log, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_line(log, "warning: ", "\n", format, args);
    va_end(args);
}

void log_error(log_t *log, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_line(log, "error: ", "\n", format, args);
    va_end(args);
}

void log_progress(log_t *log, bool terminal, const char *format, ...) {
    if (log->quiet || log->rank != 0)
        return;
    va_list args;
    va_start(args, format);
    bool was_live = log->live_line;
    log->live_line = terminal || was_live;
    write_line(log, "", terminal ? "" : "\n", format, args);
    va_end(args);
}
