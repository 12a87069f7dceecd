/* stats/quartiles: by sorting and numpy's formula, gathered and streamed; numpy's own numbers. */
#include "stats/quartiles.h"

#include "support/test.h"

enum { MOST = 14 };

/* numpy.percentile(x, 100 q), method "linear", of sorted numbers. */
static double percentile(const double *sorted, size_t count, double q) {
    double position = q * (double)(count - 1), t = position - floor(position);
    double below = sorted[(size_t)position], above = t > 0 ? sorted[(size_t)position + 1] : below;
    return t >= 0.5 ? above - (above - below) * (1 - t) : below + (above - below) * t;
}

static box_t box_by_sorting(const double *x, int n, int order) {
    double *sorted = new_numbers(mask_count(n));
    size_t count = 0;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        if (mask_order(mask) == order)
            sorted[count++] = x[mask];
    qsort(sorted, count, sizeof *sorted, by_size);
    box_t box = {.q1 = percentile(sorted, count, 0.25),
                 .median = percentile(sorted, count, 0.5),
                 .q3 = percentile(sorted, count, 0.75)};
    size_t low = 0, high = count - 1;
    while (sorted[low] < box.q1 - 1.5 * (box.q3 - box.q1))
        low++;
    while (sorted[high] > box.q3 + 1.5 * (box.q3 - box.q1))
        high--;
    box.whisker_low = sorted[low];
    box.whisker_high = sorted[high];
    free(sorted);
    return box;
}

static int read_row(quartiles_t *quartiles, const double *x, int n) {
    int readings = 0;
    quartiles_begin(quartiles, n);
    do {
        readings++;
        for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
            quartiles_leaf(quartiles, first, x + first);
    } while (quartiles_again(quartiles));
    return readings;
}

static double number(int kind, uint64_t *seed) {
    double unit = random_unit(seed);
    const double kinds[] = {unit, floor(3 * unit), 0, exp(40 * unit - 30), unit < 0.9 ? 0 : unit};
    return kinds[kind];
}

TEST(are_those_of_sorted_numbers) {
    failure_t why;
    quartiles_t *gathering = NULL, *streaming = NULL, *both = NULL;
    assert_int_equal(quartiles_create(MOST, 20, &gathering, &why), STATUS_OK);
    assert_int_equal(quartiles_create(MOST, 0, &streaming, &why), STATUS_OK);
    assert_int_equal(quartiles_create(MOST, 13, &both, &why), STATUS_OK);
    double *x = new_numbers(mask_count(MOST));
    for (int kind = 0; kind < 5; kind++)
        for (int n = 1; n <= MOST; n += 1 + n / 5) {
            uint64_t seed = (uint64_t)(n + 1000 * kind);
            for (mask_t mask = 0; mask < mask_count(n); mask++)
                x[mask] = number(kind, &seed);
            assert_int_equal(read_row(gathering, x, n), 2);
            assert_true(n <= LEAF_BITS ? read_row(streaming, x, n) == 2 : read_row(streaming, x, n) >= 3);
            assert_true(n <= 13 ? read_row(both, x, n) == 2 : read_row(both, x, n) >= 3);
            for (int order = 0; order <= n; order++) {
                box_t wanted = box_by_sorting(x, n, order), box = quartiles_box(gathering, order);
                assert_memory_equal(&box, &wanted, sizeof box);
                box = quartiles_box(streaming, order);
                assert_memory_equal(&box, &wanted, sizeof box);
                box = quartiles_box(both, order);
                assert_memory_equal(&box, &wanted, sizeof box);
            }
        }
    quartiles_destroy(&gathering);
    quartiles_destroy(&streaming);
    quartiles_destroy(&both);
    free(x);
}

/* numpy 2.4: np.percentile([7, 1, 3, 20], [25, 50, 75]) -> 2.5, 5, 10.25; whiskers 1 and 20 (fence 21.875);
 * np.percentile([.1, .2, .4, 5, .3, .25], [25, 50, 75]) -> .2125, .275, .375; whiskers .1 and .4. */
TEST(known_boxes) {
    failure_t why;
    for (int gather_bits = 0; gather_bits <= 20; gather_bits += 20) {
        quartiles_t *quartiles = NULL;
        assert_int_equal(quartiles_create(4, gather_bits, &quartiles, &why), STATUS_OK);
        double x[16] = {0};
        x[1] = 7, x[2] = 1, x[4] = 3, x[8] = 20;                            /* order 1 */
        x[3] = .1, x[5] = .2, x[6] = .4, x[9] = 5, x[10] = .3, x[12] = .25; /* order 2 */
        read_row(quartiles, x, 4);
        box_t one = quartiles_box(quartiles, 1), two = quartiles_box(quartiles, 2);
        assert_true(one.q1 == 2.5 && one.median == 5 && one.q3 == 10.25);
        assert_true(one.whisker_low == 1 && one.whisker_high == 20);
        assert_true(fabs(two.q1 - .2125) < 1e-15 && fabs(two.median - .275) < 1e-15 && fabs(two.q3 - .375) < 1e-15);
        assert_true(two.whisker_low == .1 && two.whisker_high == .4);
        quartiles_destroy(&quartiles);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
