/* results/results: starts, the heartbeat and warnings are read back, by this program and as HDF5 sees them. */
#include "support/make_small.h"

/* ---- provenance ---- */

TEST_WITH(the_first_start_and_the_latest_are_kept, small_make, small_remove) {
    results_run_t run = {.started = "2024-01-01T00:00:00Z", .host = "h", .ranks = 4, .seconds = 2.5},
                  runs[RESULTS_RUNS];
    int slot, count;
    uint64_t starts;
    assert_ok(results_read_runs(small, runs, &count, &starts, &why));
    assert_true(count == 0 && starts == 0);
    for (int i = 0; i < 150; i++) {
        run.masks = (uint64_t)i;
        assert_ok(results_add_run(small, &run, &slot, &why));
        assert_true(slot >= 0 && slot < RESULTS_RUNS && (slot == 0) == (i == 0));
    }
    run.masks = 1000;
    strcpy(run.exit, "0 complete");
    assert_ok(results_update_run(small, slot, &run, &why));
    assert_ok(results_read_runs(small, runs, &count, &starts, &why));
    assert_int_equal(starts, 150);
    assert_int_equal(count, RESULTS_RUNS);
    assert_int_equal(runs[0].masks, 0);
    for (int i = 1; i < count - 1; i++)
        assert_int_equal(runs[i].masks, 150 - RESULTS_RUNS + i);
    assert_int_equal(runs[count - 1].masks, 1000);
    assert_string_equal(runs[count - 1].exit, "0 complete");
    assert_true(runs[5].ranks == 4 && runs[5].seconds == 2.5);
    assert_ok(results_write_exit(small, slot, "stopped", &why));
    assert_ok(results_read_runs(small, runs, &count, &starts, &why));
    assert_string_equal(runs[count - 1].exit, "stopped");
    assert_true(count == RESULTS_RUNS && runs[count - 1].masks == 1000 && runs[count - 2].exit[0] == '\0');
}

/* A merged file counts starts whose records are not there. */
TEST_WITH(starts_without_a_record_are_skipped, small_make, small_remove) {
    results_run_t run = {.started = "2024-01-01T00:00:00Z"}, runs[RESULTS_RUNS];
    int slot, count;
    uint64_t starts;
    assert_ok(results_add_starts(small, 7, &why));
    for (int i = 0; i < 3; i++) {
        run.ranks = i;
        assert_ok(results_add_run(small, &run, &slot, &why));
        assert_int_equal(slot, 7 + i);
    }
    assert_ok(results_read_runs(small, runs, &count, &starts, &why));
    assert_true(count == 3 && starts == 10);
    assert_true(runs[0].ranks == 0 && runs[1].ranks == 1 && runs[2].ranks == 2);
}

/* A member of the compound records, by name, as any HDF5 reader gets it. */
static void read_member(hid_t file, const char *path, const char *member, hid_t type, size_t bytes, void *data) {
    hid_t compound = H5Tcreate(H5T_COMPOUND, bytes);
    H5Tinsert(compound, member, 0, type);
    h5t_read(file, path, compound, data);
    H5Tclose(compound);
}

TEST_WITH(records_are_compounds_for_hdf5, small_make, small_remove) {
    results_heartbeat_t beat = {.time = 1.5,
                                .start = 1.25,
                                .masks_at_start = 7,
                                .masks_now = 9,
                                .id = 0x0123456789abcdef,
                                .ranks = 4,
                                .silent = 1,
                                .first_silent = 3},
                        back;
    results_run_t run = {.compiler = "gcc", .slurm_restart = -1, .masks_for_target = 12};
    int slot;
    uint64_t numbers[RESULTS_RUNS];
    char compilers[RESULTS_RUNS][96];
    double time;
    int32_t first;
    uint64_t id, other;
    assert_ok(results_read_heartbeat(small, &back, &why));
    assert_true(canonical(back.time) && back.first_silent == -1);
    assert_ok(results_write_heartbeat(small, &beat, &why));
    assert_ok(results_read_heartbeat(small, &back, &why));
    assert_true(back.time == 1.5 && back.start == 1.25 && back.masks_at_start == 7 && back.masks_now == 9);
    assert_true(back.id == beat.id && back.ranks == 4 && back.silent == 1 && back.first_silent == 3);
    assert_ok(results_claim(small, &id, &why));
    assert_ok(results_check_claim(small, id, &why));
    assert_ok(results_claim(small, &other, &why));
    assert_int_equal(results_check_claim(small, id, &why), STATUS_INPUT);
    assert_ok(results_read_heartbeat(small, &back, &why));
    assert_true(back.id == other && back.time == 1.5);
    assert_ok(results_add_run(small, &run, &slot, &why));
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY), text = H5Tcopy(H5T_C_S1);
    read_member(file, "progress/heartbeat", "time", H5T_NATIVE_DOUBLE, 8, &time);
    read_member(file, "progress/heartbeat", "first_silent", H5T_NATIVE_INT32, 4, &first);
    assert_true(time == 1.5 && first == 3);
    read_member(file, "provenance/runs", "masks_for_target", H5T_NATIVE_UINT64, 8, numbers);
    assert_int_equal(numbers[0], 12);
    H5Tset_size(text, 96);
    H5Tset_cset(text, H5T_CSET_UTF8);
    read_member(file, "provenance/runs", "compiler", text, 96, compilers);
    assert_string_equal(compilers[0], "gcc");
    H5Tclose(text);
    H5Fclose(file);
}

/* ---- warnings ---- */

/* Warning number i. */
static const char *warning_text(int i) {
    static char text[RESULTS_TEXT];
    snprintf(text, sizeof text, "warning %d of a sweep", i);
    return text;
}

static void add_warnings(results_t *results, int first, int end) {
    for (int i = first; i < end; i++)
        assert_ok(results_add_warning(results, warning_text(i), &why));
}

static problems_t warnings_of(const results_t *results) {
    problems_t warnings = {0};
    assert_ok(results_read_warnings(results, &warnings, &why));
    return warnings;
}

TEST_WITH(warnings_are_kept_once_and_then_counted, small_make, small_remove) {
    problems_t kept = warnings_of(small);
    assert_int_equal(kept.count, 0);
    add_warnings(small, 0, RESULTS_WARNINGS - 1);
    add_warnings(small, 0, RESULTS_WARNINGS - 1); /* nothing new */
    kept = warnings_of(small);
    assert_int_equal(kept.count, RESULTS_WARNINGS - 1);
    for (int i = 0; i < RESULTS_WARNINGS - 1; i++)
        assert_string_equal(kept.texts[i], warning_text(i));
    problems_free(&kept);
    static const char *const LAST[] = {"and 1 more warning", "and 2 more warnings", "and 3 more warnings"};
    for (int more = 0; more < 3; more++) {
        add_warnings(small, 100 + more, 101 + more);
        kept = warnings_of(small);
        assert_int_equal(kept.count, RESULTS_WARNINGS);
        assert_string_equal(kept.texts[RESULTS_WARNINGS - 1], LAST[more]);
        assert_string_equal(kept.texts[RESULTS_WARNINGS - 2], warning_text(RESULTS_WARNINGS - 2));
        problems_free(&kept);
    }
}

/* As HDF5 reads them; a long one is cut between characters, and is the same when it comes again. */
TEST_WITH(warnings_are_texts_for_hdf5, small_make, small_remove) {
    static char stored[RESULTS_WARNINGS][RESULTS_TEXT];
    char text[2 * RESULTS_TEXT] = "a";
    add_warnings(small, 0, 1);
    for (int i = 0; i < 200; i++)
        strcat(text, "ä");
    text[0] = 'b'; /* "bää...": 255 bytes are a whole number of characters; "bbää..." 254 */
    assert_ok(results_add_warning(small, text, &why));
    assert_ok(results_add_warning(small, text, &why));
    memmove(text + 1, text, strlen(text) + 1);
    assert_ok(results_add_warning(small, text, &why));
    assert_ok(results_add_warning(small, text, &why));
    results_close(&small);
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, RESULTS_TEXT);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    h5t_read(file, "provenance/warnings", type, stored);
    assert_string_equal(stored[0], warning_text(0));
    assert_int_equal(strlen(stored[1]), 255);
    assert_int_equal(strlen(stored[2]), 254);
    assert_true(stored[1][254] == '\xa4' && stored[2][253] == '\xa4');
    assert_int_equal(stored[3][0], 0);
    H5Tclose(type);
    H5Fclose(file);
}

TEST_WITH(warnings_of_many_files_are_added_up, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    char beside[128];
    snprintf(beside, sizeof beside, "%s/beside.h5", scratch->folder);
    make_small(scratch->file);
    make_small(beside);
    results_t *to = open_small(scratch->file), *from = open_small(beside);
    add_warnings(to, 50, 60);
    add_warnings(from, 0, RESULTS_WARNINGS + 4); /* 63 texts, and 5 more; ten of them are there already */
    assert_ok(results_copy_warnings(from, to, &why));
    problems_t kept = warnings_of(to);
    assert_int_equal(kept.count, RESULTS_WARNINGS);
    assert_string_equal(kept.texts[0], warning_text(50));
    assert_string_equal(kept.texts[10], warning_text(0));
    assert_string_equal(kept.texts[RESULTS_WARNINGS - 2], warning_text(62));
    assert_string_equal(kept.texts[RESULTS_WARNINGS - 1], "and 5 more warnings");
    problems_free(&kept);
    assert_ok(results_copy_warnings(from, to, &why));
    kept = warnings_of(to);
    assert_string_equal(kept.texts[RESULTS_WARNINGS - 1],
                        "and 10 more warnings"); /* of what is not kept nobody knows more */
    problems_free(&kept);
    results_close(&from);
    results_close(&to);
}

int main(void) {
    return run_all(NULL, NULL);
}
