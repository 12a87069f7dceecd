/* Runs a target on files: the corpus as a plain test, for every compiler. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void run_file(const char *path) {
    struct stat info;
    FILE *file = fopen(path, "rb");
    fuzz_expect(file && fstat(fileno(file), &info) == 0, path);
    /* As large as the file exactly, so that a read past its end is noticed. */
    uint8_t *data = malloc((size_t)info.st_size ? (size_t)info.st_size : 1);
    fuzz_expect(data && fread(data, 1, (size_t)info.st_size, file) == (size_t)info.st_size, path);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, (size_t)info.st_size);
    free(data);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    return argc == 1; /* nothing was tested */
}
