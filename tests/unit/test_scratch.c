/* lattice/scratch: what is written is read back, in memory and in a file that has no name. */
#include "lattice/scratch.h"
#include "support/make_results.h"

#include <dirent.h>
#include <sys/stat.h>

static char folder[TEMPORARY_PATH];

static int entries(void) {
    DIR *open = opendir(folder);
    int count = -2; /* . and .. */
    assert_non_null(open);
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

/* Writes a table in runs from its end, reads it in runs of another length. */
static void write_and_read(scratch_t *scratch, int bits, int64_t seed) {
    double run[64];
    failure_t why;
    mask_t masks = mask_count(bits);
    assert_int_equal(scratch_begin(scratch, bits, &why), STATUS_OK);
    for (mask_t first = masks; first > 0;) {
        first -= 32;
        for (mask_t s = 0; s < 32; s++)
            run[s] = made_value(seed, first + s);
        assert_int_equal(scratch_write(scratch, first, 32, run, &why), STATUS_OK);
    }
    for (mask_t first = 0; first < masks; first += 64) {
        assert_int_equal(scratch_read(scratch, first, 64, run, &why), STATUS_OK);
        for (mask_t s = 0; s < 64; s++)
            assert_true(run[s] == made_value(seed, first + s));
    }
}

TEST(tables_come_back) {
    scratch_t *scratch;
    failure_t why;
    assert_int_equal(scratch_create(folder, 8, &scratch, &why), STATUS_OK);
    const int bits[] = {6, 8, 9, 12, 7, 10};
    for (int i = 0; i < 6; i++)
        write_and_read(scratch, bits[i], i);
    assert_int_equal(entries(), 0);
    scratch_destroy(&scratch);
    assert_null(scratch);
}

TEST(a_folder_that_cannot_be_used_is_named) {
    scratch_t *scratch;
    failure_t why;
    assert_int_equal(scratch_create("/nonexistent/place", 8, &scratch, &why), STATUS_OK);
    assert_int_equal(scratch_begin(scratch, 8, &why), STATUS_OK);
    assert_fails(scratch_begin(scratch, 27, &why), STATUS_INTERNAL, "/nonexistent/place");
    assert_non_null(strstr(why.text, "1.07 GB"));
    assert_non_null(strstr(why.text, "TMPDIR"));
    scratch_destroy(&scratch);
}

static int make_folder(void **state) {
    return make_temporary_folder(folder);
}

static int remove_folder(void **state) {
    return rmdir(folder);
}

int main(void) {
    return run_all(make_folder, remove_folder);
}
