#include "stats/mean_curves.h"

#include "lattice/row_buffer.h"
#include "stats/average.h"
#include "stats/curves.h"

#include <pthread.h>
#include <stdlib.h>

/* Below, starting a thread costs as much as the curves. */
enum { ASIDE_PLAYERS_MIN = 12 };

/* Where one sample's curves are found. */
typedef struct {
    curves_room_t room;
    curves_t curves;
    /* Only of the thread's: */
    row_buffer_t values_held, interactions_held;
    row_source_t values, interactions;
    status_t status;
    failure_t why;
} desk_t;

struct mean_curves {
    int64_t rank[RANKS_MAX]; /* of the file */
    /* Over the samples that have the rank, or so many interactions: */
    average_t strength[RANKS_MAX];
    average_t rmse[STEPS_MAX], max_error[STEPS_MAX], r2[STEPS_MAX], r_omega[STEPS_MAX];
    desk_t here, aside;
    pthread_t thread; /* while busy: at work at `aside`, on the sample before the next one */
    bool may_start, busy;
};

status_t mean_curves_create(int players, bool aside, mean_curves_t **out, failure_t *why) {
    mean_curves_t *m = calloc(1, sizeof *m);
    *out = m;
    if (!m)
        return failed(why, STATUS_INTERNAL, "out of memory for statistics across samples");
    scales_ranks(players, m->rank);
    m->may_start = aside;
    return STATUS_OK;
}

static void desk_free(desk_t *desk) {
    curves_free(&desk->room);
    row_buffer_free(&desk->values_held);
    row_buffer_free(&desk->interactions_held);
}

void mean_curves_destroy(mean_curves_t **curves) {
    mean_curves_t *m = *curves;
    if (!m)
        return;
    if (m->busy)
        pthread_join(m->thread, NULL);
    desk_free(&m->here);
    desk_free(&m->aside);
    free(m);
    *curves = NULL;
}

static void add(mean_curves_t *m, const curves_t *one) {
    for (size_t i = 0; i < one->ranks; i++)
        if (one->rank[i] == m->rank[i]) /* the last one of a sample with fewer players may be none of the file's */
            average_add(&m->strength[i], one->strength[i]);
    for (size_t step = 0; step < one->steps; step++) {
        average_add(&m->rmse[step], one->rmse[step]);
        average_add(&m->max_error[step], one->max_error[step]);
        average_add(&m->r2[step], one->r2[step]);
        average_add(&m->r_omega[step], one->r_omega[step]);
    }
}

static void *work_aside(void *self) {
    desk_t *desk = self;
    desk->status = curves_find(desk->values, desk->interactions, &desk->room, &desk->curves, &desk->why);
    return NULL;
}

/* Hands a sample to the thread; *started is false when there is none to be had. */
static status_t start(mean_curves_t *m, row_source_t values, row_source_t interactions, bool *started, failure_t *why) {
    desk_t *desk = &m->aside;
    *started = false;
    TRY(row_buffer_take(&desk->values_held, values, &desk->values, why));
    TRY(row_buffer_take(&desk->interactions_held, interactions, &desk->interactions, why));
    *started = m->busy = pthread_create(&m->thread, NULL, work_aside, desk) == 0;
    return STATUS_OK;
}

/* Waits for the thread and adds what it found. */
static status_t settle(mean_curves_t *m, failure_t *why) {
    if (!m->busy)
        return STATUS_OK;
    pthread_join(m->thread, NULL);
    m->busy = false;
    if (m->aside.status != STATUS_OK) {
        *why = m->aside.why;
        return m->aside.status;
    }
    add(m, &m->aside.curves);
    return STATUS_OK;
}

status_t mean_curves_add(mean_curves_t *m, row_source_t values, row_source_t interactions, failure_t *why) {
    if (values.n > CURVES_PLAYERS_MAX)
        return STATUS_OK;
    if (m->may_start && !m->busy && values.n >= ASIDE_PLAYERS_MIN && values.n <= ROW_BUFFER_BITS) {
        bool started;
        TRY(start(m, values, interactions, &started, why));
        if (started)
            return STATUS_OK;
    }
    TRY(curves_find(values, interactions, &m->here.room, &m->here.curves, why));
    TRY(settle(m, why));
    add(m, &m->here.curves);
    return STATUS_OK;
}

status_t mean_curves_finish(mean_curves_t *m, summary_t *out, failure_t *why) {
    TRY(settle(m, why));
    for (size_t i = 0; i < out->length[SUMMARY_STRENGTH_CURVE]; i++) {
        out->of[SUMMARY_STRENGTH_CURVE][i] = average_mean(&m->strength[i]);
        out->of[SUMMARY_STRENGTH_COUNT][i] = (double)m->strength[i].count;
    }
    for (size_t step = 0; step < out->length[SUMMARY_RMSE]; step++) {
        out->of[SUMMARY_RMSE][step] = average_mean(&m->rmse[step]);
        out->of[SUMMARY_MAX_ERROR][step] = average_mean(&m->max_error[step]);
        out->of[SUMMARY_R2][step] = average_mean(&m->r2[step]);
        out->of[SUMMARY_R_OMEGA][step] = average_mean(&m->r_omega[step]);
    }
    return STATUS_OK;
}
