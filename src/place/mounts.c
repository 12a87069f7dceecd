#include "place/mounts.h"

#include <string.h>

/* Blanks are written as \040. */
static void unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* "36 35 0:21 TOP POINT OPTIONS optional fields - TYPE source FS_OPTIONS" */
static bool parse(char *line, mount_t *mount) {
    char *tail = strstr(line, " - "), *words[6];
    if (!tail)
        return false;
    *tail = '\0';
    for (size_t i = 0; i < 6; i++)
        words[i] = strsep(&line, " ");
    *mount = (mount_t){.device = words[2], .top = words[3], .point = words[4], .options = words[5]};
    tail += 3;
    mount->type = strsep(&tail, " ");
    strsep(&tail, " "); /* the source, which may be empty */
    mount->fs_options = strsep(&tail, " ");
    if (!mount->options || !mount->fs_options)
        return false;
    unescape(mount->top);
    unescape(mount->point);
    return true;
}

bool mounts_next(char **text, mount_t *mount) {
    char *line;
    while ((line = strsep(text, "\n")))
        if (parse(line, mount))
            return true;
    return false;
}

bool mounts_option(const char *options, const char *word) {
    size_t length = strlen(word);
    for (const char *at = options; *at; at += *at == ',') {
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '=' || at[length] == '\0'))
            return true;
        at += strcspn(at, ",");
    }
    return false;
}
