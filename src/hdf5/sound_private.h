/* What the sound_*.c files share. Functions return NULL, or what is wrong: what is damaged, or, after SOUND_REFUSED, a
 * sentence about the object for what is good HDF5, but not read here. With s->error set nothing is known of the file.
 */
#ifndef HARSANYI_HDF5_SOUND_PRIVATE_H
#define HARSANYI_HDF5_SOUND_PRIVATE_H

#include "hdf5/sound.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#define SOUND_REFUSED "\1"
#define SOUND_NOWHERE UINT64_MAX /* an address that is not set */

enum { SOUND_RANK = 32, SOUND_PAGE = 1 << 12, SOUND_PAGES = 8 };

typedef struct {
    int fd;
    int error;                  /* why it could not be looked at (errno); 0: it could */
    uint64_t base, size;        /* addresses count from `base`; bytes from there to the end */
    uint64_t left;              /* bytes that may still be looked at: each structure is honest once */
    struct {                    /* what was read last; structures are small and lie together */
        uint64_t number, bytes; /* 0: nothing is in it yet */
        unsigned char data[SOUND_PAGE];
    } pages[SOUND_PAGES];
    uint64_t leaf_k, node_k,
        chunk_k; /* half the most entries of symbol nodes, of nodes of groups' and chunks' B-trees */
    uint64_t root;
    uint64_t root_tree, root_heap; /* as the superblock has them; SOUND_NOWHERE: it has not */
} sound_t;

/* Reads `count` bytes at an address. */
const char *sound_look(sound_t *s, uint64_t address, void *out, size_t count);
bool sound_inside(const sound_t *s, uint64_t address, uint64_t count);

/* What to return where memory is short. */
static inline const char *sound_no_memory(sound_t *s) {
    s->error = ENOMEM;
    return "memory is short";
}

static inline uint64_t sound_number(const unsigned char *at, size_t width) {
    uint64_t number = 0;
    for (size_t i = 0; i < width; i++)
        number |= (uint64_t)at[i] << (8 * i);
    return number;
}

/* Where a fractal heap and the B-trees that lead to its objects are; SOUND_NOWHERE: not there. */
typedef struct {
    bool there;
    uint64_t heap, by_name, by_order;
} sound_dense_t;

/* What the messages of one object say. */
typedef struct {
    bool has_space, has_type, has_layout;
    int rank; /* -1: null */
    uint64_t dims[SOUND_RANK];
    uint64_t element;         /* bytes */
    unsigned filters;         /* how many */
    bool deflate, sum, other; /* among them; sum: fletcher32; other: h5.c says which, and refuses it */
    bool chunked;
    bool chunk_tree; /* an index that must be looked at */
    uint64_t tree;
    uint64_t chunk[SOUND_RANK + 1];
    int chunk_axes;                  /* with the last one, of bytes */
    uint64_t group_tree, group_heap; /* SOUND_NOWHERE: no group of the old kind */
    sound_dense_t links, attributes;
} sound_object_t;

/* One message of a header. */
const char *sound_message(unsigned type, const unsigned char *data, size_t size, unsigned flags,
                          sound_object_t *object);

/* A group's heap of names and B-tree. */
const char *sound_group(sound_t *s, uint64_t tree, uint64_t heap);
/* Links or attributes that are not in the header. */
const char *sound_dense(sound_t *s, const sound_dense_t *dense, bool attributes);
/* The B-tree of chunks. */
const char *sound_chunks(sound_t *s, const sound_object_t *object);
/* Strings of variable length; offset: in the file. */
const char *sound_references(sound_t *s, uint64_t offset, uint64_t count);

#endif
