#include "cli/show_sample.h"

#include "cli/display.h"
#include "lattice/indices.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A done sample and all that is known of it. */
typedef struct {
    const show_t *show;
    int64_t row;
    results_sample_t info;
    player_names_t roster;
    double *statistics; /* owned */
} sample_view_t;

static const double *field(const sample_view_t *view, field_id_t id) {
    return fields_of_kind(results_fields(view->show->results), view->statistics, 0, 0, id);
}

static const double *of_kind(const sample_view_t *view, int family, int kind, field_id_t id) {
    return fields_of_kind(results_fields(view->show->results), view->statistics, family, kind, id);
}

/* The family is named unless it is harsanyi, which is shown by default. */
static void print_head(const sample_view_t *view, const family_t *family) {
    FILE *out = view->show->out;
    int64_t label = results_label(view->show->results, view->row);
    fprintf(out, "%s\nSample %" PRId64 ": ", view->show->path, results_index(view->show->results, view->row));
    if (label >= 0)
        fprintf(out, "label %" PRId64 ", ", label);
    fprintf(out, "target %" PRId64 ", %d players", view->info.target, view->roster.n);
    if (family != FAMILIES)
        fprintf(out, ", family %s", family->name);
    fprintf(out, "\n\n");
}

/* v(N) is the sum of all interactions: Theorem 1 at S = N, which shows what rounding did. */
static void print_outputs(const sample_view_t *view) {
    FILE *out = view->show->out;
    char salient[DISPLAY_NUMBER], sets[DISPLAY_NUMBER];
    double sum = view->info.v_empty;
    for (int m = 1; m <= view->roster.n; m++)
        sum += field(view, FIELD_INTERACTION_SUM)[m];
    display_count(*field(view, FIELD_SALIENT_TOTAL), salient);
    display_count((double)mask_count(view->roster.n) - 1, sets);
    fprintf(out, "  v(empty)  ");
    display_cell(out, view->info.v_empty, 10);
    fprintf(out, "   all players masked\n  v(N)      ");
    display_cell(out, view->info.v_full, 10);
    fprintf(out, "   all players present; the sum of all interactions, except for %.1g\n  salient   ",
            fabs(view->info.v_full - sum));
    display_right(out, salient, 10);
    fprintf(out, "   of %s interactions: |I(S)| >= %.4g\n", sets, *field(view, FIELD_THRESHOLD));
    if (!isnan(view->info.noise_sigma)) {
        fprintf(out, "  noise     ");
        display_cell(out, view->info.noise_sigma, 10);
        fprintf(out, "   standard deviation in v(S); in I(S) of m players 2^(m/2) times that\n");
    }
    fputc('\n', out);
}

/* The columns that make sense for the family; kind: of it. */
static void print_orders(const sample_view_t *view, int family, int kind) {
    static const struct {
        const char *head;
        field_id_t field;
        size_t width; /* what may be negative takes one column more */
    } COLUMNS[] = {{"mean |I|", FIELD_STRENGTH_MEAN, 10},   {"median", FIELD_STRENGTH_MEDIAN, 10},
                   {"max", FIELD_STRENGTH_MAX, 10},         {"noise", FIELD_NOISE_FLOOR, 10},
                   {"sum of I", FIELD_INTERACTION_SUM, 11}, {"cancelling", FIELD_CANCELLATION, 11},
                   {"mean u", FIELD_OUTPUT_MEAN, 11}};
    const size_t columns = sizeof COLUMNS / sizeof *COLUMNS;
    FILE *out = view->show->out;
    fprintf(out, "\nBy order (number of players); %scancelling: sum of I / sum of |I|%s\n  order        sets",
            family == 0 ? "noise: its floor, the standard deviation that it gives I(S);\n" : "",
            family == 0 ? "; u = v - v(empty)" : "");
    for (size_t i = 0; i < columns; i++)
        if (family == 0 || FIELDS[COLUMNS[i].field].families == OF_KINDS)
            display_right(out, COLUMNS[i].head, COLUMNS[i].width);
    fprintf(out, " salient\n");
    for (int m = 0; m <= view->roster.n; m++) {
        char sets[DISPLAY_NUMBER], salient[DISPLAY_NUMBER];
        display_count(indices_choose(view->roster.n, m), sets);
        display_short(of_kind(view, family, kind, FIELD_SALIENT_COUNT)[m], salient);
        fprintf(out, "  %5d", m);
        display_right(out, sets, 12);
        for (size_t i = 0; i < columns; i++)
            if (family == 0 || FIELDS[COLUMNS[i].field].families == OF_KINDS)
                display_cell(out, of_kind(view, family, kind, COLUMNS[i].field)[m], COLUMNS[i].width);
        display_right(out, salient, 8);
        fputc('\n', out);
    }
}

static status_t print_all(const sample_view_t *view, failure_t *why) {
    FILE *out = view->show->out;
    print_head(view, FAMILIES);
    print_outputs(view);
    fprintf(out, "Strongest interactions\n");
    TRY(show_strongest(view->show, view->row, 0, &view->roster,
                       show_largest(view->show, view->row, 0, view->statistics), why));
    fprintf(out, "\nShapley values; their sum is v(N) - v(empty) = %.4g\n", view->info.v_full - view->info.v_empty);
    show_grid(view->show, &view->roster, field(view, FIELD_SHAPLEY));
    print_orders(view, 0, 0);
    return STATUS_OK;
}

static status_t print_kind(const sample_view_t *view, int family, int kind, failure_t *why) {
    FILE *out = view->show->out;
    char salient[DISPLAY_NUMBER];
    display_count(*of_kind(view, family, kind, FIELD_SALIENT_TOTAL), salient);
    fprintf(out, "Strongest effects");
    if (FAMILIES[family].kinds > 1)
        fprintf(out, " of kind %s", FAMILIES[family].kind_names[kind]);
    fprintf(out, "; %s are salient: |I(S)| >= %.4g\n", salient, *of_kind(view, family, kind, FIELD_THRESHOLD));
    TRY(show_strongest(view->show, view->row, families_first_kind(family) + kind, &view->roster,
                       show_largest(view->show, view->row, family, view->statistics), why));
    print_orders(view, family, kind);
    return STATUS_OK;
}

/* A further family. */
static status_t print_family(const sample_view_t *view, int family, failure_t *why) {
    if (family >= results_families(view->show->results))
        return show_need_tables(view->show, why);
    print_head(view, &FAMILIES[family]);
    if (view->roster.n > FINISH_PLAYERS_MAX) {
        fprintf(view->show->out, "  rows of more than %d players have no effects of this family\n", FINISH_PLAYERS_MAX);
        return STATUS_OK;
    }
    for (int kind = 0; kind < FAMILIES[family].kinds; kind++) {
        if (kind > 0)
            fputc('\n', view->show->out);
        TRY(print_kind(view, family, kind, why));
    }
    return STATUS_OK;
}

status_t show_sample(const show_t *show, int64_t row, int family, failure_t *why) {
    sample_view_t view = {.show = show, .row = row};
    TRY(results_read_sample(show->results, row, &view.info, why));
    if (view.info.status != SAMPLE_DONE) {
        show_undone(show, row, &view.info);
        return STATUS_OK;
    }
    player_names_of(show->results, row, &view.roster);
    status_t status = show_load(show, row, &view.statistics, why);
    if (status == STATUS_OK)
        status = family == 0 ? print_all(&view, why) : print_family(&view, family, why);
    free(view.statistics);
    player_names_free(&view.roster);
    return status;
}
