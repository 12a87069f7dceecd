#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

/* One fwrite per line, so that lines of several ranks do not mix. */
void log_line(log_t *log, log_level_t level, const char *format, ...) {
    static const char *const words[] = {"", "", "warning: ", "error: "};
    char line[2048], rank[32] = "";
    bool live = level == LEVEL_LIVE;
    va_list args;
    if (level <= LEVEL_LIVE && (log->quiet || log->rank != 0))
        return;
    if (log->rank != 0)
        snprintf(rank, sizeof rank, "[rank %d]", log->rank);
    size_t used = (size_t)snprintf(line, sizeof line, "%sharsanyi%s: %s", live || log->live_line ? "\r\033[K" : "",
                                   rank, words[level]);
    va_start(args, format);
    int more = vsnprintf(line + used, sizeof line - used - 2, format, args);
    va_end(args);
    if (more > 0)
        text_clean(line + used, true);
    used += more < 0 ? 0 : (size_t)more;
    if (used > sizeof line - 3)
        used = sizeof line - 3;
    if (!live)
        line[used++] = '\n';
    fwrite(line, 1, used, stderr);
    fflush(stderr);
    log->live_line = live;
}
