/* lattice/moebius: the blocked transforms have the bits of the plain loops for every vector width that this processor
 * has, and the identities that define them hold. */
#include "lattice/leaf.h"
#include "lattice/moebius.h"
#include "support/test.h"

enum { LARGEST = 24, LINE = 8 /* doubles in a line of the cache */ };

/* The oracle: bit by bit, mask by mask. */
static void plain_loop(double *a, int n, double sign) {
    for (int bit = 0; bit < n; bit++)
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            if (mask >> bit & 1)
                a[mask] += sign * a[mask ^ (mask_t)1 << bit];
}

static double *new_table(int n) {
    return new_numbers(mask_count(n));
}

static double *random_table(int n, uint64_t seed) {
    return random_numbers(mask_count(n), seed);
}

static double *copy_of(const double *a, int n) {
    double *copy = new_table(n);
    memcpy(copy, a, mask_count(n) * sizeof *a);
    return copy;
}

static void assert_same_bits(const double *a, const double *b, mask_t count) {
    if (memcmp(a, b, count * sizeof *a) == 0)
        return;
    for (mask_t mask = 0; mask < count; mask++)
        if (memcmp(a + mask, b + mask, sizeof *a) != 0)
            fail_msg("mask 0x%llx: %a and %a", (unsigned long long)mask, a[mask], b[mask]);
}

/* A NaN stays one, whatever its payload (which may depend on which operand comes first). */
static void assert_same_but_nan(const double *a, const double *b, mask_t count) {
    for (mask_t mask = 0; mask < count; mask++)
        if (isnan(b[mask]) ? !isnan(a[mask]) : memcmp(a + mask, b + mask, sizeof *a) != 0)
            fail_msg("mask 0x%llx: %a and %a", (unsigned long long)mask, a[mask], b[mask]);
}

/* What every width makes of v, and of that by zeta, beside the plain loop. Tables begin anywhere in a line: everywhere
 * for small n, somewhere for large. */
static void assert_widths_agree_with_the_plain_loop(const double *v, int n) {
    double *moebius = copy_of(v, n), *room = new_numbers(mask_count(n) + LINE);
    plain_loop(moebius, n, -1);
    double *zeta = copy_of(moebius, n);
    plain_loop(zeta, n, +1);
    const leaf_width_t *widths[LEAF_WIDTHS_MOST];
    int count = leaf_widths(widths);
    for (int w = 0; w < count; w++)
        for (int at = 0; at < LINE; at++) {
            if (n > 16 && at != (n + w) % LINE)
                continue;
            memcpy(room + at, v, mask_count(n) * sizeof *v);
            widths[w]->transform(room + at, n, false);
            assert_same_but_nan(room + at, moebius, mask_count(n));
            widths[w]->transform(room + at, n, true);
            assert_same_but_nan(room + at, zeta, mask_count(n));
        }
    free(moebius);
    free(zeta);
    free(room);
}

TEST(has_the_bits_of_the_plain_loop) {
    for (int n = 0; n <= LARGEST; n++) {
        double *v = random_table(n, 1 + (uint64_t)n);
        assert_widths_agree_with_the_plain_loop(v, n);
        free(v);
    }
}

/* A few among ordinary values (few, as all supersets of two infinities soon are NaN), then tiny ones alone: nothing is
 * flushed to zero, and zeros keep their sign. */
TEST(special_values_are_those_of_the_plain_loop) {
    const double special[] = {INFINITY, -INFINITY, 0.0, -0.0, 5e-324, -5e-324, 1e-310, 1.7e308, -1.7e308, NAN};
    const double tiny[] = {0.0, -0.0, 5e-324, -5e-324, 1e-310, -0x1p-1022};
    for (int n = 0; n <= 20; n++) {
        uint64_t seed = 7 * (uint64_t)n;
        double *v = random_table(n, 3);
        for (int k = 0; k < n; k++)
            v[random_word(&seed) % mask_count(n)] = special[random_word(&seed) % (sizeof special / sizeof *special)];
        assert_widths_agree_with_the_plain_loop(v, n);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            v[mask] = tiny[random_word(&seed) % (sizeof tiny / sizeof *tiny)];
        assert_widths_agree_with_the_plain_loop(v, n);
        free(v);
    }
}

/* Of small whole numbers, as no addition rounds. */
TEST(zeta_undoes_moebius) {
    for (int n = 0; n <= 16; n++) {
        double *whole = random_table(n, 5);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            whole[mask] = nearbyint(1000 * whole[mask]) + 0.0; /* no -0 */
        double *was = copy_of(whole, n);
        moebius_transform(whole, n);
        zeta_transform(whole, n);
        assert_same_bits(whole, was, mask_count(n));
        free(whole);
        free(was);
    }
}

/* With rounding: |residual(S)| <= 4 n eps sum over T subset of S of |I(T)|. */
TEST(theorem_1_holds_within_rounding) {
    for (int n = 1; n <= 18; n++) {
        double *v = random_table(n, 11), *a = copy_of(v, n), *mass = new_table(n);
        moebius_transform(a, n);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            mass[mask] = fabs(a[mask]);
        zeta_transform(a, n);
        zeta_transform(mass, n);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            assert_true(fabs(a[mask] - v[mask]) <= 4 * n * 0x1p-52 * mass[mask]);
        free(v);
        free(a);
        free(mass);
    }
}

/* What a sweep does: the low bits of each block, then the high bits in strips of columns. */
static void assert_blocks_and_strips_make_the_whole(const leaf_width_t *by, int n, int cut, size_t width, bool zeta) {
    size_t columns = (size_t)1 << cut, blocks = (size_t)1 << (n - cut);
    double *whole = random_table(n, 51), *parts = copy_of(whole, n);
    plain_loop(whole, n, zeta ? +1 : -1);
    for (size_t b = 0; b < blocks; b++)
        by->transform(parts + b * columns, cut, zeta);
    for (size_t c = 0; c < columns; c += width)
        by->strip(parts + c, n - cut, width < columns - c ? width : columns - c, columns, zeta);
    assert_same_bits(parts, whole, mask_count(n));
    free(whole);
    free(parts);
}

TEST(blocks_and_strips_make_the_whole) {
    const int n = 15, cuts[] = {0, 1, 3, 4, 6, 8, 12, 15};
    const leaf_width_t *widths[LEAF_WIDTHS_MOST];
    int count = leaf_widths(widths);
    for (int w = 0; w < count; w++)
        for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++)
            for (size_t width = 1; width <= 2048; width = 3 * width + 4)
                for (int zeta = 0; zeta < 2; zeta++)
                    assert_blocks_and_strips_make_the_whole(widths[w], n, cuts[k], width, zeta);
}

/* The functions that others call: what the widest makes. */
TEST(strips_of_the_header_are_the_widest) {
    enum { bits = 9, width = 37 };
    const leaf_width_t *widths[LEAF_WIDTHS_MOST];
    leaf_widths(widths);
    double *a = random_table(15, 71), *b = copy_of(a, 15);
    moebius_strip(a, bits, width, width);
    widths[0]->strip(b, bits, width, width, false);
    assert_same_bits(a, b, mask_count(15));
    zeta_strip(a, bits, width, width);
    widths[0]->strip(b, bits, width, width, true);
    assert_same_bits(a, b, mask_count(15));
    free(a);
    free(b);
}

/* Columns beyond `width` are left alone, and rows may lie farther apart than they are wide. */
static void assert_strip_touches_its_columns_only(const leaf_width_t *by, int bits, size_t width, size_t pitch) {
    size_t rows = (size_t)1 << bits;
    double *a = random_table(16, 61), *was = copy_of(a, 16), *column = new_table(bits);
    by->strip(a, bits, width, pitch, false);
    for (size_t c = 0; c < pitch; c++) {
        for (size_t r = 0; r < rows; r++)
            column[r] = was[r * pitch + c];
        if (c < width)
            plain_loop(column, bits, -1);
        for (size_t r = 0; r < rows; r++)
            assert_memory_equal(&a[r * pitch + c], &column[r], sizeof *column);
    }
    assert_same_bits(a + (pitch << bits), was + (pitch << bits), mask_count(16) - (pitch << bits));
    free(a);
    free(was);
    free(column);
}

TEST(strips_touch_their_columns_only) {
    const leaf_width_t *widths[LEAF_WIDTHS_MOST];
    int count = leaf_widths(widths);
    for (int w = 0; w < count; w++) {
        for (int bits = 0; bits <= 7; bits++)
            assert_strip_touches_its_columns_only(widths[w], bits, 301, 333);
        assert_strip_touches_its_columns_only(widths[w], 5, 1100, 1103);
        assert_strip_touches_its_columns_only(widths[w], 12, 3, 5);
    }
}

/* By hand; from the tests of CoopGame. Order: 1, 2, 3, 12, 13, 23, 123. */
TEST(known_dividends) {
    const double games[][2][7] = {
        {{0, 0, 0, 60, 48, 30, 72}, {0, 0, 0, 60, 48, 30, -66}},
        {{3, 4, 1, 8, 4, 6, 10}, {3, 4, 1, 1, 0, 1, 0}},
        {{3, 3, 3, 2, 5, 9, 9}, {3, 3, 3, -4, -1, 3, 2}},
        {{0, 2, 1, 1, 4, 1, 6}, {0, 2, 1, -1, 3, -2, 3}},
    };
    const mask_t masks[7] = {1, 2, 4, 3, 5, 6, 7};
    for (size_t g = 0; g < sizeof games / sizeof *games; g++) {
        double a[8] = {0};
        for (int i = 0; i < 7; i++)
            a[masks[i]] = games[g][0][i];
        moebius_transform(a, 3);
        assert_true(a[0] == 0);
        for (int i = 0; i < 7; i++)
            assert_true(a[masks[i]] == games[g][1][i]);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
