/* hdf5/look: good files of all kinds pass; damage that HDF5 finds is told in its words; a child that crashes, hangs,
 * takes memory without end or gets nowhere is told from one that was ended from outside. This program is its own child:
 * files with names of their own plant what HDF5 only does on some files and in some versions. */
#include "h5_scratch.h"

#include "hdf5/look.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

static failure_t why; /* of the last call */

static const look_options_t OPTIONS = {
    .program = "/proc/self/exe", .processor_seconds = 1, .warn_after = 20, .give_up_after = 60};

/* ---- what is planted ---- */

static void work_for_ever(void) {
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void take_memory(void) {
    /* cppcheck-suppress leakNoVarFunctionCall */
    while (malloc(1 << 20))
        continue;
    raise(SIGSEGV); /* as HDF5 does where it forgets to ask */
}

/* 2 s of work with signs that it gets on, though only 1 s is allowed without. */
static int work_for_long(void) {
    const char sign = LOOK_GETS_ON;
    for (int i = 0; i < 8; i++) {
        clock_t until = clock() + CLOCKS_PER_SEC / 4;
        while (clock() < until)
            continue;
        look_child_limit(1, 0);
        if (write(STDOUT_FILENO, &sign, 1) != 1)
            return 1;
    }
    return LOOK_GOOD;
}

static int be_child(char **argv) {
    const char *name = strrchr(argv[2], '/') + 1;
    look_child_limit(atoi(argv[3]), 0);
    if (strcmp(name, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(name, "abort") == 0)
        abort();
    if (strcmp(name, "hang") == 0)
        work_for_ever();
    if (strcmp(name, "memory") == 0)
        take_memory();
    if (strcmp(name, "long") == 0)
        return work_for_long();
    if (strcmp(name, "asleep") == 0)
        pause();
    if (strcmp(name, "ended") == 0)
        raise(SIGTERM);
    if (strcmp(name, "code") == 0)
        return 23;
    if (strcmp(name, "environment") == 0)
        return getenv("OMPI_COMM_WORLD_RANK") || getenv("PMIX_RANK") || !getenv("HOME") ? LOOK_UNKNOWN : LOOK_GOOD;
    return look_child(argv);
}

/* ---- what the parent says ---- */

static status_t look_planted(const scratch_t *scratch, const char *name, const look_options_t *options) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch->folder, name);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    return look_with(options, path, &why);
}

TEST_WITH(a_child_that_ends_badly, scratch_make, scratch_remove) {
    static const struct {
        const char *name;
        status_t status;
        const char *says;
    } CASES[] = {
        {"crash", STATUS_INPUT, "/crash: damaged: HDF5 crashed on it (signal 11)"},
        {"abort", STATUS_INPUT, "/abort: damaged: HDF5 crashed on it (signal 6)"},
        {"hang", STATUS_INPUT, "/hang: damaged: HDF5 hung on it (1 s of processor time)"},
        {"ended", STATUS_INTERNAL, "was killed (signal 15)"},
        {"code", STATUS_INPUT, "damaged: HDF5 crashed on it (exit code 23)"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        assert_int_equal(look_planted(*state, CASES[i].name, &OPTIONS), CASES[i].status);
        /* Sanitizers make an exit code of the signal. */
        const char *says = strstr(CASES[i].says, "signal 11") && strstr(why.text, "exit code")
                               ? "damaged: HDF5 crashed on it (exit code"
                               : CASES[i].says;
        if (!strstr(why.text, says))
            fail_msg("\"%s\" does not say \"%s\"", why.text, says);
        assert_null(strchr(why.text, '\n'));
    }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MEMORY_IS_LIMITED = 0 };
#else
enum { MEMORY_IS_LIMITED = 1 };
#endif

TEST_WITH(a_child_has_little_memory, scratch_make, scratch_remove) {
    if (!MEMORY_IS_LIMITED)
        skip();
    assert_fails(look_planted(*state, "memory", &OPTIONS), STATUS_INPUT, "crashed on it (signal 11)");
}

TEST_WITH(a_child_that_gets_on_may_take_its_time, scratch_make, scratch_remove) {
    assert_ok(look_planted(*state, "long", &OPTIONS));
}

TEST_WITH(a_disk_that_gives_nothing_is_not_waited_for, scratch_make, scratch_remove) {
    look_options_t options = OPTIONS;
    options.warn_after = 0.1;
    options.give_up_after = 0.3;
    assert_fails(look_planted(*state, "asleep", &options), STATUS_INTERNAL, "the disk returned nothing");
}

TEST_WITH(a_child_is_no_rank, scratch_make, scratch_remove) {
    setenv("OMPI_COMM_WORLD_RANK", "3", 1);
    setenv("PMIX_RANK", "3", 1);
    assert_int_equal(look_planted(*state, "environment", &OPTIONS), STATUS_OK);
    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("PMIX_RANK");
}

TEST_WITH(a_program_that_is_not_there, scratch_make, scratch_remove) {
    look_options_t options = OPTIONS;
    options.program = "/nonexistent/harsanyi";
    assert_fails(look_planted(*state, "file", &options), STATUS_INTERNAL, "checks the file: No such file");
}

/* ---- real files ---- */

static const double NUMBERS[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void assert_good(const char *path) {
    assert_ok(look_with(&OPTIONS, path, &why));
}

static void assert_refused(const char *path, const char *says) {
    assert_fails(look_with(&OPTIONS, path, &why), STATUS_INPUT, says);
}

static hid_t chunked(hsize_t length, bool packed) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, &length);
    if (packed) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, 4);
        H5Pset_fletcher32(list);
    }
    return list;
}

static void write_strings(hid_t file, const char *path, hid_t list) {
    const char *names[3] = {"eye", "nose", "mouth"};
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    h5t_write(file, path, type, 1, (hsize_t[]){3}, list, type, names);
    hid_t space = H5Screate(H5S_SCALAR), attribute = H5Acreate2(file, path, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, names) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void write_all(const char *path, hid_t create, hid_t access) {
    const hid_t lists[] = {H5P_DATASET_CREATE_DEFAULT, chunked(3, false), chunked(2, true), chunked(3, true),
                           H5Pcreate(H5P_DATASET_CREATE)};
    const int count = sizeof lists / sizeof *lists;
    char name[32];
    H5Pset_layout(lists[count - 1], H5D_COMPACT);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "group/%d", i);
        h5t_write(file, name, H5T_IEEE_F64LE, 1, (hsize_t[]){8}, lists[i], H5T_NATIVE_DOUBLE, NUMBERS);
        snprintf(name, sizeof name, "strings %d", i);
        write_strings(file, name, H5Pget_nfilters(lists[i]) > 0 ? H5P_DEFAULT : lists[i]); /* HDF5 filters no strings */
    }
    H5Lcreate_hard(file, "group", file, "group/itself", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/nowhere", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("nowhere.h5", "/x", file, "external", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    for (int i = 1; i < count; i++)
        H5Pclose(lists[i]);
}

TEST_WITH(good_files_of_all_kinds, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    hid_t latest = H5Pcreate(H5P_FILE_ACCESS), block = H5Pcreate(H5P_FILE_CREATE), paged = H5Pcreate(H5P_FILE_CREATE),
          ordered = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_libver_bounds(latest, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    H5Pset_userblock(block, 1024); /* as MATLAB writes them */
    H5Pset_file_space_strategy(paged, H5F_FSPACE_STRATEGY_PAGE, true, 1);
    H5Pset_link_creation_order(ordered, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    const hid_t create[] = {H5P_DEFAULT, block, paged, ordered}, access[] = {H5P_DEFAULT, latest};
    for (int i = 0; i < 8; i++) {
        write_all(scratch->file, create[i / 2], access[i % 2]);
        assert_good(scratch->file);
    }
    H5Pclose(latest);
    H5Pclose(block);
    H5Pclose(paged);
    H5Pclose(ordered);
}

/* Edge chunks may be stored without filters. */
TEST_WITH(chunks_without_their_filters, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    hid_t list = chunked(3, true), file, access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    H5Pset_chunk_opts(list, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    file = H5Fcreate(scratch->file, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    h5t_write(file, "x", H5T_IEEE_F64LE, 1, (hsize_t[]){8}, list, H5T_NATIVE_DOUBLE, NUMBERS);
    H5Fclose(file);
    H5Pclose(list);
    H5Pclose(access);
    assert_good(scratch->file);
}

/* A chunk as somebody wrote it, past HDF5's filters. */
static void write_chunk(const char *path, const void *bytes, size_t count, uint32_t skipped) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), file = h5t_create(path);
    H5Pset_chunk(list, 1, (hsize_t[]){8});
    H5Pset_deflate(list, 4);
    h5t_write(file, "x", H5T_IEEE_F64LE, 1, (hsize_t[]){8}, list, H5T_NATIVE_DOUBLE, NULL);
    hid_t dataset = H5Dopen2(file, "x", H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, skipped, (hsize_t[]){0}, count, bytes) >= 0);
    H5Dclose(dataset);
    H5Pclose(list);
    H5Fclose(file);
}

/* HDF5 would take what follows in memory for the rest of the chunk. */
TEST_WITH(chunks_that_inflate_to_something_else, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    /* zlib streams without compression: 2 + 1 + 4 bytes of heads, the bytes, their Adler-32 sum. */
    static const unsigned char SHORT[] = {0x78, 0x01, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1};
    write_chunk(scratch->file, SHORT, sizeof SHORT, 0);
    assert_refused(scratch->file, "/x: damaged (a chunk does not inflate to its size)");
    write_chunk(scratch->file, NUMBERS, sizeof NUMBERS, 0);
    assert_refused(scratch->file, "/x: damaged (a chunk does not inflate to its size)");
    write_chunk(scratch->file, NUMBERS, sizeof NUMBERS - 8, 1);
    assert_refused(scratch->file, "/x: damaged (a chunk has the wrong size)");
    write_chunk(scratch->file, NUMBERS, sizeof NUMBERS, 1);
    assert_good(scratch->file);
}

TEST_WITH(what_is_no_hdf5_file_is_left_to_others, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    assert_int_equal(look_at_file("/nonexistent", &why), STATUS_OK);
    assert_int_equal(look_at_file(scratch->folder, &why), STATUS_OK);
    write_text(scratch->file, "this is a text, and no HDF5 file at all\n");
    assert_good(scratch->file);
}

TEST_WITH(a_cut_file_is_refused, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    struct stat info;
    const char *const paths[] = {scratch->file, scratch->file};
    write_all(scratch->file, H5P_DEFAULT, H5P_DEFAULT);
    assert_int_equal(look_at_files(paths, 2, &why), STATUS_OK);
    assert_int_equal(stat(scratch->file, &info), 0);
    for (off_t length = info.st_size - 1; length > 100; length /= 2) {
        assert_int_equal(truncate(scratch->file, length), 0);
        assert_refused(scratch->file, "damaged");
    }
    assert_int_equal(look_at_files(paths, 2, &why), STATUS_INPUT);
}

int main(int argc, char **argv) {
    if (look_child_is(argc, argv))
        return be_child(argv);
    return run_all(NULL, NULL);
}
