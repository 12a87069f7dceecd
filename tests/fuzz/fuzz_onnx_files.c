/* The walk through a model file that finds its external data files. */
#include "fuzz/fuzz.h"

#include "engines/onnx_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    onnx_files_t files;
    failure_t why;
    /* A folder that is not there: every file that a model may name is looked for in vain, but looked at. */
    if (onnx_files_scan("/nonexistent/model.onnx", data, size, &files, &why) == STATUS_OK)
        fuzz_expect(files.count == 0, "no file is there");
    onnx_files_free(&files);
    return 0;
}
