#include "review/verify_sparse.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Sums of up to 2^20 numbers in another order than the solver's are off by less, in what they are made of. */
static const double SLACK = 1e-9;

/* A solution, and room for two tables. */
typedef struct {
    const verify_at_t *at;
    const finished_row_t *row;
    int family;
    mask_t masks;
    const double *and, * or, *dual; /* [masks]; or is NULL without that kind */
    double *a, *b;                  /* [masks] */
} solution_t;

static double number(const solution_t *s, field_id_t id) {
    return *fields_at(results_fields(s->at->results), s->row->numbers, s->family * FIELD_COUNT + (int)id);
}

/* ---- butterflies ---- */

/* x(S) <- the sum of x over the subsets of S, or over its supersets. */
static void add_up(double *x, mask_t masks, bool subsets) {
    for (mask_t bit = 1; bit < masks; bit *= 2)
        for (mask_t s = 0; s < masks; s++) {
            if (!(s & bit) == subsets)
                continue;
            x[s] += x[s ^ bit];
        }
}

/* ---- the band ---- */

/* w(S) in s->a: the ANDs of the subsets of S, and the ORs of all sets but those within the complement of S. */
static void rebuild(const solution_t *s) {
    memcpy(s->a, s->and, s->masks * sizeof *s->a);
    add_up(s->a, s->masks, true);
    if (!s->or)
        return;
    memcpy(s->b, s->or, s->masks * sizeof *s->b);
    add_up(s->b, s->masks, true);
    for (mask_t set = 0; set < s->masks; set++)
        s->a[set] += s->b[s->masks - 1] - s->b[s->masks - 1 - set];
}

static void check_band(const solution_t *s) {
    const double *v = s->row->values, zeta = number(s, FIELD_ZETA);
    double largest = 0, off = 0;
    mask_t where = 0;
    rebuild(s);
    for (mask_t set = 0; set < s->masks; set++) {
        largest = fmax(largest, fabs(v[set]));
        if (!(fabs(s->a[set] - v[set]) <= off)) {
            off = fabs(s->a[set] - v[set]);
            where = set;
        }
    }
    if (!(off <= zeta + SLACK * largest))
        verify_complain(s->at, "/sparse/interactions",
                        "they rebuild v with an error of %.6g at mask 0x%llx, outside the band of %.6g", off,
                        (unsigned long long)where, zeta);
}

/* ---- what is said of it ---- */

static void check_number(const solution_t *s, field_id_t id, double found, double scale) {
    double stored = number(s, id);
    char dataset[64];
    if (fabs(stored - found) <= SLACK * scale)
        return;
    snprintf(dataset, sizeof dataset, "/sparse/%s", FIELDS[id].path);
    verify_complain(s->at, dataset, "is %.17g, but %.17g is found again", stored, found);
}

/* sum |I| and sum I^2 without the empty set; ORs of one player are none. */
static void measure(const solution_t *s, double *strength, double *squares) {
    *strength = *squares = 0;
    for (mask_t set = 1; set < s->masks; set++) {
        double other = s->or ? s->or [set] : 0;
        *strength += fabs(s->and[set]) + fabs(other);
        *squares += s->and[set] * s -> and[set] + other *other;
        if (other != 0 && (set & (set - 1)) == 0)
            verify_complain(s->at, "/sparse/interactions", "an OR of one player, mask 0x%llx, is not 0",
                            (unsigned long long)set);
    }
}

static void check_strength(const solution_t *s, const sparse_settings_t *asked) {
    const double *v = s->row->values, bound = number(s, FIELD_LOWER_BOUND), gap = number(s, FIELD_GAP);
    const double span = fabs(v[s->masks - 1] - v[0]);
    double strength, squares;
    measure(s, &strength, &squares);
    double objective = strength + number(s, FIELD_TIE_WEIGHT) / 2 * squares;
    check_number(s, FIELD_ZETA, asked->denoise * span, span);
    check_number(s, FIELD_L1, strength, strength);
    check_number(s, FIELD_OBJECTIVE, objective, objective);
    check_number(s, FIELD_GAP, objective > 0 ? (objective - bound) / objective : 0, 1);
    if (number(s, FIELD_CONVERGED) != (gap <= asked->gap))
        verify_complain(s->at, "/sparse/converged", "is %g with a gap of %g; %g was asked for",
                        number(s, FIELD_CONVERGED), gap, asked->gap);
}

/* ---- the bound ---- */

/* What y(S) above 1 costs: sum (|y| - 1)^2 / 2 mu, over the sets of at least `least` players; infinite without mu. */
static double penalty(const double *y, mask_t masks, int least, double mu) {
    double sum = 0, beyond = 0;
    for (mask_t set = 1; set < masks; set++) {
        double over = fabs(y[set]) - 1;
        if (mask_order(set) >= least && over > 0) {
            sum += over * over;
            beyond = fmax(beyond, over);
        }
    }
    return mu > 0 ? sum / (2 * mu) : beyond > SLACK ? INFINITY : 0;
}

/* D of the stored dual. Y lambda (S) is the sum over the sets disjoint from S: those within its complement. */
static double bound_of(const solution_t *s, double *scale) {
    const double *v = s->row->values, mu = number(s, FIELD_TIE_WEIGHT);
    double value = 0, weight = 0;
    for (mask_t set = 0; set < s->masks; set++) {
        value += (v[set] - v[0]) * s->dual[set]; /* lambda sums to 0 */
        weight += fabs(s->dual[set]);
    }
    *scale = fabs(value) + number(s, FIELD_ZETA) * weight;
    memcpy(s->a, s->dual, s->masks * sizeof *s->a);
    add_up(s->a, s->masks, false);
    value -= number(s, FIELD_ZETA) * weight + penalty(s->a, s->masks, 1, mu);
    if (!s->or)
        return value;
    memcpy(s->a, s->dual, s->masks * sizeof *s->a);
    add_up(s->a, s->masks, true);
    for (mask_t set = 0; set < s->masks; set++)
        s->b[set] = s->a[s->masks - 1 - set];
    return value - penalty(s->b, s->masks, 2, mu);
}

static void check_bound(const solution_t *s) {
    double sum = 0, weight = 0, scale;
    for (mask_t set = 0; set < s->masks; set++) {
        sum += s->dual[set];
        weight += fabs(s->dual[set]);
    }
    if (!(fabs(sum) <= SLACK * weight))
        verify_complain(s->at, "/sparse/dual", "sums to %g, not to 0", sum);
    double bound = bound_of(s, &scale);
    if (!(number(s, FIELD_LOWER_BOUND) <= bound + SLACK * scale))
        verify_complain(s->at, "/sparse/lower_bound", "is %.17g, but the dual proves %.17g only",
                        number(s, FIELD_LOWER_BOUND), bound);
}

void verify_sparse(const verify_at_t *at, const finished_row_t *row, const sparse_settings_t *asked) {
    const families_t *families = &row->families;
    const int family = families_solved(families), first = families_first_kind(families, family);
    const mask_t masks = mask_count(row->n);
    double *room OWNED = memory_need(2 * masks, sizeof *room, "a row");
    const solution_t s = {.at = at,
                          .row = row,
                          .family = family,
                          .masks = masks,
                          .and = finished_effects(row, first),
                          .or = families->kinds[family] > 1 ? finished_effects(row, first + 1) : NULL,
                          .dual = finished_effects(row, families_kinds(families)),
                          .a = room,
                          .b = room + masks};
    check_band(&s);
    check_strength(&s, asked);
    check_bound(&s);
}
