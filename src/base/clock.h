/* Time as seconds in a double. */
#ifndef HARSANYI_BASE_CLOCK_H
#define HARSANYI_BASE_CLOCK_H

#include <time.h>

/* Seconds on a clock that only goes forward, from an arbitrary start. */
static inline double clock_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds since 1970 by the system clock. */
static inline double clock_calendar(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of processor time that this thread has used. */
static inline double clock_thread(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
