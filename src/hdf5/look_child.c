#include "hdf5/look.h"

#include "base/clock.h"
#include "base/memory.h"
#include "hdf5/h5.h"

#include <isa-l.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0 /* 1: memory cannot be limited, since shadow memory needs terabytes of addresses */
#endif

enum { FIRST_ARGUMENT = 2, STRINGS_AT_ONCE = 1 << 12, ATTRIBUTE_MAX = 1 << 26 };
enum { FILTERS_MAX = 32, SUM_BYTES = 4, INFLATED_AT_ONCE = 1 << 16 };

typedef struct {
    h5_file_t file;
    h5_dataset_t at; /* the names of the current object */
    int seconds;
    double signed_at; /* when the parent last got a sign of progress */
    uint64_t file_bytes;
    uint64_t bytes; /* left for chunks: each byte of the file belongs to at most one */
    failure_t why;
} visit_t;

/* ---- limits ---- */

static void set_limit(int resource, unsigned long long most) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return;
    limit.rlim_cur = most < limit.rlim_max ? (rlim_t)most : limit.rlim_max;
    setrlimit((__rlimit_resource_t)resource, &limit);
}

/* From now on. RLIMIT_CPU would count from the start of the process. */
static void limit_time(int seconds) {
    const struct itimerval limit = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_PROF, &limit, NULL);
}

static unsigned long long memory_for(unsigned long long bytes) {
    return (1ull << 28) + 2 * bytes;
}

void look_child_limit(int seconds, unsigned long long bytes) {
    static const int CRASHES[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < sizeof CRASHES / sizeof *CRASHES; i++)
        signal(CRASHES[i], SIG_DFL); /* no sanitizer report: the parent reports it */
    set_limit(RLIMIT_CORE, 0);
    limit_time(seconds);
    if (!SANITIZED)
        set_limit(RLIMIT_DATA, memory_for(bytes));
}

/* Sends the parent a sign of progress, at most once a second, and restarts the time limit. */
static void get_on(visit_t *v) {
    const char sign = LOOK_GETS_ON;
    if (clock_seconds() - v->signed_at < 1)
        return;
    v->signed_at = clock_seconds();
    limit_time(v->seconds);
    if (write(STDOUT_FILENO, &sign, 1) != 1)
        _exit(LOOK_UNKNOWN); /* the parent is gone */
}

/* ---- attributes ---- */

/* Reads an attribute with everything it refers to, and frees it. */
static status_t read_attribute(visit_t *v, hid_t attribute, const char *name) {
    hid_t type H5_OWNED = H5Aget_type(attribute), space H5_OWNED = H5Aget_space(attribute);
    hssize_t count = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    size_t width = type < 0 ? 0 : H5Tget_size(type);
    uint64_t bytes;
    if (count < 0 || width == 0)
        return h5_damaged(&v->at, &v->why);
    if (count == 0)
        return STATUS_OK;
    if (__builtin_mul_overflow((uint64_t)count, width, &bytes) || bytes > ATTRIBUTE_MAX)
        return h5_refuse(&v->at, &v->why, "damaged (attribute %s has %lld values)", name, (long long)count);
    void *data OWNED = memory_need((size_t)bytes, 1, "an attribute");
    if (H5Aread(attribute, type, data) < 0)
        return h5_damaged(&v->at, &v->why);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, data);
    return STATUS_OK;
}

/* Ends the visit at something that HDF5 cannot read. */
static herr_t damaged(visit_t *v) {
    h5_damaged(&v->at, &v->why);
    return -1;
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *self) {
    visit_t *v = self;
    (void)info;
    get_on(v);
    hid_t attribute H5_OWNED = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return damaged(v);
    return read_attribute(v, attribute, name) == STATUS_OK ? 0 : -1;
}

/* ---- chunks ---- */

/* Every chunk is read once and gzip undone here: HDF5 assumes that a chunk inflates to its full size, and reads past
 * its end when it does not. */
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

/* The next chunk in row-major order; false after the last one. */
static bool next_chunk(const chunks_t *c, hsize_t *at) {
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

static status_t read_chunks(visit_t *v, const h5_dataset_t *dataset) {
    chunks_t c = {.of = dataset};
    hid_t list H5_OWNED = H5Dget_create_plist(dataset->id);
    hsize_t at[H5_RANK] = {0};
    if (list < 0)
        return h5_damaged(dataset, &v->why);
    if (H5Pget_layout(list) != H5D_CHUNKED)
        return STATUS_OK;
    status_t status = prepare(&c, list, &v->why);
    while (status == STATUS_OK) {
        status = check_chunk(&c, at, &v->bytes, &v->why);
        get_on(v);
        if (!next_chunk(&c, at))
            break;
    }
    free(c.inflate);
    free(c.data);
    free(c.out);
    return status;
}

/* ---- strings of variable length ---- */

/* Rows first ... first + rows - 1 of the first axis; a scalar has one. */
static status_t read_strings(const h5_dataset_t *d, hid_t type, hsize_t first, hsize_t rows, failure_t *why) {
    hsize_t start[H5_RANK] = {first}, box[H5_RANK];
    uint64_t count;
    memcpy(box, d->dims, sizeof box);
    box[0] = rows;
    if (!h5_count(d->rank, box, &count))
        return h5_refuse(d, why, "damaged (impossible shape)");
    char **strings OWNED = memory_need((size_t)count, sizeof *strings, "strings");
    hid_t from H5_OWNED = H5Dget_space(d->id), space H5_OWNED = H5Screate_simple(1, &(hsize_t){count}, NULL);
    if ((d->rank > 0 && H5Sselect_hyperslab(from, H5S_SELECT_SET, start, NULL, box, NULL) < 0) ||
        H5Dread(d->id, type, space, from, H5P_DEFAULT, (void *)strings) < 0)
        return h5_damaged(d, why);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, (void *)strings);
    return STATUS_OK;
}

/* h5_open_dataset has compared the shape with the stored bytes. */
static status_t read_all_strings(const h5_dataset_t *d, failure_t *why) {
    hid_t type H5_OWNED = H5Dget_type(d->id), list H5_OWNED = H5Dget_create_plist(d->id);
    hsize_t rows = d->rank > 0 ? d->dims[0] : 1, chunk[H5_RANK], at_once = 1;
    uint64_t row = 1;
    if (type < 0 || list < 0)
        return h5_damaged(d, why);
    if (d->rank > 1)
        h5_count(d->rank - 1, d->dims + 1, &row);
    if (d->rank > 0 && H5Pget_layout(list) == H5D_CHUNKED && H5Pget_chunk(list, H5_RANK, chunk) > 0)
        at_once = chunk[0];
    else if (row > 0 && row < STRINGS_AT_ONCE)
        at_once = STRINGS_AT_ONCE / row;
    for (hsize_t first = 0; first < rows; first += at_once)
        TRY(read_strings(d, type, first, at_once < rows - first ? at_once : rows - first, why));
    return STATUS_OK;
}

/* ---- objects ---- */

/* The program reads no other kinds. */
static bool is_read(const h5_dataset_t *d) {
    return d->kind == H5T_INTEGER || d->kind == H5T_FLOAT || d->kind == H5T_ENUM || d->kind == H5T_STRING;
}

/* An unusable dataset is no reason to refuse the file: the program may need only others. */
static status_t read_dataset(visit_t *v) {
    H5_DATASET dataset = {0};
    failure_t refused;
    if (h5_open_dataset(&v->file, v->at.path, &dataset, &refused) != STATUS_OK || !is_read(&dataset))
        return STATUS_OK;
    TRY(read_chunks(v, &dataset));
    return dataset.variable ? read_all_strings(&dataset, &v->why) : STATUS_OK;
}

/* HDF5 1.12 has these under new names. */
#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info1_t object_info_t;
#else
typedef H5O_info_t object_info_t;
#endif

static herr_t visit_object(hid_t file, const char *path, const object_info_t *info, void *self) {
    visit_t *v = self;
    v->at.path = strcmp(path, ".") == 0 ? "" : path;
    get_on(v);
    hid_t object H5_OWNED = H5Oopen(file, path, H5P_DEFAULT);
    hsize_t at = 0;
    if (object < 0)
        return damaged(v);
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, &at, visit_attribute, v) < 0)
        return v->why.status == STATUS_OK ? damaged(v) : -1;
    if (info->type == H5O_TYPE_DATASET && read_dataset(v) != STATUS_OK)
        return -1;
    v->at.path = ""; /* valid during this call only */
    return 0;
}

static status_t visit_file(visit_t *v) {
    if (H5Fis_hdf5(v->at.file_name) == 0)
        return STATUS_OK;
    TRY(h5_open_file(v->at.file_name, &v->file, &v->why));
    if (H5Ovisit2(v->file.id, H5_INDEX_NAME, H5_ITER_NATIVE, visit_object, v, H5O_INFO_BASIC) < 0 &&
        v->why.status == STATUS_OK)
        h5_damaged(&v->at, &v->why);
    return v->why.status;
}

/* ---- the process ---- */

bool look_child_is(int argc, char **argv) {
    return argc == FIRST_ARGUMENT + 2 && strcmp(argv[1], LOOK_COMMAND) == 0;
}

/* Whether the machine ran out of memory, and not just the child with its limit. */
static bool memory_is_short(const visit_t *v) {
    if (!strstr(v->why.text, "alloc")) /* HDF5's word for it */
        return false;
    set_limit(RLIMIT_DATA, RLIM_INFINITY);
    void *memory = malloc((size_t)memory_for(v->file_bytes));
    free(memory);
    return memory == NULL;
}

/* Reports to the parent. Runs no exit handlers: HDF5 keeps memory and handles of what it cannot read. */
_Noreturn static void tell(visit_t *v, status_t status) {
    if (status == STATUS_INPUT && memory_is_short(v))
        status = failed(&v->why, STATUS_INTERNAL, "%s: out of memory in the child process that checks the file",
                        v->at.file_name);
    size_t length = strlen(v->why.text);
    bool said = write(STDOUT_FILENO, v->why.text, length) == (ssize_t)length;
    _exit(said && status == STATUS_INPUT ? LOOK_DAMAGED : LOOK_UNKNOWN);
}

int look_child(char **argv) {
    struct stat info;
    visit_t v = {.at = {.file_name = argv[FIRST_ARGUMENT], .path = ""}};
    v.seconds = (int)strtol(argv[FIRST_ARGUMENT + 1], NULL, 10);
    v.file_bytes = stat(v.at.file_name, &info) == 0 ? (uint64_t)info.st_size : 0;
    v.bytes = v.file_bytes;
    look_child_limit(v.seconds, v.file_bytes);
    v.signed_at = clock_seconds();
    H5_QUIET;
    status_t status = visit_file(&v);
    h5_close_file(&v.file);
    if (status != STATUS_OK)
        tell(&v, status);
    return LOOK_GOOD;
}
