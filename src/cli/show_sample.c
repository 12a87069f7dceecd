#include "cli/show.h"

#include "base/memory.h"
#include "lattice/indices.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* "label 3 (cat)" */
static void print_class(const results_t *results, const char *what, int64_t class) {
    const char *name = results_name(results, NAMES_OF_CLASSES, 0, class);
    printf("%s %" PRId64, what, class);
    if (name && *name) {
        printf(" (");
        display_clean(name);
        printf(")");
    }
    printf(", ");
}

/* Whether v is about one of several outputs or classes: that of a game or of a table from elsewhere is not. */
static bool has_target(const results_t *results) {
    return results_targets(results) > 1 || strcmp(results_identity(results)->score, "none") != 0;
}

/* The family is named unless it is harsanyi, which is shown by default. */
static void print_head(const show_row_t *row, const family_t *family) {
    const results_t *results = row->show->results;
    int64_t label = results_label(results, row->row);
    printf("%s\nSample %" PRId64 ": ", row->show->path, results_index(results, row->row));
    if (label >= 0)
        print_class(results, "label", label);
    if (has_target(results))
        print_class(results, "target", row->info.target);
    if (results_outputs(results) > 1) {
        printf("output ");
        display_clean(results_output_name(results, results_output(results, row->row)));
        printf(", ");
    }
    printf("%d player%s", row->names.n, row->names.n > 1 ? "s" : "");
    if (family != FAMILIES)
        printf(", family %s", family->name);
    if (results_rows_of_sample(results) > 1)
        printf("\none of the %d rows of this sample: --target and --output choose another",
               results_rows_of_sample(results));
    printf("\n\n");
}

/* What is not plain from the number itself. */
static void print_noise(const results_sample_t *info) {
    static const char *const WHY[] = {
        [NOISE_WHY_JUMPS] =
            "; v jumps, or stays as it is, when inputs move, so that it is the rounding of the outputs alone",
        [NOISE_WHY_NO_FUNCTION] = "unknown, as v is no function of S alone",
        [NOISE_WHY_NO_MOVED_V] = "; moved inputs have no finite v, so that it is the rounding of the outputs alone"};
    const char *why = info->noise_why < sizeof WHY / sizeof *WHY && WHY[info->noise_why] ? WHY[info->noise_why] : "";
    if (!isnan(info->noise_sigma))
        printf("  noise     %10s   standard deviation in v(S); in I(S) of m players 2^(m/2) times that%s\n",
               display_number(info->noise_sigma).text, why);
    else if (why[0])
        printf("  noise              -   %s\n", why);
}

/* v(N) is the sum of all interactions: Theorem 1 at S = N, which shows what rounding did. */
static void print_outputs(const show_row_t *row) {
    double sum = row->info.v_empty;
    for (int m = 1; m <= row->names.n; m++)
        sum += show_field(row, FIELD_INTERACTION_SUM)[m];
    printf("  v(empty)  %10s   all players masked\n", display_number(row->info.v_empty).text);
    printf("  v(N)      %10s   all players present; the sum of all interactions, except for %.1g\n",
           display_number(row->info.v_full).text, fabs(row->info.v_full - sum));
    printf("  salient   %10s   of %s interaction%s: %s\n", display_count(*show_field(row, FIELD_SALIENT_TOTAL)).text,
           display_count((double)mask_count(row->names.n) - 1).text, row->names.n > 1 ? "s" : "",
           show_salient(row, 0, 0).text);
    print_noise(&row->info);
    printf("\n");
}

/* The columns that make sense for the family; kind: of it. */
static void print_orders(const show_row_t *row, int family, int kind) {
    static const struct {
        const char *head;
        field_id_t field;
        int width; /* what may be negative takes one column more */
    } COLUMNS[] = {{"mean |I|", FIELD_STRENGTH_MEAN, 10},   {"median", FIELD_STRENGTH_MEDIAN, 10},
                   {"max", FIELD_STRENGTH_MAX, 10},         {"noise", FIELD_NOISE_FLOOR, 10},
                   {"sum of I", FIELD_INTERACTION_SUM, 11}, {"cancelling", FIELD_CANCELLATION, 11},
                   {"mean u", FIELD_OUTPUT_MEAN, 11}};
    const size_t columns = sizeof COLUMNS / sizeof *COLUMNS;
    printf("\nBy order (number of players); %scancelling: sum of I / sum of |I|%s\n  order        sets",
           family == 0 ? "noise: its floor, the standard deviation that it gives I(S);\n" : "",
           show_u(row->fields, family));
    for (size_t i = 0; i < columns; i++)
        if (show_has(row->fields, family, COLUMNS[i].field))
            printf("%*s", COLUMNS[i].width, COLUMNS[i].head);
    printf(" salient\n");
    for (int m = 0; m <= row->names.n; m++) {
        printf("  %5d %11s", m, display_count(indices_choose(row->names.n, m)).text);
        for (size_t i = 0; i < columns; i++)
            if (show_has(row->fields, family, COLUMNS[i].field))
                printf(" %*s", COLUMNS[i].width - 1, /* a space in any case */
                       display_number(show_field_of(row, family, kind, COLUMNS[i].field)[m]).text);
        printf("%8s\n", display_short(show_field_of(row, family, kind, FIELD_SALIENT_COUNT)[m]).text);
    }
}

static const char *sort_of(const show_row_t *row, int player) {
    return results_name(row->show->results, CLASSES_OF_PLAYERS, row->row, player);
}

/* Players by what sort they are, in the order of the first of each. */
static void print_sorts(const show_row_t *row) {
    mask_t left = mask_count(row->names.n) - 1;
    if (!sort_of(row, 0))
        return;
    printf("\nPlayers by class\n");
    while (left) {
        const char *sort = sort_of(row, __builtin_ctzll(left));
        mask_t alike = 0;
        for (int i = 0; i < row->names.n; i++)
            if (strcmp(sort_of(row, i), sort) == 0)
                alike |= (mask_t)1 << i;
        char *cleaned OWNED = display_cleaned(sort), *set OWNED = show_names_set(&row->names, alike);
        printf("  %s: ", cleaned);
        display_wrapped(set, display_width(cleaned) + 4);
        left &= ~alike;
    }
}

static status_t print_all(const show_row_t *row, failure_t *why) {
    print_head(row, FAMILIES);
    print_outputs(row);
    printf("Strongest interactions\n");
    TRY(show_strongest(row, 0, why));
    printf("\nShapley values; their sum is v(N) - v(empty) = %.4g\n", row->info.v_full - row->info.v_empty);
    show_grid(&row->names, show_field(row, FIELD_SHAPLEY));
    print_sorts(row);
    print_orders(row, 0, 0);
    return STATUS_OK;
}

static status_t print_kind(const show_row_t *row, int family, int kind, failure_t *why) {
    printf("Strongest effects%s", show_kind(row->fields, family, kind).text);
    const double salient = *show_field_of(row, family, kind, FIELD_SALIENT_TOTAL);
    printf("; %s %s salient: %s\n", display_count(salient).text, salient == 1 ? "is" : "are",
           show_salient(row, family, kind).text);
    TRY(show_strongest(row, families_first_kind(&row->fields->families, family) + kind, why));
    print_orders(row, family, kind);
    return STATUS_OK;
}

/* How strong the interactions are together, and how close that is to the least, for certain. */
static void print_solution(const show_row_t *row, int family) {
    const double gap = *show_field_of(row, family, 0, FIELD_GAP);
    printf("  l1        %10s   sum of |I|, of all kinds\n",
           display_number(*show_field_of(row, family, 0, FIELD_L1)).text);
    printf("  band      %10s   they rebuild v(S) of all S within this\n",
           display_number(*show_field_of(row, family, 0, FIELD_ZETA)).text);
    printf("  gap       %10.2g   of the objective to its lower bound%s\n\n", gap,
           *show_field_of(row, family, 0, FIELD_CONVERGED) == 1
               ? ""
               : ": the gap asked for was NOT reached (converged = 0)");
}

status_t show_sample(const show_row_t *row, int family, failure_t *why) {
    if (family == 0)
        return print_all(row, why);
    print_head(row, &FAMILIES[family]);
    if (row->names.n > FINISH_PLAYERS_MAX) {
        printf("  rows of more than %d players have no effects of this family\n", FINISH_PLAYERS_MAX);
        return STATUS_OK;
    }
    if (family == families_solved(&row->fields->families))
        print_solution(row, family);
    for (int kind = 0; kind < row->fields->families.kinds[family]; kind++) {
        if (kind > 0)
            printf("\n");
        TRY(print_kind(row, family, kind, why));
    }
    return STATUS_OK;
}
