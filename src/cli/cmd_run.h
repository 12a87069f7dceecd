/* harsanyi run: a sweep. */
#ifndef HARSANYI_CLI_CMD_RUN_H
#define HARSANYI_CLI_CMD_RUN_H

#include "cli/options.h"

extern const command_t COMMAND_RUN;

#endif
