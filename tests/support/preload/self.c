/* For valgrind, under which /proc/self/exe is valgrind: a program that starts itself starts $SELF instead, which
 * valgrind does not follow. */
#include <dlfcn.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>

typedef int (*spawn_t)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                       char *const[], char *const[]);

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const variables[]) {
    spawn_t next;
    *(void **)&next = dlsym(RTLD_NEXT, "posix_spawn");
    const char *self = getenv("SELF");
    return next(pid, self && strcmp(path, "/proc/self/exe") == 0 ? self : path, actions, attributes, arguments,
                variables);
}
