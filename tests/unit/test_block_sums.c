/* results/block_sums: the checksums of blocks are those of their bytes, whatever pieces a row comes in. */
#include "base/crc.h"
#include "results/block_sums.h"
#include "support/test.h"

enum { ROW = 96 };

/* Adds the row in pieces of `piece` numbers to blocks of 2^bits; all checksums that come go to crcs. */
static int64_t add_in_pieces(const double *row, int bits, mask_t piece, uint32_t crcs[ROW]) {
    block_sums_t sums = {.bits = bits};
    int64_t found = 0;
    for (mask_t at = 0; at < ROW; at += piece) {
        mask_t count = ROW - at < piece ? ROW - at : piece;
        found += block_sums_add(&sums, row + at, count, crcs + found);
        assert_int_equal(sums.ended, found);
    }
    return found;
}

static void blocks_do_not_depend_on_pieces(void **state) {
    (void)state;
    static const mask_t PIECES[] = {1, 2, 3, 7, 8, 16, 31, 64, 96};
    double row[ROW];
    for (int i = 0; i < ROW; i++)
        row[i] = 1.0 / (i + 1);
    for (int bits = 0; bits <= 7; bits++)
        for (size_t p = 0; p < sizeof PIECES / sizeof *PIECES; p++) {
            uint32_t crcs[ROW];
            mask_t size = mask_count(bits);
            assert_int_equal(add_in_pieces(row, bits, PIECES[p], crcs), ROW / size); /* the last one is not whole */
            for (mask_t b = 0; b < ROW / size; b++)
                assert_int_equal(crcs[b], crc32c(0, row + b * size, size * sizeof *row));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks_do_not_depend_on_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
