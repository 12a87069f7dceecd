/* stats/fields: the row's layout has no gaps; every field is described. */
#include "stats/fields.h"

#include "lattice/indices.h"
#include "lattice/mask.h"
#include "support/test.h"

static size_t expected_length(field_shape_t shape, size_t n) {
    const size_t lengths[] = {[SHAPE_SCALAR] = 1,     [SHAPE_PLAYERS] = n,
                              [SHAPE_PAIRS] = n * n,  [SHAPE_MULTI] = (n - 1) * n * n,
                              [SHAPE_ORDERS] = n + 1, [SHAPE_ORDERS_SQUARED] = (n + 1) * (n + 1)};
    if (shape == SHAPE_RANKS)
        return n < 10 ? 0 : fields_ranks((int)n, NULL); /* shorter ones are found again from the tables */
    if (shape == SHAPE_STEPS)
        return n < 10 ? 0 : fields_steps(mask_count((int)n) - 1, NULL);
    return lengths[shape];
}

TEST(fields_follow_each_other) {
    for (unsigned indices = 0; indices < 8; indices++)
        for (int n = 1; n <= 36; n++) {
            fields_t fields = fields_layout(families_wanted(NULL), n, indices);
            size_t at = 0;
            for (int id = 0; id < FIELD_COUNT; id++) {
                int wanted = id < FIELDS_OF_ROOT && (FIELDS[id].needs & indices) == FIELDS[id].needs;
                assert_int_equal(fields.offset[id], at);
                assert_int_equal(fields.length[id], wanted ? expected_length(FIELDS[id].shape, (size_t)n) : 0);
                at += fields.length[id];
            }
            assert_int_equal(fields.doubles, at);
            assert_int_equal(fields.n, n);
            assert_int_equal(fields.indices, indices);
        }
}

TEST(absent_fields_have_no_place) {
    double row[2000];
    fields_t fields = fields_layout(families_wanted(NULL), 4, INDEX_BII2);
    assert_null(fields_at(&fields, row, FIELD_STII2));
    assert_null(fields_at(&fields, row, FIELD_MULTI_ORDER));
    assert_ptr_equal(fields_at(&fields, row, FIELD_SHAPLEY), row);
    assert_ptr_equal(fields_at(&fields, row, FIELD_BII2), row + 4 + 4 + 16);
    fields = fields_layout(families_wanted(NULL), 1, INDEX_MULTI_ORDER);
    assert_null(fields_at(&fields, row, FIELD_MULTI_ORDER));
}

TEST(every_field_is_described_once) {
    for (int id = 0; id < FIELD_COUNT; id++) {
        assert_non_null(FIELDS[id].path);
        assert_true(strlen(FIELDS[id].units) > 0);
        assert_true(strlen(FIELDS[id].description) > 10);
        for (int other = 0; other < id; other++)
            assert_string_not_equal(FIELDS[id].path, FIELDS[other].path);
    }
}

TEST(ranks_are_dense_and_then_64_per_octave) {
    int64_t ranks[RANKS_MAX];
    assert_int_equal(fields_ranks(1, ranks), 1);
    assert_int_equal(fields_ranks(10, ranks), 1023);
    assert_int_equal(fields_ranks(12, ranks), 1024 + 2 * 64);
    for (int i = 0; i < 1024; i++)
        assert_int_equal(ranks[i], i + 1);
    assert_int_equal(ranks[1024], 1040);
    assert_int_equal(ranks[1087], 2048);
    assert_int_equal(ranks[1088], 2080);
    assert_int_equal(ranks[1151], 4095);
    assert_int_equal(fields_ranks(PLAYERS_MAX, ranks), 1024 + 26 * 64);
    assert_true(ranks[1024 + 26 * 64 - 1] == ((int64_t)1 << PLAYERS_MAX) - 1);
}

TEST(steps_are_1_2_5) {
    int64_t steps[STEPS_MAX];
    assert_int_equal(fields_steps(1, steps), 1);
    assert_int_equal(fields_steps(99, steps), 6);
    assert_int_equal(fields_steps(100, steps), 7);
    assert_memory_equal(steps, ((int64_t[]){1, 2, 5, 10, 20, 50, 100}), 7 * sizeof *steps);
    assert_true(fields_steps(((uint64_t)1 << PLAYERS_MAX) - 1, NULL) <= STEPS_MAX);
}

int main(void) {
    return run_all(NULL, NULL);
}
