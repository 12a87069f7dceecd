/* stats/overlap: every number against sets of masks counted literally, identities, the random control against sampling,
 * and what is undefined. */
#include "stats/overlap.h"
#include "support/test.h"

enum { MODELS_MAX = 3, N_MAX = 14, SAMPLES_MAX = 4 };

static double *tables[SAMPLES_MAX][MODELS_MAX]; /* [2^n] of each sample and model */
static int players[SAMPLES_MAX];

static int make_tables(void **state) {
    for (int x = 0; x < SAMPLES_MAX; x++)
        for (int i = 0; i < MODELS_MAX; i++)
            if (!(tables[x][i] = calloc(mask_count(N_MAX), sizeof(double))))
                return -1;
    return 0;
}

static int free_tables(void **state) {
    for (int x = 0; x < SAMPLES_MAX; x++)
        for (int i = 0; i < MODELS_MAX; i++)
            free(tables[x][i]);
    return 0;
}

static uint64_t seed;

/* Random numbers from -1 to 1 with that many levels on either side (few: ties and zeros), a strong empty set, and a
 * model that has half of its masks from the one before it. */
static void fill(int samples, int models, const int *n, unsigned levels) {
    seed = 88172645463325252u + levels;
    for (int x = 0; x < samples; x++) {
        players[x] = n[x];
        for (int i = 0; i < models; i++)
            for (mask_t s = 0; s < mask_count(n[x]); s++) {
                double own = pow(2 * random_unit(&seed) - 1, 3);
                bool copied = i > 0 && random_unit(&seed) < 0.5;
                tables[x][i][s] = s == 0 ? 100 : copied ? tables[x][i - 1][s] : trunc(own * levels) / levels;
            }
    }
}

static overlap_t *overlap_of(int samples, int models, int n_most) {
    overlap_t *overlap;
    failure_t why;
    row_source_t rows[MODELS_MAX];
    int model;
    assert_int_equal(overlap_create(models, n_most, 1, &overlap, &why), STATUS_OK);
    for (int x = 0; x < samples; x++) {
        for (int i = 0; i < models; i++)
            rows[i] = row_in_memory(tables[x][i], players[x]);
        assert_int_equal(overlap_add(overlap, rows, &model, &why), STATUS_OK);
    }
    return overlap;
}

/* ---- the literal reference ---- */

static double strongest_of(int x, int i) {
    double most = 0;
    for (mask_t s = 1; s < mask_count(players[x]); s++)
        most = fmax(most, fabs(tables[x][i][s]));
    return most;
}

static bool is_salient(int x, int i, mask_t s, double salience, double most) {
    return s != 0 && most > 0 && fabs(tables[x][i][s]) >= salience * most;
}

/* Numbers of one kind over the samples; NaN are left out. */
typedef struct {
    int count;
    double x[SAMPLES_MAX];
} sample_numbers_t;

static void put(sample_numbers_t *numbers, double x) {
    if (!isnan(x))
        numbers->x[numbers->count++] = x;
}

static void check_tally(const average_t *tally, const sample_numbers_t *numbers) {
    double sum = 0, squares = 0;
    assert_int_equal(tally->count, numbers->count);
    if (numbers->count == 0) {
        assert_true(isnan(average_mean(tally)) && isnan(average_std(tally)));
        return;
    }
    for (int k = 0; k < numbers->count; k++)
        sum += numbers->x[k];
    double mean = sum / numbers->count;
    for (int k = 0; k < numbers->count; k++)
        squares += (numbers->x[k] - mean) * (numbers->x[k] - mean);
    assert_true(fabs(average_mean(tally) - mean) <= 1e-13 * fmax(1, fabs(mean)));
    assert_true(fabs(average_std(tally) - sqrt(squares / numbers->count)) <= 1e-12 * fmax(1, fabs(mean)));
}

static void check_gamma(const overlap_t *overlap, int samples, int i, int j, int level) {
    sample_numbers_t share = {0}, random = {0};
    for (int x = 0; x < samples; x++) {
        double own = 0, both = 0, other = 0, sets = (double)mask_count(players[x]) - 1;
        double of_i = strongest_of(x, i), of_j = strongest_of(x, j);
        for (mask_t s = 0; s < mask_count(players[x]); s++) {
            bool in_i = is_salient(x, i, s, OVERLAP_SALIENCE[level], of_i), in_j = is_salient(x, j, s, 0.05, of_j);
            own += in_i;
            other += in_j;
            both += in_i && in_j;
        }
        put(&share, own > 0 ? both / own : NAN);
        put(&random, own > 0 ? other / sets : NAN);
    }
    const overlap_share_t *found = overlap_gamma(overlap, i, j) + level;
    check_tally(&found->share, &share);
    check_tally(&found->random, &random);
}

static const double *sorted_row;

static int by_strength(const void *a, const void *b) {
    mask_t x = *(const mask_t *)a, y = *(const mask_t *)b;
    double of_x = fabs(sorted_row[x]), of_y = fabs(sorted_row[y]);
    if (of_x != of_y)
        return of_x > of_y ? -1 : 1;
    return (x > y) - (x < y);
}

/* Share of the masks among the k strongest of every model; NaN where some model has not k that are not 0. */
static double share_of_top(int x, int models, int64_t k) {
    static mask_t order[1 << N_MAX];
    static int seen[1 << N_MAX];
    mask_t sets = mask_count(players[x]) - 1;
    memset(seen, 0, sizeof seen);
    if ((mask_t)k > sets)
        return NAN;
    for (int i = 0; i < models; i++) {
        for (mask_t s = 0; s < sets; s++)
            order[s] = s + 1;
        sorted_row = tables[x][i];
        qsort(order, (size_t)sets, sizeof *order, by_strength);
        if (tables[x][i][order[k - 1]] == 0)
            return NAN;
        for (int64_t r = 0; r < k; r++)
            seen[order[r]]++;
    }
    int64_t common = 0;
    for (mask_t s = 1; s <= sets; s++)
        common += seen[s] == models;
    return (double)common / (double)k;
}

static void check_top(const overlap_t *overlap, int samples, int models) {
    for (int k = 0; k < overlap_steps(overlap); k++) {
        sample_numbers_t share = {0}, random = {0};
        for (int x = 0; x < samples; x++) {
            double of_sample = share_of_top(x, models, OVERLAP_K[k]);
            put(&share, of_sample);
            put(&random,
                isnan(of_sample) ? NAN : pow((double)OVERLAP_K[k] / ((double)mask_count(players[x]) - 1), models - 1));
        }
        check_tally(&overlap_top(overlap)[k].share, &share);
        check_tally(&overlap_top(overlap)[k].random, &random);
    }
}

enum { SALIENT, SHARED, POSITIVE, NEGATIVE, SHARED_POSITIVE, SHARED_NEGATIVE, SUMS };

static void sums_of_order(int x, int models, int i, int m, double sums[SUMS]) {
    memset(sums, 0, SUMS * sizeof *sums);
    for (mask_t s = 1; s < mask_count(players[x]); s++) {
        double effect = tables[x][i][s];
        bool shared = true;
        for (int j = 0; j < models; j++)
            shared = shared && is_salient(x, j, s, 0.05, strongest_of(x, j));
        if (mask_order(s) != m || !is_salient(x, i, s, 0.05, strongest_of(x, i)))
            continue;
        sums[SALIENT]++;
        sums[effect > 0 ? POSITIVE : NEGATIVE] += effect;
        sums[SHARED] += shared;
        sums[effect > 0 ? SHARED_POSITIVE : SHARED_NEGATIVE] += shared ? effect : 0;
    }
}

static void check_orders(const overlap_t *overlap, int samples, int models, int n_most) {
    for (int i = 0; i < models; i++)
        for (int m = 0; m <= n_most; m++) {
            const overlap_order_t *found = overlap_orders(overlap, i, 0) + m;
            const average_t *of_sums[SUMS] = {&found->salient,  &found->shared,          &found->positive,
                                              &found->negative, &found->shared_positive, &found->shared_negative};
            sample_numbers_t share = {0}, numbers[SUMS] = {0};
            for (int x = 0; x < samples; x++) {
                double sums[SUMS];
                if (m == 0 || m > players[x])
                    continue;
                sums_of_order(x, models, i, m, sums);
                for (int k = 0; k < SUMS; k++)
                    put(&numbers[k], sums[k]);
                put(&share, (sums[SHARED_POSITIVE] - sums[SHARED_NEGATIVE]) / (sums[POSITIVE] - sums[NEGATIVE]));
            }
            check_tally(&found->share, &share);
            for (int k = 0; k < SUMS; k++)
                check_tally(of_sums[k], &numbers[k]);
        }
}

static void check_all(int samples, int models, const int *n, unsigned levels) {
    int n_most = 0;
    fill(samples, models, n, levels);
    for (int x = 0; x < samples; x++)
        n_most = n[x] > n_most ? n[x] : n_most;
    overlap_t *overlap = overlap_of(samples, models, n_most);
    for (int i = 0; i < models; i++)
        for (int j = 0; j < models; j++)
            for (int level = 0; level < OVERLAP_SALIENCES; level++)
                check_gamma(overlap, samples, i, j, level);
    check_top(overlap, samples, models);
    if (n_most < 12) /* the reference is slow */
        check_orders(overlap, samples, models, n_most);
    overlap_destroy(&overlap);
}

TEST(same_as_counting_sets) {
    static const unsigned LEVELS[] = {1, 3, 10, 1000000};
    for (size_t k = 0; k < sizeof LEVELS / sizeof *LEVELS; k++) {
        for (int n = 1; n <= 4; n++)
            check_all(1, 2, &n, LEVELS[k]);
        check_all(4, 2, (const int[]){5, 1, 8, 2}, LEVELS[k]);
        check_all(3, 3, (const int[]){6, 7, 6}, LEVELS[k]);
        check_all(2, 2, (const int[]){13, 14}, LEVELS[k]); /* several leaves, and more sets than the top holds */
    }
}

/* The same by hand: n = 3, largest |I| 10 in both; salience 0.05 is 0.5, which counts; 0.3 is 3. */
TEST(known_by_hand) {
    static const double A[] = {50, 10, -0.5, 3, 0.4, 0, 2, 0}, B[] = {-7, 0.5, -10, 3, 0, 0, 0.1, -1};
    players[0] = 3;
    memcpy(tables[0][0], A, sizeof A); /* salient: 1 2 3 6; from 0.3 on 1 3 */
    memcpy(tables[0][1], B, sizeof B); /* salient: 1 2 3 7; from 0.3 on 2 3 */
    overlap_t *overlap = overlap_of(1, 2, 3);
    const overlap_share_t *gamma = overlap_gamma(overlap, 0, 0), *top = overlap_top(overlap);
    assert_true(average_mean(&gamma[1 * OVERLAP_SALIENCES].share) == 0.75);     /* 1 2 3 of 1 2 3 6 */
    assert_true(average_mean(&gamma[1 * OVERLAP_SALIENCES + 5].share) == 1);    /* 1 3 of 1 3 */
    assert_true(average_mean(&gamma[2 * OVERLAP_SALIENCES].share) == 0.75);     /* 1 2 3 of 1 2 3 7 */
    assert_true(average_mean(&gamma[1 * OVERLAP_SALIENCES].random) == 4.0 / 7); /* 4 of 7 sets */
    assert_int_equal(overlap_steps(overlap), 3);
    assert_true(average_mean(&top[0].share) == 0);   /* 1 and 2 */
    assert_true(average_mean(&top[1].share) == 0.5); /* 1 3 and 2 3 */
    assert_true(average_mean(&top[2].share) == 0.8); /* 1 3 6 2 4 and 2 3 7 1 6 */
    const overlap_order_t *orders = overlap_orders(overlap, 0, 0);
    assert_true(average_mean(&orders[2].share) == 3.0 / 5); /* of A, order 2: 3 of 3 6 */
    assert_true(average_mean(&orders[2].salient) == 2);
    assert_true(average_mean(&orders[1].negative) == -0.5);
    assert_true(average_mean(&orders[4 + 3].share) == 0); /* of B, order 3: none of 7 */
    assert_true(isnan(average_mean(&orders[3].share)));   /* of A: no salient set */
    overlap_destroy(&overlap);
}

/* ---- identities ---- */

TEST(a_model_and_itself) {
    fill(3, 1, (const int[]){7, 1, 13}, 1000000);
    for (int x = 0; x < 3; x++)
        memcpy(tables[x][1], tables[x][0], mask_count(players[x]) * sizeof(double));
    overlap_t *overlap = overlap_of(3, 2, 13);
    for (size_t k = 0; k < 4 * OVERLAP_SALIENCES; k++) {
        assert_true(average_mean(&overlap_gamma(overlap, 0, 0)[k].share) == 1);
        assert_true(average_std(&overlap_gamma(overlap, 0, 0)[k].share) == 0);
    }
    for (int k = 0; k < overlap_steps(overlap); k++)
        assert_true(average_mean(&overlap_top(overlap)[k].share) == 1);
    for (int m = 1; m <= 13; m++)
        assert_true(overlap_orders(overlap, 0, 0)[m].share.count == 0 ||
                    average_mean(&overlap_orders(overlap, 0, 0)[m].share) == 1);
    overlap_destroy(&overlap);
}

/* ---- the random control ---- */

/* `salient` random masks get |I| from 0.5 to 1, the others are weak, and no two are alike. */
static void fill_randomly(int i, int n, mask_t salient) {
    mask_t sets = mask_count(n) - 1, left = salient;
    for (mask_t s = 1; s <= sets; s++) {
        bool strong = random_word(&seed) % (sets - s + 1) < left;
        left -= strong;
        tables[0][i][s] =
            (strong ? 0.5 + random_unit(&seed) / 2 : 0.01 * random_unit(&seed)) * (random_word(&seed) % 2 ? 1 : -1);
    }
}

/* The closed forms against the mean of many random sets: within 5 standard errors. */
TEST(random_sets_are_as_expected) {
    enum { DRAWS = 20000, N = 6 };
    static const mask_t OWN[3] = {12, 25, 40};
    overlap_t *overlap;
    row_source_t rows[3];
    failure_t why;
    int model;
    seed = 4711;
    assert_int_equal(overlap_create(3, N, 1, &overlap, &why), STATUS_OK);
    for (int draw = 0; draw < DRAWS; draw++) {
        for (int i = 0; i < 3; i++) {
            fill_randomly(i, N, OWN[i]);
            rows[i] = row_in_memory(tables[0][i], N);
        }
        assert_int_equal(overlap_add(overlap, rows, &model, &why), STATUS_OK);
    }
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const overlap_share_t *gamma = overlap_gamma(overlap, i, j);
            double error = average_std(&gamma->share) / sqrt(DRAWS);
            assert_true(fabs(average_mean(&gamma->random) - (double)OWN[j] / 63) < 1e-12);
            assert_true(i == j || fabs(average_mean(&gamma->share) - average_mean(&gamma->random)) < 5 * error);
        }
    for (int k = 0; k < overlap_steps(overlap); k++) {
        const overlap_share_t *top = &overlap_top(overlap)[k];
        assert_true(fabs(average_mean(&top->share) - average_mean(&top->random)) <
                    5 * average_std(&top->share) / sqrt(DRAWS));
    }
    overlap_destroy(&overlap);
}

/* ---- undefined, and refused ---- */

static status_t broken_read(void *self, mask_t first, const double **leaf, failure_t *why) {
    static const double LEAF[1 << LEAF_BITS] = {0};
    *leaf = LEAF;
    return first == 0 ? STATUS_OK : failed(why, STATUS_INTERNAL, "cut");
}

TEST(refused) {
    static const double BAD[] = {NAN, INFINITY, -INFINITY};
    overlap_t *overlap;
    failure_t why;
    int model = -1;
    fill(1, 3, (const int[]){13}, 1000000);
    row_source_t rows[3];
    for (int i = 0; i < 3; i++)
        rows[i] = row_in_memory(tables[0][i], 13);
    assert_int_equal(overlap_create(3, 13, 1, &overlap, &why), STATUS_OK);
    for (int k = 0; k < 3; k++) {
        double was = tables[0][k][5000];
        tables[0][k][5000] = BAD[k];
        assert_int_equal(overlap_add(overlap, rows, &model, &why), STATUS_INPUT);
        assert_int_equal(model, k);
        assert_string_equal(why.text, "mask 0x1388 is not a finite number");
        tables[0][k][5000] = was;
    }
    rows[1].read = broken_read;
    assert_int_equal(overlap_add(overlap, rows, &model, &why), STATUS_INTERNAL);
    assert_int_equal(model, 1);
    assert_string_equal(why.text, "cut");
    assert_int_equal(overlap_gamma(overlap, 0, 0)->share.count, 0);
    overlap_destroy(&overlap);
}

int main(void) {
    return run_all(make_tables, free_tables);
}
