#include "model/masking.h"

#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = 64
}; /* a cache line, and the widest vectors: how the engine reads it never depends on the address */

void masking_free(masking_t *masking) {
    free(masking->x);
    if (!masking->lent)
        free(masking->buffer);
    *masking = (masking_t){0};
}

/* Room for the copies of a sample of `elements` elements. */
static status_t make_room(masking_t *masking, size_t elements, failure_t *why) {
    const size_t width = element_bytes(masking->type);
    if (masking->elements == elements)
        return STATUS_OK;
    free(masking->x);
    masking->elements = 0;
    masking->x = calloc(elements, 2 * sizeof(double) + sizeof(size_t) + 2 * width + sizeof(int32_t));
    if (!masking->x)
        return failed(why, STATUS_INTERNAL, "masking: out of memory for %zu elements", elements);
    masking->elements = elements;
    masking->baseline = masking->x + elements;
    masking->members = (size_t *)(void *)(masking->baseline + elements);
    masking->players = (int32_t *)(void *)(masking->members + elements);
    masking->present = (char *)(masking->players + elements);
    masking->absent = masking->present + elements * width;
    return STATUS_OK;
}

/* Writes `from` as the model's type. */
static status_t convert(const masking_t *masking, const double *from, const char *what, char *to, failure_t *why) {
    const element_t type = masking->type;
    const size_t count = masking->elements, written = element_write(type, from, count, to);
    if (written == count)
        return STATUS_OK;
    return failed(why, STATUS_CERTAIN, "element %zu of the %s, %g, %s the model's %s input", written, what,
                  from[written], element_fault(type, from[written]), element_name(type));
}

/* Sorts the elements by player (counting sort). */
static void list_members(masking_t *masking, int n) {
    size_t next[PLAYERS_MAX + 1] = {0};
    for (size_t e = 0; e < masking->elements; e++)
        if (masking->players[e] >= 0)
            next[masking->players[e] + 1]++;
    for (int i = 0; i < n; i++)
        next[i + 1] += next[i];
    memcpy(masking->starts, next, sizeof next);
    for (size_t e = 0; e < masking->elements; e++)
        if (masking->players[e] >= 0)
            masking->members[next[masking->players[e]]++] = e;
}

static status_t check_players(const sample_t *sample, failure_t *why) {
    if (sample->n < 0 || sample->n > PLAYERS_MAX)
        return failed(why, STATUS_INPUT, "a sample of %d players: 0 ... %d are possible", sample->n, (int)PLAYERS_MAX);
    for (size_t e = 0; e < sample->elements; e++)
        if (sample->players[e] < -1 || sample->players[e] >= sample->n)
            return failed(why, STATUS_INPUT, "element %zu belongs to player %d: -1 ... %d are possible", e,
                          (int)sample->players[e], sample->n - 1);
    return STATUS_OK;
}

/* Takes over a sample that differs from the last. */
static status_t take_sample(masking_t *masking, const sample_t *sample, const double *baseline, failure_t *why) {
    masking->taken++;
    TRY(check_players(sample, why));
    TRY(make_room(masking, sample->elements, why));
    memcpy(masking->x, sample->x, sample->elements * sizeof *masking->x);
    memcpy(masking->baseline, baseline, sample->elements * sizeof *masking->baseline);
    memcpy(masking->players, sample->players, sample->elements * sizeof *masking->players);
    masking->n = sample->n;
    list_members(masking, sample->n);
    TRY(convert(masking, masking->x, "sample", masking->present, why));
    return convert(masking, masking->baseline, "baseline", masking->absent, why);
}

static bool same_sample(const masking_t *masking, const sample_t *sample, const double *baseline) {
    size_t count = masking->elements;
    return masking->n == sample->n && count == sample->elements &&
           memcmp(masking->x, sample->x, count * sizeof *masking->x) == 0 &&
           memcmp(masking->players, sample->players, count * sizeof *masking->players) == 0 &&
           memcmp(masking->baseline, baseline, count * sizeof *masking->baseline) == 0;
}

static status_t size_buffer(masking_t *masking, size_t rows, failure_t *why) {
    size_t bytes = 0;
    if (masking->lent)
        return STATUS_OK;
    if (__builtin_mul_overflow(rows, masking->elements, &bytes) ||
        __builtin_mul_overflow(bytes, element_bytes(masking->type), &bytes) ||
        __builtin_add_overflow(bytes, ALIGNMENT, &bytes))
        return failed(why, STATUS_INPUT, "a batch of %zu rows of %zu elements does not fit into memory", rows,
                      masking->elements);
    bytes -= bytes % ALIGNMENT;
    if (bytes <= masking->room)
        return STATUS_OK;
    free(masking->buffer);
    masking->room = 0;
    masking->buffer = aligned_alloc(ALIGNMENT, bytes);
    if (!masking->buffer)
        return failed(why, STATUS_INTERNAL, "masking: out of memory for a batch of %zu bytes: lower sweep.batch",
                      bytes);
    masking->room = bytes;
    return STATUS_OK;
}

status_t masking_begin(masking_t *masking, const sample_t *sample, int baseline, size_t chunk, size_t rows,
                       failure_t *why) {
    const double *chosen = sample->baseline + (size_t)baseline * sample->elements;
    bool same = masking->filled && same_sample(masking, sample, chosen);
    if (same && masking->chunk == chunk && masking->rows == rows)
        return STATUS_OK;
    masking->filled = false;
    if (!same)
        TRY(take_sample(masking, sample, chosen, why));
    TRY(size_buffer(masking, rows, why));
    masking->chunk = chunk;
    masking->rows = rows;
    return STATUS_OK;
}

/* The elements of one player in `rows` rows from `row` on; width is a constant where this is inlined, as below. */
static inline void write_player(const masking_t *masking, char *row, size_t rows, int player, bool present,
                                size_t width) {
    const size_t *member = masking->members + masking->starts[player];
    size_t count = masking->starts[player + 1] - masking->starts[player];
    const char *from = present ? masking->present : masking->absent;
    const size_t pitch = masking->elements * width;
    char one[sizeof(double)];
    if (count == 1) { /* as in a table of features: it stays in a register */
        memcpy(one, from + *member * width, width);
        row += *member * width;
        for (size_t r = 0; r < rows; r++, row += pitch)
            memcpy(row, one, width);
        return;
    }
    for (size_t r = 0; r < rows; r++, row += pitch)
        for (size_t k = 0; k < count; k++)
            memcpy(row + member[k] * width, from + member[k] * width, width);
}

/* The players in which two masks differ, in `rows` rows that hold the one and shall hold the other. */
static inline void write_changed(const masking_t *masking, char *row, size_t rows, mask_t from, mask_t to,
                                 size_t width) {
    for (mask_t changed = from ^ to; changed != 0; changed &= changed - 1) {
        int player = __builtin_ctzll(changed);
        write_player(masking, row, rows, player, to >> player & 1, width);
    }
}

static mask_t mask_of_row(const masking_t *masking, mask_t first, size_t row) {
    return row < masking->chunk ? first + row : 0;
}

/* All rows anew: each is the one before with a few players changed. */
static inline void write_rows(const masking_t *masking, mask_t first, size_t width) {
    size_t bytes = masking->elements * width;
    char *row = masking->buffer;
    mask_t all = mask_count(masking->n) - 1;
    memcpy(row, masking->present, bytes);
    write_changed(masking, row, 1, all, first, width);
    for (size_t r = 1; r < masking->rows; r++, row += bytes) {
        memcpy(row + bytes, row, bytes);
        write_changed(masking, row + bytes, 1, mask_of_row(masking, first, r - 1), mask_of_row(masking, first, r),
                      width);
    }
}

static inline void fill(const masking_t *masking, mask_t first, size_t width) {
    if (!masking->filled) {
        write_rows(masking, first, width);
        return;
    }
    write_changed(masking, masking->buffer, masking->chunk, masking->first, first, width);
}

void masking_fill(masking_t *masking, mask_t first) {
    switch (element_bytes(masking->type)) {
    case 1:
        fill(masking, first, 1);
        break;
    case 2:
        fill(masking, first, 2);
        break;
    case 4:
        fill(masking, first, 4);
        break;
    default:
        fill(masking, first, 8);
    }
    masking->first = first;
    masking->filled = true;
}
