#include "results/paths.h"

#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What base/ made, or the end for want of memory. */
static char *needed(char *path) {
    if (!path)
        memory_ended("a path");
    return path;
}

char *paths_folder(const char *path) {
    return needed(file_folder(path));
}

status_t paths_check_output(const char *path, bool must_exist, bool *exists, failure_t *why) {
    struct stat info;
    char *folder OWNED = paths_folder(path);
    *exists = stat(path, &info) == 0;
    bool other = *exists && !S_ISREG(info.st_mode);
    if (!*path)
        return failed(why, STATUS_INPUT, "the path of the output file is empty");
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
        return failed(why, STATUS_INPUT, "%s: the folder %s does not exist; create it, or give another output file",
                      path, folder);
    if (other)
        return failed(why, STATUS_INPUT, "%s: is a folder or device, not a file; give another output file", path);
    if (access(folder, W_OK | X_OK) != 0 || (*exists && access(path, W_OK) != 0))
        return failed(why, STATUS_INPUT, "%s: cannot be written: %s", path, strerror(errno));
    if (must_exist && !*exists)
        return failed(why, STATUS_INPUT, "%s: there is no such file to resume; omit --resume to start a new one", path);
    return STATUS_OK;
}

status_t paths_check_new(const char *path, failure_t *why) {
    bool exists = false;
    TRY(paths_check_output(path, false, &exists, why));
    return exists ? failed(why, STATUS_INPUT, "%s: already exists; remove it, or give another name (-o)", path)
                  : STATUS_OK;
}

/* ".shard-I-of-K", or "" when shards is 0; owned by the caller. */
static char *shard_infix(int shard, int shards) {
    return shards > 0 ? memory_text(".shard-%d-of-%d", shard, shards) : memory_text("%s", "");
}

char *paths_shard(const char *path, int shard, int shards) {
    char *infix OWNED = shard_infix(shard, shards);
    return needed(file_name_with(path, infix));
}

char *paths_whole(const char *path, int shard, int shards) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *at = NULL;
    char *infix OWNED = shard_infix(shard, shards);
    for (const char *next = name; (next = strstr(next, infix)); next++)
        at = next;
    return at && at != name ? memory_text("%.*s%s", (int)(at - path), path, at + strlen(infix)) : NULL;
}

/* The process whose part this is; 0: it is not a part of OUT from this host. */
static long part_process(const char *name, const char *beginning) {
    size_t length = strlen(beginning);
    char *end = NULL;
    if (strncmp(name, beginning, length) != 0 || name[length] < '1' || name[length] > '9')
        return 0;
    long process = strtol(name + length, &end, 10);
    return *end == '\0' || strcmp(end, ".tmp") == 0 ? process : 0;
}

static bool is_dead(long process) {
    return process == getpid() || (kill((pid_t)process, 0) != 0 && errno == ESRCH);
}

/* In `folder`. A part that cannot be removed does no harm. */
static void remove_dead_parts(const char *folder, const char *beginning) {
    DIR *open_folder = opendir(folder);
    for (struct dirent *entry; open_folder && (entry = readdir(open_folder));) {
        long process = part_process(entry->d_name, beginning);
        if (process > 0 && is_dead(process))
            unlinkat(dirfd(open_folder), entry->d_name, 0);
    }
    if (open_folder)
        closedir(open_folder);
}

char *paths_part(const char *out) {
    char host[65] = "unknown";
    const char *slash = strrchr(out, '/');
    gethostname(host, sizeof host - 1);
    char *beginning OWNED = memory_text("%s.part-%s-", slash ? slash + 1 : out, host);
    char *folder OWNED = paths_folder(out);
    remove_dead_parts(folder, beginning);
    return memory_text("%s.part-%s-%ld", out, host, (long)getpid());
}

bool paths_same_file(const char *path, const char *other) {
    struct stat a, b;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

enum { ROWS_AT_ONCE = 1024 };

status_t results_count(const results_t *results, results_count_t *count, failure_t *why) {
    *count = (results_count_t){0};
    const row_t rows = results_samples(results);
    uint8_t status[ROWS_AT_ONCE];
    int64_t target[ROWS_AT_ONCE];
    for (row_t k = 0; k < rows; k += ROWS_AT_ONCE) {
        const size_t some = rows - k < ROWS_AT_ONCE ? (size_t)(rows - k) : ROWS_AT_ONCE;
        TRY(results_read_outcomes(results, k, some, status, target, why));
        for (size_t i = 0; i < some; i++) {
            count->done += status[i] == SAMPLE_DONE;
            count->failed += status[i] == SAMPLE_FAILED;
            count->pending += status[i] == SAMPLE_PENDING;
        }
    }
    return STATUS_OK;
}
