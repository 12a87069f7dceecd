#include "cli/manual.h"

#include "base/memory.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "config/keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- pages ---- */

/* Text for roff. An empty line begins a paragraph; with `keep` lines stay as they are. */
static void put_text(const char *text, bool keep, FILE *out) {
    bool begins = true;
    for (; *text; begins = *text++ == '\n') {
        if (begins && *text == '\n' && !keep)
            fputs(".PP", out);
        else if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\' || *text == '-')
            fputs(*text == '-' ? "\\-" : "\\e", out);
        else
            fputc(*text, out);
    }
}

/* "2026-11-30" */
static void put_date(FILE *out) {
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t now = 0;
    const time_t seconds = epoch && text_whole(epoch, &now) ? (time_t)now : time(NULL);
    struct tm day = {0};
    char date[16] = "";
    strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&seconds, &day));
    fputs(date, out);
}

/* The title line and NAME; summary: a phrase. */
static void put_head(const char *command, int section, const char *summary, FILE *out) {
    const char *dash = *command ? "\\-" : "";
    fprintf(out, ".\\\" Made by the program from its tables of commands, options and keys.\n.TH HARSANYI%s", dash);
    for (const char *at = command; *at; at++)
        fputc(toupper((unsigned char)*at), out);
    fprintf(out, " %d ", section);
    put_date(out);
    fprintf(out, " \"harsanyi %s\" \"harsanyi\"\n.SH NAME\nharsanyi%s%s \\- ", version_software, dash, command);
    put_text(summary, false, out);
    fprintf(out, "\n");
}

/* All other pages. */
static void put_see_also(const command_t *const *commands, const char *page, FILE *out) {
    fprintf(out, ".SH SEE ALSO\n");
    if (*page)
        fprintf(out, ".BR harsanyi (1),\n");
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, page) != 0)
            fprintf(out, ".BR harsanyi\\-%s (1),\n", commands[i]->name);
    if (strcmp(page, "config") != 0)
        fprintf(out, ".BR harsanyi\\-config (5),\n");
    fprintf(out, "the documentation in share/harsanyi/docs\n");
}

static void put_option(const option_t *option, FILE *out) {
    fprintf(out, ".TP\n");
    if (option->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fprintf(out, "\\fB\\-\\-");
    put_text(option->name, true, out);
    fprintf(out, "\\fR");
    if (option->argument)
        fprintf(out, " \\fI%s\\fR%s", option->argument, option->repeats ? " ..." : "");
    fprintf(out, "\n");
    put_text(option->help, false, out);
    fprintf(out, "\n");
}

static void put_command(const command_t *command, const command_t *const *commands, FILE *out) {
    put_head(command->name, 1, command->summary, out);
    fprintf(out, ".SH SYNOPSIS\n.B harsanyi %s\n%s\n[option]...\n", command->name, command->operands);
    if (command->about) {
        fprintf(out, ".SH DESCRIPTION\n");
        put_text(command->about, false, out);
    }
    fprintf(out, ".SH OPTIONS\n");
    for (const option_t *option = command->options; option->name; option++)
        put_option(option, out);
    put_option(&OPTION_HELP, out);
    fprintf(out, ".SH EXAMPLES\n.EX\n");
    put_text(command->example, true, out);
    fprintf(out, ".EE\n");
    put_see_also(commands, command->name, out);
}

static void put_program(const command_t *const *commands, FILE *out) {
    put_head("", 1, "every interaction that a deep network encodes on a sample", out);
    fprintf(out, ".SH SYNOPSIS\n.B harsanyi\nCOMMAND ...\n.SH DESCRIPTION\n");
    put_text(COMMANDS_ABOUT, false, out);
    fprintf(out, ".SH COMMANDS\n");
    for (size_t i = 0; commands[i]; i++) {
        fprintf(out, ".TP\n.BR harsanyi\\-%s (1)\n", commands[i]->name);
        put_text(commands[i]->summary, false, out);
        fprintf(out, "\n");
    }
    fprintf(out, ".SH EXIT STATUS\n");
    put_text(COMMANDS_EXIT_CODES, false, out);
    put_see_also(commands, "", out);
}

static void put_keys(const command_t *const *commands, FILE *out) {
    put_head("config", 5, "keys of the configuration of a run, in YAML", out);
    fprintf(out, ".SH DESCRIPTION\nEach key with its default, what may be given, and what it means.\n");
    for (size_t i = 0; i < KEY_COUNT; i++) {
        text_t allowed CLEANUP(text_free) = {0};
        kind_allowed(&KEYS[i], &allowed);
        fprintf(out, ".TP\n\\fB%s\\fR: ", KEYS[i].name);
        put_text(KEYS[i].fallback ? KEYS[i].fallback : "required", true, out);
        fprintf(out, " (");
        put_text(allowed.chars, true, out);
        fprintf(out, ")\n");
        put_text(KEYS[i].help, false, out);
        fprintf(out, "\n");
    }
    put_see_also(commands, "config", out);
}

/* ---- files ---- */

/* Writes it, or with `command` that command's page; false after a message. */
static bool write_page(const command_t *const *commands, const char *folder, const char *name,
                       void (*put)(const command_t *const *commands, FILE *out), const command_t *command) {
    char *path OWNED = memory_text("%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (out && command)
        put_command(command, commands, out);
    else if (out)
        put(commands, out);
    const bool whole = out && !ferror(out);
    if (out && fclose(out) == 0 && whole)
        return true;
    fprintf(stderr, "harsanyi: error: %s: cannot be written: %s\n", path, strerror(errno));
    return false;
}

int manual_write(const command_t *const *commands, const char *folder) {
    static const struct {
        const char *name;
        void (*put)(const command_t *const *commands, FILE *out);
    } PAGES[] = {{"harsanyi.1", put_program},
                 {"harsanyi-config.5", put_keys},
                 {"harsanyi.bash", completion_bash},
                 {"_harsanyi", completion_zsh}};
    bool written = true;
    for (size_t i = 0; i < sizeof PAGES / sizeof *PAGES; i++)
        written = written && write_page(commands, folder, PAGES[i].name, PAGES[i].put, NULL);
    for (size_t i = 0; commands[i]; i++) {
        char *name OWNED = memory_text("harsanyi-%s.1", commands[i]->name);
        written = written && write_page(commands, folder, name, NULL, commands[i]);
    }
    return written ? 0 : 1;
}
