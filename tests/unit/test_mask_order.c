/* lattice/mask_order: entries go where their masks say, and lists that are no order of all masks are told. */
#include "lattice/mask_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void bits_are_read_from_either_end(void **state) {
    const mask_order_t low = {.kind = MASKS_LOW_FIRST}, high = {.kind = MASKS_HIGH_FIRST};
    const mask_t reversed[] = {0, 4, 2, 6, 1, 5, 3, 7};
    (void)state;
    for (mask_t j = 0; j < 8; j++) {
        assert_int_equal(mask_order_mask(&low, 3, j), j);
        assert_int_equal(mask_order_mask(&high, 3, j), reversed[j]);
    }
    assert_int_equal(mask_order_mask(&high, 1, 1), 1);
    assert_int_equal(mask_order_mask(&high, 30, 1), 1u << 29);
}

static void entries_are_placed_piece_by_piece(void **state) {
    const uint32_t by_size[] = {0, 1, 2, 4, 3, 5, 6, 7};
    const mask_order_t order = {.kind = MASKS_LISTED, .n = 3, .listed = by_size};
    const double entries[] = {10, 11, 12, 14, 13, 15, 16, 17}, wanted[] = {10, 11, 12, 13, 14, 15, 16, 17};
    double table[8];
    (void)state;
    mask_order_place(&order, 3, 0, 3, entries, table);
    mask_order_place(&order, 3, 3, 5, entries + 3, table);
    assert_memory_equal(table, wanted, sizeof wanted);
}

static void check(const uint32_t *listed, int n, bool whole, mask_t first, mask_t second, mask_t missing) {
    uint64_t seen[2] = {0};
    mask_order_fault_t fault = {0};
    assert_int_equal(mask_order_is_whole(listed, n, seen, &fault), whole);
    assert_int_equal(fault.first, first);
    assert_int_equal(fault.second, second);
    assert_int_equal(fault.missing, missing);
}

static void every_mask_must_be_there_once(void **state) {
    uint32_t listed[128];
    (void)state;
    for (uint32_t j = 0; j < 128; j++)
        listed[j] = 127 - j;
    check(listed, 7, true, 0, 0, 0);
    listed[100] = 127 - 90; /* mask 27 gives way to mask 37 */
    check(listed, 7, false, 90, 100, 27);
    listed[99] = 127 - 2; /* mask 28 gives way: its double comes before that of mask 37 */
    check(listed, 7, false, 2, 99, 27);
    check((const uint32_t[]){1, 0}, 1, true, 0, 0, 0);
    check((const uint32_t[]){1, 1}, 1, false, 0, 1, 0);
    assert_int_equal(mask_order_words(1), 1);
    assert_int_equal(mask_order_words(7), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_read_from_either_end),
        cmocka_unit_test(entries_are_placed_piece_by_piece),
        cmocka_unit_test(every_mask_must_be_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
