#include "engines/onnx_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char EXPORT[] = "; export it with torch.onnx.export, skl2onnx or the like";

/* A piece of the file: the bytes of one message that are still to be read. */
typedef struct {
    const unsigned char *at, *end;
} span_t;

typedef struct {
    uint64_t number; /* of the field */
    uint64_t value;  /* of wire type 0 */
    span_t bytes;    /* of wire type 2 */
    bool is_bytes;
} field_t;

/* The messages of onnx.proto that lead to tensors and to the entries of their external_data. */
typedef enum { MODEL, GRAPH, NODE, ATTRIBUTE, SPARSE, FUNCTION, TRAINING, TENSOR, ENTRY } message_t;

static const struct {
    message_t parent;
    uint64_t field;
    message_t child;
} ways[] = {
    {MODEL, 7, GRAPH},     {MODEL, 20, TRAINING},   {MODEL, 25, FUNCTION},   {GRAPH, 1, NODE},
    {GRAPH, 5, TENSOR},    {GRAPH, 15, SPARSE},     {NODE, 5, ATTRIBUTE},    {ATTRIBUTE, 5, TENSOR},
    {ATTRIBUTE, 6, GRAPH}, {ATTRIBUTE, 10, TENSOR}, {ATTRIBUTE, 11, GRAPH},  {ATTRIBUTE, 22, SPARSE},
    {SPARSE, 1, TENSOR},   {SPARSE, 2, TENSOR},     {ATTRIBUTE, 23, SPARSE}, {FUNCTION, 7, NODE},
    {TRAINING, 1, GRAPH},  {TRAINING, 2, GRAPH},    {TENSOR, 13, ENTRY},
};

enum { TENSOR_DATA_LOCATION = 14, LOCATION_EXTERNAL = 1, ENTRY_KEY = 1, ENTRY_VALUE = 2 };

/* Subgraphs nest; real models stay below ten. The bound keeps a crafted file from exhausting the stack. */
enum { DEPTH_MAX = 200 };

typedef struct {
    const char *path;
    onnx_files_t *files;
    failure_t *why;
    bool has_graph;
    bool external;   /* the data of the tensor that is being read lie in another file ... */
    span_t location; /* ... of this name */
} walk_t;

static status_t not_onnx(const walk_t *walk, const char *what) {
    return failed(walk->why, STATUS_INPUT, "%s: not an ONNX model (%s)%s", walk->path, what, EXPORT);
}

/* Base-128 number, least significant group first; false past the end or beyond 64 bits. */
static bool read_varint(span_t *span, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 64 && span->at < span->end; shift += 7) {
        unsigned char byte = *span->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool skip(span_t *span, uint64_t bytes) {
    if (bytes > (uint64_t)(span->end - span->at))
        return false;
    span->at += bytes;
    return true;
}

/* The next field of a message; false when the bytes make none. */
static bool read_field(span_t *span, field_t *field) {
    uint64_t key, length;
    *field = (field_t){0};
    if (!read_varint(span, &key))
        return false;
    field->number = key >> 3;
    switch (key & 7) {
    case 0:
        return read_varint(span, &field->value);
    case 1:
        return skip(span, 8);
    case 2:
        field->is_bytes = true;
        if (!read_varint(span, &length))
            return false;
        field->bytes.at = span->at;
        if (!skip(span, length))
            return false;
        field->bytes.end = span->at;
        return true;
    case 5:
        return skip(span, 4);
    default: /* groups are not used in ONNX */
        return false;
    }
}

static bool equals(span_t span, const char *text) {
    size_t length = strlen(text);
    return (size_t)(span.end - span.at) == length && memcmp(span.at, text, length) == 0;
}

/* Whether ".." is one of the parts of a path. */
static bool climbs(const char *location) {
    for (const char *part = location; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return true;
    }
    return false;
}

/* Takes the path into the list, which owns it then, unless it is there already. */
static bool append(onnx_files_t *files, const char *path) {
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->paths[i], path) == 0)
            return true;
    char **paths = reallocarray(files->paths, files->count + 1, sizeof *paths);
    if (!paths)
        return false;
    files->paths = paths;
    paths[files->count] = strdup(path);
    return paths[files->count] && ++files->count;
}

/* Whether a file named in the model is one that may be read, and is there. */
static status_t check_path(const walk_t *walk, const char *path) {
    const char *location = path + walk->files->folder;
    struct stat info;
    if (location[0] == '/' || climbs(location))
        return failed(walk->why, STATUS_INPUT,
                      "%s: its external data file %s is outside the model's folder: convert the model so that its data "
                      "lies beside it",
                      walk->path, location);
    if (stat(path, &info) != 0)
        return failed(walk->why, STATUS_INPUT, "%s: its external data file %s: %s; keep it beside the model",
                      walk->path, path, strerror(errno));
    return STATUS_OK;
}

/* Adds the file with the tensor's data. */
static status_t add_location(const walk_t *walk) {
    char path[2 * PATH_MAX];
    span_t bytes = walk->location;
    size_t length = (size_t)(bytes.end - bytes.at);
    if (length == 0 || length >= PATH_MAX || memchr(bytes.at, '\0', length))
        return not_onnx(walk, "a tensor's external data has no proper location");
    snprintf(path, sizeof path, "%.*s%.*s", (int)walk->files->folder, walk->path, (int)length, (const char *)bytes.at);
    TRY(check_path(walk, path));
    return append(walk->files, path) ? STATUS_OK : failed(walk->why, STATUS_INTERNAL, "%s: out of memory", walk->path);
}

static status_t walk_message(walk_t *walk, message_t message, span_t span, int depth);

static status_t walk_child(walk_t *walk, message_t message, const field_t *field, int depth) {
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (ways[i].parent != message || ways[i].field != field->number)
            continue;
        if (!field->is_bytes)
            return not_onnx(walk, "a field has the wrong type");
        walk->has_graph |= ways[i].child == GRAPH;
        return walk_message(walk, ways[i].child, field->bytes, depth + 1);
    }
    return STATUS_OK;
}

static status_t walk_message(walk_t *walk, message_t message, span_t span, int depth) {
    span_t entry[ENTRY_VALUE + 1] = {0};
    field_t field;
    if (depth > DEPTH_MAX)
        return not_onnx(walk, "its graphs are nested too deep");
    if (message == TENSOR) {
        walk->external = false;
        walk->location = (span_t){0};
    }
    while (span.at < span.end) {
        if (!read_field(&span, &field))
            return not_onnx(walk, "it is cut off, or not a protobuf file");
        if (message == ENTRY && field.is_bytes && field.number <= ENTRY_VALUE)
            entry[field.number] = field.bytes;
        if (message == TENSOR && !field.is_bytes && field.number == TENSOR_DATA_LOCATION)
            walk->external = field.value == LOCATION_EXTERNAL;
        TRY(walk_child(walk, message, &field, depth));
    }
    if (message == ENTRY && equals(entry[ENTRY_KEY], "location"))
        walk->location = entry[ENTRY_VALUE];
    return message == TENSOR && walk->external ? add_location(walk) : STATUS_OK;
}

/* Maps a whole file; an empty or unreadable one is refused, and a pipe does not block. */
static status_t map_file(const char *path, const unsigned char **data, size_t *size, failure_t *why) {
    struct stat info;
    void *map = MAP_FAILED;
    const char *wrong = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &info) == 0) {
        wrong = !S_ISREG(info.st_mode) ? "not a regular file" : info.st_size == 0 ? "the file is empty" : NULL;
        if (!wrong)
            map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (wrong)
        return failed(why, STATUS_INPUT, "%s: not an ONNX model (%s)%s", path, wrong, EXPORT);
    if (map == MAP_FAILED)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(error));
    *data = map;
    *size = (size_t)info.st_size;
    return STATUS_OK;
}

status_t onnx_files_scan(const char *path, const unsigned char *data, size_t size, onnx_files_t *files,
                         failure_t *why) {
    const char *slash = strrchr(path, '/');
    *files = (onnx_files_t){.folder = slash ? (size_t)(slash - path) + 1 : 0};
    walk_t walk = {.path = path, .files = files, .why = why};
    status_t status = walk_message(&walk, MODEL, (span_t){data, data + size}, 0);
    if (status == STATUS_OK && !walk.has_graph)
        status = not_onnx(&walk, "it has no graph");
    if (status != STATUS_OK)
        onnx_files_free(files);
    return status;
}

status_t onnx_files_list(const char *path, onnx_files_t *files, failure_t *why) {
    const unsigned char *data = NULL;
    size_t size = 0;
    *files = (onnx_files_t){0};
    TRY(map_file(path, &data, &size, why));
    status_t status = onnx_files_scan(path, data, size, files, why);
    munmap((void *)(uintptr_t)data, size);
    return status;
}

void onnx_files_free(onnx_files_t *files) {
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (onnx_files_t){0};
}

status_t onnx_files_digest(const char *path, digest_t *digest, failure_t *why) {
    onnx_files_t files;
    TRY(onnx_files_list(path, &files, why));
    status_t status = digest_add_file(digest, path, why);
    for (size_t i = 0; status == STATUS_OK && i < files.count; i++) {
        const char *location = files.paths[i] + files.folder;
        digest_add(digest, location, strlen(location) + 1);
        status = digest_add_file(digest, files.paths[i], why);
    }
    onnx_files_free(&files);
    return status;
}
