/* results/lock: one holder at a time, told by name; nothing is left behind; also where flock does not work, or only
 * within one machine, and when a holder dies or stands still. */
#include "base/clock.h"
#include "results/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/harsanyi-lock-XXXXXX";
static char path[128], lock_path[160];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/r.h5", folder);
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder); /* fails when something was left in it */
}

static void a_second_holder_is_refused_and_told_who(void **state) {
    (void)state;
    lock_t *first, *second;
    failure_t why;
    char process[32];
    assert_int_equal(lock_take(path, 0, &first, &why), STATUS_OK);
    assert_int_equal(lock_take(path, 0.2, &second, &why), STATUS_INPUT);
    snprintf(process, sizeof process, "process %ld", (long)getpid());
    assert_non_null(strstr(why.text, process));
    assert_null(second);
    lock_release(&first);
    assert_int_equal(access(lock_path, F_OK), -1);
    assert_int_equal(lock_take(path, 0, &second, &why), STATUS_OK);
    lock_release(&second);
}

static void a_killed_holder_leaves_no_lock(void **state) {
    (void)state;
    lock_t *lock;
    failure_t why;
    int status;
    pid_t child = fork();
    if (child == 0) {
        lock_take(path, 0, &lock, &why);
        _exit(0); /* without lock_release: the file stays, the lock goes */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(access(lock_path, F_OK), 0);
    assert_int_equal(lock_take(path, 0, &lock, &why), STATUS_OK);
    lock_release(&lock);
}

static void a_folder_that_is_not_there_is_named(void **state) {
    (void)state;
    lock_t *lock;
    failure_t why;
    assert_int_equal(lock_take("/nowhere/at/all/r.h5", 0, &lock, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "/nowhere/at/all/r.h5.lock"));
}

/* ---- file systems without flock, or with one that other machines do not see ---- */

static int no_flock(int fd, int operation) {
    (void)fd;
    (void)operation;
    errno = ENOLCK;
    return -1;
}

/* That of another machine: nobody here is in its way. */
static int flock_elsewhere(int fd, int operation) {
    (void)fd;
    (void)operation;
    return 0;
}

static lock_terms_t terms_of(const char *host, int (*flock)(int, int)) {
    lock_terms_t terms = lock_terms(0, NULL);
    terms.host = host;
    terms.flock = flock;
    terms.beat = 0.1;
    terms.stale = 0.6;
    return terms;
}

static int (*const FLOCKS[])(int, int) = {no_flock, flock_elsewhere};
enum { FLOCK_COUNT = sizeof FLOCKS / sizeof *FLOCKS };

static void a_second_holder_is_refused_without_flock(void **state) {
    (void)state;
    for (int i = 0; i < FLOCK_COUNT; i++) {
        const lock_terms_t terms = terms_of("one", FLOCKS[i]);
        lock_t *first, *second;
        failure_t why;
        assert_int_equal(lock_take_on(path, &terms, &first, &why), STATUS_OK);
        assert_int_equal(lock_take_on(path, &terms, &second, &why), STATUS_INPUT);
        assert_non_null(strstr(why.text, "host one, process "));
        assert_null(second);
        lock_release(&first);
        assert_int_equal(access(lock_path, F_OK), -1);
    }
}

static void a_holder_elsewhere_is_known_by_its_heartbeat(void **state) {
    (void)state;
    for (int i = 0; i < FLOCK_COUNT; i++) {
        const lock_terms_t one = terms_of("one", FLOCKS[i]), two = terms_of("two", FLOCKS[i]);
        lock_t *first, *second;
        failure_t why;
        assert_int_equal(lock_take_on(path, &one, &first, &why), STATUS_OK);
        usleep(700000); /* older than stale, had it not been renewed */
        assert_int_equal(lock_take_on(path, &two, &second, &why), STATUS_INPUT);
        assert_non_null(strstr(why.text, "host one, process "));
        assert_non_null(strstr(why.text, "last heartbeat 0 s ago"));
        assert_int_equal(lock_check(first, &why), STATUS_OK);
        lock_release(&first);
        assert_int_equal(lock_take_on(path, &two, &second, &why), STATUS_OK);
        lock_release(&second);
    }
}

/* That of a server that keeps it for a machine that is gone. */
static int flock_held(int fd, int operation) {
    (void)fd;
    (void)operation;
    errno = EWOULDBLOCK;
    return -1;
}

/* Takes the lock in a child that dies with it. */
static void leave_behind(const lock_terms_t *terms) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        lock_t *lock;
        failure_t why;
        _exit(lock_take_on(path, terms, &lock, &why) != STATUS_OK);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_dead_holder_of_this_machine_is_replaced_at_once(void **state) {
    (void)state;
    const lock_terms_t terms = terms_of("one", no_flock);
    lock_t *lock;
    failure_t why;
    leave_behind(&terms);
    double began = clock_seconds();
    assert_int_equal(lock_take_on(path, &terms, &lock, &why), STATUS_OK);
    assert_true(clock_seconds() - began < terms.stale);
    lock_release(&lock);
}

static void a_dead_holder_elsewhere_is_replaced_after_a_time(void **state) {
    (void)state;
    for (int i = 0; i < FLOCK_COUNT; i++) {
        const lock_terms_t one = terms_of("one", FLOCKS[i]), two = terms_of("two", FLOCKS[i]);
        lock_t *lock;
        failure_t why;
        leave_behind(&one);
        double began = clock_seconds();
        assert_int_equal(lock_take_on(path, &two, &lock, &why), STATUS_OK);
        assert_true(clock_seconds() - began > 0.4);
        lock_release(&lock);
    }
}

/* Elsewhere the heartbeat tells; here whoever has the flock lives. */
static void a_flock_that_outlives_its_machine_is_no_lock(void **state) {
    (void)state;
    const lock_terms_t one = terms_of("one", flock_elsewhere), two = terms_of("two", flock_held);
    const lock_terms_t here = terms_of("one", flock_held);
    lock_t *first, *second;
    failure_t why;
    assert_int_equal(lock_take_on(path, &one, &first, &why), STATUS_OK);
    assert_int_equal(lock_take_on(path, &two, &second, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "last heartbeat 0 s ago"));
    lock_release(&first);
    leave_behind(&one);
    assert_int_equal(lock_take_on(path, &here, &second, &why), STATUS_INPUT);
    double began = clock_seconds();
    assert_int_equal(lock_take_on(path, &two, &second, &why), STATUS_OK);
    assert_true(clock_seconds() - began > 0.4);
    lock_release(&second);
}

/* A dead lock can be replaced only where FILE.lock.next can be made. */
static void what_is_in_the_way_is_named(void **state) {
    (void)state;
    const lock_terms_t terms = terms_of("one", no_flock);
    char next[200];
    lock_t *lock;
    failure_t why;
    snprintf(next, sizeof next, "%s.next", lock_path);
    leave_behind(&terms);
    assert_int_equal(symlink("nowhere", next), 0);
    assert_int_equal(lock_take_on(path, &terms, &lock, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, next));
    unlink(next);
    assert_int_equal(mkdir(next, 0777), 0);
    assert_int_equal(lock_take_on(path, &terms, &lock, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, next));
    rmdir(next);
    assert_int_equal(lock_take_on(path, &terms, &lock, &why), STATUS_OK);
    lock_release(&lock);
}

/* Long dead by the file's time, it is still watched for some heartbeats: a clock may have jumped. */
static void an_old_lock_is_watched_for_a_while(void **state) {
    (void)state;
    lock_terms_t one = terms_of("one", no_flock), two = terms_of("two", no_flock);
    two.stale = 3600;
    const struct timespec old[2] = {{0, UTIME_NOW}, {1000000000, 0}};
    lock_t *lock;
    failure_t why;
    leave_behind(&one);
    utimensat(AT_FDCWD, lock_path, old, 0);
    double began = clock_seconds();
    assert_int_equal(lock_take_on(path, &two, &lock, &why), STATUS_OK);
    assert_true(clock_seconds() - began >= 0.25);
    lock_release(&lock);
}

/* A lock file is no more than bytes that anybody may have written. */
static void strange_lock_files_are_no_holders(void **state) {
    (void)state;
    const char *const texts[] = {"", "\n\n\n", "host x, process 1\n1 1 m\n",
                                 "\x1b[2J \x01\n1 99999999999999999999 m m\n", "host one, process 1"};
    lock_terms_t terms = terms_of("two", flock_elsewhere);
    terms.stale = 0.3;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lock_t *lock;
        failure_t why;
        FILE *file = fopen(lock_path, "w");
        assert_non_null(file);
        fputs(texts[i], file);
        fclose(file);
        assert_int_equal(lock_take_on(path, &terms, &lock, &why), STATUS_OK);
        lock_release(&lock);
    }
    lock_t *lock;
    failure_t why;
    char other[160];
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(symlink(other, lock_path), 0);
    assert_int_equal(lock_take(path, 0, &lock, &why), STATUS_INPUT);
    assert_int_equal(access(other, F_OK), -1); /* nothing was made through the link */
    unlink(lock_path);
}

/* Stopped for longer than `stale`, and going on when another has the file. */
static void who_stood_still_is_told_that_it_lost_the_lock(void **state) {
    (void)state;
    const lock_terms_t one = terms_of("one", no_flock), two = terms_of("two", no_flock);
    lock_t *lock;
    failure_t why;
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (lock_take_on(path, &one, &lock, &why) != STATUS_OK)
            _exit(1);
        raise(SIGSTOP);
        status_t lost = lock_check(lock, &why);
        bool named = strstr(why.text, "host two, process ") != NULL;
        lock_release(&lock); /* leaves the other's lock alone */
        _exit(lost == STATUS_INPUT && named ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(lock_take_on(path, &two, &lock, &why), STATUS_OK);
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(lock_check(lock, &why), STATUS_OK);
    assert_int_equal(access(lock_path, F_OK), 0);
    lock_release(&lock);
}

/* ---- many at once ---- */

/* Many processes, each adding one under the lock: no addition may get lost. Odd ones are on another machine when
 * `hosts`. */
static void take_turns(int (*flock)(int, int), bool hosts) {
    enum { CHILDREN = 8, TURNS = 5 };
    char count_path[160];
    snprintf(count_path, sizeof count_path, "%s/count", folder);
    FILE *file = fopen(count_path, "w");
    fprintf(file, "0");
    fclose(file);
    for (int c = 0; c < CHILDREN; c++) {
        if (fork() != 0)
            continue;
        lock_terms_t terms = lock_terms(60, NULL);
        terms.flock = flock ? flock : terms.flock;
        terms.beat = 0.1; /* short naps, too */
        terms.host = hosts ? (c % 2 ? "one" : "two") : NULL;
        for (int t = 0; t < TURNS; t++) {
            lock_t *lock;
            failure_t why;
            int count = 0;
            if (lock_take_on(path, &terms, &lock, &why) != STATUS_OK)
                _exit(1);
            file = fopen(count_path, "r+");
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
    file = fopen(count_path, "r");
    assert_int_equal(fscanf(file, "%d", &count), 1);
    fclose(file);
    unlink(count_path);
    assert_int_equal(bad, 0);
    assert_int_equal(count, CHILDREN * TURNS);
}

static void takers_come_one_after_the_other(void **state) {
    (void)state;
    take_turns(NULL, false);
    take_turns(no_flock, true);
    take_turns(flock_elsewhere, true);
}

/* A dead lock, and many that want it at the same time: one gets it, the others hear of that one. */
static void only_one_takes_over(void **state) {
    (void)state;
    enum { CHILDREN = 12, ROUNDS = 2 };
    for (int round = 0; round < ROUNDS; round++) {
        lock_terms_t one = terms_of("one", no_flock);
        leave_behind(&one);
        for (int c = 0; c < CHILDREN; c++) {
            if (fork() != 0)
                continue;
            char host[16];
            lock_t *lock;
            failure_t why;
            snprintf(host, sizeof host, "h%d", c);
            const lock_terms_t own = terms_of(host, FLOCKS[round % FLOCK_COUNT]);
            status_t status = lock_take_on(path, &own, &lock, &why);
            if (status == STATUS_OK)
                usleep(1000000); /* till all others have given up */
            bool kept = status == STATUS_OK && lock_check(lock, &why) == STATUS_OK;
            lock_release(&lock);
            _exit(kept ? 7 : status == STATUS_INPUT && strstr(why.text, "another sweep holds") ? 0 : 1);
        }
        int status, winners = 0, losers = 0;
        while (wait(&status) > 0) {
            winners += WIFEXITED(status) && WEXITSTATUS(status) == 7;
            losers += status == 0;
        }
        assert_int_equal(winners, 1);
        assert_int_equal(losers, CHILDREN - 1);
    }
}

/* ---- looking ---- */

static void looking_tells_who_lives(void **state) {
    (void)state;
    lock_view_t view = {0};
    lock_t *lock;
    failure_t why;
    const lock_terms_t elsewhere = terms_of("one", no_flock);
    assert_int_equal(lock_look(path, &view), LOCK_NONE);
    assert_int_equal(lock_take(path, 0, &lock, &why), STATUS_OK);
    assert_int_equal(lock_look(path, &view), LOCK_LIVES);
    assert_non_null(strstr(view.holder, "process "));
    lock_release(&lock);
    lock_terms_t here = lock_terms(0, NULL);
    leave_behind(&here);
    view = (lock_view_t){0};
    assert_int_equal(lock_look(path, &view), LOCK_GONE);
    assert_int_equal(lock_take_on(path, &elsewhere, &lock, &why), STATUS_OK);
    view = (lock_view_t){0};
    assert_int_equal(lock_look(path, &view), LOCK_ELSEWHERE);
    assert_non_null(strstr(view.holder, "host one"));
    usleep(300000);
    assert_int_equal(lock_look(path, &view), LOCK_LIVES); /* it was renewed */
    lock_release(&lock);
    leave_behind(&elsewhere);
    view = (lock_view_t){0};
    assert_int_equal(lock_look(path, &view), LOCK_ELSEWHERE);
    usleep(300000);
    assert_int_equal(lock_look(path, &view), LOCK_ELSEWHERE);
    unlink(lock_path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_holder_is_refused_and_told_who),
        cmocka_unit_test(a_killed_holder_leaves_no_lock),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(a_second_holder_is_refused_without_flock),
        cmocka_unit_test(a_holder_elsewhere_is_known_by_its_heartbeat),
        cmocka_unit_test(a_dead_holder_of_this_machine_is_replaced_at_once),
        cmocka_unit_test(a_dead_holder_elsewhere_is_replaced_after_a_time),
        cmocka_unit_test(a_flock_that_outlives_its_machine_is_no_lock),
        cmocka_unit_test(what_is_in_the_way_is_named),
        cmocka_unit_test(an_old_lock_is_watched_for_a_while),
        cmocka_unit_test(strange_lock_files_are_no_holders),
        cmocka_unit_test(who_stood_still_is_told_that_it_lost_the_lock),
        cmocka_unit_test(takers_come_one_after_the_other),
        cmocka_unit_test(only_one_takes_over),
        cmocka_unit_test(looking_tells_who_lives),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
