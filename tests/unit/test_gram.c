/* solve/gram: look-ups against the sum over all rows. */
#include "solve/gram.h"

#include "lattice/mask.h"
#include "solve/rotations.h"
#include "support/test.h"

enum { N = 6, MASKS = 1 << N };

static double entry(column_t column, mask_t row) {
    return column & GRAM_OR ? (column & ~GRAM_OR & row) == 0 : (column & row) == column;
}

TEST(is_the_sum_over_all_rows) {
    column_t columns[2 * MASKS];
    double *d = random_numbers(MASKS, 1), g[MASKS], h[MASKS], matrix[2 * MASKS][2 * MASKS];
    size_t count = 0;
    for (column_t mask = 0; mask < MASKS; mask++) {
        columns[count++] = mask;
        columns[count++] = mask | GRAM_OR;
    }
    memcpy(g, d, sizeof g);
    memcpy(h, d, sizeof h);
    rotations_superset_sums(g, N);
    rotations_disjoint_sums(h, N);
    gram_fill(columns, count, g, h, &matrix[0][0], 2 * MASKS);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (mask_t row = 0; row < MASKS; row++)
                sum += d[row] * entry(columns[i], row) * entry(columns[j], row);
            assert_within(matrix[i][j], sum, 1e-13);
        }
    free(d);
}

int main(void) {
    return run_all(NULL, NULL);
}
