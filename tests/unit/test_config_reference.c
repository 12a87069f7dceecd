/* The tables in docs/config.md are what the table of keys says. To make them again after a change of keys:
 *     build/.../tests/test_config_reference --write */
#include "base/file.h"
#include "config/config.h"
#include "config/keys.h"
#include "support/test.h"

static const char PAGE[] = TEST_DATA_DIR "/../../docs/config.md";

/* A cell of a table: '|' would end it. */
static void print_cell(const char *text, FILE *out) {
    fprintf(out, " ");
    for (; *text; text++)
        fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
    fprintf(out, " |");
}

static void print_backends(unsigned backends, FILE *out) {
    text_t names = {0};
    keys_add_backends(backends, ", ", &names);
    print_cell(backends == WITH_ALL ? "all" : backends ? names.chars : "none", out);
    text_free(&names);
}

static void print_row(const config_key_t *key, FILE *out) {
    const char *tick = key->fallback ? "`" : "";
    text_t allowed = {0};
    kind_allowed(key, &allowed);
    fprintf(out, "| `%s` | %s%s%s |", strchr(key->name, '.') + 1, tick, key->fallback ? key->fallback : "required",
            tick);
    print_cell(allowed.chars, out);
    print_backends(key->backends, out);
    print_backends(key->decides, out);
    print_cell(key->help, out);
    fprintf(out, "\n");
    text_free(&allowed);
}

/* A table for each section. */
static void print_tables(FILE *out) {
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t length = strcspn(KEYS[i].name, ".");
        if (i == 0 || strncmp(KEYS[i].name, KEYS[i - 1].name, length + 1) != 0)
            fprintf(out,
                    "\n## %.*s\n\n| key | default | allowed | backends | decides numbers | meaning |\n"
                    "|---|---|---|---|---|---|\n",
                    (int)length, KEYS[i].name);
        print_row(&KEYS[i], out);
    }
}

/* The page, and in it the place where the tables begin. */
static char *read_page(char **tables) {
    char *page;
    size_t length;
    failure_t why;
    assert_ok(file_read_text(PAGE, 1 << 20, &page, &length, &why));
    *tables = strstr(page, "\n## ");
    assert_non_null(*tables);
    return page;
}

TEST(the_committed_page_is_current) {
    char *tables, *page = read_page(&tables), *expected = printed(print_tables);
    if (strcmp(tables, expected) != 0)
        fail_msg("%s is not what the table of keys says; run test_config_reference --write", PAGE);
    free(page);
    free(expected);
}

TEST(help_names_every_key) {
    char *text = printed(config_print_help);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!strstr(text, KEYS[i].name))
            fail_msg("%s is not in --help", KEYS[i].name);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 1, 120);
    free(text);
}

static int write_page(void) {
    char *tables, *page = read_page(&tables);
    FILE *out = fopen(PAGE, "w");
    if (!out)
        return 1;
    fwrite(page, 1, (size_t)(tables - page), out);
    print_tables(out);
    free(page);
    return fclose(out) == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return write_page();
    return run_all(NULL, NULL);
}
