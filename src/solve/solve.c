#include "solve/solve.h"

#include "lattice/moebius.h"
#include "solve/certificate.h"
#include "solve/first_order.h"
#include "solve/interior.h"
#include "solve/rotations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct solve {
    solve_options_t options;
    int n_most;
    certificate_t *certificate;
    first_order_t *first_order;
    interior_t *interior; /* NULL without a band */
    double *v;            /* less v(empty), scaled by a power of two so that max |v| is in [1/2, 1) */
    double *table, *apart;
};

/* ---- options and memory ---- */

solve_options_t solve_defaults(void) {
    return (solve_options_t){
        .kinds = SOLVE_AND_OR, .denoise = 0.04, .gap = 1e-4, .tie = SOLVE_MINIMUM_NORM, .max_iterations = 20000};
}

status_t solve_check(const solve_options_t *options, failure_t *why) {
    if (!(options->denoise >= 0 && options->denoise <= 1))
        return failed(why, STATUS_INPUT, "denoise %g: allowed are 0 to 1", options->denoise);
    if (!(options->gap > 0 && options->gap < 1))
        return failed(why, STATUS_INPUT, "gap %g: allowed are numbers above 0 and below 1", options->gap);
    if (options->max_iterations < 1)
        return failed(why, STATUS_INPUT, "max_iterations %d: allowed are numbers above 0", options->max_iterations);
    return STATUS_OK;
}

static status_t check_players(int n, int most, failure_t *why) {
    if (n >= 1 && n <= most)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "sparse interactions of %d players; allowed are 1 to %d", n, most);
}

/* The columns of which a Newton step takes about as long as `factor` iterations of the first order: their cube against
 * the n 2^n of 4 (8) butterflies. */
static size_t few_columns(int n, bool both) {
    const double factor = 14;
    double work = factor * factor * factor * n * (double)mask_count(n) * (both ? 4 : 2);
    size_t columns = 1;
    while ((double)(columns + 1) * (double)(columns + 1) * (double)(columns + 1) <= work)
        columns++;
    return columns;
}

static size_t most_columns(int n, bool both) {
    size_t most = 2 * few_columns(n, both);
    return n > SOLVE_PLAYERS_LARGE && most > SOLVE_COLUMNS_LARGE ? SOLVE_COLUMNS_LARGE : most;
}

/* Room for the columns of samples of up to n players. */
static size_t columns_for(int n, bool both) {
    size_t most = 0;
    for (int k = 1; k <= n; k++)
        most = most_columns(k, both) > most ? most_columns(k, both) : most;
    return most;
}

double solve_bytes(const solve_options_t *options, int n) {
    enum { TABLES_OF_AND = 31, TABLES_OF_BOTH = 43 };
    const double hard = 0.7; /* of the columns that are allowed: the most that 200 tables of networks took */
    bool both = options->kinds == SOLVE_AND_OR;
    double columns = options->denoise > 0 ? hard * (double)most_columns(n, both) : 0;
    return sizeof(double) * ((both ? TABLES_OF_BOTH : TABLES_OF_AND) * (double)arrays_cells(n) + columns * columns);
}

static status_t take_memory(solve_t *self, failure_t *why) {
    enum { TABLES = 3 };
    bool both = self->options.kinds == SOLVE_AND_OR;
    size_t cells = arrays_cells(self->n_most);
    TRY(certificate_create(self->n_most, both, &self->certificate, why));
    TRY(first_order_create(self->n_most, both, &self->first_order, why));
    if (self->options.denoise > 0)
        TRY(interior_create(self->n_most, both, columns_for(self->n_most, both), &self->interior, why));
    self->v = arrays_new(self->n_most, TABLES);
    if (!self->v)
        return failed(why, STATUS_INTERNAL, "out of memory for sparse interactions of %d players", self->n_most);
    self->table = self->v + cells;
    self->apart = self->table + cells;
    return STATUS_OK;
}

status_t solve_create(const solve_options_t *options, int n_most, solve_t **out, failure_t *why) {
    *out = NULL;
    TRY(solve_check(options, why));
    TRY(check_players(n_most, SOLVE_PLAYERS_MOST, why));
    solve_t *self = calloc(1, sizeof *self);
    if (!self)
        return failed(why, STATUS_INTERNAL, "out of memory for sparse interactions");
    self->options = *options;
    self->n_most = n_most;
    status_t status = take_memory(self, why);
    if (status == STATUS_OK)
        *out = self;
    else
        solve_destroy(&self);
    return status;
}

void solve_destroy(solve_t **solve) {
    if (*solve) {
        certificate_destroy(&(*solve)->certificate);
        first_order_destroy(&(*solve)->first_order);
        interior_destroy(&(*solve)->interior);
        free((*solve)->v);
    }
    free(*solve);
    *solve = NULL;
}

/* ---- the programme of a table ---- */

/* v as the solver sees it; *exponent: of the power of two that it was divided by. */
static status_t normalise(solve_t *self, int n, const double *v, int *exponent, failure_t *why) {
    size_t count = (size_t)mask_count(n);
    memset(self->v, 0, arrays_cells(n) * sizeof *self->v);
    for (size_t i = 1; i < count; i++)
        self->v[i] = v[i] - v[0];
    double largest = arrays_largest(self->v, count);
    if (!isfinite(largest))
        return failed(why, STATUS_CERTAIN, "v spans more than a double can hold: no sparse interactions");
    frexp(largest, exponent);
    for (size_t i = 1; i < count; i++)
        self->v[i] = ldexp(self->v[i], -*exponent);
    return STATUS_OK;
}

static problem_t programme_of(const solve_t *self, int n) {
    const double *v = self->v;
    double largest = arrays_largest(v, arrays_cells(n));
    return (problem_t){.n = n,
                       .both = self->options.kinds == SOLVE_AND_OR,
                       .zeta = self->options.denoise * fabs(v[mask_count(n) - 1]),
                       .mu = self->options.tie == SOLVE_MINIMUM_NORM && largest > 0 ? 1 / largest : 0,
                       .gap = self->options.gap,
                       .v = v};
}

/* ---- methods ---- */

/* Whether the constant alone is in the band. */
static bool constant_is_enough(const problem_t *problem) {
    double low = 0, high = 0;
    for (mask_t mask = 0; mask < mask_count(problem->n); mask++) {
        low = arrays_least(low, problem->v[mask]);
        high = arrays_most(high, problem->v[mask]);
    }
    return high - low <= 2 * problem->zeta;
}

static void solve_by_constant(solve_t *self, const problem_t *problem) {
    memset(self->table, 0, arrays_cells(problem->n) * sizeof *self->table);
    certificate_effects(self->certificate, self->table, problem->both ? self->table : NULL);
}

/* AND in no band: there is one solution, and its dual is its own sign. */
static void solve_by_moebius(solve_t *self, const problem_t *problem) {
    const double *x = certificate_x(self->certificate);
    for (size_t i = 0; i < arrays_cells(problem->n); i++)
        self->table[i] = (x[i] > 0) - (x[i] < 0) + problem->mu * x[i];
    certificate_prices(self->certificate, self->table, NULL);
}

/* Returns the number of iterations. */
static int solve_in_few_columns(solve_t *self, const problem_t *problem, int limit) {
    double *y_and = self->table, *y_or = problem->both ? self->apart : NULL;
    first_order_prices(self->first_order, y_and, y_or);
    return interior_run(self->interior, problem, self->certificate, y_and, y_or, first_order_near(self->first_order),
                        most_columns(problem->n, problem->both), limit);
}

/* First order until few columns are left, which an interior point then solves. Should it fail, as it may from poor
 * columns, first order goes on, and tries once more with better ones. Returns the number of iterations. */
static int solve_by_iterations(solve_t *self, const problem_t *problem) {
    enum { TRIES = 2 };
    int limit = self->options.max_iterations, inner = 0;
    size_t few = problem->zeta > 0 ? few_columns(problem->n, problem->both) : 0;
    first_order_begin(self->first_order, problem, self->certificate);
    for (int try = 0; try <= TRIES; try++) {
        if (first_order_run(self->first_order, limit - inner, try < TRIES ? few : 0) != FIRST_ORDER_FEW)
            break;
        inner += solve_in_few_columns(self, problem, limit - inner - first_order_iterations(self->first_order));
        if (certificate_reached(self->certificate))
            break;
    }
    return first_order_iterations(self->first_order) + inner;
}

/* ---- results ---- */

/* The constant that is farthest from leaving the band, in the solver's units. */
static double middle_constant(const solve_t *self, const problem_t *problem) {
    size_t cells = arrays_cells(problem->n);
    const double *b = certificate_b(self->certificate);
    double *w = self->table, low = INFINITY, high = -INFINITY, ors = 0;
    memcpy(w, certificate_x(self->certificate), cells * sizeof *w);
    zeta_transform(w, problem->n);
    if (b) {
        memcpy(self->apart, b, cells * sizeof *w);
        ors = arrays_sum(b, cells);
        rotations_disjoint_sums(self->apart, problem->n);
    }
    for (mask_t mask = 0; mask < mask_count(problem->n); mask++) {
        double missing = problem->v[mask] - w[mask] - (b ? self->apart[mask] - ors : 0);
        low = arrays_least(low, missing);
        high = arrays_most(high, missing);
    }
    return (low + high) / 2;
}

static void write_tables(const solve_t *self, const problem_t *problem, double origin, int exponent,
                         solve_result_t *result) {
    const double *x = certificate_x(self->certificate), *b = certificate_b(self->certificate);
    size_t count = (size_t)mask_count(problem->n);
    for (size_t i = 1; i < count; i++)
        result->effects_and[i] = ldexp(x[i], exponent);
    result->effects_and[0] = origin + ldexp(middle_constant(self, problem), exponent);
    for (size_t i = 0; result->effects_or && i < count; i++)
        result->effects_or[i] = b ? ldexp(0 - b[i], exponent) : 0;
    if (result->dual)
        memcpy(result->dual, certificate_lambda(self->certificate), count * sizeof *result->dual);
}

static void write_numbers(const solve_t *self, const problem_t *problem, int exponent, solve_result_t *result) {
    const double *x = certificate_x(self->certificate), *b = certificate_b(self->certificate);
    size_t cells = arrays_cells(problem->n);
    double objective = certificate_objective(self->certificate);
    /* Solved exactly, both are equal but for rounding. */
    double bound = result->iterations == 0 ? objective : arrays_least(certificate_bound(self->certificate), objective);
    result->l1 = ldexp(arrays_strength(x, cells) + (b ? arrays_strength(b, cells) : 0), exponent);
    result->objective = ldexp(objective, exponent);
    result->lower_bound = ldexp(bound, exponent);
    result->tie_weight = ldexp(problem->mu, -exponent);
    result->gap = objective > 0 ? (objective - bound) / objective : 0;
    result->zeta = ldexp(problem->zeta, exponent);
    result->converged = result->gap <= problem->gap;
}

status_t solve_sparse(solve_t *self, int n, const double *v, solve_result_t *result, failure_t *why) {
    int exponent;
    TRY(check_players(n, self->n_most, why));
    TRY(normalise(self, n, v, &exponent, why));
    const problem_t problem = programme_of(self, n);
    certificate_begin(self->certificate, &problem);
    result->iterations = 0;
    if (constant_is_enough(&problem))
        solve_by_constant(self, &problem);
    else if (!problem.both && problem.zeta == 0)
        solve_by_moebius(self, &problem);
    else
        result->iterations = solve_by_iterations(self, &problem);
    write_tables(self, &problem, v[0], exponent, result);
    write_numbers(self, &problem, exponent, result);
    return STATUS_OK;
}
