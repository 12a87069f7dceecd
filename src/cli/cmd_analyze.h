/* harsanyi analyze: every statistic again, from stored tables. */
#ifndef HARSANYI_CLI_CMD_ANALYZE_H
#define HARSANYI_CLI_CMD_ANALYZE_H

#include "cli/options.h"

extern const command_t COMMAND_ANALYZE;

#endif
