/* Lists of saliences become settings and names of files. */
#include "review/variants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static variants_t variants;
static failure_t why;

static size_t expand(const char *const *sets, int count, const char *out) {
    problems_t problems = {0};
    status_t status = variants_expand(sets, count, out, &variants, &problems, &why);
    size_t wrong = problems.count;
    assert_int_equal(status, wrong ? STATUS_INPUT : STATUS_OK);
    problems_free(&problems);
    return wrong;
}

static void without_a_list_there_is_one(void **state) {
    static const char *const SETS[] = {"statistics.top=3", "statistics.salience=0.2"};
    (void)state;
    assert_int_equal(expand(SETS, 2, "a/out.h5"), 0);
    assert_int_equal(variants.count, 1);
    assert_string_equal(variants.of[0].out, "a/out.h5");
    assert_ptr_equal(variants.of[0].sets[1], SETS[1]);
    variants_free(&variants);
    assert_int_equal(expand(NULL, 0, "out.h5"), 0);
    assert_int_equal(variants.count, 1);
    variants_free(&variants);
}

static void a_list_has_a_file_for_each(void **state) {
    static const char *const SETS[] = {"statistics.salience=0.2", "statistics.top=3",
                                       "statistics.salience= [0.01,0.05 , 1e-1 ]"};
    static const char *const OUTS[] = {"a.b/out-0.01.h5", "a.b/out-0.05.h5", "a.b/out-1e-1.h5"};
    static const char *const VALUES[] = {"statistics.salience=0.01", "statistics.salience=0.05",
                                         "statistics.salience=1e-1"};
    (void)state;
    assert_int_equal(expand(SETS, 3, "a.b/out.h5"), 0);
    assert_int_equal(variants.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(variants.of[i].out, OUTS[i]);
        assert_ptr_equal(variants.of[i].sets[0], SETS[0]);
        assert_ptr_equal(variants.of[i].sets[1], SETS[1]);
        assert_string_equal(variants.of[i].sets[2], VALUES[i]);
    }
    variants_free(&variants);
}

static void names_without_an_ending(void **state) {
    static const char *const SETS[] = {"statistics.salience=[0.5]"};
    static const char *const NAMES[][2] = {{"out", "out-0.5"}, {"a.b/out", "a.b/out-0.5"}, {"a/.out", "a/.out-0.5"}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(expand(SETS, 1, NAMES[i][0]), 0);
        assert_string_equal(variants.of[0].out, NAMES[i][1]);
        variants_free(&variants);
    }
}

static void other_settings_may_follow_and_blanks_too(void **state) {
    static const char *const SETS[] = {"statistics.salience=[0.1, 0.2] \n", "statistics.top=3"};
    (void)state;
    assert_int_equal(expand(SETS, 2, "out.h5"), 0);
    assert_int_equal(variants.count, 2);
    assert_string_equal(variants.of[0].sets[0], "statistics.salience=0.1");
    assert_string_equal(variants.of[1].sets[0], "statistics.salience=0.2");
    assert_ptr_equal(variants.of[1].sets[1], SETS[1]);
    variants_free(&variants);
}

static void a_later_value_replaces_a_list(void **state) {
    static const char *const SETS[] = {"statistics.salience=[0.1, 0.2]", "statistics.salience=0.3"};
    (void)state;
    assert_int_equal(expand(SETS, 2, "out.h5"), 0);
    assert_int_equal(variants.count, 1);
    assert_string_equal(variants.of[0].out, "out.h5");
    variants_free(&variants);
}

static void wrong_lists(void **state) {
    char many[2000] = "statistics.salience=[";
    const char *const wrong[] = {"statistics.salience=[]", "statistics.salience=[0.1, 0.2, 0.1]", many};
    (void)state;
    for (int i = 0; i <= VARIANTS_MAX; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "0.%d,", 1000 + i);
    strcat(many, "]");
    for (int i = 0; i < 3; i++) {
        assert_true(expand(&wrong[i], 1, "out.h5") > 0);
        variants_free(&variants);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_list_there_is_one),   cmocka_unit_test(a_list_has_a_file_for_each),
        cmocka_unit_test(names_without_an_ending),       cmocka_unit_test(other_settings_may_follow_and_blanks_too),
        cmocka_unit_test(a_later_value_replaces_a_list), cmocka_unit_test(wrong_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
