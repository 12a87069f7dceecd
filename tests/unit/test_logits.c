/* engines/logits: log-odds are those of a plain sum in long double. */
#include "engines/logits.h"
#include "support/test.h"

TEST(log_odds) {
    enum { COUNT = 1003 };
    float z[COUNT];
    for (int scale = 1; scale <= 1000; scale *= 10) {
        long double sum = 0;
        for (int i = 0; i < COUNT; i++)
            z[i] = (float)(scale * sin(i * 1.7));
        for (int i = 0; i < COUNT; i++)
            sum += i == 500 ? 0 : expl((long double)z[i] - (long double)z[500]);
        const double against = logits_against(z, COUNT, 500), wanted = (double)logl(sum);
        assert_true(fabs(against - wanted) <= 1e-14 * (1 + fabs(wanted)));
        assert_true(z[500] == (float)(scale * sin(500 * 1.7)));
    }
    for (double v = -600; v <= 600; v += 7.3)
        assert_true(fabs(logits_log_odds(logits_log_p(-v)) - v) <= (v < 30 ? 1e-13 * (1 + fabs(v)) : 1e300));
    assert_true(fabs(logits_log_p(0) - log(0.5)) < 1e-15);
    z[7] = NAN;
    assert_true(isnan(logits_against(z, COUNT, 500)));
    z[0] = NAN;
    z[900] = z[901] = 1e6f;
    assert_int_equal(logits_best(z, COUNT), 900);
    z[1001] = 2e6f;
    assert_int_equal(logits_best(z, COUNT), 1001);
    for (int i = 0; i < COUNT; i++)
        z[i] = NAN;
    assert_int_equal(logits_best(z, COUNT), 0);
    z[3] = -INFINITY;
    assert_int_equal(logits_best(z, COUNT), 3);
}

int main(void) {
    return run_all(NULL, NULL);
}
