#include "stats/scales.h"

#include "lattice/mask.h"

size_t scales_steps(uint64_t limit, int64_t *steps) {
    static const uint64_t DIGITS[] = {1, 2, 5};
    size_t count = 0;
    for (uint64_t decade = 1; decade <= limit; decade *= 10)
        for (int i = 0; i < 3 && DIGITS[i] * decade <= limit; i++, count++)
            if (steps)
                steps[count] = (int64_t)(DIGITS[i] * decade);
    return count;
}

size_t scales_ranks(int players, int64_t *ranks) {
    int64_t last = (int64_t)mask_count(players) - 1, rank = 0;
    size_t count = 0;
    while (rank < last) {
        /* The octave 2^j ... 2^(j+1), j >= 10, has 64 steps of 2^(j-6). */
        int64_t step = rank < 1024 ? 1 : (int64_t)1 << (63 - __builtin_clzll((unsigned long long)rank) - 6);
        rank = rank + step > last ? last : rank + step;
        if (ranks)
            ranks[count] = rank;
        count++;
    }
    return count;
}
