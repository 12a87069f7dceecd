#include "cli/cmd_run.h"

#include "base/version.h"
#include "config/config.h"
#include "config/number.h"
#include "place/launcher.h"
#include "run/sweep.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

static int cmd_run(int argc, char **argv);

static const option_t OPTIONS[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .help = "the results file, instead of output.file of the config"},
    {.name = "set",
     .kind = OPTION_TEXT,
     .argument = "KEY=VALUE",
     .repeats = true,
     .help = "overrides a key of the config, e.g. --set samples.select=0:10"},
    {.name = "shard",
     .kind = OPTION_TEXT,
     .argument = "I/K",
     .help = "only every K-th of the selected samples, from place I = 0 ... K-1 on"},
    {.name = "resume", .excludes = "fresh", .help = "goes on with the results file; refuses when there is none"},
    {.name = "fresh", .excludes = "resume", .help = "replaces a results file that exists"},
    {.name = "retry-failed", .help = "tries failed samples again, also those that failed for a lasting reason"},
    {.name = "accept-engine", .help = "goes on with another engine or processor than the file was begun with"},
    {.name = "quiet", .letter = 'q', .help = "only warnings and errors"},
    {0}};

const command_t COMMAND_RUN = {
    .name = "run",
    .summary = "evaluates all masked versions of each sample and writes the results file",
    .operands = "CONFIG",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "A file that exists is gone on with when it belongs to the same model, samples and settings. To stop a run so\n"
        "that nothing is lost: SIGUSR1, SIGTERM (without mpirun), or a file named like the results file plus .stop.\n\n"
        "--shard 0/8 ... 7/8 divide the samples among 8 runs, of any order, time and place, each with a file of its\n"
        "own: x.h5 becomes x.shard-0-of-8.h5 and so on. harsanyi merge makes x.h5 out of them.\n",
    .example = "harsanyi run configs/digits/digits.yaml --set samples.select=0:10\n"
               "mpirun -n 8 harsanyi run configs/digits/digits.yaml -o digits.h5\n"
               "harsanyi run configs/digits/digits.yaml -o digits.h5 --shard 0/4\n",
    .more_help = config_print_help,
    .run = cmd_run,
};

/* "I/K" with 0 <= I < K; absent is right, too. */
static bool read_shard(const char *text, int *shard, int *shards) {
    char first[32];
    int64_t i = 0, k = 0;
    const char *slash = text ? strchr(text, '/') : NULL;
    if (!text)
        return true;
    if (!slash || (size_t)(slash - text) >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
    if (!number_whole(first, &i) || !number_whole(slash + 1, &k) || i < 0 || i >= k || k > INT_MAX)
        return false;
    *shard = (int)i;
    *shards = (int)k;
    return true;
}

static int cmd_run(int argc, char **argv) {
    options_t options;
    bool first = launcher_rank() == 0; /* before MPI starts, the launcher's environment knows */
    int code = options_parse(&COMMAND_RUN, argc, argv, &options);
    if (code == OPTIONS_GO) {
        sweep_options_t sweep = {.config = options_operand(&options, 0),
                                 .output = options_text(&options, "output"),
                                 .resume = options_given(&options, "resume"),
                                 .fresh = options_given(&options, "fresh"),
                                 .retry_failed = options_given(&options, "retry-failed"),
                                 .accept_engine = options_given(&options, "accept-engine"),
                                 .quiet = options_given(&options, "quiet"),
                                 .software_version = version_software(),
                                 .git_revision = version_git(),
                                 .compiler = version_compiler()};
        sweep.sets = options_texts(&options, "set", &sweep.set_count);
        const char *shard = options_text(&options, "shard");
        if (read_shard(shard, &sweep.shard, &sweep.shards)) {
            code = sweep_run(&sweep);
        } else {
            code = 1;
            if (first)
                fprintf(stderr, "harsanyi: error: --shard wants I/K with 0 <= I < K, as 0/8, not %s\n", shard);
        }
    }
    code = options_finish(&options, code, first);
    return first ? code : 0;
}
