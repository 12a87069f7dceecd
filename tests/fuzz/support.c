#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_expect(int holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz: does not hold: %s\n", what);
    abort();
}

static char folder[64], file[96];

static void remove_folder(void) {
    unlink(file);
    rmdir(folder);
}

const char *fuzz_file_make(const char *name, const uint8_t *data, size_t size) {
    if (!*folder) {
        snprintf(folder, sizeof folder, "%s/harsanyi-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        fuzz_expect(mkdtemp(folder) != NULL && atexit(remove_folder) == 0, "a folder can be made");
    }
    snprintf(file, sizeof file, "%s/%s", folder, name);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    fuzz_expect(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0, "a file can be made");
    return file;
}

void fuzz_file_remove(const char *path) {
    fuzz_expect(unlink(path) == 0, "the file is there");
}

void fuzz_hdf5_settle(void) {
    H5set_free_list_limits(-1, -1, -1, -1, -1, -1); /* it would give back half a megabyte with every file */
    fuzz_expect(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "all HDF5 identifiers are closed");
}

/* What HDF5 (1.10) and the launcher's libraries keep or lose themselves. */
const char *__lsan_default_suppressions(void); // NOLINT(cert-dcl51-cpp,bugprone-reserved-identifier): LSan's name
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5\nleak:libmpi.so\nleak:libopen-pal.so\nleak:libopen-rte.so\nleak:libpmix\nleak:libhwloc\n";
}
