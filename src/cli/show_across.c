#include "cli/show_across.h"

#include "cli/display.h"
#include "stats/scales.h"

#include <math.h>

enum { SET_COLUMN = 53 }; /* where the players of an interaction are printed */

/* Names are those of the first sample with the most players. */
static int64_t largest_sample(const results_t *results) {
    int64_t k = 0;
    while (results_players_of(results, k) < results_players(results) && k + 1 < results_samples(results))
        k++;
    return k;
}

static void print_interaction(const show_t *show, const summary_t *summary, const player_names_t *roster, size_t rank) {
    char spread[DISPLAY_SPREAD], share[DISPLAY_NUMBER];
    text_t set = {0};
    player_names_add_set(roster, summary->mask[rank], &set);
    display_spread(summary->of[SUMMARY_EFFECT_MEAN][rank], summary->of[SUMMARY_EFFECT_STD][rank], spread);
    snprintf(share, sizeof share, "%.1f %%", 100 * summary->of[SUMMARY_FREQUENCY][rank]);
    fprintf(show->out, "  %4zu", rank + 1);
    display_right(show->out, share, 9);
    fprintf(show->out, "  ");
    display_left(show->out, spread, 20);
    display_cell(show->out, summary->of[SUMMARY_POSITIVE][rank], 7);
    display_cell(show->out, summary->of[SUMMARY_NEGATIVE][rank], 7);
    fprintf(show->out, "  ");
    display_wrapped(show->out, set.chars ? set.chars : "", SET_COLUMN);
    text_free(&set);
}

static void print_interactions(const show_t *show, const summary_t *summary, const player_names_t *roster) {
    fprintf(show->out, "\nInteractions that are salient in most samples; of I(S) in those: mean ± std, how often > 0 "
                       "and < 0\n  rank    share  I(S)                    > 0    < 0  players\n");
    for (size_t rank = 0; rank < summary->dictionary && rank < show->top; rank++)
        if (summary->mask[rank] < mask_count(roster->n)) /* else there are no more */
            print_interaction(show, summary, roster, rank);
}

static bool is_power_of_ten(int64_t k) {
    while (k % 10 == 0)
        k /= 10;
    return k == 1;
}

static void print_transferability(const show_t *show, const summary_t *summary) {
    int64_t k[STEPS_MAX];
    size_t steps = scales_steps(summary->dictionary, k);
    fprintf(show->out,
            "\nTransferability: what share of a sample's salient interactions the k most frequent ones hold\n"
            "       k       share    held out      random\n");
    for (size_t step = 0; step < steps; step++) {
        if (!is_power_of_ten(k[step]))
            continue;
        fprintf(show->out, "  %6lld", (long long)k[step]);
        display_cell(show->out, summary->of[SUMMARY_RHO][step], 12);
        display_cell(show->out, summary->of[SUMMARY_RHO_HELDOUT][step], 12);
        display_cell(show->out, summary->of[SUMMARY_RHO_RANDOM][step], 12);
        fputc('\n', show->out);
    }
    char weighted[DISPLAY_NUMBER];
    display_number(*summary->of[SUMMARY_WEIGHTED], weighted);
    fprintf(show->out,
            "Discrimination %s (0.5: an interaction pushes a class's samples either way, 1: all the same way)\n",
            weighted);
}

static void print_faithfulness(const show_t *show, const summary_t *summary) {
    int64_t k[STEPS_MAX];
    size_t steps = scales_steps(mask_count(summary->n) - 1, k);
    if (isnan(summary->of[SUMMARY_RMSE][0]))
        return; /* statistics.curves is off, or rows are too long */
    fprintf(show->out, "\nv rebuilt from the K strongest interactions of each sample, on all masks\n"
                       "       K        rmse   max error          R2\n");
    for (size_t step = 0; step < steps; step++) {
        if (!is_power_of_ten(k[step]))
            continue;
        fprintf(show->out, "  %6lld", (long long)k[step]);
        display_cell(show->out, summary->of[SUMMARY_RMSE][step], 12);
        display_cell(show->out, summary->of[SUMMARY_MAX_ERROR][step], 12);
        display_cell(show->out, summary->of[SUMMARY_R2][step], 12);
        fputc('\n', show->out);
    }
}

static status_t print_summary(const show_t *show, summary_t *summary, failure_t *why) {
    player_names_t roster;
    TRY(results_read_summary(show->results, summary, why));
    player_names_of(show->results, largest_sample(show->results), &roster);
    print_interactions(show, summary, &roster);
    print_transferability(show, summary);
    print_faithfulness(show, summary);
    player_names_free(&roster);
    return STATUS_OK;
}

status_t show_across(const show_t *show, failure_t *why) {
    summary_t summary;
    bool valid = false;
    TRY(results_read_summary_valid(show->results, &valid, why));
    if (results_shard(show->results)) {
        fprintf(show->out,
                "\nStatistics across samples: none in a shard; harsanyi merge computes them from all shards\n");
        return STATUS_OK;
    }
    if (!valid) {
        fprintf(show->out, "\nStatistics across samples: not yet; they are computed when no sample is left\n");
        return STATUS_OK;
    }
    TRY(results_summary_create(show->results, &summary, why));
    status_t status = print_summary(show, &summary, why);
    summary_free(&summary);
    return status;
}
