/* A done sample: outputs, strongest interactions, Shapley values, orders. Of a further family: the strongest effects
 * and orders of each of its kinds. */
#ifndef HARSANYI_CLI_SHOW_SAMPLE_H
#define HARSANYI_CLI_SHOW_SAMPLE_H

#include "cli/show.h"

status_t show_sample(const show_row_t *row, int family, failure_t *why);

#endif
