/* Links of large groups, and many attributes: a fractal heap holds them, B-trees of the second version lead to them.
 *
 *   header "FRHP" -> direct block "FHDB", or "FHIB" with the addresses of `width` direct blocks in each of its rows
 *   header "BTHD" -> leaf "BTLF", or "BTIN" with leaves below it; records hold heap ids: kind (1), offset, length
 *
 * One level of each is enough for a thousand links; deeper ones are not read here.
 */
#include "hdf5/sound_private.h"

#include <stdlib.h>
#include <string.h>

enum { ID_MAX = 8, NODE_MAX = 1 << 16, BLOCKS_MAX = 256, BLOCK_MAX = 1 << 20, OBJECT_MAX = 1 << 12 };

typedef struct {
    uint64_t address, size, first; /* first: as offsets in the heap count */
} block_t;

typedef struct {
    sound_t *s;
    size_t id, offset, length;     /* bytes of an id and of its parts */
    uint64_t address, start, most; /* of the header; bytes of the first and of the largest direct blocks */
    uint64_t width;
    size_t prefix; /* bytes before the objects of a direct block */
    block_t blocks[BLOCKS_MAX];
    int count;
    bool attributes;
    unsigned char object[OBJECT_MAX];
} heap_t;

static bool is_power(uint64_t x) {
    return x && !(x & (x - 1));
}

/* ---- the heap ---- */

static const char *add_block(heap_t *heap, uint64_t address, uint64_t size, uint64_t first) {
    unsigned char head[32];
    const size_t bytes = 13 + heap->offset;
    const char *wrong = sound_look(heap->s, address, head, bytes);
    if (wrong)
        return wrong;
    if (heap->count == BLOCKS_MAX || memcmp(head, "FHDB\0", 5) != 0 || sound_number(head + 5, 8) != heap->address ||
        sound_number(head + 13, heap->offset) != first || !sound_inside(heap->s, address, size))
        return "a heap of links is damaged";
    heap->blocks[heap->count++] = (block_t){address, size, first};
    return NULL;
}

/* Rows 0 and 1 have blocks of the first size; from there on it doubles. */
static const char *add_rows(heap_t *heap, uint64_t address, uint64_t rows) {
    unsigned char head[32], child[8];
    uint64_t first = 0, at = address + 13 + heap->offset;
    const char *wrong = sound_look(heap->s, address, head, 13 + heap->offset);
    if (wrong)
        return wrong;
    if (memcmp(head, "FHIB\0", 5) != 0 || sound_number(head + 5, 8) != heap->address)
        return "a heap of links is damaged";
    for (uint64_t row = 0; row < rows; row++) {
        uint64_t size = row < 2 ? heap->start : heap->start << (row - 1);
        if (size > heap->most)
            return SOUND_REFUSED "is a group of very many links, which is not read here";
        for (uint64_t i = 0; i < heap->width; i++, at += 8, first += size) {
            if ((wrong = sound_look(heap->s, at, child, 8)))
                return wrong;
            uint64_t block = sound_number(child, 8);
            if (block != SOUND_NOWHERE && (wrong = add_block(heap, block, size, first)))
                return wrong;
        }
    }
    return NULL;
}

static const char *open_heap(heap_t *heap, uint64_t address) {
    unsigned char head[142];
    const char *wrong = sound_look(heap->s, address, head, sizeof head);
    if (wrong)
        return wrong;
    uint64_t bits = sound_number(head + 128, 2), rows = sound_number(head + 140, 2), root = sound_number(head + 132, 8);
    heap->address = address;
    heap->id = (size_t)sound_number(head + 5, 2);
    heap->width = sound_number(head + 110, 2);
    heap->start = sound_number(head + 112, 8);
    heap->most = sound_number(head + 120, 8);
    heap->offset = (size_t)(bits + 7) / 8;
    if (memcmp(head, "FRHP\0", 5) != 0 || heap->id < 3 || heap->id > ID_MAX || bits < 16 || bits > 48 ||
        !is_power(heap->width) || heap->width > 64 || !is_power(heap->start) || heap->start < 64 ||
        !is_power(heap->most) || heap->most < heap->start || heap->most > BLOCK_MAX || heap->offset + 1 >= heap->id ||
        rows > 32)
        return "a heap of links has impossible sizes";
    if (sound_number(head + 7, 2) != 0 || sound_number(head + 22, 8) != SOUND_NOWHERE ||
        sound_number(head + 86, 8) != 0)
        return SOUND_REFUSED "has links or attributes that are compressed or very long, which are not read here";
    heap->length = heap->id - 1 - heap->offset;
    heap->prefix = 13 + heap->offset + (head[9] & 2 ? 4 : 0);
    if (root == SOUND_NOWHERE)
        return NULL;
    return rows ? add_rows(heap, root, rows) : add_block(heap, root, heap->start, 0);
}

/* The object of an id, as the message of a header that it is. */
static const char *check_object(heap_t *heap, const unsigned char *id, size_t bytes) {
    if (bytes != heap->id || id[0] & 0xf0)
        return "a link or an attribute is not where those are";
    uint64_t at = sound_number(id + 1, heap->offset), length = sound_number(id + 1 + heap->offset, heap->length);
    for (int i = 0; i < heap->count; i++) {
        const block_t *block = &heap->blocks[i];
        if (at < block->first || at - block->first >= block->size)
            continue;
        uint64_t within = at - block->first;
        sound_object_t object = {.group_tree = SOUND_NOWHERE};
        if (within < heap->prefix || length == 0 || length > block->size - within || length > sizeof heap->object)
            break;
        const char *wrong = sound_look(heap->s, block->address + within, heap->object, (size_t)length);
        return wrong ? wrong : sound_message(heap->attributes ? 0x0c : 0x06, heap->object, (size_t)length, 0, &object);
    }
    return "a link or an attribute is not where those are";
}

/* ---- the B-trees ---- */

typedef struct {
    heap_t *heap;
    unsigned type;
    size_t node, record, id_at, id;
} tree_t;

static const char *check_records(const tree_t *t, const unsigned char *node, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        const char *wrong = check_object(t->heap, node + 6 + i * t->record + t->id_at, t->id);
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* Bytes that hold numbers up to `most`. */
static size_t width_of(uint64_t most) {
    size_t width = 1;
    while (most >>= 8)
        width++;
    return width;
}

static const char *check_node(const tree_t *t, uint64_t address, uint64_t count, bool leaf) {
    const uint64_t most = (t->node - 10) / t->record;
    const size_t width = width_of(most), pointers = leaf ? 0 : (size_t)(count + 1) * (8 + width);
    if (count > most || 10 + count * t->record + pointers > t->node)
        return "a node of a B-tree of links is damaged";
    unsigned char *node = malloc(t->node);
    if (!node)
        return sound_no_memory(t->heap->s);
    const char *wrong = sound_look(t->heap->s, address, node, t->node);
    if (!wrong && (memcmp(node, leaf ? "BTLF\0" : "BTIN\0", 5) != 0 || node[5] != t->type))
        wrong = "a node of a B-tree of links is damaged";
    if (!wrong)
        wrong = check_records(t, node, count);
    const unsigned char *pointer = node + 6 + count * t->record;
    for (uint64_t i = 0; !leaf && i <= count && !wrong; i++, pointer += 8 + width)
        wrong = check_node(t, sound_number(pointer, 8), sound_number(pointer + 8, width), true);
    free(node);
    return wrong;
}

/* The types of B-trees: 5 and 6 of links by name and by order, 8 and 9 of attributes. */
static bool set_record(tree_t *t) {
    static const struct {
        unsigned type;
        size_t record, id_at, id;
    } RECORDS[] = {{5, 11, 4, 7}, {6, 15, 8, 7}, {8, 17, 0, 8}, {9, 13, 0, 8}};
    for (size_t i = 0; i < sizeof RECORDS / sizeof *RECORDS; i++)
        if (RECORDS[i].type == t->type && RECORDS[i].record == t->record && (t->type > 6) == t->heap->attributes) {
            t->id_at = RECORDS[i].id_at;
            t->id = RECORDS[i].id;
            return true;
        }
    return false;
}

static const char *check_tree(heap_t *heap, uint64_t address) {
    unsigned char head[38];
    if (address == SOUND_NOWHERE)
        return NULL;
    const char *wrong = sound_look(heap->s, address, head, sizeof head);
    if (wrong)
        return wrong;
    tree_t t = {.heap = heap, .type = head[5], .node = (size_t)sound_number(head + 6, 4)};
    uint64_t depth = sound_number(head + 12, 2), root = sound_number(head + 16, 8), count = sound_number(head + 24, 2);
    t.record = (size_t)sound_number(head + 10, 2);
    if (memcmp(head, "BTHD\0", 5) != 0 || !set_record(&t) || t.node < 64 || t.node > NODE_MAX)
        return "a B-tree of links is damaged";
    if (depth > 1)
        return SOUND_REFUSED "is a group of very many links, which is not read here";
    if (root == SOUND_NOWHERE)
        return count || depth ? "a B-tree of links is damaged" : NULL;
    return check_node(&t, root, count, depth == 0);
}

const char *sound_dense(sound_t *s, const sound_dense_t *dense, bool attributes) {
    if (dense->heap == SOUND_NOWHERE)
        return dense->by_name == SOUND_NOWHERE ? NULL : "links without a heap";
    heap_t *heap = malloc(sizeof *heap); /* most of it is room, which need not be cleared for every group */
    if (!heap)
        return sound_no_memory(s);
    heap->s = s;
    heap->attributes = attributes;
    heap->count = 0;
    const char *wrong = open_heap(heap, dense->heap);
    if (!wrong)
        wrong = dense->by_name == SOUND_NOWHERE ? "links without an index" : check_tree(heap, dense->by_name);
    if (!wrong)
        wrong = check_tree(heap, dense->by_order);
    free(heap);
    return wrong;
}
