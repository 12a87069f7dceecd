/* cli/player_names: names to masks and back, with commas and blanks in names; what is unknown is named beside all
 * players. */
#include "cli/player_names.h"

#include "support/make_swept.h"
#include "support/scratch_path.h"

static int make_file(void **state) {
    make_path(state);
    make_swept(path, &(swept_t){.names = true});
    return 0;
}

static void from_the_file(void **state) {
    results_t *results;
    player_names_t roster;
    text_t text = {0};
    failure_t why;
    (void)state;
    assert_int_equal(results_open(path, false, &results, &why), STATUS_OK);
    player_names_of(results, 0, &roster);
    assert_int_equal(roster.n, 5);
    assert_int_equal(roster.width, strlen("mouth, left"));
    player_names_add_set(&roster, 0x0d, &text);
    assert_string_equal(text.chars, "{eye, öhr, mouth, left}");
    text_free(&text);
    player_names_add_set(&roster, 0, &text);
    assert_string_equal(text.chars, "{}");
    text_free(&text);
    player_names_free(&roster);
    results_close(&results);
}

static void without_names(void **state) {
    static const int32_t PLAYERS[] = {12};
    results_t *results;
    player_names_t roster;
    mask_t mask;
    failure_t why;
    char other[80];
    (void)state;
    snprintf(other, sizeof other, "%s.other", path);
    results = make_results(other, 1, PLAYERS, 4);
    player_names_of(results, 0, &roster);
    assert_int_equal(player_names_parse(&roster, "1,11, 0", &mask, &why), STATUS_OK);
    assert_int_equal(mask, 0x803);
    assert_int_equal(player_names_parse(&roster, "12", &mask, &why), STATUS_INPUT);
    player_names_free(&roster);
    results_close(&results);
    unlink(other);
}

/* The names of a roster that is never freed. */
static player_names_t player_names_with(int n, const char *const *names) {
    player_names_t roster = {.n = n};
    for (int i = 0; i < n; i++)
        roster.names[i] = (char *)(uintptr_t)names[i];
    return roster;
}

static void check(const player_names_t *roster, const char *text, mask_t expected) {
    mask_t mask;
    failure_t why;
    assert_ok(player_names_parse(roster, text, &mask, &why));
    assert_int_equal(mask, expected);
}

static void refused(const player_names_t *roster, const char *text, const char *says) {
    mask_t mask;
    failure_t why;
    assert_int_equal(player_names_parse(roster, text, &mask, &why), STATUS_INPUT);
    if (!strstr(why.text, says))
        fail_msg("%s", why.text);
}

static void parsed(void **state) {
    static const char *const NAMES[] = {"eye", "eye, left", "left", "mean radius", "eyes"};
    (void)state;
    player_names_t roster = player_names_with(5, NAMES);
    check(&roster, "", 0);
    check(&roster, "  ", 0);
    check(&roster, "eye", 1);
    check(&roster, "eyes,eye", 0x11);
    check(&roster, " mean radius , eye ", 9);
    check(&roster, "eye, left", 2);
    check(&roster, "eye,left", 5); /* the name with the comma has a blank behind it */
    check(&roster, "eye, left, left,mean radius,eyes,eye", 0x1f);
    refused(&roster, "nose", "there is no player \"nose\"; the players are {eye, eye, left, left, mean radius, eyes}");
    refused(&roster, "eye,nose,left", "no player \"nose\"");
    refused(&roster, "mean", "no player \"mean\"");
    refused(&roster, "eyes,eyes", "listed twice: \"eyes\"");
    refused(&roster, "eye,", "missing after the last comma");
    refused(&roster, ",eye", "no player \"\"");
}

static void names_of_several(void **state) {
    static const char *const NAMES[] = {"a", "b", "a"};
    (void)state;
    player_names_t roster = player_names_with(3, NAMES);
    check(&roster, "b", 2);
    refused(&roster, "a", "several players have the name \"a\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(from_the_file), cmocka_unit_test(without_names),
                                       cmocka_unit_test(parsed), cmocka_unit_test(names_of_several)};
    return cmocka_run_group_tests(tests, make_file, remove_path);
}
