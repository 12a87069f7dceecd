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
    return fields_at(results_fields(view->show->results), view->statistics, id);
}

static void print_head(const sample_view_t *view) {
    FILE *out = view->show->out;
    int64_t label = results_label(view->show->results, view->row);
    fprintf(out, "%s\nSample %" PRId64 ": ", view->show->path, results_index(view->show->results, view->row));
    if (label >= 0)
        fprintf(out, "label %" PRId64 ", ", label);
    fprintf(out, "target %" PRId64 ", %d players\n\n", view->info.target, view->roster.n);
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
    fprintf(out, "   all players present; the sum of all interactions but for %.1g\n  salient   ",
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

static void print_orders(const sample_view_t *view) {
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
    fprintf(out, "\nBy order (number of players); noise: its floor, the standard deviation that it gives I(S);\n"
                 "cancelling: sum of I / sum of |I|; u = v - v(empty)\n  order        sets");
    for (size_t i = 0; i < columns; i++)
        display_right(out, COLUMNS[i].head, COLUMNS[i].width);
    fprintf(out, " salient\n");
    for (int m = 0; m <= view->roster.n; m++) {
        char sets[DISPLAY_NUMBER], salient[DISPLAY_NUMBER];
        display_count(indices_choose(view->roster.n, m), sets);
        display_short(field(view, FIELD_SALIENT_COUNT)[m], salient);
        fprintf(out, "  %5d", m);
        display_right(out, sets, 12);
        for (size_t i = 0; i < columns; i++)
            display_cell(out, field(view, COLUMNS[i].field)[m], COLUMNS[i].width);
        display_right(out, salient, 8);
        fputc('\n', out);
    }
}

static status_t print_all(const sample_view_t *view, failure_t *why) {
    FILE *out = view->show->out;
    print_head(view);
    print_outputs(view);
    fprintf(out, "Strongest interactions\n");
    TRY(show_strongest(view->show, view->row, &view->roster, show_largest(view->show, view->row, view->statistics),
                       why));
    fprintf(out, "\nShapley values; their sum is v(N) - v(empty) = %.4g\n", view->info.v_full - view->info.v_empty);
    show_grid(view->show, &view->roster, field(view, FIELD_SHAPLEY));
    print_orders(view);
    return STATUS_OK;
}

status_t show_sample(const show_t *show, int64_t row, failure_t *why) {
    sample_view_t view = {.show = show, .row = row};
    TRY(results_read_sample(show->results, row, &view.info, why));
    if (view.info.status != SAMPLE_DONE) {
        show_undone(show, row, &view.info);
        return STATUS_OK;
    }
    TRY(player_names_of(show->results, row, &view.roster, why));
    status_t status = show_load(show, row, &view.statistics, why);
    if (status == STATUS_OK)
        status = print_all(&view, why);
    free(view.statistics);
    player_names_free(&view.roster);
    return status;
}
