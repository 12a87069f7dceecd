/* Messages of object headers: what is in them fits in them. */
#include "hdf5/sound_private.h"

#include <string.h>

/* Bytes of a message that are still to be read; a cut one makes `cut` true and gives zeros from there on. */
typedef struct {
    const unsigned char *at;
    size_t left;
    bool cut;
} bytes_t;

static const unsigned char *take(bytes_t *b, size_t count) {
    static const unsigned char ZEROS[16];
    if (count > b->left) {
        b->cut = true;
        b->left = 0;
        return count <= sizeof ZEROS ? ZEROS : NULL;
    }
    b->at += count;
    b->left -= count;
    return b->at - count;
}

static uint64_t number(bytes_t *b, size_t width) {
    const unsigned char *at = take(b, width);
    return at ? sound_number(at, width) : 0;
}

/* A name that ends with a NUL; `padded` to a multiple of 8 bytes. */
static void take_name(bytes_t *b, bool padded) {
    size_t length = strnlen((const char *)b->at, b->left) + 1; /* without a NUL: one more than there is */
    take(b, padded ? (length + 7) & ~(size_t)7 : length);
}

/* ---- types ---- */

enum {
    TYPE_INTEGER,
    TYPE_FLOAT,
    TYPE_TIME,
    TYPE_STRING,
    TYPE_BITS,
    TYPE_OPAQUE,
    TYPE_RECORD,
    TYPE_REFERENCE,
    TYPE_ENUM,
    TYPE_VARIABLE,
    TYPE_ARRAY
};
enum { DEPTH_MAX = 4, MEMBERS_MAX = 1 << 12 };

static const char *check_type(bytes_t *b, int depth, uint64_t *size);

static const char *check_number(bytes_t *b, bool real, uint64_t size) {
    uint64_t offset = number(b, 2), precision = number(b, 2);
    if (precision == 0 || offset + precision > 8 * size || size > 64)
        return "a number has more bits than bytes";
    if (!real)
        return NULL;
    uint64_t exponent_at = number(b, 1), exponent = number(b, 1), mantissa_at = number(b, 1), mantissa = number(b, 1);
    (void)number(b, 4);
    if (exponent == 0 || mantissa == 0 || exponent_at + exponent > 8 * size || mantissa_at + mantissa > 8 * size ||
        exponent > 32)
        return "a floating-point number has more bits than bytes";
    return NULL;
}

static const char *check_members(bytes_t *b, int depth, unsigned version, uint64_t members, uint64_t size) {
    size_t width = size < 1 << 8 ? 1 : size < 1 << 16 ? 2 : size < 1 << 24 ? 3 : 4;
    if (members == 0 || members > MEMBERS_MAX)
        return "a record has no members, or too many";
    for (uint64_t i = 0; i < members && !b->cut; i++) {
        take_name(b, version < 3);
        uint64_t offset = number(b, version < 3 ? 4 : width), own = 0;
        if (version == 1) {
            if (number(b, 1) != 0)
                return "a record has members of an old kind";
            (void)take(b, 11);
            (void)take(b, 16);
        }
        const char *wrong = check_type(b, depth + 1, &own);
        if (wrong)
            return wrong;
        if (offset > size || own > size - offset)
            return "a record's member lies outside it";
    }
    return NULL;
}

static const char *check_enum(bytes_t *b, int depth, unsigned version, uint64_t members, uint64_t size) {
    uint64_t own = 0;
    if (b->left < 1 || (b->at[0] & 15) != TYPE_INTEGER)
        return "an enumeration is not of integers";
    const char *wrong = check_type(b, depth + 1, &own);
    if (wrong)
        return wrong;
    if (own != size || members > MEMBERS_MAX)
        return "an enumeration's numbers have another size";
    for (uint64_t i = 0; i < members && !b->cut; i++)
        take_name(b, version < 3);
    for (uint64_t i = 0; i < members && !b->cut; i++)
        (void)take(b, (size_t)size);
    return NULL;
}

static const char *check_variable(bytes_t *b, int depth, uint64_t size) {
    uint64_t own = 0;
    const char *wrong = check_type(b, depth + 1, &own);
    return wrong                    ? wrong
           : own != 1 || size != 16 ? SOUND_REFUSED "holds something of variable length that is no string"
                                    : NULL;
}

/* Kinds that nobody here reads are told from their class; what follows is not looked at, and HDF5 is not asked. */
static const char *check_type(bytes_t *b, int depth, uint64_t *size) {
    unsigned head = (unsigned)number(b, 1), class = head & 15, version = head >> 4;
    uint64_t bits = number(b, 3);
    *size = number(b, 4);
    if (depth > DEPTH_MAX || version < 1 || version > 3 || *size == 0)
        return "a type of an unknown kind";
    switch (class) {
    case TYPE_INTEGER:
    case TYPE_FLOAT:
        return check_number(b, class == TYPE_FLOAT, *size);
    case TYPE_STRING:
        return NULL;
    case TYPE_RECORD:
        return check_members(b, depth, version, bits & 0xffff, *size);
    case TYPE_ENUM:
        return check_enum(b, depth, version, bits & 0xffff, *size);
    case TYPE_VARIABLE:
        return (bits & 15) == 1 ? check_variable(b, depth, *size)
                                : SOUND_REFUSED "holds something of variable length that is no string";
    default:
        return SOUND_REFUSED "holds something of a type that is not read here";
    }
}

/* ---- spaces ---- */

static const char *check_space(bytes_t *b, int *rank, uint64_t dims[SOUND_RANK]) {
    unsigned version = (unsigned)number(b, 1);
    uint64_t axes = number(b, 1), flags = number(b, 1), kind = number(b, 1);
    if (version == 1)
        (void)number(b, 4);
    if (version < 1 || version > 2 || axes > SOUND_RANK || flags > 1 || (version == 2 && kind > 2))
        return "a dataspace of an unknown kind";
    if (version == 2 && (kind == 1) != (axes > 0))
        return "a dataspace without axes, or a scalar with them";
    for (uint64_t i = 0; i < axes; i++)
        dims[i] = number(b, 8);
    for (uint64_t i = 0; i < axes && flags; i++)
        if (number(b, 8) < dims[i])
            return "a dataspace larger than it may grow";
    *rank = version == 2 && kind == 2 ? -1 : (int)axes;
    return NULL;
}

static bool count_bytes(int rank, const uint64_t *dims, uint64_t element, uint64_t *bytes) {
    *bytes = element;
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(*bytes, dims[i], bytes))
            return false;
    return true;
}

/* ---- attributes ---- */

static bytes_t part(bytes_t *b, size_t size, bool padded) {
    const unsigned char *at = take(b, padded ? (size + 7) & ~(size_t)7 : size);
    return at && !b->cut ? (bytes_t){at, size, false} : (bytes_t){NULL, 0, true};
}

static const char *check_attribute(bytes_t *b) {
    unsigned version = (unsigned)number(b, 1), flags = (unsigned)number(b, 1);
    size_t name = (size_t)number(b, 2), type = (size_t)number(b, 2), space = (size_t)number(b, 2);
    uint64_t element = 0, dims[SOUND_RANK], bytes;
    int rank = 0;
    if (version < 1 || version > 3 || (version > 1 && flags))
        return "an attribute of an unknown kind";
    if (version == 3)
        (void)number(b, 1);
    bool padded = version == 1;
    bytes_t name_part = part(b, name, padded), type_part = part(b, type, padded), space_part = part(b, space, padded);
    if (b->cut || name == 0 || name_part.at[name - 1] != '\0')
        return "an attribute is cut";
    const char *wrong = check_type(&type_part, 0, &element);
    if (!wrong)
        wrong = check_space(&space_part, &rank, dims);
    if (wrong)
        return wrong;
    if (type_part.cut || space_part.cut || !count_bytes(rank, dims, element, &bytes) || (rank >= 0 && bytes > b->left))
        return "an attribute is cut";
    return NULL;
}

/* ---- layouts, filters, fill values, links ---- */

static const char *check_chunk_shape(bytes_t *b, size_t width, sound_object_t *o) {
    uint64_t bytes = 1;
    if (o->chunk_axes < 2 || o->chunk_axes > SOUND_RANK + 1 || width < 1 || width > 8)
        return "chunks without axes, or with too many";
    for (int i = 0; i < o->chunk_axes; i++) {
        o->chunk[i] = number(b, width);
        if (o->chunk[i] == 0 || __builtin_mul_overflow(bytes, o->chunk[i], &bytes) || bytes > UINT32_MAX)
            return "chunks of an impossible shape";
    }
    return NULL;
}

static const char *check_layout(bytes_t *b, sound_object_t *o) {
    enum { COMPACT, CONTIGUOUS, CHUNKED };
    unsigned version = (unsigned)number(b, 1), kind = (unsigned)number(b, 1);
    if (version < 3)
        return SOUND_REFUSED "has a layout of HDF5 1.4 or older; h5repack makes one that is read";
    if (version > 4)
        return SOUND_REFUSED "has a layout of a newer HDF5, which is not read here; write it without libver \"latest\"";
    if (kind == COMPACT) {
        size_t size = (size_t)number(b, 2);
        (void)take(b, size);
        return NULL;
    }
    if (kind == CONTIGUOUS) {
        (void)number(b, 8); /* h5.c looks at both */
        (void)number(b, 8);
        return NULL;
    }
    if (kind != CHUNKED)
        return SOUND_REFUSED "its data lies in other files; store the data itself";
    o->chunked = true;
    if (version == 4) {
        (void)number(b, 1);
        o->chunk_axes = (int)number(b, 1);
        return check_chunk_shape(b, (size_t)number(b, 1), o);
    }
    o->chunk_axes = (int)number(b, 1);
    o->tree = number(b, 8);
    o->chunk_tree = o->tree != SOUND_NOWHERE;
    return check_chunk_shape(b, 4, o);
}

/* Others are refused by name elsewhere (h5.c). HDF5 takes the checksum's bytes off without asking whether they are
 * there: it must be the last filter, whose bytes are those that are stored. */
enum { FILTER_DEFLATE = 1, FILTER_FLETCHER32 = 3 };

static const char *check_filters(bytes_t *b, sound_object_t *o) {
    unsigned version = (unsigned)number(b, 1), count = (unsigned)number(b, 1);
    if (version < 1 || version > 2 || count > 32)
        return "filters of an unknown kind";
    if (version == 1)
        (void)number(b, 6);
    for (unsigned i = 0; i < count && !b->cut; i++) {
        uint64_t id = number(b, 2), name = version == 1 || id >= 256 ? number(b, 2) : 0;
        (void)number(b, 2);
        if (o->sum || (id == FILTER_DEFLATE && o->deflate))
            return SOUND_REFUSED "has filters in an order that is not read here: shuffle, gzip, fletcher32 are";
        o->deflate |= id == FILTER_DEFLATE;
        o->sum |= id == FILTER_FLETCHER32;
        o->other |= id < FILTER_DEFLATE || id > FILTER_FLETCHER32;
        uint64_t values = number(b, 2);
        (void)take(b, (size_t)(version == 1 ? (name + 7) & ~(uint64_t)7 : name));
        (void)take(b, (size_t)(4 * values + (version == 1 && values % 2 ? 4 : 0)));
    }
    o->filters = count;
    return NULL;
}

static const char *check_fill(bytes_t *b) {
    unsigned version = (unsigned)number(b, 1);
    uint64_t flags, size = 0;
    if (version < 1 || version > 3)
        return "a fill value of an unknown kind";
    if (version == 3) {
        flags = number(b, 1);
        size = flags & 0x20 ? number(b, 4) : 0;
    } else {
        flags = number(b, 3);
        size = version == 1 || flags >> 16 ? number(b, 4) : 0;
    }
    if (size == UINT32_MAX) /* -1: none is defined */
        return NULL;
    (void)take(b, (size_t)size);
    return NULL;
}

static const char *check_link(bytes_t *b) {
    unsigned version = (unsigned)number(b, 1), flags = (unsigned)number(b, 1);
    uint64_t kind = flags & 8 ? number(b, 1) : 0;
    (void)number(b, flags & 4 ? 8 : 0);
    (void)number(b, flags & 16 ? 1 : 0);
    uint64_t name = number(b, (size_t)1 << (flags & 3));
    if (version != 1 || name == 0 || name > b->left || memchr(b->at, '\0', (size_t)name))
        return "a link without a name";
    (void)take(b, (size_t)name);
    (void)(kind == 0 ? number(b, 8) : 0);
    if (kind != 0)
        (void)take(b, (size_t)number(b, 2));
    return NULL;
}

/* Link info and attribute info: version, flags, highest order so far, heap, B-trees. */
static const char *check_dense(bytes_t *b, size_t order, sound_dense_t *dense) {
    unsigned version = (unsigned)number(b, 1), flags = (unsigned)number(b, 1);
    if (version != 0 || dense->there)
        return "links or attributes of an unknown kind";
    (void)number(b, flags & 1 ? order : 0);
    dense->there = true;
    dense->heap = number(b, 8);
    dense->by_name = number(b, 8);
    dense->by_order = flags & 2 ? number(b, 8) : SOUND_NOWHERE;
    return NULL;
}

/* ---- all of them ---- */

static const char *once(bool *seen) {
    if (*seen)
        return "a header says the same thing twice";
    *seen = true;
    return NULL;
}

static const char *check_message(unsigned type, bytes_t *b, sound_object_t *o) {
    const char *wrong = NULL;
    switch (type) {
    case 0x01:
        wrong = once(&o->has_space);
        return wrong ? wrong : check_space(b, &o->rank, o->dims);
    case 0x02:
        return check_dense(b, 8, &o->links);
    case 0x03:
        wrong = once(&o->has_type);
        return wrong ? wrong : check_type(b, 0, &o->element);
    case 0x04: /* an old fill value */
        (void)take(b, (size_t)number(b, 4));
        return NULL;
    case 0x05:
        return check_fill(b);
    case 0x06:
        return check_link(b);
    case 0x07:
        return SOUND_REFUSED "its data lies in other files; store the data itself";
    case 0x08:
        wrong = once(&o->has_layout);
        return wrong ? wrong : check_layout(b, o);
    case 0x0b:
        return o->filters ? "a header says the same thing twice" : check_filters(b, o);
    case 0x0c:
        return check_attribute(b);
    case 0x11:
        if (o->group_tree != SOUND_NOWHERE)
            return "a header says the same thing twice";
        o->group_tree = number(b, 8);
        o->group_heap = number(b, 8);
        return o->group_tree == SOUND_NOWHERE ? "a group without links" : NULL;
    case 0x15:
        return check_dense(b, 2, &o->attributes);
    default:
        return NULL;
    }
}

const char *sound_message(unsigned type, const unsigned char *data, size_t size, unsigned flags,
                          sound_object_t *object) {
    bytes_t b = {data, size, false};
    if (flags & 2) /* shared: the message is elsewhere */
        return type == 0 ? NULL
                         : SOUND_REFUSED "shares its type or something else with other objects, which is not read here";
    const char *wrong = check_message(type, &b, object);
    return wrong ? wrong : b.cut ? "a header's message is cut" : NULL;
}
