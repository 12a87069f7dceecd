/* solve/certificate: bounds from any candidates, against plain loops; corrections end in the band and nowhere worse. */
#include "solve/certificate.h"

#include "support/sparse.h"

enum { N = 6, MASKS = 1 << N };

typedef struct {
    problem_t problem;
    certificate_t *certificate;
    double v[MASKS];
} setting_t;

static void begin(setting_t *setting, bool both, double zeta, double mu, uint64_t seed) {
    failure_t why;
    double *table = make_table(NOISY, N, seed);
    for (int i = 0; i < MASKS; i++)
        setting->v[i] = table[i] - table[0];
    free(table);
    setting->problem = (problem_t){.n = N, .both = both, .zeta = zeta, .mu = mu, .gap = 1e-3, .v = setting->v};
    assert_ok(certificate_create(N, both, &setting->certificate, &why));
    certificate_begin(setting->certificate, &setting->problem);
}

/* The objective of the best effects, whose table must be in the band but for a constant. */
static double primal_of(const setting_t *setting) {
    const double *x = certificate_x(setting->certificate), *b = certificate_b(setting->certificate);
    double low = INFINITY, high = -INFINITY, cost = 0, mu = setting->problem.mu;
    for (mask_t set = 0; set < MASKS; set++) {
        double missing = setting->v[set];
        for (mask_t mask = 1; mask < MASKS; mask++)
            missing -= (holds(mask, set) ? x[mask] : 0) + (b && !(mask & set) ? b[mask] : 0);
        low = fmin(low, missing);
        high = fmax(high, missing);
    }
    assert_true(high - low <= 2 * setting->problem.zeta + 1e-12);
    for (mask_t mask = 0; mask < MASKS; mask++) {
        double other = b ? b[mask] : 0;
        cost += fabs(x[mask]) + fabs(other) + mu / 2 * (x[mask] * x[mask] + other * other);
        assert_true(mask_order(mask) > 1 || other == 0);
    }
    assert_true(x[0] == 0);
    return cost;
}

/* y of a set. */
static void prices_of(const double *lambda, mask_t mask, double *of_and, double *of_or) {
    *of_and = *of_or = 0;
    for (mask_t set = 0; set < MASKS; set++) {
        *of_and += holds(mask, set) ? lambda[set] : 0;
        *of_or += mask & set ? 0 : lambda[set];
    }
}

/* The bound of a multiple of lambda, -infinity where it is not feasible. */
static double bound_of(const setting_t *setting, const double *lambda, double multiple) {
    const problem_t *problem = &setting->problem;
    double bound = 0;
    for (mask_t mask = 0; mask < MASKS; mask++)
        bound += multiple * (setting->v[mask] * lambda[mask] - problem->zeta * fabs(lambda[mask]));
    for (mask_t mask = 1; mask < MASKS; mask++) {
        double y[2];
        prices_of(lambda, mask, &y[0], &y[1]);
        for (int k = 0; k < (problem->both && mask_order(mask) > 1 ? 2 : 1); k++) {
            double excess = fmax(multiple * fabs(y[k]) - 1, 0);
            if (problem->mu == 0 && excess > 1e-9)
                return -INFINITY;
            bound -= problem->mu > 0 ? excess * excess / (2 * problem->mu) : 0;
        }
    }
    return bound;
}

/* No multiple of lambda on a grid gives more, and what is kept gives what is said. */
TEST(duals_give_their_best_multiple) {
    for (int round = 0; round < 40; round++) {
        setting_t setting;
        begin(&setting, round % 2, 0.01 * (round % 3), round % 4 < 2 ? 0 : 0.7, (uint64_t)round);
        double *lambda = random_numbers(MASKS, (uint64_t)round), sum = 0, best = 0;
        for (int i = 0; i < MASKS; i++)
            lambda[i] = 0.2 * lambda[i] + (setting.v[i] > 0 ? 0.1 : -0.1);
        certificate_dual(setting.certificate, lambda);
        for (int i = 1; i < MASKS; i++)
            sum += lambda[i];
        lambda[0] = -sum;
        for (double multiple = 0; multiple <= 1; multiple += 1.0 / 512)
            best = fmax(best, bound_of(&setting, lambda, multiple));
        double bound = certificate_bound(setting.certificate);
        assert_true(bound >= best - 1e-9);
        assert_within(bound_of(&setting, certificate_lambda(setting.certificate), 1), bound, 1e-10);
        assert_true(bound <= certificate_objective(setting.certificate));
        certificate_destroy(&setting.certificate);
        free(lambda);
    }
}

TEST(primal_candidates_end_in_the_band) {
    for (int round = 0; round < 40; round++) {
        setting_t setting;
        bool both = round % 2;
        begin(&setting, both, 0.02 * (1 + round % 3), round % 4 < 2 ? 0 : 0.7, (uint64_t)round);
        certificate_t *certificate = setting.certificate;
        double before = certificate_objective(certificate), *x = random_numbers(MASKS, 1),
               *b = random_numbers(MASKS, 2);
        assert_within(primal_of(&setting), before, 1e-12 * before);
        for (int i = 0; i < MASKS; i++) { /* near the best there is so far, a bit weaker */
            x[i] = 0.95 * certificate_x(certificate)[i] + 0.001 * x[i];
            b[i] *= 0.001;
        }
        certificate_near(certificate, x, both ? b : NULL, setting.v);
        double after = certificate_objective(certificate);
        assert_true(after < before);
        assert_within(primal_of(&setting), after, 1e-12 * after);
        certificate_effects(certificate, x, both ? b : NULL); /* taken at its word */
        certificate_destroy(&certificate);
        free(x);
        free(b);
    }
}

TEST(a_blend_is_between) {
    setting_t setting;
    begin(&setting, true, 0.1, 0, 3);
    double x[MASKS] = {0}, b[MASKS] = {0}, before = certificate_objective(setting.certificate);
    b[7] = 1;
    certificate_blend(setting.certificate, x, b, 0.5);
    assert_within(certificate_objective(setting.certificate), before / 2 + 0.5, 1e-12);
    assert_within(certificate_b(setting.certificate)[7], 0.5, 0);
    certificate_destroy(&setting.certificate);
}

/* Those of a lambda give this lambda, but for the scale that makes it feasible. */
TEST(prices_give_their_lambda) {
    for (int both = 0; both < 2; both++) {
        setting_t setting;
        double lambda[MASKS], y_and[MASKS], y_or[MASKS], sum = 0;
        begin(&setting, both, 0, 0, 4);
        for (mask_t mask = 1; mask < MASKS; mask++) {
            lambda[mask] = setting.v[mask] + (mask_order(mask) % 2 ? 0.1 : -0.1);
            sum += lambda[mask];
        }
        lambda[0] = -sum;
        for (mask_t mask = 0; mask < MASKS; mask++)
            prices_of(lambda, mask, &y_and[mask], &y_or[mask]);
        certificate_prices(setting.certificate, y_and, both ? y_or : NULL);
        const double *kept = certificate_lambda(setting.certificate);
        assert_true(certificate_bound(setting.certificate) > 0);
        double scale = kept[MASKS - 1] / lambda[MASKS - 1];
        for (mask_t mask = 0; mask < MASKS; mask++)
            assert_within(kept[mask], scale * lambda[mask], 1e-11);
        certificate_destroy(&setting.certificate);
    }
}

TEST(clipping_keeps_the_bound_true) {
    setting_t setting;
    begin(&setting, false, 0.02, 0, 8);
    double *lambda = random_numbers(MASKS, 9);
    for (int i = 0; i < MASKS; i++)
        lambda[i] = setting.v[i] > 0.2 ? 1 : setting.v[i] < -0.2 ? -1 : 0.1 * lambda[i];
    double largest = certificate_dual(setting.certificate, lambda), before = certificate_bound(setting.certificate);
    assert_true(largest > 1);
    certificate_clipped(setting.certificate, lambda, largest);
    assert_true(certificate_bound(setting.certificate) >= before);
    assert_within(bound_of(&setting, certificate_lambda(setting.certificate), 1),
                  certificate_bound(setting.certificate), 1e-10);
    certificate_destroy(&setting.certificate);
    free(lambda);
}

int main(void) {
    return run_all(NULL, NULL);
}
