/* review/exactness: tables that belong together pass whatever their pieces; what does not is found where it is. */
#include "base/nan.h"
#include "review/exactness.h"
#include "support/finish_sample.h"
#include "support/scratch_path.h"

#include <float.h>

enum { PLAYERS = 11, MASKS = 1 << PLAYERS, PIECE_LEAST = 6 };

static results_t *make_file(void) {
    const int32_t players[] = {PLAYERS, 3};
    results_t *results = make_results(path, 2, players, 6);
    finish_sample(results, 0);
    finish_sample(results, 1);
    return results;
}

static exactness_found_t check(const results_t *results, int64_t sample, int piece_bits) {
    exactness_t *exactness;
    exactness_found_t found;
    failure_t why;
    assert_ok(exactness_create("/tmp", results_players(results), piece_bits, &exactness, &why));
    assert_ok(exactness_check(exactness, results, sample, &found, &why));
    exactness_destroy(&exactness);
    return found;
}

/* Theorem 1 as it is written down, a sum over all subsets. The order of adding differs, so it is not the same to the
 * last bit: the bound's own rounding is a few eps, a residual's is up to the bound. */
static void plain_theorem(const results_t *results, double *residual, double *ratio) {
    double v[MASKS], interactions[MASKS];
    failure_t why;
    assert_ok(results_read_table(results, TABLE_VALUES, 0, 0, MASKS, v, &why));
    assert_ok(results_read_table(results, TABLE_INTERACTIONS, 0, 0, MASKS, interactions, &why));
    *residual = *ratio = 0;
    for (unsigned s = 0; s < MASKS; s++) {
        long double sum = 0, strength = 0;
        for (unsigned t = s;; t = (t - 1) & s) {
            sum += interactions[t];
            strength += fabs(interactions[t]);
            if (t == 0)
                break;
        }
        double off = (double)fabsl(sum - v[s]);
        *residual = fmax(*residual, off);
        *ratio = fmax(*ratio, off / (double)(4 * PLAYERS * DBL_EPSILON * strength));
    }
}

static void sound_tables_pass_in_any_pieces(void **state) {
    (void)state;
    results_t *results = make_file();
    double residual, ratio;
    plain_theorem(results, &residual, &ratio);
    exactness_found_t whole = check(results, 0, PLAYERS);
    assert_true(whole.theorem1.ratio > 0 && whole.theorem1.ratio <= 0.5); /* see exactness.h: a factor of 4 to spare */
    assert_true(ratio > 0 && ratio <= 0.5);
    assert_true(whole.theorem1.residual < 1e-12 && whole.theorem1.residual > residual / 10);
    for (int bits = PIECE_LEAST; bits <= PLAYERS; bits++) {
        exactness_found_t found = check(results, 0, bits);
        assert_int_equal(found.differing.count, 0);
        assert_int_equal(found.beyond.count, 0);
        assert_true(found.theorem1.residual == whole.theorem1.residual);
        assert_true(found.theorem1.ratio == whole.theorem1.ratio);
        assert_int_equal(check(results, 1, bits).differing.count, 0);
    }
    results_close(&results);
}

/* The last bit of one interaction: only the bits tell. */
static void one_bit_of_an_interaction_is_found(void **state) {
    (void)state;
    results_t *results = make_file();
    failure_t why;
    double x;
    assert_ok(results_read_table(results, TABLE_INTERACTIONS, 0, 0x2a5, 1, &x, &why));
    x = nextafter(x, INFINITY);
    assert_ok(results_write_table(results, TABLE_INTERACTIONS, 0, 0x2a5, 1, &x, &why));
    for (int bits = PIECE_LEAST; bits <= PLAYERS; bits++) {
        exactness_found_t found = check(results, 0, bits);
        assert_int_equal(found.differing.count, 1);
        assert_int_equal(found.differing.first, 0x2a5);
        assert_int_equal(found.beyond.count, 0);
    }
    results_close(&results);
}

/* A value that is off by more than rounding: Theorem 1 fails there and only there, all its supersets have another
 * interaction. */
static void one_wrong_value_is_found(void **state) {
    (void)state;
    results_t *results = make_file();
    failure_t why;
    const mask_t place = 0x6f0;
    double x;
    assert_ok(results_read_table(results, TABLE_VALUES, 0, place, 1, &x, &why));
    x += 1e-3;
    assert_ok(results_write_table(results, TABLE_VALUES, 0, place, 1, &x, &why));
    for (int bits = PIECE_LEAST; bits <= PLAYERS; bits++) {
        exactness_found_t found = check(results, 0, bits);
        assert_int_equal(found.beyond.count, 1);
        assert_int_equal(found.beyond.first, place);
        assert_int_equal(found.theorem1.at, place);
        assert_true(fabs(found.theorem1.residual - 1e-3) < 1e-9);
        assert_int_equal(found.differing.first, place);
        assert_int_equal(found.differing.count, mask_count(PLAYERS - mask_order(place)));
    }
    results_close(&results);
}

static void nan_is_beyond_every_bound(void **state) {
    (void)state;
    results_t *results = make_file();
    failure_t why;
    double nan = nan_canonical();
    assert_ok(results_write_table(results, TABLE_VALUES, 0, 5, 1, &nan, &why));
    exactness_found_t found = check(results, 0, 7);
    assert_int_equal(found.beyond.count, 1);
    assert_int_equal(found.beyond.first, 5);
    assert_true(isinf(found.theorem1.residual) && isinf(found.theorem1.ratio));
    results_close(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_tables_pass_in_any_pieces),
        cmocka_unit_test(one_bit_of_an_interaction_is_found),
        cmocka_unit_test(one_wrong_value_is_found),
        cmocka_unit_test(nan_is_beyond_every_bound),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
