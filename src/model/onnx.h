/* Networks in ONNX files, evaluated by ONNX Runtime on the processor.
 *
 * Granule: min(batch, 2^n) masks, one run of the engine each, always of the same masks: that is what makes bits
 * independent of how masks are shared out, even for models in which a row's value depends on the rows beside it. A
 * model with a fixed batch of F rows takes the largest power of two <= F instead, and the surplus rows hold mask 0.
 */
#ifndef HARSANYI_MODEL_ONNX_H
#define HARSANYI_MODEL_ONNX_H

#include "model/backend.h"

status_t onnx_open(model_t *model, failure_t *why);

#endif
