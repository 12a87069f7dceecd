/* The commands of the program, each described and run by its cmd_NAME.c. */
#ifndef HARSANYI_CLI_COMMANDS_H
#define HARSANYI_CLI_COMMANDS_H

#include "cli/options.h"

extern const command_t COMMAND_ANALYZE, COMMAND_COMPARE, COMMAND_DOCTOR, COMMAND_MERGE, COMMAND_PLAN, COMMAND_RUN,
    COMMAND_SHOW, COMMAND_STATUS, COMMAND_VERIFY;

#endif
