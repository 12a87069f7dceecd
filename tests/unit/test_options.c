/* cli/options and cli/commands: what a command line means, and what is said about a wrong one. */
#include "cli/commands.h"
#include "support/test.h"

static status_t run_count(const options_t *options, int *code, failure_t *why) {
    *code = 2;
    return options_given(options, "fresh") ? failed(why, STATUS_STOPPED, "enough") : STATUS_OK;
}

static void more(FILE *out) {
    fputs("\nmore of it\n", out);
}

static const option_t OPTIONS[] = {
    OPTION_TEXT("output", 'o', "FILE", "where to"),  OPTION_TEXTS("set", "KEY=VALUE", "another value"),
    OPTION_WHOLE("ranks", "R", 1, 64, "how many"),   OPTION_FLAG("resume", 0, "go on"),
    OPTION_FLAG("fresh", 'f', "start from scratch"), {0}};
static const command_t COUNT = {.name = "count",
                                .summary = "Counts.",
                                .operands = "CONFIG",
                                .operand_count = 1,
                                .options = OPTIONS,
                                .about = "It counts all.\n",
                                .example = "  harsanyi count x.yaml\n",
                                .more_help = more,
                                .run = run_count};

#define WORDS(...) ((const char *const[]){"count", __VA_ARGS__, NULL})

/* The words, ended by NULL, as main gets them; good until the next call. */
static char **argv_of(const char *const *words, int *argc) {
    static char *argv[16];
    for (*argc = 0; words[*argc]; (*argc)++)
        argv[*argc] = (char *)(uintptr_t)words[*argc];
    argv[*argc] = NULL;
    return argv;
}

static int parse(const command_t *command, options_t *options, const char *const *words) {
    int argc;
    char **argv = argv_of(words, &argc);
    return options_parse(command, argc, argv, options);
}

TEST(all_kinds_in_any_place) {
    options_t options;
    int count;
    assert_int_equal(
        parse(&COUNT, &options, WORDS("--set", "a=1", "x.yaml", "-o", "f.h5", "--ranks=7", "--set=b=2", "-f")),
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
    options_free(&options);
}

TEST(what_is_not_given_has_its_default) {
    options_t options;
    int count;
    assert_int_equal(parse(&COUNT, &options, WORDS("--", "--fresh")), OPTIONS_GO);
    assert_string_equal(options_operand(&options, 0), "--fresh");
    assert_null(options_text(&options, "output"));
    assert_int_equal(options_whole(&options, "ranks", 3), 3);
    options_texts(&options, "set", &count);
    assert_int_equal(count, 0);
    options_free(&options);
}

static void expect_words(const char *const *given, const char *const *expected) {
    options_t options;
    size_t count = 0;
    assert_int_equal(parse(&COUNT, &options, given), OPTIONS_GO);
    char **words = options_words(&options, "ranks");
    for (; words[count] && expected[count]; count++)
        assert_string_equal(words[count], expected[count]);
    assert_true(!words[count] && !expected[count]);
    options_free_words(words);
    options_free(&options);
}

TEST(the_line_can_be_typed_again) {
    expect_words(WORDS("--set", "--ranks", "--rank=7", "x.yaml", "--outp=f.h5", "--set=b=2", "-f"),
                 WORDS("--set", "--ranks", "-o", "f.h5", "--set", "b=2", "-f", "x.yaml"));
    expect_words(WORDS("--resume", "--", "-x.yaml"), WORDS("--resume", "--", "-x.yaml"));
}

TEST(wrong_usage_is_named) {
    static const struct {
        const char *words[6], *said;
    } CASES[] = {{{"count"}, "missing: CONFIG"},
                 {{"count", "a", "b"}, "unexpected operand: b"},
                 {{"count", "a", "--frehs"}, "there is no option --frehs"},
                 {{"count", "a", "-x"}, "there is no option -x"},
                 {{"count", "a", "--fresh=1"}, "unexpected argument for --fresh"},
                 {{"count", "a", "--help=1"}, "unexpected argument for --help"},
                 {{"count", "a", "--output"}, "an argument is missing after --output"},
                 {{"count", "a", "-o"}, "an argument is missing after --output"},
                 {{"count", "a", "-o1", "-o2"}, "given twice: --output"},
                 {{"count", "a", "-ff"}, "given twice: --fresh"},
                 {{"count", "a", "--ranks", "0"}, "--ranks takes a whole number from 1 to 64, not 0"},
                 {{"count", "a", "--ranks", "12x"}, "not 12x"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        options_t options;
        assert_int_equal(parse(&COUNT, &options, CASES[i].words), 1);
        if (!strstr(options.message.chars, CASES[i].said) || !strstr(options.message.chars, "`harsanyi count --help`"))
            fail_msg("expected `%s` in `%s`", CASES[i].said, options.message.chars);
        options_free(&options);
    }
}

TEST(as_many_operands_as_are_given) {
    command_t several = COUNT;
    options_t options;
    several.operand_count = 2;
    several.more_operands = true;
    assert_int_equal(parse(&several, &options, WORDS("a", "-f", "b", "c")), OPTIONS_GO);
    assert_int_equal(options.operand_count, 3);
    assert_string_equal(options_operand(&options, 0), "a");
    assert_string_equal(options_operand(&options, 2), "c");
    options_free(&options);
    assert_int_equal(parse(&several, &options, WORDS("a")), 1);
    options_free(&options);
}

static void print_count_help(FILE *out) {
    options_print_help(&COUNT, out);
}

TEST(help_names_everything) {
    static const char *const PARTS[] = {"Usage: harsanyi count CONFIG",
                                        "-o, --output FILE",
                                        "--set KEY=VALUE ...",
                                        "--ranks R",
                                        "where to",
                                        "-h, --help",
                                        "It counts all.",
                                        "Example:\n  harsanyi count x.yaml\n",
                                        "more of it"};
    char *text = printed(print_count_help);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (!strstr(text, PARTS[i]))
            fail_msg("expected `%s` in:\n%s", PARTS[i], text);
    free(text);
}

TEST(exit_codes) {
    static const command_t *const COMMANDS[] = {&COUNT, NULL};
    static const struct {
        const char *words[5];
        int code;
    } CASES[] = {{{"harsanyi", "count", "a"}, 2}, {{"harsanyi", "count", "a", "-f"}, STATUS_STOPPED},
                 {{"harsanyi", "count"}, 1},      {{"harsanyi", "count", "--help"}, 0},
                 {{"harsanyi", "cuont"}, 1},      {{"harsanyi"}, 1},
                 {{"harsanyi", "--help"}, 0},     {{"harsanyi", "--version"}, 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        int argc;
        char **argv = argv_of(CASES[i].words, &argc);
        assert_int_equal(commands_run(COMMANDS, argc, argv), CASES[i].code);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
