/* lattice/leaf: every vector width that this processor has, beside plain loops; sums in the order that is promised. */
#include "lattice/leaf.h"
#include "support/test.h"

enum { LEAF_MASKS = 1 << LEAF_BITS };

/* Of either sign: ordinary numbers, few values with both zeros, any exponent down to denormals. */
static double number(int kind, uint64_t *seed) {
    double unit = random_unit(seed), sign = random_word(seed) % 2 ? 1 : -1;
    const double kinds[] = {unit, floor(3 * unit), ldexp(1 + unit, (int)(random_word(seed) % 1000) - 1070)};
    return sign * kinds[kind];
}

enum { KINDS = 3 };

/* Runs check for all widths, numbers of bits and kinds of numbers; x may begin anywhere a double may. */
static void for_all(void (*check)(const leaf_width_t *width, const double *x, int bits)) {
    static double room[2 * LEAF_MASKS];
    const leaf_width_t *widths[LEAF_WIDTHS_MOST];
    int count = leaf_widths(widths);
    for (int kind = 0; kind < KINDS; kind++)
        for (int bits = 0; bits <= LEAF_BITS; bits++) {
            uint64_t seed = (uint64_t)(100 * kind + bits);
            double *x = room + bits % 2;
            for (int s = 0; s < 1 << bits; s++)
                x[s] = number(kind, &seed);
            for (int w = 0; w < count; w++)
                check(widths[w], x, bits);
        }
}

/* The sum by orders of terms [2^bits]: lanes of every 16th mask with equal numbers of ones above, each from its first
 * mask on; then lane after lane. */
static void plain_sums(const double *terms, int bits, double *sums) {
    double lanes[GROUP_KINDS][GROUP] = {{0}};
    for (mask_t s = 0; s < mask_count(bits); s++)
        lanes[mask_order(s / GROUP)][s % GROUP] += terms[s];
    for (int m = 0; m <= bits; m++)
        sums[m] = 0;
    for (int k = 0; k < GROUP_KINDS; k++)
        for (int c = 0; c < GROUP; c++)
            if (k + mask_order((mask_t)c) <= bits)
                sums[k + mask_order((mask_t)c)] += lanes[k][c];
}

static void assert_same(const double *got, const double *wanted, int bits) {
    assert_memory_equal(got, wanted, (size_t)(bits + 1) * sizeof *got);
}

static void check_sums(const leaf_width_t *width, const double *x, int bits) {
    static double terms[LEAF_MASKS];
    double wanted[LEAF_ORDERS], got[LEAF_ORDERS], mean[LEAF_ORDERS] = {0};
    for (int s = 0; s < 1 << bits; s++)
        terms[s] = x[s] - 0.25;
    plain_sums(terms, bits, wanted);
    width->sums(x, bits, 0.25, got);
    assert_same(got, wanted, bits);
    for (int m = 0; m <= bits; m++)
        mean[m] = 0.1 * m;
    for (mask_t s = 0; s < mask_count(bits); s++)
        terms[s] = (terms[s] - mean[mask_order(s)]) * (terms[s] - mean[mask_order(s)]);
    plain_sums(terms, bits, wanted);
    width->squares(x, bits, 0.25, mean, got);
    assert_same(got, wanted, bits);
}

static void check_strengths(const leaf_width_t *width, const double *x, int bits) {
    static double terms[LEAF_MASKS];
    double wanted[LEAF_ORDERS], got[LEAF_ORDERS], mean[LEAF_ORDERS] = {0}, min[LEAF_ORDERS], max[LEAF_ORDERS] = {0};
    leaf_strengths_t out;
    width->strengths(x, bits, &out);
    plain_sums(x, bits, wanted);
    assert_same(out.sums, wanted, bits);
    for (mask_t s = 0; s < mask_count(bits); s++)
        terms[s] = x[s] > 0 ? x[s] : 0;
    plain_sums(terms, bits, wanted);
    assert_same(out.positive, wanted, bits);
    for (mask_t s = 0; s < mask_count(bits); s++)
        terms[s] = x[s] < 0 ? x[s] : 0;
    plain_sums(terms, bits, wanted);
    assert_same(out.negative, wanted, bits);
    for (int m = 0; m <= bits; m++)
        min[m] = INFINITY, mean[m] = 0.1 * m;
    for (mask_t s = 0; s < mask_count(bits); s++) {
        int m = mask_order(s);
        terms[s] = fabs(x[s]);
        min[m] = fmin(min[m], terms[s]);
        max[m] = fmax(max[m], terms[s]);
    }
    plain_sums(terms, bits, wanted);
    assert_same(out.abs_sums, wanted, bits);
    assert_same(out.min, min, bits);
    assert_same(out.max, max, bits);
    for (mask_t s = 0; s < mask_count(bits); s++)
        terms[s] = (terms[s] - mean[mask_order(s)]) * (terms[s] - mean[mask_order(s)]);
    plain_sums(terms, bits, wanted);
    width->strength_squares(x, bits, mean, got);
    assert_same(got, wanted, bits);
}

static void check_salient(const leaf_width_t *width, const double *x, int bits) {
    const double thresholds[] = {5e-324, 0.3, 1, INFINITY};
    for (int t = 0; t < 4; t++) {
        uint64_t positive[1 << LEAF_BITS >> 6], negative[1 << LEAF_BITS >> 6];
        width->salient(x, bits, thresholds[t], positive, negative);
        for (mask_t s = 0; s < mask_count(bits > 6 ? bits : 6); s++) {
            const bool inside = s < mask_count(bits);
            assert_int_equal(positive[s >> 6] >> (s & 63) & 1, inside && x[s] >= thresholds[t]);
            assert_int_equal(negative[s >> 6] >> (s & 63) & 1, inside && x[s] <= -thresholds[t]);
        }
    }
}

/* Adds the half with the highest bit to the other, again and again. Overwrites a. */
static double plain_total(double *a, int bits) {
    while (bits-- > 0)
        for (mask_t s = 0; s < mask_count(bits); s++)
            a[s] += a[s + mask_count(bits)];
    return a[0];
}

/* The same; before, the highest half tells the sum of the bit, and in the same way those of its pairs. */
static double plain_fold(double *a, int bits, double *singles, double pairs[][LEAF_BITS]) {
    while (bits-- > 0) {
        double *high = a + mask_count(bits);
        for (mask_t s = 0; s < mask_count(bits); s++)
            a[s] += high[s];
        singles[bits] = pairs ? plain_fold(high, bits, pairs[bits], NULL) : plain_total(high, bits);
    }
    return a[0];
}

static void check_fold(const leaf_width_t *width, const double *x, int bits) {
    static double weighted[LEAF_MASKS];
    double weights[LEAF_ORDERS];
    leaf_folded_t wanted, got;
    for (int m = 0; m <= bits; m++)
        weights[m] = 1.0 / (m + 3);
    for (int pairs = 0; pairs < 2; pairs++) {
        memset(&wanted, 0, sizeof wanted);
        memset(&got, 0, sizeof got);
        for (mask_t s = 0; s < mask_count(bits); s++)
            weighted[s] = x[s] * weights[mask_order(s)];
        wanted.total = plain_fold(weighted, bits, wanted.singles, pairs ? wanted.pairs : NULL);
        width->fold(x, bits, weights, pairs, &got);
        assert_memory_equal(&got, &wanted, sizeof got);
    }
}

static void check_gather(const leaf_width_t *width, const double *x, int bits) {
    static double got[LEAF_ORDERS][LEAF_MASKS], wanted[LEAF_ORDERS][LEAF_MASKS];
    double *ends[LEAF_ORDERS + GROUP_BITS];
    size_t counts[LEAF_ORDERS] = {0};
    for (int m = 0; m <= bits; m++)
        ends[m] = got[m];
    for (mask_t s = 0; s < mask_count(bits); s++)
        wanted[mask_order(s)][counts[mask_order(s)]++] = fabs(x[s]);
    width->gather(x, bits, ends);
    for (int m = 0; m <= bits; m++) {
        assert_int_equal(ends[m] - got[m], counts[m]);
        qsort(got[m], counts[m], sizeof(double), by_size);
        qsort(wanted[m], counts[m], sizeof(double), by_size);
        assert_memory_equal(got[m], wanted[m], counts[m] * sizeof(double));
    }
}

static void check_fence(const leaf_width_t *width, const double *x, int bits) {
    static leaf_fences_t fences[GROUP_KINDS], wanted[GROUP_KINDS];
    for (int k = 0; k < GROUP_KINDS; k++)
        for (int c = 0; c < GROUP; c++) {
            wanted[k].from[c] = 0.1 * k;
            wanted[k].to[c] = 0.2 * k + 0.01 * c;
            wanted[k].least[c] = k == 3 ? 0.31 : INFINITY; /* of a leaf before */
            wanted[k].most[c] = -INFINITY;
        }
    memcpy(fences, wanted, sizeof fences);
    for (mask_t s = 0; s < mask_count(bits); s++) {
        leaf_fences_t *of = &wanted[mask_order(s / GROUP)];
        int c = (int)(s % GROUP);
        of->least[c] = fabs(x[s]) >= of->from[c] ? fmin(of->least[c], fabs(x[s])) : of->least[c];
        of->most[c] = fabs(x[s]) <= of->to[c] ? fmax(of->most[c], fabs(x[s])) : of->most[c];
    }
    width->fence(x, bits, fences);
    for (int k = 0; k < GROUP_KINDS; k++)
        for (size_t c = 0; c < GROUP && c < mask_count(bits); c++)
            assert_true(fences[k].least[c] == wanted[k].least[c] && fences[k].most[c] == wanted[k].most[c]);
}

TEST(ends_within_fences) {
    for_all(check_fence);
}

TEST(sums_and_squares) {
    for_all(check_sums);
}

TEST(strengths) {
    for_all(check_strengths);
}

TEST(salient_sets) {
    for_all(check_salient);
}

TEST(superset_sums) {
    for_all(check_fold);
}

TEST(gathered_numbers) {
    for_all(check_gather);
}

/* All of 2^8 once, by their ones and then by size; those below 2^bits are the first of each. */
TEST(groups_are_in_order) {
    enum { GROUPS = 1 << (LEAF_BITS - GROUP_BITS) };
    int at = 0;
    for (int k = 0; k < GROUP_KINDS; k++) {
        assert_int_equal(leaf_groups_begin[k], at);
        for (mask_t group = 0; group < GROUPS; group++)
            if (mask_order(group) == k)
                assert_int_equal(leaf_groups[at++], group);
        for (int bits = 0; bits < GROUP_KINDS; bits++) {
            int below = 0;
            for (mask_t group = 0; group < mask_count(bits); group++)
                below += mask_order(group) == k;
            assert_int_equal(leaf_groups_count[bits][k], below);
        }
    }
    assert_int_equal(at, GROUPS);
}

int main(void) {
    return run_all(NULL, NULL);
}
