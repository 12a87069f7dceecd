#include "run/follow.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { NAP_NANOSECONDS = 200000000 }; /* shorter than the writer's commits (0.5 s), to leave little to the end */

struct follow {
    row_sums_t *sums;
    pthread_t thread;
    bool runs;
    atomic_bool ends;           /* the thread is to end */
    summarise_rows_stop_t stop; /* asked instead, once the thread has ended */
    void *self;
};

static bool asked_to_end(void *self) {
    follow_t *f = self;
    return f->stop ? f->stop(f->self) : atomic_load(&f->ends);
}

/* A failure here happens again at the end and is reported there. */
static void *follow_thread(void *self) {
    follow_t *f = self;
    const struct timespec nap = {0, NAP_NANOSECONDS};
    failure_t ignored;
    while (!atomic_load(&f->ends)) {
        row_sums_advance(f->sums, &ignored);
        nanosleep(&nap, NULL);
    }
    return NULL;
}

static void end_thread(follow_t *f) {
    atomic_store(&f->ends, true);
    if (f->runs)
        pthread_join(f->thread, NULL);
    f->runs = false;
}

follow_t *follow_start(const results_t *results, bool curves) {
    follow_t *f = memory_need(1, sizeof *f, "statistics across samples");
    atomic_init(&f->ends, false);
    const summarise_rows_t spec = {.results = results, .curves = curves, .stop = asked_to_end, .self = f};
    f->sums = row_sums_create(&spec);
    f->runs = pthread_create(&f->thread, NULL, follow_thread, f) == 0; /* else all is left to the end */
    return f;
}

status_t follow_finish(follow_t *f, results_t *results, summarise_rows_stop_t stop, void *self, failure_t *why) {
    end_thread(f);
    f->stop = stop;
    f->self = self;
    return row_sums_finish_into(f->sums, results, why);
}

void follow_destroy(follow_t **follow) {
    if (!*follow)
        return;
    end_thread(*follow);
    row_sums_destroy(&(*follow)->sums);
    free(*follow);
    *follow = NULL;
}
