/* What shells complete after `harsanyi`: commands, options, the keys of --set, and the words that keys may be. */
#ifndef HARSANYI_CLI_COMPLETION_H
#define HARSANYI_CLI_COMPLETION_H

#include "cli/options.h"

/* Write the file that bash sources, and the function that zsh loads. `commands` ends with NULL. */
void completion_bash(const command_t *const *commands, FILE *out);
void completion_zsh(const command_t *const *commands, FILE *out);

#endif
