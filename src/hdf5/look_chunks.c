#include "hdf5/look_chunks.h"

#include "base/memory.h"

#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

enum { FILTERS_MAX = 32, SUM_BYTES = 4, INFLATED_AT_ONCE = 1 << 16 };

typedef struct {
    const h5_dataset_t *of;
    hsize_t chunk[H5_RANK];
    bool whole_only; /* chunks that extend beyond the dataset are stored without filters */
    uint64_t bytes;  /* of a chunk in memory */
    int filters;
    H5Z_filter_t filter[FILTERS_MAX];
    struct inflate_state *inflate; /* owned */
    unsigned char *data, *out;     /* a chunk as it is stored [room], a piece of what it inflates to; owned */
    uint64_t room;
} chunks_t;

/* ---- one chunk ---- */

/* Whether `count` bytes inflate to `wanted`. */
static bool inflates_to(chunks_t *c, uint64_t count, uint64_t wanted) {
    struct inflate_state *state = c->inflate;
    uint64_t total = 0;
    int code = ISAL_DECOMP_OK;
    isal_inflate_init(state);
    state->crc_flag = ISAL_ZLIB;
    state->next_in = c->data;
    state->avail_in = (uint32_t)count;
    do {
        state->next_out = c->out;
        state->avail_out = INFLATED_AT_ONCE;
        code = isal_inflate(state);
        total += INFLATED_AT_ONCE - state->avail_out;
    } while (code == ISAL_DECOMP_OK && state->avail_out == 0 && total <= wanted);
    return code == ISAL_DECOMP_OK && state->block_state == ISAL_BLOCK_FINISH && total == wanted;
}

/* Follows the filters from the first one on: the bytes that HDF5 will have after each. skipped: bit i, filter i was not
 * used. */
static status_t check_filters(chunks_t *c, uint32_t skipped, uint64_t stored, failure_t *why) {
    uint64_t expected = c->bytes, sums = 0;
    bool deflated = false;
    for (int i = 0; i < c->filters; i++) {
        if (skipped >> i & 1)
            continue;
        if (c->filter[i] == H5Z_FILTER_DEFLATE && deflated)
            return h5_refuse(c->of, why, "was compressed twice, which harsanyi does not read; compress it once");
        deflated |= c->filter[i] == H5Z_FILTER_DEFLATE;
        if (c->filter[i] == H5Z_FILTER_FLETCHER32)
            *(deflated ? &sums : &expected) += SUM_BYTES;
    }
    if (stored < sums || (deflated ? !inflates_to(c, stored - sums, expected) : stored != expected))
        return h5_refuse(c->of, why, "damaged (a chunk %s)",
                         deflated ? "does not inflate to its size" : "has the wrong size");
    return STATUS_OK;
}

static bool reaches_beyond(const chunks_t *c, const hsize_t *at) {
    for (int i = 0; i < c->of->rank; i++)
        if (c->chunk[i] > c->of->dims[i] - at[i])
            return true;
    return false;
}

static status_t check_chunk(chunks_t *c, const hsize_t *at, uint64_t *bytes, failure_t *why) {
    hsize_t stored = 0;
    uint32_t skipped = 0;
    if (H5Dget_chunk_storage_size(c->of->id, at, &stored) < 0)
        return h5_damaged(c->of, why);
    if (stored > *bytes || stored > UINT32_MAX)
        return h5_refuse(c->of, why, "damaged (its chunks are larger than the file)");
    *bytes -= stored;
    if (stored > c->room) {
        c->data = memory_grow(c->data, stored, 1, "a chunk");
        c->room = stored;
    }
    if (H5Dread_chunk(c->of->id, H5P_DEFAULT, at, &skipped, c->data) < 0)
        return h5_damaged(c->of, why);
    if (c->whole_only && reaches_beyond(c, at))
        skipped = UINT32_MAX;
    return check_filters(c, skipped, stored, why);
}

/* ---- all of them ---- */

/* The next chunk in row-major order; false after the last one. */
static bool next(const chunks_t *c, hsize_t *at) {
    for (int i = c->of->rank - 1; i >= 0; i--) {
        at[i] += c->chunk[i];
        if (at[i] < c->of->dims[i])
            return true;
        at[i] = 0;
    }
    return false;
}

static status_t prepare(chunks_t *c, hid_t list, failure_t *why) {
    c->filters = H5Pget_nfilters(list);
    unsigned options = 0;
    if (c->filters < 0 || c->filters > FILTERS_MAX || H5Pget_chunk(list, H5_RANK, c->chunk) != c->of->rank ||
        H5Pget_chunk_opts(list, &options) < 0)
        return h5_damaged(c->of, why);
    c->whole_only = options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS;
    for (int i = 0; i < c->filters; i++) {
        unsigned flags;
        size_t values = 0;
        c->filter[i] = H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
    }
    uint64_t elements = 0;
    h5_count(c->of->rank, c->chunk, &elements);
    c->bytes = elements * h5_stored_width(c->of);
    c->inflate = memory_need(1, sizeof *c->inflate, "reading chunks");
    c->out = memory_need(INFLATED_AT_ONCE, 1, "reading chunks");
    return STATUS_OK;
}

status_t look_chunks(const h5_dataset_t *dataset, uint64_t *bytes, void (*get_on)(void *self), void *self,
                     failure_t *why) {
    chunks_t c = {.of = dataset};
    hid_t list H5_OWNED = H5Dget_create_plist(dataset->id);
    hsize_t at[H5_RANK] = {0};
    if (list < 0)
        return h5_damaged(dataset, why);
    if (H5Pget_layout(list) != H5D_CHUNKED)
        return STATUS_OK;
    status_t status = prepare(&c, list, why);
    while (status == STATUS_OK) {
        status = check_chunk(&c, at, bytes, why);
        get_on(self);
        if (!next(&c, at))
            break;
    }
    free(c.inflate);
    free(c.data);
    free(c.out);
    return status;
}
