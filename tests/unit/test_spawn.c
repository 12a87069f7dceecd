/* base/spawn: what a child is given. That it gets it is tested where children are started (test_child.c, test_look.c).
 */
#include "base/spawn.h"
#include "support/test.h"

#include <signal.h>

TEST(a_group_of_its_own_and_plain_signals) {
    posix_spawnattr_t attributes;
    sigset_t defaults, blocked;
    short flags = 0;
    pid_t group = -1;
    spawn_attributes(&attributes);
    assert_int_equal(posix_spawnattr_getflags(&attributes, &flags), 0);
    assert_int_equal(flags, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    assert_int_equal(posix_spawnattr_getsigdefault(&attributes, &defaults), 0);
    assert_true(sigismember(&defaults, SIGINT) && sigismember(&defaults, SIGPIPE) && sigismember(&defaults, SIGUSR1));
    assert_int_equal(posix_spawnattr_getsigmask(&attributes, &blocked), 0);
    assert_false(sigismember(&blocked, SIGINT) || sigismember(&blocked, SIGTERM));
    assert_int_equal(posix_spawnattr_getpgroup(&attributes, &group), 0);
    assert_int_equal(group, 0);
    posix_spawnattr_destroy(&attributes);
}

TEST(variables_of_launchers) {
    const char *const theirs[] = {"OMPI_COMM_WORLD_RANK=1", "PMIX_RANK=0", "PMI_SIZE=2", "PRTE_X=", "OMPI_"};
    const char *const others[] = {"PATH=/bin", "OMP_NUM_THREADS=1", "MY_OMPI_X=1", "ompi_x=1", "PMIX=1", ""};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        assert_true(spawn_launcher_set(theirs[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(spawn_launcher_set(others[i]));
}

int main(void) {
    return run_all(NULL, NULL);
}
