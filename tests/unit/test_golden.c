/* Dividends and indices that shapiq computed for a model of California housing prices, if HARSANYI_GOLDEN names the
 * folder with shapiq_california_housing/ (JSON files of shapiq's own test suite). */
#include "lattice/indices.h"
#include "lattice/moebius.h"
#include "support/test.h"

#include <jansson.h>

enum { PLAYERS = 8, MASKS = 1 << PLAYERS };
#define WITHIN 1e-10

typedef struct {
    double v[MASKS], dividends[MASKS];
    double shapley[PLAYERS], banzhaf[PLAYERS];
    double sii2[PLAYERS * PLAYERS], stii2[PLAYERS * PLAYERS], bii2[PLAYERS * PLAYERS];
} golden_t;

/* "0,3,5" names a mask, "Empty" the empty one. */
static mask_t mask_of(const char *players) {
    mask_t mask = 0;
    char *rest;
    for (const char *at = players; *at >= '0' && *at <= '9'; at = *rest == ',' ? rest + 1 : rest)
        mask |= (mask_t)1 << strtoul(at, &rest, 10);
    return mask;
}

/* The numbers under "data" of a file, by mask; masks that are not there stay 0. Returns how many there are. */
static size_t load(const char *name, double values[MASKS]) {
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof path, "%s/shapiq_california_housing/%s.json", getenv("HARSANYI_GOLDEN"), name);
    json_t *root = json_load_file(path, 0, &error), *data = json_object_get(root, "data"), *value;
    const char *players;
    if (!data)
        fail_msg("%s: %s", path, root ? "no \"data\"" : error.text);
    memset(values, 0, MASKS * sizeof *values);
    json_object_foreach(data, players, value) {
        mask_t mask = mask_of(players);
        assert_in_range(mask, 0, MASKS - 1);
        values[mask] = json_number_value(value);
    }
    size_t count = json_object_size(data);
    json_decref(root);
    return count;
}

static int compute(void **state) {
    static golden_t golden;
    *state = NULL;
    if (!getenv("HARSANYI_GOLDEN"))
        return 0;
    assert_int_equal(load("Moebius_8", golden.dividends), MASKS);
    memcpy(golden.v, golden.dividends, sizeof golden.v);
    zeta_transform(golden.v, PLAYERS);
    double interactions[MASKS];
    memcpy(interactions, golden.v, sizeof golden.v);
    moebius_transform(interactions, PLAYERS);
    failure_t why;
    indices_out_t out = {PLAYERS, golden.shapley, golden.banzhaf, golden.sii2, golden.stii2, golden.bii2, NULL};
    assert_int_equal(indices_compute(row_in_memory(interactions, PLAYERS), &out, &why), STATUS_OK);
    *state = &golden;
    return 0;
}

static bool skipped(void **state) {
    if (*state)
        return false;
    print_message("HARSANYI_GOLDEN is not set: skipped\n");
    skip();
    return true;
}

static void assert_near(const char *what, mask_t mask, double got, double wanted) {
    if (!(fabs(got - wanted) <= WITHIN))
        fail_msg("%s of 0x%llx: %.17g, wanted %.17g", what, (unsigned long long)mask, got, wanted);
}

TEST(dividends_survive_the_way_through_values) {
    if (skipped(state))
        return;
    const golden_t *golden = *state;
    double interactions[MASKS];
    memcpy(interactions, golden->v, sizeof interactions);
    moebius_transform(interactions, PLAYERS);
    for (mask_t mask = 0; mask < MASKS; mask++)
        assert_near("dividend", mask, interactions[mask], golden->dividends[mask]);
}

/* Compares with a file that has the values of single players. */
static void check_singles(const char *name, const double *singles) {
    double wanted[MASKS];
    load(name, wanted);
    for (size_t i = 0; i < PLAYERS; i++)
        assert_near(name, (mask_t)1 << i, singles[i], wanted[(size_t)1 << i]);
}

/* Compares with a file that has single players and pairs. */
static void check_pairs(const char *name, const double *pairs) {
    double wanted[MASKS];
    assert_true(load(name, wanted) >= PLAYERS + PLAYERS * (PLAYERS - 1) / 2);
    for (size_t i = 0; i < PLAYERS; i++)
        for (size_t j = 0; j < PLAYERS; j++) {
            size_t mask = (size_t)1 << i | (size_t)1 << j;
            assert_near(name, mask, pairs[i * PLAYERS + j], wanted[mask]);
        }
}

TEST(indices_are_those_of_shapiq) {
    if (skipped(state))
        return;
    const golden_t *golden = *state;
    check_singles("SV_1", golden->shapley);
    check_singles("BV_1", golden->banzhaf);
    check_pairs("SII_2", golden->sii2);
    check_pairs("STII_2", golden->stii2);
    check_pairs("BII_2", golden->bii2);
}

/* Compares with a file that has sets of one to three players. The Shapley-Taylor index of order 3 is the dividend
 * below 3. */
static void check_orders(const golden_t *golden, const char *name, double (*of_set)(const double *, int, int),
                         int dividends_below) {
    double wanted[MASKS], sums[PLAYERS + 1];
    failure_t why;
    assert_int_equal(load(name, wanted), 8 + 28 + 56);
    for (mask_t set = 1; set < MASKS; set++) {
        int t = mask_order(set);
        if (t > 3)
            continue;
        assert_int_equal(supersets_sum(row_in_memory(golden->dividends, PLAYERS), set, sums, &why), STATUS_OK);
        assert_near(name, set, t < dividends_below ? sums[t] : of_set(sums, PLAYERS, t), wanted[set]);
    }
}

TEST(indices_of_three_players_are_those_of_shapiq) {
    if (skipped(state))
        return;
    check_orders(*state, "SII_3", supersets_sii, 0);
    check_orders(*state, "STII_3", supersets_stii, 3);
}

int main(void) {
    return run_all(compute, NULL);
}
