/* Several saliences in one --set: statistics.salience=[0.01, 0.05] stands for two settings, with a file for each. */
#ifndef HARSANYI_REVIEW_VARIANTS_H
#define HARSANYI_REVIEW_VARIANTS_H

#include "base/failure.h"
#include "base/problems.h"

#include <stdbool.h>

enum { VARIANTS_MAX = 100 };

typedef struct {
    const char **sets; /* [set_count]; the array is owned, the strings are borrowed but for `own` */
    char *own;         /* owned: the "statistics.salience=VALUE" of this one; NULL without a list */
    char *out;         /* owned: the file: OUT.h5, or OUT-VALUE.h5 with VALUE as it was written */
} variant_t;

typedef struct {
    int count, set_count;
    variant_t of[VARIANTS_MAX];
} variants_t;

/* One variant without a list; else one for each value of the last list. An empty list, one that is too long, and a
 * value given twice are added to problems; what else may be wrong with a value is found when the settings are read.
 * STATUS_INPUT with problems, STATUS_INTERNAL without memory. Free with variants_free in any case. */
status_t variants_expand(const char *const *sets, int set_count, const char *out, variants_t *variants,
                         problems_t *problems, failure_t *why);
void variants_free(variants_t *variants);

#endif
