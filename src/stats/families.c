#include "stats/families.h"

#include <string.h>

families_t families_root(void) {
    return (families_t){.count = 1, .kinds = {FAMILIES[0].kinds}};
}

families_t families_wanted(const stats_settings_t *settings) {
    families_t wanted = {0};
    const int solved = settings ? (int)settings->sparse.kinds : 0;
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (FAMILIES[f].make || solved > 0)
            wanted.kinds[wanted.count++] = FAMILIES[f].make ? FAMILIES[f].kinds : solved;
    return wanted;
}

int families_solved(const families_t *families) {
    return FAMILIES[families->count - 1].make ? 0 : families->count - 1;
}

int families_tables(const families_t *families) {
    return families_kinds(families) + (families_solved(families) > 0);
}

int families_first_kind(const families_t *families, int family) {
    int kinds = 0;
    for (int f = 0; f < family; f++)
        kinds += families->kinds[f];
    return kinds;
}

int families_kinds(const families_t *families) {
    return families_first_kind(families, families->count);
}

int families_of_kind(const families_t *families, int *kind) {
    int family = 0;
    while (*kind >= families->kinds[family])
        *kind -= families->kinds[family++];
    return family;
}

int families_find(const char *name) {
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (strcmp(FAMILIES[f].name, name) == 0)
            return f;
    return -1;
}
