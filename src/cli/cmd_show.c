#include "cli/cmd_show.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/dispatch.h"
#include "cli/show_conditions.h"
#include "cli/show_overview.h"
#include "cli/show_players.h"
#include "cli/show_sample.h"
#include "hdf5/look.h"

#include <stdlib.h>
#include <string.h>

enum { TOP = 10, TOP_MAX = 1000000 };

static int cmd_show(int argc, char **argv);

static const option_t OPTIONS[] = {
    {.name = "sample",
     .kind = OPTION_WHOLE,
     .argument = "I",
     .low = 0,
     .high = INT64_MAX,
     .help = "one sample, counted as in the samples file"},
    {.name = "family",
     .kind = OPTION_TEXT,
     .argument = "F",
     .help = "effects of another family than harsanyi, by kind (of the first done sample, or --sample)"},
    {.name = "top",
     .kind = OPTION_WHOLE,
     .argument = "K",
     .low = 1,
     .high = TOP_MAX,
     .help = "how many of the strongest interactions; 10 when not given"},
    {.name = "players",
     .kind = OPTION_TEXT,
     .argument = "\"A,B\"",
     .help = "v(S) and I(S) of exactly these players (of the first done sample, or --sample)"},
    {.name = "index",
     .kind = OPTION_TEXT,
     .argument = "NAME",
     .help = "an index of these players, or of all (see above)"},
    {.name = "conditions",
     .help = "order limit, monotonicity, p and Theorems 2 and 3: of --sample, or over all done samples"},
    {0}};

const command_t COMMAND_SHOW = {
    .name = "show",
    .summary = "prints results for people: strongest interactions by name, orders, indices, conditions",
    .operands = "FILE",
    .operand_count = 1,
    .options = OPTIONS,
    .about = "Without options: the whole file at a glance. Works beside a running sweep.\n"
             "Indices of a set of any order, computed from the interactions: sii, bii, stii (its order is the number\n"
             "of --players), moebius (I(S); also stii of any higher order), multi_order (a pair).\n"
             "Stored: shapley, banzhaf (players); sii2, stii2, bii2 (one player, a pair, or the strongest pairs).\n",
    .example = "harsanyi show digits.h5\n"
               "harsanyi show digits.h5 --sample 3 --top 20\n"
               "harsanyi show digits.h5 --sample 3 --players \"r1c1,r1c2,r2c1\" --index sii\n"
               "harsanyi show digits.h5 --conditions\n",
    .run = cmd_show,
};

static status_t print_all_samples(const show_t *show, const options_t *options, failure_t *why) {
    done_samples_t *survey = memory_need(1, sizeof *survey, "the statistics of all samples");
    status_t status = done_samples_take(show, survey, why);
    if (status == STATUS_OK && !options_given(options, "conditions")) {
        status = show_overview(show, survey, why);
    } else if (status == STATUS_OK) {
        status = show_head(show, survey, why);
        fputc('\n', show->out);
        if (status == STATUS_OK && survey->done > 0)
            show_conditions(show, survey);
    }
    free(survey);
    return status;
}

/* The sample given by --sample, or the first done one. */
static status_t choose_sample(const show_t *show, const options_t *options, int64_t *row, failure_t *why) {
    if (options_given(options, "sample"))
        return show_find(show, options_whole(options, "sample", 0), row, why);
    for (*row = 0; *row < results_samples(show->results); (*row)++) {
        results_sample_t info;
        TRY(results_read_sample(show->results, *row, &info, why));
        if (info.status == SAMPLE_DONE)
            return STATUS_OK;
    }
    *row = 0;
    return STATUS_OK;
}

static status_t choose_family(const options_t *options, int *family, failure_t *why) {
    static const char *const ROOT_ONLY[] = {"players", "index", "conditions"};
    const char *name = options_text(options, "family");
    text_t known = {0};
    *family = name ? families_find(name) : 0;
    for (size_t i = 0; *family > 0 && i < sizeof ROOT_ONLY / sizeof *ROOT_ONLY; i++)
        if (options_given(options, ROOT_ONLY[i]))
            return failed(why, STATUS_INPUT, "--%s is of family %s only; leave out --family %s", ROOT_ONLY[i],
                          FAMILIES->name, name);
    if (*family >= 0)
        return STATUS_OK;
    for (int f = 0; f < FAMILY_COUNT; f++)
        text_add(&known, "%s%s", f ? ", " : "", FAMILIES[f].name);
    failed(why, STATUS_INPUT, "--family %s: there is no such family; choose one of %s", name,
           known.chars ? known.chars : FAMILIES->name);
    text_free(&known);
    return STATUS_INPUT;
}

static status_t print(const show_t *show, const options_t *options, failure_t *why) {
    int64_t row;
    int family;
    const char *players = options_text(options, "players"), *index = options_text(options, "index");
    TRY(choose_family(options, &family, why));
    if (!players && !index && !options_given(options, "sample") && family == 0)
        return print_all_samples(show, options, why);
    TRY(choose_sample(show, options, &row, why));
    if (players || index)
        TRY(show_players(show, row, players, index, why));
    else
        TRY(show_sample(show, row, family, why));
    return options_given(options, "conditions") ? show_conditions_of(show, row, why) : STATUS_OK;
}

static int cmd_show(int argc, char **argv) {
    options_t options;
    failure_t why;
    log_t log = {0};
    results_t *results = NULL;
    int code = options_parse(&COMMAND_SHOW, argc, argv, &options);
    if (code != OPTIONS_GO)
        return options_finish(&options, code, true);
    const char *path = options_operand(&options, 0);
    status_t status = look_at_file(path, &why);
    if (status == STATUS_OK)
        status = results_open(path, false, &results, &why);
    if (status == STATUS_OK) {
        show_t show = {path, results, (size_t)options_whole(&options, "top", TOP), stdout};
        status = print(&show, &options, &why);
    }
    results_close(&results);
    if (status != STATUS_OK)
        log_error(&log, "%s%s", why.text, failure_place(&why).text);
    return options_finish(&options, failure_exit_code(status), false);
}
