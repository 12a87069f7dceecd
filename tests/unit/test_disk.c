/* place/disk: what a folder can do, with nothing left in it; lines of mountinfo. */
#include "place/disk.h"
#include "support/test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char folder[TEMPORARY_PATH];

static int make_folder(void **state) {
    return make_temporary_folder(folder);
}

static int remove_folder(void **state) {
    return rmdir(folder); /* fails when something was left in it */
}

/* What Linux's own file systems all can do. */
TEST_WITH(a_folder_is_tried, make_folder, remove_folder) {
    disk_t disk;
    failure_t why;
    assert_int_equal(disk_probe(folder, &disk, &why), STATUS_OK);
    assert_string_equal(disk.folder, folder);
    assert_true(disk.type[0] >= 'a' && disk.type[0] <= 'z');
    assert_true(disk.size > 0 && disk.free <= disk.size);
    assert_true(disk.allocates && disk.renames && disk.excludes);
    assert_true(disk.sync_seconds > 0 && disk.sync_seconds < 60);
    assert_int_equal(disk.locks, DISK_LOCKS_WORK);
}

TEST(type_and_options_are_those_of_the_mount) {
    disk_t disk;
    failure_t why;
    if (access("/dev/shm", W_OK) != 0)
        skip();
    assert_int_equal(disk_probe("/dev/shm", &disk, &why), STATUS_OK);
    assert_string_equal(disk.type, "tmpfs");
    assert_true(disk_has_option(disk.options, "rw"));
}

TEST(a_folder_that_cannot_be_written_is_named) {
    disk_t disk;
    failure_t why;
    assert_fails(disk_probe("/nowhere/at/all", &disk, &why), STATUS_INPUT, "/nowhere/at/all: No such file");
    assert_fails(disk_probe("/proc", &disk, &why), STATUS_INPUT, "/proc: cannot create a file there");
    assert_string_equal(disk.type, "proc");
}

/* Writing fails halfway: told, and nothing is left. */
TEST_WITH(a_failed_write_leaves_nothing, make_folder, remove_folder) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        disk_t disk;
        failure_t why;
        const struct rlimit small = {100, 100};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        _exit(disk_probe(folder, &disk, &why) == STATUS_INTERNAL && strstr(why.text, "File too large") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

TEST(mounts_are_read_line_by_line) {
    char text[] = "garbage\n"
                  "27 1 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw,discard\n"
                  "28 1 0:40 / /home\\040of\\040all rw - nfs4 server:/home rw,vers=4.2,local_lock=none,nolock\n"
                  "29 1 0:41 / /x rw - broken\n"
                  "\n"
                  "32 1 0:43 / /empty rw - tmpfs  rw,size=4k\n"
                  "30 1 0:42 /a/b /c ro master:2 propagate_from:3 - cgroup cgroup rw,cpu,cpuacct";
    char *rest = text;
    mount_t m;
    assert_true(disk_next_mount(&rest, &m));
    assert_string_equal(m.device, "254:0");
    assert_string_equal(m.type, "ext4");
    assert_string_equal(m.options, "rw,noatime");
    assert_true(disk_next_mount(&rest, &m));
    assert_string_equal(m.point, "/home of all");
    assert_true(disk_has_option(m.fs_options, "local_lock") && disk_has_option(m.fs_options, "nolock"));
    assert_false(disk_has_option(m.fs_options, "lock") || disk_has_option(m.fs_options, "local"));
    assert_true(disk_next_mount(&rest, &m)); /* its source is "" */
    assert_string_equal(m.type, "tmpfs");
    assert_string_equal(m.fs_options, "rw,size=4k");
    assert_true(disk_next_mount(&rest, &m));
    assert_string_equal(m.top, "/a/b");
    assert_true(disk_has_option(m.fs_options, "cpu"));
    assert_false(disk_has_option(m.fs_options, "memory"));
    assert_false(disk_next_mount(&rest, &m));
}

int main(void) {
    return run_all(NULL, NULL);
}
