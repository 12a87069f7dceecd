#include "lattice/mask_order.h"

static mask_t reversed(mask_t mask, int n) {
    mask_t out = 0;
    for (int i = 0; i < n; i++)
        out |= (mask >> i & 1) << (n - 1 - i);
    return out;
}

mask_t mask_order_mask(const mask_order_t *order, int n, mask_t entry) {
    switch (order->kind) {
    case MASKS_HIGH_FIRST:
        return reversed(entry, n);
    case MASKS_LISTED:
        return order->listed[entry];
    case MASKS_LOW_FIRST:
        break;
    }
    return entry;
}

void mask_order_place(const mask_order_t *order, int n, mask_t first, mask_t count, const double *entries,
                      double *table) {
    for (mask_t j = 0; j < count; j++)
        table[mask_order_mask(order, n, first + j)] = entries[j];
}

bool mask_order_is_whole(const uint32_t *listed, int n, uint64_t *seen, mask_order_fault_t *fault) {
    const mask_t masks = mask_count(n);
    mask_t entry = 0;
    for (; entry < masks; entry++) {
        uint64_t bit = (uint64_t)1 << (listed[entry] & 63);
        if (seen[listed[entry] >> 6] & bit)
            break;
        seen[listed[entry] >> 6] |= bit;
    }
    if (entry == masks)
        return true;
    *fault = (mask_order_fault_t){.second = entry};
    while (listed[fault->first] != listed[entry])
        fault->first++;
    for (; entry < masks; entry++)
        seen[listed[entry] >> 6] |= (uint64_t)1 << (listed[entry] & 63);
    while (seen[fault->missing >> 6] >> (fault->missing & 63) & 1)
        fault->missing++;
    return false;
}
