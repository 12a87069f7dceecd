/* harsanyi verify: is a results file what it says? */
#ifndef HARSANYI_CLI_CMD_VERIFY_H
#define HARSANYI_CLI_CMD_VERIFY_H

#include "cli/options.h"

extern const command_t COMMAND_VERIFY;

#endif
