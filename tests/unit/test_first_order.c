/* solve/first_order: all problems reach their gap; what it returns at any iteration; it goes on where it was left. */
#include "solve/first_order.h"

#include "support/sparse.h"

enum { N = 7, MASKS = 1 << N };

typedef struct {
    problem_t problem;
    certificate_t *certificate;
    first_order_t *method;
    double v[MASKS];
} setting_t;

static void begin(setting_t *setting, table_kind_t kind, bool both, double zeta, double mu) {
    failure_t why;
    double *table = make_table(kind, N, 3);
    for (int i = 0; i < MASKS; i++)
        setting->v[i] = table[i] - table[0];
    free(table);
    setting->problem = (problem_t){.n = N, .both = both, .zeta = zeta, .mu = mu, .gap = 1e-4, .v = setting->v};
    assert_ok(certificate_create(N, both, &setting->certificate, &why));
    assert_ok(first_order_create(N, both, &setting->method, &why));
    certificate_begin(setting->certificate, &setting->problem);
    first_order_begin(setting->method, &setting->problem, setting->certificate);
}

static void end(setting_t *setting) {
    certificate_destroy(&setting->certificate);
    first_order_destroy(&setting->method);
    assert_null(setting->method);
}

typedef void check_t(setting_t *setting);

/* All but AND without a band, which is solved without iterations. */
static void each_problem(check_t *check) {
    const struct {
        bool both;
        double zeta;
    } problems[] = {{false, 0.05}, {true, 0.05}, {true, 0.002}, {true, 0}};
    for (int kind = RANDOM; kind <= NOISY; kind++)
        for (int p = 0; p < 8; p++) {
            setting_t setting;
            begin(&setting, (table_kind_t)kind, problems[p / 2].both, problems[p / 2].zeta, p % 2 ? 0.4 : 0);
            check(&setting);
            end(&setting);
        }
}

static void reaches(setting_t *setting) {
    assert_int_equal(first_order_run(setting->method, 20000, 0), FIRST_ORDER_REACHED);
    assert_true(certificate_reached(setting->certificate));
    assert_true(certificate_bound(setting->certificate) <= certificate_objective(setting->certificate) * (1 + 1e-12));
}

TEST(every_gap_is_reached) {
    each_problem(reaches);
}

/* Bounds get better only, at every check. */
static void improves(setting_t *setting) {
    double objective = INFINITY, bound = 0;
    for (int limit = 10; limit <= 200; limit += 10) {
        first_order_end_t ended = first_order_run(setting->method, limit, 0);
        assert_true(certificate_objective(setting->certificate) <= objective);
        assert_true(certificate_bound(setting->certificate) >= bound);
        objective = certificate_objective(setting->certificate);
        bound = certificate_bound(setting->certificate);
        if (ended == FIRST_ORDER_REACHED)
            return;
        assert_int_equal(first_order_iterations(setting->method), limit);
    }
}

TEST(bounds_only_improve) {
    each_problem(improves);
}

/* Stopped at a check and continued: the same bits. */
TEST(a_run_goes_on_where_it_stopped) {
    setting_t whole, parts;
    begin(&whole, NOISY, true, 0.03, 0.4);
    begin(&parts, NOISY, true, 0.03, 0.4);
    first_order_run(whole.method, 120, 0);
    first_order_run(parts.method, 50, 0);
    first_order_run(parts.method, 120, 0);
    assert_memory_equal(certificate_x(whole.certificate), certificate_x(parts.certificate), sizeof whole.v);
    assert_memory_equal(certificate_lambda(whole.certificate), certificate_lambda(parts.certificate), sizeof whole.v);
    end(&whole);
    end(&parts);
}

/* Near the solution: of what is strong |y| is near 1, and no price is beyond but for mu. */
TEST(prices_point_to_the_solution) {
    setting_t setting;
    double y_and[MASKS], y_or[MASKS];
    begin(&setting, PLANTED, true, 0.02, 0);
    setting.problem.gap = 1e-7;
    certificate_begin(setting.certificate, &setting.problem);
    first_order_begin(setting.method, &setting.problem, setting.certificate);
    assert_int_equal(first_order_run(setting.method, 20000, 0), FIRST_ORDER_REACHED);
    first_order_prices(setting.method, y_and, y_or);
    for (mask_t mask = 0; mask < MASKS; mask++) {
        assert_true(fabs(y_and[mask]) <= 1 + 1e-12 && fabs(y_or[mask]) <= 1 + 1e-12);
        assert_true(mask_order(mask) > 1 || y_or[mask] == 0);
        if (fabs(certificate_x(setting.certificate)[mask]) > 0.02)
            assert_true(fabs(y_and[mask]) > 0.9);
        if (fabs(certificate_b(setting.certificate)[mask]) > 0.02)
            assert_true(fabs(y_or[mask]) > 0.9);
    }
    end(&setting);
}

/* Columns are counted at iterations 100, 200, 400. */
TEST(few_columns_end_it) {
    setting_t setting;
    begin(&setting, RANDOM, true, 0.01, 0);
    setting.problem.gap = 1e-9;
    certificate_begin(setting.certificate, &setting.problem);
    first_order_begin(setting.method, &setting.problem, setting.certificate);
    assert_int_equal(first_order_run(setting.method, 300, 1), FIRST_ORDER_LIMIT);
    assert_int_equal(first_order_run(setting.method, 1000, 2 * MASKS), FIRST_ORDER_FEW);
    assert_int_equal(first_order_iterations(setting.method), 400);
    end(&setting);
}

int main(void) {
    return run_all(NULL, NULL);
}
