/* config/entries and config/yaml: entries with their places, and what is said about text that is no configuration. */
#include "config/entries.h"
#include "support/test.h"

static void sections_become_entries(void **state) {
    (void)state;
    static const char text[] =
        "# a comment\nmodel:\n  file: 'm x.onnx'\n  orders: [1, {a: b}]\nsweep: {batch: 4, retries: }\n"
        "statistics:\n";
    entries_t entries = {0};
    problems_t problems = {0};
    assert_int_equal(entries_add_text(&entries, text, strlen(text), "x.yaml", &problems), STATUS_OK);
    assert_int_equal(problems.count, 0);
    assert_int_equal(entries.count, 4);
    const entry_t *file = entries_find(&entries, "model.file");
    assert_string_equal(file->where, "x.yaml:3");
    assert_int_equal(file->value.kind, VALUE_QUOTED);
    assert_string_equal(file->value.text, "m x.onnx");
    assert_false(file->set);
    const entry_t *orders = entries_find(&entries, "model.orders");
    assert_string_equal(orders->where, "x.yaml:4");
    assert_int_equal(orders->value.count, 2);
    value_t map = value_item(&orders->value, 1), key, value;
    assert_int_equal(map.kind, VALUE_MAP);
    value_pair(&map, 0, &key, &value);
    assert_string_equal(key.text, "a");
    assert_string_equal(value.text, "b");
    assert_int_equal(entries_find(&entries, "sweep.retries")->value.kind, VALUE_NULL);
    assert_null(entries_find(&entries, "statistics"));
    entries_free(&entries);
}

static void a_set_replaces_or_adds(void **state) {
    (void)state;
    static const char text[] = "sweep: {batch: 4}\n";
    entries_t entries = {0};
    problems_t problems = {0};
    assert_int_equal(entries_add_text(&entries, text, strlen(text), "x.yaml", &problems), STATUS_OK);
    assert_int_equal(entries_set(&entries, "sweep.batch", "8", "--set", &problems), STATUS_OK);
    assert_int_equal(entries_set(&entries, "samples.select", "[1,2]", "--set", &problems), STATUS_OK);
    assert_int_equal(entries_set(&entries, "model.input", "", "--set", &problems), STATUS_OK);
    assert_int_equal(problems.count, 0);
    assert_int_equal(entries.count, 3);
    assert_string_equal(entries_find(&entries, "sweep.batch")->value.text, "8");
    assert_string_equal(entries_find(&entries, "sweep.batch")->where, "--set");
    assert_true(entries_find(&entries, "sweep.batch")->set);
    assert_true(entries_find(&entries, "samples.select")->set);
    assert_int_equal(entries_find(&entries, "samples.select")->value.count, 2);
    assert_int_equal(entries_find(&entries, "model.input")->value.kind, VALUE_NULL);
    entries_free(&entries);
}

static void values_are_described_in_a_few_words(void **state) {
    (void)state;
    static const struct {
        const char *yaml, *described;
    } cases[] = {{"12x", "12x"},
                 {"\"12\"", "\"12\""},
                 {"~", "null"},
                 {"[]", "[]"},
                 {"[3, x, {a: [b]}]", "[3, x, {a: [...]}]"},
                 {"[1,2,3,4,5,6,7,8]", "[1, 2, 3, 4, 5, 6, ...]"},
                 {"\"a\\tb\\x7f\"", "\"a?b?\""},
                 {"0123456789012345678901234567890123456789x", "0123456789012345678901234567890123456789..."},
                 /* cut before the two bytes of e with an accent, not between them */
                 {"012345678901234567890123456789012345678\xc3\xa9x", "012345678901234567890123456789012345678..."}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        entries_t entries = {0};
        problems_t problems = {0};
        text_t text = {0};
        assert_int_equal(entries_set(&entries, "a.b", cases[i].yaml, "--set", &problems), STATUS_OK);
        value_describe(&entries.items[0].value, &text);
        assert_string_equal(text.chars, cases[i].described);
        text_free(&text);
        entries_free(&entries);
    }
}

typedef struct {
    const char *text;
    size_t length; /* 0: strlen */
    const char *said;
    status_t status;
} bad_t;

static const bad_t BAD[] = {
    {"", 0, "x.yaml: is empty; write a configuration (docs/config.md)", STATUS_INPUT},
    {"# only a comment\n", 0, "x.yaml: is empty; write a configuration (docs/config.md)", STATUS_INPUT},
    {"just text", 0, "x.yaml:1: not a configuration", STATUS_INPUT},
    {"\n- a\n- b\n", 0, "x.yaml:2: not a configuration", STATUS_INPUT},
    {"a: 1\nb: [1, 2\nc: 3\n", 0, "x.yaml:3: not YAML:", STATUS_INPUT},
    {"a: {b: 1}\n\tc: 3\n", 0, "x.yaml:2: not YAML:", STATUS_INPUT},
    {"a: {b: 1}\n---\nc: {d: 1}\n", 0, "x.yaml:2: a second document begins here", STATUS_INPUT},
    {"a: {b: 1}\n---\n[", 0, "x.yaml:2: a second document begins here", STATUS_INPUT},
    {"a:\n  b: \xff\xfe\n", 0, "x.yaml:2: not YAML: invalid", STATUS_INPUT},
    {"a: {b: 1}\n\0c: 1", 15, "x.yaml:2: not YAML: control characters are not allowed", STATUS_INPUT},
    {"a: {b: &x 1}\nc:\n  d: *x\n", 0, "x.yaml:3: aliases (*name) are not allowed", STATUS_INPUT},
    {"a: &x {b: *x}\n", 0, "x.yaml:1: aliases (*name) are not allowed", STATUS_INPUT},
    {"&x a: {b: [*x]}\n", 0, "aliases (*name) are not allowed", STATUS_INPUT},
    {"a: {b: *nothing}\n", 0, "x.yaml:1: aliases (*name) are not allowed", STATUS_INPUT},
    {"a:\n  b: !!int 3\n", 0, "x.yaml:2: tags (!...) are not allowed", STATUS_OK},
    {"a:\n  b: !mine {c: 3}\n", 0, "x.yaml:2: tags (!...) are not allowed", STATUS_OK},
    {"a:\n  b: \"x\\0y\"\n", 0, "x.yaml:2: text with a NUL character is not allowed", STATUS_OK},
    {"a: {b: 1}\nc: {d: 1}\na: {e: 1}\n", 0, "x.yaml:3: a: given twice; keep one", STATUS_OK},
    {"a:\n  b: 1\n  c: 2\n  'b': 3\n", 0, "x.yaml:4: a.b: given twice; keep one", STATUS_OK},
    {"a:\n  [b]: 1\n", 0, "x.yaml:2: a key must be a word", STATUS_OK},
    {"{a: b}: {c: d}\n", 0, "x.yaml:1: a key must be a word", STATUS_OK},
};

static void what_is_wrong_is_said_with_its_line(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        entries_t entries = {0};
        problems_t problems = {0};
        size_t length = BAD[i].length ? BAD[i].length : strlen(BAD[i].text);
        status_t status = entries_add_text(&entries, BAD[i].text, length, "x.yaml", &problems);
        if (status != BAD[i].status || problems.count != 1 || !strstr(problems.texts[0], BAD[i].said))
            fail_msg("`%s`: status %d, %zu problems, `%s`", BAD[i].text, status, problems.count,
                     problems.count ? problems.texts[0] : "");
        problems_free(&problems);
        entries_free(&entries);
    }
}

static void a_wrong_set_is_named(void **state) {
    (void)state;
    static const struct {
        const char *yaml, *said;
    } cases[] = {{"[1", "--set: sweep.batch: not YAML:"},
                 {"# nothing", "--set: sweep.batch: has no value"},
                 {"!!int 3", "--set: sweep.batch: tags"},
                 {"a: b: c", "--set: sweep.batch: not YAML:"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        entries_t entries = {0};
        problems_t problems = {0};
        entries_set(&entries, "sweep.batch", cases[i].yaml, "--set", &problems);
        if (problems.count != 1 || !strstr(problems.texts[0], cases[i].said))
            fail_msg("`%s`: %zu problems, `%s`", cases[i].yaml, problems.count,
                     problems.count ? problems.texts[0] : "");
        problems_free(&problems);
        entries_free(&entries);
    }
}

/* Texts made to take long: a million brackets, thousands of keys. */
static void hostile_texts_end_soon(void **state) {
    (void)state;
    enum { BRACKETS = 1 << 20, KEYS = 1 << 16 };
    static const char *const said[] = {"nested too deeply", "not a configuration", "more than 1000 keys"};
    char *text = malloc(BRACKETS);
    assert_non_null(text);
    for (int kind = 0; kind < 3; kind++) {
        entries_t entries = {0};
        problems_t problems = {0};
        size_t length = kind == 0 ? BRACKETS : 0;
        if (kind == 0)
            memset(text, '[', length);
        for (int i = 0; kind > 0 && length < KEYS; i++)
            length += (size_t)sprintf(text + length, kind == 1 ? "%x:\n" : i ? "  %x:\n" : "a:\n", (unsigned)i);
        assert_int_equal(entries_add_text(&entries, text, length, "x.yaml", &problems),
                         kind < 2 ? STATUS_INPUT : STATUS_OK);
        assert_int_equal(problems.count, 1);
        assert_non_null(strstr(problems.texts[0], said[kind]));
        problems_free(&problems);
        entries_free(&entries);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_become_entries),
        cmocka_unit_test(a_set_replaces_or_adds),
        cmocka_unit_test(values_are_described_in_a_few_words),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(a_wrong_set_is_named),
        cmocka_unit_test(hostile_texts_end_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
