/* harsanyi transform: a results file from tables of v(S) made elsewhere. */
#ifndef HARSANYI_CLI_CMD_TRANSFORM_H
#define HARSANYI_CLI_CMD_TRANSFORM_H

#include "cli/options.h"

extern const command_t COMMAND_TRANSFORM;

#endif
