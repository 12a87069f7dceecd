/* docs/config.md is what the table of keys says. To make it again after a change of keys:
 *     build/.../tests/test_config_reference --write docs/config.md */
#include "base/file.h"
#include "config/config.h"
#include "config/keys.h"
#include "support/test.h"

static void the_committed_page_is_current(void **state) {
    (void)state;
    static const char path[] = TEST_DATA_DIR "/../../docs/config.md";
    char *expected = printed(config_print_markdown), *page;
    size_t length;
    failure_t why;
    assert_ok(file_read_text(path, 1 << 20, &page, &length, &why));
    if (strcmp(page, expected) != 0)
        fail_msg("%s is not what the table of keys says; run test_config_reference --write docs/config.md", path);
    free(page);
    free(expected);
}

static void help_names_every_key(void **state) {
    (void)state;
    char *text = printed(config_print_help);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!strstr(text, KEYS[i].name))
            fail_msg("%s is not in --help", KEYS[i].name);
    free(text);
}

static void help_fits_a_screen_in_width(void **state) {
    (void)state;
    char *text = printed(config_print_help);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 1, 120);
    free(text);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_page_is_current),
        cmocka_unit_test(help_names_every_key),
        cmocka_unit_test(help_fits_a_screen_in_width),
    };
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        FILE *out = fopen(argv[2], "w");
        if (!out)
            return 1;
        config_print_markdown(out);
        return fclose(out) == 0 ? 0 : 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
