#include "solve/interior.h"

#include "lattice/moebius.h"
#include "solve/cholesky.h"
#include "solve/gram.h"
#include "solve/rotations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every unknown x of a column is p - q, and every row has two slacks, s = zeta - r and zeta + r, r = its table less v.
 * Side 0 is p and the upper slack, side 1 is q and the lower one; sides differ in a sign. Multipliers of p, q are z, of
 * s are l. */
enum { SIDES = 2 };

static const double STEP = 0.95;        /* of the way to the boundary */
static const double FIRST_SLACK = 0.3;  /* of the largest residual, at least */
static const double FIRST_PULL = 0.003; /* of what would make all products equal: most rows end without a multiplier */
static const double INSIDE = 0.25;      /* share of the gap that the band is smaller by */
static const double PRICED = 0.25;      /* share of the gap that |y| may be above 1 by */
static const double ADD_WHEN = 1.5;     /* F is below this times the columns' own bound: its prices mean something */
static const double DROP_WHEN = 1.3;    /* and below this times the bound columns are dropped ... */
static const double DROP_NEAR = 1.2;    /* ... by x no farther from v than this times the band ... */
static const double DROP_ROOM = 0.3;    /* ... with |y| below 1 by more than this, on both sides; of many columns ... */
static const double DROP_LEAST = 0.03;  /* ... this, when ... */
static const double DROP_PART = 0.05;   /* ... all such columns together are at most about this part of the cost */
static const double ADD_FIRST = 0.1;    /* the largest first z of a column that is added because |y| > 1 */
static const double LIFT = 1e-13;       /* of the diagonal, for a factor in spite of rounding */
enum {
    MANY = 1000,          /* columns: a matrix costs more than the few iterations more that dropping early takes */
    ADD_AFTER = 5,        /* iterations without new columns: the programme of these columns may have no solution */
    ADD_LEAST = 16,       /* columns at a time: this and ... */
    ADD_PART = 4,         /* ... a part of those there are */
    ITERATIONS_MOST = 100 /* 60 were the most that ended well */
};

typedef struct {
    double *p, *z, *dp, *dz;
} column_side_t;

typedef struct {
    double *s, *l, *dl; /* dl: the change, and before that what it is made from */
} row_side_t;

struct interior {
    const problem_t *problem;
    certificate_t *certificate;
    int n;
    bool both;
    size_t rows, cells, count, most; /* count: columns; most: of this run */
    double band, mu;
    /* of rows, [cells] */
    double *r, *image, *weighed, *g, *h;
    row_side_t row[SIDES];
    /* of columns */
    column_t *column;
    unsigned char *taken; /* AND, then OR, by mask: what has become of each column */
    double *x, *y, *dx, *dy, *curve, *pull;
    column_side_t side[SIDES];
    double *matrix;
    double *memory;
};

/* A column is dropped once: one that came back stays, so that the columns settle. */
enum { TAKEN = 1, DROPPED = 2 };

static double sign_of(int side) {
    return side == 0 ? 1 : -1;
}

/* ---- memory ---- */

enum { ROW_TABLES = 5 + 3 * SIDES, COLUMN_TABLES = 6 + 4 * SIDES };

static double *next(double **at, size_t count) {
    double *taken = *at;
    *at += count;
    return taken;
}

static void take_tables(interior_t *self, size_t cells, double *columns, size_t most) {
    double *at = self->memory;
    double **rows[] = {&self->r, &self->image, &self->weighed, &self->g, &self->h};
    double **fields[] = {&self->x, &self->y, &self->dx, &self->dy, &self->curve, &self->pull};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        *rows[k] = next(&at, cells);
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
        *fields[k] = next(&columns, most);
    for (int side = 0; side < SIDES; side++) {
        self->row[side] = (row_side_t){next(&at, cells), next(&at, cells), next(&at, cells)};
        self->side[side] =
            (column_side_t){next(&columns, most), next(&columns, most), next(&columns, most), next(&columns, most)};
    }
}

static bool take_memory(interior_t *self, int n_most, size_t most) {
    enum { LINE = 64 };
    size_t cells = arrays_cells(n_most), pitch = cholesky_pitch(most);
    self->memory = arrays_new(n_most, ROW_TABLES);
    self->taken = malloc(2 * cells);
    self->column = malloc(most * sizeof *self->column);
    self->matrix = aligned_alloc(LINE, (most + COLUMN_TABLES) * pitch * sizeof *self->matrix);
    if (!self->memory || !self->taken || !self->column || !self->matrix)
        return false;
    take_tables(self, cells, self->matrix + most * pitch, most);
    return true;
}

status_t interior_create(int n_most, bool both, size_t columns_most, interior_t **out, failure_t *why) {
    interior_t *self = calloc(1, sizeof *self);
    *out = self;
    if (self)
        self->both = both;
    if (!self || !take_memory(self, n_most, columns_most + 1)) {
        interior_destroy(out);
        return failed(why, STATUS_INTERNAL, "out of memory for sparse interactions of %d players", n_most);
    }
    return STATUS_OK;
}

void interior_destroy(interior_t **interior) {
    if (*interior) {
        free((*interior)->memory);
        free((*interior)->taken);
        free((*interior)->column);
        free((*interior)->matrix);
    }
    free(*interior);
    *interior = NULL;
}

/* ---- columns ---- */

static bool is_or(column_t column) {
    return column & GRAM_OR;
}

static size_t mask_of(column_t column) {
    return column & ~GRAM_OR;
}

static unsigned char *state_of(const interior_t *self, size_t mask, bool of_or) {
    return &self->taken[(of_or ? self->rows : 0) + mask];
}

static void take_column(interior_t *self, size_t mask, bool of_or) {
    *state_of(self, mask, of_or) |= TAKEN;
    self->column[self->count++] = (column_t)mask | (of_or ? GRAM_OR : 0);
}

/* Coefficients by mask: AND into x, OR into b, both [cells]. */
static void spread(const interior_t *self, const double *of_columns, double *x, double *b) {
    memset(x, 0, self->cells * sizeof *x);
    if (self->both)
        memset(b, 0, self->cells * sizeof *b);
    for (size_t k = 0; k < self->count; k++)
        (is_or(self->column[k]) ? b : x)[mask_of(self->column[k])] = of_columns[k];
}

/* image <- the table of these coefficients; h is scratch. */
static void make_table(interior_t *self, const double *of_columns, double *image) {
    spread(self, of_columns, image, self->h);
    zeta_transform(image, self->n);
    if (!self->both)
        return;
    rotations_disjoint_sums(self->h, self->n);
    for (size_t i = 0; i < self->rows; i++)
        image[i] += self->h[i];
}

/* of_columns <- the transposed columns times `weighed`; g and h become its sums. */
static void price(interior_t *self, const double *weighed, double *of_columns) {
    memcpy(self->g, weighed, self->rows * sizeof *weighed);
    rotations_superset_sums(self->g, self->n);
    if (self->both) {
        memcpy(self->h, weighed, self->rows * sizeof *weighed);
        rotations_disjoint_sums(self->h, self->n);
    }
    for (size_t k = 0; of_columns && k < self->count; k++)
        of_columns[k] = (is_or(self->column[k]) ? self->h : self->g)[mask_of(self->column[k])];
}

/* ---- the start ---- */

static bool is_single(size_t mask) {
    return mask_order(mask) == 1;
}

/* False when they are too many. */
static bool take_first_columns(interior_t *self, const double *y_and, const double *y_or, double near) {
    self->count = 0;
    memset(self->taken, 0, 2 * self->rows);
    take_column(self, 0, false);
    for (size_t mask = 1; mask < self->rows; mask++) {
        if (self->count + SIDES > self->most)
            return false;
        if (fabs(y_and[mask]) > near || is_single(mask))
            take_column(self, mask, false);
        if (self->both && !is_single(mask) && fabs(y_or[mask]) > near)
            take_column(self, mask, true);
    }
    return true;
}

static void find_residuals(interior_t *self) {
    make_table(self, self->x, self->r);
    for (size_t i = 0; i < self->rows; i++)
        self->r[i] -= self->problem->v[i];
}

/* No coefficients, the constant in the mean of v; p = q = the mean of |x| of the first order. */
static void start(interior_t *self) {
    double typical = certificate_objective(self->certificate) / (double)self->count;
    for (size_t k = 0; k < self->count; k++) {
        self->x[k] = 0;
        for (int side = 0; side < SIDES; side++) {
            self->side[side].p[k] = typical;
            self->side[side].z[k] = 1;
        }
    }
    self->x[0] = arrays_sum(self->problem->v, self->rows) / (double)self->rows;
    find_residuals(self);
    double least = FIRST_SLACK * arrays_largest(self->r, self->rows);
    for (int side = 0; side < SIDES; side++)
        for (size_t i = 0; i < self->rows; i++) {
            self->row[side].s[i] = arrays_most(self->band - sign_of(side) * self->r[i], least);
            self->row[side].l[i] = FIRST_PULL * typical / self->row[side].s[i];
        }
}

/* ---- bounds and new columns ---- */

/* The mean of all products of unknowns and multipliers. */
static double complementarity(const interior_t *self) {
    double sum = 0;
    for (int side = 0; side < SIDES; side++)
        sum += arrays_product(self->side[side].p + 1, self->side[side].z + 1, self->count - 1) +
               arrays_product(self->row[side].s, self->row[side].l, self->rows);
    return sum / (SIDES * (double)(self->count - 1 + self->rows));
}

static double cost_of(const interior_t *self) {
    return arrays_strength(self->x + 1, self->count - 1) + self->mu / 2 * arrays_squares(self->x + 1, self->count - 1);
}

/* Offers x, with as much of the Moebius transform as brings it into the band. */
static void offer_effects(interior_t *self) {
    double farthest = arrays_largest(self->r, self->rows), zeta = self->problem->zeta;
    spread(self, self->x, self->image, self->weighed);
    certificate_blend(self->certificate, self->image, self->both ? self->weighed : NULL,
                      farthest > zeta ? 1 - zeta / farthest : 0);
}

/* Offers lambda and finds y. Returns the sum of lambda: what y of the constant and of OR columns have too much, as the
 * certificate makes it 0. */
static double offer_lambda(interior_t *self) {
    double *lambda = self->weighed;
    for (size_t i = 0; i < self->rows; i++)
        lambda[i] = self->row[1].l[i] - self->row[0].l[i];
    for (size_t i = self->rows; i < self->cells; i++)
        lambda[i] = 0;
    certificate_dual(self->certificate, lambda);
    double sum = arrays_sum(lambda, self->rows);
    const double *y_and = certificate_y_and(self->certificate), *y_or = certificate_y_or(self->certificate);
    for (size_t k = 1; k < self->count; k++) {
        size_t mask = mask_of(self->column[k]);
        self->y[k] = is_or(self->column[k]) ? y_or[mask] + sum : y_and[mask];
    }
    self->y[0] = sum;
    lambda[0] -= sum;
    return sum;
}

/* The bound of the programme that has these columns alone, about. */
static double bound_of_columns(const interior_t *self, double sum) {
    const double *lambda = self->weighed;
    double bound = arrays_product(self->problem->v, lambda, self->rows) -
                   self->problem->zeta * arrays_strength(lambda, self->rows);
    double largest = 1;
    for (size_t k = 1; k < self->count; k++) {
        double y = fabs(self->y[k] - (is_or(self->column[k]) ? sum : 0)), excess = arrays_most(y - 1, 0);
        bound -= self->mu > 0 ? excess * excess / (2 * self->mu) : 0;
        largest = arrays_most(largest, y - self->mu * fabs(self->x[k]));
    }
    return bound / largest;
}

/* y of a mask of a kind, 0 when the column is there. */
static double new_price(const interior_t *self, size_t mask, bool of_or) {
    if (*state_of(self, mask, of_or) & TAKEN)
        return 0;
    return of_or ? certificate_y_or(self->certificate)[mask] : certificate_y_and(self->certificate)[mask];
}

static int kinds_of(const interior_t *self) {
    return self->both ? 2 : 1;
}

static size_t count_above(const interior_t *self, double limit) {
    size_t count = 0;
    for (int kind = 0; kind < kinds_of(self); kind++)
        for (size_t mask = 1; mask < self->rows; mask++)
            count += fabs(new_price(self, mask, kind == 1)) > limit;
    return count;
}

/* At x = 0, with the complementarity of all others. sum: see offer_lambda. */
static void add_column(interior_t *self, size_t mask, bool of_or, double middle, double sum) {
    double price_of = new_price(self, mask, of_or) + (of_or ? sum : 0), room = 1 - fabs(price_of);
    double z = arrays_most(room, arrays_least(ADD_FIRST, -2 * room));
    size_t k = self->count;
    take_column(self, mask, of_or);
    self->x[k] = 0;
    self->y[k] = price_of;
    for (int side = 0; side < SIDES; side++) {
        bool tight = price_of > 0 ? side == 0 : side == 1;
        self->side[side].z[k] = tight ? z : 1 + fabs(price_of);
        self->side[side].p[k] = middle / z;
    }
}

/* Columns of |y| > 1, the worst first. False when that were too many. */
static bool add_columns(interior_t *self, double middle, double sum) {
    double limit = 1 + PRICED * self->problem->gap, last = limit;
    size_t room = self->count / ADD_PART + ADD_LEAST, wanted = count_above(self, limit), before = self->count;
    if (wanted == 0)
        return true;
    while (wanted > room) {
        last = limit;
        limit = 1 + (limit - 1) * 1.5 + 0.01;
        wanted = count_above(self, limit);
    }
    if (wanted == 0) { /* many of nearly the same price: the first of them */
        limit = last;
        wanted = room;
    }
    if (before + wanted > self->most)
        return false;
    for (int kind = 0; kind < kinds_of(self); kind++)
        for (size_t mask = 1; mask < self->rows; mask++)
            if (fabs(new_price(self, mask, kind == 1)) > limit && self->count < before + wanted)
                add_column(self, mask, kind == 1, middle, sum);
    return true;
}

static unsigned char *state_of_column(const interior_t *self, size_t k) {
    return state_of(self, mask_of(self->column[k]), is_or(self->column[k]));
}

/* Whether a column may go: its x tends to 0. Those of single players stay: rows need them. */
static bool is_idle(const interior_t *self, size_t k, double room) {
    return arrays_least(self->side[0].z[k], self->side[1].z[k]) > room && !is_single(mask_of(self->column[k])) &&
           *state_of_column(self, k) == TAKEN;
}

static void keep_column(interior_t *self, size_t from, size_t to) {
    self->column[to] = self->column[from];
    self->x[to] = self->x[from];
    self->y[to] = self->y[from];
    for (int side = 0; side < SIDES; side++) {
        self->side[side].p[to] = self->side[side].p[from];
        self->side[side].z[to] = self->side[side].z[from];
    }
}

static void drop_columns(interior_t *self, double middle, double cost) {
    double many = arrays_most(DROP_LEAST, middle * (double)self->count / (DROP_PART * cost));
    double room = self->count > MANY ? many : DROP_ROOM;
    size_t kept = 1;
    for (size_t k = 1; k < self->count; k++)
        if (is_idle(self, k, room))
            *state_of_column(self, k) = DROPPED;
        else
            keep_column(self, k, kept++);
    if (kept == self->count)
        return;
    self->count = kept;
    find_residuals(self);
}

/* ---- the direction ---- */

/* dl of a row's sides before dx is known, and what all rows pull at the columns. target: the complementarity to reach;
 * with `second` dl holds the products that the predictor left. */
static WIDE void aim_rows(interior_t *self, double target, bool second) {
    double *restrict pull = self->weighed;
    const double *restrict r = self->r;
    memset(pull, 0, self->rows * sizeof *pull);
    for (int side = 0; side < SIDES; side++) {
        const double sign = sign_of(side), *restrict s = self->row[side].s, *restrict l = self->row[side].l;
        double *restrict dl = self->row[side].dl;
        for (size_t i = 0; i < self->rows; i++) {
            double aim = (second ? (target - dl[i]) / s[i] : 0) - l[i];
            dl[i] = aim;
            pull[i] += sign * (l[i] / s[i] * (self->band - sign * r[i] - s[i]) - aim);
        }
    }
}

/* dl when dx is known (its table is `image`), and what it pulls. */
static WIDE void answer_rows(interior_t *self) {
    double *restrict pull = self->weighed;
    const double *restrict r = self->r, *restrict image = self->image;
    memset(pull, 0, self->rows * sizeof *pull);
    for (int side = 0; side < SIDES; side++) {
        const double sign = sign_of(side), *restrict s = self->row[side].s, *restrict l = self->row[side].l;
        double *restrict dl = self->row[side].dl;
        for (size_t i = 0; i < self->rows; i++) {
            dl[i] -= l[i] / s[i] * (self->band - sign * (r[i] + image[i]) - s[i]);
            pull[i] -= sign * dl[i];
        }
    }
}

/* The same for columns: dp before dx, and their part of the right-hand side. */
static void aim_columns(interior_t *self, double target, bool second) {
    memset(self->pull, 0, self->count * sizeof *self->pull);
    for (int side = 0; side < SIDES; side++) {
        const column_side_t *of = &self->side[side];
        double sign = sign_of(side);
        for (size_t k = 1; k < self->count; k++) {
            double aim = (second ? (target - of->dp[k] * of->dz[k]) / of->z[k] : 0) - of->p[k];
            double missing = 1 + sign * (self->mu * self->x[k] - self->y[k]) - of->z[k];
            of->dp[k] = aim;
            self->pull[k] += sign * (aim - of->p[k] / of->z[k] * missing);
        }
    }
}

/* dz, dp when dx and dy are known. dp - dq = dx is made exact: else rows lose what rounding takes from columns. */
static void answer_columns(interior_t *self) {
    for (size_t k = 1; k < self->count; k++) {
        double share[SIDES], lost = self->dx[k];
        for (int side = 0; side < SIDES; side++) {
            const column_side_t *of = &self->side[side];
            double sign = sign_of(side), x = self->x[k] + self->dx[k], y = self->y[k] + self->dy[k];
            share[side] = of->p[k] / of->z[k];
            of->dz[k] = 1 + sign * (self->mu * x - y) - of->z[k];
            of->dp[k] -= share[side] * of->dz[k];
            lost -= sign * of->dp[k];
        }
        for (int side = 0; side < SIDES; side++)
            self->side[side].dp[k] += sign_of(side) * lost * share[side] / (share[0] + share[1]);
    }
}

/* Newton's matrix, factored. */
static bool make_matrix(interior_t *self) {
    size_t pitch = cholesky_pitch(self->count);
    for (size_t i = 0; i < self->rows; i++)
        self->weighed[i] = self->row[0].l[i] / self->row[0].s[i] + self->row[1].l[i] / self->row[1].s[i];
    price(self, self->weighed, NULL);
    gram_fill(self->column, self->count, self->g, self->h, self->matrix, pitch);
    for (size_t k = 0; k < self->count; k++) {
        const column_side_t *p = &self->side[0], *q = &self->side[1];
        double *diagonal = self->matrix + k * pitch + k;
        self->curve[k] = k == 0 ? 0 : 1 / (p->p[k] / p->z[k] + q->p[k] / q->z[k]);
        *diagonal = (*diagonal + self->curve[k] + (k == 0 ? 0 : self->mu)) * (1 + LIFT);
    }
    return cholesky_factor(self->matrix, self->count, pitch);
}

static void find_direction(interior_t *self, double target, bool second) {
    aim_rows(self, target, second);
    price(self, self->weighed, self->dx);
    aim_columns(self, target, second);
    self->dx[0] += self->y[0];
    for (size_t k = 1; k < self->count; k++)
        self->dx[k] += self->curve[k] * self->pull[k];
    cholesky_solve(self->matrix, self->count, cholesky_pitch(self->count), self->dx);
    make_table(self, self->dx, self->image);
    answer_rows(self);
    price(self, self->weighed, self->dy);
    answer_columns(self);
}

/* ---- the step ---- */

typedef struct {
    double primal, dual;
} lengths_t;

/* The largest -d/x: its inverse is the way to the boundary. */
INLINED double steepest(double most, double d, double x) {
    return arrays_most(most, -d / x);
}

static double way(double steepest_fall, double share) {
    return steepest_fall > share ? share / steepest_fall : 1;
}

static WIDE void longest_rows(const interior_t *self, int side, double *restrict primal, double *restrict dual) {
    const double sign = sign_of(side), *restrict s = self->row[side].s, *restrict l = self->row[side].l;
    const double *restrict dl = self->row[side].dl, *restrict r = self->r, *restrict image = self->image;
    size_t lanes = self->rows < ARRAYS_GROUP ? self->rows : ARRAYS_GROUP;
    for (size_t i = 0; i < self->rows; i += lanes)
        for (size_t c = 0; c < lanes; c++) {
            double ds = self->band - sign * (r[i + c] + image[i + c]) - s[i + c];
            primal[c] = steepest(primal[c], ds, s[i + c]);
            dual[c] = steepest(dual[c], dl[i + c], l[i + c]);
        }
}

/* How far it goes without leaving what is positive; share of the way to the boundary. */
static lengths_t longest(const interior_t *self, double share) {
    double primal[ARRAYS_GROUP] = {0}, dual[ARRAYS_GROUP] = {0};
    for (int side = 0; side < SIDES; side++) {
        const column_side_t *of = &self->side[side];
        longest_rows(self, side, primal, dual);
        for (size_t k = 1; k < self->count; k++) {
            primal[0] = steepest(primal[0], of->dp[k], of->p[k]);
            dual[0] = steepest(dual[0], of->dz[k], of->z[k]);
        }
    }
    for (size_t c = 1; c < ARRAYS_GROUP; c++) {
        primal[0] = arrays_most(primal[0], primal[c]);
        dual[0] = arrays_most(dual[0], dual[c]);
    }
    return (lengths_t){way(primal[0], share), way(dual[0], share)};
}

/* Products of a side's rows after the predictor's step, in lanes; dl becomes the product of both changes. */
static WIDE void predict_rows(interior_t *self, int side, lengths_t by, double *restrict sums) {
    const double sign = sign_of(side), *restrict s = self->row[side].s, *restrict l = self->row[side].l;
    const double *restrict r = self->r, *restrict image = self->image;
    double *restrict dl = self->row[side].dl;
    size_t lanes = self->rows < ARRAYS_GROUP ? self->rows : ARRAYS_GROUP;
    for (size_t i = 0; i < self->rows; i += lanes)
        for (size_t c = 0; c < lanes; c++) {
            double ds = self->band - sign * (r[i + c] + image[i + c]) - s[i + c];
            sums[c] += (s[i + c] + by.primal * ds) * (l[i + c] + by.dual * dl[i + c]);
            dl[i + c] *= ds;
        }
}

/* What the corrector aims at: Mehrotra's third power of what the predictor could do. */
static double corrector_target(interior_t *self, double middle) {
    double sums[ARRAYS_GROUP] = {0}, left = 0;
    lengths_t by = longest(self, 1);
    for (int side = 0; side < SIDES; side++) {
        const column_side_t *of = &self->side[side];
        predict_rows(self, side, by, sums);
        for (size_t k = 1; k < self->count; k++)
            left += (of->p[k] + by.primal * of->dp[k]) * (of->z[k] + by.dual * of->dz[k]);
    }
    left = (left + arrays_sum(sums, ARRAYS_GROUP)) / (SIDES * (double)(self->count - 1 + self->rows));
    return middle * arrays_power(left / middle, 3);
}

static WIDE void move_rows(interior_t *self, int side, lengths_t by) {
    const double sign = sign_of(side), *restrict dl = self->row[side].dl;
    const double *restrict r = self->r, *restrict image = self->image;
    double *restrict s = self->row[side].s, *restrict l = self->row[side].l;
    for (size_t i = 0; i < self->rows; i++) {
        s[i] += by.primal * (self->band - sign * (r[i] + image[i]) - s[i]);
        l[i] += by.dual * dl[i];
    }
}

static void move(interior_t *self, lengths_t by) {
    for (int side = 0; side < SIDES; side++) {
        const column_side_t *of = &self->side[side];
        move_rows(self, side, by);
        for (size_t k = 1; k < self->count; k++) {
            of->p[k] += by.primal * of->dp[k];
            of->z[k] += by.dual * of->dz[k];
        }
    }
    self->x[0] += by.primal * self->dx[0];
    for (size_t k = 1; k < self->count; k++)
        self->x[k] = self->side[0].p[k] - self->side[1].p[k];
    find_residuals(self);
}

/* ---- the run ---- */

/* Bounds; then columns are dropped and added when prices mean something, or when there were no new ones for long.
 * False: the end. */
static bool look(interior_t *self, int iteration, int *added) {
    double middle = complementarity(self);
    offer_effects(self);
    double sum = offer_lambda(self);
    if (certificate_reached(self->certificate))
        return false;
    double bound = bound_of_columns(self, sum), cost = cost_of(self);
    bool near = arrays_largest(self->r, self->rows) <= DROP_NEAR * self->problem->zeta;
    if (near && bound > 0 && cost >= bound && cost <= DROP_WHEN * bound)
        drop_columns(self, middle, cost);
    if (!(bound > 0 && cost <= ADD_WHEN * bound) && iteration - *added < ADD_AFTER)
        return true;
    *added = iteration;
    return add_columns(self, middle, sum);
}

static void prepare(interior_t *self, const problem_t *problem, certificate_t *certificate, size_t columns) {
    self->problem = problem;
    self->certificate = certificate;
    self->n = problem->n;
    self->rows = (size_t)mask_count(problem->n);
    self->cells = arrays_cells(problem->n);
    self->most = columns + 1 < 2 * self->rows ? columns + 1 : 2 * self->rows;
    self->band = problem->zeta * (1 - INSIDE * problem->gap);
    self->mu = problem->mu;
}

int interior_run(interior_t *self, const problem_t *problem, certificate_t *certificate, const double *y_and,
                 const double *y_or, double near, size_t columns, int limit) {
    int iteration = 0, added = 0;
    prepare(self, problem, certificate, columns);
    if (!take_first_columns(self, y_and, y_or, near))
        return 0;
    start(self);
    limit = limit < ITERATIONS_MOST ? limit : ITERATIONS_MOST;
    while (look(self, iteration, &added) && iteration < limit && make_matrix(self)) {
        iteration++;
        find_direction(self, 0, false);
        find_direction(self, corrector_target(self, complementarity(self)), true);
        move(self, longest(self, STEP));
    }
    return iteration;
}

size_t interior_columns(const interior_t *self) {
    return self->count;
}
