/* v(S) from a table computed elsewhere, read through the callback of model.h. */
#ifndef HARSANYI_MODEL_VALUES_H
#define HARSANYI_MODEL_VALUES_H

#include "model/backend.h"

/* table is copied; its self is borrowed and must outlive the model. NULL, or without a read: STATUS_INTERNAL. */
status_t values_open(model_t *model, const value_table_t *table, failure_t *why);

#endif
