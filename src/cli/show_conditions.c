#include "cli/show.h"

#include "base/memory.h"
#include "config/config.h"
#include "stats/theorem.h"

#include <inttypes.h>
#include <math.h>

/* ---- over all done samples ---- */

static void print_columns(const char *what, const char *text) {
    enum { NAME_WIDTH = 38, NUMBER_WIDTH = 22 };
    printf("  ");
    display_left(what, NAME_WIDTH);
    display_left(text, NUMBER_WIDTH - 1);
    printf(" "); /* also behind a text that is too long */
}

static display_t spread(const average_t *average) {
    return display_spread(average_mean(average), average_std(average));
}

static void print_spread(const show_t *show, const char *what, const average_t *average, int64_t of) {
    print_columns(what, spread(average).text);
    if (average->count < of)
        printf("%" PRId64 " of %" PRId64 " %s\n", average->count, of, results_word(show->results));
    else
        printf("%.4g ... %.4g\n", average->least, average->most);
}

static display_t monotone_share(const done_samples_t *s, int digits) {
    return display_percent((double)s->monotone / (double)s->done, digits);
}

/* One line for each kind. */
static void print_by_kind(const show_t *show, int family, const char *what, field_id_t id, const done_samples_t *s) {
    const fields_t *fields = results_fields(show->results);
    for (int kind = 0; kind < fields->families.kinds[family]; kind++) {
        char line[96];
        snprintf(line, sizeof line, "%s%.32s", what, show_kind(fields, family, kind).text);
        print_spread(show, line, s[kind].of[id], s[kind].done);
    }
}

void show_conditions_shortly(const show_t *show, int family, const done_samples_t *s) {
    const bool several = results_families(show->results)->kinds[family] > 1;
    printf("Conditions of sparse interactions (arXiv 2305.01939): mean ± standard deviation, range\n");
    print_by_kind(show, family, several ? "1 highest salient order" : "1 highest order with a salient I(S)",
                  FIELD_ORDER_LIMIT, s);
    if (FAMILIES[family].rebuild) {
        print_columns("2 monotone", monotone_share(s, 1).text);
        printf("%" PRId64 " of %" PRId64 " %s\n", s->monotone, s->done, results_word(show->results));
        print_spread(show, "3 p, the paper's estimate", s->of[FIELD_P_PAPER], s->done);
        print_spread(show, "  p, from all pairs of orders", s->of[FIELD_P_ALL_PAIRS], s->done);
    }
    print_by_kind(show, family, "salient interactions", FIELD_SALIENT_TOTAL, s);
    char line[64];
    snprintf(line, sizeof line, "  of monotone %s", results_word(show->results));
    if (s->monotone > 0 && !several)
        print_spread(show, line, &s->salient_of_monotone, s->done);
}

static void print_row(const char *what, const average_t *average) {
    print_columns(what, spread(average).text);
    printf("%" PRId64 "\n", average->count);
}

/* The table of arXiv 2305.01939: monotone samples, those of Theorem 3 above min_output. */
static void print_table(const show_t *show, const done_samples_t *s) {
    const char *word = results_word(show->results);
    char line[64];
    printf("\nThe paper's table: mean ± standard deviation, %s\n", word);
    snprintf(line, sizeof line, "share of monotone %s", word);
    print_columns(line, monotone_share(s, 2).text);
    printf("%" PRId64 "\n", s->done);
    print_row("salient interactions of monotone ones", &s->salient_of_monotone);
    print_row("p", s->of[FIELD_P_PAPER]);
    print_row("bound of Theorem 3, orders 1 ... M", &s->theorem.bound);
    print_row("real count, orders 1 ... M", &s->theorem.real);
    if (s->theorem_of_authors.bound.count < s->theorem.bound.count) {
        snprintf(line, sizeof line, "  bound, %s the authors keep", word);
        print_row(line, &s->theorem_of_authors.bound);
        print_row("  real count of these", &s->theorem_of_authors.real);
    }
}

/* M, and whether the bounds hold, which take interactions of more players to be 0. */
static void print_limit_assumed(const show_t *show, const done_samples_t *s) {
    config_t *config CLEANUP(config_free) = config_stored(results_config(show->results), NULL);
    if (config && config->statistics.assumed_order_limit >= 0)
        printf("  M = %d (statistics.assumed_order_limit)\n", config->statistics.assumed_order_limit);
    else if (config)
        printf("  M = n - 1\n");
    if (s->theorem.bound.count > 0)
        printf("  the real count is within the bound in %" PRId64 " of %" PRId64 " %s\n", s->within,
               s->theorem.bound.count, results_word(show->results));
    if (s->delta_above > 0)
        printf("  delta is above its bound in %" PRId64 " of them: there the orders above M are not empty\n",
               s->delta_above);
}

/* Why a sample is not like the others, by conditions/excluded_why. */
static const char *reason_of(int code) {
    const char *text = conditions_excluded_text(code);
    return text ? text : "for an unknown reason";
}

static void print_codes(const done_samples_t *s, bool counted) {
    for (int code = 1; code < DONE_CODES; code++)
        if (s->excluded[code] > 0 && conditions_counted(code) == counted)
            printf("  %7" PRId64 "  %s\n", s->excluded[code], reason_of(code));
}

/* Order by order: in how many samples nothing above it is salient, and how much is above it at all. */
static void print_limits(const show_t *show, const done_samples_t *s) {
    int64_t within = 0;
    printf("\nOrder limit M: %s without a salient I(S) above M, and share of the sum of |I| above M\n"
           "  M %12s   mean share\n",
           results_word(show->results), results_word(show->results));
    for (int m = 0; m <= results_players(show->results); m++) {
        within += s->limits[m];
        printf("  %-2d %10s%12s\n", m, display_percent((double)within / (double)s->done, 1).text,
               display_percent(average_mean(&s->of[FIELD_MASS_ABOVE][m]), 2).text);
    }
}

void show_conditions(const show_t *show, int family, const done_samples_t *s) {
    show_conditions_shortly(show, family, s);
    print_table(show, s);
    print_limit_assumed(show, s);
    printf("\nLeft out of the theorems: %" PRId64 " of %" PRId64 " %s; by the authors' own procedure %" PRId64 "\n",
           s->done - s->theorem.bound.count, s->done, results_word(show->results),
           s->done - s->theorem_of_authors.bound.count);
    print_codes(s, false);
    print_codes(s, true);
    print_limits(show, s);
}

/* ---- of one ---- */

static void print_limit(const show_row_t *row, int family) {
    double limit = *show_field_of(row, family, 0, FIELD_ORDER_LIMIT);
    if (!(limit >= 0 && limit <= row->names.n))
        return;
    double above = show_field_of(row, family, 0, FIELD_MASS_ABOVE)[(int)limit];
    printf("  1 order limit   %d: no I(S) of more players is salient", (int)limit);
    if (!isnan(above)) /* else all interactions are 0 */
        printf("; they make %s of the sum of |I|", display_percent(above, 2).text);
    printf("\n");
}

/* Theorem 2 assumes that there are no interactions of more than M players: else delta may be above its bound. */
static void print_theorems(const show_row_t *row, int family) {
    double delta = *show_field_of(row, family, 0, FIELD_DELTA),
           bound = *show_field_of(row, family, 0, FIELD_DELTA_BOUND);
    printf("  Theorem 2       delta is %.4g, its bound %.4g at m0 = %.0f%s\n", delta, bound,
           *show_field_of(row, family, 0, FIELD_M0),
           theorem_exceeds(delta, bound) ? ": orders above M are not empty" : "");
    printf("  Theorem 3       at most %.4g salient interactions of orders 1 ... M; there are %s\n",
           *show_field_of(row, family, 0, FIELD_BOUND_TOTAL),
           display_count(*show_field_of(row, family, 0, FIELD_REAL_TOTAL)).text);
}

static void print_bounds(const show_row_t *row, int family) {
    static const field_id_t COLUMNS[] = {FIELD_LAMBDA, FIELD_BOUND, FIELD_BOUND_L1, FIELD_SALIENT_COUNT};
    printf("\nBy order: the bound of Theorem 3, which holds if its assumptions do; sum|I|/tau, which holds always\n"
           "  order      lambda       bound  sum|I|/tau     salient\n");
    for (int k = 1; k <= row->names.n; k++) {
        printf("  %5d", k);
        for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++)
            printf("%12s", display_number(show_field_of(row, family, 0, COLUMNS[i])[k]).text);
        printf("\n");
    }
}

void show_conditions_of(const show_row_t *row, int family) {
    int code = (int)*show_field_of(row, family, 0, FIELD_EXCLUDED_WHY); /* one byte in the file */
    printf("\nConditions of sparse interactions (arXiv 2305.01939)\n");
    print_limit(row, family);
    if (*show_field_of(row, family, 0, FIELD_MONOTONE) == 1)
        printf("  2 monotone      yes: the mean output never falls from one order to the next\n");
    else
        printf("  2 monotone      no: the mean output falls at %.0f of %d orders, by %.4g at most\n",
               *show_field_of(row, family, 0, FIELD_VIOLATIONS), row->names.n,
               *show_field_of(row, family, 0, FIELD_VIOLATION_MAX));
    printf("  3 p             %s by the paper's estimate, %s from all pairs of orders\n",
           display_number(*show_field_of(row, family, 0, FIELD_P_PAPER)).text,
           display_number(*show_field_of(row, family, 0, FIELD_P_ALL_PAIRS)).text);
    if (conditions_counted(code))
        print_theorems(row, family);
    if (code != EXCLUDED_NOT)
        printf("  %s%s\n", conditions_counted(code) ? "" : "left out of the theorems: ", reason_of(code));
    print_bounds(row, family);
}
