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

static exactness_found_t check(const results_t *results, int64_t sample, int piece_bits, distance_t *theorem1) {
    exactness_t *exactness;
    exactness_found_t found;
    failure_t why;
    *theorem1 = (distance_t){0};
    assert_ok(exactness_create("/tmp", results_players(results), piece_bits, &exactness, &why));
    assert_ok(exactness_check(exactness, results, sample, &found, theorem1, &why));
    exactness_destroy(&exactness);
    return found;
}

/* Theorem 1 as it is written down, a sum over all subsets. The order of adding differs, so it is not the same to the
 * last bit: the bound's own rounding is a few eps, a residual's is up to the bound. */
static distance_t plain_theorem(const results_t *results) {
    double v[MASKS], interactions[MASKS];
    failure_t why;
    distance_t worst = {0};
    assert_ok(results_read_table(results, TABLE_VALUES, 0, 0, MASKS, v, &why));
    assert_ok(results_read_table(results, TABLE_INTERACTIONS, 0, 0, MASKS, interactions, &why));
    for (unsigned s = 0; s < MASKS; s++) {
        long double sum = 0, strength = 0;
        for (unsigned t = s;; t = (t - 1) & s) {
            sum += interactions[t];
            strength += fabs(interactions[t]);
            if (t == 0)
                break;
        }
        double off = (double)fabsl(sum - v[s]);
        worst.residual = fmax(worst.residual, off);
        worst.ratio = fmax(worst.ratio, off / (double)(4 * PLAYERS * DBL_EPSILON * strength));
    }
    return worst;
}

TEST(sound_tables_pass_in_any_pieces) {
    results_t *results = make_file();
    distance_t plain = plain_theorem(results), whole, pieces;
    check(results, 0, PLAYERS, &whole);
    assert_true(whole.ratio > 0 && whole.ratio <= 0.5); /* see exactness.h: a factor of 4 to spare */
    assert_true(plain.ratio > 0 && plain.ratio <= 0.5);
    assert_true(whole.residual < 1e-12 && whole.residual > plain.residual / 10);
    for (int bits = PIECE_LEAST; bits <= PLAYERS; bits++) {
        exactness_found_t found = check(results, 0, bits, &pieces);
        assert_int_equal(found.differing.count, 0);
        assert_int_equal(found.beyond.count, 0);
        assert_true(pieces.residual == whole.residual && pieces.ratio == whole.ratio);
        assert_int_equal(check(results, 1, bits, &pieces).differing.count, 0);
    }
    results_close(&results);
}

/* The last bit of one interaction: only the bits tell. A value that is off by more than rounding: Theorem 1 fails there
 * and only there, all its supersets have another interaction. NaN is beyond every bound. */
TEST(one_wrong_number_is_found) {
    static const struct {
        int table;
        mask_t at;
        double add; /* 0: the next number */
        mask_t differing, beyond;
        double residual; /* 0: within the bound */
    } CASES[] = {{TABLE_INTERACTIONS, 0x2a5, 0, 1, 0, 0},
                 {TABLE_VALUES, 0x6f0, 1e-3, 1 << 5, 1, 1e-3},
                 {TABLE_VALUES, 5, NAN, 1 << 9, 1, INFINITY}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        results_t *results = make_file();
        failure_t why;
        distance_t theorem1;
        double x;
        assert_ok(results_read_table(results, CASES[i].table, 0, CASES[i].at, 1, &x, &why));
        x = CASES[i].add == 0 ? nextafter(x, INFINITY) : isnan(CASES[i].add) ? nan_canonical() : x + CASES[i].add;
        assert_ok(results_write_table(results, CASES[i].table, 0, CASES[i].at, 1, &x, &why));
        for (int bits = PIECE_LEAST; bits <= PLAYERS; bits++) {
            exactness_found_t found = check(results, 0, bits, &theorem1);
            assert_int_equal(found.differing.count, CASES[i].differing);
            assert_int_equal(found.differing.first, CASES[i].at);
            assert_int_equal(found.beyond.count, CASES[i].beyond);
            if (CASES[i].beyond > 0) {
                assert_int_equal(found.beyond.first, CASES[i].at);
                assert_int_equal(theorem1.at, CASES[i].at);
                assert_true(theorem1.residual == CASES[i].residual ||
                            fabs(theorem1.residual - CASES[i].residual) < 1e-9);
            }
        }
        results_close(&results);
    }
}

int main(void) {
    return run_all(make_path, remove_path);
}
