/* harsanyi show: results for people. */
#ifndef HARSANYI_CLI_CMD_SHOW_H
#define HARSANYI_CLI_CMD_SHOW_H

#include "cli/options.h"

extern const command_t COMMAND_SHOW;

#endif
