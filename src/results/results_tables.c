/* Values and interactions of samples, and these as rows to be read leaf by leaf. */
#include "base/file.h"
#include "base/nan.h"
#include "results/results_private.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/uio.h>

status_t results_write_values(results_t *results, int64_t sample, mask_t first, mask_t count, const double *data,
                              failure_t *why) {
    return results_put(results, DATASET_VALUES, (uint64_t)sample, first, count, data, why);
}

status_t results_read_values(const results_t *results, int64_t sample, mask_t first, mask_t count, double *data,
                             failure_t *why) {
    return results_get(results, DATASET_VALUES, (uint64_t)sample, first, count, data, why);
}

status_t results_write_interactions(results_t *results, int64_t sample, mask_t first, mask_t count, const double *data,
                                    failure_t *why) {
    return results_put(results, DATASET_INTERACTIONS, (uint64_t)sample, first, count, data, why);
}

status_t results_read_interactions(const results_t *results, int64_t sample, mask_t first, mask_t count, double *data,
                                   failure_t *why) {
    return results_get(results, DATASET_INTERACTIONS, (uint64_t)sample, first, count, data, why);
}

/* A stretch of a table that is written from pieces of memory, many at once. */
typedef struct {
    const results_t *results;
    uint64_t offset; /* in the file, of the first piece */
    size_t count, bytes;
    struct iovec pieces[64];
} gather_t;

static status_t gather_begin(gather_t *gather, const results_t *results, int id, int64_t sample, mask_t first,
                             failure_t *why) {
    gather->results = results;
    gather->count = gather->bytes = 0;
    return results_locate(results, id, (uint64_t)sample, first, 0, &gather->offset, why);
}

static status_t gather_end(gather_t *gather, failure_t *why) {
    const results_t *results = gather->results;
    TRY(file_write_pieces_at(results->fd, results->path, gather->pieces, gather->count, gather->offset, why));
    gather->offset += gather->bytes;
    gather->count = gather->bytes = 0;
    return STATUS_OK;
}

static status_t gather_add(gather_t *gather, const double *data, mask_t count, failure_t *why) {
    if (gather->count == sizeof gather->pieces / sizeof *gather->pieces)
        TRY(gather_end(gather, why));
    /* It is only read through the pointer, which is not const since reading takes the same type. */
    gather->pieces[gather->count++] = (struct iovec){(void *)(uintptr_t)data, (size_t)count * sizeof *data};
    gather->bytes += (size_t)count * sizeof *data;
    return STATUS_OK;
}

enum { NANS = 1 << 13 };

static status_t gather_add_nans(gather_t *gather, const double nans[NANS], mask_t count, failure_t *why) {
    for (mask_t now; count > 0; count -= now) {
        now = count < NANS ? count : NANS;
        TRY(gather_add(gather, nans, now, why));
    }
    return STATUS_OK;
}

/* NULL without memory. */
static double *make_nans(void) {
    double *nans = malloc(NANS * sizeof *nans);
    for (int i = 0; nans && i < NANS; i++)
        nans[i] = nan_canonical();
    return nans;
}

/* rows[k]: [2^n of sample + k]. */
static status_t put_tables(const results_t *results, int id, int64_t sample, size_t count, const double *const *rows,
                           const double nans[NANS], failure_t *why) {
    gather_t gather;
    mask_t all = mask_count(results_players(results));
    if (sample < 0 || (uint64_t)sample + count > (uint64_t)results_samples(results))
        return failed(why, STATUS_INTERNAL, "%s: it has no %zu samples from %lld on", results->path, count,
                      (long long)sample);
    TRY(gather_begin(&gather, results, id, sample, 0, why));
    for (size_t k = 0; k < count; k++) {
        mask_t masks = mask_count(results_players_of(results, sample + (int64_t)k));
        TRY(gather_add(&gather, rows[k], masks, why));
        TRY(gather_add_nans(&gather, nans, all - masks, why));
    }
    return gather_end(&gather, why);
}

status_t results_write_tables(results_t *results, int64_t sample, size_t count, const double *const *values,
                              const double *const *interactions, failure_t *why) {
    double *nans = make_nans();
    if (!nans)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = put_tables(results, DATASET_VALUES, sample, count, values, nans, why);
    if (status == STATUS_OK)
        status = put_tables(results, DATASET_INTERACTIONS, sample, count, interactions, nans, why);
    free(nans);
    return status;
}

static status_t put_tail(const results_t *results, int id, int64_t sample, mask_t first, const double nans[NANS],
                         failure_t *why) {
    gather_t gather;
    TRY(gather_begin(&gather, results, id, sample, first, why));
    TRY(gather_add_nans(&gather, nans, mask_count(results_players(results)) - first, why));
    return gather_end(&gather, why);
}

status_t results_write_nan_tail(results_t *results, int64_t sample, mask_t first, failure_t *why) {
    if (first >= mask_count(results_players(results)))
        return STATUS_OK;
    double *nans = make_nans();
    if (!nans)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    status_t status = put_tail(results, DATASET_VALUES, sample, first, nans, why);
    if (status == STATUS_OK)
        status = put_tail(results, DATASET_INTERACTIONS, sample, first, nans, why);
    free(nans);
    return status;
}

struct results_row {
    const results_t *results; /* borrowed */
    bool interactions;
    int64_t sample;
    double leaf[1 << LEAF_BITS];
};

status_t results_row_open(const results_t *results, bool interactions, results_row_t **out, failure_t *why) {
    *out = malloc(sizeof **out);
    if (!*out)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", results->path);
    (*out)->results = results;
    (*out)->interactions = interactions;
    (*out)->sample = 0;
    return STATUS_OK;
}

static status_t read_leaf(void *self, mask_t first, const double **leaf, failure_t *why) {
    results_row_t *row = self;
    mask_t count = row_leaf_masks(results_players_of(row->results, row->sample));
    *leaf = row->leaf;
    return results_get(row->results, row->interactions ? DATASET_INTERACTIONS : DATASET_VALUES, (uint64_t)row->sample,
                       first, count, row->leaf, why);
}

row_source_t results_row_source(results_row_t *row, int64_t sample) {
    row->sample = sample;
    return (row_source_t){.n = results_players_of(row->results, sample), .read = read_leaf, .self = row};
}

void results_row_free(results_row_t **row) {
    free(*row);
    *row = NULL;
}
