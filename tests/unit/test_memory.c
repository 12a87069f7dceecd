/* base/memory: what is asked for is there and zeroed, grows and keeps what it held; where there is none the process
 * says what for and ends with exit code 3. */
#include "base/memory.h"
#include "support/test.h"

#include <sys/wait.h>

static void memory_is_zeroed_and_grows(void **state) {
    (void)state;
    int *numbers = memory_need(100, sizeof *numbers, "numbers");
    for (int i = 0; i < 100; i++)
        assert_int_equal(numbers[i], 0);
    numbers[99] = 7;
    numbers = memory_grow(numbers, 200, sizeof *numbers, "more numbers");
    assert_int_equal(numbers[99], 7);
    free(numbers);
    free(memory_need(0, 8, "nothing"));
}

static void texts_are_formatted(void **state) {
    (void)state;
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

static void no_memory_ends_the_process(void **state) {
    (void)state;
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_grows),
        cmocka_unit_test(texts_are_formatted),
        cmocka_unit_test(no_memory_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
