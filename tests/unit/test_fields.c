/* stats/fields: the row's layout has no gaps; every field is described. */
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
    for (int id = 0; id < FIELD_COUNT; id++) {
        assert_non_null(FIELDS[id].path);
        assert_true(strlen(FIELDS[id].units) > 0);
        assert_true(strlen(FIELDS[id].description) > 10);
        for (int other = 0; other < id; other++)
            assert_string_not_equal(FIELDS[id].path, FIELDS[other].path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_follow_each_other),
        cmocka_unit_test(absent_fields_have_no_place),
        cmocka_unit_test(every_field_is_described_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
