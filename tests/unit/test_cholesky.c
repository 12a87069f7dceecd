/* solve/cholesky: factors and solutions of random matrices of all sizes against their definition. */
#include "solve/cholesky.h"

#include "support/test.h"

/* B B^T + 1, positive definite; [count, pitch], the upper triangle NaN: it must not be used. */
static double *random_matrix(size_t count, size_t pitch) {
    double *b = random_numbers(count * count, count), *a = new_numbers(count * pitch + 1);
    for (size_t i = 0; i < count * pitch; i++)
        a[i] = NAN;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = i == j;
            for (size_t k = 0; k < count; k++)
                sum += b[i * count + k] * b[j * count + k];
            a[i * pitch + j] = sum;
        }
    free(b);
    return a;
}

static void check_size(size_t count) {
    size_t pitch = cholesky_pitch(count);
    double *a = random_matrix(count, pitch), *l = new_numbers(count * pitch + 1), *x = random_numbers(count, 3);
    double *solution = new_numbers(count + 1);
    assert_true(pitch >= count && pitch % 4 == 0);
    memcpy(l, a, count * pitch * sizeof *a);
    memcpy(solution, x, count * sizeof *x);
    assert_true(cholesky_factor(l, count, pitch));
    cholesky_solve(l, count, pitch, solution);
    for (size_t i = 0; i < count; i++) {
        double image = 0;
        for (size_t j = 0; j < count; j++) {
            double product = 0, entry = i >= j ? a[i * pitch + j] : a[j * pitch + i];
            for (size_t k = 0; k <= (i < j ? i : j); k++)
                product += l[i * pitch + k] * l[j * pitch + k];
            assert_within(product, entry, 1e-12 * (double)(count + 1));
            image += entry * solution[j];
        }
        assert_within(image, x[i], 1e-10);
    }
    free(a);
    free(l);
    free(x);
    free(solution);
}

TEST(every_size_is_factored) {
    for (size_t count = 1; count <= 70; count++)
        check_size(count);
    check_size(131);
    check_size(200);
    check_size(277);
}

TEST(what_is_not_positive_is_refused) {
    for (size_t count = 1; count < 140; count += 23) {
        size_t pitch = cholesky_pitch(count);
        double *a = random_matrix(count, pitch);
        a[(count - 1) * pitch + count - 1] = -1;
        assert_false(cholesky_factor(a, count, pitch));
        free(a);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
