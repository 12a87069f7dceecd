#include "model/stderr_filter.h"

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

void stderr_filter_end(stderr_filter_t *filter, const char *drop) {
    fflush(stderr);
    if (filter->kept >= 0) {
        dup2(filter->kept, STDERR_FILENO);
        close(filter->kept);
    }
    FILE *lines = filter->held >= 0 ? fdopen(filter->held, "r") : NULL;
    char *line = NULL;
    size_t room = 0;
    if (lines) {
        rewind(lines); /* the position was shared with the writer's */
        while (getline(&line, &room, lines) > 0)
            if (strncmp(line, drop, strlen(drop)) != 0)
                fputs(line, stderr);
        fclose(lines);
    } else if (filter->held >= 0) {
        close(filter->held);
    }
    free(line);
    *filter = (stderr_filter_t){.kept = -1, .held = -1};
}
