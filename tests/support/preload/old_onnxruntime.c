/* An ONNX Runtime from before the interface that the program needs: not for LD_PRELOAD, but for HARSANYI_ONNXRUNTIME.
 */
#include <stddef.h>
#include <stdint.h>

/* As the first version had it, and all have since. */
typedef struct {
    const void *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} api_base_t;

const api_base_t *OrtGetApiBase(void);

static const void *no_api(uint32_t version) {
    (void)version;
    return NULL;
}

static const char *old_version(void) {
    return "1.2.0";
}

const api_base_t *OrtGetApiBase(void) {
    static const api_base_t base = {no_api, old_version};
    return &base;
}
