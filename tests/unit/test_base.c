/* base/: failures, checked sizes, texts; checksums and digests against published values; writes that end early; what
 * happens without memory. */
#include "base/digest.h"
#include "base/failure.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/problems.h"
#include "base/text.h"
#include "support/test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

TEST(failures_keep_both_parts) {
    failure_t why;
    char big[3 * FAILURE_TEXT];
    assert_int_equal(failed(&why, STATUS_CERTAIN, "mask 0x%x: output is NaN", 5), STATUS_CERTAIN);
    assert_int_equal(failed_within(&why, "sample %d", 3), STATUS_CERTAIN);
    assert_string_equal(why.text, "sample 3: mask 0x5: output is NaN");
    assert_int_equal(failed(NULL, STATUS_INPUT, "nobody listens"), STATUS_INPUT);
    assert_int_equal(failure_outcome(STATUS_OK), OUTCOME_OK);
    assert_int_equal(failure_outcome(STATUS_TRANSIENT), OUTCOME_TRANSIENT);
    assert_int_equal(failure_outcome(STATUS_CERTAIN), OUTCOME_CERTAIN);
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    failed(&why, STATUS_INPUT, "%s", big);
    failed_within(&why, "%s", big);
    assert_int_equal(strlen(why.text), FAILURE_TEXT - 1); /* cut, not overrun */
}

/* The check value of CRC-32C (RFC 3720, appendix B.4, and the CRC catalogue): "123456789" gives 0xe3069283. */
TEST(crc_has_its_check_value) {
    const char text[] = "123456789";
    assert_int_equal(crc32c(0, text, 9), 0xe3069283u);
    assert_int_equal(crc32c(crc32c(0, text, 4), text + 4, 5), 0xe3069283u);
    unsigned char zeros[32] = {0};
    assert_int_equal(crc32c(0, zeros, sizeof zeros), 0x8a9136aau);
}

/* FIPS 180-2, appendix B.1: SHA-256("abc"). */
TEST(digest_has_its_check_value) {
    failure_t why;
    digest_t *digest;
    char hex[DIGEST_HEX];
    assert_int_equal(digest_start(&digest, &why), STATUS_OK);
    digest_add(digest, "abc", 3);
    digest_finish(&digest, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_null(digest);
}

TEST(texts_and_problems_grow) {
    text_t text = {0};
    for (int i = 0; i < 1000; i++)
        text_add(&text, "%d,", i);
    assert_int_equal(text.length, strlen(text.chars));
    assert_int_equal(text.length, 10 * 2 + 90 * 3 + 900 * 4);
    text_free(&text);
    problems_t problems = {0};
    for (int i = 0; i < PROBLEMS_MAX + 5; i++)
        problems_add(&problems, "problem %d", i);
    assert_int_equal(problems.count, PROBLEMS_MAX + 5);
    assert_string_equal(problems.texts[PROBLEMS_MAX - 1], "problem 63");
    problems_free(&problems);
}

TEST(names_grow_before_their_last_dot) {
    static const char *const names[][2] = {{"x.h5", "x-1.h5"},   {"a.b/x.y.h5", "a.b/x.y-1.h5"},
                                           {"a.b/x", "a.b/x-1"}, {".x", ".x-1"},
                                           {"a/.x", "a/.x-1"},   {"", "-1"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *with = file_name_with(names[i][0], "-1");
        assert_string_equal(with, names[i][1]);
        free(with);
    }
}

/* Of each: the bytes, or 0: one alone, too long a form, a surrogate, beyond U+10FFFF, cut off. */
TEST(characters_are_those_of_utf8) {
    static const struct {
        const char *text;
        size_t left, bytes;
        uint32_t code;
    } cases[] = {{"a", 1, 1, 'a'},
                 {"\xc3\xa9", 2, 2, 0xe9},
                 {"\xe2\x82\xac", 9, 3, 0x20ac},
                 {"\xf0\x9f\x98\x80", 4, 4, 0x1f600},
                 {"\x80", 1, 0, 0},
                 {"\xc1\xbf", 2, 0, 0},
                 {"\xe0\x80\x80", 3, 0, 0},
                 {"\xed\xa0\x80", 3, 0, 0},
                 {"\xf4\x90\x80\x80", 4, 0, 0},
                 {"\xc3\xa9", 1, 0, 0},
                 {"\xc3", 9, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code = 0;
        assert_int_equal(text_character(cases[i].text, cases[i].left, &code), cases[i].bytes);
        if (cases[i].bytes)
            assert_int_equal(code, cases[i].code);
    }
    assert_int_equal(text_fitting("a\xc3\xa9", 3), 3);
    assert_int_equal(text_fitting("a\xc3\xa9", 2), 1);
}

TEST(control_characters_do_not_get_into_messages) {
    char text[] = "a\x1b[31m\tö\x7f\xc2\x9b \xe2\x80\xae\xff\xe2\x82\nz\xe2\x82";
    failure_t why;
    problems_t problems = {0};
    text_clean(text, true);
    assert_string_equal(text, "a?[31m?ö??? ????"
                              "??\nz??");
    text_clean(text, false);
    assert_string_equal(text, "a?[31m?ö??? ????"
                              "???z??");
    failed(&why, STATUS_INPUT, "/%s: no", "\x1b]0;x\x07");
    assert_string_equal(why.text, "/?]0;x?: no");
    problems_add(&problems, "%s", "two\nlines\x1b");
    assert_string_equal(problems.texts[0], "two?lines?");
    failed(&why, STATUS_INPUT, "do this:\n  %s", "a b");
    problems_add_failure(&problems, &why);
    assert_string_equal(problems.texts[1], "do this:   a b");
    problems_free(&problems);
}

/* ---- files ---- */

TEST(reading_past_the_end_is_told) {
    char name[TEMPORARY_PATH], buffer[8];
    failure_t why;
    int fd = make_temporary_file(name);
    assert_int_equal(file_write_at(fd, name, "abcd", 4, 2, &why), STATUS_OK);
    assert_int_equal(file_read_at(fd, name, buffer, 6, 0, &why), STATUS_OK);
    assert_memory_equal(buffer, "\0\0abcd", 6);
    assert_fails(file_read_at(fd, name, buffer, 8, 0, &why), STATUS_INPUT, "ends at byte 6");
    close(fd);
    unlink(name);
}

TEST(stamps_tell_of_writes_and_replacements) {
    char name[TEMPORARY_PATH];
    failure_t why;
    int fd = make_temporary_file(name);
    assert_int_equal(file_write_at(fd, name, "abcd", 4, 0, &why), STATUS_OK);
    file_stamp_t first = file_stamp(name);
    assert_int_equal(first.bytes, 4);
    assert_true(file_stamp_equal(first, file_stamp(name)));
    struct timespec later[2] = {{first.seconds, 0}, {first.seconds, first.nanoseconds ^ 1}};
    assert_int_equal(futimens(fd, later), 0);
    assert_false(file_stamp_equal(first, file_stamp(name)));
    unlink(name);
    assert_false(file_stamp_equal(first, file_stamp(name)));
    close(fd);
}

/* A limit lets the system take only a part of the bytes, then nothing. */
TEST(a_full_place_is_told_with_where_it_was_full) {
    char bytes[1500], back[sizeof bytes], name[TEMPORARY_PATH];
    struct rlimit before, limit;
    failure_t why;
    int fd = make_temporary_file(name);
    unlink(name);
    for (size_t i = 0; i < sizeof bytes; i++)
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

/* ---- memory ---- */

TEST(memory_is_zeroed_and_grows) {
    int *numbers = memory_need(100, sizeof *numbers, "numbers");
    for (int i = 0; i < 100; i++)
        assert_int_equal(numbers[i], 0);
    numbers[99] = 7;
    numbers = memory_grow(numbers, 200, sizeof *numbers, "more numbers");
    assert_int_equal(numbers[99], 7);
    free(numbers);
    free(memory_need(0, 8, "nothing"));
}

TEST(texts_are_formatted) {
    char *text = memory_text("%s.%d", "x", 3);
    assert_string_equal(text, "x.3");
    free(text);
}

/* In a child, whose stderr comes back. */
static int ends_with(void (*ask)(void), char *said, size_t capacity) {
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        ask();
        _exit(0);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], said, capacity - 1);
    said[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ask_for_too_much(void) {
    free(memory_need(SIZE_MAX / 8, 16, "the schedule"));
}

static void grow_too_much(void) {
    free(memory_grow(NULL, SIZE_MAX / 8, 16, "the flags"));
}

TEST(no_memory_ends_the_process) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* their malloc ends the process itself */
#endif
    char said[256];
    assert_int_equal(ends_with(ask_for_too_much, said, sizeof said), 3);
    assert_string_equal(said, "harsanyi: error: out of memory for the schedule\n");
    assert_int_equal(ends_with(grow_too_much, said, sizeof said), 3);
    assert_string_equal(said, "harsanyi: error: out of memory for the flags\n");
}

int main(void) {
    return run_all(NULL, NULL);
}
