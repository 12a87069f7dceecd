/* place/limits: memory and processor limits read from made-up trees of /proc and /sys, of control groups v1, v2 and
 * both, in containers, and from nonsense. */
#include "place/limits.h"
#include "support/test.h"

#include <sys/stat.h>

static char root[TEMPORARY_PATH];

static int make_root(void **state) {
    return make_temporary_folder(root);
}

static int remove_root(void **state) {
    return remove_temporary_folder(root);
}

/* Writes root + path, with its folders. */
static void put(const char *path, const char *text) {
    char full[512];
    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0777);
        *slash = '/';
    }
    write_text(full, text);
}

/* Looks at the tree; so many limits are found. */
static memory_limits_t look(size_t count) {
    memory_limits_t limits;
    limits_memory(root, &limits);
    assert_int_equal(limits.count, count);
    return limits;
}

static const char MEMINFO[] = "MemTotal:       1000 kB\nMemFree:        1 kB\nMemAvailable:    600 kB\n"
                              "SwapTotal:      100 kB\nSwapFree:        50 kB\n";

TEST_WITH(nothing_limits_nothing, make_root, remove_root) {
    memory_limits_t limits = look(0);
    assert_null(limits_tightest(&limits));
    assert_true(limits_processors(root) == 0);
    assert_int_equal(limits_own(root).resident, 0);
    put("/proc/meminfo", MEMINFO);
    limits = look(1);
    assert_int_equal(limits.limits[0].bytes, 1100 * 1024);
    assert_int_equal(limits.limits[0].room, 650 * 1024);
    assert_string_equal(limits_tightest(&limits)->from, "/proc/meminfo");
}

/* v2: the job's group has no limit of its own, the one above has; page cache counts as room. */
TEST_WITH(groups_above_count_too, make_root, remove_root) {
    put("/proc/meminfo", MEMINFO);
    put("/proc/self/cgroup", "0::/slurm/job_7/step_0\n");
    put("/proc/self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw\n"
                                "36 35 0:29 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/slurm/job_7/memory.max", "500000\n");
    put("/sys/fs/cgroup/slurm/job_7/memory.current", "400000\n");
    put("/sys/fs/cgroup/slurm/job_7/memory.stat", "anon 1\nfile 300000\ninactive_file 200000\nactive_file 50000\n");
    put("/sys/fs/cgroup/slurm/job_7/cpu.max", "150000 100000\n");
    put("/sys/fs/cgroup/slurm/memory.max", "9000000\n");
    put("/sys/fs/cgroup/slurm/cpu.max", "800000 100000\n");
    memory_limits_t limits = look(3);
    assert_string_equal(limits.limits[0].from, "/sys/fs/cgroup/slurm/job_7/memory.max");
    assert_int_equal(limits.limits[0].bytes, 500000);
    assert_int_equal(limits.limits[0].room, 500000 - (400000 - 250000));
    assert_string_equal(limits.limits[1].from, "/sys/fs/cgroup/slurm/memory.max");
    assert_int_equal(limits.limits[1].room, 9000000);
    assert_ptr_equal(limits_tightest(&limits), &limits.limits[0]);
    assert_true(limits_processors(root) == 1.5);
    put("/sys/fs/cgroup/slurm/job_7/cpu.max", "30000 100000\n");
    assert_int_equal(limits_cores(root), 1);
}

/* v1 beside v2 (hybrid): memory and cpu are v1's; the mount point has a blank in its name. */
TEST_WITH(version_1_beside_version_2, make_root, remove_root) {
    put("/proc/self/cgroup", "9:name=systemd:/\n4:memory:/job\n2:cpu,cpuacct:/job\n0::/\n");
    put("/proc/self/mountinfo", "35 31 0:32 / /sys/fs/c\\040g/memory rw - cgroup cgroup rw,memory\n"
                                "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/c g/memory/job/memory.limit_in_bytes", "300000\n");
    put("/sys/fs/c g/memory/job/memory.usage_in_bytes", "400000\n"); /* over it, with what can be given back */
    put("/sys/fs/c g/memory/job/memory.stat", "inactive_file 5\ntotal_inactive_file 100000\ntotal_active_file 50000\n");
    put("/sys/fs/c g/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    memory_limits_t limits = look(1);
    assert_string_equal(limits.limits[0].from, "/sys/fs/c g/memory/job/memory.limit_in_bytes");
    assert_int_equal(limits.limits[0].room, 300000 - (400000 - 150000));
    assert_true(limits_processors(root) == 0.5);
}

/* A container that sees its own group as the top, under the name that it has outside. */
TEST_WITH(containers_see_their_own_top, make_root, remove_root) {
    put("/proc/self/cgroup", "4:memory:/docker/abc/inner\n");
    put("/proc/self/mountinfo", "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "70000\n");
    put("/sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "60000\n");
    memory_limits_t limits = look(2);
    assert_int_equal(limits.limits[0].bytes, 60000);
    assert_int_equal(limits.limits[1].bytes, 70000);
    put("/proc/self/cgroup", "4:memory:/../other\n"); /* of another namespace: only the top can be seen */
    limits = look(1);
    assert_int_equal(limits.limits[0].bytes, 70000);
}

TEST_WITH(nonsense_limits_nothing, make_root, remove_root) {
    const char *const groups[] = {"", "\n\n", "4", "4:memory", ":::", "4:memory:", "4:memory:/a\n"};
    const char *const mounts[] = {"", " - ", "1 2 - cgroup x memory", "1 2 3 / /m - cgroup c rw,memory\n"};
    put("/m/a/memory.limit_in_bytes", "99999999999999999999999\n");
    put("/proc/meminfo", "MemTotal: lots\n");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (size_t k = 0; k < sizeof mounts / sizeof *mounts; k++) {
            put("/proc/self/cgroup", groups[i]);
            put("/proc/self/mountinfo", mounts[k]);
            look(0);
            assert_true(limits_processors(root) == 0);
        }
}

TEST(this_process_holds_something) {
    memory_own_t own = limits_own("");
    assert_true(own.resident > 100000 && own.addresses >= own.resident && own.addresses < (uint64_t)1 << 48);
    assert_true(own.data > 0 && own.data < own.addresses);
    assert_true(own.most_resident >= own.resident && own.most_resident < own.addresses);
    memory_limits_t limits;
    limits_memory("", &limits);
    assert_true(limits.count > 0);
    assert_true(limits_tightest(&limits)->room > own.resident / 100);
}

/* Which processors this process may use is no part of the made-up tree. */
TEST_WITH(threads_of_a_core_count_once, make_root, remove_root) {
    int allowed = limits_cores(root);
    assert_true(allowed >= 1);
    for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
        char path[96];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%ld/topology/thread_siblings_list", cpu);
        put(path, "0-1023\n");
    }
    assert_int_equal(limits_cores(root), 1);
}

int main(void) {
    return run_all(NULL, NULL);
}
