#include "base/memory.h"
#include "cli/commands.h"
#include "cli/show.h"

#include <string.h>

enum { TOP = 10, TOP_MAX = 1000000 };

static const option_t OPTIONS[] = {
    OPTION_WHOLE("sample", "I", 0, INT64_MAX, "one sample, by its number in the samples file"),
    OPTION_WHOLE("target", "T", 0, INT64_MAX, "the rows with this target, where samples have several"),
    OPTION_TEXT("output", 0, "NAME", "the rows of this output, where the model has several"),
    OPTION_TEXT("family", 0, "F", "effects of another family than harsanyi, by kind"),
    OPTION_WHOLE("top", "K", 1, TOP_MAX, "how many of the strongest interactions; 10 when not given"),
    OPTION_TEXT("players", 0, "\"A,B\"", "v(S) and I(S) of exactly these players"),
    OPTION_TEXT("index", 0, "NAME", "an index of these players, or of all (see above)"),
    OPTION_FLAG("conditions", 0, "order limit, monotonicity, p and Theorems 2 and 3"),
    {0}};

/* The rows of one output. */
static status_t print_rows(const show_t *show, int family, bool conditions, failure_t *why) {
    done_samples_t *samples OWNED = memory_need(KINDS_MAX, sizeof *samples, "the statistics of all samples");
    for (int kind = 0; kind < results_families(show->results)->kinds[family]; kind++)
        TRY(done_samples_take(show, family, kind, &samples[kind], why));
    if (!conditions)
        return show_overview(show, family, samples, why);
    if (samples->done == 0)
        return STATUS_OK;
    printf("\n");
    show_conditions(show, family, samples);
    return STATUS_OK;
}

static status_t print_all_samples(const show_t *show, int family, bool conditions, failure_t *why) {
    show_t of = *show;
    const int first = show->output < 0 ? 0 : show->output,
              end = show->output < 0 ? results_outputs(show->results) : show->output + 1;
    TRY(show_head(show, why));
    for (of.output = first; of.output < end; of.output++)
        TRY(print_rows(&of, family, conditions, why));
    return STATUS_OK;
}

/* What --output and --target say. */
static status_t choose_rows(const options_t *options, show_t *show, failure_t *why) {
    const char *name = options_text(options, "output");
    text_t names CLEANUP(text_free) = {0};
    show->target = options_whole(options, "target", -1);
    show->output = -1;
    for (int i = 0; name && i < results_outputs(show->results); i++) {
        text_add(&names, "%s%s", i ? ", " : "", results_output_name(show->results, i));
        if (strcmp(results_output_name(show->results, i), name) == 0)
            show->output = i;
    }
    if (name && show->output < 0)
        return failed(why, STATUS_INPUT, "%s: has no output %s; its outputs: %s", show->path, name,
                      results_outputs(show->results) > 1 ? names.chars : "one, without a name here");
    return STATUS_OK;
}

/* Theorems 2 and 3 are about interactions of one kind. */
static status_t check_conditions(const show_t *show, int family, failure_t *why) {
    if (results_families(show->results)->kinds[family] == 1)
        return STATUS_OK;
    return failed(why, STATUS_INPUT,
                  "--conditions is about interactions of one kind; those of family %s in %s are of "
                  "several",
                  FAMILIES[family].name, show->path);
}

/* The sample given by --sample, or the first done row that is wanted. */
static status_t choose_sample(const show_t *show, const options_t *options, row_t *row, failure_t *why) {
    if (options_given(options, "sample"))
        return show_find(show, options_whole(options, "sample", 0), row, why);
    for (*row = 0; *row < results_samples(show->results); (*row)++) {
        results_sample_t info;
        TRY(results_read_sample(show->results, *row, &info, why));
        if (info.status == SAMPLE_DONE && show_wants(show, *row, info.target))
            return STATUS_OK;
    }
    *row = 0;
    return STATUS_OK;
}

static status_t choose_family(const options_t *options, int *family, failure_t *why) {
    static const char *const ROOT_ONLY[] = {"players", "index"};
    TRY(options_family(options, family, why));
    for (size_t i = 0; *family > 0 && i < sizeof ROOT_ONLY / sizeof *ROOT_ONLY; i++)
        if (options_given(options, ROOT_ONLY[i]))
            return failed(why, STATUS_INPUT, "--%s is of family %s only; leave out --family %s", ROOT_ONLY[i],
                          FAMILIES->name, FAMILIES[*family].name);
    return STATUS_OK;
}

static status_t print_sample(const show_t *show, const options_t *options, int family, failure_t *why) {
    const char *players = options_text(options, "players"), *index = options_text(options, "index");
    int64_t at;
    show_row_t row CLEANUP(show_row_free) = {0};
    TRY(choose_sample(show, options, &at, why));
    TRY(show_row_open(show, at, &row, why));
    if (row.info.status != SAMPLE_DONE) {
        show_undone(show, at, &row.info);
        return STATUS_OK;
    }
    TRY(players || index ? show_players(&row, players, index, why) : show_sample(&row, family, why));
    if (options_given(options, "conditions"))
        show_conditions_of(&row, family);
    return STATUS_OK;
}

static status_t run(const options_t *options, int *code, failure_t *why) {
    static const char *const OF_ONE_SAMPLE[] = {"sample", "players", "index"};
    results_t *results CLEANUP(results_close) = NULL;
    int family;
    (void)code;
    TRY(choose_family(options, &family, why));
    const bool conditions = options_given(options, "conditions");
    bool one = false;
    for (size_t i = 0; i < sizeof OF_ONE_SAMPLE / sizeof *OF_ONE_SAMPLE; i++)
        one = one || options_given(options, OF_ONE_SAMPLE[i]);
    TRY(show_open(options_operand(options, 0), &results, why));
    show_t show = {
        .path = options_operand(options, 0), .results = results, .top = (size_t)options_whole(options, "top", TOP)};
    TRY(choose_rows(options, &show, why));
    TRY(show_need_family(&show, family, why));
    if (conditions)
        TRY(check_conditions(&show, family, why));
    return one ? print_sample(&show, options, family, why) : print_all_samples(&show, family, conditions, why);
}

const command_t COMMAND_SHOW = {
    .name = "show",
    .summary = "prints results for people: strongest interactions by name, orders, indices, conditions",
    .operands = "FILE",
    .operand_count = 1,
    .options = OPTIONS,
    .about = "Without options: the whole file at a glance. You can use it while a sweep runs. --players and --index\n"
             "are about the first done sample unless --sample names another; --family and --conditions are about all\n"
             "done samples without --sample.\n\n"
             "Indices of a set of any order, computed from the interactions: sii, bii, stii (its order is the number\n"
             "of --players), moebius (I(S); also stii of any higher order), multi_order (a pair).\n"
             "Stored: shapley, banzhaf (players); sii2, stii2, bii2 (one player, a pair, or the strongest pairs).\n",
    .example = "harsanyi show digits.h5\n"
               "harsanyi show digits.h5 --sample 3 --top 20\n"
               "harsanyi show digits.h5 --sample 3 --players \"r1c1,r1c2,r2c1\" --index sii\n"
               "harsanyi show digits.h5 --sample 3 --target 7\n"
               "harsanyi show digits.h5 --conditions\n",
    .run = run,
};
