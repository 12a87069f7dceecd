/* Mutations that come through: most bytes of an HDF5 file are zeros, NaN or numbers that nobody checks, and a broken
 * signature ends everything at once. */
#include "fuzz/fuzz.h"

#include <string.h>

static uint64_t state;

/* xorshift64* */
static uint64_t random_below(uint64_t limit) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545f4914f6cdd1du >> 16) % limit;
}

/* A place that is likely metadata: with something other than filling beside it. The superblock's signature stays. */
static size_t place(const uint8_t *data, size_t size) {
    static const uint8_t ZEROS[8] = {0}, NANS[8] = {0, 0, 0, 0, 0, 0, 0xf8, 0x7f};
    size_t at = 8;
    for (int tries = 0; tries < 8; tries++) {
        at = 8 + random_below(size - 8);
        const uint8_t *word = data + (at & ~(size_t)7);
        if (at + 8 >= size || (memcmp(word, ZEROS, 8) != 0 && memcmp(word, NANS, 8) != 0))
            break;
    }
    return at;
}

/* Numbers that sizes, counts and addresses must not be, or might be. */
static uint64_t odd_number(size_t size) {
    const uint64_t numbers[] = {0,           1,           2,          3,      7,         8,
                                16,          255,         256,        0xffff, 0x10000,   0x7fffffff,
                                0x80000000u, 0xffffffffu, size - 1,   size,   size + 1,  1ull << 32,
                                1ull << 60,  1ull << 61,  1ull << 63, ~0ull,  ~0ull - 1, size / 2};
    return numbers[random_below(sizeof numbers / sizeof *numbers)];
}

static void put_number(uint8_t *data, size_t size, uint64_t number) {
    size_t width = (size_t)1 << random_below(4), at = place(data, size);
    at -= random_below(2) ? at % width : 0; /* fields are mostly aligned */
    at = at < 8 ? 8 : at;
    for (size_t i = 0; i < width && at + i < size; i++)
        data[at + i] = (uint8_t)(number >> (8 * i));
}

static void copy_piece(uint8_t *data, size_t size) {
    size_t length = (size_t)8 << random_below(5), from = place(data, size) & ~(size_t)7,
           to = place(data, size) & ~(size_t)7;
    if (from + length <= size && to + length <= size && to >= 8)
        memmove(data + to, data + from, length);
}

/* ---- checksums: without right ones the newer structures end everything at once ---- */

static uint32_t rotate(uint32_t x, int bits) {
    return x << bits | x >> (32 - bits);
}

/* Bob Jenkins' lookup3 (hashlittle with 0), which HDF5 checks its metadata with. */
static uint32_t lookup3(const uint8_t *key, size_t length) {
    static const int MIX[6] = {4, 6, 8, 16, 19, 4}, LAST[7] = {14, 11, 25, 16, 4, 14, 24};
    uint32_t v[3];
    v[0] = v[1] = v[2] = 0xdeadbeefu + (uint32_t)length;
    for (;;) {
        for (size_t i = 0; i < 12 && i < length; i++)
            v[i / 4] += (uint32_t)key[i] << (8 * (i % 4));
        if (length <= 12)
            break;
        for (int i = 0; i < 6; i++) { /* a -= c, a ^= rot(c), c += b; then the next letter */
            uint32_t *a = &v[i % 3], *b = &v[(i + 1) % 3], *c = &v[(i + 2) % 3];
            *a = (*a - *c) ^ rotate(*c, MIX[i]);
            *c += *b;
        }
        key += 12;
        length -= 12;
    }
    for (int i = 0; i < 7 && length > 0; i++) { /* c ^= b, c -= rot(b); then the next letter */
        uint32_t *c = &v[(2 + i) % 3], *b = &v[(1 + i) % 3];
        *c = (*c ^ *b) - rotate(*b, LAST[i]);
    }
    return v[2];
}

static void seal(uint8_t *data, size_t size, size_t at, size_t length) {
    if (length > size - at || size - at - length < 4)
        return;
    uint32_t sum = lookup3(data + at, length);
    for (int i = 0; i < 4; i++)
        data[at + length + (size_t)i] = (uint8_t)(sum >> (8 * i));
}

/* The length of the first chunk of an object header of version 2, without its checksum. */
static size_t header_length(const uint8_t *at, size_t left) {
    unsigned flags = at[5];
    size_t prefix = 6 + (flags & 0x20 ? 16u : 0u) + (flags & 0x10 ? 4u : 0u), width = (size_t)1 << (flags & 3),
           chunk = 0;
    if (prefix + width > left)
        return left;
    for (size_t i = 0; i < width; i++)
        chunk |= (size_t)at[prefix + i] << (8 * i);
    return chunk > left ? left : prefix + width + chunk;
}

static void seal_all(uint8_t *data, size_t size) {
    if (size > 48 && data[8] >= 2)
        seal(data, size, 0, 44);
    for (size_t at = 48; at + 8 < size; at++) {
        if (data[at] != 'O' && data[at] != 'B' && data[at] != 'F') /* most bytes are nothing */
            continue;
        if (memcmp(data + at, "OHDR", 4) == 0)
            seal(data, size, at, header_length(data + at, size - at));
        else if (memcmp(data + at, "BTHD", 4) == 0)
            seal(data, size, at, 34);
        else if (memcmp(data + at, "FRHP", 4) == 0)
            seal(data, size, at, 142);
    }
}

size_t fuzz_hdf5_mutate(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    state = ((uint64_t)seed << 20 | 0x9e3779b9u) * 0x9e3779b97f4a7c15u | 1;
    (void)capacity;
    if (size < 64)
        return size;
    for (uint64_t changes = 1 + random_below(3); changes > 0; changes--)
        switch (random_below(8)) {
        case 0:
        case 1:
            data[place(data, size)] ^= (uint8_t)(1u << random_below(8));
            break;
        case 2:
            data[place(data, size)] = (uint8_t)random_below(256);
            break;
        case 3:
        case 4:
            put_number(data, size, odd_number(size));
            break;
        case 5: /* an address of something, or a small number */
            put_number(data, size, random_below(2) ? random_below(size) & ~(uint64_t)7 : random_below(64));
            break;
        case 6:
            copy_piece(data, size);
            break;
        default: /* how the target is used (its last byte), now and then a shorter file */
            if (random_below(8))
                data[size - 1] = (uint8_t)random_below(256);
            else
                size -= random_below(size - 64 + 1) / 2;
        }
    if (random_below(4)) /* now and then damage that is not meant */
        seal_all(data, size);
    return size;
}
