/* bench_sparse N [FILE]: how long sparse interactions of tables of N players take, beside the procedure of the papers.
 * FILE holds tables of 2^N doubles, of which the first eight are taken (bench/sparse.py makes it of a results file);
 * without it, planted ones. Prints JSON: of each kind and gap medians and the largest over the tables, in milliseconds
 * of the processor and as multiples of 1,000 butterflies.
 *
 * The papers' procedure (Chen et al. 2024, appendix), with butterflies instead of matrices: v_and = (v - e)/2 + g, v_or
 * = (v - e)/2 - g; g and e, |e| <= zeta, by gradient descent with momentum on sum |I_and| + |I_or|, 10,000 steps that
 * shrink to 0, the best of four step sizes. It is run on the first two tables, from g = e = 0 and from random ones.
 * Ours has no start: it is run again with the players in reverse. Jaccard: of the sets with |I| >= 5 % of the
 * strongest, both runs. */
#include "lattice/moebius.h"
#include "solve/rotations.h"
#include "solve/solve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TABLES = 8, DESCENDED = 2, STEPS = 10000, SIZES = 4 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void ended(const char *text) {
    fprintf(stderr, "bench_sparse: %s\n", text);
    exit(1);
}

static double *new_tables(int n, int count) {
    double *made = arrays_new(n, count);
    if (!made)
        ended("out of memory");
    return made;
}

static double random_signed(uint64_t *x) {
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
    return (double)(int64_t)*x * 0x1p-63;
}

/* 3 n ANDs and ORs of about a quarter of the players, and 2 % of noise in every second table. */
static void plant(double *v, int n, int number) {
    uint64_t x = 88172645463325252u + (uint64_t)number;
    double largest = 0;
    for (int k = 0; k < 3 * n; k++) {
        double effect = random_signed(&x);
        random_signed(&x);
        mask_t set = x, mask;
        random_signed(&x);
        set &= x & (mask_count(n) - 1);
        for (mask = 0; mask < mask_count(n); mask++)
            v[mask] += (k % 2 ? (set & mask) != 0 : (set & mask) == set) ? effect : 0;
    }
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        largest = fmax(largest, fabs(v[mask] - v[0]));
    for (mask_t mask = 0; mask < mask_count(n) && number % 2; mask++)
        v[mask] += 0.02 * largest * random_signed(&x);
}

static int read_tables(const char *path, double *v, int n) {
    size_t count = (size_t)mask_count(n);
    FILE *file = fopen(path, "rb");
    if (!file)
        ended("the file cannot be read");
    int tables = (int)(fread(v, count * sizeof *v, TABLES, file));
    fclose(file);
    if (tables == 0)
        ended("the file holds no table of that many players");
    return tables;
}

/* ---- salient sets ---- */

typedef struct {
    double *of_and, *of_or;
} effects_t;

static double strongest(const effects_t *of, int n) {
    double most = 0;
    for (mask_t mask = 1; mask < mask_count(n); mask++)
        most = fmax(most, fmax(fabs(of->of_and[mask]), fabs(of->of_or[mask])));
    return most;
}

static mask_t reversed(mask_t mask, int n) {
    mask_t out = 0;
    for (int i = 0; i < n; i++)
        out |= (mask >> i & 1) << (n - 1 - i);
    return out;
}

/* reverse: b is of the players in reverse. */
static double jaccard(const effects_t *a, const effects_t *b, int n, bool reverse) {
    double least_a = 0.05 * strongest(a, n), least_b = 0.05 * strongest(b, n), both = 0, any = 0;
    for (mask_t mask = 1; mask < mask_count(n); mask++) {
        mask_t other = reverse ? reversed(mask, n) : mask;
        for (int kind = 0; kind < 2; kind++) {
            bool in_a = fabs((kind ? a->of_or : a->of_and)[mask]) >= least_a;
            bool in_b = fabs((kind ? b->of_or : b->of_and)[other]) >= least_b;
            both += in_a && in_b;
            any += in_a || in_b;
        }
    }
    return both / any;
}

/* ---- the papers' procedure ---- */

typedef struct {
    int n;
    bool both;
    const double *v;
    double zeta;
    double *g, *e, *g_speed, *e_speed, *of_and, *of_or, *by_and,
        *by_or; /* parameters, their speeds, effects, gradients */
} descent_t;

static double sign_of(double x) {
    return (x > 0) - (x < 0);
}

/* Effects of the parameters; returns their strength, ORs of single players merged. */
static double find_effects(descent_t *self) {
    size_t count = (size_t)mask_count(self->n);
    double strength = 0;
    for (size_t i = 0; i < count; i++) {
        double w = self->v[i] - self->e[i];
        self->of_and[i] = self->both ? w / 2 + self->g[i] : w;
        self->of_or[count - 1 - i] = self->both ? -(w / 2 - self->g[i]) : 0;
    }
    moebius_transform(self->of_and, self->n);
    moebius_transform(self->of_or, self->n);
    for (size_t i = 1; i < count; i++)
        strength +=
            mask_order(i) == 1 ? fabs(self->of_and[i] + self->of_or[i]) : fabs(self->of_and[i]) + fabs(self->of_or[i]);
    return strength;
}

static void descend(descent_t *self, double size) {
    const double momentum = 0.9;
    size_t count = (size_t)mask_count(self->n);
    for (size_t i = 0; i < count; i++) {
        self->by_and[i] = i == 0 ? 0 : sign_of(self->of_and[i]);
        self->by_or[i] = i == 0 ? 0 : -sign_of(self->of_or[i]);
    }
    rotations_superset_moebius(self->by_and, self->n);
    rotations_superset_moebius(self->by_or, self->n);
    for (size_t i = 0; i < count; i++) {
        double a = self->by_and[i], o = self->both ? self->by_or[count - 1 - i] : 0;
        self->g_speed[i] = momentum * self->g_speed[i] + (self->both ? a - o : 0);
        self->e_speed[i] = momentum * self->e_speed[i] - (self->both ? (a + o) / 2 : a);
        self->g[i] -= size * self->g_speed[i];
        self->e[i] = fmin(fmax(self->e[i] - size * self->e_speed[i], -self->zeta), self->zeta);
    }
}

/* One run; start: the size of a random g, with a random e; 0: from zeros. Effects are left in and, or. */
static double run_descent(descent_t *self, double size, double start) {
    size_t count = (size_t)mask_count(self->n);
    uint64_t x = 1234567;
    memset(self->g_speed, 0, count * sizeof *self->e);
    memset(self->e_speed, 0, count * sizeof *self->e);
    for (size_t i = 0; i < count; i++) {
        self->g[i] = self->both ? start * random_signed(&x) : 0;
        self->e[i] = start > 0 ? self->zeta * random_signed(&x) : 0;
    }
    for (int step = 0; step < STEPS; step++) {
        find_effects(self);
        descend(self, size * (1 - (double)step / STEPS));
    }
    return find_effects(self);
}

typedef struct {
    double strength, ms, jaccard;
} descended_t;

static descended_t measure_descent(int n, bool both, const double *v, double zeta) {
    size_t count = arrays_cells(n);
    double *memory = new_tables(n, 12), largest = 0, best = INFINITY, best_size = 0;
    descent_t self = {n,
                      both,
                      v,
                      zeta,
                      memory,
                      memory + count,
                      memory + 2 * count,
                      memory + 3 * count,
                      memory + 4 * count,
                      memory + 5 * count,
                      memory + 6 * count,
                      memory + 7 * count};
    effects_t first = {memory + 8 * count, memory + 9 * count}, second = {self.of_and, self.of_or};
    descended_t out = {0};
    for (size_t i = 0; i < (size_t)mask_count(n); i++)
        largest = fmax(largest, fabs(v[i] - v[0]));
    for (int k = 0; k < SIZES; k++) {
        double size = largest * pow(10, -2 - k) / (double)mask_count(n), begin = now();
        double strength = run_descent(&self, size, 0);
        out.ms = now() - begin;
        if (strength < best) {
            best = strength;
            best_size = size;
            memcpy(first.of_and, self.of_and, count * sizeof *memory);
            memcpy(first.of_or, self.of_or, count * sizeof *memory);
        }
    }
    run_descent(&self, best_size, 0.1 * largest);
    out.strength = best;
    out.jaccard = jaccard(&first, &second, n, false);
    free(memory);
    return out;
}

/* ---- ours ---- */

typedef struct {
    double ms[TABLES], iterations[TABLES], gap[TABLES], l1[TABLES], zeta[TABLES], jaccard[TABLES];
    int converged;
} solved_t;

static solve_result_t solve_one(solve_t *solve, int n, const double *v, effects_t *effects) {
    solve_result_t is = {.effects_and = effects->of_and, .effects_or = effects->of_or};
    failure_t why;
    if (solve_sparse(solve, n, v, &is, &why) != STATUS_OK)
        ended(why.text);
    return is;
}

static void measure_solve(const solve_options_t *options, int n, const double *tables, int count, solved_t *out) {
    size_t cells = (size_t)mask_count(n);
    double *memory = new_tables(n, 5), *turned = memory + 4 * arrays_cells(n);
    effects_t first = {memory, memory + arrays_cells(n)};
    effects_t second = {memory + 2 * arrays_cells(n), memory + 3 * arrays_cells(n)};
    solve_t *solve;
    failure_t why;
    if (solve_create(options, n, &solve, &why) != STATUS_OK)
        ended(why.text);
    out->converged = 0;
    for (int t = 0; t < count; t++) {
        const double *v = tables + (size_t)t * cells;
        double begin = now();
        solve_result_t is = solve_one(solve, n, v, &first);
        out->ms[t] = now() - begin;
        out->iterations[t] = is.iterations;
        out->gap[t] = is.gap;
        out->l1[t] = is.l1;
        out->zeta[t] = is.zeta;
        out->converged += is.converged;
        for (mask_t mask = 0; mask < cells; mask++)
            turned[reversed(mask, n)] = v[mask];
        solve_one(solve, n, turned, &second);
        out->jaccard[t] = jaccard(&first, &second, n, true);
    }
    solve_destroy(&solve);
    free(memory);
}

/* ---- the report ---- */

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *x, int count) {
    double sorted[TABLES];
    memcpy(sorted, x, (size_t)count * sizeof *x);
    qsort(sorted, (size_t)count, sizeof *sorted, by_size);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static double largest(const double *x, int count) {
    double most = 0;
    for (int t = 0; t < count; t++)
        most = fmax(most, x[t]);
    return most;
}

static double least(const double *x, int count) {
    double fewest = x[0];
    for (int t = 1; t < count; t++)
        fewest = fmin(fewest, x[t]);
    return fewest;
}

/* Milliseconds of 1,000 butterflies. */
static double time_butterflies(int n) {
    double *x = new_tables(n, 1), begin;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        x[mask] = (double)mask;
    begin = now();
    for (int k = 0; k < 500; k++) {
        moebius_transform(x, n);
        zeta_transform(x, n);
    }
    double took = now() - begin;
    free(x);
    return took;
}

static void print_solved(const solve_options_t *options, const solved_t *is, int count, double butterflies) {
    printf("  {\"kinds\": \"%s\", \"gap\": %g, \"ms\": %.1f, \"ms_largest\": %.1f, \"per_1000_butterflies\": %.2f, "
           "\"iterations\": %.0f, \"gap_largest\": %.2g, \"converged\": %d, \"tables\": %d, \"l1\": %.6g, "
           "\"jaccard_least\": %.3f},\n",
           options->kinds == SOLVE_AND ? "and" : "and_or", options->gap, median(is->ms, count), largest(is->ms, count),
           median(is->ms, count) / butterflies, median(is->iterations, count), largest(is->gap, count), is->converged,
           count, median(is->l1, count), least(is->jaccard, count));
}

static void print_descended(const solve_options_t *options, int n, const double *tables, int count,
                            const solved_t *ours) {
    for (int t = 0; t < count && t < DESCENDED; t++) {
        const double *v = tables + ((size_t)t << n);
        descended_t is = measure_descent(n, options->kinds == SOLVE_AND_OR, v, ours->zeta[t]);
        printf("  {\"kinds\": \"%s\", \"procedure\": \"gradient descent\", \"table\": %d, \"ms\": %.0f, \"l1\": %.6g, "
               "\"l1_ours\": %.6g, \"jaccard\": %.3f, \"jaccard_ours\": %.3f},\n",
               options->kinds == SOLVE_AND ? "and" : "and_or", t, is.ms, is.strength, ours->l1[t], is.jaccard,
               ours->jaccard[t]);
    }
}

/* 0: not a number in the range. */
static int players(const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    return *end || n < 1 || n > SOLVE_PLAYERS_MOST ? 0 : (int)n;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? players(argv[1]) : 0;
    if (argc > 3 || n == 0) {
        fprintf(stderr, "usage: bench_sparse N [FILE]: 1 to %d players; FILE: tables of 2^N doubles\n",
                SOLVE_PLAYERS_MOST);
        return 1;
    }
    double *tables = new_tables(n, TABLES), butterflies = time_butterflies(n);
    int count = argc > 2 ? read_tables(argv[2], tables, n) : TABLES;
    for (int t = 0; argc == 2 && t < TABLES; t++)
        plant(tables + ((size_t)t << n), n, t);
    printf("[\n");
    for (int kinds = SOLVE_AND; kinds <= SOLVE_AND_OR; kinds++) {
        solve_options_t options = solve_defaults();
        solved_t is;
        options.kinds = (solve_kinds_t)kinds;
        for (int k = 0; k < 2; k++) {
            options.gap = k ? 1e-4 : 1e-3;
            measure_solve(&options, n, tables, count, &is);
            print_solved(&options, &is, count, butterflies);
        }
        print_descended(&options, n, tables, count, &is);
    }
    printf("  {\"n\": %d, \"ms_of_1000_butterflies\": %.3g}\n]\n", n, butterflies);
    free(tables);
    return 0;
}
