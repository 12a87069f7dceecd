/* Strings of variable length: each is a reference into a heap of the whole file.
 *
 *   reference   length (4), address of the heap (8), number of the object (4); length 0 and address 0: no string
 *   heap        "GCOL", version 1, 3 bytes, size (8); objects: number (2), count (2), 4 bytes, size (8), bytes padded
 *               to a multiple of 8; object 0 is free space, its size counts its own head
 *
 * HDF5 1.10 never returns from a heap with a piece of free space of size 0, and copies as many bytes as an object has
 * into memory for as many as the reference says.
 */
#include "store/sound_private.h"

#include <stdlib.h>
#include <string.h>

enum { REFERENCE = 16, HEAD = 16, HEAP_MAX = 1 << 28 };

/* The heap that was looked at last: neighbours are mostly in the same one. */
typedef struct {
    sound_t *s;
    bool there;
    uint64_t address;
    size_t size;
    unsigned char *data; /* owned */
} heap_t;

/* The bytes from an object's head to the next one; 0: it is damaged. */
static uint64_t step(const heap_t *heap, size_t at) {
    uint64_t left = heap->size - at, size = sound_number(heap->data + at + 8, 8);
    bool free_space = sound_number(heap->data + at, 2) == 0;
    uint64_t bytes = free_space ? size : size > left ? 0 : HEAD + ((size + 7) & ~(uint64_t)7);
    return bytes >= HEAD && bytes <= left ? bytes : 0;
}

static const char *load_heap(heap_t *heap, uint64_t address) {
    unsigned char head[HEAD];
    heap->there = false;
    const char *wrong = sound_look(heap->s, address, head, HEAD);
    if (wrong)
        return wrong;
    uint64_t size = sound_number(head + 8, 8);
    if (memcmp(head, "GCOL\1", 5) != 0 || size < HEAD || size > HEAP_MAX || !sound_inside(heap->s, address, size))
        return "a heap of strings is damaged";
    unsigned char *grown = realloc(heap->data, (size_t)size);
    if (!grown)
        return "memory is short";
    heap->data = grown;
    heap->size = (size_t)size;
    if ((wrong = sound_look(heap->s, address, heap->data, heap->size)))
        return wrong;
    for (size_t at = HEAD; heap->size - at >= HEAD;) {
        uint64_t bytes = step(heap, at);
        if (bytes == 0)
            return "a heap of strings is damaged";
        at += (size_t)bytes;
    }
    heap->there = true;
    heap->address = address;
    return NULL;
}

/* Whether the heap has the object once, and it is as long as the reference says. */
static bool has_object(const heap_t *heap, uint64_t object, uint64_t length) {
    int found = 0;
    for (size_t at = HEAD; heap->size - at >= HEAD; at += (size_t)step(heap, at))
        if (sound_number(heap->data + at, 2) == object) {
            found++;
            if (sound_number(heap->data + at + 8, 8) != length)
                return false;
        }
    return found == 1;
}

static const char *check_reference(heap_t *heap, uint64_t offset) {
    unsigned char reference[REFERENCE];
    const char *wrong = sound_look(heap->s, offset, reference, REFERENCE);
    if (wrong)
        return wrong;
    uint64_t length = sound_number(reference, 4), address = sound_number(reference + 4, 8),
             object = sound_number(reference + 12, 4);
    if (address == 0) /* no string */
        return NULL;
    if ((!heap->there || address != heap->address) && (wrong = load_heap(heap, address)))
        return wrong;
    return object > 0 && has_object(heap, object, length) ? NULL : "a string is not in its heap";
}

const char *sound_references(sound_t *s, uint64_t offset, uint64_t count) {
    heap_t heap = {.s = s};
    const char *wrong = offset < s->base ? "its strings lie before the file" : NULL;
    for (uint64_t i = 0; i < count && !wrong; i++)
        wrong = check_reference(&heap, offset - s->base + i * REFERENCE);
    free(heap.data);
    return wrong;
}
