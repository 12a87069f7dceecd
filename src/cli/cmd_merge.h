/* harsanyi merge: one results file out of shards. */
#ifndef HARSANYI_CLI_CMD_MERGE_H
#define HARSANYI_CLI_CMD_MERGE_H

#include "cli/options.h"

extern const command_t COMMAND_MERGE;

#endif
