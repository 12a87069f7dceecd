/* The masks of a range that differ only in its lowest players, as one batch for a causal model.
 *
 * What stands before the first of these players is the same for all masks, and is computed once; each player doubles
 * the number of ways on. So the batch is a tree with a leaf for each mask: at every token of the text one entry for
 * each way to get there, which belongs to a contiguous range of sequences, one for each leaf.
 *
 *   The capital of France is, players 1 capital, 0 France, k = 2:     The  capital of France is        leaf 3
 *                                                                      |      |     |    <pad> is        leaf 2
 *                                                                      |    <pad>  of  France is        leaf 1
 *                                                                                        <pad> is        leaf 0
 *
 * Cheapest where the lowest players are the last of the text: others repeat what stands behind them.
 */
#ifndef HARSANYI_ENGINES_TREE_H
#define HARSANYI_ENGINES_TREE_H

#include "engines/prompt.h"
#include "lattice/mask.h"

enum { TREE_BITS_MAX = 8 }; /* sequences that the library has: 256 */

typedef struct {
    int32_t token, position;
    int first, count; /* the leaves below it */
} tree_entry_t;

/* How many entries the tree of 2^bits masks has. */
size_t tree_size(const prompt_t *prompt, int bits);

/* The tree of the masks first ... first + 2^bits - 1 (first is a multiple of 2^bits), in the order of the text: entries
 * [tree_size], the last 2^bits of which are the leaves, in order. */
void tree_build(const prompt_t *prompt, mask_t first, int bits, int32_t mask_token, tree_entry_t *entries);

/* leaf[i] of the mask first + i, i < 2^bits. */
void tree_leaves(const prompt_t *prompt, int bits, int leaf[1 << TREE_BITS_MAX]);

#endif
