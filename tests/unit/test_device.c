/* Which GPU a rank takes. */
#include "engines/device.h"
#include "support/test.h"

static void set(const char *name, const char *value) {
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

TEST(the_launcher_says_the_local_rank) {
    set("OMPI_COMM_WORLD_LOCAL_RANK", NULL);
    set("MPI_LOCALRANKID", NULL);
    set("SLURM_LOCALID", NULL);
    assert_int_equal(device_local_rank(), 0);
    set("SLURM_LOCALID", "3");
    assert_int_equal(device_local_rank(), 3);
    set("OMPI_COMM_WORLD_LOCAL_RANK", "5");
    assert_int_equal(device_local_rank(), 5);
}

TEST(ranks_share_the_listed_devices) {
    const struct {
        const char *listed;
        uint32_t number; /* of local rank 5 */
    } cases[] = {{"0,1", 1}, {"GPU-8f2e,GPU-11aa,GPU-70c4", 2}, {"7", 0}, {"2,3,-1,4", 1}, {"-1", 0}, {"", 0}};
    set("OMPI_COMM_WORLD_LOCAL_RANK", "5");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set("CUDA_VISIBLE_DEVICES", cases[i].listed);
        assert_int_equal(device_number("/dev"), cases[i].number);
    }
}

TEST(without_a_list_all_devices_are_shared) {
    char folder[] = "/tmp/harsanyi-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    set("CUDA_VISIBLE_DEVICES", NULL);
    set("OMPI_COMM_WORLD_LOCAL_RANK", "5");
    assert_int_equal(device_number(folder), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/nvidia%d", folder, i);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
    assert_int_equal(device_number(folder), 2);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/nvidia%d", folder, i);
        unlink(path);
    }
    rmdir(folder);
}

int main(void) {
    return run_all(NULL, NULL);
}
