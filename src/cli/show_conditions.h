/* The three conditions and Theorems 2 and 3 of arXiv 2305.01939: over all done samples, and of one. */
#ifndef HARSANYI_CLI_SHOW_CONDITIONS_H
#define HARSANYI_CLI_SHOW_CONDITIONS_H

#include "cli/done_samples.h"

/* The conditions in a few lines; done samples are there. */
void show_conditions_shortly(const show_t *show, const done_samples_t *survey);

/* Those lines, the paper's table, why samples are left out, and order by order. */
void show_conditions(const show_t *show, const done_samples_t *survey);

status_t show_conditions_of(const show_t *show, int64_t row, failure_t *why);

#endif
