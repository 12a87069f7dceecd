/* Strings of variable length: each is a reference into a heap of the whole file.
 *
 *   reference   length (4), address of the heap (8), number of the object (4); length 0 and address 0: no string
 *   heap        "GCOL", version 1, 3 bytes, size (8); objects: number (2), count (2), 4 bytes, size (8), bytes padded
 *               to a multiple of 8; object 0 is free space, its size counts its own head
 *
 * HDF5 1.10 never returns from a heap with a piece of free space of size 0, and copies as many bytes as an object has
 * into memory for as many as the reference says.
 *
 * Rows may have been written in any order, so that neighbours point into any heap. So the references are sorted by heap
 * first, which takes as much memory as they take in the file, and each heap is looked at once.
 */
#include "hdf5/sound_private.h"

#include <stdlib.h>
#include <string.h>

enum { REFERENCE = 16, HEAD = 16, HEAP_MAX = 1 << 28, OBJECTS = 1 << 16 };

typedef struct {
    uint64_t address; /* of the heap */
    uint32_t object, length;
} reference_t;

typedef struct {
    uint64_t heap; /* the last one that has an object of this number */
    bool twice;    /* and it has several */
    uint64_t length;
} object_t;

typedef struct {
    sound_t *s;
    size_t count, room;
    reference_t *references; /* owned as is the rest */
    uint64_t address;        /* of the heap at hand */
    uint64_t heap;           /* its number, from 1 on */
    size_t size;
    unsigned char *data;
    object_t *objects; /* [OBJECTS], by number */
} heaps_t;

/* The bytes from an object's head to the next one; 0: it is damaged. */
static uint64_t step(const heaps_t *heap, size_t at) {
    uint64_t left = heap->size - at, size = sound_number(heap->data + at + 8, 8);
    bool free_space = sound_number(heap->data + at, 2) == 0;
    uint64_t bytes = free_space ? size : size > left ? 0 : HEAD + ((size + 7) & ~(uint64_t)7);
    return bytes >= HEAD && bytes <= left ? bytes : 0;
}

static void note_object(heaps_t *heap, size_t at) {
    object_t *object = &heap->objects[sound_number(heap->data + at, 2)];
    object->twice = object->heap == heap->heap;
    object->heap = heap->heap;
    object->length = sound_number(heap->data + at + 8, 8);
}

static const char *load_heap(heaps_t *heap, uint64_t address) {
    unsigned char head[HEAD];
    const char *wrong = sound_look(heap->s, address, head, HEAD);
    if (wrong)
        return wrong;
    uint64_t size = sound_number(head + 8, 8);
    if (memcmp(head, "GCOL\1", 5) != 0 || size < HEAD || size > HEAP_MAX || !sound_inside(heap->s, address, size))
        return "a heap of strings is damaged";
    unsigned char *grown = realloc(heap->data, (size_t)size);
    if (!grown)
        return sound_no_memory(heap->s);
    heap->data = grown;
    heap->size = (size_t)size;
    heap->address = address;
    heap->heap++;
    if ((wrong = sound_look(heap->s, address, heap->data, heap->size)))
        return wrong;
    for (size_t at = HEAD; heap->size - at >= HEAD;) {
        uint64_t bytes = step(heap, at);
        if (bytes == 0)
            return "a heap of strings is damaged";
        note_object(heap, at);
        at += (size_t)bytes;
    }
    return NULL;
}

static const char *take_reference(heaps_t *heaps, uint64_t offset) {
    unsigned char bytes[REFERENCE];
    const char *wrong = sound_look(heaps->s, offset, bytes, REFERENCE);
    if (wrong)
        return wrong;
    reference_t reference = {.length = (uint32_t)sound_number(bytes, 4),
                             .address = sound_number(bytes + 4, 8),
                             .object = (uint32_t)sound_number(bytes + 12, 4)};
    if (reference.address == 0) /* no string */
        return NULL;
    if (heaps->count == heaps->room) {
        size_t room = heaps->room ? 2 * heaps->room : 64;
        reference_t *grown = realloc(heaps->references, room * sizeof *grown);
        if (!grown)
            return sound_no_memory(heaps->s);
        heaps->references = grown;
        heaps->room = room;
    }
    heaps->references[heaps->count++] = reference;
    return NULL;
}

static int by_address(const void *a, const void *b) {
    uint64_t x = ((const reference_t *)a)->address, y = ((const reference_t *)b)->address;
    return (x > y) - (x < y);
}

/* The heap has the object once, and it is as long as the reference says. */
static const char *check_reference(heaps_t *heaps, const reference_t *reference) {
    if (heaps->heap == 0 || reference->address != heaps->address) {
        const char *wrong = load_heap(heaps, reference->address);
        if (wrong)
            return wrong;
    }
    if (reference->object == 0 || reference->object >= OBJECTS)
        return "a string is not in its heap";
    const object_t *object = &heaps->objects[reference->object];
    return object->heap == heaps->heap && !object->twice && object->length == reference->length
               ? NULL
               : "a string is not in its heap";
}

static const char *check_references(heaps_t *heaps) {
    const char *wrong = NULL;
    if (heaps->count == 0)
        return NULL;
    heaps->objects = calloc(OBJECTS, sizeof *heaps->objects);
    if (!heaps->objects)
        return sound_no_memory(heaps->s);
    qsort(heaps->references, heaps->count, sizeof *heaps->references, by_address);
    for (size_t i = 0; i < heaps->count && !wrong; i++)
        wrong = check_reference(heaps, &heaps->references[i]);
    return wrong;
}

const char *sound_references(sound_t *s, uint64_t offset, uint64_t count) {
    heaps_t heaps = {.s = s};
    const char *wrong = offset < s->base ? "its strings lie before the file" : NULL;
    for (uint64_t i = 0; i < count && !wrong; i++)
        wrong = take_reference(&heaps, offset - s->base + i * REFERENCE);
    if (!wrong)
        wrong = check_references(&heaps);
    free(heaps.references);
    free(heaps.data);
    free(heaps.objects);
    return wrong;
}
