/* Tables made elsewhere, whatever kind of file they are in: as `transform` reads them, as a list of masks, and as the
 * table of the backend `values`. Of HDF5 files, which take long to open, the last byte says which of these. */
#include "fuzz/fuzz.h"

#include "samples/table.h"
#include "samples/value_files.h"

#include <stdlib.h>
#include <string.h>

enum { PLAYERS_TRIED = 12, TABLES_TRIED = 4 };

static void read_tables(const char *path) {
    static double table[1 << PLAYERS_TRIED];
    const mask_order_t order = {.kind = MASKS_HIGH_FIRST};
    value_files_t *files = NULL;
    problems_t problems = {0};
    failure_t why;
    digest_t *digest;
    char hex[DIGEST_HEX];
    if (value_files_open(path, &files, &problems, &why) == STATUS_OK) {
        for (int64_t k = 0; k < value_files_count(files) && k < TABLES_TRIED; k++) {
            int n = value_files_players(files, k);
            const char *name = value_files_name(files, k, 0);
            fuzz_expect(!name || strlen(name) < 256, "names are short");
            if (n <= PLAYERS_TRIED && value_files_load(files, k, &order, table, &why) != STATUS_OK)
                break;
            (void)value_files_label(files, k);
        }
        if (digest_start(&digest, &why) == STATUS_OK) {
            (void)value_files_digest(files, digest, &why);
            digest_finish(&digest, hex);
        }
    } else {
        fuzz_expect(problems.count > 0, "what is refused is explained");
    }
    value_files_close(&files);
    problems_free(&problems);
}

static void read_masks(const char *path) {
    int players = 0;
    uint32_t *masks = NULL;
    failure_t why;
    if (value_files_read_masks(path, &players, &masks, &why) == STATUS_OK)
        fuzz_expect(players >= 1 && players <= VALUE_PLAYERS_MAX, "masks have a sensible width");
    free(masks);
}

static void read_backend_table(const char *path) {
    table_t *table = NULL;
    failure_t why;
    double numbers[4];
    if (table_open(path, &table, &why) == STATUS_OK) {
        value_table_t values = table_values(table);
        for (int64_t k = 0; k < table_samples(table) && k < TABLES_TRIED; k++)
            (void)values.read(values.self, k, 0, table_players(table) == 1 ? 2 : 4, numbers, &why);
    }
    table_close(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bool binary = size >= 6 && (memcmp(data, "\x93NUMPY", 6) == 0 || memcmp(data, "\x89HDF\r\n", 6) == 0);
    const char *path = fuzz_file_make(binary ? "a.bin" : "a.csv", data, size); /* text is known by its name */
    const unsigned use = size > 64 && data[0] == 0x89 ? 1u << data[size - 1] % 3 : 7;
    if (use & 1)
        read_tables(path);
    if (use & 2)
        read_masks(path);
    if (use & 4)
        read_backend_table(path);
    fuzz_file_remove(path);
    fuzz_hdf5_settle();
    return 0;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    if (size > 64 && data[0] == 0x89)
        return fuzz_hdf5_mutate(data, size, capacity, seed);
    return LLVMFuzzerMutate(data, size, capacity);
}
