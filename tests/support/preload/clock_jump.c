/* Makes the calendar jump: LD_PRELOAD it into the program. After HARSANYI_CLOCK_AFTER seconds of its life every clock
 * that tells the date is HARSANYI_CLOCK_JUMP seconds ahead (behind when negative). Clocks that only go forward are left
 * alone. And it shortens patience: a timer runs for HARSANYI_TIMER_MOST seconds at most.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

typedef int (*clock_gettime_t)(clockid_t, struct timespec *);
typedef int (*setitimer_t)(__itimer_which_t, const struct itimerval *, struct itimerval *);

static double monotonic(clock_gettime_t next) {
    struct timespec t;
    next(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Whole seconds that are to be added now. */
static time_t jump(clock_gettime_t next) {
    static double born;
    const char *after = getenv("HARSANYI_CLOCK_AFTER"), *by = getenv("HARSANYI_CLOCK_JUMP");
    if (born <= 0)
        born = monotonic(next);
    return after && by && monotonic(next) - born >= strtod(after, NULL) ? (time_t)strtoll(by, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    clock_gettime_t next = (clock_gettime_t)(uintptr_t)dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, out);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        out->tv_sec += jump(next);
    return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    struct timespec t;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return -1;
    out->tv_sec = t.tv_sec;
    out->tv_usec = t.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int setitimer(__itimer_which_t which, const struct itimerval *restrict given, struct itimerval *restrict before) {
    setitimer_t next = (setitimer_t)(uintptr_t)dlsym(RTLD_NEXT, "setitimer");
    const char *most = getenv("HARSANYI_TIMER_MOST");
    struct itimerval shorter = *given;
    if (most && shorter.it_value.tv_sec > strtol(most, NULL, 10))
        shorter.it_value.tv_sec = strtol(most, NULL, 10);
    return next(which, &shorter, before);
}
