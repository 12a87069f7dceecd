#include "base/version.h"
#include "cli/commands.h"
#include "config/config.h"
#include "place/launcher.h"
#include "run/mpirun.h"
#include "run/sweep.h"

#include <limits.h>

static const option_t OPTIONS[] = {
    OPTION_TEXT("output", 'o', "FILE", "the results file, instead of output.file of the config"),
    OPTION_TEXTS("set", "KEY=VALUE", "overrides a key of the config, e.g. --set samples.select=0:10"),
    OPTION_TEXT("shard", 0, "I/K", "only every K-th of the selected samples, starting with number I = 0 ... K-1"),
    OPTION_WHOLE("ranks", "N", 1, 65536, "starts N ranks on this machine, or on the nodes of the job, with mpirun"),
    OPTION_FLAG("resume", 0, "resumes the results file; fails if it does not exist"),
    OPTION_FLAG("fresh", 0, "replaces an existing results file"),
    OPTION_FLAG("retry-failed", 0, "tries failed samples again, even those that would fail again"),
    OPTION_FLAG("accept-engine", 0, "resumes with another engine or processor than the file was started with"),
    OPTION_FLAG("quiet", 'q', "prints only warnings and errors"),
    {0}};

/* --ranks: this process only starts and watches mpirun. */
static int run_ranks(const options_t *options, int ranks) {
    char **words = options_words(options, "ranks");
    int code = mpirun_run(ranks, version_mpirun, (const char *const *)words, options_given(options, "quiet"));
    options_free_words(words);
    return code;
}

static int run_here(const options_t *options, int shard, int shards) {
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

static status_t run(const options_t *options, int *code, failure_t *why) {
    int64_t shard = 0, shards = 0;
    int ranks = (int)options_whole(options, "ranks", 0);
    const char *text = options_text(options, "shard");
    if (options_given(options, "resume") && options_given(options, "fresh"))
        return failed(why, STATUS_INPUT, "--resume and --fresh cannot be used together");
    if (text && (!options_pair(text, '/', &shard, &shards) || shards > INT_MAX))
        return failed(why, STATUS_INPUT, "--shard takes I/K with 0 <= I < K, for example 0/8, not %s", text);
    if (ranks > 0)
        TRY(launcher_check_none(ranks, why));
    *code = ranks > 1 ? run_ranks(options, ranks) : run_here(options, (int)shard, (int)shards);
    return STATUS_OK;
}

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
    .on_every_rank = true,
    .run = run,
};
