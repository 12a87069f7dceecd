#include "stats/theorem.h"

#include "base/nan.h"
#include "lattice/indices.h"
#include "lattice/mask.h"

#include <math.h>

/* lambda(m0) below it counts as 0, as in the authors' code. */
static const double LAMBDA_NEAR_0 = 1e-8;

/* x of one order, taken apart. */
typedef struct {
    double sign, size; /* size: |x| */
    double low;        /* sum over i < floor(p) of d_i n^i */
    double low_scaled; /* the same of d_i n^(i-p): at most about 1, where n^p alone may overflow */
    double high;       /* sum over i >= floor(p) of d_i n^i; 0: no such digit */
    double lambda;
} order_t;

typedef struct {
    const theorem_in_t *in;
    int degree; /* floor(p) */
    order_t orders[PLAYERS_MAX + 1];
    double delta;
    bool sums_to_zero; /* at some order A is 0 while interactions are not */
} theorem_t;

/* Theorem 2's bound of delta, and what happened on the way to it. */
typedef struct {
    double delta;
    int m0;                        /* 0: none */
    int with_lambda, undefined_at; /* numbers of m0 whose lambda is not near 0; of these, without a logarithm */
} delta_bound_t;

int theorem_limit(int assumed, int n) {
    return assumed < 0 ? n - 1 : assumed < n ? assumed : n;
}

bool theorem_exceeds(double x, double bound) {
    return x - bound > 1e-9 * fmax(1, fabs(bound));
}

static void clear(int n, const theorem_out_t *out) {
    double *const scalars[] = {out->delta, out->delta_bound, out->m0, out->bound_total};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        *scalars[i] = nan_canonical();
    for (int k = 0; k <= n; k++) {
        out->bound_l1[k] = out->lambda[k] = out->bound[k] = nan_canonical();
        for (int i = 0; i <= n; i++)
            out->coefficients[(size_t)k * out->pitch + (size_t)i] = nan_canonical();
    }
}

static void count(const theorem_in_t *in, const theorem_out_t *out) {
    *out->real_total = 0;
    for (int k = 1; k <= in->limit; k++)
        *out->real_total += in->salient_count[k];
    for (int k = 1; k <= in->n && in->threshold > 0; k++)
        out->bound_l1[k] = in->abs_sum[k] / in->threshold;
}

/* Whether all that the theorems need is finite; fills in sign and size of the orders. */
static bool take_sums(theorem_t *t, const theorem_out_t *out) {
    const theorem_in_t *in = t->in;
    bool finite = isfinite(in->p) && in->threshold > 0;
    for (int k = 1; k <= in->n; k++) {
        double x = k == 1 ? in->n : in->interaction_sum[k] / in->output_mean[1];
        t->orders[k] = (order_t){.sign = x < 0 ? -1 : 1, .size = fabs(x)};
        t->sums_to_zero = t->sums_to_zero || (x == 0 && in->abs_sum[k] > 0);
        finite = finite && isfinite(x) && isfinite(out->bound_l1[k]);
    }
    return finite;
}

/* Takes the digits below floor(p) off |x| one by one; what is left of it is `high`. coefficients: [n + 1]. */
static void expand(const theorem_t *t, order_t *order, double *coefficients) {
    double n = t->in->n, whole = floor(order->size), rest = whole, power = 1;
    bool fits = true;
    for (int i = 0; i <= t->in->n; i++)
        coefficients[i] = 0;
    for (int i = 0; i < t->degree && (i == 0 || rest > 0); i++) {
        double digit = fmod(rest, n);
        rest = floor((rest - digit) / n); /* a whole number already below 2^53 */
        digit += i == 0 ? order->size - whole : 0;
        order->low += digit * power;
        order->low_scaled += digit * pow(n, i - t->in->p);
        power *= n;
        if (i <= t->in->n)
            coefficients[i] = digit > 0 ? order->sign * digit : 0;
        else
            fits = fits && digit == 0;
    }
    order->high = t->degree == 0 ? order->size : rest > 0 ? rest * power : 0;
    for (int i = 0; i <= t->in->n && !fits; i++)
        coefficients[i] = nan_canonical();
}

static double log_base(double x, double n) {
    return log(x) / log(n);
}

/* lambda and delta of Theorem 2; false when no order has a digit from floor(p) on. */
static bool find_delta(theorem_t *t, const theorem_out_t *out) {
    double n = t->in->n;
    t->delta = -INFINITY;
    for (int k = 1; k <= t->in->n; k++) {
        expand(t, &t->orders[k], out->coefficients + (size_t)k * out->pitch);
        if (t->orders[k].high > 0)
            t->delta = fmax(t->delta, log_base(t->orders[k].high, n) - t->in->p);
    }
    if (isinf(t->delta))
        return false;
    *out->delta = t->delta;
    for (int k = 1; k <= t->in->n; k++) {
        order_t *order = &t->orders[k];
        if (order->high > 0)
            order->lambda = order->sign * pow(n, log_base(order->high, n) - t->in->p - t->delta);
        out->lambda[k] = order->lambda;
    }
    return true;
}

/* With lambda and s = sum over i of a_i n^(i-p) of order m0: n^delta is (1 - s) / lambda at most, or s / (-lambda).
 * An m0 whose logarithm is undefined is passed over; the authors stop there and drop the sample. */
static delta_bound_t bound_delta(const theorem_t *t) {
    int n = t->in->n, limit = t->in->limit;
    delta_bound_t bound = {0};
    for (int m0 = limit > n - limit ? limit : n - limit; m0 <= n; m0++) {
        double lambda = 0, s = 0;
        for (int k = 1; k <= limit; k++) {
            double weight = indices_choose(m0, k) / indices_choose(n, k);
            lambda += weight * t->orders[k].lambda;
            s += weight * t->orders[k].sign * t->orders[k].low_scaled;
        }
        if (fabs(lambda) < LAMBDA_NEAR_0)
            continue;
        double most = lambda > 0 ? (1 - s) / lambda : s / -lambda;
        bound.with_lambda++;
        bound.undefined_at += !(most > 0);
        if (most > 0 && (bound.m0 == 0 || log_base(most, n) < bound.delta)) {
            bound.delta = log_base(most, n);
            bound.m0 = m0;
        }
    }
    return bound;
}

/* Theorem 3. lambda n^(p + delta) is `high` of the order, so with delta_bound it is high n^(delta_bound - delta); and
 * u-bar of order 1 over tau |eta| is bound_l1 / |x|. */
static void bound_counts(const theorem_t *t, double delta_bound, const theorem_out_t *out) {
    double growth = pow(t->in->n, delta_bound - t->delta);
    *out->bound_total = 0;
    for (int k = 1; k <= t->in->n; k++) {
        const order_t *order = &t->orders[k];
        out->bound[k] = out->bound_l1[k];
        if (order->size > 0)
            out->bound[k] *= (order->high * growth + order->low) / order->size;
        if (k <= t->in->limit)
            *out->bound_total += out->bound[k];
    }
}

excluded_t theorem_apply(const theorem_in_t *in, excluded_t excluded, const theorem_out_t *out) {
    clear(in->n, out);
    count(in, out);
    if (excluded != EXCLUDED_NOT)
        return excluded;
    theorem_t t = {.in = in};
    if (!take_sums(&t, out))
        return EXCLUDED_OUT_OF_RANGE;
    t.degree = (int)floor(in->p + 1e-9); /* at most 1024: outputs' ratio is a finite double */
    if (!find_delta(&t, out))
        return EXCLUDED_NO_DEGREE;
    delta_bound_t bound = bound_delta(&t);
    if (bound.m0 == 0)
        return bound.with_lambda == 0 ? EXCLUDED_NO_LAMBDA : EXCLUDED_NO_LOGARITHM;
    *out->delta_bound = bound.delta;
    *out->m0 = bound.m0;
    bound_counts(&t, bound.delta, out);
    if (bound.undefined_at > 0)
        return t.sums_to_zero ? COUNTED_BOTH : COUNTED_NOT_BY_AUTHORS;
    return t.sums_to_zero ? COUNTED_SUM_0 : EXCLUDED_NOT;
}
