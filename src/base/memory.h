/* Small allocations of the program, which cannot fail: without memory the process says what it was for and ends with
 * exit code 3. That is harmless at any moment, as a kill is: results files stay whole (docs/architecture.md), and the
 * launcher ends the other ranks.
 *
 * For the rooms of the program, and for text_add and problems_add. base, lattice, stats, solve and model are a library
 * too, which must not end its host's process: they call none of these and return a status; so do tables of size 2^n
 * everywhere, which are checked before work starts.
 */
#ifndef HARSANYI_BASE_MEMORY_H
#define HARSANYI_BASE_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* `count` zeroed elements of `size` bytes; what: "the schedule". Free with free(). */
void *memory_need(size_t count, size_t size, const char *what) __attribute__((returns_nonnull, malloc));

/* The array `old` (may be NULL) with room for `count` elements of `size` bytes; the new part is not zeroed. */
void *memory_grow(void *old, size_t count, size_t size, const char *what) __attribute__((returns_nonnull));

/* Before a variable's initial value: its end of scope, also on an early return, calls function(&variable), or frees
 * what it points to. `double *row OWNED = memory_need(...)`; `text_t line CLEANUP(text_free) = {0}`. */
#define CLEANUP(function) __attribute__((cleanup(function)))
#define OWNED CLEANUP(memory_release)
static inline void memory_release(void *variable) {
    void *owned;
    memcpy(&owned, variable, sizeof owned);
    free(owned);
}

/* printf into new memory. */
char *memory_text(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* Prints that memory ran out for `what` and ends the process with exit code 3. */
_Noreturn void memory_ended(const char *what);

/* ---- memory of one configuration: its strings and lists, and the texts that it was read from, freed together ---- */

/* A piece of `bytes` zeroed bytes, aligned for any type, that memory_free releases together with all others of *memory
 * (NULL at first). Never NULL. */
void *memory_take(void **memory, size_t bytes);

/* printf into such a piece. */
char *memory_print(void **memory, const char *format, ...) __attribute__((format(printf, 2, 3)));

void memory_free(void **memory);

#endif
