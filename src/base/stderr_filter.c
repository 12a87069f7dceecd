#include "base/stderr_filter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

stderr_filter_t stderr_filter_start(void) {
    fflush(stderr);
    stderr_filter_t filter = {.kept = -1, .held = fdopen(memfd_create("stderr", MFD_CLOEXEC), "r+")};
    if (filter.held)
        filter.kept = dup(STDERR_FILENO);
    if (filter.kept >= 0)
        dup2(fileno(filter.held), STDERR_FILENO);
    return filter;
}

void stderr_filter_end(stderr_filter_t *filter, const char *drop) {
    char *line = NULL;
    size_t room = 0;
    bool dropped = false;
    fflush(stderr);
    if (filter->kept >= 0) {
        dup2(filter->kept, STDERR_FILENO);
        close(filter->kept);
    }
    if (!filter->held)
        return;
    rewind(filter->held); /* the position was shared with the writer's */
    while (getline(&line, &room, filter->held) > 0) {
        dropped = strncmp(line, drop, strlen(drop)) == 0 || (dropped && strcmp(line, "\n") == 0);
        if (!dropped)
            fputs(line, stderr);
    }
    free(line);
    fclose(filter->held);
}
