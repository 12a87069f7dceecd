/* config/entries and config/yaml: what is said about text that is not a configuration, through config_parse. Entries
 * with their places are tested by test_config. */
#include "config/config.h"
#include "support/test.h"

/* The problem is the first of those that a text, with a --set if there is one, has. */
static void expect(const char *text, size_t length, const char *set, const char *said) {
    config_t *config;
    problems_t problems = {0};
    const char *const sets[] = {set};
    assert_int_equal(config_parse(text, length, "x.yaml", "", sets, set != NULL, &config, &problems), STATUS_INPUT);
    assert_null(config);
    if (!strstr(problems.texts[0], said))
        fail_msg("`%s`: `%s`", set ? set : text, problems.texts[0]);
    problems_free(&problems);
}

typedef struct {
    const char *text;
    size_t length; /* 0: strlen */
    const char *said;
} bad_t;

static const bad_t BAD[] = {
    {"", 0, "x.yaml: is empty; write a configuration (docs/config.md)"},
    {"# only a comment\n", 0, "x.yaml: is empty; write a configuration (docs/config.md)"},
    {"just text", 0, "x.yaml:1: not a configuration"},
    {"\n- a\n- b\n", 0, "x.yaml:2: not a configuration"},
    {"a: 1\nb: [1, 2\nc: 3\n", 0, "x.yaml:3: not YAML:"},
    {"a: {b: 1}\n\tc: 3\n", 0, "x.yaml:2: not YAML:"},
    {"a: {b: 1}\n---\nc: {d: 1}\n", 0, "x.yaml:2: a second document begins here"},
    {"a: {b: 1}\n---\n[", 0, "x.yaml:2: a second document begins here"},
    {"a:\n  b: \xff\xfe\n", 0, "x.yaml:2: not YAML: invalid"},
    {"a: {b: 1}\n\0c: 1", 15, "x.yaml:2: not YAML: control characters are not allowed"},
    {"a: {b: &x 1}\nc:\n  d: *x\n", 0, "x.yaml:3: aliases (*name) are not allowed"},
    {"a: &x {b: *x}\n", 0, "x.yaml:1: aliases (*name) are not allowed"},
    {"&x a: {b: [*x]}\n", 0, "aliases (*name) are not allowed"},
    {"a: {b: *nothing}\n", 0, "x.yaml:1: aliases (*name) are not allowed"},
    {"a:\n  b: !!int 3\n", 0, "x.yaml:2: tags (!...) are not allowed"},
    {"a:\n  b: !mine {c: 3}\n", 0, "x.yaml:2: tags (!...) are not allowed"},
    {"a:\n  b: \"x\\0y\"\n", 0, "x.yaml:2: text with a NUL character is not allowed"},
    {"a: {b: 1}\nc: {d: 1}\na: {e: 1}\n", 0, "x.yaml:3: a: given twice; keep one"},
    {"a:\n  b: 1\n  c: 2\n  'b': 3\n", 0, "x.yaml:4: a.b: given twice; keep one"},
    {"a:\n  [b]: 1\n", 0, "x.yaml:2: a key must be a word"},
    {"{a: b}: {c: d}\n", 0, "x.yaml:1: a key must be a word"},
};

TEST(what_is_wrong_is_said_with_its_line) {
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        expect(BAD[i].text, BAD[i].length ? BAD[i].length : strlen(BAD[i].text), NULL, BAD[i].said);
}

/* Wrong values are described in a few words. */
TEST(wrong_sets_are_named) {
    static const char game[] = "model: {backend: game, samples: 4, players: 3}\noutput: {file: x.h5}\n";
    static const struct {
        const char *set, *said;
    } cases[] = {{"sweep.batch=[1", "--set: sweep.batch: not YAML:"},
                 {"sweep.batch=# nothing", "--set: sweep.batch: has no value"},
                 {"sweep.batch=!!int 3", "--set: sweep.batch: tags"},
                 {"sweep.batch=a: b: c", "--set: sweep.batch: not YAML:"},
                 {"sweep.batch=12x", ": 12x is not allowed"},
                 {"sweep.batch=\"12\"", ": \"12\" is not allowed"},
                 {"sweep.batch=~", ": null is not allowed"},
                 {"sweep.batch=", ": null is not allowed"},
                 {"sweep.batch=[]", ": [] is not allowed"},
                 {"sweep.batch=[3, x, {a: [b]}]", ": [3, x, {a: [...]}] is not allowed"},
                 {"sweep.batch=[1,2,3,4,5,6,7,8]", ": [1, 2, 3, 4, 5, 6, ...] is not allowed"},
                 {"sweep.batch=\"a\\tb\\x7f\"", ": \"a?b?\" is not allowed"},
                 {"sweep.batch=0123456789012345678901234567890123456789x",
                  ": 0123456789012345678901234567890123456789... is not allowed"},
                 /* cut before the two bytes of e with an accent, not between them */
                 {"sweep.batch=012345678901234567890123456789012345678\xc3\xa9x",
                  ": 012345678901234567890123456789012345678... is not allowed"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(game, strlen(game), cases[i].set, cases[i].said);
}

/* Texts made to take long: a million brackets, thousands of keys. */
TEST(hostile_texts_end_soon) {
    enum { BRACKETS = 1 << 20, KEYS = 1 << 16 };
    static const char *const said[] = {"nested too deeply", "not a configuration", "more than 1000 keys"};
    char *text = malloc(BRACKETS);
    assert_non_null(text);
    for (int kind = 0; kind < 3; kind++) {
        size_t length = kind == 0 ? BRACKETS : 0;
        if (kind == 0)
            memset(text, '[', length);
        for (int i = 0; kind > 0 && length < KEYS; i++)
            length += (size_t)sprintf(text + length, kind == 1 ? "%x:\n" : i ? "  %x:\n" : "a:\n", (unsigned)i);
        expect(text, length, NULL, said[kind]);
    }
    free(text);
}

int main(void) {
    return run_all(NULL, NULL);
}
