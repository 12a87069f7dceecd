/* results/lock_record: what is written comes back; whatever else is in the file is nobody; who lives, and who gives
 * signs of it. */
#include "results/lock_record.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/harsanyi-record-XXXXXX";
static char path[128];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/r.h5.lock", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when something was left in it */
}

/* The lock file, new and empty. */
static int make_file(void) {
    unlink(path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    return fd;
}

static lock_record_t read_text(const char *text) {
    lock_record_t record;
    int fd = make_file();
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    lock_record_read(fd, &record);
    close(fd);
    return record;
}

static void what_is_written_comes_back(void **state) {
    (void)state;
    lock_record_t self, back;
    char expected[64];
    setenv("SLURM_JOB_ID", "77", 1);
    lock_record_self("one", &self);
    unsetenv("SLURM_JOB_ID");
    int fd = make_file();
    lock_record_write(fd, &self);
    lock_record_read(fd, &back);
    close(fd);
    snprintf(expected, sizeof expected, "host one, process %ld, Slurm job 77", (long)getpid());
    assert_string_equal(back.text, expected);
    assert_int_equal(back.process, getpid());
    assert_true(back.process_start == self.process_start && self.process_start > 0);
    assert_true(lock_record_same_machine(&back, &self));
    lock_record_self("two", &self);
    assert_false(lock_record_same_machine(&back, &self));
}

static void strange_contents_are_nobody(void **state) {
    (void)state;
    static const char *const TEXTS[] = {"", "\n\n\n", "host x, process 1", "\x1b[2J\n", "a\n99999999999999999999\n"};
    char long_text[2000];
    lock_record_t self;
    lock_record_self(NULL, &self);
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        lock_record_t record = read_text(TEXTS[i]);
        assert_false(lock_record_same_machine(&record, &self));
        assert_false(lock_record_lives(&record));
    }
    assert_string_equal(read_text("\x1b[2J\x01 x\n1 1 m\n").text, "?[2J? x");
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(strlen(read_text(long_text).text), LOCK_HOLDER - 1);
}

static void only_the_process_itself_lives(void **state) {
    (void)state;
    lock_record_t record;
    int status, ends[2];
    lock_record_self(NULL, &record);
    assert_true(lock_record_lives(&record));
    record.process_start++; /* another one that has its number */
    assert_false(lock_record_lives(&record));
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        lock_record_self(NULL, &record);
        _exit(write(ends[1], &record, sizeof record) != sizeof record || !lock_record_lives(&record));
    }
    assert_int_equal(read(ends[0], &record, sizeof record), sizeof record);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(record.process, child);
    assert_false(lock_record_lives(&record));
    close(ends[0]);
    close(ends[1]);
}

/* In a process that may signal nobody's but its own user's, and cannot read /proc (as where it is mounted with
 * hidepid). 77: here that cannot be had. */
static int judge_hidden_holders(void) {
    const struct rlimit none = {0, 0};
    const lock_record_t of_another_user = {.process = 1, .process_start = 1};
    const lock_record_t gone = {.process = INT_MAX, .process_start = 1}; /* no process has that number */
    if ((geteuid() == 0 && setuid(65534) != 0) || kill(1, 0) == 0 || setrlimit(RLIMIT_NOFILE, &none) != 0)
        return 77;
    return lock_record_lives(&of_another_user) && !lock_record_lives(&gone) ? 0 : 1;
}

static void a_hidden_process_of_another_user_lives(void **state) {
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(judge_hidden_holders());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void set_age(int fd, double seconds) {
    struct timespec times[2] = {{0, UTIME_OMIT}, {0, 0}};
    clock_gettime(CLOCK_REALTIME, &times[1]);
    times[1].tv_sec -= (time_t)seconds;
    assert_int_equal(futimens(fd, times), 0);
}

static void ages_are_those_of_the_file(void **state) {
    (void)state;
    lock_record_watch_t watch = {0};
    int fd = make_file();
    set_age(fd, 100);
    lock_record_watch(&watch, fd, path);
    assert_true(lock_record_age(&watch) > 99 && lock_record_age(&watch) < 110);
    assert_false(watch.renewed);
    assert_false(lock_record_is_stale(&watch, 1000, 0));
    assert_false(lock_record_is_stale(&watch, 50, 10)); /* old, but it was not watched for long */
    assert_true(lock_record_is_stale(&watch, 50, 0));
    set_age(fd, -100); /* of a clock that is ahead */
    watch = (lock_record_watch_t){0};
    lock_record_watch(&watch, fd, path);
    assert_true(lock_record_age(&watch) >= 0 && lock_record_age(&watch) < 10);
    close(fd);
}

static void a_renewal_is_seen_and_another_file_is_none(void **state) {
    (void)state;
    lock_record_watch_t watch = {0};
    int fd = make_file();
    set_age(fd, 100);
    lock_record_watch(&watch, fd, path);
    lock_record_watch(&watch, fd, path);
    assert_false(watch.renewed);
    set_age(fd, 0);
    lock_record_watch(&watch, fd, path);
    assert_true(watch.renewed);
    assert_true(lock_record_age(&watch) < 10);
    int other = make_file(); /* the first one is still open: it keeps its number */
    set_age(other, 50);
    lock_record_watch(&watch, other, path);
    assert_false(watch.renewed);
    assert_true(lock_record_age(&watch) > 49);
    close(fd);
    close(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_comes_back),    cmocka_unit_test(strange_contents_are_nobody),
        cmocka_unit_test(only_the_process_itself_lives), cmocka_unit_test(a_hidden_process_of_another_user_lives),
        cmocka_unit_test(ages_are_those_of_the_file),    cmocka_unit_test(a_renewal_is_seen_and_another_file_is_none),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
