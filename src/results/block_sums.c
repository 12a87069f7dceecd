#include "results/block_sums.h"

#include "base/crc.h"

int64_t block_sums_add(block_sums_t *sums, const double *data, mask_t count, uint32_t *crcs) {
    const mask_t size = mask_count(sums->bits);
    int64_t found = 0;
    while (count > 0) {
        mask_t left = size - sums->filled, step = count < left ? count : left;
        sums->crc = crc32c(sums->crc, data, step * sizeof *data);
        sums->filled += step;
        data += step;
        count -= step;
        if (sums->filled == size) {
            crcs[found++] = sums->crc;
            sums->crc = 0;
            sums->filled = 0;
        }
    }
    sums->ended += found;
    return found;
}
