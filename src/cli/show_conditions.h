/* The three conditions and Theorems 2 and 3 of arXiv 2305.01939: over all done samples, and of one. */
#ifndef HARSANYI_CLI_SHOW_CONDITIONS_H
#define HARSANYI_CLI_SHOW_CONDITIONS_H

#include "cli/done_samples.h"
#include "cli/show.h"

/* The conditions in a few lines; done samples are there. */
void show_conditions_shortly(const done_samples_t *samples);

/* Those lines, the paper's table, why samples are left out, and order by order. */
void show_conditions(const show_t *show, const done_samples_t *samples);

void show_conditions_of(const show_row_t *row);

#endif
