/* Frequencies, effects and rho against counts made literally; the same bits however the masks are cut into strips. The
 * definitions are tested one by one against numpy in tests/e2e/test_summary.py. */
#include "stats/transferability.h"

#include "stats/fields.h"
#include "support/test.h"

#include <float.h>

enum { N = 9, SAMPLES = 40, CLASSES = 3, TOP = 30 };

static double rows[SAMPLES][1 << N];
static int64_t class_of[SAMPLES];

/* A sparse table a sample: few masks are strong in most samples, the rest is weak; sample 11 has nothing salient. */
static void fill(void) {
    uint64_t seed = 1;
    for (int k = 0; k < SAMPLES; k++) {
        class_of[k] = k % 4 == 0 ? 0 : 2; /* class 1 has no sample */
        for (int s = 0; s < 1 << N; s++) {
            double number = random_signed(&seed);
            rows[k][s] = k == 11 ? 0.1 : s % 29 == 7 ? number * 3 : number;
        }
    }
}

static const double THRESHOLD = 0.9;

static bool salient(int k, mask_t s) {
    return s != 0 && fabs(rows[k][s]) >= THRESHOLD;
}

/* The rows above as a source; what it gives is overwritten by the next call. */
typedef struct {
    uint64_t positive[1 << (N - 6)], negative[1 << (N - 6)];
    int calls, fails_at;
} source_t;

static status_t read_bits(void *self, int64_t row, size_t first, size_t words, const uint64_t **positive,
                          const uint64_t **negative, failure_t *why) {
    source_t *source = self;
    assert_true(words > 0 && first + words <= 1 << (N - 6));
    if (++source->calls == source->fails_at)
        return failed(why, STATUS_INPUT, "read %d went wrong", source->calls);
    memset(source->positive, 0, sizeof source->positive);
    memset(source->negative, 0, sizeof source->negative);
    for (mask_t s = 0; s < words * 64; s++)
        if (salient((int)row, first * 64 + s))
            (rows[row][first * 64 + s] > 0 ? source->positive : source->negative)[s / 64] |= (uint64_t)1 << (s % 64);
    *positive = source->positive;
    *negative = source->negative;
    return STATUS_OK;
}

static status_t read_effects(void *self, int64_t row, const mask_t *masks, size_t count, double *effects,
                             failure_t *why) {
    source_t *source = self;
    if (++source->calls == source->fails_at)
        return failed(why, STATUS_INPUT, "read %d went wrong", source->calls);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || masks[i] > masks[i - 1]);
        effects[i] = rows[row][masks[i]];
    }
    return STATUS_OK;
}

/* Of which sample each row is; NULL: each its own. */
static const int64_t *of_samples;

static status_t find(source_t *source, int strip_bits, int samples, summary_t *summary, failure_t *why) {
    salient_sets_t sets = {.rows = samples,
                           .samples = of_samples,
                           .n = N,
                           .kinds = 1,
                           .read = read_bits,
                           .effects = read_effects,
                           .self = source};
    const fields_t fields = fields_layout(families_root(), N, 0);
    TRY(summary_create(&fields, 0, TOP, CLASSES, summary, why));
    TRY(transferability_find(sets, class_of, NULL, strip_bits, summary, why));
    summary_settle(summary);
    return STATUS_OK;
}

static void summary_of(int strip_bits, int samples, summary_t *summary) {
    source_t source = {0};
    failure_t why;
    assert_ok(find(&source, strip_bits, samples, summary, &why));
}

/* Effects that were added up before change no bit, and are not read for it again. */
TEST(tallies_change_no_bit) {
    static tally_t tallies[1 << N];
    summary_t without, with;
    source_t source = {0}, again = {0};
    failure_t why;
    const fields_t fields = fields_layout(families_root(), N, 0);
    salient_sets_t sets = {
        .rows = SAMPLES, .n = N, .kinds = 1, .read = read_bits, .effects = read_effects, .self = &source};
    memset(tallies, 0, sizeof tallies);
    for (int64_t row = 0; row < SAMPLES; row++)
        assert_ok(tally_row(&sets, row, tallies, &why));
    assert_ok(find(&again, STRIP_BITS, SAMPLES, &without, &why));
    source.calls = 0;
    assert_ok(summary_create(&fields, 0, TOP, CLASSES, &with, &why));
    assert_ok(transferability_find(sets, class_of, tallies, STRIP_BITS, &with, &why));
    summary_settle(&with);
    for (int id = 0; id < SUMMARY_COUNT; id++)
        assert_memory_equal(with.of[id], without.of[id], with.length[id] * sizeof(double));
    assert_true(source.calls < again.calls);
    summary_free(&with);
    summary_free(&without);
}

TEST(strips_change_no_bit) {
    summary_t whole, pieces;
    summary_of(STRIP_BITS, SAMPLES, &whole);
    for (int strip_bits = 6; strip_bits <= N; strip_bits++) {
        summary_of(strip_bits, SAMPLES, &pieces);
        for (int id = 0; id < SUMMARY_COUNT; id++)
            assert_memory_equal(whole.of[id], pieces.of[id], whole.length[id] * sizeof(double));
        assert_memory_equal(whole.mask, pieces.mask, TOP * sizeof(mask_t));
        summary_free(&pieces);
    }
    summary_free(&whole);
}

static int count_of(mask_t s) {
    int count = 0;
    for (int k = 0; k < SAMPLES; k++)
        count += salient(k, s);
    return count;
}

/* Of one dictionary mask: mean, deviation and signs over the samples in which it is salient. */
static void check_effects(const summary_t *summary, int rank) {
    mask_t mask = summary->mask[rank];
    double sum = 0, squares = 0, positive = 0, count = count_of(mask);
    for (int k = 0; k < SAMPLES; k++)
        if (salient(k, mask)) {
            sum += rows[k][mask];
            positive += rows[k][mask] > 0;
        }
    for (int k = 0; k < SAMPLES; k++)
        if (salient(k, mask))
            squares += (rows[k][mask] - sum / count) * (rows[k][mask] - sum / count);
    assert_within(summary->of[SUMMARY_EFFECT_MEAN][rank], sum / count, 1e-14);
    assert_within(summary->of[SUMMARY_EFFECT_STD][rank], sqrt(squares / count), 1e-14);
    assert_true(summary->of[SUMMARY_POSITIVE][rank] == positive);
    assert_true(summary->of[SUMMARY_NEGATIVE][rank] == count - positive);
}

/* Every effect is counted in the bin whose edges it lies between; the last has its upper edge too. */
static void check_histogram(const summary_t *summary, int rank) {
    mask_t mask = summary->mask[rank];
    const double *edges = summary->of[SUMMARY_EDGES] + rank * (HISTOGRAM_BINS + 1);
    for (int bin = 0; bin < HISTOGRAM_BINS; bin++) {
        bool last = bin == HISTOGRAM_BINS - 1;
        double count = 0;
        assert_true(edges[bin] < edges[bin + 1]);
        for (int k = 0; k < SAMPLES; k++)
            count += salient(k, mask) && rows[k][mask] >= edges[bin] &&
                     (rows[k][mask] < edges[bin + 1] || (last && rows[k][mask] == edges[bin + 1]));
        assert_true(summary->of[SUMMARY_HISTOGRAM][rank * HISTOGRAM_BINS + bin] == count);
    }
}

TEST(the_most_frequent_masks) {
    summary_t summary;
    summary_of(STRIP_BITS, SAMPLES, &summary);
    for (int rank = 0; rank < TOP; rank++) {
        mask_t mask = summary.mask[rank];
        int count = count_of(mask), before = 0;
        assert_true(fabs(summary.of[SUMMARY_FREQUENCY][rank] - (double)count / SAMPLES) < 1e-15);
        for (mask_t s = 1; s < mask_count(N); s++)
            before += count_of(s) > count || (count_of(s) == count && s < mask);
        assert_int_equal(before, rank);
        check_effects(&summary, rank);
        check_histogram(&summary, rank);
    }
    summary_free(&summary);
}

/* A single effect, equal ones, and those at the ends of the doubles. */
TEST(histograms_of_any_effects) {
    static const double EFFECTS[][3] = {{0, 0, 3.5}, {-7, -7, -7}, {-DBL_MAX, DBL_MAX, 1}};
    double was[3] = {rows[0][5], rows[1][5], rows[2][5]};
    for (int i = 0; i < 3; i++) {
        summary_t summary;
        for (int k = 0; k < 3; k++)
            rows[k][5] = EFFECTS[i][k];
        summary_of(STRIP_BITS, 3, &summary);
        int rank = 0;
        while (rank < TOP && summary.mask[rank] != 5)
            rank++;
        assert_true(rank < TOP);
        const double *histogram = summary.of[SUMMARY_HISTOGRAM] + rank * HISTOGRAM_BINS;
        assert_true(i == 2 ? histogram[0] == 1 && histogram[10] == 1 && histogram[19] == 1
                           : histogram[10] == (i == 0 ? 1 : 3));
        summary_free(&summary);
    }
    for (int k = 0; k < 3; k++)
        rows[k][5] = was[k];
}

/* Over all classes and masks, literally. */
TEST(discrimination) {
    summary_t summary;
    double count[DISCRIMINATION_BINS] = {0}, sum[DISCRIMINATION_BINS] = {0}, alphas = 0, weighted = 0;
    summary_of(STRIP_BITS, SAMPLES, &summary);
    for (int class = 0; class < CLASSES; class += 2)
        for (mask_t s = 1; s < mask_count(N); s++) {
            int of_class = 0, up = 0, down = 0;
            for (int k = 0; k < SAMPLES; k++)
                if (class_of[k] == class) {
                    of_class++;
                    up += salient(k, s) && rows[k][s] > 0;
                    down += salient(k, s) && rows[k][s] < 0;
                }
            int all = up + down, bin = all == of_class ? DISCRIMINATION_BINS - 1 : DISCRIMINATION_BINS * all / of_class;
            if (all == 0)
                continue;
            count[bin]++;
            sum[bin] += fmax(up, down) / all;
            alphas += (double)all / of_class;
            weighted += fmax(up, down) / of_class;
        }
    for (int bin = 0; bin < DISCRIMINATION_BINS; bin++) {
        assert_true(summary.of[SUMMARY_BIN_COUNT][bin] == count[bin]);
        if (count[bin] > 0)
            assert_within(summary.of[SUMMARY_BIN_MEAN][bin], sum[bin] / count[bin], 1e-12);
    }
    assert_true(count[0] > 0 && count[1] > 0);
    assert_within(*summary.of[SUMMARY_WEIGHTED], weighted / alphas, 1e-12);
    summary_free(&summary);
}

TEST(rho_of_all_samples) {
    summary_t summary;
    int64_t k[STEPS_MAX];
    summary_of(STRIP_BITS, SAMPLES, &summary);
    for (size_t step = 0; step < fields_steps(TOP, k); step++) {
        double sum = 0;
        int scored = 0;
        for (int i = 0; i < SAMPLES; i++) {
            int hits = 0, all = 0;
            for (mask_t s = 0; s < mask_count(N); s++)
                all += salient(i, s);
            for (int rank = 0; rank < k[step]; rank++)
                hits += salient(i, summary.mask[rank]);
            sum += all ? (double)hits / all : 0;
            scored += all > 0;
        }
        assert_int_equal(scored, SAMPLES - 1);
        assert_true(fabs(summary.of[SUMMARY_RHO][step] - sum / scored) < 1e-14);
        assert_true(isnan(summary.of[SUMMARY_RHO_CLASS][fields_steps(TOP, NULL) + step])); /* class 1 */
    }
    summary_free(&summary);
}

TEST(no_samples) {
    summary_t summary;
    summary_of(STRIP_BITS, 0, &summary);
    assert_true(isnan(summary.of[SUMMARY_RHO][0]) && isnan(summary.of[SUMMARY_FREQUENCY][0]));
    assert_true(summary.mask[0] == SUMMARY_NO_MASK);
    assert_true(summary.of[SUMMARY_BIN_COUNT][0] == 0 && isnan(*summary.of[SUMMARY_WEIGHTED]));
    summary_free(&summary);
}

TEST(failed_reads_are_passed_on) {
    summary_t summary;
    source_t source = {0};
    failure_t why;
    assert_ok(find(&source, 7, SAMPLES, &summary, &why));
    summary_free(&summary);
    for (int bad = 1, last = source.calls; bad <= last; bad += 1 + last / 50) {
        source = (source_t){.fails_at = bad};
        assert_fails(find(&source, 7, SAMPLES, &summary, &why), STATUS_INPUT, "went wrong");
        assert_int_equal(source.calls, bad);
        summary_free(&summary);
    }
}

/* Both rows of a sample are left out together: with all rows of one sample in one half, the other half knows nothing of
 * it. */
TEST(rows_of_a_sample_are_held_out_together) {
    enum { PAIRS = 2 };
    static const int64_t samples[2 * PAIRS] = {4, 4, 9, 9};
    double kept[2 * PAIRS][1 << N];
    int64_t classes[SAMPLES];
    summary_t apart, together;
    memcpy(kept, rows, sizeof kept);
    memcpy(classes, class_of, sizeof classes);
    memset(rows, 0, sizeof kept);
    for (int k = 0; k < 2 * PAIRS; k++) { /* samples share nothing, the rows of one all */
        rows[k][k < 2 ? 5 : 6] = 1;
        class_of[k] = k % 2;
    }
    summary_of(STRIP_BITS, 2 * PAIRS, &apart);
    of_samples = samples;
    summary_of(STRIP_BITS, 2 * PAIRS, &together);
    of_samples = NULL;
    assert_true(apart.of[SUMMARY_RHO_HELDOUT][0] == 0 && together.of[SUMMARY_RHO_HELDOUT][0] == 0);
    class_of[1] = class_of[3] = 0; /* rows of one class: half 0, 1, 0, 1, unless they are of one sample */
    summary_free(&apart);
    summary_free(&together);
    summary_of(STRIP_BITS, 2 * PAIRS, &apart);
    of_samples = samples;
    summary_of(STRIP_BITS, 2 * PAIRS, &together);
    of_samples = NULL;
    assert_true(apart.of[SUMMARY_RHO_HELDOUT][1] == 1 && together.of[SUMMARY_RHO_HELDOUT][1] == 0);
    summary_free(&apart);
    summary_free(&together);
    memcpy(rows, kept, sizeof kept);
    memcpy(class_of, classes, sizeof classes);
}

int main(void) {
    fill();
    return run_all(NULL, NULL);
}
