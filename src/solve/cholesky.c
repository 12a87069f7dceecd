#include "solve/cholesky.h"

#include "solve/arrays.h"

#include <math.h>

typedef double four_t __attribute__((vector_size(32), aligned(8), may_alias));

/* Columns are done in panels from left to right; what earlier columns take from a panel is the bulk of the work. */
enum {
    PANEL = 64, /* columns of which the earlier ones are taken together */
    STRIP = 8,  /* columns at a time: two vectors */
    TALL = 64,  /* rows at a time, and ... */
    DEEP = 256, /* ... earlier columns: 128 KiB, in the second cache; a strip's 16 KiB are in the first */
    TILE = 4    /* rows at a time: with the strip eight sums in registers */
};

typedef struct {
    size_t from, to;
} span_t;

INLINED size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The rows of a strip's columns, column by column: packed[k][j] = a[column + j][k]; 0 past the last row. */
static void pack(const double *a, size_t count, size_t pitch, size_t column, span_t k, double *packed) {
    for (size_t j = 0; j < STRIP; j++)
        for (size_t at = k.from; at < k.to; at++)
            packed[(at - k.from) * STRIP + j] = column + j < count ? a[(column + j) * pitch + at] : 0;
}

/* a[i][column + j] -= sum over k of a[i][k] packed[k][j], for `rows` rows. */
INLINED void take_tile(double *a, size_t pitch, size_t rows, size_t column, span_t k, const double *packed) {
    four_t low[TILE] = {{0}}, high[TILE] = {{0}};
    for (size_t at = k.from; at < k.to; at++, packed += STRIP) {
        const four_t first = *(const four_t *)packed, second = *(const four_t *)(packed + STRIP / 2);
        for (size_t i = 0; i < rows; i++) {
            low[i] += a[i * pitch + at] * first;
            high[i] += a[i * pitch + at] * second;
        }
    }
    for (size_t i = 0; i < rows; i++) {
        *(four_t *)(a + i * pitch + column) -= low[i];
        *(four_t *)(a + i * pitch + column + STRIP / 2) -= high[i];
    }
}

/* The same for a block of rows. */
static WIDE void take_strip(double *a, size_t pitch, span_t rows, size_t column, span_t k, const double *packed) {
    size_t i = rows.from;
    for (; i + TILE <= rows.to; i += TILE)
        take_tile(a + i * pitch, pitch, TILE, column, k, packed);
    for (; i < rows.to; i++)
        take_tile(a + i * pitch, pitch, 1, column, k, packed);
}

/* Takes the columns before a panel from it. */
static void take_earlier(double *a, size_t count, size_t pitch, span_t panel) {
    enum { STRIPS = PANEL / STRIP };
    double packed[STRIPS][DEEP * STRIP];
    for (size_t from = 0; from < panel.from; from += DEEP) {
        span_t k = {from, smaller(from + DEEP, panel.from)};
        for (size_t j = panel.from; j < panel.to; j += STRIP)
            pack(a, count, pitch, j, k, packed[(j - panel.from) / STRIP]);
        for (size_t i = panel.from; i < count; i += TALL)
            for (size_t j = panel.from; j < panel.to; j += STRIP)
                take_strip(a, pitch, (span_t){i, smaller(i + TALL, count)}, j, k, packed[(j - panel.from) / STRIP]);
    }
}

/* The triangle on the diagonal of a strip, from which all earlier columns have been taken; its diagonal inverted. */
typedef struct {
    double at[STRIP][STRIP];
} triangle_t;

static bool factor_triangle(double *a, size_t pitch, span_t columns, triangle_t *triangle) {
    for (size_t i = columns.from; i < columns.to; i++)
        for (size_t j = columns.from; j <= i; j++) {
            double *row = a + i * pitch, *entry = triangle->at[i - columns.from];
            double rest = row[j];
            for (size_t k = columns.from; k < j; k++)
                rest -= row[k] * a[j * pitch + k];
            if (i == j && !(rest > 0))
                return false;
            row[j] = i == j ? sqrt(rest) : rest * triangle->at[j - columns.from][j - columns.from];
            entry[j - columns.from] = i == j ? 1 / row[j] : row[j];
        }
    return true;
}

/* The rows below it, four at a time; past the last row, the last again. */
static WIDE void divide_rows(double *a, size_t pitch, span_t rows, size_t column, const triangle_t *by) {
    for (size_t i = rows.from; i < rows.to; i += TILE) {
        double *row[TILE];
        four_t x[STRIP];
        for (size_t m = 0; m < TILE; m++)
            row[m] = a + smaller(i + m, rows.to - 1) * pitch + column;
        for (size_t j = 0; j < STRIP; j++) {
            x[j] = (four_t){row[0][j], row[1][j], row[2][j], row[3][j]};
            for (size_t k = 0; k < j; k++)
                x[j] -= x[k] * by->at[j][k];
            x[j] *= by->at[j][j];
        }
        for (size_t m = 0; m < TILE; m++)
            for (size_t j = 0; j < STRIP; j++)
                row[m][j] = x[j][m];
    }
}

static bool factor_panel(double *a, size_t count, size_t pitch, span_t panel) {
    double packed[PANEL * STRIP];
    triangle_t triangle;
    for (size_t j = panel.from; j < panel.to; j += STRIP) {
        span_t earlier = {panel.from, j};
        pack(a, count, pitch, j, earlier, packed);
        take_strip(a, pitch, (span_t){j, count}, j, earlier, packed);
        if (!factor_triangle(a, pitch, (span_t){j, smaller(j + STRIP, panel.to)}, &triangle))
            return false;
        divide_rows(a, pitch, (span_t){j + STRIP, count}, j, &triangle);
    }
    return true;
}

bool cholesky_factor(double *a, size_t count, size_t pitch) {
    for (size_t j = 0; j < count; j += PANEL) {
        span_t panel = {j, smaller(j + PANEL, count)};
        take_earlier(a, count, pitch, panel);
        if (!factor_panel(a, count, pitch, panel))
            return false;
    }
    return true;
}

/* x -= factor row */
static WIDE void take_row(double *restrict x, const double *restrict row, size_t count, double factor) {
    for (size_t k = 0; k < count; k++)
        x[k] -= row[k] * factor;
}

void cholesky_solve(const double *a, size_t count, size_t pitch, double *x) {
    for (size_t i = 0; i < count; i++)
        x[i] = (x[i] - arrays_product(a + i * pitch, x, i)) / a[i * pitch + i];
    for (size_t i = count; i-- > 0;) {
        x[i] /= a[i * pitch + i];
        take_row(x, a + i * pitch, i, x[i]);
    }
}

size_t cholesky_pitch(size_t count) {
    enum { LINE = 8 }; /* doubles; rows at an even number of lines share their places in the first cache */
    return ((count + LINE - 1) / LINE | 1) * LINE;
}
