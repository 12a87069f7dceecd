/* The commands of the program, each described and run by its cmd_NAME.c, and the way from `harsanyi COMMAND ...` to
 * one. */
#ifndef HARSANYI_CLI_COMMANDS_H
#define HARSANYI_CLI_COMMANDS_H

#include "cli/options.h"

extern const command_t COMMAND_ANALYZE, COMMAND_COMPARE, COMMAND_DOCTOR, COMMAND_MERGE, COMMAND_PLAN, COMMAND_RUN,
    COMMAND_SHOW, COMMAND_STATUS, COMMAND_VERIFY;

/* What the program is for, and what its exit codes mean: lines ended by newlines. */
extern const char COMMANDS_ABOUT[], COMMANDS_EXIT_CODES[];

/* Runs the command named by argv[1] and returns its exit code; --help and --version too. `commands` ends with NULL.
 * --manual FOLDER, which the build calls, writes the manual. */
int commands_run(const command_t *const *commands, int argc, char **argv);

#endif
