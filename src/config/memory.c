#include "config/memory.h"

#include "base/size.h"

#include <stdlib.h>

typedef struct piece {
    struct piece *next;
    max_align_t data[];
} piece_t;

void *memory_take(void **memory, size_t bytes) {
    size_t total;
    piece_t *piece = size_add(bytes, sizeof *piece, &total) ? calloc(1, total) : NULL;
    if (!piece)
        return NULL;
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
