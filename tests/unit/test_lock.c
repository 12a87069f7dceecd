/* results/lock: one holder at a time, told by name; a dead one is in nobody's way; nothing is left behind; and what
 * can be said of a lock without taking it. */
#include "results/lock.h"

#include "support/test.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Takes the place of the system's: a file system that does not know it, or another machine's. */
static enum { FLOCK_WORKS, FLOCK_FAILS, FLOCK_LOCAL } file_system;

int flock(int fd, int operation) {
    if (file_system == FLOCK_LOCAL)
        return 0;
    if (file_system == FLOCK_WORKS)
        return (int)syscall(SYS_flock, fd, operation);
    errno = ENOLCK;
    return -1;
}

static char folder[] = "/tmp/harsanyi-lock-XXXXXX";
static char path[128], lock_path[160];
static lock_t *lock;
static failure_t why; /* of the last call */

static int make_folder(void **state) {
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/r.h5", folder);
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    return 0;
}

static int remove_folder(void **state) {
    return rmdir(folder); /* fails when something was left in it */
}

static int flock_works_again(void **state) {
    file_system = FLOCK_WORKS;
    return 0;
}

static void read_line(char line[LOCK_HOLDER]) {
    FILE *file = fopen(lock_path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, LOCK_HOLDER, file));
    fclose(file);
}

/* Takes the lock in a child that dies with it. */
static void leave_behind(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        _exit(lock_take(path, "run", 0, &lock, &why) != STATUS_OK);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

TEST(a_second_holder_is_refused_and_told_who) {
    lock_t *first, *second;
    char self[96];
    assert_ok(lock_take(path, "run", 0, &first, &why));
    assert_true(lock_is_flocked(first));
    assert_int_equal(lock_take(path, "merge", 0.2, &second, &why), STATUS_INPUT);
    snprintf(self, sizeof self, "process %ld, harsanyi run, since 20", (long)getpid());
    assert_non_null(strstr(why.text, "another sweep holds this results file (host "));
    assert_non_null(strstr(why.text, self));
    assert_null(second);
    assert_int_equal(lock_take_unsigned(path, 0, &second, &why), STATUS_INPUT);
    lock_release(&first);
    assert_int_equal(access(lock_path, F_OK), -1);
    assert_ok(lock_take(path, "merge", 0, &second, &why));
    lock_release(&second);
    lock_release(&second);
}

TEST(a_killed_holder_leaves_no_lock) {
    leave_behind();
    assert_int_equal(access(lock_path, F_OK), 0); /* the file stays, the lock goes */
    assert_ok(lock_take(path, "run", 0, &lock, &why));
    lock_release(&lock);
    assert_int_equal(access(lock_path, F_OK), -1);
}

TEST(what_is_in_the_way_is_named) {
    char other[160];
    assert_fails(lock_take("/nowhere/at/all/r.h5", "run", 0, &lock, &why), STATUS_INPUT, "/nowhere/at/all/r.h5.lock");
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(symlink(other, lock_path), 0);
    assert_int_equal(lock_take(path, "run", 0, &lock, &why), STATUS_INPUT);
    assert_int_equal(access(other, F_OK), -1); /* nothing was made through the link */
    unlink(lock_path);
}

/* A lock file is no more than bytes that anybody may have written. */
TEST(strange_lock_files_are_no_holders) {
    const char *const texts[] = {"", "\n\n\n", "host x, process 1\n", "\x1b[2J \x01\n1", "host one"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char holder[LOCK_HOLDER];
        write_text(lock_path, texts[i]);
        lock_look(path, holder);
        assert_null(strchr(holder, '\x1b'));
        assert_ok(lock_take(path, "run", 0, &lock, &why));
        lock_release(&lock);
        assert_int_equal(access(lock_path, F_OK), -1);
    }
}

/* A holder that flock does not show keeps its lock file until it is known to be gone. */
TEST_WITH(what_another_signed_stays_until_it_is_signed, NULL, flock_works_again) {
    static const char *const OTHER = "host elsewhere, process 1\n";
    char line[LOCK_HOLDER];
    for (file_system = FLOCK_WORKS; file_system <= FLOCK_LOCAL; file_system++) {
        write_text(lock_path, OTHER);
        assert_ok(lock_take_unsigned(path, 0, &lock, &why));
        assert_int_equal(lock_is_flocked(lock), file_system != FLOCK_FAILS);
        lock_release(&lock);
        read_line(line);
        assert_string_equal(line, OTHER);
        assert_ok(lock_take_unsigned(path, 0, &lock, &why));
        lock_sign(lock, "run");
        read_line(line);
        assert_non_null(strstr(line, "harsanyi run"));
        assert_null(strstr(line, "elsewhere"));
        lock_release(&lock);
        assert_int_equal(access(lock_path, F_OK), -1);
        assert_ok(lock_take_unsigned(path, 0, &lock, &why));
        lock_release(&lock); /* the file was new */
        assert_int_equal(access(lock_path, F_OK), -1);
    }
}

TEST(a_lock_file_of_somebody_else_is_not_removed) {
    assert_ok(lock_take(path, "run", 0, &lock, &why));
    unlink(lock_path);
    write_text(lock_path, "host elsewhere, process 1\n");
    lock_release(&lock);
    assert_int_equal(unlink(lock_path), 0);
}

/* Many processes, each adding one under the lock: no addition may get lost. */
TEST(takers_come_one_after_the_other) {
    enum { CHILDREN = 8, TURNS = 5 };
    char count_path[160];
    snprintf(count_path, sizeof count_path, "%s/count", folder);
    write_text(count_path, "0");
    for (int c = 0; c < CHILDREN; c++) {
        if (fork() != 0)
            continue;
        for (int t = 0; t < TURNS; t++) {
            int count = 0;
            if (lock_take(path, "run", 60, &lock, &why) != STATUS_OK)
                _exit(1);
            FILE *file = fopen(count_path, "r+");
            if (fscanf(file, "%d", &count) != 1)
                _exit(1);
            usleep(200);
            rewind(file);
            fprintf(file, "%d", count + 1);
            fclose(file);
            lock_release(&lock);
        }
        _exit(0);
    }
    int status, count = 0, bad = 0;
    while (wait(&status) > 0)
        bad += status != 0;
    FILE *file = fopen(count_path, "r");
    assert_int_equal(fscanf(file, "%d", &count), 1);
    fclose(file);
    unlink(count_path);
    assert_int_equal(bad, 0);
    assert_int_equal(count, CHILDREN * TURNS);
}

TEST_WITH(looking_tells_who_lives, NULL, flock_works_again) {
    char holder[LOCK_HOLDER];
    assert_int_equal(lock_look(path, holder), LOCK_NONE);
    assert_string_equal(holder, "");
    assert_ok(lock_take(path, "run", 0, &lock, &why));
    assert_int_equal(lock_look(path, holder), LOCK_LIVES);
    assert_non_null(strstr(holder, "harsanyi run"));
    file_system = FLOCK_FAILS;
    assert_int_equal(lock_look(path, holder), LOCK_UNSURE);
    file_system = FLOCK_WORKS;
    lock_release(&lock);
    leave_behind();
    assert_int_equal(lock_look(path, holder), LOCK_GONE);
    write_text(lock_path, "host elsewhere, process 1\n");
    assert_int_equal(lock_look(path, holder), LOCK_UNSURE);
    assert_string_equal(holder, "host elsewhere, process 1");
    unlink(lock_path);
    assert_int_equal(mkdir(lock_path, 0777), 0);
    assert_int_equal(lock_take(path, "run", 0, &lock, &why), STATUS_INPUT);
    rmdir(lock_path);
}

int main(void) {
    return run_all(make_folder, remove_folder);
}
