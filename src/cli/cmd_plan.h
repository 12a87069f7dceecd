/* `harsanyi plan`: the dry run. */
#ifndef HARSANYI_CLI_CMD_PLAN_H
#define HARSANYI_CLI_CMD_PLAN_H

#include "cli/options.h"

extern const command_t COMMAND_PLAN;

#endif
