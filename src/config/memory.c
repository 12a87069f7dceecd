#include "config/memory.h"

#include "base/memory.h"

#include <stdlib.h>

typedef struct piece {
    struct piece *next;
    max_align_t data[];
} piece_t;

void *memory_take(void **memory, size_t bytes) {
    piece_t *piece = memory_need(1, sizeof *piece + bytes, "the configuration");
    piece->next = *memory;
    *memory = piece;
    return piece->data;
}

void memory_free(void **memory) {
    for (piece_t *piece = *memory, *next; piece; piece = next) {
        next = piece->next;
        free(piece);
    }
    *memory = NULL;
}
