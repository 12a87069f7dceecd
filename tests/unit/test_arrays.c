/* solve/arrays: numbers by order, complements and sums against plain loops. */
#include "solve/arrays.h"

#include "support/test.h"

TEST(numbers_by_order_are_found) {
    for (int n = 0; n <= 12; n++) {
        double by_order[13], *x = arrays_new(n, 1);
        orders_t orders;
        for (int k = 0; k <= n; k++)
            by_order[k] = 1 + k * k;
        arrays_by_order(&orders, n, by_order);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            x[mask] = 2;
        arrays_weigh(x, arrays_cells(n), &orders);
        for (mask_t mask = 0; mask < arrays_cells(n); mask++)
            assert_true(x[mask] == (mask < mask_count(n) ? 2 * by_order[mask_order(mask)] : 0));
        free(x);
    }
}

TEST(complements_are_exchanged) {
    for (int n = 0; n <= 9; n++) {
        double *x = random_numbers(mask_count(n), 3), *y = random_numbers(mask_count(n), 3);
        arrays_complement(x, n);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            assert_true(x[mask] == y[mask_count(n) - 1 - mask]);
        free(x);
        free(y);
    }
}

TEST(sums_are_those_of_plain_loops) {
    double *x = random_numbers(100, 1), *y = random_numbers(100, 2);
    for (size_t count = 0; count <= 100; count++) {
        long double sum = 0, strength = 0, squares = 0, product = 0, largest = 0;
        for (size_t i = 0; i < count; i++) {
            sum += x[i];
            strength += fabs(x[i]);
            squares += x[i] * x[i];
            product += x[i] * y[i];
            largest = fmaxl(largest, fabs(x[i]));
        }
        assert_within(arrays_sum(x, count), sum, 1e-13);
        assert_within(arrays_strength(x, count), strength, 1e-13);
        assert_within(arrays_squares(x, count), squares, 1e-13);
        assert_within(arrays_product(x, y, count), product, 1e-13);
        assert_within(arrays_largest(x, count), largest, 0);
    }
    free(x);
    free(y);
}

TEST(small_things) {
    assert_true(arrays_power(3, 4) == 81 && arrays_power(7, 0) == 1);
    assert_true(arrays_clip(3, -1, 1) == 1 && arrays_clip(-3, -1, 1) == -1 && arrays_clip(0.5, -1, 1) == 0.5);
    assert_int_equal(arrays_cells(2), ARRAYS_GROUP);
    assert_int_equal(arrays_cells(5), 32);
}

int main(void) {
    return run_all(NULL, NULL);
}
