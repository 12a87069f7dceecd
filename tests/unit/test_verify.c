/* review/verify: what is sound passes in every state of a sample; a flipped byte, a forged number or a flag that stands
 * over nothing is found where it is. */
#include "base/digest.h"
#include "base/nan.h"
#include "results/results_private.h"
#include "review/verify.h"
#include "support/finish_sample.h"
#include "support/scratch_path.h"

#include <fcntl.h>

static const int32_t PLAYERS[] = {11, 5, 9, 1}; /* of 2^6 masks a block: 32, 1, 8 and 1 blocks */
enum { SAMPLES = 4, BLOCK_BITS = 6, N = 11 };

static results_t *results; /* of the test that runs */
static failure_t why;

static int open_pending(void **state) {
    make_path(state);
    results = make_results(path, SAMPLES, PLAYERS, BLOCK_BITS);
    return 0;
}

static int open_done(void **state) {
    open_pending(state);
    for (int64_t k = 0; k < SAMPLES; k++)
        finish_sample(results, k);
    return 0;
}

static int close_results(void **state) {
    results_close(&results);
    return remove_path(state);
}

/* The problems are released by the caller. */
static verify_report_t verify_all(const stats_settings_t *settings, problems_t *problems) {
    verify_t *verify;
    verify_report_t report = {0};
    assert_ok(verify_create(results, settings, "/tmp", 7, &verify, &why));
    verify_labels(results, problems);
    for (int64_t k = 0; k < results_samples(results); k++)
        verify_sample(verify, k, &report, problems);
    verify_destroy(&verify);
    return report;
}

static void expect_sound(void) {
    problems_t problems = {0};
    verify_all(&FINISH_SETTINGS, &problems);
    problems_print(&problems, stderr);
    assert_int_equal(problems.count, 0);
}

static bool mentions(const problems_t *problems, const char *text) {
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
        if (strstr(problems->texts[i], text))
            return true;
    return false;
}

/* One of the problems has this text. */
static void expect_problem(const char *text) {
    problems_t problems = {0};
    verify_all(&FINISH_SETTINGS, &problems);
    if (!mentions(&problems, text)) {
        problems_print(&problems, stderr);
        fail_msg("not found: %s", text);
    }
    problems_free(&problems);
}

/* ---- sound files ---- */

TEST_WITH(a_whole_file_passes, open_done, close_results) {
    problems_t problems = {0};
    verify_report_t report = verify_all(&FINISH_SETTINGS, &problems);
    assert_int_equal(problems.count, 0);
    assert_int_equal(report.done, SAMPLES);
    assert_int_equal(report.failed + report.pending, 0);
    assert_int_equal(report.values_blocks, SAMPLES * 32);
    assert_int_equal(report.interactions_blocks, SAMPLES * 32);
    assert_int_equal(report.rows, SAMPLES);
    assert_true(report.theorem1.ratio > 0 && report.theorem1.ratio <= 0.5);
    assert_true(report.theorem1.residual > 0 && report.theorem1.residual < 1e-12);
    assert_true(report.lemma.ratio > 0 && report.lemma.ratio <= 0.5);
}

TEST_WITH(pending_samples_pass_with_what_they_have, open_pending, close_results) {
    const double garbage[64] = {1, 2, 3};
    store_block(results, 0, 3);
    store_block(results, 0, 31);
    store_block(results, 1, 0); /* 32 masks in a block of 64: the rest is not written yet */
    assert_ok(results_write_table(results, TABLE_VALUES, 0, 64, 64, garbage, &why));
    assert_ok(results_write_phase(results, 0, PHASE_COMBINING, &why));
    problems_t problems = {0};
    verify_report_t report = verify_all(&FINISH_SETTINGS, &problems);
    assert_int_equal(problems.count, 0);
    assert_int_equal(report.pending, SAMPLES);
    assert_int_equal(report.values_blocks, 3);
    assert_int_equal(report.interactions_blocks, 0);
}

/* A kill between the flags of a finished sample and its status leaves this. */
TEST_WITH(a_sample_that_lacks_only_its_status_passes, open_done, close_results) {
    assert_ok(results_write_status(results, 1, SAMPLE_PENDING, &why));
    expect_sound();
}

TEST_WITH(failed_samples_pass, open_done, close_results) {
    fail_sample(results, 0, OUTCOME_CERTAIN, "mask 0x1: output is NaN");
    fail_sample(results, 3, OUTCOME_TRANSIENT, "the model process died");
    expect_sound();
    problems_t problems = {0};
    assert_int_equal(verify_all(NULL, &problems).failed, 2);
}

/* ---- flipped bytes ---- */

#define ROWS "/indices, /orders, /conditions, /curves, /salient"

static uint64_t drawn;

static uint64_t draw(uint64_t below) {
    drawn = drawn * 6364136223846793005u + 1442695040888963407u;
    return (drawn >> 33) % below;
}

static void flip(uint64_t offset, unsigned char bits) {
    unsigned char byte;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)offset), 1);
    byte ^= bits;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
    close(fd);
}

/* One bit of the row of `sample` in a dataset is found, and is gone when flipped back. */
static void check_flip(int id, int64_t sample, const char *dataset) {
    const dataset_t *d = &results->layout->datasets[id];
    uint64_t row = d->bytes / d->dims[0], at = draw(row);
    unsigned char bit = (unsigned char)(1u << draw(8));
    char where[96];
    problems_t problems = {0};
    snprintf(where, sizeof where, "%s: sample %lld (index %lld): ", dataset, (long long)sample, (long long)sample);
    flip(results->offset[id] + (uint64_t)sample * row + at, bit);
    verify_all(&FINISH_SETTINGS, &problems);
    if (!mentions(&problems, where))
        print_error("/%s: byte %llu of sample %lld: not found\n", d->path, (unsigned long long)at, (long long)sample);
    assert_true(mentions(&problems, where));
    flip(results->offset[id] + (uint64_t)sample * row + at, bit);
    problems_free(&problems);
}

TEST_WITH(any_flipped_byte_is_found, open_done, close_results) {
    drawn = 20240611;
    for (int i = 0; i < 30; i++) {
        check_flip(DATASET_VALUES, (int64_t)draw(SAMPLES), "/values");
        check_flip(layout_family(0, FAMILY_EFFECTS), (int64_t)draw(SAMPLES), "/interactions");
    }
    for (int id = 0; id < FIELDS_MAX; id++)
        if (results_fields(results)->length[id] > 0)
            check_flip(LAYOUT_FIELDS + id, (int64_t)draw(SAMPLES), ROWS);
    for (int i = 0; i < 10; i++) {
        check_flip(layout_family(0, FAMILY_POSITIVE), (int64_t)draw(SAMPLES), ROWS);
        check_flip(layout_family(0, FAMILY_NEGATIVE), (int64_t)draw(SAMPLES), ROWS);
        check_flip(DATASET_NOISE_SIGMA, (int64_t)draw(SAMPLES), "/orders/noise_floor");
    }
    expect_sound();
}

TEST_WITH(a_flipped_byte_of_a_flagged_block_is_found, open_pending, close_results) {
    double x = 3;
    store_block(results, 0, 3);
    store_block(results, 2, 0);
    expect_sound();
    assert_ok(results_write_table(results, TABLE_VALUES, 0, 3 * 64 + 17, 1, &x, &why));
    expect_problem("/values: sample 0 (index 0): block 3 (masks 0xc0 to 0xff): its checksum is ");
}

/* ---- forged numbers: checksums are right, the numbers are not ---- */

static void forge(int table, int64_t sample, mask_t mask, double x) {
    double block[64];
    mask_t first = mask & ~(mask_t)63;
    assert_ok(results_read_table(results, table, sample, first, 64, block, &why));
    block[mask - first] = x;
    uint32_t crc = crc32c(0, block, sizeof block);
    assert_ok(results_write_table(results, table, sample, first, 64, block, &why));
    assert_ok(results_write_crcs(results, table, sample, (int64_t)(first / 64), 1, &crc, &why));
}

TEST_WITH(forged_tables_are_found, open_done, close_results) {
    static const struct {
        int table;
        int64_t sample;
        mask_t mask;
        double factor, add;
        const char *says;
    } CASES[] = {
        {TABLE_INTERACTIONS, 0, 0x155, -1, 0,
         "/interactions: sample 0 (index 0): not the transform of /values: 1 mask, the first is 0x155"},
        {TABLE_VALUES, 2, 0x100, 1, 1e-6,
         "/values: sample 2 (index 2): not the sum of the interactions of subsets (Theorem 1)"},
        {TABLE_VALUES, 2, 0x100, NAN, 0, "/values: sample 2 (index 2): NaN or infinite: 1 mask, the first is 0x100"},
        {TABLE_VALUES, 1, 32, 0, 1,
         "/values: sample 1 (index 1): not NaN past the sample's own masks: 1 mask, the first is 0x20"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double x;
        assert_ok(results_read_table(results, CASES[i].table, CASES[i].sample, CASES[i].mask, 1, &x, &why));
        double forged = CASES[i].factor == 0 ? CASES[i].add : CASES[i].factor * x + CASES[i].add;
        forge(CASES[i].table, CASES[i].sample, CASES[i].mask, isnan(forged) ? nan_canonical() : forged);
        expect_problem(CASES[i].says);
        forge(CASES[i].table, CASES[i].sample, CASES[i].mask, x);
    }
    expect_sound();
}

/* With the right checksum over it. NaN: the next number towards 0; infinity: the number itself, for its checksum. */
static void forge_number(int64_t sample, field_id_t id, size_t at, double x) {
    double *row = new_numbers(results_fields(results)->doubles);
    assert_ok(results_read_row(results, sample, row, NULL, &why));
    double *number = fields_at(results_fields(results), row, (int)id) + at;
    *number = isnan(x) ? nextafter(*number, 0) : isinf(x) ? *number : x;
    assert_ok(results_write_numbers(results, sample, row, &why));
    free(row);
}

TEST_WITH(forged_statistics_are_found, open_done, close_results) {
    static const struct {
        field_id_t id;
        size_t at;
        double x;
        const char *says;
    } CASES[] = {
        {FIELD_STRENGTH_MEDIAN, 4, NAN, "/orders/strength_median: sample 0 (index 0): 1 number is wrong: [4] "},
        {FIELD_SII2, 2 * N + 5, 1, "/indices/sii2: sample 0 (index 0): 1 number is wrong: [2, 5] "},
        {FIELD_MONOTONE, 0, 7, "/conditions/monotone: sample 0 (index 0): 1 number is wrong: "},
        {FIELD_CURVE_RMSE, 2, NAN, "/curves/rmse: sample 0 (index 0): 1 number is wrong: [2] "},
        {FIELD_CURVE_STRENGTH, 1023, NAN, "/curves/strength: sample 0 (index 0): 1 number is wrong: [1023] "}};
    const size_t count = sizeof CASES / sizeof *CASES;
    results_sample_t info;
    for (size_t i = 0; i < count; i++)
        forge_number(0, CASES[i].id, CASES[i].at, CASES[i].x);
    for (size_t i = 0; i < count; i++)
        expect_problem(CASES[i].says);
    assert_ok(results_read_sample(results, 2, &info, &why));
    info.noise_sigma = nextafter(info.noise_sigma, 1);
    assert_ok(results_write_samples(results, 2, 1, &info, &why));
    expect_problem("/orders/noise_floor: sample 2 (index 2): 10 numbers are wrong, the first: [0] ");
}

/* With the right checksum over them. */
TEST_WITH(forged_bitmaps_are_found, open_done, close_results) {
    static const struct {
        int64_t sample;
        mask_t mask;
        const char *says;
    } CASES[] = {
        {0, 0x6a5, "/salient/negative: sample 0 (index 0): not what the threshold says; the first such mask is 0x6a5"},
        {1, 3, "/salient/negative: sample 1 (index 1): not what the threshold says; the first such mask is 0x3"},
        {1, 32, "; the first such mask is 0x20"},      /* past its own masks, in the same word */
        {1, 0x7ff, "; the first such mask is 0x7ff"}}; /* and in the last one */
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        for (int turn = 0; turn < 2; turn++) { /* there and back */
            uint64_t positive, negative;
            size_t word = (size_t)(CASES[i].mask / 64);
            assert_ok(results_read_salient(results, CASES[i].sample, 1, 0, false, word, 1, &positive, &why));
            assert_ok(results_read_salient(results, CASES[i].sample, 1, 0, true, word, 1, &negative, &why));
            negative ^= (uint64_t)1 << CASES[i].mask % 64;
            assert_ok(results_write_salient(results, CASES[i].sample, 0, word * 64, 1, &positive, &negative, &why));
            forge_number(CASES[i].sample, FIELD_EXCLUDED_WHY, 0, INFINITY);
            if (turn == 0)
                expect_problem(CASES[i].says);
            else
                expect_sound();
        }
}

TEST_WITH(a_lemma_that_does_not_hold_is_found, open_done, close_results) {
    problems_t problems = {0};
    forge_number(2, FIELD_LEMMA_RESIDUAL, 6, 1e-9);
    verify_report_t report = verify_all(NULL, &problems);
    assert_int_equal(problems.count, 1);
    assert_true(mentions(&problems, "/orders/lemma_residual: sample 2 (index 2): order 6: "));
    assert_int_equal(report.lemma.sample, 2);
    assert_int_equal(report.lemma.at, 6);
    assert_true(report.lemma.residual == 1e-9);
    problems_free(&problems);
}

/* ---- states that cannot be ---- */

TEST_WITH(flags_that_do_not_fit_are_found, open_done, close_results) {
    results_sample_t info;
    assert_ok(results_write_blocks_done(results, 0, 7, 2, false, &why));
    expect_problem("/progress/values_done: sample 0 (index 0): blocks missing in a done sample: 2");
    assert_ok(results_write_phase(results, 1, PHASE_COMBINING, &why));
    expect_problem("/progress/phase: sample 1 (index 1): is 1 in a done sample");
    assert_ok(results_read_sample(results, 2, &info, &why));
    info.v_empty += 1;
    info.v_full = 0;
    info.error_kind = OUTCOME_CERTAIN;
    snprintf(info.error, sizeof info.error, "why not");
    assert_ok(results_write_samples(results, 2, 1, &info, &why));
    expect_problem("/samples/v_empty: sample 2 (index 2): is ");
    expect_problem("/samples/v_full: sample 2 (index 2): is 0, but");
    expect_problem("/samples/error_kind: sample 2 (index 2): is 1 in a done sample");
    expect_problem("/samples/error: sample 2 (index 2): a done sample has a reason");
    assert_ok(results_write_status(results, 3, (sample_status_t)9, &why));
    expect_problem("/samples: sample 3 (index 3): cannot be checked: ");
}

TEST_WITH(what_is_left_of_a_failed_sample_is_found, open_done, close_results) {
    const double x = 1;
    fail_sample(results, 0, OUTCOME_CERTAIN, "");
    expect_problem("/samples/error: sample 0 (index 0): a failed sample has no reason");
    assert_ok(results_write_table(results, TABLE_INTERACTIONS, 0, 0x3ff, 1, &x, &why));
    expect_problem("/interactions: sample 0 (index 0): not NaN, though the sample failed: 1 mask, the first "
                   "is 0x3ff");
    assert_ok(results_write_blocks_done(results, 0, 1, 1, true, &why));
    expect_problem("/progress/values_done: sample 0 (index 0): blocks flagged in a failed sample: 1");
    const uint64_t none = 0, one = (uint64_t)1 << 40;
    assert_ok(results_write_salient(results, 0, 0, 64, 1, &one, &none, &why));
    expect_problem("/salient/positive: sample 0 (index 0): not what the threshold says; the first such mask is "
                   "0x68");
    finish_sample(results, 1);
    assert_ok(results_write_status(results, 1, SAMPLE_FAILED, &why));
    expect_problem("/orders/strength_mean: sample 1 (index 1): 6 numbers are wrong, the first: [0] ");
}

TEST_WITH(a_label_of_no_class_is_found, open_done, close_results) {
    results->label[1] = 0; /* the file's only class */
    expect_sound();
    results->label[2] = 1;
    expect_problem("/samples/label: sample 2 (index 2): is not a class ");
}

/* ---- statistics only ---- */

TEST_WITH(a_file_of_statistics_is_checked_as_far_as_it_goes, make_path, close_results) {
    int64_t zero = 0;
    const int32_t three = 3;
    results_spec_t spec = {.samples = 1,
                           .players = 3,
                           .top = 5,
                           .classes = &zero,
                           .class_count = 1,
                           .index = &zero,
                           .label = &zero,
                           .n_players = &three,
                           .config = "{}\n",
                           .tables_of = "other.h5"};
    results_sample_t info = plain_info();
    double row[512] = {0};
    results = make_results_with(path, &spec);
    assert_true(results_fields(results)->doubles <= 512);
    assert_ok(results_write_numbers(results, 0, row, &why)); /* all zero: the lemma holds */
    assert_ok(results_write_samples(results, 0, 1, &info, &why));
    expect_sound(); /* pending */
    assert_ok(results_write_status(results, 0, SAMPLE_DONE, &why));
    expect_sound();
    flip(results->offset[LAYOUT_FIELDS + FIELD_BANZHAF] + 9, 4);
    expect_problem(ROWS ": sample 0 (index 0): ");
    assert_ok(results_clear_rows(results, 0, &why));
    assert_ok(results_write_status(results, 0, SAMPLE_FAILED, &why));
    expect_problem("/samples/error: sample 0 (index 0): a failed sample has no reason");
}

int main(void) {
    return run_all(NULL, NULL);
}
