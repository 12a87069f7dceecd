/* Children made of shell commands: packets both ways, what is kept of what they print, and every way to end. */
#include "engines/child.h"

#include "support/test.h"

#include <signal.h>
#include <sys/mman.h>

typedef struct {
    child_t child;
    int memory;
    char packet[256];
    size_t bytes;
    bool late;
} play_t;

static void start(play_t *play, const char *script) {
    const char *const command[] = {"sh", "-c", script, NULL};
    failure_t why;
    memset(play, 0, sizeof *play);
    play->memory = memfd_create("test", MFD_CLOEXEC);
    assert_ok(child_start(&play->child, command, play->memory, "/some/where", &why));
}

static status_t receive(play_t *play, double seconds, failure_t *why) {
    memset(play->packet, 0, sizeof play->packet);
    return child_receive(&play->child, seconds, play->packet, sizeof play->packet - 1, &play->bytes, &play->late, why);
}

static void end(play_t *play) {
    child_end(&play->child);
    assert_int_equal(play->child.pid, 0);
    close(play->memory);
}

TEST(packets_go_both_ways) {
    play_t play;
    failure_t why;
    start(&play, "exec cat <&3 >&3");
    for (int i = 0; i < 3; i++) {
        char text[] = "packet 0";
        text[7] = (char)('0' + i);
        assert_ok(child_send(&play.child, text, strlen(text), &why));
        assert_ok(receive(&play, 10, &why));
        assert_string_equal(play.packet, text);
    }
    end(&play);
}

/* No variables of a launcher, one thread, and no descriptors but its own. */
TEST(children_have_what_they_need) {
    play_t play;
    failure_t why;
    setenv("OMPI_COMM_WORLD_RANK", "3", true);
    setenv("PMIX_RANK", "3", true);
    setenv("OMP_NUM_THREADS", "5", true);
    unsetenv("MKL_NUM_THREADS");
    start(&play, "echo \"$OMPI_COMM_WORLD_RANK$PMIX_RANK $OMP_NUM_THREADS $MKL_NUM_THREADS $PYTHONPATH $(ls -m "
                 "/proc/$$/fd)\" >&3; echo in the memory >&4");
    assert_ok(receive(&play, 10, &why));
    assert_memory_equal(play.packet, " 5 1 /some/where 0, 1, 2, 3, 4", 30);
    assert_int_equal(receive(&play, 10, &why), STATUS_TRANSIENT);
    assert_int_equal(pread(play.memory, play.packet, sizeof play.packet, 0), 14);
    assert_memory_equal(play.packet, "in the memory", 13);
    end(&play);
    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("PMIX_RANK");
}

static void ends_with(const char *script, const char *says) {
    play_t play;
    failure_t why;
    start(&play, script);
    assert_fails(receive(&play, 10, &why), STATUS_TRANSIENT, says);
    assert_false(play.late);
    end(&play);
}

TEST(ends_are_told) {
    ends_with("exit 3", "ended (exit code 3)");
    ends_with("kill -9 $$", "was killed (signal 9)");
    ends_with("kill -11 $$", "was killed (signal 11)");
    ends_with("echo one; echo two >&2; echo; exit 1", "ended (exit code 1); its last lines: one | two");
    ends_with("for i in 1 2 3 4 5; do echo line $i; done; exit 1", "its last lines: line 3 | line 4 | line 5");
    ends_with("echo one; echo '  two'; echo '  ~~^^'; exit 1", "its last lines: one | two");
    ends_with("printf 'a\\033[31mb\\n%0400d' 7; exit 1", "its last lines: 0000000000");
    ends_with("exec 3<&-; sleep 100", "closed descriptor 3");
    /* More than a pipe holds. */
    ends_with("i=0; while [ $i -lt 3000 ]; do echo a line of forty characters, or about that; i=$((i+1)); done >&2; "
              "echo last; exit 1",
              "about that | last");
}

TEST(a_command_that_is_missing_is_told) {
    const char *const command[] = {"/no/such/program", NULL};
    play_t play = {.memory = memfd_create("test", MFD_CLOEXEC)};
    failure_t why;
    assert_ok(child_start(&play.child, command, play.memory, "", &why));
    assert_fails(receive(&play, 10, &why), STATUS_TRANSIENT, "/no/such/program: No such file or directory");
    end(&play);
}

TEST(one_that_takes_too_long_is_killed) {
    play_t play;
    failure_t why;
    start(&play, "echo waiting; sleep 100");
    assert_fails(receive(&play, 0.2, &why), STATUS_TRANSIENT,
                 "did not answer within 0.2 s and was killed; its last lines: wai");
    assert_true(play.late);
    assert_int_equal(play.child.ended, 0);
    assert_int_equal(play.child.pid, 0);
    end(&play);
}

/* A process that it started has the socket too, and must not be waited for. */
TEST(all_that_it_started_ends_with_it) {
    play_t play;
    failure_t why;
    start(&play, "sleep 100 & echo $! >&3; kill -9 $$");
    assert_ok(receive(&play, 10, &why));
    pid_t grandchild = (pid_t)strtol(play.packet, NULL, 10);
    assert_fails(receive(&play, 10, &why), STATUS_TRANSIENT, "was killed (signal 9)");
    for (int i = 0; i < 500 && kill(grandchild, 0) == 0; i++)
        usleep(10000);
    assert_int_equal(kill(grandchild, 0), -1);
    end(&play);
}

TEST(one_that_does_not_end_is_killed) {
    play_t play;
    start(&play, "trap '' TERM HUP; while :; do sleep 1; done");
    end(&play);
}

int main(int argc, char **argv) {
    if (child_is(argc, argv))
        return child_become(argv);
    return run_all(NULL, NULL);
}
