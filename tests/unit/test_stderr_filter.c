/* Lines that are known to be harmless are dropped, all others come out in order. */
#include "base/stderr_filter.h"
#include "support/test.h"

TEST(only_the_named_lines_are_dropped) {
    char got[256] = "";
    int ends[2], real = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    stderr_filter_t filter = stderr_filter_start();
    const char text[] = "Schema error: a\n\n\nfirst\n\nnot a Schema error\nSchema error: b\n";
    assert_int_equal(write(STDERR_FILENO, text, strlen(text)), (int)strlen(text));
    fprintf(stderr, "last");
    stderr_filter_end(&filter, "Schema error");
    fprintf(stderr, ", and on\n");
    fflush(stderr);
    dup2(real, STDERR_FILENO);
    close(real);
    close(ends[1]);
    assert_true(read(ends[0], got, sizeof got - 1) > 0);
    close(ends[0]);
    assert_string_equal(got, "first\n\nnot a Schema error\nlast, and on\n");
}

int main(void) {
    return run_all(NULL, NULL);
}
