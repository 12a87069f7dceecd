/* What the fuzz targets share. A target is a function that is given bytes and must return, whatever they are.
 *
 * Each is built twice: with replay.c as a plain test that runs the files of corpus/TARGET (tests/CMakeLists.txt), and,
 * with the preset `fuzz`, with clang's libFuzzer (scripts/fuzz.sh).
 */
#ifndef HARSANYI_TESTS_FUZZ_H
#define HARSANYI_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with the place: what must hold whatever the input is. */
void fuzz_expect(int holds, const char *what);

/* Bytes as a file in memory (a folder of this process in /dev/shm); `name` is that of the file, with its ending. A new
 * file every time: HDF5 knows files by their inodes. The path lasts until the next one is made. */
const char *fuzz_file_make(const char *name, const uint8_t *data, size_t size);
void fuzz_file_remove(const char *path);

/* After each input of a target that uses HDF5: nothing may be left open. */
void fuzz_hdf5_settle(void);

/* A mutator for HDF5 files, for LLVMFuzzerCustomMutator: it knows where metadata is and what fields of it look like. */
size_t fuzz_hdf5_mutate(uint8_t *data, size_t size, size_t capacity, unsigned seed);

#endif
