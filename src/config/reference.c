/* The table of keys as text: --help and docs/config.md. */
#include "config/config.h"
#include "config/keys.h"
#include "config/kinds.h"

#include <string.h>

enum { HELP_WIDTH = 100, HELP_INDENT = 6 };

/* Words of `text` in lines of at most HELP_WIDTH columns. */
static void print_wrapped(const char *text, FILE *out) {
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column == 0 || column + 1 + word > HELP_WIDTH) {
            fprintf(out, "%s%*s", column == 0 ? "" : "\n", HELP_INDENT, "");
            column = HELP_INDENT;
        } else {
            column += (size_t)fprintf(out, " ");
        }
        column += (size_t)fprintf(out, "%.*s", (int)word, text);
        text += word + (text[word] == ' ');
    }
    fprintf(out, "\n");
}

void config_print_help(FILE *out) {
    fprintf(out, "\nKeys of the configuration, their defaults, and what may be given:\n");
    for (size_t i = 0; i < KEY_COUNT; i++) {
        text_t allowed = {0};
        kind_allowed(&KEYS[i], &allowed);
        fprintf(out, "  %s: %s   (%s)\n", KEYS[i].name, KEYS[i].fallback ? KEYS[i].fallback : "required",
                allowed.chars);
        print_wrapped(KEYS[i].help, out);
        text_free(&allowed);
    }
}

/* A cell of a table: '|' would end it. */
static void print_cell(const char *text, FILE *out) {
    for (; *text; text++)
        fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

/* The backends of a set of bits, as a cell. */
static void print_backends(unsigned backends, FILE *out) {
    text_t names = {0};
    keys_add_backends(backends, ", ", &names);
    fprintf(out, "%s | ", backends == WITH_ALL ? "all" : backends ? names.chars : "none");
    text_free(&names);
}

static void print_row(const config_key_t *key, FILE *out) {
    const char *tick = key->fallback ? "`" : "";
    text_t allowed = {0};
    kind_allowed(key, &allowed);
    fprintf(out, "| `%s` | %s%s%s | ", strchr(key->name, '.') + 1, tick, key->fallback ? key->fallback : "required",
            tick);
    print_cell(allowed.chars, out);
    fprintf(out, " | ");
    print_backends(key->backends, out);
    print_backends(key->decides, out);
    print_cell(key->help, out);
    fprintf(out, " |\n");
    text_free(&allowed);
}

static const char INTRODUCTION[] =
    "# Configuration\n"
    "\n"
    "<!-- Generated from the table of keys in src/config/keys.c; tests/unit/test_config_reference.c says how. -->\n"
    "\n"
    "A configuration is a YAML file of sections with keys:\n"
    "\n"
    "```yaml\n"
    "model:\n"
    "  file: digits.onnx        # relative to the folder of this file\n"
    "samples:\n"
    "  file: digits.h5\n"
    "  select: \"0:100\"\n"
    "output:\n"
    "  file: results/digits.h5\n"
    "```\n"
    "\n"
    "- `--set section.key=value` gives a key another value, written as in YAML (`--set samples.select=[3,5,8]`). Paths "
    "in\n"
    "  it are relative to the working folder.\n"
    "- Everything that is wrong is reported at once, as `file:line: key: what, and what is allowed`: unknown keys, "
    "keys\n"
    "  given twice, values of the wrong type or out of range, keys that the backend does not have. Aliases (`*name`), "
    "tags\n"
    "  (`!type`) and several documents in one file are refused.\n"
    "- Numbers are written without quotes, whole numbers without a point: `12x` and `1e3` are not whole numbers.\n"
    "- *Decides numbers*: the key determines the numbers in a results file. `run` resumes a file only when all of "
    "these keys\n"
    "  have the values that the file was started with; the others may change.\n"
    "- The results file holds all keys with the values that were used, in `/config`; paths there are relative to the\n"
    "  working folder of the run.\n";

void config_print_markdown(FILE *out) {
    const char *section = "";
    size_t length = 0;
    fputs(INTRODUCTION, out);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (length == 0 || strncmp(KEYS[i].name, section, length + 1) != 0) {
            section = KEYS[i].name;
            length = strcspn(section, ".");
            fprintf(out,
                    "\n## %.*s\n\n| key | default | allowed | backends | decides numbers | meaning |\n"
                    "|---|---|---|---|---|---|\n",
                    (int)length, section);
        }
        print_row(&KEYS[i], out);
    }
}
