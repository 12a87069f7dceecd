/* The kept input buffer against rows rebuilt from the definition for every chunk, byte by byte. */
#include "model/masking.h"
#include "support/test.h"

enum { ELEMENTS_MAX = 40, BASELINES = 3 };

/* A sample with storage of its own. */
typedef struct {
    sample_t sample;
    double x[ELEMENTS_MAX], baseline[BASELINES * ELEMENTS_MAX];
    int32_t players[ELEMENTS_MAX];
} owned_sample_t;

/* Players scattered over the elements, some of them never masked. */
static void make_sample(owned_sample_t *owned, int n, size_t elements, uint64_t *state) {
    for (size_t e = 0; e < elements; e++) {
        owned->x[e] = random_signed(state);
        owned->players[e] = (int32_t)(random_word(state) % (uint64_t)(n + 1)) - 1;
    }
    for (size_t e = 0; e < BASELINES * elements; e++)
        owned->baseline[e] = random_signed(state);
    owned->sample = (sample_t){.n = n,
                               .elements = elements,
                               .x = owned->x,
                               .players = owned->players,
                               .baselines = BASELINES,
                               .baseline = owned->baseline};
}

/* The definition, row by row. */
static void check_buffer(const masking_t *masking, const sample_t *sample, int baseline, size_t chunk, size_t rows,
                         mask_t first) {
    const void *buffer = masking->buffer;
    for (size_t r = 0; r < rows; r++) {
        mask_t mask = r < chunk ? first + r : 0;
        for (size_t e = 0; e < sample->elements; e++) {
            int32_t player = sample->players[e];
            bool present = player == -1 || (mask & (mask_t)1 << player) != 0;
            double want = present ? sample->x[e] : sample->baseline[(size_t)baseline * sample->elements + e];
            size_t at = r * sample->elements + e;
            if (masking->type == ELEMENT_F32)
                assert_true(((const float *)buffer)[at] == (float)want);
            else
                assert_true(((const double *)buffer)[at] == want);
        }
    }
}

/* Random walks over chunks, samples that reuse the same storage, baselines, batch sizes and surplus rows. */
static void walk(element_t type) {
    owned_sample_t owned;
    uint64_t state = 7;
    failure_t why;
    masking_t masking = {.type = type};
    for (int round = 0; round < 60; round++) {
        int n = 1 + (int)(random_word(&state) % 9);
        make_sample(&owned, n, 1 + random_word(&state) % ELEMENTS_MAX, &state);
        for (int visit = 0; visit < 4; visit++) {
            int baseline = (int)(random_word(&state) % BASELINES);
            size_t chunk = (size_t)1 << random_word(&state) % (uint64_t)(n + 1);
            size_t rows = chunk + (visit == 2 ? 3 : 0);
            assert_int_equal(masking_begin(&masking, &owned.sample, baseline, chunk, rows, &why), STATUS_OK);
            assert_int_equal((uintptr_t)masking.buffer % 64, 0);
            for (int step = 0; step < 8; step++) {
                mask_t first = random_word(&state) % (mask_count(n) / chunk) * chunk;
                assert_int_equal(masking_begin(&masking, &owned.sample, baseline, chunk, rows, &why), STATUS_OK);
                masking_fill(&masking, first);
                check_buffer(&masking, &owned.sample, baseline, chunk, rows, first);
            }
        }
    }
    masking_free(&masking);
}

TEST(buffers_are_as_rebuilt) {
    walk(ELEMENT_F32);
    walk(ELEMENT_F64);
}

/* One changed element, player or baseline behind the same pointers is noticed. */
TEST(changes_behind_the_pointers_are_noticed) {
    owned_sample_t owned;
    uint64_t random = 3;
    failure_t why;
    masking_t masking = {.type = ELEMENT_F32};
    make_sample(&owned, 4, 10, &random);
    for (int change = 0; change < 4; change++) {
        owned.x[3] += change == 1 ? 0.5 : 0.0;
        owned.baseline[2] += change == 2 ? 0.5 : 0.0;
        owned.players[9] = change == 3 ? (owned.players[9] + 2) % 4 : owned.players[9];
        assert_int_equal(masking_begin(&masking, &owned.sample, 0, 16, 16, &why), STATUS_OK);
        masking_fill(&masking, 0);
        check_buffer(&masking, &owned.sample, 0, 16, 16, 0);
    }
    masking_free(&masking);
}

TEST(numbers_too_large_for_float_are_named) {
    double x[3] = {1, 1e39, 3}, baseline[3] = {0, 0, -1e300};
    int32_t players[3] = {0, 1, -1};
    sample_t sample = {.n = 2, .elements = 3, .x = x, .players = players, .baselines = 1, .baseline = baseline};
    failure_t why;
    masking_t masking = {.type = ELEMENT_F32};
    assert_fails(masking_begin(&masking, &sample, 0, 4, 4, &why), STATUS_CERTAIN, "element 1 of the sample, 1e+39");
    assert_int_equal(why.mask, 0);
    x[1] = 2;
    assert_fails(masking_begin(&masking, &sample, 0, 4, 4, &why), STATUS_CERTAIN, "element 2 of the baseline, -1e+300");
    baseline[2] = 0; /* and a good sample after a bad one works */
    assert_int_equal(masking_begin(&masking, &sample, 0, 4, 4, &why), STATUS_OK);
    masking_fill(&masking, 0);
    check_buffer(&masking, &sample, 0, 4, 4, 0);
    masking_free(&masking);

    x[1] = 1e39; /* fine as double */
    masking.type = ELEMENT_F64;
    assert_int_equal(masking_begin(&masking, &sample, 0, 4, 4, &why), STATUS_OK);
    masking_free(&masking);
}

TEST(wrong_players_and_batches_are_refused) {
    static const struct {
        int n;
        int32_t player;
        size_t rows;
        const char *text;
    } cases[] = {{2, 2, 4, "element 1 belongs to player 2"},
                 {2, -2, 4, "element 1 belongs to player -2"},
                 {PLAYERS_MAX + 1, 1, 4, "a sample of 37 players"},
                 {2, 1, SIZE_MAX / 2, "does not fit into memory"}};
    static const double x[2] = {1, 2}, baseline[2] = {0, 0};
    masking_t masking = {.type = ELEMENT_F32};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        failure_t why;
        int32_t players[2] = {0, cases[i].player};
        sample_t sample = {
            .n = cases[i].n, .elements = 2, .x = x, .players = players, .baselines = 1, .baseline = baseline};
        assert_fails(masking_begin(&masking, &sample, 0, 4, cases[i].rows, &why), STATUS_INPUT, cases[i].text);
    }
    masking_free(&masking);
}

int main(void) {
    return run_all(NULL, NULL);
}
