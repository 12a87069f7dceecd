/* config/entries and config/yaml: entries with their places, and what is said about text that is not a configuration.
 */
#include "config/entries.h"
#include "config/memory.h"
#include "support/test.h"

static void *memory;
static entries_t entries;
static problems_t problems;

static void clear(void) {
    problems_free(&problems);
    memory_free(&memory);
    entries = (entries_t){.memory = &memory};
}

static int set_up(void **state) {
    (void)state;
    clear();
    return 0;
}

static void add_text(const char *text) {
    assert_int_equal(entries_add_text(&entries, text, strlen(text), "x.yaml", &problems), STATUS_OK);
    assert_int_equal(problems.count, 0);
}

static void add_set(const char *key, const char *yaml) {
    assert_int_equal(entries_set(&entries, key, yaml, "--set", &problems), STATUS_OK);
    assert_int_equal(problems.count, 0);
}

static const value_t *value_of(const char *key) {
    assert_non_null(entries_find(&entries, key));
    return entries_find(&entries, key)->value;
}

static void sections_become_entries(void **state) {
    (void)state;
    add_text(
        "# a comment\nmodel:\n  file: 'm x.onnx'\n  orders: [1, {a: b}]\nsweep: {batch: 4, retries: }\nstatistics:\n");
    const entry_t *file = entries_find(&entries, "model.file");
    assert_string_equal(file->where, "x.yaml:3");
    assert_int_equal(file->value->kind, VALUE_QUOTED);
    assert_string_equal(file->value->text, "m x.onnx");
    assert_false(file->set);
    assert_string_equal(entries_find(&entries, "model.orders")->where, "x.yaml:4");
    const value_t *orders = value_of("model.orders"), *map = orders->first->next;
    assert_int_equal(orders->count, 2);
    assert_int_equal(map->kind, VALUE_MAP);
    assert_int_equal(map->count, 1);
    assert_string_equal(map->first->text, "a");
    assert_string_equal(map->first->next->text, "b");
    assert_null(map->next);
    assert_int_equal(value_of("sweep.retries")->kind, VALUE_NULL);
    assert_null(entries_find(&entries, "statistics"));
}

static void a_set_replaces_or_adds(void **state) {
    (void)state;
    add_text("sweep: {batch: 4}\n");
    add_set("sweep.batch", "8");
    add_set("samples.select", "[1,2]");
    add_set("model.input", "");
    assert_string_equal(value_of("sweep.batch")->text, "8");
    assert_string_equal(entries_find(&entries, "sweep.batch")->where, "--set");
    assert_true(entries_find(&entries, "sweep.batch")->set);
    assert_ptr_equal(entries_find(&entries, "sweep.batch"), entries.first);
    assert_true(entries_find(&entries, "samples.select")->set);
    assert_int_equal(value_of("samples.select")->count, 2);
    assert_int_equal(value_of("model.input")->kind, VALUE_NULL);
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
        text_t text = {0};
        add_set("a.b", cases[i].yaml);
        value_describe(value_of("a.b"), &text);
        assert_string_equal(text.chars, cases[i].described);
        text_free(&text);
    }
}

/* One problem, which begins like this or has it in it. */
static void expect_problem(const char *text, const char *said) {
    if (problems.count != 1 || !strstr(problems.texts[0], said))
        fail_msg("`%s`: %zu problems, `%s`", text, problems.count, problems.count ? problems.texts[0] : "");
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
        size_t length = BAD[i].length ? BAD[i].length : strlen(BAD[i].text);
        clear();
        assert_int_equal(entries_add_text(&entries, BAD[i].text, length, "x.yaml", &problems), BAD[i].status);
        expect_problem(BAD[i].text, BAD[i].said);
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
        clear();
        entries_set(&entries, "sweep.batch", cases[i].yaml, "--set", &problems);
        expect_problem(cases[i].yaml, cases[i].said);
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
        clear();
        size_t length = kind == 0 ? BRACKETS : 0;
        if (kind == 0)
            memset(text, '[', length);
        for (int i = 0; kind > 0 && length < KEYS; i++)
            length += (size_t)sprintf(text + length, kind == 1 ? "%x:\n" : i ? "  %x:\n" : "a:\n", (unsigned)i);
        assert_int_equal(entries_add_text(&entries, text, length, "x.yaml", &problems),
                         kind < 2 ? STATUS_INPUT : STATUS_OK);
        expect_problem(said[kind], said[kind]);
    }
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sections_become_entries),
        TEST(a_set_replaces_or_adds),
        TEST(values_are_described_in_a_few_words),
        TEST(what_is_wrong_is_said_with_its_line),
        TEST(a_wrong_set_is_named),
        TEST(hostile_texts_end_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
