/* base/text: strict reading, and the shortest text that reads back exactly. */
#include "base/text.h"
#include "support/test.h"

#include <float.h>

TEST(whole_numbers_are_whole_texts) {
    static const char *const wrong[] = {"",    "-",   "+",    "12x",   "x12", "1e3",
                                        "1.0", " 12", "12 ",  "0x10",  "--1", "9223372036854775808",
                                        "nan", "inf", "1_00", "12\n3", "1,2", "-9223372036854775809"};
    static const struct {
        const char *text;
        int64_t value;
    } right[] = {{"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN}, {"+7", 7}, {"007", 7}};
    int64_t out = -77;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (text_whole(wrong[i], &out))
            fail_msg("`%s` was read as %lld", wrong[i], (long long)out);
    assert_int_equal(out, -77);
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(text_whole(right[i].text, &out) && out == right[i].value);
}

TEST(real_numbers_are_finite) {
    static const char *const wrong[] = {"",    "-",        ".",     "e5",    "1e",   "nan", "NaN",
                                        "inf", "-inf",     "1e999", "0x1p3", "1.0f", " 1",  "1 ",
                                        "1,5", "infinity", "1.2.3", "1e5.0", "+-1"};
    double out = -77;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (text_real(wrong[i], &out))
            fail_msg("`%s` was read as %g", wrong[i], out);
    assert_true(out == -77);
    assert_true(text_real("-1e-3", &out) && out == -0.001);
    assert_true(text_real(".5", &out) && out == 0.5);
    assert_true(text_real("3", &out) && out == 3.0);
}

TEST(texts_are_short_and_read_back_exactly) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.05, "0.05"}, {0.1 + 0.2, "0.30000000000000004"}, {1e-7, "1e-07"}, {-0.0, "-0"},
                 {3, "3"},       {1.0 / 3.0, "0.3333333333333333"}};
    static const double edges[] = {DBL_MAX, DBL_MIN, DBL_EPSILON, 0x1p-1074, 9007199254740993.0};
    uint64_t seed = 1;
    char text[TEXT_NUMBER];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text_shortest(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
    for (int i = 0; i < 20000; i++) {
        double value, back = 0;
        uint64_t bits = random_word(&seed);
        memcpy(&value, &bits, sizeof value);
        value = i < 5 ? edges[i] : value;
        if (!isfinite(value))
            continue;
        text_shortest(value, text);
        assert_true(text_real(text, &back));
        assert_memory_equal(&back, &value, sizeof value);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
