#include "stats/families.h"

#include "lattice/moebius.h"

#include <string.h>

static status_t make_harsanyi(const double *values, int n, double *effects, failure_t *why) {
    (void)why;
    memcpy(effects, values, mask_count(n) * sizeof *effects);
    moebius_transform(effects, n);
    return STATUS_OK;
}

const family_t FAMILIES[] = {
    {.name = "harsanyi",
     .prefix = "",
     .kinds = 1,
     .units = "output",
     .description = "Harsanyi dividends I(S), in the order of values; I(empty) = v(empty)",
     .make = make_harsanyi},
};
const int FAMILY_COUNT = sizeof FAMILIES / sizeof *FAMILIES;
