/* The settings that a results file holds (/config). */
#ifndef HARSANYI_REVIEW_STORED_CONFIG_H
#define HARSANYI_REVIEW_STORED_CONFIG_H

#include "config/config.h"
#include "results/results.h"

/* Free with config_free; NULL when /config is not a valid config, which problems (may be NULL) say. */
config_t *stored_config(const results_t *results, problems_t *problems);

#endif
