#include "base/spawn.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

void spawn_attributes(posix_spawnattr_t *attributes) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
}

bool spawn_launcher_set(const char *variable) {
    static const char *const LAUNCHER[] = {"OMPI_", "PMIX_", "PMI_", "PRTE_"};
    for (size_t i = 0; i < sizeof LAUNCHER / sizeof *LAUNCHER; i++)
        if (strncmp(variable, LAUNCHER[i], strlen(LAUNCHER[i])) == 0)
            return true;
    return false;
}
