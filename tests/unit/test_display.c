/* cli/display: widths of UTF-8, nothing that could move a terminal's cursor, and numbers as people read them. */
#include "cli/display.h"
#include "support/test.h"

static void widths(void **state) {
    (void)state;
    assert_int_equal(display_width(""), 0);
    assert_int_equal(display_width("nose"), 4);
    assert_int_equal(display_width("öhr ± 目"), 7);
}

static void check_clean(const char *from, const char *expected) {
    char *text = display_cleaned(from);
    assert_string_equal(text, expected);
    free(text);
}

static void untrusted_bytes(void **state) {
    (void)state;
    check_clean("", "");
    check_clean("öhr ± 目 🙂", "öhr ± 目 🙂");
    check_clean("a\x1b[2Jb\n\t\x7f", "a?[2Jb???");
    check_clean("\xc2\x9b"
                "1m",
                "??1m");           /* CSI as one character of two bytes */
    check_clean("\xff\xc3", "??"); /* no UTF-8; cut off */
    check_clean("\xe2\x82", "??"); /* cut off */
    check_clean("\xc0\xaf\xf5\x80\x80\x80", "??????");
}

static void aligned(void **state) {
    char text[64] = "";
    (void)state;
    FILE *out = fmemopen(text, sizeof text, "w");
    display_left(out, "öl", 4);
    display_right(out, "±1", 4);
    display_right(out, "longer", 4);
    display_cell(out, NAN, 3);
    display_cell(out, -12.34567, 8);
    fclose(out);
    assert_string_equal(text, "öl    ±1longer  -  -12.35");
}

static void check_exact(double x, const char *expected) {
    char text[DISPLAY_NUMBER];
    display_exact(x, text);
    assert_string_equal(text, expected);
    assert_true(isnan(x) || strtod(text, NULL) == x);
}

static void exact(void **state) {
    (void)state;
    check_exact(0, "0");
    check_exact(-0.1, "-0.1");
    check_exact(0.1 + 0.2, "0.30000000000000004");
    check_exact(5e-324, "4.94065645841247e-324");
    check_exact(-0x1.fffffffffffffp1023, "-1.7976931348623157e+308");
    check_exact(INFINITY, "inf");
    check_exact(NAN, "-");
}

static void wrapped(void **state) {
    char text[256] = "", expected[256], nine[] = "öööööööö";
    (void)state;
    FILE *out = fmemopen(text, sizeof text, "w");
    fprintf(out, "%80s", "");
    /* 80 + 9 + 1 + 9 = 99 columns; the next would end at 108 */
    display_wrapped(out, "öööööööö, öööööööö, öööööööö", 80);
    fclose(out);
    snprintf(expected, sizeof expected, "%80s%s, %s,\n%80s%s\n", "", nine, nine, "", nine);
    assert_string_equal(text, expected);
}

static void numbers(void **state) {
    char text[DISPLAY_SPREAD];
    (void)state;
    display_spread(1.184, 0.219, text);
    assert_string_equal(text, "1.184 ± 0.219");
    display_spread(NAN, NAN, text);
    assert_string_equal(text, "-");
    display_count(0, text);
    assert_string_equal(text, "0");
    display_count(999, text);
    assert_string_equal(text, "999");
    display_count(65535, text);
    assert_string_equal(text, "65,535");
    display_count(-123456, text);
    assert_string_equal(text, "-123,456");
    display_count(-0x1p53, text);
    assert_string_equal(text, "-9,007,199,254,740,992");
    display_count(0x1p54, text);
    assert_string_equal(text, "-");
    display_count(1.5, text);
    assert_string_equal(text, "-");
    display_count(NAN, text);
    assert_string_equal(text, "-");
}

static void in_seven_columns(void **state) {
    static const struct {
        double x;
        const char *text;
    } cases[] = {{0, "0"},
                 {0.0414, "0.041"},
                 {1, "1"},
                 {1.04, "1.0"},
                 {12.46, "12.5"},
                 {12, "12"},
                 {99.94, "99.9"},
                 {99.96, "100"},
                 {65535.4, "65,535"},
                 {999999.4, "999,999"},
                 {999999.6, "1e+06"},
                 {155117520, "1.6e+08"},
                 {1e-310, "1e-310"},
                 {NAN, "-"},
                 {-1, "-"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[DISPLAY_NUMBER];
        display_short(cases[i].x, text);
        assert_string_equal(text, cases[i].text);
        assert_true(display_width(text) <= 7);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(widths),          cmocka_unit_test(untrusted_bytes),
                                       cmocka_unit_test(aligned),         cmocka_unit_test(exact),
                                       cmocka_unit_test(wrapped),         cmocka_unit_test(numbers),
                                       cmocka_unit_test(in_seven_columns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
