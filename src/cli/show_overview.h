/* The whole file at a glance. */
#ifndef HARSANYI_CLI_SHOW_OVERVIEW_H
#define HARSANYI_CLI_SHOW_OVERVIEW_H

#include "cli/done_samples.h"
#include "cli/show.h"

/* What the file is, how far it is, and which samples failed. */
status_t show_head(const show_t *show, const done_samples_t *samples, failure_t *why);

/* The head; and when samples are done: means by order, conditions, /summary in short, the strongest interactions of the
 * first one. */
status_t show_overview(const show_t *show, const done_samples_t *samples, failure_t *why);

#endif
