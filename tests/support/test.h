/* What every test in C shares: cmocka and the headers it needs, calls that must succeed, temporary files and folders,
 * and random numbers that are the same in every run. */
#ifndef HARSANYI_TESTS_SUPPORT_TEST_H
#define HARSANYI_TESTS_SUPPORT_TEST_H

#include "base/failure.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* cmocka hands every test a state, and most have no use for it; the same goes for callbacks and their `self`. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* ---- tests ---- */

/* TEST(name) { ... } is a test of the file, TEST_WITH one with a setup and a teardown (NULL: none). They run in the
 * order in which they stand there. */
enum { TESTS_MAX = 64 };
static struct CMUnitTest all_tests[TESTS_MAX];

#define TEST_WITH(name, setup, teardown)                                                                               \
    static void name(void **state);                                                                                    \
    __attribute__((constructor)) static void add_##name(void) {                                                        \
        all_tests[__COUNTER__] = (struct CMUnitTest){#name, name, setup, teardown, NULL};                              \
    }                                                                                                                  \
    static void name(void **state)
#define TEST(name) TEST_WITH(name, NULL, NULL)

/* For main: runs them all, between a setup and a teardown of the file (NULL: none). */
static inline int run_all(CMFixtureFunction setup, CMFixtureFunction teardown) {
    return cmocka_run_group_tests_name("tests", all_tests, setup, teardown);
}

/* ---- assertions ---- */

/* The call must return STATUS_OK; if not, the test fails with the reason that the call left in the caller's `why`. */
#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != STATUS_OK)                                                                                       \
            fail_msg("%s: %s", #call, why.text);                                                                       \
    } while (0)

/* The call must return `wanted`, with a reason in the caller's `why` that contains `says`. */
#define assert_fails(call, wanted, says)                                                                               \
    do {                                                                                                               \
        const char *says_ = (says);                                                                                    \
        assert_int_equal(call, wanted);                                                                                \
        if (!strstr(why.text, says_))                                                                                  \
            fail_msg("\"%s\" does not say \"%s\"", why.text, says_);                                                   \
    } while (0)

/* |got - wanted| <= within, which a NaN never is. */
static inline void assert_within(double got, long double wanted, double within) {
    if (!(fabsl(got - wanted) <= within))
        fail_msg("%.17g instead of %.20Lg, within %g", got, wanted, within);
}

/* Ends the test where this build cannot run ONNX models. */
static inline void skip_without_engine(void) {
#ifndef HARSANYI_HAVE_ONNXRUNTIME
    print_message("skipped: this build has no ONNX Runtime\n");
    skip();
#endif
}

/* ---- temporary files and folders ---- */

enum { TEMPORARY_PATH = 64 }; /* room for a path that one of these functions makes */

/* Makes an empty folder and puts its path in `folder`. Returns 0 or -1, as cmocka wants it from a setup. */
static inline int make_temporary_folder(char folder[TEMPORARY_PATH]) {
    snprintf(folder, TEMPORARY_PATH, "/tmp/harsanyi-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

/* Removes a folder with everything in it. Returns 0 if that worked. */
static inline int remove_temporary_folder(const char *folder) {
    char command[TEMPORARY_PATH + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command); /* NOLINT(cert-env33-c): the path is one that make_temporary_folder chose */
}

/* Makes an empty file and puts its path in `path`. Returns its descriptor, open for reading and writing. */
static inline int make_temporary_file(char path[TEMPORARY_PATH]) {
    snprintf(path, TEMPORARY_PATH, "/tmp/harsanyi-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    return fd;
}

/* Makes a file of this text, in place of one that is there. */
static inline void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* What `print` writes; free it. */
static inline char *printed(void (*print)(FILE *out)) {
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}

/* ---- numbers ---- */

/* splitmix64: any seed is good, equal seeds give equal numbers. */
static inline uint64_t random_word(uint64_t *seed) {
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* From 0 to 1, without 1. */
static inline double random_unit(uint64_t *seed) {
    return (double)(random_word(seed) >> 11) * 0x1p-53;
}

/* From -1 to 1. */
static inline double random_signed(uint64_t *seed) {
    return (double)(int64_t)random_word(seed) * 0x1p-63;
}

static inline double *new_numbers(size_t count) {
    double *x = malloc(count * sizeof *x);
    assert_non_null(x);
    return x;
}

/* `count` numbers from -1 to 1; free them. */
static inline double *random_numbers(size_t count, uint64_t seed) {
    double *x = new_numbers(count);
    for (size_t i = 0; i < count; i++)
        x[i] = random_signed(&seed);
    return x;
}

/* For qsort: ascending, no NaN. */
static inline int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#endif
