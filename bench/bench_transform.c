/* bench_transform [N]...: how long the Moebius transform and the statistics of a sample of N players take, beside one
 * pass over the same memory and a plain loop. Prints a JSON list. Times are seconds of the processor, the best of
 * several runs, so that a busy machine disturbs them little. */
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

static WIDE void one_pass(const bench_t *bench) {
    for (mask_t mask = 0; mask < mask_count(bench->n); mask++)
        bench->a[mask] *= 0.999;
}

static void moebius(const bench_t *bench) {
    moebius_transform(bench->a, bench->n);
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
                           bench->row, &why),
          &why);
}

/* Over half a second and five runs, each on fresh values; transformed ones for the statistics. */
static double best_time(void (*work)(const bench_t *), const bench_t *bench) {
    double best = INFINITY, spent = 0;
    for (int run = 0; run < 5 || (spent < 0.5 && run < 5000); run++) {
        memcpy(bench->a, bench->v, mask_count(bench->n) * sizeof *bench->a);
        if (work == statistics)
            moebius_transform(bench->a, bench->n);
        double start = now();
        work(bench);
        double took = now() - start;
        spent += took;
        best = took < best ? took : best;
    }
    return best;
}

static void measure(int n, const char *end) {
    const stats_settings_t settings = {
        .salience = 0.05, .min_output = NAN, .mean_output = NAN, .assumed_order_limit = -1};
    fields_t fields = fields_layout(n, 0);
    failure_t why;
    bench_t bench = {.n = n, .v = new_table(mask_count(n)), .a = new_table(mask_count(n))};
    bench.row = new_table(fields.doubles);
    check(summarise_create(&settings, &fields, &bench.summarise, &why), &why);
    fill(bench.v, n);
    double pass = best_time(one_pass, &bench), transform = best_time(moebius, &bench);
    double plain = best_time(plain_loop, &bench), summary = best_time(statistics, &bench);
    printf("  {\"n\": %d, \"pass\": %.3g, \"moebius\": %.3g, \"plain_loop\": %.3g, \"statistics\": %.3g, "
           "\"passes_per_moebius\": %.2f, \"moebius_per_statistics\": %.2f}%s\n",
           n, pass, transform, plain, summary, transform / pass, summary / transform, end);
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
