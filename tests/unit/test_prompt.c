/* engines/prompt: tokens belong to the players whose bytes they are, or it is said why that cannot be told. */
#include "engines/prompt.h"
#include "support/test.h"

enum { TOKENS_MAX = 32, PIECES = 256 };

static failure_t why;

/* A sample of a text whose players are the bytes marked by digits. */
typedef struct {
    double x[PIECES];
    int32_t players[PIECES];
    sample_t sample;
} marked_t;

static void mark(marked_t *made, const char *text, const char *digits, const char *target) {
    size_t length = strlen(text), at = length + 1;
    for (size_t i = 0; i <= length; i++)
        made->x[i] = (unsigned char)text[i];
    for (; *target; target++)
        made->x[at++] = (unsigned char)*target;
    made->sample = (sample_t){.elements = at, .x = made->x, .players = made->players};
    for (size_t i = 0; i < at; i++)
        made->players[i] = i < length && digits[i] >= '0' && digits[i] <= '9' ? digits[i] - '0' : -1;
    for (size_t i = 0; i < length; i++)
        made->sample.n = made->players[i] >= made->sample.n ? made->players[i] + 1 : made->sample.n;
}

/* Tokens are the pieces between bars; the one of no bytes in front is number 0. */
static status_t place(marked_t *made, const char *barred, int player[TOKENS_MAX], int *count) {
    char pieces[PIECES];
    size_t ends[TOKENS_MAX] = {0}, bytes = 0;
    prompt_text_t text;
    prompt_t prompt = {.count = 1, .player = player};
    assert_ok(prompt_text(&made->sample, &text, &why));
    for (; *barred; barred++)
        if (*barred == '|')
            ends[prompt.count++] = bytes;
        else
            pieces[bytes++] = *barred;
    ends[prompt.count++] = bytes;
    *count = prompt.count;
    status_t status = prompt_players(&prompt, &text, pieces, ends, &why);
    prompt_text_free(&text);
    return status;
}

TEST(texts_and_targets) {
    marked_t made;
    prompt_text_t text;
    mark(&made, "one two", "000    ", " three");
    assert_ok(prompt_text(&made.sample, &text, &why));
    assert_string_equal(text.text, "one two three");
    assert_true(text.length == 7 && text.all == 13 && text.n == 1);
    prompt_text_free(&text);
    made.sample.elements = 5;
    assert_int_equal(prompt_text(&made.sample, &text, &why), STATUS_INPUT);
    prompt_text_free(&text);
}

TEST(tokens_of_players) {
    static const struct {
        const char *text, *digits, *barred;
        int players[TOKENS_MAX];
    } CASES[] = {
        {"The capital of France", "    1111111    000000", "The| cap|ital| of| France", {-1, -1, 1, 1, -1, 0}},
        {"The capital", "111 0000000", " The| capital", {-1, 1, 0}}, /* a space in front */
        {"a  b c", "0000 1", "a|  |b| c", {-1, 0, 0, 0, 1}},         /* spaces inside a player are its own */
        {"a  b c", "0  1  ", "a|  |b| c", {-1, 0, -1, 1, -1}},
        {"a b.", " 00 ", "a| b|.", {-1, -1, 0, -1}}, /* a player that begins with the space */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        marked_t made;
        int player[TOKENS_MAX], count;
        mark(&made, CASES[i].text, CASES[i].digits, "");
        assert_ok(place(&made, CASES[i].barred, player, &count));
        assert_memory_equal(player, CASES[i].players, (size_t)count * sizeof *player);
    }
}

TEST(tokens_that_cannot_be_placed) {
    static const struct {
        const char *text, *digits, *barred, *wanted;
    } CASES[] = {
        {"The capital", "    000    ", "The| capital", "player 0 cannot be told from what stands beside it: to the"},
        {"ab cd", "00111", "ab c|d", "player 0 cannot be told"},
        {"ab  cd", "00 1  ", "ab|  |cd", "player 1 has no token"},
        {"The capital", "    0000000", "the| capital", "the model's tokeniser changes the text"},
        {"The capital", "    0000000", "The| capital|s", "the model's tokeniser changes the text"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        marked_t made;
        int player[TOKENS_MAX], count;
        mark(&made, CASES[i].text, CASES[i].digits, "");
        assert_int_equal(place(&made, CASES[i].barred, player, &count), STATUS_CERTAIN);
        assert_memory_equal(why.text, CASES[i].wanted, strlen(CASES[i].wanted));
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
