/* Effects of each set over the rows in which it is salient, against plain sums; however many sets a row has. */
#include "stats/tally.h"

#include "support/test.h"

enum { N = 12, SETS = 1 << N, ROWS = 7 };

static failure_t why; /* of the last call */

static double effect_of(int64_t row, mask_t set) {
    return (double)((row * 31 + (int64_t)set * 17) % 23) - 11;
}

/* Of row 0 all sets, of row 3 none, of others every row-th. */
static bool salient(int64_t row, mask_t set) {
    return effect_of(row, set) != 0 && (row == 0 || (row != 3 && set % (mask_t)row == 0));
}

typedef struct {
    uint64_t positive[SETS / 64], negative[SETS / 64];
    int reads_left;
} source_t;

static status_t read_bits(void *self, int64_t row, size_t first, size_t words, const uint64_t **positive,
                          const uint64_t **negative, failure_t *reason) {
    source_t *source = self;
    assert_true(words > 0 && first + words <= SETS / 64);
    memset(source->positive, 0, sizeof source->positive);
    memset(source->negative, 0, sizeof source->negative);
    for (mask_t s = first * 64; s < (first + words) * 64; s++)
        if (salient(row, s))
            (effect_of(row, s) > 0 ? source->positive : source->negative)[s / 64] |= UINT64_C(1) << s % 64;
    *positive = source->positive + first;
    *negative = source->negative + first;
    return STATUS_OK;
}

static status_t read_effects(void *self, int64_t row, const mask_t *sets, size_t count, double *effects,
                             failure_t *reason) {
    source_t *source = self;
    if (source->reads_left-- == 0)
        return failed(reason, STATUS_INPUT, "nothing left to read");
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || sets[i] > sets[i - 1]);
        effects[i] = effect_of(row, sets[i]);
    }
    return STATUS_OK;
}

static salient_sets_t sets_of(source_t *source) {
    return (salient_sets_t){
        .rows = ROWS, .n = N, .kinds = 1, .read = read_bits, .effects = read_effects, .self = source};
}

TEST(effects_are_added_up_by_set) {
    static tally_t tallies[SETS];
    source_t source = {.reads_left = 1000};
    const salient_sets_t sets = sets_of(&source);
    memset(tallies, 0, sizeof tallies);
    for (int64_t row = 0; row < ROWS; row++)
        assert_ok(tally_row(&sets, row, tallies, &why));
    for (mask_t s = 0; s < SETS; s++) {
        double sum = 0, positive = 0, count = 0;
        for (int64_t row = 0; row < ROWS; row++) {
            count += salient(row, s);
            sum += salient(row, s) ? effect_of(row, s) : 0;
            positive += salient(row, s) && effect_of(row, s) > 0;
        }
        assert_true((double)tallies[s].effect.count == count);
        assert_true(tallies[s].positive == positive && tallies[s].negative == count - positive);
        if (count > 0)
            assert_within(average_mean(&tallies[s].effect), sum / count, 1e-14);
    }
}

TEST(a_failed_read_is_passed_on) {
    static tally_t tallies[SETS];
    for (int good = 0; good < 3; good++) { /* row 0 has more sets than are read together */
        source_t source = {.reads_left = good};
        const salient_sets_t sets = sets_of(&source);
        assert_fails(tally_row(&sets, 0, tallies, &why), STATUS_INPUT, "nothing left");
    }
}

/* Bits beyond the last set, as a damaged file may have them, are no sets. */
static status_t read_ones(void *self, int64_t row, size_t first, size_t words, const uint64_t **positive,
                          const uint64_t **negative, failure_t *reason) {
    static const uint64_t ONES[2] = {UINT64_MAX, UINT64_MAX};
    *positive = *negative = ONES + first;
    return STATUS_OK;
}

TEST(bits_of_no_set_are_passed_over) {
    enum { FEW = 3 };
    for (int kinds = 1; kinds <= 2; kinds++) {
        tally_t tallies[129] = {0};
        source_t source = {.reads_left = 1};
        const salient_sets_t sets = {
            .rows = 1, .n = FEW, .kinds = kinds, .read = read_ones, .effects = read_effects, .self = &source};
        assert_ok(tally_row(&sets, 0, tallies, &why));
        for (size_t s = 0; s < 129; s++)
            assert_int_equal(tallies[s].effect.count, s % 64 < 1 << FEW && s < (size_t)kinds * 64);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
