#include "stats/curves.h"

#include "base/nan.h"
#include "base/wide.h"
#include "stats/sort.h"

#include <math.h>
#include <stdlib.h>

/* Sums are made in lanes, so that they are vectorised in one fixed order. */
enum { LANES = 8, BLOCK = 64 };

/* The strongest `k` interactions: all with a strength above `least`, and the first `ties` of those that equal it. */
typedef struct {
    double least;
    mask_t ties, equal; /* equal: how many there are of strength `least` */
    double mass;        /* sum of |I| over them */
} cut_t;

/* ---- strengths, sorted ---- */

static status_t read_strengths(row_source_t effects, double *row, failure_t *why) {
    mask_t step = row_leaf_masks(effects.n);
    for (mask_t first = 0; first < mask_count(effects.n); first += step) {
        const double *leaf;
        TRY(effects.read(effects.self, first, &leaf, why));
        for (mask_t s = 0; s < step; s++)
            row[first + s] = fabs(leaf[s]);
    }
    return STATUS_OK;
}

/* Those of all kinds from row[1] on. Each kind's empty set falls on the last entry of the kind before, which comes
 * after it. */
static status_t read_all_strengths(const curves_effects_t *effects, double *row, failure_t *why) {
    for (int kind = effects->kinds - 1; kind >= 0; kind--)
        TRY(read_strengths(effects->of_kind[kind], row + (mask_t)kind * (mask_count(effects->of_kind->n) - 1), why));
    return STATUS_OK;
}

/* sorted: [count], ascending; the k strongest are the last ones. */
static cut_t cut_at(const double *sorted, mask_t count, mask_t k, double mass) {
    cut_t cut = {.least = sorted[count - k], .mass = mass};
    mask_t from = count - k, to = count - k + 1;
    while (from > 0 && sorted[from - 1] == cut.least)
        from--;
    while (to < count && sorted[to] == cut.least)
        to++;
    cut.ties = to - (count - k);
    cut.equal = to - from;
    return cut;
}

static void find_cuts(const double *sorted, mask_t count, const int64_t *k, size_t steps, cut_t *cuts) {
    double mass = 0;
    mask_t at = 0;
    for (size_t step = 0; step < steps; step++) {
        while (at < (mask_t)k[step])
            mass += sorted[count - ++at];
        cuts[step] = cut_at(sorted, count, at, mass);
    }
}

static void find_strengths(const double *sorted, mask_t count, const curves_room_t *room, double *strength) {
    double most = sorted[count - 1];
    for (size_t i = 0; i < room->shape.ranks && (mask_t)room->rank[i] <= count; i++)
        strength[i] = most > 0 ? sorted[count - (mask_t)room->rank[i]] / most : nan_canonical();
}

/* ---- rebuilding ---- */

INLINED void keep_from(const double *leaf, mask_t count, double least, double *kept) {
    for (mask_t s = 0; s < count; s++)
        kept[s] = fabs(leaf[s]) >= least ? leaf[s] : 0;
}

INLINED mask_t count_equal(const double *leaf, mask_t count, double strength) {
    mask_t equal = 0;
    for (mask_t s = 0; s < count; s++)
        equal += fabs(leaf[s]) == strength;
    return equal;
}

/* Interactions of a leaf that are kept, the others 0; *ties counts down what may still be kept of those at the edge. */
static WIDE void keep_leaf(const double *leaf, mask_t count, const cut_t *cut, mask_t *ties, double *kept) {
    if (cut->ties == cut->equal) {
        keep_from(leaf, count, cut->least, kept);
        return;
    }
    const double above = nextafter(cut->least, INFINITY);
    for (mask_t first = 0, block; first < count; first += block) {
        block = count - first < BLOCK ? count - first : BLOCK;
        const mask_t equal = *ties > 0 ? count_equal(leaf + first, block, cut->least) : 0;
        keep_from(leaf + first, block, *ties > 0 ? cut->least : above, kept + first);
        for (mask_t s = first + block, left = equal; left > *ties; s--) /* the last ones are too many */
            if (fabs(leaf[s - 1]) == cut->least) {
                kept[s - 1] = 0;
                left--;
            }
        *ties -= equal < *ties ? equal : *ties;
    }
}

static status_t keep_kind(row_source_t effects, const cut_t *cut, mask_t *ties, double *kept, failure_t *why) {
    mask_t step = row_leaf_masks(effects.n);
    for (mask_t first = 0; first < mask_count(effects.n); first += step) {
        const double *leaf;
        TRY(effects.read(effects.self, first, &leaf, why));
        mask_t empty = first == 0; /* the empty set is always there and is no tie */
        keep_leaf(leaf + empty, step - empty, cut, ties, kept + first + empty);
        if (empty)
            kept[0] = leaf[0];
    }
    return STATUS_OK;
}

/* row: [kinds, 2^n]; the first becomes v_K. */
static status_t rebuild(const curves_effects_t *effects, const cut_t *cut, double *row, failure_t *why) {
    const int n = effects->of_kind->n;
    mask_t ties = cut->ties;
    for (int kind = 0; kind < effects->kinds; kind++)
        TRY(keep_kind(effects->of_kind[kind], cut, &ties, row + (mask_t)kind * mask_count(n), why));
    FAMILIES[effects->family].rebuild(row, effects->kinds, n);
    return STATUS_OK;
}

/* Sum of squared distances and the largest distance of a leaf from a row, or from one number (row NULL); `lanes` and
 * whether there is a row are constants where this is inlined. */
INLINED double squares_in_lanes(const double *leaf, mask_t count, mask_t lanes, const double *row, double number,
                                double *largest) {
    double squares[LANES] = {0}, most[LANES] = {0}, sum = 0;
    for (mask_t s = 0; s < count; s += lanes)
        for (mask_t lane = 0; lane < lanes; lane++) {
            double off = leaf[s + lane] - (row ? row[s + lane] : number), size = fabs(off);
            squares[lane] += off * off;
            most[lane] = size > most[lane] ? size : most[lane];
        }
    for (mask_t lane = 0; lane < lanes; lane++) {
        sum += squares[lane];
        *largest = most[lane] > *largest ? most[lane] : *largest;
    }
    return sum;
}

static WIDE double leaf_squares(const double *leaf, mask_t count, const double *row, double number, double *largest) {
    if (count < LANES)
        return squares_in_lanes(leaf, count, count, row, number, largest);
    return row ? squares_in_lanes(leaf, count, LANES, row, number, largest)
               : squares_in_lanes(leaf, count, LANES, NULL, number, largest);
}

INLINED double sum_in_lanes(const double *leaf, mask_t count, mask_t lanes) {
    double sums[LANES] = {0}, sum = 0;
    for (mask_t s = 0; s < count; s += lanes)
        for (mask_t lane = 0; lane < lanes; lane++)
            sums[lane] += leaf[s + lane];
    for (mask_t lane = 0; lane < lanes; lane++)
        sum += sums[lane];
    return sum;
}

static WIDE double leaf_sum(const double *leaf, mask_t count) {
    return count < LANES ? sum_in_lanes(leaf, count, count) : sum_in_lanes(leaf, count, LANES);
}

static status_t squares_from(row_source_t values, const double *row, double number, double *squares, double *largest,
                             failure_t *why) {
    mask_t step = row_leaf_masks(values.n);
    *squares = *largest = 0;
    for (mask_t first = 0; first < mask_count(values.n); first += step) {
        const double *leaf;
        TRY(values.read(values.self, first, &leaf, why));
        *squares += leaf_squares(leaf, step, row ? row + first : NULL, number, largest);
    }
    return STATUS_OK;
}

/* Sum of (v - mean v)^2, and v(N). */
static status_t spread_of(row_source_t values, double *spread, double *full, failure_t *why) {
    mask_t step = row_leaf_masks(values.n);
    double sum = 0, ignored;
    for (mask_t first = 0; first < mask_count(values.n); first += step) {
        const double *leaf;
        TRY(values.read(values.self, first, &leaf, why));
        sum += leaf_sum(leaf, step);
        *full = leaf[step - 1];
    }
    return squares_from(values, NULL, sum / (double)mask_count(values.n), spread, &ignored, why);
}

/* rmse: and behind it the other three, at a distance of `pitch` from each other. */
static status_t find_faithfulness(row_source_t values, const curves_effects_t *effects, const cut_t *cuts, size_t steps,
                                  double *row, double *rmse, size_t pitch, failure_t *why) {
    double spread = 0, full = 0, *max_error = rmse + pitch, *r2 = max_error + pitch, *r_omega = r2 + pitch;
    mask_t masks = mask_count(values.n);
    TRY(spread_of(values, &spread, &full, why));
    for (size_t step = 0; step < steps; step++) {
        double squares;
        TRY(rebuild(effects, &cuts[step], row, why));
        TRY(squares_from(values, row, 0, &squares, &max_error[step], why));
        rmse[step] = sqrt(squares / (double)masks);
        r2[step] = spread > 0 ? 1 - squares / spread : nan_canonical();
        double whole = cuts[step].mass + fabs(full - row[masks - 1]);
        r_omega[step] = whole > 0 ? cuts[step].mass / whole : nan_canonical();
    }
    return STATUS_OK;
}

status_t curves_make_room(curves_room_t *room, int n, int kinds, failure_t *why) {
    const size_t doubles = (size_t)mask_count(n) * (size_t)kinds;
    if (room->row && room->doubles >= doubles)
        return STATUS_OK;
    curves_free(room);
    room->row = malloc(doubles * sizeof *room->row);
    room->doubles = doubles;
    return room->row ? STATUS_OK : failed(why, STATUS_INTERNAL, "out of memory for the curves of %d players", n);
}

curves_shape_t curves_shape(int n) {
    curves_shape_t shape = {.ranks = fields_ranks(n, NULL), .steps = fields_steps(mask_count(n) - 1, NULL)};
    shape.doubles = shape.ranks + 4 * shape.steps;
    return shape;
}

static void set_file(curves_room_t *room, int file_n) {
    if (room->file_n == file_n)
        return;
    room->file_n = file_n;
    room->shape = curves_shape(file_n);
    fields_ranks(file_n, room->rank);
}

status_t curves_find(row_source_t values, const curves_effects_t *effects, int file_n, curves_room_t *room, double *out,
                     failure_t *why) {
    cut_t cuts[STEPS_MAX];
    int64_t k[STEPS_MAX];
    int n = effects->of_kind->n;
    if (n < 1 || n > CURVES_PLAYERS_MAX || values.n != n)
        return failed(why, STATUS_INTERNAL, "no curves for rows of %d and %d players", values.n, n);
    mask_t count = (mask_t)effects->kinds * (mask_count(n) - 1);
    TRY(curves_make_room(room, n, effects->kinds, why));
    set_file(room, file_n);
    size_t steps = fields_steps(count, k);
    steps = steps < room->shape.steps ? steps : room->shape.steps; /* several kinds may have more */
    TRY(read_all_strengths(effects, room->row, why));
    sort_all(room->row + 1, count);
    find_strengths(room->row + 1, count, room, out);
    find_cuts(room->row + 1, count, k, steps, cuts);
    return find_faithfulness(values, effects, cuts, steps, room->row, out + room->shape.ranks, room->shape.steps, why);
}

void curves_free(curves_room_t *room) {
    free(room->row);
    room->row = NULL;
}
