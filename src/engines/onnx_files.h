/* The files that an ONNX model consists of: the .onnx file and the external data files that its tensors name.
 *
 * An .onnx file is a protobuf message, ModelProto. Only the fields on the way to tensors are looked at (onnx.proto):
 *
 *   ModelProto -- graph --> GraphProto -- initializer, sparse_initializer, node --> NodeProto -- attribute -->
 *   AttributeProto -- t, tensors, sparse_tensor(s), g, graphs (subgraphs of If, Loop, Scan) --> TensorProto --
 *   external_data [key "location"], when data_location = EXTERNAL
 */
#ifndef HARSANYI_ENGINES_ONNX_FILES_H
#define HARSANYI_ENGINES_ONNX_FILES_H

#include "base/digest.h"
#include "base/failure.h"

#include <stddef.h>

/* Paths in the order of their first mention, each once; the .onnx file itself is not among them. Zero-initialise. */
typedef struct {
    size_t count;
    char **paths;  /* owned: the folder of the model and what the model calls them */
    size_t folder; /* characters of the folder: paths[i] + folder is the name in the model */
} onnx_files_t;

/* Reads the model at `path` and lists its external files, which must exist. STATUS_INPUT: not readable, not an ONNX
 * model (no graph, or lengths that lead out of the file), or a location that is absolute or contains "..". Nothing in
 * the file is trusted; the list is empty on failure. */
status_t onnx_files_list(const char *path, onnx_files_t *files, failure_t *why);

/* The same for a model that is in memory already; path says where its files lie. */
status_t onnx_files_scan(const char *path, const unsigned char *data, size_t size, onnx_files_t *files, failure_t *why);

void onnx_files_free(onnx_files_t *files);

/* Adds the content of the model and of its external files, each with its location, to a digest. */
status_t onnx_files_digest(const char *path, digest_t *digest, failure_t *why);

#endif
