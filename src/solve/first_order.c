#include "solve/first_order.h"

#include "lattice/moebius.h"
#include "solve/joint.h"
#include "solve/projection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHECK_EVERY = 10,   /* a check costs about two iterations ... */
    CHECK_EARLY = 200,  /* ... so after that many ... */
    CHECK_LATER = 25,   /* ... it is made less often */
    FIRST_LOOK = 100,   /* an interior point before that starts with too many columns; at that time ... */
    FULL_LOOK = 200,    /* ... only half as many are few as from here on: with many, better ones save more */
    RESTARTS_MOST = 100 /* then steps stay as they are: so the method converges. Never reached: 30 at the most */
};

static const double NEAR = 0.9, NEAR_LATE = 0.98; /* of its bound is a coefficient with |y| above this; later on ... */
static const int LATE = 800;                      /* ... from this iteration on */
static const double START = 0.3;                  /* first steps, in means of |Moebius transform of v| */
static const double BETA = 1.3;           /* tables weigh beta^-|S|: they are large sums where coefficients are many */
static const double NARROW = 0.005;       /* of |v|: a band that is hardly one, with one table for both kinds */
static const double RESTART_NEAR = 0.2;   /* of the first distance: progress enough for a restart ... */
static const double RESTART_RISING = 0.8; /* ... this if it rises again ... */
static const double RESTART_LONG = 0.36;  /* ... and any after this share of all iterations (Applegate et al. 2021) */
static const double STEP_MOST = 10;       /* a step changes by this factor at the most */
static const double INNER = 0.4;          /* share of the gap that aiming inside the band may cost */
static const double INNER_MOST = 0.1;     /* of the band */

typedef struct {
    double *z, *start, *p; /* where we are, where the last restart was, the reflected point and its projection */
} block_t;

/* AND and OR: coefficients and, with a band, tables. */
typedef struct {
    block_t effects, table;
    orders_t threshold;
    orders_t share; /* of what a table moves by when it goes into the band */
} kind_t;

struct first_order {
    const problem_t *problem;
    certificate_t *certificate;
    int n, kinds;
    int tables;          /* 0 without a band, 1 with AND alone and in a narrow band, else one of each kind */
    bool banded, joined; /* joined: one table for both kinds */
    size_t cells;
    kind_t kind[2];
    double *move, *move_start; /* what brings the sum of tables into the band, of z and of start */
    double *moebius;           /* transform of v */
    double *inside;            /* a table in the band, for bounds; then its multipliers */
    double effect_step, table_step, inner;
    projection_t projection;
    joint_t *joint;                  /* NULL with AND alone */
    orders_t shrink, weight, charge; /* of coefficients by mu; of tables; of what is moved, for its multiplier */
    int iteration, since, restarts;  /* since: the last restart */
    int look;                        /* at the columns, from this iteration on */
    double first, last;              /* distances since then; < 0: none yet */
    double *memory;
};

/* ---- memory ---- */

static void take_block(block_t *block, double **at, size_t cells) {
    block->z = *at;
    block->start = *at + cells;
    block->p = *at + 2 * cells;
    *at += 3 * cells;
}

status_t first_order_create(int n_most, bool both, first_order_t **out, failure_t *why) {
    enum { BLOCK = 3, OTHERS = 4 };
    int kinds = both ? 2 : 1;
    first_order_t *self = calloc(1, sizeof *self);
    *out = self;
    if (self)
        self->memory = arrays_new(n_most, 2 * kinds * BLOCK + OTHERS);
    if (!self || !self->memory) {
        first_order_destroy(out);
        return failed(why, STATUS_INTERNAL, "out of memory for sparse interactions of %d players", n_most);
    }
    size_t cells = arrays_cells(n_most);
    double *at = self->memory;
    for (int k = 0; k < kinds; k++) {
        take_block(&self->kind[k].effects, &at, cells);
        take_block(&self->kind[k].table, &at, cells);
    }
    self->move = at;
    self->move_start = at + cells;
    self->moebius = at + 2 * cells;
    self->inside = at + 3 * cells;
    self->kinds = kinds;
    return both ? joint_create(n_most, &self->joint, why) : STATUS_OK;
}

void first_order_destroy(first_order_t **first_order) {
    if (*first_order) {
        joint_destroy(&(*first_order)->joint);
        free((*first_order)->memory);
    }
    free(*first_order);
    *first_order = NULL;
}

/* ---- factors by order ---- */

typedef double by_order_t[SOLVE_PLAYERS_MOST + 1];

/* Thresholds: none for the empty set, which costs nothing, and no end of it for the OR of one player. */
static void set_thresholds(first_order_t *self) {
    by_order_t threshold, shrink;
    for (int k = 0; k <= self->n; k++) {
        threshold[k] = k == 0 ? 0 : self->effect_step;
        shrink[k] = k == 0 ? 1 : 1 / (1 + self->problem->mu * self->effect_step);
    }
    arrays_by_order(&self->shrink, self->n, shrink);
    arrays_by_order(&self->kind[0].threshold, self->n, threshold);
    threshold[1] = INFINITY;
    arrays_by_order(&self->kind[1].threshold, self->n, threshold);
}

/* Weights of tables, and what share of a move each of two has: in proportion to what moving costs nothing. */
static void set_tables(first_order_t *self) {
    by_order_t weight, charge, share;
    for (int k = 0; k <= self->n; k++) {
        double other = arrays_power(1 / BETA, self->n - k);
        weight[k] = self->joined ? 1 : arrays_power(1 / BETA, k);
        share[k] = self->tables == 2 ? other / (weight[k] + other) : 1;
        charge[k] = weight[k] * share[k];
    }
    arrays_by_order(&self->weight, self->n, weight);
    arrays_by_order(&self->charge, self->n, charge);
    arrays_by_order(&self->kind[0].share, self->n, share);
    arrays_by_order(&self->kind[1].share, self->n, share); /* by complement: the same of its own order */
}

/* After a change of steps. */
static void set_steps(first_order_t *self) {
    const graph_t graph = self->banded ? rotations_subset_sums(BETA) : rotations_or_to_and();
    double quotient = self->banded ? self->effect_step / self->table_step : 1;
    set_thresholds(self);
    if (self->joined)
        joint_set(self->joint, self->n, quotient);
    else
        projection_set(&self->projection, &graph, self->n, quotient);
}

/* ---- what works on every block alone ---- */

/* The coefficient that z stands for. */
INLINED double soft(double z, double threshold, double shrink) {
    return (z - arrays_clip(z, -threshold, threshold)) * shrink;
}

static WIDE void find_effects(const double *restrict z, double *restrict x, size_t cells, const orders_t *threshold,
                              const orders_t *shrink) {
    for (size_t i = 0; i < cells; i += ARRAYS_GROUP) {
        const double *t = arrays_group(threshold, i), *s = arrays_group(shrink, i);
        for (size_t c = 0; c < ARRAYS_GROUP; c++)
            x[i + c] = soft(z[i + c], t[c], s[c]);
    }
}

static WIDE void reflect_effects(const double *restrict z, double *restrict p, size_t cells, const orders_t *threshold,
                                 const orders_t *shrink) {
    for (size_t i = 0; i < cells; i += ARRAYS_GROUP) {
        const double *t = arrays_group(threshold, i), *s = arrays_group(shrink, i);
        for (size_t c = 0; c < ARRAYS_GROUP; c++)
            p[i + c] = 2 * soft(z[i + c], t[c], s[c]) - z[i + c];
    }
}

/* What brings the sum of tables into the band; complements: those of OR, or NULL. */
static WIDE void find_move(const double *restrict v, double band, const double *restrict tables,
                           const double *restrict complements, size_t count, double *restrict move) {
    for (size_t i = 0; i < count; i++) {
        double sum = complements ? tables[i] + complements[count - 1 - i] : tables[i];
        move[i] = arrays_clip(sum, v[i] - band, v[i] + band) - sum;
    }
}

/* What the table of a kind moves by. */
INLINED double moved(const double *move, double share, size_t i, bool complement, size_t count) {
    return share * move[complement ? count - 1 - i : i];
}

INLINED void reflect_groups(const double *restrict z, double *restrict p, size_t count, const double *restrict move,
                            const orders_t *shares, bool complement, size_t width) {
    for (size_t i = 0; i < count; i += ARRAYS_GROUP) {
        const double *share = arrays_group(shares, i);
        for (size_t c = 0; c < width; c++)
            p[i + c] = z[i + c] + 2 * moved(move, share[c], i + c, complement, count);
    }
}

static WIDE void reflect_table(const double *z, double *p, size_t count, const double *move, const orders_t *shares,
                               bool complement) {
    if (count < ARRAYS_GROUP)
        reflect_groups(z, p, count, move, shares, complement, count);
    else if (complement)
        reflect_groups(z, p, count, move, shares, true, ARRAYS_GROUP);
    else
        reflect_groups(z, p, count, move, shares, false, ARRAYS_GROUP);
}

static double band_of(const first_order_t *self) {
    return self->problem->zeta * (1 - self->inner);
}

/* Of z, or of the last restart's. */
static void find_moves(const first_order_t *self, bool start, double *move) {
    const block_t *tables = &self->kind[0].table, *complements = &self->kind[1].table;
    const double *second = self->tables == 1 ? NULL : start ? complements->start : complements->z;
    find_move(self->problem->v, band_of(self), start ? tables->start : tables->z, second, (size_t)mask_count(self->n),
              move);
}

static void reflect(first_order_t *self) {
    for (int k = 0; k < self->kinds; k++) {
        kind_t *kind = &self->kind[k];
        reflect_effects(kind->effects.z, kind->effects.p, self->cells, &kind->threshold, &self->shrink);
    }
    for (int k = 0; k < self->tables; k++) {
        const kind_t *kind = &self->kind[k];
        reflect_table(kind->table.z, kind->table.p, (size_t)mask_count(self->n), self->move, &kind->share, k == 1);
    }
}

/* ---- the projection ---- */

static WIDE void subtract_from(const double *restrict from, double *restrict x, size_t cells) {
    for (size_t i = 0; i < cells; i++)
        x[i] = from[i] - x[i];
}

/* With a band, tables are those of the coefficients; without, what AND leaves of the transform of v is that of OR. */
static void project(first_order_t *self) {
    double *x = self->kind[0].effects.p, *b = self->kind[1].effects.p;
    for (int k = 0; !self->joined && k < self->tables; k++)
        projection_apply(&self->projection, self->kind[k].effects.p, self->kind[k].table.p);
    if (self->joined)
        joint_apply(self->joint, x, b, self->kind[0].table.p);
    if (self->banded)
        return;
    subtract_from(self->moebius, x, self->cells);
    projection_apply(&self->projection, b, x);
    subtract_from(self->moebius, x, self->cells);
}

/* ---- the step ---- */

typedef struct {
    double keep, back; /* z <- keep (z + 2 (p - x)) + back start */
} halpern_t;

static double sum_of_lanes(const double *lanes) {
    return arrays_sum(lanes, ARRAYS_GROUP);
}

/* Returns the sum of squared distances from x to p. */
static WIDE double step_effects(const block_t *block, size_t cells, const orders_t *threshold, const orders_t *shrink,
                                halpern_t halpern) {
    double squares[ARRAYS_GROUP] = {0}, *restrict z = block->z;
    const double *restrict p = block->p, *restrict start = block->start;
    for (size_t i = 0; i < cells; i += ARRAYS_GROUP) {
        const double *t = arrays_group(threshold, i), *s = arrays_group(shrink, i);
        for (size_t c = 0; c < ARRAYS_GROUP; c++) {
            double d = p[i + c] - soft(z[i + c], t[c], s[c]);
            squares[c] += d * d;
            z[i + c] = halpern.keep * (z[i + c] + 2 * d) + halpern.back * start[i + c];
        }
    }
    return sum_of_lanes(squares);
}

INLINED double step_groups(const first_order_t *self, const kind_t *kind, bool complement, halpern_t halpern,
                           size_t width) {
    double squares[ARRAYS_GROUP] = {0}, *restrict z = kind->table.z;
    const double *restrict p = kind->table.p, *restrict start = kind->table.start, *restrict move = self->move;
    size_t count = (size_t)mask_count(self->n);
    for (size_t i = 0; i < count; i += ARRAYS_GROUP) {
        const double *share = arrays_group(&kind->share, i), *weight = arrays_group(&self->weight, i);
        for (size_t c = 0; c < width; c++) {
            double d = p[i + c] - z[i + c] - moved(move, share[c], i + c, complement, count);
            squares[c] += weight[c] * d * d;
            z[i + c] = halpern.keep * (z[i + c] + 2 * d) + halpern.back * start[i + c];
        }
    }
    return sum_of_lanes(squares);
}

static WIDE double step_table(const first_order_t *self, const kind_t *kind, bool complement, halpern_t halpern) {
    if (self->n < ARRAYS_GROUP_BITS)
        return step_groups(self, kind, complement, halpern, (size_t)mask_count(self->n));
    return complement ? step_groups(self, kind, true, halpern, ARRAYS_GROUP)
                      : step_groups(self, kind, false, halpern, ARRAYS_GROUP);
}

/* Returns the distance of the two operators' points, in the metric of the steps. */
static double step(first_order_t *self) {
    double since = self->since, effects = 0, tables = 0;
    halpern_t halpern = {.keep = (since + 1) / (since + 2), .back = 1 / (since + 2)};
    self->since++;
    for (int k = 0; k < self->kinds; k++) {
        kind_t *kind = &self->kind[k];
        effects += step_effects(&kind->effects, self->cells, &kind->threshold, &self->shrink, halpern);
        if (k < self->tables)
            tables += step_table(self, kind, k == 1, halpern);
    }
    return sqrt(effects / self->effect_step + tables / self->table_step);
}

/* ---- restarts ---- */

/* Squared changes since the last restart: of coefficients and their prices, of tables and their multipliers. */
typedef struct {
    double effects, prices, tables, multipliers;
} changes_t;

/* Prices are in effect steps. The empty set has no price, and its coefficient does not count. */
static void add_effect_changes(const first_order_t *self, const kind_t *kind, changes_t *changes) {
    double *x = kind->effects.p, *was = self->move_start;
    find_effects(kind->effects.z, x, self->cells, &kind->threshold, &self->shrink);
    find_effects(kind->effects.start, was, self->cells, &kind->threshold, &self->shrink);
    x[0] = was[0] = 0;
    for (size_t i = 1; i < self->cells; i++) {
        double moved_by = x[i] - was[i], price = kind->effects.z[i] - kind->effects.start[i] - moved_by;
        changes->effects += moved_by * moved_by;
        changes->prices += price * price;
    }
}

/* Multipliers are in table steps; self->move_start becomes the change of the move. */
static void add_table_changes(const first_order_t *self, changes_t *changes) {
    size_t count = (size_t)mask_count(self->n);
    find_moves(self, true, self->move_start);
    for (size_t i = 0; i < count; i++) {
        double change = self->move[i] - self->move_start[i];
        changes->multipliers += arrays_of_mask(&self->charge, i) * change * change;
        self->move_start[i] = change;
    }
    for (int k = 0; k < self->tables; k++)
        for (size_t i = 0; i < count; i++) {
            const kind_t *kind = &self->kind[k];
            double moved_by = kind->table.z[i] - kind->table.start[i] +
                              moved(self->move_start, arrays_of_mask(&kind->share, i), i, k == 1, count);
            changes->tables += arrays_of_mask(&self->weight, i) * moved_by * moved_by;
        }
}

/* The factor that balances primal and dual movement: sqrt(primal / dual) is the step that would have; of the way there,
 * half (on the scale of logarithms). */
static double balance(double primal, double dual) {
    if (!(primal > 0 && dual > 0))
        return 1;
    return arrays_clip(sqrt(sqrt(primal / dual)), 1 / STEP_MOST, STEP_MOST);
}

/* New steps at the same coefficients, tables, prices and multipliers. */
static void change_steps(first_order_t *self, double effects, double tables) {
    size_t count = (size_t)mask_count(self->n);
    for (int k = 0; k < self->kinds; k++) {
        kind_t *kind = &self->kind[k];
        double *z = kind->effects.z, *x = kind->effects.p;
        find_effects(z, x, self->cells, &kind->threshold, &self->shrink);
        for (size_t i = 0; i < self->cells; i++)
            z[i] = x[i] + effects * (z[i] - x[i]);
        for (size_t i = 0; k < self->tables && i < count; i++)
            kind->table.z[i] += (1 - tables) * moved(self->move, arrays_of_mask(&kind->share, i), i, k == 1, count);
    }
    self->effect_step *= effects;
    self->table_step *= tables;
    set_steps(self);
}

/* lambda: [cells]. */
static void find_multipliers(const first_order_t *self, double *lambda) {
    for (size_t i = 0; i < self->cells; i += ARRAYS_GROUP) {
        const double *charge = arrays_group(&self->charge, i);
        for (size_t c = 0; c < ARRAYS_GROUP; c++)
            lambda[i + c] = self->move[i + c] * charge[c] / self->table_step;
    }
}

/* Aims so far inside the band that small violations are repaired at no cost. */
static void aim_inside(first_order_t *self) {
    find_multipliers(self, self->move_start);
    double paid = self->problem->zeta * arrays_strength(self->move_start, self->cells);
    double wanted = INNER * self->problem->gap * certificate_bound(self->certificate);
    if (paid > 0 && wanted > 0)
        self->inner = arrays_least(INNER_MOST, wanted / paid);
}

static void restart(first_order_t *self) {
    changes_t changes = {0};
    if (self->banded)
        find_moves(self, false, self->move);
    for (int k = 0; k < self->kinds; k++)
        add_effect_changes(self, &self->kind[k], &changes);
    if (self->banded)
        add_table_changes(self, &changes);
    if (self->restarts++ < RESTARTS_MOST)
        change_steps(self, balance(changes.effects, changes.prices), balance(changes.tables, changes.multipliers));
    if (self->banded) {
        find_moves(self, false, self->move);
        aim_inside(self);
    }
    for (int k = 0; k < self->kinds; k++) {
        memcpy(self->kind[k].effects.start, self->kind[k].effects.z, self->cells * sizeof(double));
        memcpy(self->kind[k].table.start, self->kind[k].table.z, self->cells * sizeof(double));
    }
    self->since = 0;
    self->first = self->last = -1;
}

static bool restart_is_due(first_order_t *self, double distance) {
    bool due = self->first >= 0 && (distance <= RESTART_NEAR * self->first ||
                                    (distance <= RESTART_RISING * self->first && distance > self->last) ||
                                    self->since >= RESTART_LONG * self->iteration);
    if (self->first < 0)
        self->first = distance;
    self->last = distance;
    return due;
}

/* ---- bounds ---- */

static void find_price(const first_order_t *self, const kind_t *kind, double *y) {
    find_effects(kind->effects.z, y, self->cells, &kind->threshold, &self->shrink);
    for (size_t i = 0; i < self->cells; i++)
        y[i] = (kind->effects.z[i] - y[i]) / self->effect_step;
    y[0] = 0;
}

/* The projected point solves the system, and what was projected away is a price. */
static void check_exact(first_order_t *self) {
    const block_t *x = &self->kind[0].effects;
    double *y = self->move;
    certificate_effects(self->certificate, x->p, self->kind[1].effects.p);
    find_effects(x->z, y, self->cells, &self->kind[0].threshold, &self->shrink);
    for (size_t i = 0; i < self->cells; i++)
        y[i] = (x->p[i] - 2 * y[i] + x->z[i]) / self->effect_step;
    y[0] = 0;
    rotations_superset_moebius(y, self->n);
    certificate_dual(self->certificate, y);
}

/* Before a step begins: its p are free. */
static void check_banded(first_order_t *self) {
    certificate_t *certificate = self->certificate;
    double *x = self->kind[0].effects.p, *b = self->kinds == 2 ? self->kind[1].effects.p : NULL, *inside = self->inside;
    for (int k = 0; k < self->kinds; k++)
        find_effects(self->kind[k].effects.z, k == 0 ? x : b, self->cells, &self->kind[k].threshold, &self->shrink);
    size_t count = (size_t)mask_count(self->n);
    for (size_t i = 0; i < count; i++)
        inside[i] =
            self->move[i] + self->kind[0].table.z[i] + (self->tables == 2 ? self->kind[1].table.z[count - 1 - i] : 0);
    certificate_near(certificate, x, b, inside);
    find_multipliers(self, inside);
    double largest = certificate_dual(certificate, inside);
    if (!b && self->problem->mu == 0 && largest > 1)
        certificate_clipped(certificate, inside, largest);
    first_order_prices(self, x, b);
    for (int i = 0; b && i < self->n; i++)
        b[(size_t)1 << i] = -x[(size_t)1 << i];
    certificate_prices(certificate, x, b);
}

void first_order_prices(const first_order_t *self, double *y_and, double *y_or) {
    find_price(self, &self->kind[0], y_and);
    if (!y_or)
        return;
    find_price(self, &self->kind[1], y_or);
    for (int i = 0; i < self->n; i++)
        y_or[(size_t)1 << i] = 0;
}

/* ---- the run ---- */

static void clear(first_order_t *self, double *x) {
    memset(x, 0, self->cells * sizeof *x);
}

/* No coefficients; the AND table is v. */
static void begin_blocks(first_order_t *self) {
    for (int k = 0; k < self->kinds; k++)
        for (int b = 0; b < 2; b++) {
            block_t *block = b == 0 ? &self->kind[k].effects : &self->kind[k].table;
            clear(self, block->z);
            clear(self, block->start);
            clear(self, block->p);
        }
    clear(self, self->move);
    clear(self, self->move_start);
    clear(self, self->inside);
    if (self->banded) {
        memcpy(self->kind[0].table.z, self->problem->v, self->cells * sizeof(double));
        memcpy(self->kind[0].table.start, self->problem->v, self->cells * sizeof(double));
    }
}

void first_order_begin(first_order_t *self, const problem_t *problem, certificate_t *certificate) {
    self->problem = problem;
    self->certificate = certificate;
    self->n = problem->n;
    self->cells = arrays_cells(problem->n);
    self->banded = problem->zeta > 0;
    self->joined =
        self->banded && self->kinds == 2 && problem->zeta <= NARROW * arrays_largest(problem->v, self->cells);
    self->tables = !self->banded ? 0 : self->joined ? 1 : self->kinds;
    self->iteration = self->since = self->restarts = 0;
    self->look = FIRST_LOOK;
    self->inner = 0;
    self->first = self->last = -1;
    begin_blocks(self);
    memcpy(self->moebius, problem->v, self->cells * sizeof(double));
    moebius_transform(self->moebius, self->n);
    self->effect_step = START * arrays_strength(self->moebius, self->cells) / (double)mask_count(self->n);
    self->table_step = self->effect_step;
    set_steps(self);
    set_tables(self);
}

double first_order_near(const first_order_t *self) {
    return self->iteration < LATE ? NEAR : NEAR_LATE;
}

/* How many coefficients are near their bound. */
static size_t count_near(first_order_t *self) {
    double near = first_order_near(self);
    size_t count = 0;
    first_order_prices(self, self->kind[0].effects.p, self->kinds == 2 ? self->kind[1].effects.p : NULL);
    for (int k = 0; k < self->kinds; k++) {
        const double *y = self->kind[k].effects.p;
        for (size_t i = 0; i < self->cells; i++)
            count += fabs(y[i]) > near;
    }
    return count;
}

/* One iteration; with a look at the bounds on the way. */
static void iterate(first_order_t *self, bool check) {
    if (self->banded)
        find_moves(self, false, self->move);
    if (check && self->banded)
        check_banded(self);
    reflect(self);
    project(self);
    if (check && !self->banded)
        check_exact(self);
    if (restart_is_due(self, step(self)))
        restart(self);
}

first_order_end_t first_order_run(first_order_t *self, int limit, size_t few) {
    while (self->iteration < limit) {
        self->iteration++;
        int every = self->iteration <= CHECK_EARLY ? CHECK_EVERY : CHECK_LATER;
        bool check = self->iteration % every == 0 || self->iteration == limit;
        iterate(self, check);
        if (check && certificate_reached(self->certificate))
            return FIRST_ORDER_REACHED;
        if (few == 0 || self->iteration < self->look || !check)
            continue;
        self->look *= 2;
        if (count_near(self) <= (self->iteration < FULL_LOOK ? few / 2 : few))
            return FIRST_ORDER_FEW;
    }
    return FIRST_ORDER_LIMIT;
}

int first_order_iterations(const first_order_t *self) {
    return self->iteration;
}
