/* For tests that need one file: its path, as a setup and a teardown of cmocka. */
#ifndef HARSANYI_TESTS_SUPPORT_SCRATCH_PATH_H
#define HARSANYI_TESTS_SUPPORT_SCRATCH_PATH_H

#include "support/test.h"

#include <errno.h>

static char path[64]; /* of this process alone; nothing is there before a test makes it */

static inline int make_path(void **state) {
    snprintf(path, sizeof path, "/tmp/harsanyi-%.20s-%ld.h5", program_invocation_short_name, (long)getpid());
    return 0;
}

static inline int remove_path(void **state) {
    unlink(path);
    return 0;
}

#endif
