/* Why a call failed: a status, a sentence for people, and (for a model's output) the mask it happened at.
 *
 * Every fallible function returns a status_t and takes a `failure_t *why` last. On anything but STATUS_OK the callee
 * has filled *why with what happened, where, and what to do. Callers pass failures up with TRY.
 */
#ifndef HARSANYI_BASE_FAILURE_H
#define HARSANYI_BASE_FAILURE_H

#include <stdint.h>

typedef enum {
    STATUS_OK = 0,
    STATUS_INPUT = 1,     /* bad usage, config, model, sample or file: the program exits with 1 */
    STATUS_INTERNAL = 3,  /* the machine or this program failed (memory, disk, MPI): exit 3 */
    STATUS_CERTAIN = 4,   /* this sample fails and would fail again (NaN from the model) */
    STATUS_TRANSIENT = 5, /* this sample failed, but might not when tried again */
    STATUS_STOPPED = 75   /* stopped on request: exit 75 */
} status_t;

/* What became of a sample or a range of masks, as it travels and is stored (/samples/error_kind). */
typedef enum { OUTCOME_OK, OUTCOME_CERTAIN, OUTCOME_TRANSIENT } outcome_t;

enum { FAILURE_TEXT = 1024, FAILURE_PLACE = 64 };

/* Plain data: it travels between ranks as it is. */
typedef struct {
    status_t status;
    uint64_t mask; /* the lowest offending mask; only with STATUS_CERTAIN from model_evaluate */
    char text[FAILURE_TEXT];
    char place[FAILURE_PLACE]; /* "run/writer.c:120": where in the source it was found */
} failure_t;

/* failed(why, status, format, ...): fills *why (NULL allowed) with a formatted sentence and returns `status`, so that
 * callers write `return failed(...)`. Quoted text is untrusted: control characters in it become '?'. */
status_t failed_at(const char *file, int line, failure_t *why, status_t status, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
#ifdef __clang_analyzer__
/* The analyzer does not see into other files: this shows it that the function returns the given status. */
#define failed(why, status, ...) (failed_at(__FILE__, __LINE__, why, status, __VA_ARGS__), (status))
#else
#define failed(why, status, ...) failed_at(__FILE__, __LINE__, why, status, __VA_ARGS__)
#endif

/* Puts a formatted prefix and ": " before the sentence already in *why; returns why->status. */
status_t failed_within(failure_t *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* " (run/writer.c:120)" for failures of the machine or the program, for bug reports; else "". */
typedef struct {
    char text[FAILURE_PLACE + 4];
} failure_place_t;
failure_place_t failure_place(const failure_t *why);

/* Transient for STATUS_TRANSIENT, certain for every other failure. */
outcome_t failure_outcome(status_t status);

/* The exit code of a program that ends with this status. */
int failure_exit_code(status_t status);

/* Returns from the calling function with the status of `call` unless it is STATUS_OK. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        status_t try_status_ = (call);                                                                                 \
        if (try_status_ != STATUS_OK)                                                                                  \
            return try_status_;                                                                                        \
    } while (0)

#endif
