/* cli/show: names to masks and back, with commas and blanks in names; what is unknown is named beside all
 * players. */
#include "cli/show.h"

#include "support/make_swept.h"
#include "support/scratch_path.h"

static void expect_set(const show_names_t *names, mask_t mask, const char *expected) {
    char *set = show_names_set(names, mask);
    assert_string_equal(set, expected);
    free(set);
}

TEST(from_the_file) {
    static const int32_t PLAYERS[] = {12};
    results_t *results;
    show_names_t names;
    mask_t mask;
    failure_t why;
    make_swept(path, &(swept_t){.names = true});
    assert_ok(results_open(path, false, &results, &why));
    show_names_of(results, 0, false, &names);
    assert_int_equal(names.n, 5);
    assert_int_equal(names.width, strlen("mouth, left"));
    expect_set(&names, 0x0d, "{eye, öhr, mouth, left}");
    expect_set(&names, 0, "{}");
    show_names_free(&names);
    results_close(&results);
    results = make_results(path, 1, PLAYERS, 4); /* without names */
    show_names_of(results, 0, false, &names);
    assert_ok(show_names_parse(&names, "1,11, 0", &mask, &why));
    assert_int_equal(mask, 0x803);
    assert_int_equal(show_names_parse(&names, "12", &mask, &why), STATUS_INPUT);
    show_names_free(&names);
    results_close(&results);
}

TEST(parsed) {
    const show_names_t names = {.n = 5, .names = {"eye", "eye, left", "left", "mean radius", "eyes"}};
    const show_names_t twins = {.n = 3, .names = {"a", "b", "a"}};
    const struct {
        const show_names_t *names;
        const char *text;
        mask_t mask;
        const char *wrong; /* NULL: it is right */
    } cases[] = {
        {&names, "", 0, NULL},
        {&names, "  ", 0, NULL},
        {&names, "eye", 1, NULL},
        {&names, "eyes,eye", 0x11, NULL},
        {&names, " mean radius , eye ", 9, NULL},
        {&names, "eye, left", 2, NULL},
        {&names, "eye,left", 5, NULL}, /* the name with the comma has a blank behind it */
        {&names, "eye, left, left,mean radius,eyes,eye", 0x1f, NULL},
        {&twins, "b", 2, NULL},
        {&names, "nose", 0, "there is no player \"nose\"; the players are {eye, eye, left, left, mean radius, eyes}"},
        {&names, "eye,nose,left", 0, "no player \"nose\""},
        {&names, "mean", 0, "no player \"mean\""},
        {&names, "eyes,eyes", 0, "listed twice: \"eyes\""},
        {&names, "eye,", 0, "missing after the last comma"},
        {&names, ",eye", 0, "no player \"\""},
        {&twins, "a", 0, "several players have the name \"a\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mask_t mask;
        failure_t why = {0};
        status_t status = show_names_parse(cases[i].names, cases[i].text, &mask, &why);
        assert_int_equal(status, cases[i].wrong ? STATUS_INPUT : STATUS_OK);
        if (cases[i].wrong ? !strstr(why.text, cases[i].wrong) : mask != cases[i].mask)
            fail_msg("%s: 0x%llx; %s", cases[i].text, (unsigned long long)mask, why.text);
    }
}

int main(void) {
    return run_all(make_path, remove_path);
}
