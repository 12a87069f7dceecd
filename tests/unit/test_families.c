/* stats/families: the program's list is in order, and its first family is the Harsanyi dividends. */
#include "stats/families.h"

#include "lattice/mask.h"
#include "support/test.h"

/* I(S) = sum over T subset of S of (-1)^(|S|-|T|) v(T), literally. */
static double dividend(const double *v, mask_t s) {
    double sum = 0;
    for (mask_t t = 0; t <= s; t++)
        if ((t & s) == t)
            sum += (mask_order(s) - mask_order(t)) % 2 ? -v[t] : v[t];
    return sum;
}

TEST(the_first_are_the_dividends) {
    failure_t why;
    for (int n = 1; n <= 10; n++) {
        double *v = random_numbers(mask_count(n), (uint64_t)n), *effects = new_numbers(mask_count(n));
        assert_ok(FAMILIES[0].make(v, n, effects, &why));
        for (mask_t s = 0; s < mask_count(n); s++)
            assert_within(effects[s], dividend(v, s), 1e-12);
        free(v);
        free(effects);
    }
    assert_int_equal(FAMILIES[0].kinds, 1);
    assert_string_equal(FAMILIES[0].prefix, "");
}

/* v of the dividends; w of ANDs, and of ORs, which count where one of their players is present. */
TEST(effects_rebuild_what_they_are_of) {
    failure_t why;
    for (int n = 1; n <= 8; n++) {
        const mask_t masks = mask_count(n);
        double *v = random_numbers(masks, (uint64_t)n), *dividends = new_numbers(masks);
        assert_ok(FAMILIES[0].make(v, n, dividends, &why));
        FAMILIES[0].rebuild(dividends, 1, n);
        for (mask_t s = 0; s < masks; s++)
            assert_within(dividends[s], v[s], 1e-12);
        for (int kinds = 1; kinds <= 2; kinds++) {
            double *effects = random_numbers(2 * masks, (uint64_t)n), *w = random_numbers(2 * masks, (uint64_t)n);
            effects[masks] = w[masks] = 0; /* an OR of no players */
            FAMILIES[families_find("sparse")].rebuild(w, kinds, n);
            for (mask_t s = 0; s < masks; s++) {
                double sum = 0;
                for (mask_t t = 0; t < masks; t++)
                    sum += ((t & s) == t ? effects[t] : 0) + (kinds > 1 && t & s ? effects[masks + t] : 0);
                assert_within(w[s], sum, 1e-12);
            }
            free(effects);
            free(w);
        }
        free(v);
        free(dividends);
    }
}

TEST(every_family_is_described) {
    assert_in_range(FAMILY_COUNT, 1, FAMILIES_MAX);
    for (int f = 0; f < FAMILY_COUNT; f++) {
        const family_t *family = &FAMILIES[f];
        assert_in_range(family->kinds, 1, KINDS_MAX);
        assert_true(strlen(family->name) > 0 && strlen(family->units) > 0 && strlen(family->description) > 10);
        assert_true(f == 0 || family->prefix[strlen(family->prefix) - 1] == '/');
        assert_int_equal(families_find(family->name), f);
        for (int kind = 0; kind < family->kinds; kind++)
            assert_true(family->kinds == 1 || family->kind_names[kind]);
    }
    assert_int_equal(families_find("no such"), -1);
    assert_int_equal(families_find(""), -1);
}

int main(void) {
    return run_all(NULL, NULL);
}
