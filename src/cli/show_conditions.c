#include "cli/show_conditions.h"

#include "cli/display.h"
#include "stats/summarise.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NAME_WIDTH = 38, NUMBER_WIDTH = 22 };

static void print_spread(const show_t *show, const char *what, const tally_t *tally, int64_t of) {
    char text[DISPLAY_SPREAD];
    display_spread(tally_mean(tally), tally_std(tally), text);
    fprintf(show->out, "  ");
    display_left(show->out, what, NAME_WIDTH);
    display_left(show->out, text, NUMBER_WIDTH);
    if (tally->count < of)
        fprintf(show->out, "%" PRId64 " of %" PRId64 " samples", tally->count, of);
    else
        fprintf(show->out, "%.4g ... %.4g", tally->least, tally->most);
    fputc('\n', show->out);
}

static void print_monotone(const show_t *show, const survey_t *survey) {
    char share[DISPLAY_NUMBER];
    snprintf(share, sizeof share, "%.1f %%", 100 * (double)survey->monotone / (double)survey->done);
    fprintf(show->out, "  ");
    display_left(show->out, "2 monotone", NAME_WIDTH);
    display_left(show->out, share, NUMBER_WIDTH);
    fprintf(show->out, "%" PRId64 " of %" PRId64 " samples\n", survey->monotone, survey->done);
}

void show_conditions_shortly(const show_t *show, const survey_t *survey) {
    fprintf(show->out, "Conditions of sparse interactions (arXiv 2305.01939): mean ± standard deviation, range\n");
    print_spread(show, "1 highest order with a salient I(S)", &survey->order_limit, survey->done);
    print_monotone(show, survey);
    print_spread(show, "3 p, the paper's estimate", &survey->p_paper, survey->done);
    print_spread(show, "  p, from all pairs of orders", &survey->p_all_pairs, survey->done);
    print_spread(show, "salient interactions", &survey->salient, survey->done);
    if (survey->monotone > 0)
        print_spread(show, "  of monotone samples", &survey->salient_of_monotone, survey->done);
}

static void print_excluded(const show_t *show, const survey_t *survey) {
    fprintf(show->out, "\nLeft out of the theorems\n");
    for (int code = 1; code < SURVEY_CODES; code++) {
        const char *text = summarise_excluded_text(code);
        if (survey->excluded[code] > 0)
            fprintf(show->out, "  %7" PRId64 "  %s\n", survey->excluded[code], text ? text : "for an unknown reason");
    }
    if (survey->excluded[0] == survey->done)
        fprintf(show->out, "  no sample\n");
}

/* Order by order: in how many samples nothing above it is salient, and how much is above it at all. */
static void print_limits(const show_t *show, const survey_t *survey) {
    int64_t within = 0;
    fprintf(show->out, "\nOrder limit M: samples without a salient I(S) above M, and share of the sum of |I| above M\n"
                       "  M      samples   mean share\n");
    for (int m = 0; m <= results_players(show->results); m++) {
        within += survey->orders[m].limits;
        fprintf(show->out, "  %-2d %8.1f %%", m, 100 * (double)within / (double)survey->done);
        fprintf(show->out, "%10.2f %%\n", 100 * tally_mean(&survey->orders[m].mass_above));
    }
}

void show_conditions(const show_t *show, const survey_t *survey) {
    show_conditions_shortly(show, survey);
    print_excluded(show, survey);
    print_limits(show, survey);
}

static void print_limit(const show_t *show, int n, double limit, const double *mass_above) {
    if (limit >= 0 && limit <= n)
        fprintf(show->out,
                "  1 order limit   %d: no I(S) of more players is salient; they make %.2f %% of the sum of |I|\n",
                (int)limit, 100 * mass_above[(int)limit]);
}

static void print_one(const show_t *show, int n, double *row) {
    const fields_t *fields = results_fields(show->results);
    char paper[DISPLAY_NUMBER], all_pairs[DISPLAY_NUMBER];
    int code = (int)*fields_at(fields, row, FIELD_EXCLUDED_WHY); /* one byte in the file */
    const char *text = summarise_excluded_text(code);
    display_number(*fields_at(fields, row, FIELD_P_PAPER), paper);
    display_number(*fields_at(fields, row, FIELD_P_ALL_PAIRS), all_pairs);
    fprintf(show->out, "\nConditions of sparse interactions (arXiv 2305.01939)\n");
    print_limit(show, n, *fields_at(fields, row, FIELD_ORDER_LIMIT), fields_at(fields, row, FIELD_MASS_ABOVE));
    if (*fields_at(fields, row, FIELD_MONOTONE) == 1)
        fprintf(show->out, "  2 monotone      yes: the mean output never falls from one order to the next\n");
    else
        fprintf(show->out, "  2 monotone      no: the mean output falls at %.0f orders, by %.4g at most\n",
                *fields_at(fields, row, FIELD_VIOLATIONS), *fields_at(fields, row, FIELD_VIOLATION_MAX));
    fprintf(show->out, "  3 p             %s by the paper's estimate, %s from all pairs of orders\n", paper, all_pairs);
    if (code != 0)
        fprintf(show->out, "  left out of the theorems: %s\n", text ? text : "for an unknown reason");
}

status_t show_conditions_of(const show_t *show, int64_t row, failure_t *why) {
    results_sample_t info;
    double *statistics;
    TRY(results_read_sample(show->results, row, &info, why));
    if (info.status != SAMPLE_DONE)
        return STATUS_OK; /* which has been said */
    TRY(show_load(show, row, &statistics, why));
    print_one(show, results_players_of(show->results, row), statistics);
    free(statistics);
    return STATUS_OK;
}
