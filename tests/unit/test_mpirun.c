/* run/mpirun: what mpirun gets in its environment where, which mpirun is taken, the line that shows it, and what its
 * end means. */
#include "run/mpirun.h"
#include "support/test.h"

#include <signal.h>
#include <sys/stat.h>

static const mpirun_place_t LAPTOP = {.cores = 4, .root = false, .ssh = true, .shares_memory = true};

/* Without the variables of whoever runs the tests. */
static int clean(void **state) {
    static const char *const variables[] = {"SLURM_JOB_ID",
                                            "PBS_JOBID",
                                            "LSB_JOBID",
                                            "PE_HOSTFILE",
                                            "OMPI_MCA_orte_default_hostfile",
                                            "PRTE_MCA_prte_default_hostfile",
                                            "OMPI_ALLOW_RUN_AS_ROOT",
                                            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                                            "OMPI_MCA_btl",
                                            "OMPI_MCA_plm",
                                            "OMPI_MCA_btl_vader_single_copy_mechanism",
                                            "OMPI_MCA_hwloc_base_binding_policy",
                                            "PRTE_MCA_hwloc_default_binding_policy",
                                            "OMPI_MCA_rmaps_base_oversubscribe",
                                            "PRTE_MCA_rmaps_default_mapping_policy",
                                            "OMPI_MCA_mpi_yield_when_idle"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    return 0;
}

/* The settings as a line, "A=1 B=2 ". */
static const char *settings_for(mpirun_place_t place, int ranks) {
    static char text[2048];
    static const char *const nothing[] = {NULL};
    mpirun_setting_t settings[MPIRUN_SETTINGS];
    text_t line = {0};
    size_t count = mpirun_settings(&place, ranks, settings);
    mpirun_line(settings, count, nothing, &line);
    snprintf(text, sizeof text, "%s", line.chars ? line.chars : "");
    text_free(&line);
    return text;
}

#define ON_ONE_MACHINE "OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none "
#define CROWDED                                                                                                        \
    "OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe "                        \
    "OMPI_MCA_mpi_yield_when_idle=1 "
#define AS_ROOT "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
#define NO_NETWORK "OMPI_MCA_btl=^tcp,uct,openib,ofi "

TEST_WITH(settings_fit_the_place, clean, NULL) {
    mpirun_place_t place = LAPTOP;
    assert_string_equal(settings_for(place, 4), NO_NETWORK ON_ONE_MACHINE);
    assert_string_equal(settings_for(place, 5), NO_NETWORK ON_ONE_MACHINE CROWDED);
    place.root = true;
    assert_string_equal(settings_for(place, 4), AS_ROOT NO_NETWORK ON_ONE_MACHINE);
    setenv("SLURM_JOB_ID", "7", 1); /* mpirun knows the job's nodes */
    assert_string_equal(settings_for(place, 64), AS_ROOT);
    place.root = place.ssh = place.shares_memory = false;
    assert_string_equal(settings_for(place, 64), "");
    clean(state);
    assert_string_equal(settings_for(place, 2), NO_NETWORK
                        "OMPI_MCA_plm=isolated OMPI_MCA_btl_vader_single_copy_mechanism=none " ON_ONE_MACHINE);
    place.root = true;
    place.cores = 1;
    mpirun_setting_t settings[MPIRUN_SETTINGS];
    assert_int_equal(mpirun_settings(&place, 2, settings), MPIRUN_SETTINGS);
    setenv("OMPI_MCA_orte_default_hostfile", "hosts", 1);
    assert_string_equal(settings_for(place, 2), AS_ROOT);
}

TEST_WITH(variables_of_the_user_win, clean, NULL) {
    setenv("OMPI_MCA_btl", "self,tcp", 1);
    setenv("OMPI_MCA_mpi_yield_when_idle", "", 1);
    assert_string_equal(settings_for(LAPTOP, 5), ON_ONE_MACHINE
                        "OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe ");
}

static char folder[TEMPORARY_PATH];

static void make_program(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_text(path, "");
    assert_int_equal(chmod(path, 0755), 0);
}

static int make_folder(void **state) {
    return make_temporary_folder(folder) == 0 ? clean(state) : -1;
}

static int remove_folder(void **state) {
    return remove_temporary_folder(folder);
}

static void expect(char *found, const char *name) {
    assert_non_null(found);
    assert_string_equal(found, name);
    free(found);
}

TEST_WITH(the_right_mpirun_is_found, make_folder, remove_folder) {
    char built_with[128], *path = strdup(getenv("PATH"));
    snprintf(built_with, sizeof built_with, "%s/mpiexec", folder);
    setenv("PATH", folder, 1);
    assert_null(mpirun_find(built_with));
    make_program("mpiexec");
    expect(mpirun_find(built_with), built_with);
    make_program("mpirun"); /* of another MPI */
    expect(mpirun_find(built_with), built_with);
    assert_int_equal(unlink(built_with), 0);
    expect(mpirun_find(built_with), "mpirun");
    assert_int_equal(symlink("mpirun", built_with), 0);
    expect(mpirun_find(built_with), "mpirun");
    expect(mpirun_find(""), "mpirun");
    setenv("PATH", path, 1);
    free(path);
}

TEST(this_program_is_named) {
    char here[256];
    ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
    assert_true(length > 0);
    here[length] = '\0';
    expect(mpirun_program("/bin/sh"), here);
    expect(mpirun_program("nowhere"), here);
    expect(mpirun_program(here), here);
    char *path = strdup(getenv("PATH")), *slash = strrchr(here, '/');
    *slash = '\0';
    setenv("PATH", here, 1);
    expect(mpirun_program(slash + 1), slash + 1);
    setenv("PATH", path, 1);
    free(path);
}

TEST(the_line_is_for_a_shell) {
    static const mpirun_setting_t settings[] = {{"A", "1"}, {"B", "a b"}};
    static const char *const words[] = {"mpirun", "-n", "2", "--set", "x=[1, 2]", "it's", "", "~", NULL};
    text_t line = {0};
    mpirun_line(settings, 2, words, &line);
    assert_string_equal(line.chars, "A=1 B='a b' mpirun -n 2 --set 'x=[1, 2]' 'it'\\''s' '' '~'");
    text_free(&line);
}

TEST(ends_have_their_codes) {
    enum { EXITED = 256 };
    assert_int_equal(mpirun_exit_code(2 * EXITED, MPIRUN_GO_ON), 2);
    assert_int_equal(mpirun_exit_code(0, MPIRUN_STOP), 0);
    assert_int_equal(mpirun_exit_code(75 * EXITED, MPIRUN_STOP), 75);
    assert_int_equal(mpirun_exit_code((128 + SIGUSR1) * EXITED, MPIRUN_STOP), 75);
    assert_int_equal(mpirun_exit_code(SIGUSR1, MPIRUN_STOP), 75);
    assert_int_equal(mpirun_exit_code(SIGUSR1, MPIRUN_GO_ON), 128 + SIGUSR1);
    assert_int_equal(mpirun_exit_code((128 + SIGKILL) * EXITED, MPIRUN_STOP), 128 + SIGKILL);
    assert_int_equal(mpirun_exit_code(EXITED, MPIRUN_KILL), 130);
}

int main(void) {
    return run_all(NULL, NULL);
}
