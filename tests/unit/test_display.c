/* cli/display: widths of UTF-8, nothing that could move a terminal's cursor, and numbers as people read them. */
#include "cli/display.h"
#include "support/test.h"

TEST(untrusted_bytes) {
    static const char *const CASES[][2] = {{"", ""},
                                           {"öhr ± 目 🙂", "öhr ± 目 🙂"},
                                           {"a\x1b[2Jb\n\t\x7f", "a?[2Jb???"},
                                           {"\xc2\x9b"
                                            "1m",
                                            "??1m"},           /* CSI as one character of two bytes */
                                           {"\xff\xc3", "??"}, /* no UTF-8; cut off */
                                           {"\xe2\x82", "??"}, /* cut off */
                                           {"\xc0\xaf\xf5\x80\x80\x80", "??????"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char *text = display_cleaned(CASES[i][0]);
        assert_string_equal(text, CASES[i][1]);
        free(text);
    }
}

/* What `print` writes on stdout. */
static void expect_printed(void (*print)(void), const char *expected) {
    FILE *out = stdout;
    char *text = NULL;
    size_t length;
    stdout = open_memstream(&text, &length);
    print();
    fclose(stdout);
    stdout = out;
    assert_string_equal(text, expected);
    free(text);
}

static void print_columns(void) {
    display_left("öl", 4);
    display_left("±1", 2);
    display_left("longer", 4);
    display_clean("\x1b!");
}

/* 80 + 9 + 1 + 9 = 99 columns; the next would end at 108. */
static void print_wrapped(void) {
    display_wrapped("öööööööö, öööööööö, öööööööö", 80);
}

TEST(columns) {
    char expected[160];
    assert_int_equal(display_width(""), 0);
    assert_int_equal(display_width("öhr ± 目"), 8);
    assert_int_equal(display_width("e\u0301 日本語 🙂"), 11);
    expect_printed(print_columns, "öl  ±1longer?!");
    snprintf(expected, sizeof expected, "öööööööö, öööööööö,\n%80s%s\n", "", "öööööööö");
    expect_printed(print_wrapped, expected);
}

TEST(numbers) {
    static const struct {
        double x;
        display_t (*of)(double x);
        const char *text;
    } CASES[] = {{NAN, display_number, "-"},
                 {-12.34567, display_number, "-12.35"},
                 {0, display_exact, "0"},
                 {-0.1, display_exact, "-0.1"},
                 {0.1 + 0.2, display_exact, "0.30000000000000004"},
                 {5e-324, display_exact, "4.94065645841247e-324"},
                 {-0x1.fffffffffffffp1023, display_exact, "-1.7976931348623157e+308"},
                 {INFINITY, display_exact, "inf"},
                 {NAN, display_exact, "-"},
                 {-0.0, display_number, "0"},
                 {-0.0, display_exact, "0"},
                 {0, display_count, "0"},
                 {999, display_count, "999"},
                 {65535, display_count, "65,535"},
                 {-123456, display_count, "-123,456"},
                 {-0x1p53, display_count, "-9,007,199,254,740,992"},
                 {0x1p54, display_count, "-"},
                 {1.5, display_count, "-"},
                 {NAN, display_count, "-"},
                 {0, display_short, "0"},
                 {0.0414, display_short, "0.041"},
                 {1, display_short, "1"},
                 {1.04, display_short, "1.0"},
                 {12.46, display_short, "12.5"},
                 {99.94, display_short, "99.9"},
                 {99.96, display_short, "100"},
                 {65535.4, display_short, "65,535"},
                 {999999.4, display_short, "999,999"},
                 {999999.6, display_short, "1e+06"},
                 {155117520, display_short, "1.6e+08"},
                 {1e-310, display_short, "1e-310"},
                 {NAN, display_short, "-"},
                 {-1, display_short, "-"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_string_equal(CASES[i].of(CASES[i].x).text, CASES[i].text);
    assert_string_equal(display_percent(0.12345, 2).text, "12.35 %");
    assert_string_equal(display_percent(NAN, 2).text, "-");
    assert_string_equal(display_spread(1.184, 0.219).text, "1.184 ± 0.219");
    assert_string_equal(display_spread(NAN, NAN).text, "-");
}

int main(void) {
    return run_all(NULL, NULL);
}
