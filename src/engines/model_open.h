/* Opens a model: the one place that knows all backends. */
#ifndef HARSANYI_ENGINES_MODEL_OPEN_H
#define HARSANYI_ENGINES_MODEL_OPEN_H

#include "base/digest.h"
#include "model/model.h"

/* Opens the model. table is only used (and then required) by the values backend. On failure *out is NULL and *why names
 * the file and what is wrong with it (types and shapes included). */
status_t model_open(const model_options_t *options, const value_table_t *table, model_t **out, failure_t *why);

/* Adds the content of every file that the model consists of (an ONNX file and its external data). */
status_t model_digest(const model_options_t *options, digest_t *digest, failure_t *why);

#endif
