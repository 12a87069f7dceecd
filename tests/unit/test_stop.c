/* run/stop: signals and the stop file are noticed, and a stop stays a stop. */
#include "run/stop.h"
#include "support/test.h"

#include <signal.h>

static void signals_are_noticed(void **state) {
    (void)state;
    const int signals[] = {SIGUSR1, SIGTERM};
    const char *names[] = {"SIGUSR1", "SIGTERM"};
    for (int i = 0; i < 2; i++) {
        stop_t stop;
        failure_t why;
        assert_int_equal(stop_open(&stop, true, &why), STATUS_OK);
        assert_false(stop_asked(&stop, NULL, 0));
        assert_int_equal(kill(getpid(), signals[i]), 0);
        assert_true(stop_asked(&stop, NULL, 0));
        assert_string_equal(stop.why, names[i]);
        assert_true(stop_asked(&stop, NULL, 100));
        close(stop.signals);
    }
}

static void the_stop_file_is_looked_for_once_a_second(void **state) {
    (void)state;
    char path[64];
    stop_t stop;
    failure_t why;
    snprintf(path, sizeof path, "/tmp/harsanyi-stop-%ld", (long)getpid());
    assert_int_equal(stop_open(&stop, false, &why), STATUS_OK);
    assert_false(stop_asked(&stop, path, 10.0));
    fclose(fopen(path, "w"));
    assert_false(stop_asked(&stop, path, 10.5));
    assert_true(stop_asked(&stop, path, 11.0));
    unlink(path);
    assert_true(stop_asked(&stop, path, 12.5));
    close(stop.signals);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_noticed),
        cmocka_unit_test(the_stop_file_is_looked_for_once_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
