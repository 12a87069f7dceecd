/* solve/interior: reaches the gap of every problem with a band; bounds hold whatever ends it. */
#include "solve/interior.h"

#include "solve/first_order.h"
#include "support/sparse.h"

enum { N = 7, MASKS = 1 << N };

typedef struct {
    problem_t problem;
    certificate_t *certificate;
    interior_t *method;
    double v[MASKS], y_and[MASKS], y_or[MASKS];
} setting_t;

/* `share` of the columns, at random, are near their bound. */
static void begin(setting_t *setting, table_kind_t kind, bool both, double mu, double share) {
    failure_t why;
    uint64_t seed = 5;
    double *table = make_table(kind, N, 3);
    for (int i = 0; i < MASKS; i++) {
        setting->v[i] = table[i] - table[0];
        setting->y_and[i] = random_unit(&seed) < share ? 1 : 0;
        setting->y_or[i] = random_unit(&seed) < share ? -1 : 0;
    }
    free(table);
    setting->problem = (problem_t){.n = N, .both = both, .zeta = 0.05, .mu = mu, .gap = 1e-5, .v = setting->v};
    assert_ok(certificate_create(N, both, &setting->certificate, &why));
    assert_ok(interior_create(N, both, 2 * MASKS, &setting->method, &why));
    certificate_begin(setting->certificate, &setting->problem);
}

static int run(setting_t *setting, size_t columns, int limit) {
    return interior_run(setting->method, &setting->problem, setting->certificate, setting->y_and,
                        setting->problem.both ? setting->y_or : NULL, 0.9, columns, limit);
}

static void end(setting_t *setting) {
    certificate_destroy(&setting->certificate);
    interior_destroy(&setting->method);
    assert_null(setting->method);
}

static double objective_of(table_kind_t kind, bool both, double mu, double share) {
    setting_t setting;
    begin(&setting, kind, both, mu, share);
    int iterations = run(&setting, 2 * MASKS, 100);
    double objective = certificate_objective(setting.certificate), bound = certificate_bound(setting.certificate);
    if (!certificate_reached(setting.certificate))
        fail_msg("kind %d, both %d, mu %g, share %g: %g and %g after %d iterations, %zu columns", kind, both, mu, share,
                 objective, bound, iterations, interior_columns(setting.method));
    assert_true(bound <= objective * (1 + 1e-12));
    end(&setting);
    return objective;
}

/* From all columns and from three quarters of them: the same optimum. */
TEST(every_start_ends_at_the_optimum) {
    for (int kind = RANDOM; kind <= NOISY; kind++)
        for (int both = 0; both < 2; both++)
            for (int tie = 0; tie < 2; tie++) {
                double all = objective_of((table_kind_t)kind, both, tie ? 0.4 : 0, 1);
                assert_within(objective_of((table_kind_t)kind, both, tie ? 0.4 : 0, 0.75), all, 2e-5 * all);
            }
}

/* No bound of one method is beyond one of the other. */
TEST(methods_agree) {
    for (int kind = RANDOM; kind <= NOISY; kind++)
        for (int p = 0; p < 4; p++) {
            setting_t inner, outer;
            first_order_t *method;
            failure_t why;
            begin(&inner, (table_kind_t)kind, p & 1, p & 2 ? 0.4 : 0, 1);
            begin(&outer, (table_kind_t)kind, p & 1, p & 2 ? 0.4 : 0, 1);
            run(&inner, 2 * MASKS, 100);
            assert_ok(first_order_create(N, p & 1, &method, &why));
            first_order_begin(method, &outer.problem, outer.certificate);
            first_order_run(method, 2000, 0);
            double within = 1e-12 * certificate_objective(inner.certificate);
            assert_true(certificate_bound(inner.certificate) <= certificate_objective(outer.certificate) + within);
            assert_true(certificate_bound(outer.certificate) <= certificate_objective(inner.certificate) + within);
            first_order_destroy(&method);
            end(&inner);
            end(&outer);
        }
}

TEST(limits_end_it) {
    for (int both = 0; both < 2; both++) {
        setting_t setting;
        begin(&setting, RANDOM, both, 0.4, 0.5);
        assert_int_equal(run(&setting, N - 1, 100), 0); /* not even single players */
        assert_int_equal(run(&setting, 2 * MASKS, 3), 3);
        assert_true(certificate_bound(setting.certificate) <= certificate_objective(setting.certificate));
        end(&setting);
        begin(&setting, RANDOM, both, 0.4, 0); /* columns are wanted that there is no room for */
        run(&setting, N + 2, 100);
        assert_false(certificate_reached(setting.certificate));
        assert_true(interior_columns(setting.method) <= N + 3);
        end(&setting);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
