/* bench_transform [N]...: how long the Moebius transform, its inverse and the statistics of a sample of N players take,
 * beside one pass over the same memory and a plain loop. Prints a JSON list. Times are seconds of the processor, the
 * best of several runs in turn, so that a busy machine disturbs them little. Memory: two tables of 2^N doubles. */
#include "base/wide.h"
#include "lattice/moebius.h"
#include "stats/summarise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PLAYERS_MOST = 30 };

typedef struct {
    int n;
    double *v, *a; /* values; what is worked on */
    summarise_t *summarise;
    double *row;
} bench_t;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(status_t status, const failure_t *why) {
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "bench_transform: %s\n", why->text);
    exit(1);
}

static double *new_table(size_t doubles) {
    double *table = aligned_alloc(4096, (doubles * sizeof *table + 4095) / 4096 * 4096);
    if (!table)
        check(STATUS_INTERNAL, &(failure_t){.text = "out of memory"});
    return table;
}

/* Outputs that rise with the order, with some noise. */
static void fill(double *v, int n) {
    uint64_t x = 88172645463325252u;
    for (mask_t mask = 0; mask < mask_count(n); mask++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        v[mask] = 0.1 * mask_order(mask) + 1e-3 * (double)(x >> 11) * 0x1p-53;
    }
}

/* Compiled for the same vector widths as the transform; so is the plain loop. */
static WIDE void one_pass(const bench_t *bench) {
    for (mask_t mask = 0; mask < mask_count(bench->n); mask++)
        bench->a[mask] *= 0.999;
}

static void moebius(const bench_t *bench) {
    moebius_transform(bench->a, bench->n);
}

static void zeta(const bench_t *bench) {
    zeta_transform(bench->a, bench->n);
}

static WIDE void plain_loop(const bench_t *bench) {
    for (int bit = 0; bit < bench->n; bit++)
        for (mask_t first = 0; first < mask_count(bench->n); first += (mask_t)2 << bit)
            for (mask_t mask = first; mask < first + ((mask_t)1 << bit); mask++)
                bench->a[mask + ((mask_t)1 << bit)] -= bench->a[mask];
}

static void statistics(const bench_t *bench) {
    failure_t why;
    check(summarise_sample(bench->summarise, row_in_memory(bench->v, bench->n), row_in_memory(bench->a, bench->n), NAN,
                           (salient_sink_t){0}, bench->row, &why),
          &why);
}

enum { PASS, MOEBIUS, ZETA, PLAIN_LOOP, STATISTICS, WORKS, ROUNDS_LEAST = 3, ROUNDS_MOST = 2000 };

static void (*const works[WORKS])(const bench_t *) = {one_pass, moebius, zeta, plain_loop, statistics};

/* On fresh values; transformed ones for the statistics. */
static double time_of(int work, const bench_t *bench) {
    memcpy(bench->a, bench->v, mask_count(bench->n) * sizeof *bench->a);
    if (work == STATISTICS)
        moebius_transform(bench->a, bench->n);
    double start = now();
    works[work](bench);
    return now() - start;
}

/* All works in turn, for three seconds or three rounds at least. */
static void best_times(const bench_t *bench, double best[WORKS]) {
    double spent = 0;
    for (int work = 0; work < WORKS; work++)
        best[work] = INFINITY;
    for (int round = 0; round < ROUNDS_LEAST || (spent < 3 && round < ROUNDS_MOST); round++)
        for (int work = 0; work < WORKS; work++) {
            double took = time_of(work, bench);
            spent += took;
            best[work] = took < best[work] ? took : best[work];
        }
}

static void print(int n, const double best[WORKS], const char *end) {
    printf("  {\"n\": %d, \"pass\": %.3g, \"moebius\": %.3g, \"zeta\": %.3g, \"plain_loop\": %.3g, \"statistics\": "
           "%.3g,\n",
           n, best[PASS], best[MOEBIUS], best[ZETA], best[PLAIN_LOOP], best[STATISTICS]);
    printf("   \"moebius_ns_per_element\": %.3f, \"passes_per_moebius\": %.2f, \"passes_per_zeta\": %.2f, "
           "\"moebius_per_plain_loop\": %.2f, \"moebius_per_statistics\": %.2f}%s\n",
           best[MOEBIUS] / (double)mask_count(n) * 1e9, best[MOEBIUS] / best[PASS], best[ZETA] / best[PASS],
           best[PLAIN_LOOP] / best[MOEBIUS], best[STATISTICS] / best[MOEBIUS], end);
}

static void measure(int n, const char *end) {
    const stats_settings_t settings = {
        .salience = 0.05, .min_output = NAN, .mean_output = NAN, .assumed_order_limit = -1};
    fields_t fields = fields_layout(families_wanted(NULL), n, 0);
    failure_t why;
    bench_t bench = {.n = n, .v = new_table(mask_count(n)), .a = new_table(mask_count(n))};
    bench.row = new_table(fields.doubles);
    check(summarise_create(&settings, &fields, &bench.summarise, &why), &why);
    fill(bench.v, n);
    double best[WORKS];
    best_times(&bench, best);
    print(n, best, end);
    summarise_destroy(&bench.summarise);
    free(bench.v);
    free(bench.a);
    free(bench.row);
}

/* 0: not a number in the range. */
static int players(const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    return *end || n < 1 || n > PLAYERS_MOST ? 0 : (int)n;
}

int main(int argc, char **argv) {
    char *standard[] = {"12", "16", "20", "24"};
    int count = argc > 1 ? argc - 1 : 4;
    char **sizes = argc > 1 ? argv + 1 : standard;
    for (int k = 0; k < count; k++)
        if (players(sizes[k]) == 0) {
            fprintf(stderr, "usage: bench_transform [N]...: numbers of players, 1 to %d\n", PLAYERS_MOST);
            return 1;
        }
    printf("[\n");
    for (int k = 0; k < count; k++)
        measure(players(sizes[k]), k + 1 < count ? "," : "");
    printf("]\n");
    return 0;
}
