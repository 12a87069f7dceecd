#include "cli/options.h"

#include "base/memory.h"
#include "base/text.h"
#include "stats/families.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HELP = 'h', FIRST_CODE = 256, HELP_COLUMN = 26 };

const option_t OPTION_HELP = {.name = "help", .letter = HELP, .help = "prints this help"};

/* ---- help ---- */

static void print_option(const option_t *option, FILE *out) {
    char left[64];
    size_t used = 0;
    if (option->letter)
        used += (size_t)snprintf(left, sizeof left, "-%c, ", option->letter);
    snprintf(left + used, sizeof left - used, "--%s%s%s%s", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "", option->repeats ? " ..." : "");
    fprintf(out, "  %-*s", HELP_COLUMN, left);
    if (strlen(left) >= HELP_COLUMN)
        fprintf(out, "\n  %*s", HELP_COLUMN, "");
    fprintf(out, "%s\n", option->help);
}

void options_print_help(const command_t *command, FILE *out) {
    fprintf(out, "Usage: harsanyi %s%s%s [option]...\n%s\n", command->name, *command->operands ? " " : "",
            command->operands, command->summary);
    if (command->about)
        fprintf(out, "\n%s", command->about);
    fprintf(out, "\nOptions:\n");
    for (const option_t *option = command->options; option->name; option++)
        print_option(option, out);
    print_option(&OPTION_HELP, out);
    fprintf(out, "\nExample:\n%s", command->example);
    if (command->more_help)
        command->more_help(out);
}

/* ---- parsing ---- */

/* What getopt_long wants. Codes FIRST_CODE + i stand for the long options. */
typedef struct {
    struct option longs[OPTIONS_MAX + 2];
    char shorts[2 * OPTIONS_MAX + 3]; /* ":ho:..." */
} getopt_tables_t;

static getopt_tables_t make_tables(const command_t *command) {
    getopt_tables_t tables = {.shorts = {':', HELP}};
    char *letter = tables.shorts + 2;
    int count = 0;
    for (const option_t *option = command->options; option->name; option++, count++) {
        int takes = option->argument ? required_argument : no_argument;
        tables.longs[count] = (struct option){option->name, takes, NULL, FIRST_CODE + count};
        if (option->letter)
            *letter++ = option->letter;
        if (option->letter && takes == required_argument)
            *letter++ = ':';
    }
    tables.longs[count] = (struct option){"help", no_argument, NULL, HELP};
    return tables;
}

/* The option that getopt_long returned this code for; NULL: no such option. */
static const option_t *option_of(const command_t *command, int code) {
    if (code >= FIRST_CODE)
        return &command->options[code - FIRST_CODE];
    for (const option_t *option = command->options; option->name; option++)
        if (option->letter && option->letter == code)
            return option;
    return NULL;
}

/* Only the first complaint counts. */
static int wrong(options_t *out, const char *what, const char *subject) {
    const char *name = out->command->name;
    if (out->message.length == 0)
        text_add(&out->message, "harsanyi %s: %s%s; `harsanyi %s --help` shows how it is used\n", name, what, subject,
                 name);
    return 1;
}

/* Takes one option and its argument; OPTIONS_GO or 1. */
static int take(options_t *out, const option_t *option, const char *argument) {
    char what[160];
    int64_t whole = 0;
    if (options_given(out, option->name) && !option->repeats)
        return wrong(out, "given twice: --", option->name);
    if (option->high > 0 && (!text_whole(argument, &whole) || whole < option->low || whole > option->high)) {
        snprintf(what, sizeof what, "--%s takes a whole number from %" PRId64 " to %" PRId64 ", not ", option->name,
                 option->low, option->high);
        return wrong(out, what, argument);
    }
    out->given[out->given_count].option = option;
    out->given[out->given_count++].text = argument;
    return OPTIONS_GO;
}

/* What getopt_long complains about: argv[optind - 1] holds a wrong long option, optopt a wrong letter. */
static int complain(options_t *out, int code, char **argv) {
    const option_t *option = option_of(out->command, optopt);
    char letter[3] = {'-', (char)optopt, '\0'};
    if (code == ':')
        return wrong(out, "an argument is missing after --", option ? option->name : "");
    if (optopt == 0)
        return wrong(out, "there is no option ", argv[optind - 1]);
    if (optopt >= FIRST_CODE || optopt == HELP)
        return wrong(out, "unexpected argument for --", option ? option->name : "help");
    return wrong(out, "there is no option ", letter);
}

int options_parse(const command_t *command, int argc, char **argv, options_t *out) {
    const getopt_tables_t tables = make_tables(command);
    int code, result = OPTIONS_GO;
    *out = (options_t){.command = command};
    /* Options that repeat take an argument each, and the others are taken once: no more than this can be given. */
    out->given = memory_need((size_t)argc + OPTIONS_MAX, sizeof *out->given, "the command line");
    out->texts = memory_need((size_t)argc + OPTIONS_MAX, sizeof *out->texts, "the command line");
    optind = 0; /* glibc: forget what was parsed before */
    opterr = 0;
    while ((code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        if (code == HELP)
            return 0;
        if (code == '?' || code == ':')
            result = complain(out, code, argv);
        else if (take(out, option_of(command, code), optarg) != OPTIONS_GO)
            result = 1;
    }
    out->operands = (const char *const *)argv + optind;
    out->operand_count = argc - optind;
    if (result == OPTIONS_GO && out->operand_count < command->operand_count)
        return wrong(out, "missing: ", command->operands);
    if (result == OPTIONS_GO && out->operand_count > command->operand_count && !command->more_operands)
        return wrong(out, "unexpected operand: ", argv[optind + command->operand_count]);
    return result;
}

void options_free(options_t *options) {
    free(options->given);
    free(options->texts);
    text_free(&options->message);
}

/* ---- asking ---- */

/* The place of the last option of this name in `given`, or -1. */
static ptrdiff_t last_given(const options_t *options, const char *name) {
    for (size_t i = options->given_count; i > 0; i--)
        if (strcmp(options->given[i - 1].option->name, name) == 0)
            return (ptrdiff_t)i - 1;
    return -1;
}

bool options_given(const options_t *options, const char *name) {
    return last_given(options, name) >= 0;
}

const char *options_text(const options_t *options, const char *name) {
    ptrdiff_t i = last_given(options, name);
    return i < 0 ? NULL : options->given[i].text;
}

const char *const *options_texts(const options_t *options, const char *name, int *count) {
    *count = 0;
    for (size_t i = 0; i < options->given_count; i++)
        if (strcmp(options->given[i].option->name, name) == 0)
            options->texts[(*count)++] = options->given[i].text;
    return options->texts;
}

int64_t options_whole(const options_t *options, const char *name, int64_t otherwise) {
    const char *text = options_text(options, name);
    int64_t whole = otherwise;
    return text && text_whole(text, &whole) ? whole : otherwise;
}

const char *options_operand(const options_t *options, int i) {
    return options->operands[i];
}

bool options_pair(const char *text, char between, int64_t *i, int64_t *j) {
    char first[32];
    const char *at = strchr(text, between);
    if (!at || (size_t)(at - text) >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(at - text), text);
    return text_whole(first, i) && text_whole(at + 1, j) && *i >= 0 && *i < *j;
}

status_t options_family(const options_t *options, int *family, failure_t *why) {
    const char *name = options_text(options, "family");
    text_t known CLEANUP(text_free) = {0};
    *family = name ? families_find(name) : 0;
    if (*family >= 0)
        return STATUS_OK;
    for (int f = 0; f < FAMILY_COUNT; f++)
        text_add(&known, "%s%s", f ? ", " : "", FAMILIES[f].name);
    return failed(why, STATUS_INPUT, "--family %s: there is no such family; choose one of %s", name, known.chars);
}

/* ---- the command line again ---- */

char **options_words(const options_t *options, const char *without) {
    size_t used = 0, most = 2 * options->given_count + (size_t)options->operand_count + 3;
    char **words = memory_need(most, sizeof *words, "the command line");
    words[used++] = memory_text("%s", options->command->name);
    for (size_t i = 0; i < options->given_count; i++) {
        const option_t *option = options->given[i].option;
        if (strcmp(option->name, without) == 0)
            continue;
        words[used++] = option->letter ? memory_text("-%c", option->letter) : memory_text("--%s", option->name);
        if (options->given[i].text)
            words[used++] = memory_text("%s", options->given[i].text);
    }
    if (options->operand_count > 0 && options->operands[0][0] == '-')
        words[used++] = memory_text("--");
    for (int i = 0; i < options->operand_count; i++)
        words[used++] = memory_text("%s", options->operands[i]);
    return words;
}

void options_free_words(char **words) {
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
    free(words);
}
