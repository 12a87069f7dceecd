#include "cli/show.h"

#include "base/memory.h"
#include "cli/display.h"
#include "review/subset.h"
#include "stats/strongest.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

status_t show_find(const show_t *show, int64_t index, int64_t *row, failure_t *why) {
    text_t indices = {0};
    for (*row = 0; *row < results_samples(show->results); (*row)++)
        if (results_index(show->results, *row) == index)
            return STATUS_OK;
    subset_add_indices(show->results, &indices);
    failed(why, STATUS_INPUT, "%s: has no sample %" PRId64 "; it holds samples %s", show->path, index,
           indices.chars ? indices.chars : "?");
    text_free(&indices);
    return STATUS_INPUT;
}

status_t show_load(const show_t *show, int64_t row, double **statistics, failure_t *why) {
    bool intact = false;
    *statistics = memory_need(results_fields(show->results)->doubles, sizeof **statistics, "statistics");
    status_t status = results_read_row(show->results, row, *statistics, &intact, why);
    if (status == STATUS_OK && !intact)
        status = failed(why, STATUS_INPUT,
                        "%s: the statistics of sample %" PRId64
                        " do not match their checksum: the file is damaged; run harsanyi verify to see where",
                        show->path, results_index(show->results, row));
    if (status != STATUS_OK) {
        free(*statistics);
        *statistics = NULL;
    }
    return status;
}

status_t show_need_tables(const show_t *show, failure_t *why) {
    if (results_has_tables(show->results))
        return STATUS_OK;
    char *tables = display_cleaned(results_tables_of(show->results));
    failed(why, STATUS_INPUT, "%s: holds statistics only; use the file with the tables: %s", show->path, tables);
    free(tables);
    return STATUS_INPUT;
}

void show_undone(const show_t *show, int64_t row, const results_sample_t *info) {
    const bool failed_one = info->status != SAMPLE_PENDING;
    fprintf(show->out, "sample %" PRId64 ": %s", results_index(show->results, row),
            failed_one ? "failed: " : "pending");
    if (failed_one)
        display_clean(show->out, info->error[0] ? info->error : "no reason given");
    fputc('\n', show->out);
}

double show_largest(const show_t *show, int64_t row, int family, double *statistics) {
    double largest = 0;
    for (int kind = 0; kind < FAMILIES[family].kinds; kind++) {
        const double *of_order =
            fields_of_kind(results_fields(show->results), statistics, family, kind, FIELD_STRENGTH_MAX);
        for (int m = 1; m <= results_players_of(show->results, row); m++)
            largest = fmax(largest, of_order[m]);
    }
    return largest;
}

/* floors: by order; NULL: unknown. */
static void print_interaction(const show_t *show, size_t rank, interaction_t one, const player_names_t *roster,
                              double strongest, const double *floors) {
    enum { INDENT = 44 };
    text_t set = {0};
    char noise[DISPLAY_NUMBER] = "";
    int order = mask_order(one.mask);
    player_names_add_set(roster, one.mask, &set);
    if (floors && floors[order] > 0)
        display_short(fabs(one.effect) / floors[order], noise);
    fprintf(show->out, "  %4zu", rank);
    display_cell(show->out, one.effect, 12);
    fprintf(show->out, "%6.1f %%", strongest > 0 ? 100 * fabs(one.effect) / strongest : 0);
    display_right(show->out, noise, 9);
    fprintf(show->out, "%7d  ", order);
    display_wrapped(show->out, set.chars ? set.chars : "", INDENT);
    text_free(&set);
}

static status_t print_strongest(const show_t *show, row_source_t source, interaction_t *found, size_t most,
                                const player_names_t *roster, double strongest, const double *floors, failure_t *why) {
    size_t count;
    TRY(strongest_find(source, most, found, &count, why));
    fprintf(show->out, "  rank        I(S)  of max  × noise  order  players\n");
    for (size_t i = 0; i < count; i++)
        print_interaction(show, i + 1, found[i], roster, strongest, floors);
    return STATUS_OK;
}

status_t show_strongest(const show_t *show, int64_t row, int kind, const player_names_t *roster, double strongest,
                        failure_t *why) {
    failure_t elsewhere;
    if (show_need_tables(show, &elsewhere) != STATUS_OK) {
        fprintf(show->out, "  %s\n", elsewhere.text);
        return STATUS_OK;
    }
    mask_t sets = mask_count(roster->n) - 1;
    size_t most = show->top < sets ? show->top : (size_t)sets;
    double *statistics;
    TRY(show_load(show, row, &statistics, why));
    const double *floors = kind == 0 ? fields_at(results_fields(show->results), statistics, FIELD_NOISE_FLOOR) : NULL;
    interaction_t *found = memory_need(most, sizeof *found, "the strongest interactions");
    results_row_t *reader = results_row_open(show->results, TABLE_INTERACTIONS + kind);
    status_t status =
        print_strongest(show, results_row_source(reader, row), found, most, roster, strongest, floors, why);
    results_row_free(&reader);
    free(statistics);
    free(found);
    return status;
}

/* As many columns as fit; fewer when that makes whole rows, as of 16 players in a square. */
static int grid_columns(int players, size_t cell) {
    int fit = (int)(DISPLAY_COLUMNS / cell);
    fit = fit < 1 ? 1 : fit;
    for (int columns = fit; columns > fit / 2; columns--)
        if (players % columns == 0)
            return columns;
    return fit;
}

void show_grid(const show_t *show, const player_names_t *roster, const double *numbers) {
    enum { NUMBER = 12, GAP = 3 };
    int columns = grid_columns(roster->n, roster->width + NUMBER + GAP);
    for (int i = 0; i < roster->n; i++) {
        fprintf(show->out, "%*s", i % columns ? GAP : 2, "");
        display_left(show->out, roster->names[i], roster->width);
        display_cell(show->out, numbers[i], NUMBER);
        if (i % columns == columns - 1 || i == roster->n - 1)
            fputc('\n', show->out);
    }
}
