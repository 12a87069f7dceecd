/* The program: a table of commands. To add one: cmd_NAME.c with its command_t, a line in commands.h, and one here. */
#include "cli/commands.h"
#include "engines/child.h"
#include "hdf5/look.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* If the caller closed descriptor 0, 1 or 2, the next file that is opened would get its number, and messages would be
 * written into results. Opened the wrong way round, so that using them is still an error. */
static void occupy_closed_streams(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            return;
}

/* A command whose output is lost has failed. */
static int finish_output(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "harsanyi: error: the output cannot be written: %s\n", strerror(errno));
    return code == 0 || code == 2 ? 1 : code;
}

int main(int argc, char **argv) {
    static const command_t *const commands[] = {
        &COMMAND_RUN,     &COMMAND_SHOW,   &COMMAND_PLAN,   &COMMAND_MERGE,  &COMMAND_ANALYZE,
        &COMMAND_COMPARE, &COMMAND_STATUS, &COMMAND_VERIFY, &COMMAND_DOCTOR, NULL};
    if (look_child_is(argc, argv))
        return look_child(argv);
    if (child_is(argc, argv))
        return child_become(argv);
    occupy_closed_streams();
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like any other, and has a message */
    return finish_output(commands_run(commands, argc, argv));
}
