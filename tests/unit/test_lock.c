/* sweep/lock: one holder at a time, told by name; nothing is left behind. */
#include "sweep/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Many processes, each adding one under the lock: no addition may get lost. */
static void takers_come_one_after_the_other(void **state) {
    (void)state;
    enum { CHILDREN = 8, TURNS = 5 };
    char count_path[160];
    snprintf(count_path, sizeof count_path, "%s/count", folder);
    FILE *file = fopen(count_path, "w");
    fprintf(file, "0");
    fclose(file);
    for (int c = 0; c < CHILDREN; c++) {
        if (fork() != 0)
            continue;
        for (int t = 0; t < TURNS; t++) {
            lock_t *lock;
            failure_t why;
            int count = 0;
            if (lock_take(path, 60, &lock, &why) != STATUS_OK)
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_holder_is_refused_and_told_who),
        cmocka_unit_test(a_killed_holder_leaves_no_lock),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(takers_come_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
