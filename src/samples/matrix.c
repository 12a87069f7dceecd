#include "samples/matrix_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef enum { KIND_NONE, KIND_HDF5, KIND_NPY, KIND_TEXT } file_kind_t;

static file_kind_t kind_by_name(const char *path) {
    static const struct {
        const char *ending;
        file_kind_t kind;
    } KINDS[] = {
        {".h5", KIND_HDF5}, {".hdf5", KIND_HDF5}, {".npy", KIND_NPY}, {".csv", KIND_TEXT}, {".txt", KIND_TEXT}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcasecmp(dot, KINDS[i].ending) == 0)
            return KINDS[i].kind;
    return KIND_NONE;
}

bool matrix_is_named_so(const char *path) {
    return kind_by_name(path) != KIND_NONE;
}

/* By the first bytes, else by the name: an HDF5 file need not begin with its signature. */
static status_t find_kind(const char *path, file_kind_t *kind, failure_t *why) {
    char head[8] = "";
    struct stat info;
    if (stat(path, &info) != 0)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return failed(why, STATUS_INPUT, "%s: is no regular file", path);
    FILE *file = fopen(path, "rb");
    if (!file)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    size_t got = fread(head, 1, sizeof head, file);
    fclose(file);
    *kind = kind_by_name(path);
    if (got >= 6 && memcmp(head, "\x93NUMPY", 6) == 0)
        *kind = KIND_NPY;
    else if (got == 8 && memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0)
        *kind = KIND_HDF5;
    if (*kind == KIND_NONE)
        return failed(why, STATUS_INPUT,
                      "%s: is no kind of file that is read here: HDF5, .npy, or text named .csv or .txt", path);
    return STATUS_OK;
}

static status_t open_as(matrix_t *matrix, file_kind_t kind, const char *dataset, failure_t *why) {
    switch (kind) {
    case KIND_NPY:
        return matrix_open_npy(matrix, why);
    case KIND_TEXT:
        return matrix_open_text(matrix, why);
    case KIND_HDF5:
    case KIND_NONE:
        break;
    }
    return matrix_open_hdf5(matrix, dataset, why);
}

status_t matrix_open(const char *path, const char *dataset, matrix_t **out, failure_t *why) {
    file_kind_t kind;
    *out = NULL;
    TRY(find_kind(path, &kind, why));
    matrix_t *matrix = calloc(1, sizeof *matrix);
    if (matrix)
        matrix->name = strdup(path);
    status_t status = matrix && matrix->name ? open_as(matrix, kind, dataset, why)
                                             : failed(why, STATUS_INTERNAL, "%s: out of memory", path);
    uint64_t numbers;
    if (status == STATUS_OK && (__builtin_mul_overflow(matrix->rows, matrix->columns, &numbers) || numbers > INT64_MAX))
        status = failed(why, STATUS_INPUT, "%s: more numbers than can be counted", path);
    if (status == STATUS_OK)
        *out = matrix;
    else
        matrix_close(&matrix);
    return status;
}

void matrix_close(matrix_t **matrix) {
    if (!*matrix)
        return;
    if ((*matrix)->ops)
        (*matrix)->ops->close(*matrix);
    free((*matrix)->name);
    free(*matrix);
    *matrix = NULL;
}

int matrix_axes(const matrix_t *matrix) {
    return matrix->axes;
}

uint64_t matrix_rows(const matrix_t *matrix) {
    return matrix->rows;
}

uint64_t matrix_columns(const matrix_t *matrix) {
    return matrix->columns;
}

status_t matrix_next(matrix_t *matrix, uint64_t count, double *out, failure_t *why) {
    if (count > matrix->rows * matrix->columns - matrix->at)
        return failed(why, STATUS_INTERNAL, "%s: more numbers asked for than there are", matrix->name);
    TRY(matrix->ops->next(matrix, count, out, why));
    matrix->at += count;
    return STATUS_OK;
}

status_t matrix_refuse_whole(const matrix_t *matrix, uint64_t at, failure_t *why) {
    return failed(why, STATUS_INPUT, "%s: row %llu, number %llu: an integer beyond 2^53, which has no exact double",
                  matrix->name, (unsigned long long)(at / matrix->columns), (unsigned long long)(at % matrix->columns));
}
