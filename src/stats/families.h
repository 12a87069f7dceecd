/* Families of interactions: a family is one or more tables of effects made from v, with every statistic that exists for
 * effects (docs/file-format.md).
 *
 *   family     prefix      kinds   effects
 *   harsanyi   (root)      1       I(S), the Moebius transform of v; always there and always the first
 *   sparse     sparse/     1, 2    AND, or AND and OR, interactions of least strength that rebuild v within a band
 *                                  (solve/solve.h), with the proof of how close to the least they are
 *
 * FAMILIES (family_list.c) is the one list. The file's layout, checksums, finishing a row, verify and show go by it. A
 * further family has tables [rows, kinds, 2^n] under its prefix and the statistics of stats/fields.c marked for it.
 */
#ifndef HARSANYI_STATS_FAMILIES_H
#define HARSANYI_STATS_FAMILIES_H

#include "base/failure.h"
#include "stats/settings.h"

enum { FAMILIES_MAX = 3, KINDS_MAX = 2 };

typedef struct {
    const char *name;   /* for --family and messages */
    const char *prefix; /* of its datasets: "", or a group with a slash behind */
    int kinds;
    const char *kind_names[KINDS_MAX]; /* with more than one kind */
    const char *units, *description;   /* of its tables */
    /* The effects [kinds, 2^n] of values [2^n], all finite. Fails with STATUS_CERTAIN when the row is at fault. NULL: a
     * solver finds them (stats/finish.h), with a dual table and what is said of the solution. */
    status_t (*make)(const double *values, int n, double *effects, failure_t *why);
    /* What the effects [kinds, 2^n] add up to for each S takes the place of the first kind's, the others' are scratch.
     * NULL: they rebuild nothing, and statistics of what is rebuilt (OF_REBUILT in stats/fields.h) are absent. */
    void (*rebuild)(double *effects, int kinds, int n);
} family_t;

extern const family_t FAMILIES[];
extern const int FAMILY_COUNT;

/* The families that a file or a row has, the first `count` of the list, and how many kinds of each. */
typedef struct {
    int count;
    int kinds[FAMILIES_MAX];
} families_t;

/* The root family alone; and those that the settings ask for (NULL: all that need no setting). */
families_t families_root(void);
families_t families_wanted(const stats_settings_t *settings);

/* Kinds of all families together: tables of effects in a row. */
int families_kinds(const families_t *families);
/* The solved family; 0: none is. There is one at most, and it is the last. */
int families_solved(const families_t *families);
/* The tables of a row but that of v: effects of all kinds, and the dual of a solved family. */
int families_tables(const families_t *families);
/* The number, among these, of the first kind of a family. */
int families_first_kind(const families_t *families, int family);
/* The family of one of them; *kind becomes its number within that family. */
int families_of_kind(const families_t *families, int *kind);
/* The family with that name; -1: no family has it. */
int families_find(const char *name);

#endif
