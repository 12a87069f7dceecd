/* Types of numbers: every float16 there and back, ties, and what whole numbers may be. */
#include "model/element.h"
#include "support/test.h"

/* All 65536 of them; between two neighbours the nearer is taken, and the even one in the middle. */
TEST(halves_are_exact_and_round_to_even) {
    for (uint32_t half = 0; half < 0x7c00; half++) {
        const double low = element_of_half((uint16_t)half), high = element_of_half((uint16_t)(half + 1));
        const double middle = half == 0x7bff ? 65520 : (low + high) / 2;
        const uint16_t even = (uint16_t)(half + half % 2);
        assert_int_equal(element_half(low), half);
        assert_int_equal(element_half(-low), half | 0x8000);
        assert_int_equal(element_half(middle), even);
        assert_int_equal(element_half(nextafter(middle, 0)), half);
        assert_int_equal(element_half(nextafter(middle, INFINITY)), half + 1);
    }
    assert_true(element_of_half(0x3c00) == 1 && element_of_half(1) == 0x1p-24F && element_of_half(0x7bff) == 65504);
    assert_true(isinf(element_of_half(0xfc00)) && isnan(element_of_half(element_half(NAN))));
}

TEST(types_hold_what_they_can) {
    const struct {
        element_t type;
        double number;
        bool held;
        const char *fault;
    } cases[] = {
        {ELEMENT_I32, 2147483647, true, ""},
        {ELEMENT_I32, 3e9, false, "is out of range for"},
        {ELEMENT_I32, -2147483649.0, false, "is out of range for"},
        {ELEMENT_I64, -9007199254740992.0, true, ""},
        {ELEMENT_I64, 0.5, false, "is no whole number for"},
        {ELEMENT_I64, NAN, false, "is no whole number for"},
        {ELEMENT_I64, INFINITY, false, "is no whole number for"},
        {ELEMENT_U8, 255, true, ""},
        {ELEMENT_U8, -1, false, "is out of range for"},
        {ELEMENT_BOOL, 1, true, ""},
        {ELEMENT_BOOL, 2, false, "is out of range for"},
        {ELEMENT_F32, 1e39, false, "is too large for"},
        {ELEMENT_F32, -INFINITY, true, ""},
        {ELEMENT_F32, NAN, true, ""},
        {ELEMENT_F16, 65519, true, ""},
        {ELEMENT_F16, 65520, false, "is too large for"},
        {ELEMENT_F64, 1e300, true, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(element_holds(cases[i].type, cases[i].number), cases[i].held);
        if (!cases[i].held)
            assert_string_equal(element_fault(cases[i].type, cases[i].number), cases[i].fault);
    }
}

TEST(numbers_are_written_as_their_type) {
    const double from[3] = {3, -2, 0.5};
    int64_t longs[3] = {7, 7, 7};
    int8_t bytes[3];
    uint16_t halves[3];
    float floats[3];
    double doubles[3];
    assert_int_equal(element_write(ELEMENT_I64, from, 3, longs), 2);
    assert_true(longs[0] == 3 && longs[1] == -2 && longs[2] == 7);
    assert_int_equal(element_write(ELEMENT_I8, from, 2, bytes), 2);
    assert_true(bytes[0] == 3 && bytes[1] == -2);
    assert_int_equal(element_write(ELEMENT_U8, from, 3, bytes), 1);
    assert_int_equal(element_write(ELEMENT_F16, from, 3, halves), 3);
    assert_true(halves[0] == 0x4200 && halves[1] == 0xc000 && halves[2] == 0x3800);
    assert_int_equal(element_write(ELEMENT_F32, from, 3, floats), 3);
    assert_int_equal(element_write(ELEMENT_F64, from, 3, doubles), 3);
    for (int i = 0; i < 3; i++)
        assert_true(floats[i] == (float)from[i] && doubles[i] == from[i]);
}

TEST(names_are_onnxs) {
    assert_string_equal(element_name(ELEMENT_BOOL), "bool");
    assert_string_equal(element_name((element_t)16), "bfloat16");
    assert_string_equal(element_name((element_t)99), "a type unknown here");
    assert_int_equal(element_bytes(ELEMENT_U64), 8);
    assert_int_equal(element_bytes((element_t)8), 0);
    assert_true(element_is_whole(ELEMENT_BOOL) && !element_is_whole(ELEMENT_F16));
}

int main(void) {
    return run_all(NULL, NULL);
}
