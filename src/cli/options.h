/* Commands and their options: one description drives both the parsing and --help.
 *
 *     static const option_t OPTIONS[] = {OPTION_TEXT("output", 'o', "FILE", "the results file ..."),
 *                                        OPTION_WHOLE("ranks", "R", 1, 65536, "estimates the time on R ranks"),
 *                                        OPTION_FLAG("json", 0, "as JSON, for scripts"),
 *                                        {0}};
 *     static status_t run(const options_t *options, int *code, failure_t *why) {
 *         ... options_operand(options, 0), options_given(options, "json"), options_text(options, "output") ...
 *     }
 *     const command_t COMMAND_PLAN = {.name = "plan", .summary = "...", .operands = "CONFIG", .operand_count = 1,
 *                                     .options = OPTIONS, .example = "...", .run = run};
 */
#ifndef HARSANYI_CLI_OPTIONS_H
#define HARSANYI_CLI_OPTIONS_H

#include "base/failure.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { OPTIONS_MAX = 16 };

typedef struct {
    const char *name;     /* without dashes; NULL ends a table */
    char letter;          /* 0: none */
    bool repeats;         /* may be given several times */
    const char *argument; /* its name in --help; NULL: a flag, which takes none */
    int64_t low, high;    /* the argument is a whole number from low to high; high is 0: any text */
    const char *help;     /* a phrase */
} option_t;

#define OPTION_FLAG(name_, letter_, help_)                                                                             \
    { .name = (name_), .letter = (letter_), .help = (help_) }
#define OPTION_TEXT(name_, letter_, argument_, help_)                                                                  \
    { .name = (name_), .letter = (letter_), .argument = (argument_), .help = (help_) }
#define OPTION_TEXTS(name_, argument_, help_)                                                                          \
    { .name = (name_), .argument = (argument_), .repeats = true, .help = (help_) }
#define OPTION_WHOLE(name_, argument_, low_, high_, help_)                                                             \
    { .name = (name_), .argument = (argument_), .low = (low_), .high = (high_), .help = (help_) }

/* --help, which every command understands; not in the commands' tables. */
extern const option_t OPTION_HELP;

typedef struct options options_t;

typedef struct {
    const char *name, *summary; /* one line, for `harsanyi --help` */
    const char *operands;       /* "CONFIG", for the usage line; exactly operand_count are needed, */
    int operand_count;
    bool more_operands;           /* or that many and more */
    const option_t *options;      /* at most OPTIONS_MAX */
    const char *about;            /* more for --help: lines ended by newlines; NULL: none */
    const char *example;          /* the same; each line a command to type */
    void (*more_help)(FILE *out); /* writes the end of --help; NULL: none */
    bool on_every_rank;           /* mpirun starts copies that work together: rank 0 speaks for them */
    /* *code: the exit code where the status is STATUS_OK; 0 before. */
    status_t (*run)(const options_t *options, int *code, failure_t *why);
} command_t;

struct options {
    const command_t *command; /* borrowed */
    struct {
        const option_t *option;
        const char *text; /* borrowed from argv; NULL for flags */
    } * given;            /* owned, in the order of the command line */
    size_t given_count;
    const char *const *operands; /* [operand_count], borrowed from argv */
    int operand_count;
    const char **texts; /* owned: what options_texts gives out */
    text_t message;     /* what is wrong */
};

enum { OPTIONS_GO = -1 };

/* Parses the arguments of a command; argv[0] is its name. OPTIONS_GO: run it; 0: --help is asked for; 1: `message` says
 * what is wrong. In any case end with options_free. argv is permuted: options may stand anywhere, "--" ends them. */
int options_parse(const command_t *command, int argc, char **argv, options_t *out);
void options_free(options_t *options);

bool options_given(const options_t *options, const char *name);
/* The argument of an option; NULL when it was not given. */
const char *options_text(const options_t *options, const char *name);
/* All arguments of an option that repeats, in order; owned by options, lasts until the next call. *count may be 0. */
const char *const *options_texts(const options_t *options, const char *name, int *count);
/* The argument of an option that takes a whole number, or `otherwise`. */
int64_t options_whole(const options_t *options, const char *name, int64_t otherwise);
/* The family that --family names; 0 without it. STATUS_INPUT lists those that there are. */
status_t options_family(const options_t *options, int *family, failure_t *why);
/* i < operand_count of the command. */
const char *options_operand(const options_t *options, int i);
/* "I:J", with `between` for the colon; false unless 0 <= I < J. */
bool options_pair(const char *text, char between, int64_t *i, int64_t *j);

/* The command line again, without the option `without`: the command's name, options, operands, ended by NULL. To be
 * freed with options_free_words. */
char **options_words(const options_t *options, const char *without);
void options_free_words(char **words);

/* What `harsanyi COMMAND --help` prints. */
void options_print_help(const command_t *command, FILE *out);

#endif
