#include "engines/onnx_library.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char soname[] = "libonnxruntime.so.1";

typedef const OrtApiBase *(*get_base_t)(void);

/* For dl_iterate_phdr: stops at a loaded library named libonnx.so.*. */
static int is_libonnx(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char name[] = "libonnx.so";
    return strncmp(slash ? slash + 1 : info->dlpi_name, name, sizeof name - 1) == 0;
}

/* Opens one candidate; false: why not is added to `tried`, after "; " when it is not the first. */
static bool open_one(const char *path, onnx_library_t *library, char tried[FAILURE_TEXT]) {
    size_t used = strlen(tried), left = FAILURE_TEXT - used;
    const char *before = used ? "; " : "";
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(tried + used, left, "%s%s", before, dlerror());
        return false;
    }
    get_base_t get_base;
    void *symbol = dlsym(handle, "OrtGetApiBase");
    memcpy(&get_base, &symbol, sizeof get_base); /* ISO C has no cast from an object pointer to a function */
    const OrtApiBase *base = symbol ? get_base() : NULL;
    library->api = base ? base->GetApi(ONNX_API_VERSION) : NULL;
    library->version = base ? base->GetVersionString() : NULL;
    library->noisy = dl_iterate_phdr(is_libonnx, NULL) != 0;
    if (library->api)
        return true;
    if (base)
        snprintf(tried + used, left, "%s%s: ONNX Runtime %s is too old, 1.%d or later is needed", before, path,
                 library->version, (int)ONNX_API_VERSION);
    else
        snprintf(tried + used, left, "%s%s: not ONNX Runtime (no OrtGetApiBase)", before, path);
    dlclose(handle);
    return false;
}

/* "<folder of the running program>/../lib/harsanyi/libonnxruntime.so.1"; false when it does not fit. */
static bool beside_program(char path[PATH_MAX]) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return false;
    *slash = '\0';
    int need = snprintf(path, PATH_MAX, "%s/../lib/harsanyi/%s", self, soname);
    return need > 0 && need < PATH_MAX;
}

static bool open_any(onnx_library_t *library, char tried[FAILURE_TEXT]) {
    char path[PATH_MAX];
    if (beside_program(path) && open_one(path, library, tried))
        return true;
#ifdef HARSANYI_ONNXRUNTIME_DEFAULT
    if (open_one(HARSANYI_ONNXRUNTIME_DEFAULT, library, tried))
        return true;
#endif
    return open_one(soname, library, tried) || open_one("libonnxruntime.so", library, tried);
}

status_t onnx_library_open(const char *wanted, onnx_library_t *library, failure_t *why) {
    const char *source = "model.library";
    char tried[FAILURE_TEXT] = "";
    if (!wanted) {
        wanted = getenv("HARSANYI_ONNXRUNTIME");
        source = "environment variable HARSANYI_ONNXRUNTIME";
    }
    if (!wanted || !*wanted)
        return open_any(library, tried)
                   ? STATUS_OK
                   : failed(why, STATUS_INPUT,
                            "ONNX Runtime was not found: run scripts/setup.sh, or name its library in model.library or "
                            "HARSANYI_ONNXRUNTIME. Tried: %s",
                            tried);
    if (open_one(wanted, library, tried))
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s: %s cannot be opened as ONNX Runtime: %s", source, wanted, tried);
}

const char *onnx_library_path(const onnx_library_t *library) {
    Dl_info info;
    return dladdr(library->version, &info) && info.dli_fname ? info.dli_fname : "";
}

void onnx_library_providers(const onnx_library_t *library, char *text, size_t capacity) {
    char **names = NULL;
    int count = 0;
    size_t used = 0;
    text[0] = '\0';
    OrtStatus *result = library->api->GetAvailableProviders(&names, &count);
    for (int i = 0; !result && i < count && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", i ? ", " : "", names[i]);
    if (!result)
        result = library->api->ReleaseAvailableProviders(names, count);
    if (result)
        library->api->ReleaseStatus(result);
}
