/* samples/samples_text: prompts come back as their bytes with the player of each, whatever strings hold them; what can
 * be wrong with them is told, all of it at once. */
#include "support/make_samples.h"

enum { PROMPTS = 2, MOST = 3, WIDTH = 24 };

static const hsize_t ALL[] = {PROMPTS, MOST, 2};

/* Numbered from the end: France 15-21, capital 4-11; é 0-2. */
static const int64_t SPANS[PROMPTS][MOST][2] = {{{15, 21}, {4, 11}, {-1, -1}}, {{3, 4}, {2, 3}, {0, 2}}};
static const char TEXTS_[PROMPTS][WIDTH] = {"The capital of France", "\xC3\xA9 \nb"};
static const char TARGETS[PROMPTS][WIDTH] = {" is", ""};

static void put_texts(made_t *made, const char *path, const char (*texts)[WIDTH]) {
    hid_t type = text_type(WIDTH, H5T_CSET_UTF8, H5T_STR_NULLPAD);
    put(made, path, type, 1, ALL, type, texts);
    H5Tclose(type);
}

static void put_spans(made_t *made, const int64_t (*spans)[MOST][2]) {
    put(made, "player_bytes", H5T_STD_I32LE, 3, ALL, H5T_NATIVE_INT64, spans);
}

static made_t begin_texts(void **state) {
    made_t made = begin(state);
    H5Ldelete(made.file, "x", H5P_DEFAULT);
    made.options.players = PLAYERS_FROM_FILE;
    made.options.baseline = BASELINE_FROM_FILE; /* as configs have it */
    put_texts(&made, "text", TEXTS_);
    put_spans(&made, SPANS);
    return made;
}

static void assert_bytes(const sample_t *sample, const char *bytes, size_t count, const char *players) {
    assert_int_equal(sample->elements, count);
    assert_true(sample->rank == 1 && sample->shape[0] == (int64_t)count && sample->baselines == 1);
    for (size_t i = 0; i < count; i++) {
        assert_true(sample->x[i] == (unsigned char)bytes[i] && sample->baseline[i] == 0);
        assert_int_equal(sample->players[i], players[i] == '.' ? -1 : players[i] - '0');
    }
}

TEST_WITH(bytes_and_players, scratch_make, scratch_remove) {
    made_t made = begin_texts(state);
    put_texts(&made, "target_text", TARGETS);
    samples_t *samples = open_good(&made);
    assert_true(samples_are_texts(samples) && samples_x_type(samples) == ELEMENT_I32);
    sample_t second = load(samples, 1);
    assert_int_equal(second.n, 3);
    assert_bytes(&second, "\xC3\xA9 \nb", 6, "2210..");
    sample_t first = load(samples, 0);
    assert_int_equal(first.n, 2);
    assert_bytes(&first, "The capital of France\0 is", 25, "....1111111....000000....");
    samples_close(&samples);
}

/* Strings of variable length give the same digest and checksum, and so does no /target_text for one that is empty. */
TEST_WITH(any_strings, scratch_make, scratch_remove) {
    char digests[2][DIGEST_HEX];
    uint64_t sums[2];
    for (int variable = 0; variable < 2; variable++) {
        made_t made = begin_texts(state);
        digest_t *digest;
        if (variable) {
            const char *texts[] = {TEXTS_[0], TEXTS_[1]};
            hid_t type = text_type(H5T_VARIABLE, H5T_CSET_UTF8, H5T_STR_NULLTERM);
            put(&made, "text", type, 1, ALL, type, texts);
            H5Tclose(type);
        } else {
            put_texts(&made, "target_text", (const char[PROMPTS][WIDTH]){"", ""});
        }
        samples_t *samples = open_only(&made);
        assert_ok(digest_start(&digest, &why));
        assert_ok(samples_scan(samples, digest, &made.problems, &why));
        assert_int_equal(made.problems.count, 0);
        digest_finish(&digest, digests[variable]);
        sample_t sample = load(samples, 0);
        sums[variable] = samples_crc(&sample);
        samples_close(&samples);
    }
    assert_string_equal(digests[0], digests[1]);
    assert_true(sums[0] == sums[1]);
}

TEST_WITH(wrong_spans, scratch_make, scratch_remove) {
    static const struct {
        int64_t spans[MOST][2];
        const char *wanted;
    } WRONG[] = {
        {{{15, 22}, {4, 11}, {-1, -1}}, "/player_bytes: sample 0, player 0: [15, 22) are no whole characters"},
        {{{15, 21}, {4, 4}, {-1, -1}}, "/player_bytes: sample 0, player 1: [4, 4) are no whole"},
        {{{15, 21}, {-2, 4}, {-1, -1}}, "/player_bytes: sample 0, player 1: [-2, 4) are no whole"},
        {{{15, 21}, {4, 16}, {-1, -1}}, "/player_bytes: sample 0, byte 15 belongs to player 0 and to player 1"},
        {{{15, 21}, {-1, -1}, {4, 11}}, "/player_bytes: sample 0, -1 stands between players"},
        {{{-1, -1}, {-1, -1}, {-1, -1}}, "/player_bytes: sample 0, no player"},
        {{{0, 1}, {1, 2}, {2, 3}}, "/player_bytes: sample 0, 3 players, more than sweep.max_players: 2"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        made_t made = begin_texts(state);
        int64_t spans[PROMPTS][MOST][2] = {{{0}}, {{2, 3}, {0, 2}, {-1, -1}}};
        memcpy(spans[0], WRONG[i].spans, sizeof spans[0]);
        put_spans(&made, (const int64_t(*)[MOST][2])spans);
        made.options.max_players = 2;
        assert_problem(&made, WRONG[i].wanted);
    }
    made_t made = begin_texts(state);
    int64_t cut[PROMPTS][MOST][2] = {{{0, 1}, {-1, -1}, {-1, -1}}, {{0, 1}, {-1, -1}, {-1, -1}}};
    put_spans(&made, (const int64_t(*)[MOST][2])cut);
    assert_problem(&made, "/player_bytes: sample 1, player 0: [0, 1) are no whole characters");
}

TEST_WITH(wrong_texts, scratch_make, scratch_remove) {
    made_t made = begin_texts(state);
    put_texts(&made, "text", (const char[PROMPTS][WIDTH]){"The capital of France", ""});
    assert_problem(&made, "/text: sample 1, the text is empty");
    made = begin_texts(state);
    put_texts(&made, "target_text", (const char[PROMPTS][WIDTH]){"\x07", ""});
    assert_problem(&made, "/target_text: sample 0, text 0: the text must be UTF-8");
    made = begin_texts(state);
    H5Ldelete(made.file, "player_bytes", H5P_DEFAULT);
    assert_problem(&made, "/player_bytes: missing");
    made = begin_texts(state);
    put(&made, "player_bytes", H5T_STD_I32LE, 2, ALL, H5T_NATIVE_INT64, SPANS);
    assert_problem(&made, "/player_bytes: has the shape [2, 3]; [2, players, 2] expected");
    made = begin_texts(state);
    put(&made, "x", H5T_STD_I32LE, 1, ALL, H5T_NATIVE_INT64, SPANS);
    assert_problem(&made, "/text: the file has both /x and /text");
    made = begin_texts(state);
    made.options.players = PLAYERS_ELEMENTS;
    assert_problem(&made, "/text: the players of texts are /player_bytes");
}

int main(void) {
    return run_all(NULL, NULL);
}
