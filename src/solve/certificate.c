#include "solve/certificate.h"

#include "lattice/moebius.h"
#include "solve/rotations.h"

#include <stdlib.h>
#include <string.h>

struct certificate {
    problem_t problem;
    size_t cells;
    double objective, bound;
    double *x, *b, *lambda; /* the best */
    double *try_x, *try_b, *try_lambda;
    double *y_and, *y_or;
    double *moebius;           /* of v */
    double *table, *apart;     /* in between */
    orders_t least_x, least_b; /* of the smallest correction, by order, between its butterflies */
    orders_t price_b;          /* of the nearest y, likewise; that of AND is least_x */
    graph_t graph;
    double *memory;
};

/* ---- memory ---- */

static void take_tables(certificate_t *self, bool both, size_t cells) {
    double **tables[] = {&self->x,     &self->lambda, &self->try_x, &self->try_lambda, &self->y_and, &self->moebius,
                         &self->table, &self->apart,  &self->b,     &self->try_b,      &self->y_or};
    enum { COUNT = sizeof tables / sizeof *tables, OF_OR = 3 };
    for (size_t k = 0; k < COUNT; k++)
        *tables[k] = k < COUNT - OF_OR || both ? self->memory + k * cells : NULL;
}

status_t certificate_create(int n_most, bool both, certificate_t **out, failure_t *why) {
    enum { AND_TABLES = 8, BOTH_TABLES = 11 };
    certificate_t *self = calloc(1, sizeof *self);
    *out = self;
    if (self)
        self->memory = arrays_new(n_most, both ? BOTH_TABLES : AND_TABLES);
    if (!self || !self->memory) {
        certificate_destroy(out);
        return failed(why, STATUS_INTERNAL, "out of memory for the bounds of sparse interactions of %d players",
                      n_most);
    }
    take_tables(self, both, arrays_cells(n_most));
    self->graph = rotations_or_to_and();
    return STATUS_OK;
}

void certificate_destroy(certificate_t **certificate) {
    if (*certificate)
        free((*certificate)->memory);
    free(*certificate);
    *certificate = NULL;
}

/* ---- factors by order ---- */

/* With m = x + B b (all as AND coefficients) and the singular vectors of B, the smallest x, b are m/(1 + sigma^2) and
 * sigma m/(1 + sigma^2); the y nearest to two given ones are (y_and + sigma y_or)/(1 + sigma^2). */
static void set_orders(certificate_t *self, int n) {
    const graph_t *graph = &self->graph;
    double to_out[SOLVE_PLAYERS_MOST + 1], to_in[SOLVE_PLAYERS_MOST + 1];
    double from_out[SOLVE_PLAYERS_MOST + 1], from_in[SOLVE_PLAYERS_MOST + 1];
    double x[SOLVE_PLAYERS_MOST + 1], b[SOLVE_PLAYERS_MOST + 1], price_b[SOLVE_PLAYERS_MOST + 1];
    rotations_scale(&graph->to_out, n, to_out);
    rotations_scale(&graph->to_in, n, to_in);
    rotations_scale(&graph->from_out, n, from_out);
    rotations_scale(&graph->from_in, n, from_in);
    for (int k = 0; k <= n; k++) {
        double sigma = arrays_power(graph->absent, n - k) * arrays_power(graph->present, k);
        double share = 1 / (1 + sigma * sigma);
        x[k] = to_out[k] * share * from_out[k];
        b[k] = to_out[k] * sigma * share * from_in[k];
        price_b[k] = to_in[k] * sigma * share * from_out[k];
    }
    arrays_by_order(&self->least_x, n, x);
    arrays_by_order(&self->least_b, n, b);
    arrays_by_order(&self->price_b, n, price_b);
}

/* ---- primal ---- */

static void copy(double *to, const double *from, size_t cells) {
    memcpy(to, from, cells * sizeof *to);
}

static double cost_of(const certificate_t *self, const double *x) {
    double strength = arrays_strength(x, self->cells), mu = self->problem.mu;
    return mu > 0 ? strength + mu / 2 * arrays_squares(x, self->cells) : strength;
}

/* ORs of one player become ANDs, constants are left out. */
static void merge_single_players(const certificate_t *self, double *x, double *b) {
    x[0] = 0;
    if (!b)
        return;
    b[0] = 0;
    for (int i = 0; i < self->problem.n; i++) {
        x[(size_t)1 << i] -= b[(size_t)1 << i];
        b[(size_t)1 << i] = 0;
    }
}

static void exchange(double **a, double **b) {
    double *was = *a;
    *a = *b;
    *b = was;
}

/* Keeps what is in try_x and try_b when it is better. */
static void offer_effects(certificate_t *self) {
    merge_single_players(self, self->try_x, self->try_b);
    double cost = cost_of(self, self->try_x);
    if (self->try_b)
        cost += cost_of(self, self->try_b);
    if (!(cost < self->objective))
        return;
    self->objective = cost;
    exchange(&self->x, &self->try_x);
    exchange(&self->b, &self->try_b);
}

void certificate_begin(certificate_t *self, const problem_t *problem) {
    self->problem = *problem;
    self->cells = arrays_cells(problem->n);
    if (problem->both)
        set_orders(self, problem->n);
    copy(self->moebius, problem->v, self->cells);
    moebius_transform(self->moebius, problem->n);
    copy(self->x, self->moebius, self->cells);
    if (self->b)
        memset(self->b, 0, self->cells * sizeof *self->b);
    memset(self->lambda, 0, self->cells * sizeof *self->lambda);
    merge_single_players(self, self->x, self->b);
    self->objective = cost_of(self, self->x);
    self->bound = 0;
}

void certificate_effects(certificate_t *self, const double *x, const double *b) {
    copy(self->try_x, x, self->cells);
    if (b)
        copy(self->try_b, b, self->cells);
    offer_effects(self);
}

void certificate_blend(certificate_t *self, const double *x, const double *b, double share) {
    for (size_t i = 0; i < self->cells; i++)
        self->try_x[i] = (1 - share) * x[i] + share * self->moebius[i];
    for (size_t i = 0; b && i < self->cells; i++)
        self->try_b[i] = (1 - share) * b[i];
    offer_effects(self);
}

/* to <- orders * from, for a butterfly. */
static void turn(double *to, const double *from, size_t cells, int n, const orders_t *orders, butterfly_t butterfly) {
    copy(to, from, cells);
    arrays_weigh(to, cells, orders);
    rotations_apply(butterfly, to, n);
}

static void add(double *to, const double *x, size_t cells) {
    for (size_t i = 0; i < cells; i++)
        to[i] += x[i];
}

/* Offers x and b, corrected by the table in self->apart. */
static void offer_corrected(certificate_t *self, const double *x, const double *b) {
    int n = self->problem.n;
    size_t cells = self->cells;
    moebius_transform(self->apart, n);
    if (b) {
        rotations_apply(self->graph.to_out.butterfly, self->apart, n);
        turn(self->try_b, self->apart, cells, n, &self->least_b, self->graph.from_in.butterfly);
        add(self->try_b, b, cells);
        turn(self->try_x, self->apart, cells, n, &self->least_x, self->graph.from_out.butterfly);
    } else {
        copy(self->try_x, self->apart, cells);
    }
    add(self->try_x, x, cells);
    offer_effects(self);
}

/* The least share of the way to v that brings a table into the band. */
static double share_to_v(const certificate_t *self, const double *table) {
    for (size_t i = 0; i < self->cells; i++)
        self->apart[i] = self->problem.v[i] - table[i];
    double farthest = arrays_largest(self->apart, self->cells);
    return farthest > self->problem.zeta ? 1 - self->problem.zeta / farthest : 0;
}

void certificate_near(certificate_t *self, const double *x, const double *b, const double *inside) {
    const double *v = self->problem.v;
    double zeta = self->problem.zeta, *apart = self->apart, *table = self->table;
    size_t cells = self->cells;
    copy(table, x, cells);
    zeta_transform(table, self->problem.n);
    if (b) {
        copy(apart, b, cells);
        rotations_disjoint_sums(apart, self->problem.n);
        add(table, apart, cells);
    }
    double share = share_to_v(self, table);
    for (size_t i = 0; i < cells; i++)
        apart[i] *= share;
    offer_corrected(self, x, b);
    for (size_t i = 0; i < cells; i++)
        apart[i] = arrays_clip(table[i], v[i] - zeta, v[i] + zeta) - table[i];
    offer_corrected(self, x, b);
    for (size_t i = 0; i < cells; i++)
        apart[i] = inside[i] - table[i];
    offer_corrected(self, x, b);
}

/* ---- dual ---- */

/* Sums over the y of a multiple: of q |y|, of y^2 where q > 0, and of q^2, q = (multiple |y| - 1)_+. */
typedef struct {
    double slope, curve, penalty;
} excess_t;

static WIDE void add_excess(const double *y, size_t cells, double multiple, excess_t *excess) {
    double slope[ARRAYS_GROUP] = {0}, curve[ARRAYS_GROUP] = {0}, penalty[ARRAYS_GROUP] = {0};
    for (size_t i = 0; i < cells; i += ARRAYS_GROUP)
        for (size_t c = 0; c < ARRAYS_GROUP; c++) {
            double p = arrays_most(y[i + c], -y[i + c]), q = arrays_most(multiple * p - 1, 0), in = q > 0 ? p : 0;
            slope[c] += q * p;
            curve[c] += in * in;
            penalty[c] += q * q;
        }
    for (size_t c = 0; c < ARRAYS_GROUP; c++) {
        excess->slope += slope[c];
        excess->curve += curve[c];
        excess->penalty += penalty[c];
    }
}

static excess_t excess_of(const certificate_t *self, double multiple) {
    excess_t excess = {0};
    add_excess(self->y_and, self->cells, multiple, &excess);
    if (self->y_or)
        add_excess(self->y_or, self->cells, multiple, &excess);
    return excess;
}

/* The multiple a of lambda, up to 1, with the largest bound: without mu the largest that is feasible. With mu, a linear
 * - sum (a |y| - 1)_+^2 / 2 mu is concave and its slope too: Newton's steps on the slope come from the right and pass
 * by no solution. Any a gives a bound: a few steps are enough. */
static double best_multiple(const certificate_t *self, double linear, double largest, double *bound) {
    enum { STEPS_MOST = 6 };
    const double near = 1e-4; /* what a bound loses by that is of second order */
    double mu = self->problem.mu, least = 1 / largest, a = mu > 0 && least < 1 ? 1 : least;
    excess_t excess = {0};
    for (int step = 0; mu > 0; step++) {
        excess = excess_of(self, a);
        double slope = linear - excess.slope / mu;
        if (slope >= -near * linear || step == STEPS_MOST)
            break;
        a = arrays_most(least, a + slope * mu / excess.curve);
    }
    *bound = mu > 0 ? a * linear - excess.penalty / (2 * mu) : a * linear;
    return a;
}

/* y of try_lambda. */
static void find_prices(certificate_t *self) {
    int n = self->problem.n;
    copy(self->y_and, self->try_lambda, self->cells);
    rotations_superset_sums(self->y_and, n);
    self->y_and[0] = 0;
    if (!self->y_or)
        return;
    copy(self->y_or, self->try_lambda, self->cells);
    rotations_disjoint_sums(self->y_or, n);
    self->y_or[0] = 0;
    for (int i = 0; i < n; i++)
        self->y_or[(size_t)1 << i] = 0;
}

static double largest_price(const certificate_t *self) {
    double largest = arrays_largest(self->y_and, self->cells);
    return self->y_or ? arrays_most(largest, arrays_largest(self->y_or, self->cells)) : largest;
}

/* Keeps try_lambda when its bound is better; returns its largest |y|. */
static double offer_lambda(certificate_t *self) {
    double *lambda = self->try_lambda, bound;
    lambda[0] = 0;
    lambda[0] = -arrays_sum(lambda, self->cells);
    find_prices(self);
    double largest = largest_price(self), linear = arrays_product(self->problem.v, lambda, self->cells) -
                                                   self->problem.zeta * arrays_strength(lambda, self->cells);
    if (!(linear > 0 && largest > 0))
        return largest;
    double multiple = best_multiple(self, linear, largest, &bound);
    if (!(bound > self->bound))
        return largest;
    self->bound = bound;
    for (size_t i = 0; i < self->cells; i++)
        lambda[i] *= multiple;
    exchange(&self->lambda, &self->try_lambda);
    return largest;
}

double certificate_dual(certificate_t *self, const double *lambda) {
    copy(self->try_lambda, lambda, self->cells);
    return offer_lambda(self);
}

void certificate_clipped(certificate_t *self, const double *lambda, double largest) {
    const double part = 0.25; /* of the excess; 0.1 and 0.5 are hardly worse */
    double scale = 1 / (1 + part * (largest - 1));
    for (size_t i = 0; i < self->cells; i++) {
        double y = self->y_and[i] * scale;
        self->apart[i] = y - arrays_clip(y, -1, 1);
    }
    rotations_superset_moebius(self->apart, self->problem.n);
    for (size_t i = 0; i < self->cells; i++)
        self->try_lambda[i] = lambda[i] * scale - self->apart[i];
    offer_lambda(self);
}

void certificate_prices(certificate_t *self, const double *y_and, const double *y_or) {
    int n = self->problem.n;
    size_t cells = self->cells;
    double *y = self->try_lambda;
    copy(y, y_and, cells);
    if (y_or) {
        rotations_apply(self->graph.to_out.butterfly, y, n);
        arrays_weigh(y, cells, &self->least_x);
        copy(self->apart, y_or, cells);
        rotations_apply(self->graph.to_in.butterfly, self->apart, n);
        arrays_weigh(self->apart, cells, &self->price_b);
        add(y, self->apart, cells);
        rotations_apply(self->graph.from_out.butterfly, y, n);
    }
    y[0] = 0;
    rotations_superset_moebius(y, n);
    offer_lambda(self);
}

/* ---- the best so far ---- */

bool certificate_reached(const certificate_t *self) {
    return self->objective - self->bound <= self->problem.gap * self->objective;
}

double certificate_objective(const certificate_t *self) {
    return self->objective;
}

double certificate_bound(const certificate_t *self) {
    return self->bound;
}

const double *certificate_x(const certificate_t *self) {
    return self->x;
}

const double *certificate_b(const certificate_t *self) {
    return self->b;
}

const double *certificate_lambda(const certificate_t *self) {
    return self->lambda;
}

const double *certificate_y_and(const certificate_t *self) {
    return self->y_and;
}

const double *certificate_y_or(const certificate_t *self) {
    return self->y_or;
}
