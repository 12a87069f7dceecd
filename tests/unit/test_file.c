/* base/file: many pieces are written as one stretch; where a write ends early is told. */
#include "base/file.h"
#include "support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

enum { PIECES = 150, LENGTH = 10, BYTES = PIECES * LENGTH, OFFSET = 5 };

static int open_nameless(void) {
    char path[TEMPORARY_PATH];
    int fd = make_temporary_file(path);
    unlink(path);
    return fd;
}

/* Piece i is bytes 10 i ... 10 i + 9; every tenth is empty, the one behind it twice as long. */
static void make_pieces(char *bytes, struct iovec *pieces) {
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (char)(i % 251);
    for (size_t i = 0; i < PIECES; i++)
        pieces[i] = (struct iovec){bytes + LENGTH * i, LENGTH};
    for (size_t i = 0; i + 1 < PIECES; i += 10) {
        pieces[i].iov_len = 0;
        pieces[i + 1] = (struct iovec){bytes + LENGTH * i, 2 * LENGTH};
    }
}

static void pieces_become_one_stretch(void **state) {
    (void)state;
    char bytes[BYTES], back[OFFSET + BYTES];
    struct iovec pieces[PIECES];
    failure_t why;
    int fd = open_nameless();
    make_pieces(bytes, pieces);
    assert_int_equal(file_write_pieces_at(fd, "it", pieces, PIECES, OFFSET, &why), STATUS_OK);
    assert_int_equal(pread(fd, back, sizeof back, 0), sizeof back);
    assert_memory_equal(back + OFFSET, bytes, sizeof bytes);
    assert_int_equal(file_write_pieces_at(fd, "it", pieces, 0, OFFSET, &why), STATUS_OK);
    close(fd);
}

/* A limit lets the system take only a part of the pieces, then nothing. */
static void a_full_place_is_told_with_where_it_was_full(void **state) {
    (void)state;
    char bytes[BYTES], back[BYTES];
    struct iovec pieces[PIECES];
    struct rlimit before, limit;
    failure_t why;
    int fd = open_nameless();
    make_pieces(bytes, pieces);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 777;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    status_t status = file_write_pieces_at(fd, "it", pieces, PIECES, 0, &why);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, STATUS_INTERNAL);
    assert_non_null(strstr(why.text, "it: write at byte 777: "));
    assert_int_equal(pread(fd, back, sizeof back, 0), 777);
    assert_memory_equal(back, bytes, 777);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_become_one_stretch),
        cmocka_unit_test(a_full_place_is_told_with_where_it_was_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
