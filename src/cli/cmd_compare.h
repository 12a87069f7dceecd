/* harsanyi compare: whether the interactions of several models are the same ones. */
#ifndef HARSANYI_CLI_CMD_COMPARE_H
#define HARSANYI_CLI_CMD_COMPARE_H

#include "cli/options.h"

extern const command_t COMMAND_COMPARE;

#endif
