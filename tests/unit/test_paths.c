/* results/paths: a part has a name of its own, and only what dead processes of this host left of it is removed. */
#include "results/paths.h"

#include "support/test.h"

#include <sys/wait.h>

static char folder[] = "/tmp/harsanyi-paths-XXXXXX";

static int make_folder(void **state) {
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    return rmdir(folder); /* fails when something was left in it */
}

static long dead_process(void) {
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    return child;
}

/* A name in the folder; "%s" in the pattern is the host. */
static void name_of(const char *beginning, const char *end, long process, char name[200]) {
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    snprintf(name, 200, "%s/%s-%s-%ld%s", folder, beginning, host, process, end);
}

TEST(only_the_parts_of_the_dead_are_removed) {
    const struct {
        const char *beginning, *end;
        bool dead, stays;
    } cases[] = {
        {"r.h5.part", "", true, false},    {"r.h5.part", ".tmp", true, false}, {"r.h5.part", "", false, true},
        {"r.h5.part", ".npy", true, true}, {"other.h5.part", "", true, true},  {"r.h5.part-elsewhere", "", true, true},
    };
    enum { CASES = sizeof cases / sizeof *cases };
    char names[CASES][200], out[100], expected[200];
    for (size_t i = 0; i < CASES; i++) {
        name_of(cases[i].beginning, cases[i].end, cases[i].dead ? dead_process() : (long)getppid(), names[i]);
        write_text(names[i], "");
    }
    snprintf(out, sizeof out, "%s/r.h5", folder);
    char *part = paths_part(out);
    name_of("r.h5.part", "", (long)getpid(), expected);
    assert_string_equal(part, expected);
    free(part);
    for (size_t i = 0; i < CASES; i++)
        assert_int_equal(unlink(names[i]) == 0, cases[i].stays);
}

/* Numbers of processes are used again: what has our own is of another. */
TEST(a_part_with_our_own_number_is_a_dead_ones) {
    char name[200], out[100];
    name_of("r.h5.part", "", (long)getpid(), name);
    write_text(name, "");
    snprintf(out, sizeof out, "%s/r.h5", folder);
    free(paths_part(out));
    assert_int_equal(access(name, F_OK), -1);
}

TEST(a_name_without_a_folder_is_here) {
    char *part = paths_part("r.h5");
    assert_int_equal(strncmp(part, "r.h5.part-", 10), 0);
    free(part);
}

int main(void) {
    return run_all(make_folder, remove_folder);
}
