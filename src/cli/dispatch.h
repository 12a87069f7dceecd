/* From `harsanyi COMMAND ...` to the command. */
#ifndef HARSANYI_CLI_DISPATCH_H
#define HARSANYI_CLI_DISPATCH_H

#include "cli/options.h"

/* Runs the command named by argv[1] and returns its exit code; --help and --version too. `commands` ends with NULL. */
int dispatch(const command_t *const *commands, int argc, char **argv);

#endif
