/* The superblock, and object headers with their continuations. */
#include "base/file.h"
#include "hdf5/sound_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNKS_MAX = 256, HEADER_MAX = 1 << 24 };

bool sound_inside(const sound_t *s, uint64_t address, uint64_t count) {
    return address <= s->size && count <= s->size - address;
}

/* `count` bytes from byte `offset` of the file on. */
static const char *read_bytes(sound_t *s, uint64_t offset, unsigned char *out, size_t count, size_t *got) {
    for (*got = 0; *got < count;) {
        ssize_t now = pread(s->fd, out + *got, count - *got, (off_t)(offset + *got));
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0) {
            s->error = errno;
            return "it cannot be read";
        }
        if (now == 0)
            break;
        *got += (size_t)now;
    }
    return NULL;
}

/* Part of one page of the file. */
static const char *look_at_page(sound_t *s, uint64_t offset, unsigned char *out, size_t count) {
    const uint64_t number = offset / SOUND_PAGE, within = offset % SOUND_PAGE;
    unsigned slot = (unsigned)(number % SOUND_PAGES);
    if (s->pages[slot].bytes == 0 || s->pages[slot].number != number) {
        size_t got = 0;
        const char *wrong = read_bytes(s, number * SOUND_PAGE, s->pages[slot].data, SOUND_PAGE, &got);
        s->pages[slot].number = number;
        s->pages[slot].bytes = got;
        if (wrong)
            return wrong;
    }
    if (within + count > s->pages[slot].bytes)
        return "it became shorter";
    memcpy(out, s->pages[slot].data + within, count);
    return NULL;
}

const char *sound_look(sound_t *s, uint64_t address, void *out, size_t count) {
    if (!sound_inside(s, address, count))
        return "something lies beyond the end of the file";
    if (count > s->left)
        return "its structures go in circles";
    s->left -= count;
    const char *wrong = NULL;
    if (count >= SOUND_PAGE) {
        size_t got = 0;
        wrong = read_bytes(s, s->base + address, out, count, &got);
        return !wrong && got < count ? "it became shorter" : wrong;
    }
    for (size_t done = 0, now; done < count && !wrong; done += now) {
        uint64_t offset = s->base + address + done;
        now = SOUND_PAGE - (size_t)(offset % SOUND_PAGE);
        now = count - done < now ? count - done : now;
        wrong = look_at_page(s, offset, (unsigned char *)out + done, now);
    }
    return wrong;
}

/* ---- superblock ---- */

/* Where HDF5 looks for it: 0, 512, 1024, 2048 ... */
static const char *find_superblock(sound_t *s, uint64_t bytes) {
    static const unsigned char SIGNATURE[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char head[8];
    s->base = 0;
    s->size = bytes;
    for (uint64_t at = 0; at < bytes; at = at ? 2 * at : 512) {
        const char *wrong = sound_look(s, at, head, sizeof head);
        if (wrong)
            break;
        if (memcmp(head, SIGNATURE, sizeof head) == 0) {
            s->base = at;
            s->size = bytes - at;
            return NULL;
        }
    }
    return "no superblock";
}

/* Versions 0 and 1, with the entry of the root group. */
static const char *read_old(sound_t *s, const unsigned char *head) {
    size_t at = head[8] == 0 ? 24 : 28;
    const unsigned char *entry = head + at + 32;
    if (head[9] != 0 || head[10] != 0 || head[12] != 0)
        return "its superblock is of an unknown version";
    s->leaf_k = sound_number(head + 16, 2);
    s->node_k = sound_number(head + 18, 2);
    if (head[8] == 1)
        s->chunk_k = sound_number(head + 24, 2);
    if (s->leaf_k == 0 || s->node_k == 0 || s->chunk_k == 0 || s->chunk_k > 4096 || s->node_k > 4096 ||
        s->leaf_k > 4096)
        return "its superblock has impossible sizes";
    if (sound_number(head + at, 8) != s->base || sound_number(head + at + 24, 8) != SOUND_NOWHERE)
        return "its superblock says that it is part of something else";
    s->root = sound_number(entry + 8, 8);
    if (sound_number(entry + 16, 4) > 1)
        return "its superblock has an impossible root group";
    if (sound_number(entry + 16, 4) == 1) {
        s->root_tree = sound_number(entry + 24, 8);
        s->root_heap = sound_number(entry + 32, 8);
    }
    return NULL;
}

static const char *read_new(sound_t *s, const unsigned char *head) {
    if (sound_number(head + 12, 8) != s->base)
        return "its superblock says that it is part of something else";
    if (sound_number(head + 20, 8) != SOUND_NOWHERE)
        return SOUND_REFUSED "its superblock has an extension, which is not read here; h5repack leaves it out";
    s->root = sound_number(head + 36, 8);
    return NULL;
}

static const char *read_superblock(sound_t *s, int fd) {
    unsigned char head[128] = {0};
    struct stat info;
    s->fd = fd;
    s->error = 0;
    for (int i = 0; i < SOUND_PAGES; i++)
        s->pages[i].bytes = 0;
    if (fstat(s->fd, &info) != 0 || info.st_size <= 0)
        return "no superblock";
    s->left = 2 * (uint64_t)info.st_size + (1 << 16);
    s->leaf_k = 4;
    s->node_k = 16;
    s->chunk_k = 32;
    s->root_tree = s->root_heap = SOUND_NOWHERE;
    const char *wrong = find_superblock(s, (uint64_t)info.st_size);
    if (!wrong)
        wrong = sound_look(s, 0, head, s->size < 100 ? 48 : 100);
    if (wrong)
        return wrong;
    bool old = head[8] <= 1;
    if (head[8] > 3 || (old ? head[13] != 8 || head[14] != 8 : head[9] != 8 || head[10] != 8))
        return SOUND_REFUSED "its superblock is of a kind that is not read here; h5repack makes one that is";
    return old ? read_old(s, head) : read_new(s, head);
}

/* ---- object headers ---- */

/* A chunk of messages that is still to be read. */
typedef struct {
    uint64_t address, length;
} chunk_t;

typedef struct {
    sound_t *s;
    bool attributes, data; /* look at them too, and at chunks of data */
    bool old;
    size_t head; /* bytes before each message */
    chunk_t chunks[CHUNKS_MAX];
    int count;
    sound_object_t object;
} header_t;

static const char *add_chunk(header_t *h, uint64_t address, uint64_t length) {
    if (!sound_inside(h->s, address, length) || length > HEADER_MAX)
        return "a header leads out of the file";
    if (h->count == CHUNKS_MAX)
        return "a header has too many pieces";
    for (int i = 0; i < h->count; i++)
        if (address < h->chunks[i].address + h->chunks[i].length && h->chunks[i].address < address + length)
            return "a header's pieces lie on top of each other";
    h->chunks[h->count++] = (chunk_t){address, length};
    return NULL;
}

enum { MESSAGE_ATTRIBUTE = 0x0c, MESSAGE_CONTINUATION = 0x10 };

static const char *take_message(header_t *h, unsigned type, const unsigned char *data, size_t size, unsigned flags) {
    if (type == MESSAGE_CONTINUATION) {
        if (size < 16)
            return "a header's continuation is cut";
        return add_chunk(h, sound_number(data, 8), sound_number(data + 8, 8));
    }
    if (type == MESSAGE_ATTRIBUTE && !h->attributes)
        return NULL;
    return sound_message(type, data, size, flags, &h->object);
}

/* Messages of the old form: type (2), size (2), flags (1), 3 unused bytes; of the new one: type (1), size (2), flags
 * (1), perhaps an order (2). */
static const char *take_messages(header_t *h, const unsigned char *at, size_t left) {
    while (left >= h->head) {
        unsigned type = (unsigned)sound_number(at, h->old ? 2 : 1), flags = at[h->old ? 4 : 3];
        size_t size = (size_t)sound_number(at + (h->old ? 2 : 1), 2);
        at += h->head;
        left -= h->head;
        if (size > left)
            return "a header's message is cut";
        const char *wrong = take_message(h, type, at, size, flags);
        if (wrong)
            return wrong;
        at += size;
        left -= size;
    }
    return h->old && left > 0 ? "a header's message is cut" : NULL;
}

static const char *take_chunk(header_t *h, int i) {
    chunk_t chunk = h->chunks[i];
    size_t before = !h->old && i > 0 ? 4 : 0, after = h->old ? 0 : 4;
    unsigned char *data = malloc((size_t)chunk.length + 1);
    if (!data)
        return sound_no_memory(h->s);
    const char *wrong = sound_look(h->s, chunk.address, data, (size_t)chunk.length);
    if (!wrong && (chunk.length < before + after || (before && memcmp(data, "OCHK", 4) != 0)))
        wrong = "a header's continuation is none";
    if (!wrong)
        wrong = take_messages(h, data + before, (size_t)chunk.length - before - after);
    free(data);
    return wrong;
}

/* The first chunk: what is in it follows the prefix. */
static const char *take_prefix(header_t *h, uint64_t address) {
    unsigned char head[16] = {0};
    uint64_t room = sound_inside(h->s, address, 0) ? h->s->size - address : 0;
    const char *wrong = sound_look(h->s, address, head, room < sizeof head ? 12 : sizeof head);
    if (wrong)
        return wrong;
    h->old = memcmp(head, "OHDR", 4) != 0;
    if (h->old) {
        h->head = 8;
        return head[0] == 1 ? add_chunk(h, address + 16, sound_number(head + 8, 4)) : "a header is none";
    }
    unsigned flags = head[5];
    size_t prefix = 6 + (size_t)(flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0), width = (size_t)1 << (flags & 3);
    unsigned char length[8];
    h->head = flags & 0x04 ? 6 : 4;
    if (head[4] != 2 || sound_look(h->s, address + prefix, length, width))
        return "a header is none";
    uint64_t bytes = sound_number(length, width);
    return bytes > HEADER_MAX ? "a header is too long" : add_chunk(h, address + prefix + width, bytes + 4);
}

/* What the messages say together. */
static const char *judge(header_t *h, uint64_t address) {
    sound_t *s = h->s;
    const sound_object_t *o = &h->object;
    const char *wrong = NULL;
    if (o->has_layout && (!o->has_space || !o->has_type))
        return "a dataset lacks its space or type";
    if (o->links.there)
        wrong = sound_dense(s, &o->links, false);
    if (!wrong && o->attributes.there && h->attributes)
        wrong = sound_dense(s, &o->attributes, true);
    if (wrong)
        return wrong;
    if (o->group_tree != SOUND_NOWHERE) {
        /* HDF5 may take either. */
        if (address == s->root && s->root_tree != SOUND_NOWHERE &&
            (s->root_tree != o->group_tree || s->root_heap != o->group_heap))
            return "superblock and root group differ";
        return sound_group(s, o->group_tree, o->group_heap);
    }
    return o->chunk_tree && h->data ? sound_chunks(s, o) : NULL;
}

static const char *check_header(sound_t *s, uint64_t address, bool attributes, bool chunks) {
    header_t *h = malloc(sizeof *h);
    if (!h)
        return sound_no_memory(s);
    h->s = s;
    h->attributes = attributes;
    h->data = chunks;
    h->count = 0;
    h->object = (sound_object_t){.group_tree = SOUND_NOWHERE, .group_heap = SOUND_NOWHERE};
    const char *wrong = take_prefix(h, address);
    for (int i = 0; i < h->count && !wrong; i++)
        wrong = take_chunk(h, i);
    if (!wrong)
        wrong = judge(h, address);
    free(h);
    return wrong;
}

/* ---- what callers ask for ---- */

static status_t cannot_look(const sound_t *s, const char *file_name, failure_t *why) {
    return failed(why, STATUS_INTERNAL, "%s: cannot be looked at: %s%s", file_name, strerror(s->error),
                  file_advice(s->error));
}

/* "FILE: /PATH: damaged (what)", or what else is said of it. */
static status_t verdict(const sound_t *s, const char *file_name, const char *path, const char *wrong, failure_t *why) {
    if (!wrong)
        return STATUS_OK;
    if (s->error)
        return cannot_look(s, file_name, why);
    if (wrong[0] == *SOUND_REFUSED)
        return failed(why, STATUS_INPUT, "%s: /%s: %s", file_name, path, wrong + 1);
    return failed(why, STATUS_INPUT, "%s: /%s: damaged (%s)", file_name, path, wrong);
}

status_t sound_file(int fd, const char *file_name, failure_t *why) {
    sound_t s;
    const char *wrong = read_superblock(&s, fd);
    if (!wrong)
        wrong = check_header(&s, s.root, false, false);
    if (wrong && !s.error && wrong[0] != *SOUND_REFUSED)
        return failed(why, STATUS_INPUT,
                      "%s: cannot be opened as an HDF5 file: it is none, or truncated or damaged (%s)", file_name,
                      wrong);
    return verdict(&s, file_name, "", wrong, why);
}

status_t sound_object(int fd, const char *file_name, const char *path, uint64_t address, bool chunks, failure_t *why) {
    sound_t s;
    const char *wrong = read_superblock(&s, fd);
    return verdict(&s, file_name, path, wrong ? wrong : check_header(&s, address, false, chunks), why);
}

status_t sound_root_attributes(int fd, const char *file_name, failure_t *why) {
    sound_t s;
    const char *wrong = read_superblock(&s, fd);
    return verdict(&s, file_name, "", wrong ? wrong : check_header(&s, s.root, true, false), why);
}

status_t sound_strings(int fd, const char *file_name, const char *path, uint64_t offset, uint64_t count,
                       failure_t *why) {
    sound_t s;
    const char *wrong = read_superblock(&s, fd);
    return verdict(&s, file_name, path, wrong ? wrong : sound_references(&s, offset, count), why);
}
