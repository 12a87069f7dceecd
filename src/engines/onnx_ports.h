/* The inputs and outputs of an ONNX model, and what each is used for.
 *
 * The input that is masked: the one named, or the only one; numbers or booleans, with the batch as first axis. All
 * others are constants: each has the batch axis if its first axis is free and named as that of the masked input (or
 * neither has a name), else it is fed whole. The output: the one named, the only one, or the only one of floats (beside
 * the label of a classifier), or several that are named; its first axis is the batch, and one of the others may be
 * longer than 1. The batch axis is free or fixed. A model whose axes are named so that its batch is another axis than
 * the first is refused: its shapes may fit by accident, and its numbers would be those of other masks.
 */
#ifndef HARSANYI_ENGINES_ONNX_PORTS_H
#define HARSANYI_ENGINES_ONNX_PORTS_H

#include "model/model.h"

#include <onnxruntime_c_api.h>
#include <stdbool.h>

enum { ONNX_AXES_MAX = MODEL_RANK_MAX + 1, ONNX_AXIS_NAME = 64 };

/* An input or output. */
typedef struct {
    char *name;                               /* owned */
    ONNXTensorElementDataType type;           /* undefined: no tensor */
    bool of_maps;                             /* a sequence of maps, as ZipMap makes them */
    int rank;                                 /* 0: a scalar, or a shape that the model leaves open */
    int64_t shape[ONNX_AXES_MAX];             /* -1: free; only the first ONNX_AXES_MAX of more axes */
    char axes[ONNX_AXES_MAX][ONNX_AXIS_NAME]; /* names of the free ones; "": none, or too long to keep */
    bool has_batch;                           /* of constants: axis 0 is the batch */
    int taken; /* of outputs: how many axes behind the batch have only one place explained (model.element) */
} onnx_port_t;

/* Those that are used. */
typedef struct {
    onnx_port_t input, output[OUTPUTS_MAX];
    int explained;  /* how many of these there are */
    size_t outputs; /* how many the model has */
    size_t constants;
    onnx_port_t *constant; /* owned, [constants] */
} onnx_ports_t;

/* STATUS_OK for a NULL status; otherwise `status` with ONNX Runtime's words for it, which are freed. */
status_t onnx_check(const OrtApi *api, OrtStatus *result, status_t status, const char *what, failure_t *why);

/* The ports of options->file that are used; onnx_ports_free them, after a failure too. STATUS_INPUT: what cannot be
 * used, what to do about it, and the model's inputs or outputs with their types and shapes. */
status_t onnx_ports_choose(const model_options_t *options, const OrtApi *api, const OrtSession *session,
                           onnx_ports_t *ports, failure_t *why);
void onnx_ports_free(onnx_ports_t *ports);

/* A constant of which an axis behind the first, *axis, may be the batch, as neither it nor axis 0 of the input has a
 * name; NULL: no constant is like that. */
const onnx_port_t *onnx_ports_state(const onnx_ports_t *ports, int *axis);

/* Numbers for each mask by an output's shape: the length of the only axis longer than 1 besides the first and those
 * `taken`, 1 where all are of length 1; -1: not yet known; 0: an axis is empty, or two are longer than 1. */
int64_t onnx_port_columns(const onnx_port_t *port);

/* Whether an output has the place that is explained, as far as its shape tells. */
bool onnx_port_has(const onnx_port_t *port, const int64_t *element);

/* Type, rank, shape and names of axes into a port. */
OrtStatus *onnx_port_shape(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, onnx_port_t *port);

/* "float32 [batch, 3]" for messages. */
void onnx_port_text(const onnx_port_t *port, char text[MODEL_TEXT]);

#endif
