/* For LD_PRELOAD: another machine's name (FAKE_HOST), and a file system without flock (FAKE_NO_FLOCK=1), or
 * whose locks other machines do not see (FAKE_LOCAL_FLOCK=1). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

int gethostname(char *name, size_t length) {
    const char *fake = getenv("FAKE_HOST");
    snprintf(name, length, "%s", fake ? fake : "fake");
    return 0;
}

int flock(int fd, int operation) {
    if (getenv("FAKE_LOCAL_FLOCK"))
        return 0;
    if (!getenv("FAKE_NO_FLOCK"))
        return (int)syscall(SYS_flock, fd, operation);
    errno = ENOLCK;
    return -1;
}
