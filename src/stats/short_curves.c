#include "stats/short_curves.h"

#include "base/nan.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { THREADS_MAX = 8, ROWS_PER_THREAD = 32 };

short_curves_shape_t short_curves_shape(int n) {
    short_curves_shape_t shape = {.ranks = scales_ranks(n, NULL), .steps = scales_steps(mask_count(n) - 1, NULL)};
    shape.doubles = shape.ranks + 4 * shape.steps;
    return shape;
}

/* What one thread does: rows first ... end - 1. */
typedef struct {
    int n;
    size_t first, end, pitch;
    const int *players;
    const double *values, *interactions;
    double *out;
    failure_t why;
} slice_t;

static void put(const curves_t *curves, const short_curves_shape_t *shape, const int64_t *rank, double *out) {
    const double *const parts[] = {curves->rmse, curves->max_error, curves->r2, curves->r_omega};
    for (size_t i = 0; i < shape->doubles; i++)
        out[i] = nan_canonical();
    for (size_t i = 0; i < curves->ranks && i < shape->ranks; i++)
        if (curves->rank[i] == rank[i]) /* the last one of a shorter row may be none of the file's */
            out[i] = curves->strength[i];
    for (size_t part = 0; part < 4; part++)
        memcpy(out + shape->ranks + part * shape->steps, parts[part], curves->steps * sizeof *out);
}

static void *find_slice(void *self) {
    slice_t *slice = self;
    short_curves_shape_t shape = short_curves_shape(slice->n);
    int64_t rank[RANKS_MAX];
    curves_room_t room = {0};
    curves_t curves;
    slice->why.status = STATUS_OK;
    scales_ranks(slice->n, rank);
    for (size_t k = slice->first; k < slice->end && slice->why.status == STATUS_OK; k++) {
        if (slice->players[k] == 0)
            continue;
        row_source_t values = row_in_memory(slice->values + k * slice->pitch, slice->players[k]);
        row_source_t interactions = row_in_memory(slice->interactions + k * slice->pitch, slice->players[k]);
        slice->why.status = curves_find(values, interactions, &room, &curves, &slice->why);
        if (slice->why.status == STATUS_OK)
            put(&curves, &shape, rank, slice->out + k * shape.doubles);
    }
    curves_free(&room);
    return NULL;
}

static size_t threads_for(size_t rows) {
    cpu_set_t cores;
    size_t threads = sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
    threads = threads < THREADS_MAX ? threads : THREADS_MAX;
    return rows / ROWS_PER_THREAD < threads ? rows / ROWS_PER_THREAD + 1 : threads;
}

/* A thread that cannot be started does its slice here. */
status_t short_curves_find(int n, size_t rows, const int *players, const double *values, const double *interactions,
                           size_t pitch, double *out, failure_t *why) {
    slice_t slices[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    bool runs[THREADS_MAX] = {false};
    size_t threads = threads_for(rows);
    status_t status = STATUS_OK;
    for (size_t t = 0; t < threads; t++) {
        slices[t] =
            (slice_t){n, rows * t / threads, rows * (t + 1) / threads, pitch, players, values, interactions, out, {0}};
        runs[t] = t + 1 < threads && pthread_create(&thread[t], NULL, find_slice, &slices[t]) == 0;
        if (!runs[t])
            find_slice(&slices[t]);
    }
    for (size_t t = 0; t < threads; t++) {
        if (runs[t])
            pthread_join(thread[t], NULL);
        if (status == STATUS_OK && slices[t].why.status != STATUS_OK) {
            *why = slices[t].why;
            status = why->status;
        }
    }
    return status;
}
