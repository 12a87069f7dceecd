/* stats/theorem: Theorems 2 and 3 against the definitions written out digit by digit, on random games of many kinds;
 * the identities that hold for any game; games with known answers; numbers at the edge of doubles. */
#include "stats/theorem.h"

#include "lattice/mask.h"
#include "lattice/moebius.h"
#include "support/test.h"

enum { N_MAX = 8, PITCH = N_MAX + 3, GAMES = 30000 };

/* Sums by order, and what theorem_apply makes of them. */
typedef struct {
    int n, limit;
    double p, threshold;
    double sum[PITCH], abs_sum[PITCH], mean[PITCH], salient[PITCH];
    excluded_t before; /* by the conditions */
    int excluded;      /* in the end */
    double bound_l1[PITCH], lambda[PITCH], bound[PITCH], coefficients[PITCH * PITCH];
    double real_total, delta, delta_bound, m0, bound_total;
} sample_t;

/* What an earlier call left is overwritten up to n, entries beyond are not touched: they are NaN before and after. */
static void apply(sample_t *s) {
    enum { OLD = 77 };
    double *const fills[] = {s->bound_l1, s->lambda, s->bound};
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++)
        for (int k = 0; k < PITCH; k++)
            fills[i][k] = k <= s->n ? OLD : NAN;
    for (int i = 0; i < PITCH * PITCH; i++)
        s->coefficients[i] = i / PITCH <= s->n && i % PITCH <= s->n ? OLD : NAN;
    s->real_total = s->delta = s->delta_bound = s->m0 = s->bound_total = OLD;
    theorem_in_t in = {s->n, s->limit, s->p, s->threshold, s->sum, s->abs_sum, s->mean, s->salient};
    theorem_out_t out = {.bound_l1 = s->bound_l1,
                         .real_total = &s->real_total,
                         .lambda = s->lambda,
                         .coefficients = s->coefficients,
                         .pitch = PITCH,
                         .delta = &s->delta,
                         .delta_bound = &s->delta_bound,
                         .m0 = &s->m0,
                         .bound = s->bound,
                         .bound_total = &s->bound_total};
    s->excluded = (int)theorem_apply(&in, s->before, &out);
}

/* From v on all masks; salience 0.05. Interactions of more than `vanish` players are rounding, and set to 0. */
static sample_t sample_of(int n, int limit, int vanish, const double *v) {
    sample_t s = {.n = n, .limit = limit};
    double dividends[1 << N_MAX], strongest = 0, sets[N_MAX + 1] = {0};
    memcpy(dividends, v, sizeof *v << n);
    moebius_transform(dividends, n);
    for (mask_t mask = 1; mask < mask_count(n); mask++) {
        dividends[mask] = mask_order(mask) > vanish ? 0 : dividends[mask];
        strongest = fmax(strongest, fabs(dividends[mask]));
    }
    s.threshold = 0.05 * strongest;
    for (mask_t mask = 0; mask < mask_count(n); mask++) {
        int m = mask_order(mask);
        s.sum[m] += dividends[mask];
        s.abs_sum[m] += fabs(dividends[mask]);
        s.mean[m] += v[mask] - v[0];
        s.salient[m] += mask && strongest > 0 && fabs(dividends[mask]) >= s.threshold;
        sets[m]++;
    }
    for (int m = 0; m <= n; m++)
        s.mean[m] /= sets[m];
    conditions_t conditions = conditions_test(n, s.mean, strongest, NAN);
    s.p = conditions.p_paper;
    s.before = conditions.excluded;
    apply(&s);
    return s;
}

static void assert_near(double got, double wanted, double within) {
    if (!(fabs(got - wanted) <= within) && !(isnan(got) && isnan(wanted)))
        fail_msg("%.17g, wanted %.17g", got, wanted);
}

/* ---- the reference: whole numbers by long division, every sum as it is printed ---- */

enum { DIGITS = 64 };

typedef struct {
    double x, digits[DIGITS], delta, lambda;
    int degree; /* -1: x is 0 */
} reference_order_t;

typedef struct {
    int q; /* floor(p) */
    reference_order_t orders[N_MAX + 1];
    double delta, delta_bound, bound[N_MAX + 1];
    int m0;
    int excluded;
} reference_t;

static void reference_digits(int n, int q, double p, reference_order_t *o) {
    uint64_t whole = (uint64_t)fabs(o->x);
    double fraction = fabs(o->x) - (double)whole, high = 0;
    int count = 0;
    for (uint64_t rest = whole; rest > 0; rest /= (uint64_t)n)
        o->digits[count++] = (double)(rest % (uint64_t)n);
    o->degree = count > 0 ? count - 1 : fraction > 0 ? 0 : -1;
    o->digits[0] += fraction;
    for (int i = q; i < DIGITS; i++)
        high += o->digits[i] > 0 ? o->digits[i] * pow(n, i) : 0;
    o->delta = o->degree >= q ? log(high) / log(n) - p : NAN;
    for (int i = 0; i < DIGITS; i++)
        o->digits[i] *= o->x < 0 ? -1 : 1;
}

static double choose(int n, int k) {
    double ways = 1;
    for (int i = 1; i <= k; i++)
        ways = ways * (n - k + i) / i;
    return k > n ? 0 : ways;
}

static void reference_delta_bound(const sample_t *s, reference_t *r, int *usable, int *undefined) {
    int n = s->n, M = s->limit;
    r->delta_bound = NAN;
    for (int m0 = M > n - M ? M : n - M; m0 <= n; m0++) {
        double lambda = 0, sum = 0;
        for (int k = 1; k <= M; k++)
            lambda += choose(m0, k) / choose(n, k) * r->orders[k].lambda;
        for (int i = 0; i < r->q; i++) {
            double a = 0;
            for (int k = 1; k <= M && i < DIGITS; k++)
                a += choose(m0, k) / choose(n, k) * r->orders[k].digits[i];
            sum += a * pow(n, i - s->p);
        }
        if (fabs(lambda) < 1e-8)
            continue;
        ++*usable;
        double argument = lambda > 0 ? (1 - sum) / lambda : sum / -lambda;
        if (argument <= 0) {
            ++*undefined;
            continue;
        }
        double delta = log(argument) / log(n);
        if (isnan(r->delta_bound) || delta < r->delta_bound) {
            r->delta_bound = delta;
            r->m0 = m0;
        }
    }
}

static void reference_bound(const sample_t *s, reference_t *r) {
    for (int k = 1; k <= s->n; k++) {
        const reference_order_t *o = &r->orders[k];
        double polynomial = o->lambda * pow(s->n, s->p + r->delta_bound);
        double eta = s->sum[k] / s->abs_sum[k];
        for (int i = 0; i < r->q && i < DIGITS; i++)
            polynomial += o->digits[i] * pow(s->n, i);
        r->bound[k] = s->mean[1] / (s->threshold * fabs(eta)) * fabs(polynomial);
        if (s->sum[k] == 0)
            r->bound[k] = s->abs_sum[k] / s->threshold;
    }
}

static reference_t reference(const sample_t *s) {
    reference_t r = {.q = (int)floor(s->p + 1e-9), .delta = NAN};
    bool degree = false, sum_0 = false;
    int usable = 0, undefined = 0;
    for (int k = 1; k <= s->n; k++) {
        r.orders[k].x = k == 1 ? s->n : s->sum[k] / s->mean[1];
        reference_digits(s->n, r.q, s->p, &r.orders[k]);
        degree = degree || r.orders[k].degree >= r.q;
        sum_0 = sum_0 || (s->sum[k] == 0 && s->abs_sum[k] > 0);
        r.delta = fmax(r.delta, r.orders[k].delta);
    }
    r.excluded = EXCLUDED_NO_DEGREE;
    if (!degree)
        return r;
    for (int k = 1; k <= s->n; k++) {
        reference_order_t *o = &r.orders[k];
        o->lambda = o->degree < r.q ? 0 : (o->x < 0 ? -1 : 1) * pow(s->n, o->delta - r.delta);
    }
    reference_delta_bound(s, &r, &usable, &undefined);
    reference_bound(s, &r);
    if (isnan(r.delta_bound))
        r.excluded = usable == 0 ? EXCLUDED_NO_LAMBDA : EXCLUDED_NO_LOGARITHM;
    else if (undefined > 0)
        r.excluded = sum_0 ? COUNTED_BOTH : COUNTED_NOT_BY_AUTHORS;
    else
        r.excluded = sum_0 ? COUNTED_SUM_0 : EXCLUDED_NOT;
    return r;
}

/* ---- checks ---- */

static void check_nothing(const sample_t *s) {
    assert_true(isnan(s->delta) && isnan(s->delta_bound) && isnan(s->m0) && isnan(s->bound_total));
    for (int k = 0; k < PITCH; k++)
        assert_true(isnan(s->lambda[k]) && isnan(s->bound[k]));
}

/* What holds for every sample: entries outside of its orders are left alone, no order has more salient sets than
 * bound_l1. */
static void check_always(const sample_t *s) {
    double real = 0;
    for (int k = 0; k < PITCH; k++) {
        bool order = k >= 1 && k <= s->n;
        assert_true(order || (isnan(s->bound_l1[k]) && isnan(s->lambda[k]) && isnan(s->bound[k])));
        assert_true(!order || s->threshold == 0 || s->salient[k] <= s->bound_l1[k]);
        for (int i = 0; i < PITCH; i++)
            assert_true((order && i <= s->n) || isnan(s->coefficients[k * PITCH + i]));
        real += order && k <= s->limit ? s->salient[k] : 0;
    }
    assert_true(s->real_total == real);
    assert_int_equal(conditions_counted(s->excluded), !isnan(s->bound_total));
}

/* lambda n^(p + delta) + sum of a_i n^i = A / u-bar of order 1. */
static void check_identity(const sample_t *s) {
    for (int k = 1; k <= s->n; k++) {
        double x = k == 1 ? s->n : s->sum[k] / s->mean[1];
        double whole = s->excluded == EXCLUDED_NO_DEGREE ? 0 : s->lambda[k] * pow(s->n, s->p + s->delta);
        for (int i = 0; i <= s->n; i++)
            whole += s->coefficients[k * PITCH + i] * pow(s->n, i);
        if (!isnan(whole)) /* an order with digits above n^n has no coefficients */
            assert_near(whole, x, 1e-12 * fabs(x));
    }
}

/* Theorem 3 with delta itself in place of its bound is bound_l1: what delta_bound does to it is all in one factor. */
static void check_growth(const sample_t *s) {
    for (int k = 1; k <= s->n; k++) {
        bool below = s->delta_bound < s->delta;
        assert_true(s->bound[k] <= s->bound_l1[k] * (1 + 1e-12) || !below);
        assert_true(s->bound[k] >= s->bound_l1[k] * (1 - 1e-12) || below);
    }
}

static void check_coefficients(const sample_t *s, const reference_t *r) {
    for (int k = 1; k <= s->n; k++) {
        const reference_order_t *o = &r->orders[k];
        bool fits = true;
        for (int i = s->n + 1; i < r->q && i < DIGITS; i++)
            fits = fits && o->digits[i] == 0;
        for (int i = 0; i <= s->n; i++)
            assert_near(s->coefficients[k * PITCH + i], !fits ? NAN : i < r->q ? o->digits[i] : 0, 0);
    }
}

static void check_against_reference(const sample_t *s) {
    reference_t r = reference(s);
    assert_int_equal(s->excluded, r.excluded);
    check_coefficients(s, &r);
    check_identity(s);
    if (s->excluded == EXCLUDED_NO_DEGREE) {
        check_nothing(s);
        return;
    }
    assert_near(s->delta, r.delta, 1e-13);
    assert_near(s->delta_bound, r.delta_bound, 1e-9); /* 1 - s cancels */
    for (int k = 1; k <= s->n; k++) {
        assert_near(s->lambda[k], r.orders[k].lambda, 1e-13);
        assert_near(s->bound[k], conditions_counted(s->excluded) ? r.bound[k] : NAN, 1e-9 * fabs(r.bound[k]));
    }
    double total = 0;
    for (int k = 1; k <= s->limit; k++)
        total += r.bound[k];
    if (conditions_counted(s->excluded)) {
        assert_near(s->bound_total, total, 1e-9 * total);
        assert_true(s->m0 == r.m0);
        check_growth(s);
    }
}

/* ---- random games ---- */

/* A power of |S| with noise on every mask: few or many interactions of all orders. */
static void noisy_power(int n, uint64_t *seed, double *v) {
    double exponent = 3 * random_unit(seed), noise = random_unit(seed), scale = pow(10, 6 * random_unit(seed) - 3);
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        v[mask] = scale * (pow(mask_order(mask), exponent) + noise * (random_unit(seed) - 0.5));
}

/* Given interactions, some of them, of up to `vanish` players; all whole numbers in every second game, so that some
 * orders add up to 0. A weak order 1 makes p large. */
static void given_interactions(int n, int vanish, uint64_t *seed, double *v) {
    double density = random_unit(seed), positive = random_unit(seed), scale = pow(10, 4 * random_unit(seed) - 2);
    double first = pow(10, 6 * random_unit(seed) - 5);
    bool whole = random_unit(seed) < 0.5;
    v[0] = 0.5;
    for (mask_t mask = 1; mask < mask_count(n); mask++) {
        double x = random_unit(seed) * (random_unit(seed) < positive ? scale : -scale);
        v[mask] = mask_order(mask) > vanish || random_unit(seed) > density ? 0 : whole ? nearbyint(x) : x;
        if (mask_order(mask) == 1)
            v[mask] = whole ? 1 : first * random_unit(seed);
    }
    for (int bit = 0; bit < n; bit++)
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            if (mask >> bit & 1)
                v[mask] += v[mask ^ mask_count(bit)];
}

static sample_t random_sample(uint64_t *seed, bool *vanishes) {
    double v[1 << N_MAX];
    int n = 3 + (int)(random_unit(seed) * (N_MAX - 2)), vanish = n;
    if (random_unit(seed) < 0.3)
        noisy_power(n, seed, v);
    else {
        vanish = random_unit(seed) < 0.5 ? n : 1 + (int)(random_unit(seed) * (n - 1));
        given_interactions(n, vanish, seed, v);
    }
    int limit = vanish < n || random_unit(seed) < 0.3 ? vanish : n - 1;
    if (random_unit(seed) < 0.2)
        limit = 1 + (int)(random_unit(seed) * n); /* right or wrong */
    *vanishes = limit >= vanish;
    return sample_of(n, limit, vanish, v);
}

/* Where interactions of more than M players vanish, Theorem 2 bounds delta, and Theorem 3 the number of salient sets.
 */
TEST(random_games) {
    int codes[EXCLUDED_COUNT] = {0}, monotone = 0, proven = 0, beyond = 0;
    uint64_t seed = 20231;
    while (monotone < GAMES) {
        bool vanishes;
        sample_t s = random_sample(&seed, &vanishes);
        check_always(&s);
        codes[s.excluded]++;
        if (s.before != EXCLUDED_NOT) {
            check_nothing(&s);
            continue;
        }
        monotone++;
        check_against_reference(&s);
        beyond += s.p >= s.n + 1;
        if (!conditions_counted(s.excluded) || !vanishes)
            continue;
        proven++;
        assert_true(s.delta <= s.delta_bound + 1e-9);
        assert_true(s.real_total <= s.bound_total * (1 + 1e-9));
        for (int k = 1; k <= s.n; k++)
            assert_true(s.salient[k] <= s.bound[k] * (1 + 1e-9));
    }
    /* Every kind of sample was tried. */
    const int tried[] = {EXCLUDED_NOT,          EXCLUDED_NOT_MONOTONE,  EXCLUDED_NO_DEGREE, EXCLUDED_NO_LAMBDA,
                         EXCLUDED_NO_LOGARITHM, COUNTED_NOT_BY_AUTHORS, COUNTED_SUM_0};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        if (codes[tried[i]] == 0)
            fail_msg("no game with code %d", tried[i]);
    assert_true(proven >= 10000);
    assert_true(beyond > 0);
}

/* ---- games with known answers ---- */

/* Appendix H of the paper: v = x1x2x3 + x1x2 + x2x3 + x2 + x3. x = 5, 5, 2.5 in base 5, floor(p) = 1, and delta_bound
 * is delta: the bound is tight against bound_l1. */
TEST(appendix_h) {
    double v[1 << 5], log_5 = log(5);
    for (mask_t mask = 0; mask < 32; mask++) {
        int x1 = mask >> 1 & 1, x2 = mask >> 2 & 1, x3 = mask >> 3 & 1;
        v[mask] = x1 * x2 * x3 + x1 * x2 + x2 * x3 + x2 + x3;
    }
    sample_t s = sample_of(5, 4, 5, v);
    assert_int_equal(s.excluded, EXCLUDED_NOT);
    check_always(&s);
    check_against_reference(&s);
    const double lambda[6] = {NAN, 1, 1, 0, 0, 0}, bound[6] = {NAN, 40, 40, 20, 0, 0};
    for (int k = 1; k <= 5; k++) {
        assert_near(s.lambda[k], lambda[k], 1e-15);
        assert_near(s.bound_l1[k], bound[k], 1e-13);
        assert_near(s.bound[k], bound[k], 1e-13);
        for (int i = 0; i <= 5; i++)
            assert_near(s.coefficients[k * PITCH + i], k == 3 && i == 0 ? 2.5 : 0, 0);
    }
    assert_near(s.delta, log(0.4) / log_5, 1e-15);
    assert_near(s.delta_bound, log(0.4) / log_5, 1e-15);
    assert_true(s.m0 == 5 && s.real_total == 5);
    assert_near(s.bound_total, 100, 1e-12);
    assert_false(theorem_exceeds(s.delta, s.delta_bound));
    assert_true(theorem_exceeds(s.delta, s.delta_bound - 1e-8) && !theorem_exceeds(s.delta, NAN));
}

TEST(an_order_limit_is_below_the_players) {
    assert_int_equal(theorem_limit(-1, 5), 4);
    assert_int_equal(theorem_limit(9, 5), 5);
    assert_int_equal(theorem_limit(3, 5), 3);
    assert_int_equal(theorem_limit(-1, 1), 0);
}

/* v = |S|: x = n, 0, 0, ...; p = 1 but for rounding, and its digit of degree 1 has to count. */
TEST(a_linear_game_has_exponent_one) {
    for (int n = 2; n <= N_MAX; n++)
        for (int weight = 1; weight <= 50; weight++) {
            double v[1 << N_MAX];
            for (mask_t mask = 0; mask < mask_count(n); mask++)
                v[mask] = 0.1 * weight * mask_order(mask);
            sample_t s = sample_of(n, n - 1, 1, v);
            assert_int_equal(s.excluded, EXCLUDED_NOT);
            check_always(&s);
            assert_near(s.delta, 0, 1e-14);
            assert_near(s.lambda[1], 1, 0);
            assert_near(s.bound[1], 20.0 * n, 1e-10);
            assert_near(s.delta_bound, n == 2 ? 0 : s.delta, 1e-13);
        }
}

TEST(what_the_conditions_leave_out) {
    const double one[2] = {1, 3}, constant[8] = {4, 4, 4, 4, 4, 4, 4, 4}, falls[4] = {0, 1, 1, -5};
    const struct {
        sample_t s;
        int wanted;
    } samples[] = {
        {sample_of(1, 0, 1, one), EXCLUDED_ONE_PLAYER},
        {sample_of(3, 2, 3, constant), EXCLUDED_NO_INTERACTIONS},
        {sample_of(2, 1, 2, falls), EXCLUDED_NOT_MONOTONE},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        assert_int_equal(samples[i].s.excluded, samples[i].wanted);
        check_always(&samples[i].s);
        check_nothing(&samples[i].s);
    }
    assert_near(samples[0].s.bound_l1[1], 20, 1e-14);
    assert_true(isnan(samples[1].s.bound_l1[1])); /* 0 / 0 */
    assert_near(samples[2].s.bound_l1[2], 20, 1e-14);
}

/* ---- numbers at the edge ---- */

/* Sums that no game need have: x of order 2 as given. */
static sample_t with_x(int n, double p, double x) {
    sample_t s = {.n = n, .limit = n - 1, .p = p, .threshold = 1, .before = EXCLUDED_NOT};
    s.mean[1] = 1;
    s.sum[1] = s.abs_sum[1] = n;
    s.sum[2] = x;
    s.abs_sum[2] = fabs(x);
    apply(&s);
    return s;
}

/* lambda(2) = 1/4 - 1/6, lambda(3) = 3/8 - 1/2, lambda(4) = 1/2 - 1: only the first has a logarithm, as there are no
 * coefficients. */
TEST(undefined_logarithms_are_passed_over) {
    sample_t s = with_x(4, 0.5, -8);
    s.limit = 2;
    apply(&s);
    assert_int_equal(s.excluded, COUNTED_NOT_BY_AUTHORS);
    check_always(&s);
    check_against_reference(&s);
    assert_near(s.delta, 1, 1e-15);
    assert_near(s.delta_bound, log(12) / log(4), 1e-15);
    assert_true(s.m0 == 2);
    s.abs_sum[3] = 7;
    apply(&s);
    assert_int_equal(s.excluded, COUNTED_BOTH);
    assert_true(s.bound[3] == 7);
    s.limit = 1; /* lambda(3) = 3/8, lambda(4) = 1/2 */
    apply(&s);
    assert_int_equal(s.excluded, COUNTED_SUM_0);
    assert_near(s.delta_bound, log(2) / log(4), 1e-15);
}

TEST(huge_numbers_have_digits) {
    for (int n = 2; n <= N_MAX; n++)
        for (double x = 0x1p50; x < 0x1p1023; x *= -1.9e3) {
            sample_t s = with_x(n, n + 0.5, x);
            check_always(&s);
            check_identity(&s);
            assert_near(s.lambda[2], x < 0 ? -1 : 1, 0);
        }
    sample_t s = with_x(8, 3.5, 0x1p52 + 5);
    assert_true(s.coefficients[2 * PITCH] == 5 && s.coefficients[2 * PITCH + 1] == 0);
    /* 2^1000 takes its digits below 2^900 off, none of which fits into the file. */
    s = with_x(2, 900.5, 0x1p1000 + 0x1p950);
    assert_near(s.delta, 1000 - 900.5, 1e-9);
    assert_true(s.coefficients[2 * PITCH] == 0);
    s = with_x(2, 900.5, 0x1p899 * 1.5);
    assert_int_equal(s.excluded, EXCLUDED_NO_DEGREE);
    assert_true(isnan(s.coefficients[2 * PITCH]));
    assert_true(s.coefficients[1 * PITCH + 1] == 1);
}

/* Fractions below 1 have degree 0; nothing has none. */
TEST(small_numbers_have_degree_zero) {
    for (double x = 0.75; x > 0; x /= 1e9) {
        sample_t s = with_x(4, 0.5, x);
        check_always(&s);
        assert_near(s.lambda[2], x / 4, x * 1e-12 + 1e-320);
        assert_near(s.bound[2], x * pow(4, s.delta_bound - s.delta), x * 1e-10 + 1e-320);
        s = with_x(4, 1.5, -x);
        assert_true(s.lambda[2] == 0 && s.coefficients[2 * PITCH] == -x);
        assert_near(s.bound[2], x, x * 1e-12);
    }
    sample_t s = with_x(4, 0.5, 0);
    assert_true(s.lambda[2] == 0 && s.bound[2] == 0 && s.excluded == EXCLUDED_NOT);
}

TEST(what_cannot_be_computed_is_told) {
    sample_t s = with_x(4, INFINITY, 1);
    assert_int_equal(s.excluded, EXCLUDED_OUT_OF_RANGE);
    check_nothing(&s);
    s = with_x(4, 1, 1);
    s.threshold = 0;
    apply(&s);
    assert_int_equal(s.excluded, EXCLUDED_OUT_OF_RANGE);
    check_nothing(&s);
    assert_true(isnan(s.bound_l1[1]) && s.real_total == 0);
    s = with_x(4, 1, 1e300);
    s.mean[1] = 1e-300;
    apply(&s);
    assert_int_equal(s.excluded, EXCLUDED_OUT_OF_RANGE);
    check_nothing(&s);
    s = with_x(4, 1, INFINITY - INFINITY);
    assert_int_equal(s.excluded, EXCLUDED_OUT_OF_RANGE);
    check_nothing(&s);
}

int main(void) {
    return run_all(NULL, NULL);
}
