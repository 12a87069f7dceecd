/* The interactions of v = x0 x1 x2 + x0 x1 + x1 x2 + x1 + x2, where xi is 1 when player i is present, else 0. */
#include <harsanyi.h>

#include <stdio.h>
#include <string.h>

enum { N = 3, MASKS = 1 << N };

static double output(unsigned mask) {
    int x0 = mask & 1, x1 = mask >> 1 & 1, x2 = mask >> 2 & 1;
    return x0 * x1 * x2 + x0 * x1 + x1 * x2 + x1 + x2;
}

static int failed(const harsanyi_error *error) {
    fprintf(stderr, "%s\n", error->text);
    return 1;
}

int main(void) {
    double v[MASKS], interactions[MASKS], shapley[N];
    harsanyi_statistics *statistics;
    harsanyi_error error;
    for (unsigned mask = 0; mask < MASKS; mask++)
        v[mask] = output(mask);
    memcpy(interactions, v, sizeof v);
    if (harsanyi_moebius(interactions, N, &error) != HARSANYI_OK ||
        harsanyi_shapley(interactions, N, shapley, &error) != HARSANYI_OK)
        return failed(&error);
    for (int mask = 0; mask < MASKS; mask++)
        printf("I(%d%d%d) = %g\n", mask & 1, mask >> 1 & 1, mask >> 2 & 1, interactions[mask]);
    for (int i = 0; i < N; i++)
        printf("Shapley value of player %d: %.6f\n", i, shapley[i]);

    if (harsanyi_statistics_new(N, NULL, &statistics, &error) != HARSANYI_OK)
        return failed(&error);
    if (harsanyi_statistics_compute(statistics, v, interactions, 0, &error) != HARSANYI_OK) {
        harsanyi_statistics_free(&statistics);
        return failed(&error);
    }
    const double *salient = harsanyi_statistics_field(statistics, "orders/salient_count", NULL);
    for (int order = 1; order <= N; order++)
        printf("salient interactions of order %d: %g\n", order, salient[order]);
    harsanyi_statistics_free(&statistics);
    return 0;
}
