/* The manual, made from the tables of commands, options and keys: a page for the program, for each command and for the
 * config, and what bash and zsh complete. */
#ifndef HARSANYI_CLI_MANUAL_H
#define HARSANYI_CLI_MANUAL_H

#include "cli/options.h"

/* Writes harsanyi.1, harsanyi-COMMAND.1, harsanyi-config.5, harsanyi.bash and _harsanyi (zsh) into a folder. `commands`
 * ends with NULL. Returns the exit code: 0, or 1 after a message. The date in the pages is today, or that of the
 * environment variable SOURCE_DATE_EPOCH. */
int manual_write(const command_t *const *commands, const char *folder);

#endif
