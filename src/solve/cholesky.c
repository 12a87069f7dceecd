#include "solve/cholesky.h"

#include "solve/arrays.h"

#include <math.h>

typedef double four_t __attribute__((vector_size(32), aligned(8), may_alias));

/* Columns are done in panels from left to right; what earlier columns take from a panel is the bulk of the work. */
enum {
    PANEL = 64, /* columns of which the earlier ones are taken together */
    NARROW = 8, /* and within the panel */
    TALL = 64,  /* rows at a time, and ... */
    DEEP = 256, /* ... earlier columns: 128 KiB of each factor, in the second cache */
    WIDTH = 8,  /* columns at a time: 16 KiB, in the first */
    TILE_ROWS = 2,
    TILE_COLUMNS = 4, /* eight sums of four lanes in registers */
    LANES = 4
};

typedef struct {
    size_t from, to;
} span_t;

INLINED size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* a[i][j] -= sum over k of a[i][k] a[j][k] for a tile of rows i and columns j <= i. Rows past the end are done like the
 * last one and forgotten. */
INLINED void take_tile(double *a, size_t pitch, size_t row, size_t rows, size_t column, size_t columns, span_t k) {
    four_t sums[TILE_ROWS][TILE_COLUMNS] = {{{0}}};
    const double *left[TILE_ROWS], *right[TILE_COLUMNS];
    for (size_t m = 0; m < TILE_ROWS; m++)
        left[m] = a + smaller(row + m, rows - 1) * pitch;
    for (size_t m = 0; m < TILE_COLUMNS; m++)
        right[m] = a + smaller(column + m, columns - 1) * pitch;
    for (size_t at = k.from; at < k.to; at += LANES) {
        const four_t first = *(const four_t *)(left[0] + at), second = *(const four_t *)(left[1] + at);
        for (size_t m = 0; m < TILE_COLUMNS; m++) {
            const four_t other = *(const four_t *)(right[m] + at);
            sums[0][m] += first * other;
            sums[1][m] += second * other;
        }
    }
    for (size_t i = 0; i < TILE_ROWS && row + i < rows; i++)
        for (size_t j = 0; j < TILE_COLUMNS; j++)
            if (column + j < columns && column + j <= row + i) {
                four_t sum = sums[i][j];
                a[(row + i) * pitch + column + j] -= (sum[0] + sum[1]) + (sum[2] + sum[3]);
            }
}

/* The same for blocks of rows and columns; k.to - k.from is a multiple of LANES. */
static WIDE void take_block(double *a, size_t pitch, span_t rows, span_t columns, span_t k) {
    for (size_t i = rows.from; i < rows.to; i += TILE_ROWS)
        for (size_t j = columns.from; j < smaller(columns.to, i + TILE_ROWS); j += TILE_COLUMNS)
            take_tile(a, pitch, i, rows.to, j, columns.to, k);
}

/* Takes the columns before a panel from it. */
static void take_earlier(double *a, size_t count, size_t pitch, span_t panel) {
    for (size_t k = 0; k < panel.from; k += DEEP)
        for (size_t i = panel.from; i < count; i += TALL)
            for (size_t j = panel.from; j < panel.to; j += WIDTH)
                take_block(a, pitch, (span_t){i, smaller(i + TALL, count)}, (span_t){j, smaller(j + WIDTH, panel.to)},
                           (span_t){k, smaller(k + DEEP, panel.from)});
}

/* A few columns, from which all earlier ones have been taken. */
static bool factor_narrow(double *a, size_t count, size_t pitch, span_t columns) {
    for (size_t j = columns.from; j < columns.to; j++) {
        double *pivot = a + j * pitch;
        for (size_t i = j; i < count; i++) {
            double *row = a + i * pitch, rest = row[j];
            for (size_t k = columns.from; k < j; k++)
                rest -= row[k] * pivot[k];
            if (i == j && !(rest > 0))
                return false;
            row[j] = i == j ? sqrt(rest) : rest / pivot[j];
        }
    }
    return true;
}

static bool factor_panel(double *a, size_t count, size_t pitch, span_t panel) {
    for (size_t j = panel.from; j < panel.to; j += NARROW) {
        span_t columns = {j, smaller(j + NARROW, panel.to)};
        take_block(a, pitch, (span_t){j, count}, columns, (span_t){panel.from, j});
        if (!factor_narrow(a, count, pitch, columns))
            return false;
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
