/* What `show` says of all samples together: /summary, shortly. */
#ifndef HARSANYI_CLI_SHOW_ACROSS_H
#define HARSANYI_CLI_SHOW_ACROSS_H

#include "cli/show.h"

/* The most frequent interactions, transferability, discrimination and faithfulness. Says so when the file has no valid
 * summary yet. */
status_t show_across(const show_t *show, failure_t *why);

#endif
