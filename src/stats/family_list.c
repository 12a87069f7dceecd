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
    {.name = "sparse",
     .prefix = "sparse/",
     .kinds = 2,
     .kind_names = {"and", "or"},
     .units = "output",
     .description = "sparse interactions, in the order of values: AND (the constant at the empty set), and OR"},
};
const int FAMILY_COUNT = sizeof FAMILIES / sizeof *FAMILIES;
