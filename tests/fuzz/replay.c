/* Runs a target on files, and on those of folders: the corpus as a plain test, for every compiler. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int run_file(const char *path) {
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) {
        perror(path);
        return -1;
    }
    /* As large as the file exactly, so that a read past its end is noticed. */
    uint8_t *data = malloc((size_t)info.st_size ? (size_t)info.st_size : 1);
    size_t got = data ? fread(data, 1, (size_t)info.st_size, file) : 0;
    fclose(file);
    if (!data || got != (size_t)info.st_size)
        return -1;
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, got);
    free(data);
    return 1;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return alphasort(a, b);
}

static int not_hidden(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int run_folder(const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, not_hidden, by_name), run = 0;
    for (int i = 0; i < count; i++) {
        char *name = NULL;
        if (run >= 0)
            run = asprintf(&name, "%s/%s", path, entries[i]->d_name) > 0 && run_file(name) == 1 ? run + 1 : -1;
        free(name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return run;
}

int main(int argc, char **argv) {
    int total = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        int run = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode) ? run_folder(argv[i]) : run_file(argv[i]);
        if (run < 0)
            return 1;
        total += run;
    }
    printf("%d files\n", total);
    return total == 0; /* a test of nothing is none */
}
