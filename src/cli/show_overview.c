#include "cli/show.h"

#include "base/memory.h"
#include "config/config.h"
#include "results/paths.h"
#include "results/summarise_rows.h"
#include "stats/fields.h"

#include <inttypes.h>
#include <math.h>

/* ---- what the file is ---- */

/* What statistics are over: "row" where samples have several, else "sample". */
static const char *one_of(const show_t *show) {
    return results_rows_of_sample(show->results) > 1 ? "row" : "sample";
}

/* Whether samples have different numbers of players. */
static bool players_differ(const results_t *results) {
    for (row_t k = 0; k < results_samples(results); k++)
        if (results_players_of(results, k) != results_players(results))
            return true;
    return false;
}

/* The setting that says which interactions count as salient. */
static void print_settings(const show_t *show) {
    config_t *config CLEANUP(config_free) = config_stored(results_config(show->results), NULL);
    if (!config)
        return;
    printf("  salient is |I(S)| >= %g times ", config->statistics.salience);
    if (config->statistics.salience_scale == SALIENCE_OF_MAX)
        printf("the %s's largest |I|\n", one_of(show));
    else
        printf("|mean over the %ss of v(N) - v(empty)|\n", one_of(show));
}

static void print_file(const show_t *show, const results_count_t *count) {
    const results_identity_t *identity = results_identity(show->results);
    const results_shard_t *shard = results_shard(show->results);
    text_t line CLEANUP(text_free) = {0};
    const int n = results_players(show->results);
    const int64_t rows = results_samples(show->results);
    printf("%s\n  %s%d player%s; %" PRId64 " %s: %" PRId64 " done, %" PRId64 " failed, %" PRId64 " left\n", show->path,
           players_differ(show->results) ? "up to " : "", n, n > 1 ? "s" : "", rows,
           results_word_of(show->results, rows), count->done, count->failed, count->pending);
    if (results_rows_of_sample(show->results) > 1)
        printf("  each sample has %d rows: outputs x targets\n", results_rows_of_sample(show->results));
    if (shard)
        printf("  shard %d of %d, of %" PRId64 " samples in all\n", shard->shard, shard->shards, shard->samples);
    text_add(&line, "  v by %s %s; file by harsanyi %s (git %s)", identity->engine, identity->engine_version,
             identity->software_version, identity->git_revision);
    display_clean(line.chars);
    printf("\n");
    print_settings(show);
}

status_t show_head(const show_t *show, failure_t *why) {
    enum { LISTED_MAX = 10 };
    int64_t listed = 0;
    results_count_t count;
    TRY(results_count(show->results, &count, why));
    print_file(show, &count);
    TRY(show_warnings(show->results, why));
    for (int64_t k = 0; k < results_samples(show->results) && listed < count.failed; k++) {
        results_sample_t info;
        TRY(results_read_sample(show->results, k, &info, why));
        if (info.status != SAMPLE_FAILED)
            continue;
        printf("  ");
        show_undone(show, k, &info);
        if (++listed == LISTED_MAX && count.failed > LISTED_MAX) {
            printf("  ... %" PRId64 " more: harsanyi status %s\n", count.failed - listed, show->path);
            break;
        }
    }
    return STATUS_OK;
}

static void print_orders(const show_t *show, int family, int kind, const done_samples_t *samples) {
    static const struct {
        const char *head;
        field_id_t field;
    } COLUMNS[] = {{"mean |I|", FIELD_STRENGTH_MEAN},   {"noise floor", FIELD_NOISE_FLOOR},
                   {"sum of I", FIELD_INTERACTION_SUM}, {"cancelling", FIELD_CANCELLATION},
                   {"mean u", FIELD_OUTPUT_MEAN},       {"salient", FIELD_SALIENT_COUNT}};
    const size_t columns = sizeof COLUMNS / sizeof *COLUMNS;
    const fields_t *fields = results_fields(show->results);
    printf("\nBy order (number of players)%s, mean over %" PRId64 " %s%s\n%s  order",
           show_kind(fields, family, kind).text, samples->done, results_word_of(show->results, samples->done),
           show_u(fields, family), players_differ(show->results) ? "order m: over those with m players or more\n" : "");
    for (size_t i = 0; i < columns; i++)
        if (show_has(fields, family, COLUMNS[i].field))
            printf("%12s", COLUMNS[i].head);
    printf("\n");
    for (int m = 0; m <= results_players(show->results); m++) {
        printf("  %5d", m);
        for (size_t i = 0; i < columns; i++)
            if (show_has(fields, family, COLUMNS[i].field))
                printf("%12s", display_number(average_mean(&samples->of[COLUMNS[i].field][m])).text);
        printf("\n");
    }
}

/* ---- /summary ---- */

/* The first sample with the most players. */
static int64_t largest_sample(const results_t *results) {
    int64_t k = 0;
    while (results_players_of(results, k) < results_players(results) && k + 1 < results_samples(results))
        k++;
    return k;
}

/* kinds: the names of several ones. */
static void print_interaction(const summary_t *summary, const char *const *kinds, const show_names_t *names,
                              size_t rank) {
    enum { SET_COLUMN = 57, KIND_COLUMNS = 8, SPREAD_COLUMNS = 22 };
    char *set OWNED = show_names_set(names, summary->mask[rank]);
    printf("  %4zu%7.1f %%  ", rank + 1, 100 * summary->of[SUMMARY_FREQUENCY][rank]);
    display_left(display_spread(summary->of[SUMMARY_EFFECT_MEAN][rank], summary->of[SUMMARY_EFFECT_STD][rank]).text,
                 SPREAD_COLUMNS);
    printf("%8.0f%8.0f  ", summary->of[SUMMARY_POSITIVE][rank], summary->of[SUMMARY_NEGATIVE][rank]);
    if (kinds)
        display_left(kinds[summary->kind[rank]], KIND_COLUMNS);
    display_wrapped(set, SET_COLUMN + (kinds ? KIND_COLUMNS : 0));
}

static void print_interactions(const show_t *show, int family, const summary_t *summary) {
    const char *const *kinds = summary->kinds > 1 ? FAMILIES[family].kind_names : NULL;
    show_names_t names CLEANUP(show_names_free) = {0};
    const bool numbers = summarise_rows_players_differ(show->results); /* names of one sample would mislead */
    show_names_of(show->results, largest_sample(show->results), numbers, &names);
    printf("\nInteractions that are salient in most %ss; of I(S) in those: mean ± std, how often > 0 and < 0\n"
           "  rank    share  I(S)                       > 0     < 0  %splayers%s\n",
           one_of(show), kinds ? "kind    " : "", numbers ? " (numbers, as names differ)" : "");
    if (summary->dictionary == 0 || !(summary->mask[0] < mask_count(names.n)))
        printf("  none\n");
    for (size_t rank = 0; rank < summary->dictionary && rank < show->top; rank++)
        if (summary->mask[rank] < mask_count(names.n)) /* else there are no more */
            print_interaction(summary, kinds, &names, rank);
}

/* Three columns, at 1, 10, 100, ... up to `most`. */
static void print_steps(const summary_t *summary, uint64_t most, const summary_id_t columns[3]) {
    int64_t k[STEPS_MAX];
    size_t steps = fields_steps(most, k);
    for (size_t step = 0; step < steps; step += 3) { /* of 1, 2, 5, 10, ... */
        printf("  %6" PRId64, k[step]);
        for (int i = 0; i < 3; i++)
            printf("%12s", display_number(summary->of[columns[i]][step]).text);
        printf("\n");
    }
}

static void print_summary(const show_t *show, int family, const summary_t *summary) {
    print_interactions(show, family, summary);
    printf("\nTransferability: what share of a %s's salient interactions the k most frequent ones hold\n"
           "       k       share    held out      random\n",
           one_of(show));
    print_steps(summary, summary->dictionary,
                (const summary_id_t[]){SUMMARY_RHO, SUMMARY_RHO_HELDOUT, SUMMARY_RHO_RANDOM});
    printf("Discrimination %s (0.5: an interaction pushes a class's %ss either way, 1: all the same way)\n",
           display_number(*summary->of[SUMMARY_WEIGHTED]).text, one_of(show));
    if (summary->length[SUMMARY_RMSE] == 0 || isnan(summary->of[SUMMARY_RMSE][0]))
        return; /* statistics.curves is off, or rows are too long; or nothing is rebuilt */
    printf("\nv rebuilt from the K strongest interactions of each %s, on all masks\n"
           "       K        rmse   max error          R2\n",
           one_of(show));
    print_steps(summary, mask_count(summary->n) - 1,
                (const summary_id_t[]){SUMMARY_RMSE, SUMMARY_MAX_ERROR, SUMMARY_R2});
}

/* The most frequent interactions, transferability, discrimination and faithfulness; or why there are none. */
static status_t show_summary(const show_t *show, int family, failure_t *why) {
    summary_t summaries[FAMILIES_MAX];
    bool valid = false;
    TRY(results_read_summary_valid(show->results, &valid, why));
    if (!valid || results_shard(show->results)) {
        printf("\nStatistics across samples: %s\n",
               results_shard(show->results) ? "none in a shard; harsanyi merge computes them from all shards"
                                            : "not yet; they are computed when no sample is left");
        return STATUS_OK;
    }
    if (show->target >= 0) {
        printf("\nStatistics across samples are of all targets together: leave out --target\n");
        return STATUS_OK;
    }
    TRY(results_summary_create(show->results, summaries, why));
    status_t status = results_read_summary(show->results, show->output < 0 ? 0 : show->output, summaries, why);
    if (status == STATUS_OK)
        print_summary(show, family, &summaries[family]);
    results_summary_free(show->results, summaries);
    return status;
}

/* ---- all of it ---- */

/* Of the first done sample, kind by kind. */
static status_t show_first(const show_t *show, int family, const done_samples_t *samples, failure_t *why) {
    const families_t *families = results_families(show->results);
    show_row_t first CLEANUP(show_row_free) = {0};
    TRY(show_row_open(show, samples->first_done, &first, why));
    for (int kind = 0; kind < families->kinds[family]; kind++) {
        printf("\nStrongest interactions%s of ", show_kind(first.fields, family, kind).text);
        display_clean(results_row_name(show->results, first.row, first.info.target).text);
        printf(" (the others: --sample i)\n");
        TRY(show_strongest(&first, families_first_kind(families, family) + kind, why));
    }
    return STATUS_OK;
}

status_t show_overview(const show_t *show, int family, const done_samples_t *samples, failure_t *why) {
    if (results_outputs(show->results) > 1) {
        printf("\nOutput ");
        display_clean(results_output_name(show->results, show->output));
        printf("\n");
    }
    if (family > 0)
        printf("\nFamily %s: %s\n", FAMILIES[family].name, FAMILIES[family].description);
    if (samples->done == 0)
        return STATUS_OK;
    for (int kind = 0; kind < results_families(show->results)->kinds[family]; kind++)
        print_orders(show, family, kind, &samples[kind]);
    printf("\n");
    show_conditions_shortly(show, family, samples);
    TRY(show_summary(show, family, why));
    return show_first(show, family, samples, why);
}
