#include "engines/tree.h"

#include <stdbool.h>

/* The place of each of the players below `bits` in the order of the text: the first decides the highest bit of a leaf.
 * Returns how many of them begin before token `end`. */
static int rank_players(const prompt_t *prompt, int bits, int end, int rank[TREE_BITS_MAX]) {
    int found = 0;
    for (int i = 0; i < bits; i++)
        rank[i] = -1;
    for (int t = 0; t < end; t++) {
        const int player = prompt->player[t];
        if (player >= 0 && player < bits && rank[player] < 0)
            rank[player] = found++;
    }
    return found;
}

size_t tree_size(const prompt_t *prompt, int bits) {
    int rank[TREE_BITS_MAX];
    size_t size = 0;
    for (int t = 0; t < prompt->count; t++)
        size += (size_t)1 << rank_players(prompt, bits, t + 1, rank);
    return size;
}

void tree_leaves(const prompt_t *prompt, int bits, int leaf[1 << TREE_BITS_MAX]) {
    int rank[TREE_BITS_MAX];
    rank_players(prompt, bits, prompt->count, rank);
    for (int mask = 0; mask < 1 << bits; mask++) {
        leaf[mask] = 0;
        for (int i = 0; i < bits; i++)
            leaf[mask] |= (mask >> i & 1) << (bits - 1 - rank[i]);
    }
}

void tree_build(const prompt_t *prompt, mask_t first, int bits, int32_t mask_token, tree_entry_t *entries) {
    int rank[TREE_BITS_MAX];
    for (int t = 0; t < prompt->count; t++) {
        const int player = prompt->player[t], begun = rank_players(prompt, bits, t + 1, rank), span = bits - begun;
        for (int way = 0; way < 1 << begun; way++) {
            const bool present = player < 0       ? true
                                 : player >= bits ? first >> player & 1
                                                  : (mask_t)way >> (begun - 1 - rank[player]) & 1;
            *entries++ = (tree_entry_t){present ? prompt->token[t] : mask_token, t, way << span, 1 << span};
        }
    }
}
