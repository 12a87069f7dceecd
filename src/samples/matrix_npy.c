/* .npy files (numpy's format 1.0 to 3.0):
 *
 *   | \x93NUMPY | major | minor | length of the header, u16 (1.0) or u32 | header | numbers |
 *
 * The header is a Python literal, {'descr': '<f8', 'fortran_order': False, 'shape': (3, 8), }: read by a small parser
 * that knows this form only. The numbers must fill the file to its end.
 */
#include "base/file.h"
#include "samples/matrix_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FAR: numbers so many bytes apart are read one by one, which is quicker than reading what lies between them. */
enum { PREFIX = 8, HEADER_MAX = 1 << 16, BUFFER = 1 << 16, FAR = 1 << 11, DESCR = 32, AXES = 8 };

typedef struct {
    int fd;
    uint64_t start; /* of the numbers */
    char kind;      /* f, i, u, b */
    unsigned width;
    bool swapped, fortran;
    unsigned char buffer[BUFFER];
} npy_t;

/* ---- the header ---- */

typedef struct {
    const char *at;
    bool has_descr, has_order, has_shape;
    char descr[DESCR];
    bool fortran;
    int axes;
    uint64_t shape[AXES];
} header_t;

static void skip_blanks(header_t *h) {
    h->at += strspn(h->at, " \n");
}

static bool take(header_t *h, const char *text) {
    size_t length = strlen(text);
    if (strncmp(h->at, text, length) != 0)
        return false;
    h->at += length;
    skip_blanks(h);
    return true;
}

/* 'text' or "text", without escapes. */
static bool take_string(header_t *h, char out[DESCR]) {
    char quote = *h->at;
    if (quote != '\'' && quote != '"')
        return false;
    const char *end = strchr(h->at + 1, quote);
    size_t length = end ? (size_t)(end - h->at - 1) : DESCR;
    if (length >= DESCR || memchr(h->at + 1, '\\', length))
        return false;
    memcpy(out, h->at + 1, length);
    out[length] = '\0';
    h->at = end + 1;
    skip_blanks(h);
    return true;
}

static bool take_size(header_t *h, uint64_t *size) {
    const char *from = h->at;
    for (*size = 0; *h->at >= '0' && *h->at <= '9'; h->at++)
        if (__builtin_mul_overflow(*size, 10u, size) || __builtin_add_overflow(*size, (uint64_t)(*h->at - '0'), size))
            return false;
    skip_blanks(h);
    return h->at > from;
}

/* (), (8,), (3, 8), (3, 8,) */
static bool take_shape(header_t *h) {
    if (!take(h, "("))
        return false;
    while (!take(h, ")")) {
        if (h->axes == AXES || !take_size(h, &h->shape[h->axes]))
            return false;
        h->axes++;
        if (!take(h, ",") && (h->axes == 1 || *h->at != ')'))
            return false;
    }
    return true;
}

/* 'key': value */
static bool take_entry(header_t *h) {
    char key[DESCR];
    if (!take_string(h, key) || !take(h, ":"))
        return false;
    if (strcmp(key, "descr") == 0 && !h->has_descr)
        return h->has_descr = take_string(h, h->descr);
    if (strcmp(key, "shape") == 0 && !h->has_shape)
        return h->has_shape = take_shape(h);
    if (strcmp(key, "fortran_order") == 0 && !h->has_order) {
        h->fortran = take(h, "True");
        return h->has_order = h->fortran || take(h, "False");
    }
    return false;
}

static bool parse(header_t *h) {
    skip_blanks(h);
    if (!take(h, "{"))
        return false;
    while (!take(h, "}"))
        if (!take_entry(h) || (!take(h, ",") && *h->at != '}'))
            return false;
    return *h->at == '\0' && h->has_descr && h->has_order && h->has_shape;
}

/* ---- what it says ---- */

static status_t set_type(const matrix_t *matrix, npy_t *npy, const char *descr, failure_t *why) {
    static const char *const KNOWN[] = {"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
    const char order = descr[0], *type = descr + (order != '\0');
    if (type[0] == 'O')
        return failed(why, STATUS_INPUT,
                      "%s: holds Python objects, which are never loaded; save numbers: np.save(file, "
                      "np.asarray(values, dtype=float))",
                      matrix->name);
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (strcmp(type, KNOWN[i]) == 0 && (order == '<' || order == '>' || (order == '|' && type[1] == '1'))) {
            npy->kind = type[0];
            npy->width = (unsigned)(type[1] - '0');
            npy->swapped = order == '>';
            return STATUS_OK;
        }
    return failed(why, STATUS_INPUT,
                  "%s: holds numbers of type '%s'; f4, f8 or integers expected: values.astype(float)", matrix->name,
                  descr);
}

static status_t set_shape(matrix_t *matrix, const npy_t *npy, const header_t *h, uint64_t bytes, failure_t *why) {
    uint64_t promised;
    if (h->axes < 1 || h->axes > 2)
        return failed(why, STATUS_INPUT, "%s: has %d axes; one or two expected", matrix->name, h->axes);
    matrix->axes = h->axes;
    matrix->rows = h->axes == 2 ? h->shape[0] : 1;
    matrix->columns = h->shape[h->axes - 1];
    if (__builtin_mul_overflow(matrix->rows, matrix->columns, &promised) ||
        __builtin_mul_overflow(promised, (uint64_t)npy->width, &promised) || promised != bytes)
        return failed(why, STATUS_INPUT,
                      "%s: its header promises %llu x %llu numbers of %u bytes, but %llu bytes follow: truncated or "
                      "damaged",
                      matrix->name, (unsigned long long)matrix->rows, (unsigned long long)matrix->columns, npy->width,
                      (unsigned long long)bytes);
    return STATUS_OK;
}

/* The length of the header, whose width depends on the version, and where it begins. */
static status_t read_prefix(const matrix_t *matrix, const npy_t *npy, uint64_t bytes, uint32_t *length, uint64_t *begin,
                            failure_t *why) {
    unsigned char head[PREFIX + 4] = {0};
    if (bytes < sizeof head)
        return failed(why, STATUS_INPUT, "%s: too short for a .npy file: truncated", matrix->name);
    TRY(file_read_at(npy->fd, matrix->name, head, sizeof head, 0, why));
    if (memcmp(head, "\x93NUMPY", 6) != 0)
        return failed(why, STATUS_INPUT, "%s: is no .npy file", matrix->name);
    if (head[6] < 1 || head[6] > 3 || head[7] != 0)
        return failed(why, STATUS_INPUT, "%s: .npy format %d.%d is not known; 1.0 to 3.0 are", matrix->name, head[6],
                      head[7]);
    *begin = head[6] == 1 ? PREFIX + 2 : PREFIX + 4;
    *length = head[PREFIX] | (uint32_t)head[PREFIX + 1] << 8;
    if (head[6] > 1)
        *length |= (uint32_t)head[PREFIX + 2] << 16 | (uint32_t)head[PREFIX + 3] << 24;
    if (*length > HEADER_MAX || *length > bytes - *begin)
        return failed(why, STATUS_INPUT, "%s: its header is said to have %u bytes: truncated or damaged", matrix->name,
                      *length);
    return STATUS_OK;
}

static status_t read_header(matrix_t *matrix, npy_t *npy, uint64_t bytes, char *text, failure_t *why) {
    uint32_t length = 0;
    uint64_t begin = 0;
    header_t h = {.at = text};
    TRY(read_prefix(matrix, npy, bytes, &length, &begin, why));
    TRY(file_read_at(npy->fd, matrix->name, text, length, begin, why));
    text[length] = '\0';
    npy->start = begin + length;
    if (strlen(text) != length || !parse(&h)) {
        if (h.at < text + length && strncmp(h.at, "[(", 2) == 0)
            return failed(why, STATUS_INPUT, "%s: holds records; an array of plain numbers expected", matrix->name);
        return failed(why, STATUS_INPUT, "%s: its header is damaged at byte %llu", matrix->name,
                      (unsigned long long)(begin + (uint64_t)(h.at - text)));
    }
    TRY(set_type(matrix, npy, h.descr, why));
    npy->fortran = h.fortran && h.axes == 2;
    return set_shape(matrix, npy, &h, bytes - npy->start, why);
}

/* ---- the numbers ---- */

static uint64_t bits_of(const npy_t *npy, const unsigned char *at) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < npy->width; i++)
        bits |= (uint64_t)at[npy->swapped ? npy->width - 1 - i : i] << (8 * i);
    return bits;
}

/* The number with these bits; false: an integer that has no exact double. */
static bool number_of(const npy_t *npy, uint64_t bits, double *out) {
    if (npy->kind == 'f' && npy->width == 8) {
        memcpy(out, &bits, sizeof *out);
    } else if (npy->kind == 'f') {
        uint32_t half = (uint32_t)bits;
        float single;
        memcpy(&single, &half, sizeof single);
        *out = (double)single;
    } else if (npy->kind == 'i') {
        const unsigned unused = (8 - npy->width) % 8 * 8; /* bits above the number's sign */
        int64_t whole = (int64_t)(bits << unused) >> unused;
        *out = (double)whole;
        return whole <= MATRIX_WHOLE_MAX && whole >= -MATRIX_WHOLE_MAX;
    } else {
        *out = npy->kind == 'b' ? bits != 0 : (double)bits;
        return bits <= (uint64_t)MATRIX_WHOLE_MAX;
    }
    return true;
}

/* In Fortran order the numbers of a row are `rows` numbers apart. */
static status_t next(matrix_t *matrix, uint64_t count, double *out, failure_t *why) {
    npy_t *npy = matrix->state;
    const uint64_t apart = npy->fortran ? matrix->rows : 1, width = npy->width;
    for (uint64_t done = 0, now; done < count; done += now) {
        uint64_t at = matrix->at + done, row = at / matrix->columns, column = at % matrix->columns;
        uint64_t place = npy->fortran ? column * matrix->rows + row : at;
        now = apart > FAR / width ? 1 : (BUFFER / width - 1) / apart + 1;
        if (now > count - done)
            now = count - done;
        if (npy->fortran && now > matrix->columns - column)
            now = matrix->columns - column;
        TRY(file_read_at(npy->fd, matrix->name, npy->buffer, (size_t)(((now - 1) * apart + 1) * width),
                         npy->start + place * width, why));
        for (uint64_t i = 0; i < now; i++)
            if (!number_of(npy, bits_of(npy, npy->buffer + i * apart * width), &out[done + i]))
                return matrix_refuse_whole(matrix, at + i, why);
    }
    return STATUS_OK;
}

static void close_npy(matrix_t *matrix) {
    npy_t *npy = matrix->state;
    if (npy && npy->fd >= 0)
        close(npy->fd);
    free(npy);
}

status_t matrix_open_npy(matrix_t *matrix, failure_t *why) {
    static const matrix_ops_t OPS = {.next = next, .close = close_npy};
    struct stat info;
    npy_t *npy = calloc(1, sizeof *npy);
    if (!npy)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", matrix->name);
    matrix->ops = &OPS;
    matrix->state = npy;
    npy->fd = open(matrix->name, O_RDONLY | O_CLOEXEC);
    if (npy->fd < 0 || fstat(npy->fd, &info) != 0)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", matrix->name, strerror(errno));
    char *text = malloc(HEADER_MAX + 1);
    if (!text)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", matrix->name);
    status_t status = read_header(matrix, npy, (uint64_t)info.st_size, text, why);
    free(text);
    return status;
}
