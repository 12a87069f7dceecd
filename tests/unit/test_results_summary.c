/* results/results: /summary is read back as it was written, a difference is named by its dataset, and it is valid only
 * when that was said. */
#include "results/results_layout.h"
#include "support/make_results.h"
#include "unit/h5_scratch.h"

static const int32_t PLAYERS[] = {4, 3};

static failure_t why; /* of the last call */
static results_t *results;
static summary_t a, b; /* of its sizes */

static int make(void **state) {
    if (scratch_make(state) != 0)
        return -1;
    results = make_results(((scratch_t *)*state)->file, 2, PLAYERS, 2);
    assert_ok(results_summary_create(results, &a, &why));
    assert_ok(results_summary_create(results, &b, &why));
    return 0;
}

static int release(void **state) {
    summary_free(&a);
    summary_free(&b);
    results_close(&results);
    return scratch_remove(state);
}

/* Numbers that tell datasets and places apart. */
static void fill(summary_t *summary) {
    for (int id = 0; id < SUMMARY_COUNT; id++)
        for (size_t i = 0; i < summary->length[id]; i++)
            summary->of[id][i] = id * 1000 + (double)i;
    for (uint64_t i = 0; i < summary->dictionary; i++)
        summary->mask[i] = i + 1;
}

TEST_WITH(a_summary_is_read_back, make, release) {
    assert_int_equal(a.dictionary, 10);
    assert_ok(results_read_summary(results, 0, &b, &why)); /* a new file has none */
    assert_null(results_summary_difference(results, 0, &a, &b));
    fill(&a);
    assert_ok(results_write_summary(results, 0, &a, &why));
    assert_string_equal(results_summary_difference(results, 0, &a, &b), "summary/monotone_share");
    assert_ok(results_read_summary(results, 0, &b, &why));
    assert_null(results_summary_difference(results, 0, &a, &b));
}

TEST_WITH(every_difference_has_a_name, make, release) {
    static const struct {
        int id;
        const char *path;
    } CASES[] = {
        {SUMMARY_EXCLUDED, "summary/excluded"},
        {SUMMARY_STRENGTH_CURVE, "summary/strength_curve"},
        {SUMMARY_EDGES, "summary/interactions/edges"},
        {SUMMARY_RHO_CLASS, "summary/transferability/rho_class"},
        {SUMMARY_WEIGHTED, "summary/discrimination/weighted"},
        {SUMMARY_R_OMEGA, "summary/faithfulness/r_omega"},
        {SUMMARY_ORDERS, "summary/orders/strength_mean_mean"},
        {SUMMARY_ORDERS + 3 * (FIELD_POSITIVE_SUM - FIELD_STRENGTH_MEAN) + 1, "summary/orders/positive_sum_std"},
        {SUMMARY_COUNT - 1, "summary/orders/lemma_residual_count"}};
    fill(&a);
    fill(&b);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double *last = &b.of[CASES[i].id][b.length[CASES[i].id] - 1], kept = *last;
        *last = nextafter(kept, 0);
        assert_string_equal(results_summary_difference(results, 0, &a, &b), CASES[i].path);
        *last = kept;
    }
    b.mask[9] = SUMMARY_NO_MASK;
    assert_string_equal(results_summary_difference(results, 0, &a, &b), "summary/interactions/mask");
}

TEST_WITH(hdf5_reads_the_same, make, release) {
    scratch_t *scratch = *state;
    double histogram[10 * HISTOGRAM_BINS], median[5];
    uint64_t masks[10];
    fill(&a);
    assert_ok(results_write_summary(results, 0, &a, &why));
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
    h5t_read(file, "summary/interactions/histogram", H5T_NATIVE_DOUBLE, histogram);
    assert_memory_equal(histogram, a.of[SUMMARY_HISTOGRAM], sizeof histogram);
    h5t_read(file, "summary/interactions/mask", H5T_NATIVE_UINT64, masks);
    assert_memory_equal(masks, a.mask, sizeof masks);
    h5t_read(file, "summary/orders/strength_median_mean", H5T_NATIVE_DOUBLE, median);
    assert_memory_equal(median, a.of[SUMMARY_ORDERS + 3 * (FIELD_STRENGTH_MEDIAN - FIELD_STRENGTH_MEAN)],
                        sizeof median);
    H5Fclose(file);
}

TEST_WITH(it_is_valid_when_that_was_said, make, release) {
    scratch_t *scratch = *state;
    bool valid = true;
    unsigned char byte = 2;
    assert_ok(results_read_summary_valid(results, &valid, &why));
    assert_false(valid);
    assert_ok(results_write_summary_valid(results, true, &why));
    assert_ok(results_read_summary_valid(results, &valid, &why));
    assert_true(valid);
    assert_ok(results_write_summary_valid(results, false, &why));
    assert_ok(results_read_summary_valid(results, &valid, &why));
    assert_false(valid);
    hid_t file = h5t_open(scratch->file, H5F_ACC_RDWR), dataset = H5Dopen2(file, "summary/valid", H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, &byte) >= 0);
    H5Dclose(dataset);
    H5Fclose(file);
    assert_fails(results_read_summary_valid(results, &valid, &why), STATUS_INPUT,
                 "/summary/valid: is 2, 0 or 1 expected");
}

int main(void) {
    return run_all(NULL, NULL);
}
