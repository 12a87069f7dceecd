#include "solve/gram.h"

#include "lattice/mask.h"

/* Sum over R subset of `sets` of (-1)^|R| sums(base | R). */
static double alternating(const double *sums, column_t base, column_t sets) {
    double sum = 0;
    for (column_t r = sets;; r = (r - 1) & sets) {
        sum += mask_order(r) % 2 ? -sums[base | r] : sums[base | r];
        if (r == 0)
            return sum;
    }
}

/* AND with OR: over the smaller set. */
static double cross(column_t and_set, column_t or_set, const double *g, const double *h) {
    if (and_set & or_set)
        return 0;
    return mask_order(or_set) <= mask_order(and_set) ? alternating(g, and_set, or_set)
                                                     : alternating(h, or_set, and_set);
}

static void and_row(column_t and_set, const column_t *columns, size_t count, const double *g, const double *h,
                    double *row) {
    for (size_t j = 0; j < count; j++)
        row[j] = columns[j] & GRAM_OR ? cross(and_set, columns[j] & ~GRAM_OR, g, h) : g[and_set | columns[j]];
}

static void or_row(column_t or_set, const column_t *columns, size_t count, const double *g, const double *h,
                   double *row) {
    for (size_t j = 0; j < count; j++)
        row[j] = columns[j] & GRAM_OR ? h[(or_set | columns[j]) & ~GRAM_OR] : cross(columns[j], or_set, g, h);
}

void gram_fill(const column_t *columns, size_t count, const double *g, const double *h, double *matrix, size_t pitch) {
    for (size_t k = 0; k < count; k++) {
        if (columns[k] & GRAM_OR)
            or_row(columns[k] & ~GRAM_OR, columns, k + 1, g, h, matrix + k * pitch);
        else
            and_row(columns[k], columns, k + 1, g, h, matrix + k * pitch);
    }
}
