/* Text: lines of numbers divided by commas or blanks. The file is read twice: once to count and check, then for the
 * numbers. */
#include "samples/matrix_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TOKEN = 512, EXCERPT = 32 };

typedef enum { NUMBER, LINE_END, FILE_END } token_t;

typedef struct {
    FILE *file;
    uint64_t line;      /* from 1 */
    bool number, comma; /* what came last in this line */
} reading_t;

/* ---- numbers ---- */

/* "nan" and "inf" as programs write them. */
static bool word_value(const char *text, double *out) {
    double sign = *text == '-' ? -1 : 1;
    text += *text == '-' || *text == '+';
    if (strcasecmp(text, "nan") == 0)
        *out = NAN;
    else if (strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0)
        *out = sign * HUGE_VAL;
    else
        return false;
    return true;
}

/* What cannot be printed as it is becomes '?'. */
static void make_excerpt(const char *text, size_t length, char out[EXCERPT]) {
    size_t shown = length < EXCERPT - 4 ? length : EXCERPT - 4;
    for (size_t i = 0; i < shown; i++)
        out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    snprintf(out + shown, EXCERPT - shown, "%s", shown < length ? "..." : "");
}

static status_t parse(const matrix_t *matrix, const reading_t *r, const char *text, size_t length, double *out,
                      failure_t *why) {
    char excerpt[EXCERPT], *end = NULL;
    if (strlen(text) == length && word_value(text, out))
        return STATUS_OK;
    make_excerpt(text, length, excerpt);
    /* strtod would also take hexadecimal numbers. */
    if (length < TOKEN - 1 && text[strspn(text, "0123456789+-.eE")] == '\0' && strlen(text) == length) {
        *out = strtod(text, &end);
        if (end != text && *end == '\0' && isfinite(*out))
            return STATUS_OK;
        if (end != text && *end == '\0')
            return failed(why, STATUS_INPUT, "%s: line %llu: %s is beyond the range of doubles", matrix->name,
                          (unsigned long long)r->line, excerpt);
    }
    return failed(why, STATUS_INPUT, "%s: line %llu: \"%s\" is no number%s", matrix->name, (unsigned long long)r->line,
                  excerpt, r->line == 1 ? "; a line with names must begin with #" : "");
}

static bool ends_number(int c) {
    return c == EOF || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '#';
}

static status_t read_number(const matrix_t *matrix, reading_t *r, int c, double *out, failure_t *why) {
    char text[TOKEN];
    size_t length = 0;
    for (; !ends_number(c) && length < TOKEN - 1; c = getc_unlocked(r->file))
        text[length++] = (char)c;
    text[length] = '\0';
    if (c != EOF)
        ungetc(c, r->file);
    r->number = true;
    r->comma = false;
    return parse(matrix, r, text, length, out, why);
}

/* ---- tokens ---- */

static status_t missing(const matrix_t *matrix, const reading_t *r, failure_t *why) {
    return failed(why, STATUS_INPUT, "%s: line %llu: a number is missing beside a comma", matrix->name,
                  (unsigned long long)r->line);
}

static status_t end_line(const matrix_t *matrix, reading_t *r, int c, token_t *token, failure_t *why) {
    if (r->comma)
        return missing(matrix, r, why);
    if (c == EOF && ferror(r->file))
        return failed(why, STATUS_INTERNAL, "%s: line %llu: %s", matrix->name, (unsigned long long)r->line,
                      strerror(errno));
    r->number = false;
    r->line++;
    *token = c == EOF ? FILE_END : LINE_END;
    return STATUS_OK;
}

static status_t next_token(const matrix_t *matrix, reading_t *r, token_t *token, double *out, failure_t *why) {
    for (;;) {
        int c = getc_unlocked(r->file);
        if (c == '#')
            while (c != '\n' && c != EOF)
                c = getc_unlocked(r->file);
        if (c == '\n' || c == EOF)
            return end_line(matrix, r, c, token, why);
        if (c == ' ' || c == '\t' || c == '\r')
            continue;
        if (c != ',') {
            *token = NUMBER;
            return read_number(matrix, r, c, out, why);
        }
        if (!r->number)
            return missing(matrix, r, why);
        r->number = false;
        r->comma = true;
    }
}

/* To the first number: past a byte order mark. */
static void rewind_text(reading_t *r) {
    static const char MARK[] = "\xef\xbb\xbf";
    char head[3] = "";
    rewind(r->file);
    if (fread(head, 1, 3, r->file) != 3 || memcmp(head, MARK, 3) != 0)
        rewind(r->file);
    r->line = 1;
    r->number = r->comma = false;
}

/* ---- the two passes ---- */

/* A line with `count` numbers has ended. */
static status_t add_line(matrix_t *matrix, uint64_t line, uint64_t count, uint64_t *first_line, failure_t *why) {
    if (count == 0)
        return STATUS_OK;
    if (matrix->rows == 0) {
        matrix->columns = count;
        *first_line = line;
    }
    if (count != matrix->columns)
        return failed(why, STATUS_INPUT,
                      "%s: line %llu has %llu numbers, but line %llu has %llu; every line must have the same number",
                      matrix->name, (unsigned long long)line, (unsigned long long)count,
                      (unsigned long long)*first_line, (unsigned long long)matrix->columns);
    matrix->rows++;
    return STATUS_OK;
}

static status_t count_all(matrix_t *matrix, reading_t *r, failure_t *why) {
    uint64_t count = 0, first_line = 0;
    token_t token = LINE_END;
    double ignored;
    while (token != FILE_END) {
        TRY(next_token(matrix, r, &token, &ignored, why));
        if (token == NUMBER) {
            count++;
        } else {
            TRY(add_line(matrix, r->line - 1, count, &first_line, why));
            count = 0;
        }
    }
    if (matrix->rows == 0)
        return failed(why, STATUS_INPUT, "%s: holds no numbers", matrix->name);
    return STATUS_OK;
}

static status_t next(matrix_t *matrix, uint64_t count, double *out, failure_t *why) {
    reading_t *r = matrix->state;
    token_t token = NUMBER;
    for (uint64_t done = 0; done < count && token != FILE_END; done += token == NUMBER)
        TRY(next_token(matrix, r, &token, &out[done], why));
    if (token == FILE_END)
        return failed(why, STATUS_INPUT, "%s: became shorter while it was read", matrix->name);
    return STATUS_OK;
}

static void close_text(matrix_t *matrix) {
    reading_t *r = matrix->state;
    if (r && r->file)
        fclose(r->file);
    free(r);
}

status_t matrix_open_text(matrix_t *matrix, failure_t *why) {
    static const matrix_ops_t OPS = {.next = next, .close = close_text};
    reading_t *r = calloc(1, sizeof *r);
    if (!r)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", matrix->name);
    matrix->ops = &OPS;
    matrix->state = r;
    matrix->axes = 2;
    r->file = fopen(matrix->name, "rb");
    if (!r->file)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", matrix->name, strerror(errno));
    rewind_text(r);
    TRY(count_all(matrix, r, why));
    rewind_text(r);
    return STATUS_OK;
}
