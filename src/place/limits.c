#include "place/limits.h"

#include "base/file.h"
#include "base/memory.h"
#include "place/disk.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

/* v1 writes "no limit" as the largest multiple of the page size in 63 bits. */
static const uint64_t UNLIMITED = (uint64_t)1 << 62;

/* ---- small files ---- */

/* The text of root + folder + name; NULL when it cannot be read. Freed by the caller. */
static char *read_file(const char *root, const char *folder, const char *name) {
    char path[PATH_MAX], *text = NULL;
    size_t length;
    if (snprintf(path, sizeof path, "%s%s%s", root, folder, name) >= (int)sizeof path)
        return NULL;
    return file_read_text(path, FILE_MAX, &text, &length, NULL) == STATUS_OK ? text : NULL;
}

/* A whole number at the start of a text; false for "max" and the like. */
static bool read_number(const char *text, uint64_t *number) {
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return end != text && errno == 0;
}

static bool number_in(const char *root, const char *folder, const char *name, uint64_t *number) {
    char *text OWNED = read_file(root, folder, name);
    return text && read_number(text, number);
}

/* The number after `key` at the start of a line: "key 123", "key:   123 kB". */
static uint64_t number_of(const char *text, const char *key) {
    size_t length = strlen(key);
    uint64_t number = 0;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && strchr(": \t", line[length]) && line[length]) {
            const char *digits = line + length;
            return read_number(digits + strspn(digits, ": \t"), &number) ? number : 0;
        }
    }
    return 0;
}

/* ---- control groups ---- */

/* A folder of a control group, below the place where the hierarchy is mounted. */
typedef struct {
    char path[PATH_MAX];
    size_t mount; /* length of the mount point, the topmost folder to check */
    bool v2;
} group_t;

/* Where the hierarchy with `controller` (v1) or the one of v2 is mounted. */
static bool find_mount(char *mountinfo, const char *controller, bool v2, mount_t *mount) {
    while (disk_next_mount(&mountinfo, mount))
        if (strcmp(mount->type, v2 ? "cgroup2" : "cgroup") == 0 &&
            (v2 || disk_has_option(mount->fs_options, controller)))
            return true;
    return false;
}

/* This process's path in that hierarchy: a line "4:memory:PATH" of /proc/self/cgroup, "0::PATH" for v2. */
static char *find_path(char *cgroups, const char *controller, bool v2) {
    for (char *save = NULL, *line = strtok_r(cgroups, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
        if (!path)
            continue;
        *path = '\0';
        if (v2 ? strncmp(line, "0:", 2) == 0 && list[1] == '\0' : disk_has_option(list + 1, controller))
            return path + 1;
    }
    return NULL;
}

static bool find_group(const char *root, const char *controller, bool v2, group_t *group) {
    char *cgroups OWNED = read_file(root, "/proc/self/", "cgroup");
    char *mountinfo OWNED = read_file(root, "/proc/self/", "mountinfo");
    char *path = cgroups ? find_path(cgroups, controller, v2) : NULL;
    mount_t mount;
    bool found = path && mountinfo && find_mount(mountinfo, controller, v2, &mount);
    if (found) {
        size_t above = strcmp(mount.top, "/") == 0 ? 0 : strlen(mount.top);
        /* In a container the mount may start at a folder that the path starts with, or the path may lead elsewhere. */
        bool below = strncmp(path, mount.top, above) == 0 && !strstr(path, "/..");
        int length = snprintf(group->path, sizeof group->path, "%s%s", mount.point, below ? path + above : "");
        group->mount = strlen(mount.point);
        group->v2 = v2;
        found = length > 0 && length < (int)sizeof group->path;
        if (found && length > 1 && group->path[length - 1] == '/')
            group->path[length - 1] = '\0';
    }
    return found;
}

/* Goes one folder up; false at the mount point. */
static bool go_up(group_t *group) {
    char *slash = strrchr(group->path, '/');
    if (!slash || (size_t)(slash - group->path) < group->mount)
        return false;
    *slash = '\0';
    return true;
}

/* ---- memory ---- */

static uint64_t less(uint64_t a, uint64_t b) {
    return a > b ? a - b : 0;
}

static void add_group(const char *root, const group_t *group, memory_limits_t *out) {
    const char *limit_name = group->v2 ? "/memory.max" : "/memory.limit_in_bytes";
    uint64_t limit, used = 0;
    if (out->count == LIMITS_MAX || !number_in(root, group->path, limit_name, &limit) || limit >= UNLIMITED)
        return;
    number_in(root, group->path, group->v2 ? "/memory.current" : "/memory.usage_in_bytes", &used);
    char *stat OWNED = read_file(root, group->path, "/memory.stat");
    uint64_t cache = !stat       ? 0
                     : group->v2 ? number_of(stat, "inactive_file") + number_of(stat, "active_file")
                                 : number_of(stat, "total_inactive_file") + number_of(stat, "total_active_file");
    memory_limit_t *one = &out->limits[out->count++];
    *one = (memory_limit_t){.bytes = limit, .room = less(limit, less(used, cache))};
    snprintf(one->from, sizeof one->from, "%.*s%s", (int)(sizeof one->from - 32), group->path, limit_name);
}

static void add_groups(const char *root, bool v2, memory_limits_t *out) {
    group_t group;
    if (find_group(root, "memory", v2, &group))
        do
            add_group(root, &group, out);
        while (go_up(&group));
}

static void add_machine(const char *root, memory_limits_t *out) {
    char *text OWNED = read_file(root, "/proc/", "meminfo");
    if (text && number_of(text, "MemTotal") > 0 && out->count < LIMITS_MAX) {
        memory_limit_t *one = &out->limits[out->count++];
        one->bytes = 1024 * (number_of(text, "MemTotal") + number_of(text, "SwapTotal"));
        one->room = 1024 * (number_of(text, "MemAvailable") + number_of(text, "SwapFree"));
        snprintf(one->from, sizeof one->from, "/proc/meminfo");
    }
}

void limits_memory(const char *root, memory_limits_t *out) {
    out->count = 0;
    add_groups(root, true, out);
    add_groups(root, false, out);
    add_machine(root, out);
}

const memory_limit_t *limits_tightest(const memory_limits_t *limits) {
    const memory_limit_t *tightest = NULL;
    for (size_t i = 0; i < limits->count; i++)
        if (!tightest || limits->limits[i].room < tightest->room)
            tightest = &limits->limits[i];
    return tightest;
}

static memory_own_t memory_in(const char *root, const char *folder) {
    char *text OWNED = read_file(root, folder, "status");
    if (!text)
        return (memory_own_t){0};
    return (memory_own_t){.resident = 1024 * number_of(text, "VmRSS"),
                          .addresses = 1024 * number_of(text, "VmSize"),
                          .data = 1024 * number_of(text, "VmData"),
                          .most_resident = 1024 * number_of(text, "VmHWM")};
}

memory_own_t limits_own(const char *root) {
    return memory_in(root, "/proc/self/");
}

memory_own_t limits_of(pid_t process) {
    char folder[64];
    snprintf(folder, sizeof folder, "/proc/%ld/", (long)process);
    return memory_in("", folder);
}

uint64_t limits_resource(int resource) {
    struct rlimit limit;
    return getrlimit((__rlimit_resource_t)resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur
                                                                                                    : UINT64_MAX;
}

/* ---- processors ---- */

/* "50000 100000" in cpu.max, or two files of v1; 0: no limit. */
static double quota_of(const char *root, const group_t *group) {
    uint64_t quota = 0, period = 0;
    if (group->v2) {
        char *text OWNED = read_file(root, group->path, "/cpu.max"), *end = text;
        quota = text ? strtoull(text, &end, 10) : 0; /* 0 for "max" */
        period = text ? strtoull(end, NULL, 10) : 0;
    } else if (number_in(root, group->path, "/cpu.cfs_quota_us", &quota)) {
        number_in(root, group->path, "/cpu.cfs_period_us", &period);
    }
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

double limits_processors(const char *root) {
    double least = 0;
    for (int version = 1; version <= 2; version++) {
        group_t group;
        if (!find_group(root, "cpu", version == 2, &group))
            continue;
        do {
            double quota = quota_of(root, &group);
            if (quota > 0 && (least <= 0 || quota < least))
                least = quota;
        } while (go_up(&group));
    }
    return least;
}

/* The first of the hardware threads that share processor `cpu`'s core; itself where that is not known. */
static size_t first_thread(const char *root, size_t cpu) {
    char folder[64];
    uint64_t first;
    snprintf(folder, sizeof folder, "/sys/devices/system/cpu/cpu%zu/topology", cpu);
    return number_in(root, folder, "/thread_siblings_list", &first) && first < CPU_SETSIZE ? first : cpu;
}

int limits_cores(const char *root) {
    cpu_set_t allowed, cores;
    double quota = limits_processors(root);
    CPU_ZERO(&cores);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        CPU_ZERO(&allowed);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed))
            CPU_SET(first_thread(root, cpu), &cores);
    int count = CPU_COUNT(&cores);
    if (count == 0) /* more processors than fit in the set */
        count = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (quota > 0 && quota < count)
        count = (int)ceil(quota);
    return count > 0 ? count : 1;
}
