/* lattice/strips: pieces and strips of any size give the bits of the transform in one piece, every mask once. */
#include "lattice/moebius.h"
#include "lattice/strips.h"
#include "support/make_results.h"

enum { N_MOST = 12 };

/* A table in memory as input, one in between and one as output. */
typedef struct {
    double in[1 << N_MOST], between[1 << N_MOST], out[1 << N_MOST];
    int given[1 << N_MOST];
    int calls, calls_before_failure; /* -1: never */
} tables_t;

static tables_t tables;

static status_t called(tables_t *t, failure_t *why) {
    if (t->calls++ == t->calls_before_failure)
        return failed(why, STATUS_STOPPED, "enough");
    return STATUS_OK;
}

static status_t input(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    tables_t *t = self;
    memcpy(data, t->in + first, count * sizeof *data);
    return called(t, why);
}

static status_t keep(void *self, mask_t first, mask_t count, const double *data, failure_t *why) {
    tables_t *t = self;
    memcpy(t->between + first, data, count * sizeof *data);
    return called(t, why);
}

static status_t kept(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    tables_t *t = self;
    memcpy(data, t->between + first, count * sizeof *data);
    return called(t, why);
}

static status_t output(void *self, mask_t first, mask_t count, const double *data, failure_t *why) {
    tables_t *t = self;
    memcpy(t->out + first, data, count * sizeof *data);
    for (mask_t s = first; s < first + count; s++)
        t->given[s]++;
    return called(t, why);
}

static strips_t prepare(int n, int piece_bits, bool zeta, double *piece) {
    memset(&tables, 0, sizeof tables);
    tables.calls_before_failure = -1;
    for (mask_t s = 0; s < mask_count(n); s++)
        tables.in[s] = made_value(7, s);
    return (strips_t){.zeta = zeta,
                      .n = n,
                      .piece_bits = piece_bits,
                      .piece = piece,
                      .input = input,
                      .keep = keep,
                      .kept = kept,
                      .output = output,
                      .self = &tables};
}

static void check_one(int n, int piece_bits, bool zeta) {
    static double expected[1 << N_MOST];
    failure_t why;
    double *piece = malloc(mask_count(piece_bits) * sizeof *piece); /* of that size exactly: for the sanitizer */
    strips_t strips = prepare(n, piece_bits, zeta, piece);
    memcpy(expected, tables.in, sizeof expected);
    if (zeta)
        zeta_transform(expected, n);
    else
        moebius_transform(expected, n);
    assert_int_equal(strips_transform(&strips, &why), STATUS_OK);
    assert_memory_equal(tables.out, expected, mask_count(n) * sizeof *expected);
    for (mask_t s = 0; s < 1 << N_MOST; s++)
        assert_int_equal(tables.given[s], s < mask_count(n));
    free(piece);
}

TEST(any_piece_gives_the_bits_of_the_whole) {
    for (int n = 1; n <= N_MOST; n++)
        for (int piece_bits = strips_piece_bits(n, 0); piece_bits <= N_MOST; piece_bits++) {
            check_one(n, piece_bits, false);
            check_one(n, piece_bits, true);
        }
}

TEST(pieces_are_bounded_by_both_sides) {
    assert_int_equal(strips_piece_bits(30, 21), 21);
    assert_int_equal(strips_piece_bits(16, 21), 16);
    assert_int_equal(strips_piece_bits(36, 10), 18);
    assert_int_equal(strips_piece_bits(13, 3), 7);
    assert_int_equal(strips_piece_bits(1, 0), 1);
}

/* Whichever call fails: the transform ends with it. */
TEST(a_callback_can_end_it) {
    double piece[16];
    failure_t why;
    strips_t strips = prepare(6, 4, false, piece);
    assert_int_equal(strips_transform(&strips, &why), STATUS_OK);
    int calls = tables.calls; /* 4 pieces in and out, 4 strips of 4 rows in and out */
    assert_int_equal(calls, 4 * 2 + 4 * 4 * 2);
    for (int i = 0; i < calls; i++) {
        strips = prepare(6, 4, false, piece);
        tables.calls_before_failure = i;
        assert_int_equal(strips_transform(&strips, &why), STATUS_STOPPED);
        assert_int_equal(tables.calls, i + 1);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
