#include "cli/show_overview.h"

#include "cli/display.h"
#include "cli/show_across.h"
#include "cli/show_conditions.h"
#include "cli/warnings.h"
#include "review/stored_config.h"

#include <inttypes.h>
#include <stdlib.h>

/* The setting that says which interactions count as salient. */
static void print_settings(const show_t *show) {
    config_t *config = stored_config(show->results);
    if (!config)
        return;
    fprintf(show->out, "  salient is |I(S)| >= %g times %s\n", config->statistics.salience,
            config->statistics.salience_scale == SALIENCE_OF_MAX ? "the sample's largest |I|"
                                                                 : "|mean over the samples of v(N) - v(empty)|");
    config_free(&config);
}

static void print_file(const show_t *show, const done_samples_t *survey) {
    const results_identity_t *identity = results_identity(show->results);
    text_t line = {0};
    fprintf(show->out,
            "%s\n  %d players; %" PRId64 " samples: %" PRId64 " done, %" PRId64 " failed, %" PRId64 " left\n",
            show->path, results_players(show->results), results_samples(show->results), survey->done, survey->failed,
            survey->pending);
    const results_shard_t *shard = results_shard(show->results);
    if (shard)
        fprintf(show->out, "  shard %d of %d, of %" PRId64 " samples in all\n", shard->shard, shard->shards,
                shard->samples);
    text_add(&line, "v by %s %s", identity->engine, identity->engine_version);
    text_add(&line, "; file by harsanyi %s (git %s)", identity->software_version, identity->git_revision);
    fprintf(show->out, "  ");
    display_clean(show->out, line.chars ? line.chars : "");
    fputc('\n', show->out);
    text_free(&line);
    print_settings(show);
}

status_t show_head(const show_t *show, const done_samples_t *survey, failure_t *why) {
    enum { LISTED_MAX = 10 };
    int64_t listed = 0;
    print_file(show, survey);
    TRY(warnings_print(show->results, show->out, why));
    for (int64_t k = 0; k < results_samples(show->results) && listed < survey->failed; k++) {
        results_sample_t info;
        TRY(results_read_sample(show->results, k, &info, why));
        if (info.status != SAMPLE_FAILED)
            continue;
        fprintf(show->out, "  ");
        show_undone(show, k, &info);
        if (++listed == LISTED_MAX && survey->failed > LISTED_MAX) {
            fprintf(show->out, "  ... %" PRId64 " more: harsanyi status %s\n", survey->failed - listed, show->path);
            break;
        }
    }
    return STATUS_OK;
}

static void print_orders(const show_t *show, const done_samples_t *survey) {
    fprintf(show->out,
            "\nBy order (number of players), mean over %" PRId64 " samples; u = v - v(empty)\n"
            "  order    mean |I| noise floor    sum of I  cancelling      mean u     salient\n",
            survey->done);
    for (int m = 0; m <= results_players(show->results); m++) {
        fprintf(show->out, "  %5d", m);
        display_cell(show->out, average_mean(&survey->orders[m].strength), 12);
        display_cell(show->out, average_mean(&survey->orders[m].noise_floor), 12);
        display_cell(show->out, average_mean(&survey->orders[m].sum), 12);
        display_cell(show->out, average_mean(&survey->orders[m].cancellation), 12);
        display_cell(show->out, average_mean(&survey->orders[m].output), 12);
        display_cell(show->out, average_mean(&survey->orders[m].salient), 12);
        fputc('\n', show->out);
    }
}

static status_t print_first(const show_t *show, int64_t row, failure_t *why) {
    player_names_t roster;
    double *statistics = NULL;
    player_names_of(show->results, row, &roster);
    status_t status = show_load(show, row, &statistics, why);
    if (status == STATUS_OK) {
        fprintf(show->out, "\nStrongest interactions of sample %" PRId64 " (the others: --sample i)\n",
                results_index(show->results, row));
        status = show_strongest(show, row, 0, &roster, show_largest(show, row, 0, statistics), why);
    }
    free(statistics);
    player_names_free(&roster);
    return status;
}

status_t show_overview(const show_t *show, const done_samples_t *survey, failure_t *why) {
    TRY(show_head(show, survey, why));
    if (survey->done == 0)
        return STATUS_OK;
    print_orders(show, survey);
    fputc('\n', show->out);
    show_conditions_shortly(show, survey);
    TRY(show_across(show, why));
    return print_first(show, survey->first_done, why);
}
