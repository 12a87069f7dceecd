/* harsanyi status: how far a results file is, also while a sweep writes it. */
#ifndef HARSANYI_CLI_CMD_STATUS_H
#define HARSANYI_CLI_CMD_STATUS_H

#include "cli/options.h"

extern const command_t COMMAND_STATUS;

#endif
