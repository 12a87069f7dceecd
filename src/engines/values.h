/* The backend values: v(S) from a table computed elsewhere. The smallest of all. */
#ifndef HARSANYI_ENGINES_VALUES_H
#define HARSANYI_ENGINES_VALUES_H

#include "model/backend.h"

/* Opens the table, which is borrowed and outlives the model. STATUS_INTERNAL without one. */
status_t values_open(model_t *model, const value_table_t *table, failure_t *why);

#endif
