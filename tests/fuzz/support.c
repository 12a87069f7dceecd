#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

void fuzz_expect(int holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz: does not hold: %s\n", what);
    abort();
}

/* What the launcher's libraries keep or lose themselves. */
const char *__lsan_default_suppressions(void); // NOLINT(cert-dcl51-cpp,bugprone-reserved-identifier): LSan's name
const char *__lsan_default_suppressions(void) {
    return "leak:libmpi.so\nleak:libopen-pal.so\nleak:libopen-rte.so\nleak:libpmix\nleak:libhwloc\n";
}
