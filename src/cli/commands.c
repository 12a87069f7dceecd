#include "cli/commands.h"

#include "base/log.h"
#include "base/version.h"
#include "cli/manual.h"
#include "place/launcher.h"

#include <string.h>

const char COMMANDS_ABOUT[] =
    "harsanyi finds every interaction that a deep network encodes on a sample: Harsanyi dividends from all\n"
    "2^n masked versions of it, for whole datasets, on one core or a cluster.\n";
const char COMMANDS_EXIT_CODES[] =
    "0 complete; 1 bad usage, config or input; 2 finished, but some samples failed; 3 the disk, the\n"
    "memory or the program itself failed; 75 stopped on request: the same command resumes.\n";

static void print_help(const command_t *const *commands) {
    printf("%s\nUsage: harsanyi COMMAND ...\n\nCommands:\n", COMMANDS_ABOUT);
    for (size_t i = 0; commands[i]; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("\n`harsanyi COMMAND --help` shows a command's options and an example. `harsanyi --version` shows what\n"
           "this program was built from.\n\n"
           "Exit codes: %s",
           COMMANDS_EXIT_CODES);
}

static int run(const command_t *command, int argc, char **argv) {
    const bool speaks = !command->on_every_rank || launcher_rank() == 0; /* before MPI starts */
    options_t options;
    failure_t why = {0};
    log_t log = {0};
    int code = options_parse(command, argc, argv, &options);
    if (code == OPTIONS_GO) {
        code = 0;
        if (command->run(&options, &code, &why) != STATUS_OK) {
            code = failure_exit_code(why.status);
            if (speaks)
                log_error(&log, "%s%s", why.text, failure_place(&why).text);
        }
    } else if (code == 0 && speaks) {
        options_print_help(command, stdout);
    } else if (speaks) {
        fputs(options.message.chars, stderr);
    }
    options_free(&options);
    return speaks ? code : 0;
}

int commands_run(const command_t *const *commands, int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help(commands);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        version_print(stdout);
        return 0;
    }
    if (strcmp(name, "--manual") == 0 && argc == 3)
        return manual_write(commands, argv[2]);
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return run(commands[i], argc - 1, argv + 1);
    if (*name)
        fprintf(stderr, "harsanyi: there is no command %s; `harsanyi --help` lists them\n", name);
    else
        fprintf(stderr, "harsanyi: a command is missing; `harsanyi --help` lists them\n");
    return 1;
}
