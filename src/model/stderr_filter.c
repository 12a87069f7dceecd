#include "model/stderr_filter.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

stderr_filter_t stderr_filter_start(void) {
    stderr_filter_t filter = {.kept = -1, .held = -1};
    fflush(stderr);
    filter.held = memfd_create("stderr", MFD_CLOEXEC);
    if (filter.held >= 0)
        filter.kept = dup(STDERR_FILENO);
    if (filter.kept >= 0 && dup2(filter.held, STDERR_FILENO) < 0) {
        close(filter.kept);
        filter.kept = -1;
    }
    return filter;
}

static void write_kept_lines(FILE *lines, const char *drop) {
    char *line = NULL;
    size_t room = 0;
    bool dropped = false;
    while (getline(&line, &room, lines) > 0) {
        bool empty = strcmp(line, "\n") == 0;
        dropped = strncmp(line, drop, strlen(drop)) == 0 || (dropped && empty);
        if (!dropped)
            fputs(line, stderr);
    }
    free(line);
}

void stderr_filter_end(stderr_filter_t *filter, const char *drop) {
    fflush(stderr);
    if (filter->kept >= 0) {
        dup2(filter->kept, STDERR_FILENO);
        close(filter->kept);
    }
    FILE *lines = filter->held >= 0 ? fdopen(filter->held, "r") : NULL;
    if (lines) {
        rewind(lines); /* the position was shared with the writer's */
        write_kept_lines(lines, drop);
        fclose(lines);
    } else if (filter->held >= 0) {
        close(filter->held);
    }
    *filter = (stderr_filter_t){.kept = -1, .held = -1};
}
