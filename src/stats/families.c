#include "stats/families.h"

#include <string.h>

int families_first_kind(int family) {
    int kinds = 0;
    for (int f = 0; f < family; f++)
        kinds += FAMILIES[f].kinds;
    return kinds;
}

int families_kinds(void) {
    return families_first_kind(FAMILY_COUNT);
}

int families_of_kind(int *kind) {
    int family = 0;
    while (*kind >= FAMILIES[family].kinds)
        *kind -= FAMILIES[family++].kinds;
    return family;
}

int families_find(const char *name) {
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (strcmp(FAMILIES[f].name, name) == 0)
            return f;
    return -1;
}
