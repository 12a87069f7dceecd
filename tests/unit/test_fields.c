/* stats/fields: the row's layout has no gaps, its names are those of the results file's contract. */
#include "stats/fields.h"

#include "lattice/indices.h"
#include "lattice/mask.h"
#include "stats/scales.h"
#include "support/test.h"

static size_t expected_length(field_shape_t shape, size_t n) {
    const size_t lengths[] = {[SHAPE_SCALAR] = 1,     [SHAPE_PLAYERS] = n,
                              [SHAPE_PAIRS] = n * n,  [SHAPE_MULTI] = (n - 1) * n * n,
                              [SHAPE_ORDERS] = n + 1, [SHAPE_ORDERS_SQUARED] = (n + 1) * (n + 1)};
    if (shape == SHAPE_RANKS)
        return n < 10 ? 0 : scales_ranks((int)n, NULL); /* shorter ones are found again from the tables */
    if (shape == SHAPE_STEPS)
        return n < 10 ? 0 : scales_steps(mask_count((int)n) - 1, NULL);
    return lengths[shape];
}

static void fields_follow_each_other(void **state) {
    (void)state;
    for (unsigned indices = 0; indices < 8; indices++)
        for (int n = 1; n <= 36; n++) {
            fields_t fields = fields_layout(n, indices);
            size_t at = 0;
            for (int id = 0; id < FIELD_COUNT; id++) {
                int wanted = (FIELDS[id].needs & indices) == FIELDS[id].needs;
                assert_int_equal(fields.offset[id], at);
                assert_int_equal(fields.length[id], wanted ? expected_length(FIELDS[id].shape, (size_t)n) : 0);
                at += fields.length[id];
            }
            assert_int_equal(fields.doubles, at);
            assert_int_equal(fields.n, n);
            assert_int_equal(fields.indices, indices);
        }
}

static void absent_fields_have_no_place(void **state) {
    (void)state;
    double row[2000];
    fields_t fields = fields_layout(4, INDEX_BII2);
    assert_null(fields_at(&fields, row, FIELD_STII2));
    assert_null(fields_at(&fields, row, FIELD_MULTI_ORDER));
    assert_ptr_equal(fields_at(&fields, row, FIELD_SHAPLEY), row);
    assert_ptr_equal(fields_at(&fields, row, FIELD_BII2), row + 4 + 4 + 16);
    fields = fields_layout(1, INDEX_MULTI_ORDER);
    assert_null(fields_at(&fields, row, FIELD_MULTI_ORDER));
}

static void every_field_is_described_once(void **state) {
    (void)state;
    for (int id = 0; id < FIELD_COUNT; id++) {
        assert_non_null(FIELDS[id].path);
        assert_true(strlen(FIELDS[id].units) > 0);
        assert_true(strlen(FIELDS[id].description) > 10);
        for (int other = 0; other < id; other++)
            assert_string_not_equal(FIELDS[id].path, FIELDS[other].path);
    }
}

/* The names that readers of the file rely on, in order. */
static void names_are_the_contract(void **state) {
    (void)state;
    const char *names[] = {"indices/shapley",
                           "indices/banzhaf",
                           "indices/sii2",
                           "indices/stii2",
                           "indices/bii2",
                           "indices/multi_order",
                           "orders/strength_mean",
                           "orders/strength_std",
                           "orders/strength_min",
                           "orders/strength_q1",
                           "orders/strength_median",
                           "orders/strength_q3",
                           "orders/strength_max",
                           "orders/strength_whisker_low",
                           "orders/strength_whisker_high",
                           "orders/interaction_sum",
                           "orders/interaction_abs_sum",
                           "orders/positive_sum",
                           "orders/negative_sum",
                           "orders/cancellation",
                           "orders/output_mean",
                           "orders/output_std",
                           "orders/salient_count",
                           "orders/salient_positive",
                           "orders/noise_floor",
                           "orders/lemma_residual",
                           "conditions/threshold",
                           "conditions/salient_total",
                           "conditions/order_limit",
                           "conditions/monotone",
                           "conditions/violations",
                           "conditions/violation_max",
                           "conditions/p_paper",
                           "conditions/p_all_pairs",
                           "conditions/delta",
                           "conditions/delta_bound",
                           "conditions/m0",
                           "conditions/bound_total",
                           "conditions/real_total",
                           "conditions/excluded_why",
                           "conditions/mass_above",
                           "conditions/lambda",
                           "conditions/bound",
                           "conditions/bound_l1",
                           "conditions/coefficients",
                           "curves/strength",
                           "curves/rmse",
                           "curves/max_error",
                           "curves/r2",
                           "curves/r_omega"};
    assert_int_equal(sizeof names / sizeof *names, FIELD_COUNT);
    for (int id = 0; id < FIELD_COUNT; id++) {
        int whole = id == FIELD_MONOTONE || id == FIELD_EXCLUDED_WHY;
        assert_string_equal(FIELDS[id].path, names[id]);
        assert_int_equal(FIELDS[id].type, whole ? FIELD_U8 : FIELD_F64);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_follow_each_other),
        cmocka_unit_test(absent_fields_have_no_place),
        cmocka_unit_test(every_field_is_described_once),
        cmocka_unit_test(names_are_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
