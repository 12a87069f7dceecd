/* base/file: where a write ends early is told. */
#include "base/file.h"
#include "support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

enum { BYTES = 1500 };

static int open_nameless(void) {
    char path[TEMPORARY_PATH];
    int fd = make_temporary_file(path);
    unlink(path);
    return fd;
}

/* A limit lets the system take only a part of the bytes, then nothing. */
static void a_full_place_is_told_with_where_it_was_full(void **state) {
    (void)state;
    char bytes[BYTES], back[BYTES];
    struct rlimit before, limit;
    failure_t why;
    int fd = open_nameless();
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (char)(i % 251);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 777;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    status_t status = file_write_at(fd, "it", bytes, sizeof bytes, 0, &why);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, STATUS_INTERNAL);
    assert_non_null(strstr(why.text, "it: write at byte 777: "));
    assert_int_equal(pread(fd, back, sizeof back, 0), 777);
    assert_memory_equal(back, bytes, 777);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_place_is_told_with_where_it_was_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
