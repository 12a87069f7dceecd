/* engines/tree: the path to each leaf is the masked prompt, in as few entries as can be. */
#include "engines/tree.h"
#include "support/test.h"

enum { PAD = 99 };

/* The path to each leaf is the masked prompt, whatever the order of players; entries are as few as they can be. */
TEST(a_tree_has_every_mask) {
    static int orders[][9] = {
        {-1, 4, 3, -1, 2, 1, 1, 0, -1}, {0, -1, 4, 2, 2, -1, 1, 3, 0}, {1, 0, 3, 2, -1, 4, -1, 0, 1}};
    int32_t tokens[9] = {10, 11, 12, 13, 14, 15, 16, 17, 18};
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++)
        for (int bits = 0; bits <= 5; bits++)
            for (mask_t first = 0; first < 32; first += mask_count(bits)) {
                prompt_t prompt = {.count = 9, .token = tokens, .player = orders[o]};
                tree_entry_t entries[9 * 32];
                int leaf[1 << TREE_BITS_MAX];
                const size_t size = tree_size(&prompt, bits);
                tree_build(&prompt, first, bits, PAD, entries);
                tree_leaves(&prompt, bits, leaf);
                for (int i = 0; i < 1 << bits; i++) {
                    int reached = 0;
                    for (size_t e = 0; e < size; e++) {
                        if (leaf[i] < entries[e].first || leaf[i] >= entries[e].first + entries[e].count)
                            continue;
                        const int player = orders[o][reached];
                        const bool there = player < 0 || ((first + (mask_t)i) >> player & 1);
                        assert_int_equal(entries[e].position, reached);
                        assert_int_equal(entries[e].token, there ? tokens[reached] : PAD);
                        reached++;
                    }
                    assert_int_equal(reached, 9);
                    assert_int_equal(entries[size - (size_t)(1 << bits) + (size_t)leaf[i]].first, leaf[i]);
                }
            }
    assert_int_equal(tree_size(&(prompt_t){.count = 9, .token = tokens, .player = orders[0]}, 3),
                     4 + 2 + 4 + 4 + 8 + 8);
}

int main(void) {
    return run_all(NULL, NULL);
}
