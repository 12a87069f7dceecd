/* The program's list of families with one more, for tests: `toy`, the transform of -v in two kinds. A target that links
 * this file has these families in place of those of src/stats/family_list.c. */
#include "lattice/moebius.h"
#include "stats/families.h"

#include <string.h>

static status_t make_harsanyi(const double *values, int n, double *effects, failure_t *why) {
    (void)why;
    memcpy(effects, values, mask_count(n) * sizeof *effects);
    moebius_transform(effects, n);
    return STATUS_OK;
}

/* down: of S itself; mirror: the same number, but kept at the complement of S. */
static status_t make_toy(const double *values, int n, double *effects, failure_t *why) {
    const mask_t masks = mask_count(n);
    double *down = effects, *mirror = effects + masks;
    (void)why;
    for (mask_t s = 0; s < masks; s++)
        down[s] = -values[s];
    moebius_transform(down, n);
    for (mask_t s = 0; s < masks; s++)
        mirror[s] = down[masks - 1 - s];
    return STATUS_OK;
}

static void rebuild_harsanyi(double *effects, int kinds, int n) {
    (void)kinds;
    zeta_transform(effects, n);
}

const family_t FAMILIES[] = {
    {.name = "harsanyi",
     .prefix = "",
     .kinds = 1,
     .units = "output",
     .description = "Harsanyi dividends I(S), in the order of values; I(empty) = v(empty)",
     .make = make_harsanyi,
     .rebuild = rebuild_harsanyi},
    {.name = "toy",
     .prefix = "toy/",
     .kinds = 2,
     .kind_names = {"down", "mirror"},
     .units = "output",
     .description = "dividends of -v: of S (down), of its complement (mirror)",
     .make = make_toy},
};
const int FAMILY_COUNT = sizeof FAMILIES / sizeof *FAMILIES;
