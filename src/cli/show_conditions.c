#include "cli/show_conditions.h"

#include "cli/display.h"
#include "review/stored_config.h"
#include "stats/theorem.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NAME_WIDTH = 38, NUMBER_WIDTH = 22 };

static void print_spread(const show_t *show, const char *what, const average_t *tally, int64_t of) {
    char text[DISPLAY_SPREAD];
    display_spread(average_mean(tally), average_std(tally), text);
    fprintf(show->out, "  ");
    display_left(show->out, what, NAME_WIDTH);
    display_left(show->out, text, NUMBER_WIDTH);
    if (tally->count < of)
        fprintf(show->out, "%" PRId64 " of %" PRId64 " samples", tally->count, of);
    else
        fprintf(show->out, "%.4g ... %.4g", tally->least, tally->most);
    fputc('\n', show->out);
}

static void print_monotone(const show_t *show, const done_samples_t *survey) {
    char share[DISPLAY_NUMBER];
    snprintf(share, sizeof share, "%.1f %%", 100 * (double)survey->monotone / (double)survey->done);
    fprintf(show->out, "  ");
    display_left(show->out, "2 monotone", NAME_WIDTH);
    display_left(show->out, share, NUMBER_WIDTH);
    fprintf(show->out, "%" PRId64 " of %" PRId64 " samples\n", survey->monotone, survey->done);
}

void show_conditions_shortly(const show_t *show, const done_samples_t *survey) {
    fprintf(show->out, "Conditions of sparse interactions (arXiv 2305.01939): mean ± standard deviation, range\n");
    print_spread(show, "1 highest order with a salient I(S)", &survey->order_limit, survey->done);
    print_monotone(show, survey);
    print_spread(show, "3 p, the paper's estimate", &survey->p_paper, survey->done);
    print_spread(show, "  p, from all pairs of orders", &survey->p_all_pairs, survey->done);
    print_spread(show, "salient interactions", &survey->salient, survey->done);
    if (survey->monotone > 0)
        print_spread(show, "  of monotone samples", &survey->salient_of_monotone, survey->done);
}

static void print_row(const show_t *show, const char *what, const char *text, int64_t samples) {
    fprintf(show->out, "  ");
    display_left(show->out, what, NAME_WIDTH);
    display_left(show->out, text, NUMBER_WIDTH);
    fprintf(show->out, "%" PRId64 "\n", samples);
}

static void print_tally(const show_t *show, const char *what, const average_t *tally) {
    char text[DISPLAY_SPREAD];
    display_spread(average_mean(tally), average_std(tally), text);
    print_row(show, what, text, tally->count);
}

/* The table of arXiv 2305.01939: monotone samples, those of Theorem 3 above min_output. */
static void print_table(const show_t *show, const done_samples_t *survey) {
    char share[DISPLAY_NUMBER];
    snprintf(share, sizeof share, "%.2f %%", 100 * (double)survey->monotone / (double)survey->done);
    fprintf(show->out, "\nThe paper's table: mean ± standard deviation, samples\n");
    print_row(show, "share of monotone samples", share, survey->done);
    print_tally(show, "salient interactions of monotone ones", &survey->salient_of_monotone);
    print_tally(show, "p", &survey->p_paper);
    print_tally(show, "bound of Theorem 3, orders 1 ... M", &survey->theorem.bound);
    print_tally(show, "real count, orders 1 ... M", &survey->theorem.real);
    if (survey->theorem_of_authors.bound.count < survey->theorem.bound.count) {
        print_tally(show, "  bound, samples the authors keep", &survey->theorem_of_authors.bound);
        print_tally(show, "  real count of these", &survey->theorem_of_authors.real);
    }
}

/* M, and whether the bounds hold, which take interactions of more players to be 0. */
static void print_limit_assumed(const show_t *show, const done_samples_t *survey) {
    int64_t bounded = survey->theorem.bound.count;
    config_t *config = stored_config(show->results);
    if (config && config->statistics.assumed_order_limit >= 0)
        fprintf(show->out, "  M = %d (statistics.assumed_order_limit)\n", config->statistics.assumed_order_limit);
    else if (config)
        fprintf(show->out, "  M = n - 1\n");
    config_free(&config);
    if (bounded > 0)
        fprintf(show->out, "  the real count is within the bound in %" PRId64 " of %" PRId64 " samples\n",
                survey->within, bounded);
    if (survey->delta_above > 0)
        fprintf(show->out,
                "  delta is above its bound in %" PRId64 " of them: there the orders above M are not empty\n",
                survey->delta_above);
}

static void print_codes(const show_t *show, const done_samples_t *survey, bool counted) {
    for (int code = 1; code < SURVEY_CODES; code++) {
        const char *text = conditions_excluded_text(code);
        if (survey->excluded[code] > 0 && conditions_counted(code) == counted)
            fprintf(show->out, "  %7" PRId64 "  %s\n", survey->excluded[code], text ? text : "for an unknown reason");
    }
}

static void print_excluded(const show_t *show, const done_samples_t *survey) {
    int64_t out = survey->done - survey->theorem.bound.count;
    int64_t out_of_authors = survey->done - survey->theorem_of_authors.bound.count;
    fprintf(show->out,
            "\nLeft out of the theorems: %" PRId64 " of %" PRId64 " samples; by the authors' own procedure %" PRId64
            "\n",
            out, survey->done, out_of_authors);
    print_codes(show, survey, false);
    print_codes(show, survey, true);
}

/* Order by order: in how many samples nothing above it is salient, and how much is above it at all. */
static void print_limits(const show_t *show, const done_samples_t *survey) {
    int64_t within = 0;
    fprintf(show->out, "\nOrder limit M: samples without a salient I(S) above M, and share of the sum of |I| above M\n"
                       "  M      samples   mean share\n");
    for (int m = 0; m <= results_players(show->results); m++) {
        within += survey->orders[m].limits;
        fprintf(show->out, "  %-2d %8.1f %%", m, 100 * (double)within / (double)survey->done);
        fprintf(show->out, "%10.2f %%\n", 100 * average_mean(&survey->orders[m].mass_above));
    }
}

void show_conditions(const show_t *show, const done_samples_t *survey) {
    show_conditions_shortly(show, survey);
    print_table(show, survey);
    print_limit_assumed(show, survey);
    print_excluded(show, survey);
    print_limits(show, survey);
}

static void print_limit(const show_t *show, int n, double limit, const double *mass_above) {
    if (limit >= 0 && limit <= n)
        fprintf(show->out,
                "  1 order limit   %d: no I(S) of more players is salient; they make %.2f %% of the sum of |I|\n",
                (int)limit, 100 * mass_above[(int)limit]);
}

/* Theorem 2 assumes that there are no interactions of more than M players: else delta may be above its bound. */
static void print_theorems(const show_t *show, const fields_t *fields, double *row) {
    double delta = *fields_at(fields, row, FIELD_DELTA), bound = *fields_at(fields, row, FIELD_DELTA_BOUND);
    char real[DISPLAY_NUMBER];
    display_count(*fields_at(fields, row, FIELD_REAL_TOTAL), real);
    fprintf(show->out, "  Theorem 2       delta is %.4g, its bound %.4g at m0 = %.0f%s\n", delta, bound,
            *fields_at(fields, row, FIELD_M0), theorem_exceeds(delta, bound) ? ": orders above M are not empty" : "");
    fprintf(show->out, "  Theorem 3       at most %.4g salient interactions of orders 1 ... M; there are %s\n",
            *fields_at(fields, row, FIELD_BOUND_TOTAL), real);
}

static void print_bounds(const show_t *show, const fields_t *fields, int n, double *row) {
    static const field_id_t COLUMNS[] = {FIELD_LAMBDA, FIELD_BOUND, FIELD_BOUND_L1, FIELD_SALIENT_COUNT};
    fprintf(show->out, "\nBy order: the bound of Theorem 3, which holds if its assumptions do; sum|I|/tau, which holds "
                       "always\n  order      lambda       bound  sum|I|/tau     salient\n");
    for (int k = 1; k <= n; k++) {
        fprintf(show->out, "  %5d", k);
        for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++)
            display_cell(show->out, fields_at(fields, row, (int)COLUMNS[i])[k], 12);
        fputc('\n', show->out);
    }
}

static void print_one(const show_t *show, int n, double *row) {
    const fields_t *fields = results_fields(show->results);
    char paper[DISPLAY_NUMBER], all_pairs[DISPLAY_NUMBER];
    int code = (int)*fields_at(fields, row, FIELD_EXCLUDED_WHY); /* one byte in the file */
    const char *text = conditions_excluded_text(code);
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
    if (conditions_counted(code))
        print_theorems(show, fields, row);
    if (code != EXCLUDED_NOT)
        fprintf(show->out, "  %s%s\n",
                conditions_counted(code) ? "" : "left out of the theorems: ", text ? text : "for an unknown reason");
    print_bounds(show, fields, n, row);
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
