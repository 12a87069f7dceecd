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

#endif
