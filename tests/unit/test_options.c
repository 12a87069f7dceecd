/* cli/options and cli/dispatch: what a command line means, and what is said about a wrong one. */
#include "base/version.h"
#include "cli/dispatch.h"
#include "cli/options.h"
#include "support/test.h"

static int count_arguments(int argc, char **argv) {
    return strcmp(argv[0], "count") == 0 ? 10 + argc : 0;
}

static void more(FILE *out) {
    fputs("\nmore of it\n", out);
}

static const option_t OPTIONS[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .argument = "FILE", .help = "where to"},
    {.name = "set", .kind = OPTION_TEXT, .argument = "KEY=VALUE", .repeats = true, .help = "another value"},
    {.name = "ranks", .kind = OPTION_WHOLE, .argument = "R", .low = 1, .high = 64, .help = "how many"},
    {.name = "resume", .excludes = "fresh", .help = "go on"},
    {.name = "fresh", .letter = 'f', .help = "start from scratch"},
    {0}};
static const command_t COUNT = {.name = "count",
                                .summary = "Counts.",
                                .operands = "CONFIG",
                                .operand_count = 1,
                                .options = OPTIONS,
                                .about = "It counts all.\n",
                                .example = "  harsanyi count x.yaml\n",
                                .more_help = more,
                                .run = count_arguments};

/* Parses a command line given as words ended by NULL; argv lives as long as the options are used. */
static int parse(options_t *options, const char *const *words) {
    static char *argv[16];
    int argc = 0;
    while (words[argc]) {
        argv[argc] = (char *)(uintptr_t)words[argc];
        argc++;
    }
    argv[argc] = NULL;
    return options_parse(&COUNT, argc, argv, options);
}

#define WORDS(...) ((const char *const[]){"count", __VA_ARGS__, NULL})

static void all_kinds_in_any_place(void **state) {
    (void)state;
    options_t options;
    int count;
    assert_int_equal(parse(&options, WORDS("--set", "a=1", "x.yaml", "-o", "f.h5", "--ranks=7", "--set=b=2", "-f")),
                     OPTIONS_GO);
    assert_string_equal(options_operand(&options, 0), "x.yaml");
    assert_string_equal(options_text(&options, "output"), "f.h5");
    const char *const *sets = options_texts(&options, "set", &count);
    assert_int_equal(count, 2);
    assert_string_equal(sets[0], "a=1");
    assert_string_equal(sets[1], "b=2");
    assert_int_equal(options_whole(&options, "ranks", 1), 7);
    assert_true(options_given(&options, "fresh"));
    assert_false(options_given(&options, "resume"));
    assert_int_equal(options_finish(&options, 75, true), 75);
}

static void expect_words(const char *const *given, const char *const *expected) {
    options_t options;
    size_t count = 0;
    assert_int_equal(parse(&options, given), OPTIONS_GO);
    char **words = options_words(&options, "ranks");
    for (; words[count]; count++) {
        assert_non_null(expected[count]);
        assert_string_equal(words[count], expected[count]);
    }
    assert_null(expected[count]);
    options_free_words(words);
    options_finish(&options, 0, true);
}

static void the_line_can_be_typed_again(void **state) {
    (void)state;
    expect_words(WORDS("--set", "--ranks", "--rank=7", "x.yaml", "--outp=f.h5", "--set=b=2", "-f"),
                 WORDS("x.yaml", "--set", "--ranks", "-o", "f.h5", "--set", "b=2", "-f"));
    expect_words(WORDS("--resume", "--", "-x.yaml"), WORDS("--resume", "--", "-x.yaml"));
}

static void what_is_not_given_has_its_default(void **state) {
    (void)state;
    options_t options;
    int count;
    assert_int_equal(parse(&options, WORDS("--", "--fresh")), OPTIONS_GO);
    assert_string_equal(options_operand(&options, 0), "--fresh");
    assert_null(options_text(&options, "output"));
    assert_int_equal(options_whole(&options, "ranks", 3), 3);
    options_texts(&options, "set", &count);
    assert_int_equal(count, 0);
    options_finish(&options, 0, true);
}

static void expect_wrong(const char *const *words, const char *said) {
    options_t options;
    assert_int_equal(parse(&options, words), 1);
    assert_non_null(options.message.chars);
    if (!strstr(options.message.chars, said))
        fail_msg("expected `%s` in `%s`", said, options.message.chars);
    assert_non_null(strstr(options.message.chars, "`harsanyi count --help`"));
    assert_int_equal(options_finish(&options, 1, false), 1);
}

static void wrong_usage_is_named(void **state) {
    (void)state;
    expect_wrong((const char *const[]){"count", NULL}, "missing: CONFIG");
    expect_wrong(WORDS("a", "b"), "unexpected operand: b");
    expect_wrong(WORDS("a", "--frehs"), "there is no option --frehs");
    expect_wrong(WORDS("a", "-x"), "there is no option -x");
    expect_wrong(WORDS("a", "--fresh=1"), "unexpected argument for --fresh");
    expect_wrong(WORDS("a", "--help=1"), "unexpected argument for --help");
    expect_wrong(WORDS("a", "--output"), "an argument is missing after --output");
    expect_wrong(WORDS("a", "-o"), "an argument is missing after --output");
    expect_wrong(WORDS("a", "-o", "1", "-o", "2"), "given twice: --output");
    expect_wrong(WORDS("a", "-ff"), "given twice: --fresh");
    expect_wrong(WORDS("a", "--resume", "--fresh"), "--resume and --fresh cannot be used together");
    expect_wrong(WORDS("a", "--fresh", "--resume"), "--fresh and --resume cannot be used together");
    expect_wrong(WORDS("a", "--ranks", "0"), "--ranks takes a whole number from 1 to 64, not 0");
    expect_wrong(WORDS("a", "--ranks", "12x"), "not 12x");
}

static void as_many_operands_as_are_given(void **state) {
    (void)state;
    command_t several = COUNT;
    char *argv[] = {"count", "a", "-f", "b", "c", NULL};
    options_t options;
    int count;
    several.operand_count = 2;
    several.more_operands = true;
    assert_int_equal(options_parse(&several, 5, argv, &options), OPTIONS_GO);
    const char *const *operands = options_operands(&options, &count);
    assert_int_equal(count, 3);
    assert_string_equal(operands[0], "a");
    assert_string_equal(operands[2], "c");
    options_finish(&options, 0, true);
    assert_int_equal(options_parse(&several, 2, argv, &options), 1);
    assert_non_null(strstr(options.message.chars, "missing: CONFIG"));
    options_finish(&options, 1, false);
}

static void print_count_help(FILE *out) {
    options_print_help(&COUNT, out);
}

static void help_names_everything(void **state) {
    (void)state;
    static const char *const parts[] = {"Usage: harsanyi count CONFIG",
                                        "-o, --output FILE",
                                        "--set KEY=VALUE ...",
                                        "--ranks R",
                                        "where to",
                                        "-h, --help",
                                        "It counts all.",
                                        "Example:\n  harsanyi count x.yaml\n",
                                        "more of it"};
    char *text = printed(print_count_help);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(text, parts[i]))
            fail_msg("expected `%s` in:\n%s", parts[i], text);
    free(text);
    options_t options;
    assert_int_equal(parse(&options, WORDS("a", "--help")), 0);
    assert_null(options.message.chars);
    assert_int_equal(options_finish(&options, 0, false), 0);
}

static int run(const char *const *words) {
    static const command_t *const commands[] = {&COUNT, NULL};
    char *argv[8] = {"harsanyi"};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    return dispatch(commands, argc, argv);
}

static void commands_are_found_by_name(void **state) {
    (void)state;
    assert_int_equal(run((const char *const[]){"count", "a", "b", NULL}), 13);
    assert_int_equal(run((const char *const[]){"cuont", NULL}), 1);
    assert_int_equal(run((const char *const[]){NULL}), 1);
    assert_int_equal(run((const char *const[]){"--help", NULL}), 0);
    assert_int_equal(run((const char *const[]){"--version", NULL}), 0);
}

static void version_says_what_it_was_made_of(void **state) {
    (void)state;
    char *text = printed(version_print);
    assert_non_null(strstr(text, version_software));
    assert_non_null(strstr(text, version_git));
    assert_non_null(strstr(text, "HDF5 1."));
    assert_true(strlen(version_compiler) > 0);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_in_any_place),
        cmocka_unit_test(the_line_can_be_typed_again),
        cmocka_unit_test(what_is_not_given_has_its_default),
        cmocka_unit_test(wrong_usage_is_named),
        cmocka_unit_test(as_many_operands_as_are_given),
        cmocka_unit_test(help_names_everything),
        cmocka_unit_test(commands_are_found_by_name),
        cmocka_unit_test(version_says_what_it_was_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
