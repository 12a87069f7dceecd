#include "stats/families.h"

#include "lattice/moebius.h"

#include <string.h>

static status_t make_harsanyi(const double *values, int n, double *effects, failure_t *why) {
    (void)why;
    memcpy(effects, values, mask_count(n) * sizeof *effects);
    moebius_transform(effects, n);
    return STATUS_OK;
}

/* Theorem 1. */
static void rebuild_harsanyi(double *effects, int kinds, int n) {
    (void)kinds;
    zeta_transform(effects, n);
}

/* ANDs of the subsets of S; and the ORs of the sets that meet S: all but those within the complement of S. */
static void rebuild_sparse(double *effects, int kinds, int n) {
    const mask_t last = mask_count(n) - 1;
    const double *within = effects + last + 1;
    for (int kind = 0; kind < kinds; kind++)
        zeta_transform(effects + (mask_t)kind * (last + 1), n);
    for (mask_t s = 0; kinds > 1 && s <= last; s++)
        effects[s] += within[last] - within[last - s];
}

const family_t FAMILIES[] = {
    {.name = "harsanyi",
     .prefix = "",
     .kinds = 1,
     .units = "output",
     .description = "Harsanyi dividends I(S), in the order of values; I(empty) = v(empty)",
     .make = make_harsanyi,
     .rebuild = rebuild_harsanyi},
    {.name = "sparse",
     .prefix = "sparse/",
     .kinds = 2,
     .kind_names = {"and", "or"},
     .units = "output",
     .description = "sparse interactions, in the order of values: AND (the constant at the empty set), and OR",
     .rebuild = rebuild_sparse},
};
const int FAMILY_COUNT = sizeof FAMILIES / sizeof *FAMILIES;
