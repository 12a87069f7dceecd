/* Commands and their options: one description drives both the parsing and --help.
 *
 *     static const option_t OPTIONS[] = {
 *         {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .argument = "FILE", .help = "the results file ..."},
 *         {.name = "ranks", .kind = OPTION_WHOLE, .argument = "R", .low = 1, .high = 65536, .help = "..."},
 *         {.name = "resume", .excludes = "fresh", .help = "..."},
 *         {0}};
 *     const command_t COMMAND_RUN = {.name = "run", .summary = "...", .operands = "CONFIG", .operand_count = 1,
 *                                    .options = OPTIONS, .example = "...", .run = cmd_run};
 *
 *     int cmd_run(int argc, char **argv) {          argv[0] is the command's name
 *         options_t options;
 *         int code = options_parse(&COMMAND_RUN, argc, argv, &options);
 *         if (code != OPTIONS_GO)                   --help, or something is wrong
 *             return options_finish(&options, code, rank == 0);
 *         ... options_operand(&options, 0), options_given(&options, "resume"), options_text(&options, "output") ...
 *         return options_finish(&options, code, rank == 0);
 *     }
 */
#ifndef HARSANYI_CLI_OPTIONS_H
#define HARSANYI_CLI_OPTIONS_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
    OPTION_FLAG,
    OPTION_TEXT, /* takes an argument; of several, options_text gives the last, options_texts all */
    OPTION_WHOLE /* takes a whole number from low to high */
} option_kind_t;

typedef struct {
    const char *name; /* without dashes; NULL ends a table */
    char letter;      /* 0: none */
    option_kind_t kind;
    const char *argument; /* its name in --help; NULL for flags */
    int64_t low, high;    /* OPTION_WHOLE */
    const char *excludes; /* name of an option that cannot be used together with it; NULL: none */
    bool repeats;         /* may be given several times; not for flags */
    const char *help;     /* a phrase */
} option_t;

typedef struct {
    const char *name, *summary; /* one line, for `harsanyi --help` */
    const char *operands;       /* "CONFIG", for the usage line; exactly operand_count are needed, */
    int operand_count;
    bool more_operands;                /* or that many and more */
    const option_t *options;           /* --help is understood by every command and is not in the table */
    const char *about;                 /* more for --help: lines ended by newlines; NULL: none */
    const char *example;               /* the same; each line a command to type */
    void (*more_help)(FILE *out);      /* writes the end of --help; NULL: none */
    int (*run)(int argc, char **argv); /* returns the exit code */
} command_t;

typedef struct {
    const command_t *command; /* borrowed */
    struct {
        const option_t *option;
        const char *text; /* borrowed from argv; NULL for flags */
        int64_t whole;
    } * given; /* owned, in the order of the command line */
    size_t given_count;
    const char *const *operands; /* [operand_count], borrowed from argv */
    int operand_count;
    const char **texts; /* owned: what options_texts gives out */
    text_t message;     /* what is wrong */
} options_t;

enum { OPTIONS_GO = -1 };

/* Parses the arguments of a command. OPTIONS_GO: run it; else the exit code (0 after --help, 1 after wrong usage). In
 * any case end with options_finish. argv is permuted: options may stand anywhere, "--" ends them.
 */
int options_parse(const command_t *command, int argc, char **argv, options_t *out);

/* Prints, if `speak`, --help (code 0 from options_parse) on stdout or what is wrong (other codes from it) on stderr;
 * frees; returns the code. Codes of a command that ran pass through in silence. */
int options_finish(options_t *options, int code, bool speak);

bool options_given(const options_t *options, const char *name);
/* The argument of an OPTION_TEXT; NULL when it was not given. */
const char *options_text(const options_t *options, const char *name);
/* All its arguments in order; owned by options, lasts until the next call. *count may be 0. */
const char *const *options_texts(options_t *options, const char *name, int *count);
/* The argument of an OPTION_WHOLE, or `otherwise`. */
int64_t options_whole(const options_t *options, const char *name, int64_t otherwise);
/* i < operand_count of the command. */
const char *options_operand(const options_t *options, int i);
/* "I:J", with `between` for the colon; false unless 0 <= I < J. */
bool options_pair(const char *text, char between, int64_t *i, int64_t *j);
/* All of them, borrowed from argv. */
const char *const *options_operands(const options_t *options, int *count);

/* The command line again, without the option `without`: the command's name, operands, options, ended by NULL. To be
 * freed with options_free_words. */
char **options_words(const options_t *options, const char *without);
void options_free_words(char **words);

/* What `harsanyi COMMAND --help` prints. */
void options_print_help(const command_t *command, FILE *out);

#endif
