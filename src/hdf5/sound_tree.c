/* Heaps and B-trees of the first format. */
#include "hdf5/sound_private.h"

#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

/* ---- groups ---- */

/* A heap of names. */
typedef struct {
    unsigned char *data; /* owned */
    uint64_t size;
} heap_t;

/* Free pieces are chained by their offsets: next (8), size (8). */
static const char *check_free(const heap_t *heap, uint64_t at) {
    for (uint64_t tries = heap->size / 16; at != 1; tries--) {
        if (tries == 0 || at > heap->size || heap->size - at < 16 ||
            sound_number(heap->data + at + 8, 8) > heap->size - at)
            return "a heap of names is damaged";
        at = sound_number(heap->data + at, 8);
    }
    return NULL;
}

static const char *load_heap(sound_t *s, uint64_t address, heap_t *heap) {
    unsigned char head[32];
    const char *wrong = sound_look(s, address, head, sizeof head);
    if (wrong)
        return wrong;
    uint64_t data = sound_number(head + 24, 8);
    heap->size = sound_number(head + 8, 8);
    if (memcmp(head, "HEAP\0\0\0\0", 8) != 0 || heap->size == 0 || !sound_inside(s, data, heap->size) ||
        heap->size > s->left)
        return "a heap of names is damaged";
    heap->data = malloc((size_t)heap->size);
    if (!heap->data)
        return sound_no_memory(s);
    wrong = sound_look(s, data, heap->data, (size_t)heap->size);
    return wrong ? wrong : check_free(heap, sound_number(head + 16, 8));
}

static bool is_name(const heap_t *heap, uint64_t offset) {
    return offset < heap->size && memchr(heap->data + offset, '\0', (size_t)(heap->size - offset)) != NULL;
}

static const char *check_symbols(sound_t *s, const heap_t *heap, uint64_t address) {
    enum { ENTRY = 40 };
    unsigned char head[8], entry[ENTRY];
    const char *wrong = sound_look(s, address, head, sizeof head);
    if (wrong)
        return wrong;
    uint64_t count = sound_number(head + 6, 2);
    if (memcmp(head, "SNOD\1", 5) != 0 || count > 2 * s->leaf_k)
        return "a node of a group is damaged";
    for (uint64_t i = 0; i < count; i++) {
        if ((wrong = sound_look(s, address + 8 + i * ENTRY, entry, ENTRY)))
            return wrong;
        uint64_t kind = sound_number(entry + 16, 4);
        if (!is_name(heap, sound_number(entry, 8)) || kind > 2 ||
            (kind == 2 && !is_name(heap, sound_number(entry + 24, 4))))
            return "a link of a group is damaged";
    }
    return NULL;
}

/* ---- B-trees ---- */

typedef struct {
    sound_t *s;
    unsigned type; /* 0: of a group, 1: of chunks */
    uint64_t k;
    size_t key; /* bytes */
    const heap_t *heap;
    const sound_object_t *object;
    uint64_t chunk_bytes;
} tree_t;

/* Whether `count` bytes at an address inflate to `wanted`: HDF5 takes what comes out for a whole chunk. */
static const char *check_inflated(sound_t *s, uint64_t address, uint64_t count, uint64_t wanted) {
    enum { OUT = 1 << 14 };
    struct inflate_state *state = malloc(sizeof *state);
    unsigned char *in = malloc((size_t)count + OUT), *out = in + count;
    const char *wrong = state && in ? sound_look(s, address, in, (size_t)count) : sound_no_memory(s);
    if (!wrong) {
        uint64_t total = 0;
        int code = ISAL_DECOMP_OK;
        isal_inflate_init(state);
        state->crc_flag = ISAL_ZLIB;
        state->next_in = in;
        state->avail_in = (uint32_t)count;
        do {
            state->next_out = out;
            state->avail_out = OUT;
            code = isal_inflate(state);
            total += OUT - state->avail_out;
        } while (code == ISAL_DECOMP_OK && state->avail_out == 0 && total <= wanted);
        if (code != ISAL_DECOMP_OK || state->block_state != ISAL_BLOCK_FINISH || total != wanted)
            wrong = "a chunk is damaged, or does not inflate to its size";
    }
    free(in);
    free(state);
    return wrong;
}

static const char *check_chunk(const tree_t *t, const unsigned char *key, uint64_t address) {
    const sound_object_t *o = t->object;
    uint64_t stored = sound_number(key, 4), sum = o->sum ? 4 : 0;
    if (o->other)
        return NULL;
    if (stored <= sum || !sound_inside(t->s, address, stored) || (!o->deflate && stored - sum != t->chunk_bytes))
        return "a chunk is damaged, or reaches beyond the end of the file";
    if (sound_number(key + 4, 4) != 0)
        return SOUND_REFUSED "has chunks that were written without all of its filters, which is not read here";
    key += 8;
    for (int i = 0; i < o->chunk_axes; i++, key += 8) {
        uint64_t at = sound_number(key, 8);
        if (at % o->chunk[i] != 0 || (i < o->rank ? at >= o->dims[i] : at != 0))
            return "a chunk is not where chunks are";
    }
    return o->deflate ? check_inflated(t->s, address, stored - sum, t->chunk_bytes) : NULL;
}

static const char *check_node(const tree_t *t, uint64_t address, int level);

static const char *check_child(const tree_t *t, const unsigned char *key, uint64_t child, int level) {
    if (level > 0)
        return check_node(t, child, level - 1);
    return t->type == 0 ? check_symbols(t->s, t->heap, child) : check_chunk(t, key, child);
}

/* Keys and children take turns: key, child, key, child ... key. level -1: any (the root). */
static const char *check_entries(const tree_t *t, const unsigned char *data, uint64_t count, int level) {
    size_t step = t->key + 8;
    for (uint64_t i = 0; i <= count; i++)
        if (t->type == 0 && count > 0 && !is_name(t->heap, sound_number(data + i * step, 8)))
            return "a node of a group is damaged";
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *key = data + i * step;
        const char *wrong = check_child(t, key, sound_number(key + t->key, 8), level);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static const char *check_node(const tree_t *t, uint64_t address, int level) {
    enum { HEAD = 24, LEVEL_MAX = 16 };
    unsigned char head[HEAD];
    const char *wrong = sound_look(t->s, address, head, HEAD);
    if (wrong)
        return wrong;
    uint64_t count = sound_number(head + 6, 2);
    if (memcmp(head, "TREE", 4) != 0 || head[4] != t->type || count > 2 * t->k || head[5] > LEVEL_MAX ||
        (level >= 0 && head[5] != level) || (head[5] > 0 && count == 0))
        return "a node of a B-tree is damaged";
    size_t bytes = (size_t)count * (t->key + 8) + t->key;
    unsigned char *data = malloc(bytes);
    if (!data)
        return sound_no_memory(t->s);
    wrong = sound_look(t->s, address + HEAD, data, bytes);
    if (!wrong)
        wrong = check_entries(t, data, count, head[5]);
    free(data);
    return wrong;
}

const char *sound_group(sound_t *s, uint64_t tree, uint64_t heap) {
    heap_t names = {0};
    const char *wrong = load_heap(s, heap, &names);
    const tree_t t = {.s = s, .type = 0, .k = s->node_k, .key = 8, .heap = &names};
    if (!wrong)
        wrong = check_node(&t, tree, -1);
    free(names.data);
    return wrong;
}

const char *sound_chunks(sound_t *s, const sound_object_t *object) {
    tree_t t = {.s = s, .type = 1, .k = s->chunk_k, .key = 8 + 8 * (size_t)object->chunk_axes, .object = object};
    t.chunk_bytes = 1;
    for (int i = 0; i < object->chunk_axes; i++)
        t.chunk_bytes *= object->chunk[i];
    if (object->chunk_axes != object->rank + 1 || object->chunk[object->rank] != object->element)
        return "chunks have other axes than the dataset";
    return check_node(&t, object->tree, -1);
}
