#include "cli/cmd_run.h"

#include "base/version.h"
#include "config/config.h"
#include "place/launcher.h"
#include "run/mpirun.h"
#include "run/sweep.h"

#include <limits.h>
#include <stdbool.h>

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
     .help = "only every K-th of the selected samples, starting with number I = 0 ... K-1"},
    {.name = "ranks",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .low = 1,
     .high = 65536,
     .help = "starts N ranks on this machine, or on the nodes of the job, with mpirun"},
    {.name = "resume", .excludes = "fresh", .help = "resumes the results file; fails if there is none"},
    {.name = "fresh", .excludes = "resume", .help = "replaces a results file that exists"},
    {.name = "retry-failed", .help = "tries failed samples again, even those that failed for a lasting reason"},
    {.name = "accept-engine", .help = "resumes with another engine or processor than the file was started with"},
    {.name = "quiet", .letter = 'q', .help = "only warnings and errors"},
    {0}};

const command_t COMMAND_RUN = {
    .name = "run",
    .summary = "evaluates all masked versions of each sample and writes the results file",
    .operands = "CONFIG",
    .operand_count = 1,
    .options = OPTIONS,
    .about =
        "An existing results file is resumed if it belongs to the same model, samples and settings. To stop a run\n"
        "without losing work: Ctrl-C (with --ranks), SIGUSR1, SIGTERM (not to mpirun), or create a file with the name\n"
        "of the results file plus .stop.\n\n"
        "--ranks N starts mpirun with what it needs here (as root, with more ranks than cores, in containers) and\n"
        "prints the command; variables that you have set keep their values. Do not use it under srun or mpirun.\n\n"
        "--shard 0/8 ... 7/8 divide the samples among 8 runs, in any order, at any time and place, each with its own\n"
        "file: x.h5 becomes x.shard-0-of-8.h5 and so on. harsanyi merge makes x.h5 from them.\n",
    .example = "harsanyi run configs/digits/digits.yaml --set samples.select=0:10\n"
               "harsanyi run configs/digits/digits.yaml -o digits.h5 --ranks 8\n"
               "harsanyi run configs/digits/digits.yaml -o digits.h5 --shard 0/4\n",
    .more_help = config_print_help,
    .run = cmd_run,
};

/* "I/K" with 0 <= I < K; no text is fine, too. */
static bool read_shard(const char *text, int *shard, int *shards) {
    int64_t i = 0, k = 0;
    if (text && (!options_pair(text, '/', &i, &k) || k > INT_MAX))
        return false;
    *shard = (int)i;
    *shards = (int)k;
    return true;
}

/* --ranks: this process only starts and watches mpirun. */
static int run_ranks(const options_t *options, int ranks) {
    char **words = options_words(options, "ranks");
    int code = mpirun_run(ranks, version_mpirun, (const char *const *)words, options_given(options, "quiet"));
    options_free_words(words);
    return code;
}

static int run_here(options_t *options, int shard, int shards) {
    sweep_options_t sweep = {.config = options_operand(options, 0),
                             .output = options_text(options, "output"),
                             .shard = shard,
                             .shards = shards,
                             .resume = options_given(options, "resume"),
                             .fresh = options_given(options, "fresh"),
                             .retry_failed = options_given(options, "retry-failed"),
                             .accept_engine = options_given(options, "accept-engine"),
                             .quiet = options_given(options, "quiet")};
    sweep.sets = options_texts(options, "set", &sweep.set_count);
    return sweep_run(&sweep);
}

/* Runs, or says which options do not go together. */
static int run_checked(options_t *options, failure_t *why) {
    int shard = 0, shards = 0, ranks = (int)options_whole(options, "ranks", 0);
    const char *text = options_text(options, "shard");
    if (!read_shard(text, &shard, &shards))
        return (int)failed(why, STATUS_INPUT, "--shard takes I/K with 0 <= I < K, for example 0/8, not %s", text);
    if (ranks > 0 && launcher_check_none(ranks, why) != STATUS_OK)
        return (int)why->status;
    return ranks > 1 ? run_ranks(options, ranks) : run_here(options, shard, shards);
}

static int cmd_run(int argc, char **argv) {
    options_t options;
    failure_t why = {0};
    bool first = launcher_rank() == 0; /* before MPI starts, the launcher's environment knows */
    int code = options_parse(&COMMAND_RUN, argc, argv, &options);
    if (code == OPTIONS_GO)
        code = run_checked(&options, &why);
    if (first && why.status != STATUS_OK)
        fprintf(stderr, "harsanyi: error: %s%s\n", why.text, failure_place(&why).text);
    code = options_finish(&options, code, first);
    return first ? code : 0;
}
