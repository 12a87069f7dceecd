#include "cli/show_players.h"

#include "cli/display.h"
#include "lattice/supersets.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The sample and the players that the user asked for. */
typedef struct {
    const show_t *show;
    int64_t row;
    player_names_t roster;
    double *statistics;           /* owned */
    bool chosen;                  /* --players is given ... */
    mask_t mask;                  /* ... and means this set */
    double sums[PLAYERS_MAX + 1]; /* of I(S) over the S that hold it, by |S|; for indices that are not stored */
} choice_t;

/* All digits: single numbers should read back exactly. */
static void print_exact(const choice_t *choice, double x) {
    char text[DISPLAY_NUMBER];
    display_exact(x, text);
    fprintf(choice->show->out, "%s%s", text[0] == '-' ? "" : " ", text);
}

/* ---- v(S) and I(S) ---- */

static void print_strength(const choice_t *choice, double effect) {
    const fields_t *fields = results_fields(choice->show->results);
    double tau = *fields_at(fields, choice->statistics, FIELD_THRESHOLD);
    double strongest = show_largest(choice->show, choice->row, 0, choice->statistics);
    if (choice->mask == 0) {
        fprintf(choice->show->out, "   which is v(empty); the empty set is never salient\n");
        return;
    }
    fprintf(choice->show->out, "   %.1f %% of the strongest; %s (|I(S)| >= %.4g)\n",
            strongest > 0 ? 100 * fabs(effect) / strongest : 0,
            tau > 0 && fabs(effect) >= tau ? "salient" : "not salient", tau);
}

static status_t print_set(const choice_t *choice, failure_t *why) {
    const show_t *show = choice->show;
    double value, effect;
    TRY(results_read_table(show->results, TABLE_VALUES, choice->row, choice->mask, 1, &value, why));
    TRY(results_read_table(show->results, TABLE_INTERACTIONS, choice->row, choice->mask, 1, &effect, why));
    fprintf(show->out, "  v(S)  ");
    print_exact(choice, value);
    fprintf(show->out, "   these players present, the others masked\n  I(S)  ");
    print_exact(choice, effect);
    print_strength(choice, effect);
    return STATUS_OK;
}

/* ---- indices ---- */

/* Those without of_set are stored; those with it are computed, of a set of any order. multi_order is stored on request
 * and else computed. */
static const struct {
    const char *name, *title, *alone; /* alone: what it is of one player */
    field_id_t field;
    double (*of_set)(const double *sums, int n, int size);
} INDICES[] = {
    {"shapley", "Shapley value", NULL, FIELD_SHAPLEY, NULL},
    {"banzhaf", "Banzhaf value", NULL, FIELD_BANZHAF, NULL},
    {"sii2", "Shapley interaction index", "Shapley value", FIELD_SII2, NULL},
    {"stii2", "Shapley-Taylor index of order 2", "I of the player alone", FIELD_STII2, NULL},
    {"bii2", "Banzhaf interaction index", "Banzhaf value", FIELD_BII2, NULL},
    {"multi_order", "multi-order interaction", NULL, FIELD_MULTI_ORDER, NULL},
    {"sii", "Shapley interaction index", "Shapley value", FIELD_SII2, supersets_sii},
    {"stii", "Shapley-Taylor index", "Shapley value", FIELD_STII2, supersets_stii},
    {"bii", "Banzhaf interaction index", "Banzhaf value", FIELD_BII2, supersets_bii},
};
enum { INDEX_COUNT = sizeof INDICES / sizeof *INDICES };

static bool is_stored(const choice_t *choice, int which) {
    return !INDICES[which].of_set && results_fields(choice->show->results)->length[INDICES[which].field] > 0;
}

static void print_values(const choice_t *choice, const double *of_player) {
    for (int i = 0; i < choice->roster.n; i++)
        if (choice->mask >> i & 1) {
            fprintf(choice->show->out, "  ");
            display_left(choice->show->out, choice->roster.names[i], choice->roster.width);
            fputs("  ", choice->show->out);
            print_exact(choice, of_player[i]);
            fputc('\n', choice->show->out);
        }
}

typedef struct {
    int i, j;
    double value;
} pair_t;

static int stronger_first(const void *a, const void *b) {
    const pair_t *x = a, *y = b;
    double of_x = fabs(x->value), of_y = fabs(y->value);
    if (of_x != of_y)
        return of_x < of_y ? 1 : -1;
    return x->j != y->j ? x->j - y->j : x->i - y->i; /* the smaller mask first */
}

static void print_strongest_pairs(const choice_t *choice, const double *matrix) {
    pair_t pairs[PLAYERS_MAX * (PLAYERS_MAX - 1) / 2] = {0};
    size_t count = 0, pitch = (size_t)results_players(choice->show->results);
    for (int j = 1; j < choice->roster.n; j++)
        for (int i = 0; i < j; i++)
            pairs[count++] = (pair_t){i, j, matrix[(size_t)i * pitch + (size_t)j]};
    qsort(pairs, count, sizeof *pairs, stronger_first);
    for (size_t k = 0; k < count && k < choice->show->top; k++) {
        text_t set = {0};
        player_names_add_set(&choice->roster, (mask_t)1 << pairs[k].i | (mask_t)1 << pairs[k].j, &set);
        fprintf(choice->show->out, "  %4zu", k + 1);
        display_cell(choice->show->out, pairs[k].value, 12);
        fprintf(choice->show->out, "  %s\n", set.chars ? set.chars : "");
        text_free(&set);
    }
}

/* The players i <= j of a set of one or two. */
static void ends_of(mask_t mask, size_t *i, size_t *j) {
    *i = (size_t)__builtin_ctzll(mask);
    *j = 63 - (size_t)__builtin_clzll(mask);
}

static void print_one(const choice_t *choice, double value, const char *alone) {
    fputs("  ", choice->show->out);
    print_exact(choice, value);
    if (mask_order(choice->mask) == 1)
        fprintf(choice->show->out, "   of one player: %s", alone);
    fputc('\n', choice->show->out);
}

static void print_pair(const choice_t *choice, const double *matrix, const char *alone) {
    size_t i, j, pitch = (size_t)results_players(choice->show->results);
    ends_of(choice->mask, &i, &j);
    print_one(choice, matrix[i * pitch + j], alone);
}

/* slices: as stored, or NULL. */
static void print_slices(const choice_t *choice, const double *slices) {
    size_t i, j, pitch = (size_t)results_players(choice->show->results);
    ends_of(choice->mask, &i, &j);
    fprintf(choice->show->out, "  others present\n");
    for (int m = 0; m + 2 <= choice->roster.n; m++) {
        fprintf(choice->show->out, "  %14d  ", m);
        print_exact(choice, slices ? slices[((size_t)m * pitch + i) * pitch + j]
                                   : supersets_multi_order(choice->sums, choice->roster.n, 2, m));
        fputc('\n', choice->show->out);
    }
}

/* How many players the index is defined for, when it is not for those chosen; NULL: it is. */
static const char *wanted_instead(const choice_t *choice, int which) {
    int size = mask_order(choice->mask);
    if (INDICES[which].of_set)
        return size < 1 ? "one player or more" : NULL;
    switch (FIELDS[INDICES[which].field].shape) {
    case SHAPE_PLAYERS:
        return choice->chosen && size < 1 ? "one player or more" : NULL;
    case SHAPE_PAIRS:
        return choice->chosen && (size < 1 || size > 2) ? "one or two players" : NULL;
    default:
        return size != 2 ? "two players" : NULL;
    }
}

static status_t check_index(const choice_t *choice, int which, failure_t *why) {
    const char *wants = wanted_instead(choice, which), *name = INDICES[which].name, *path = choice->show->path;
    bool computed = INDICES[which].of_set, pairs = FIELDS[INDICES[which].field].shape == SHAPE_PAIRS;
    if (wants)
        return failed(why, STATUS_INPUT, "--index %s takes %s (--players), not %d; %s", name, wants,
                      mask_order(choice->mask),
                      computed ? "sii2, stii2 and bii2 list the strongest pairs"
                               : "--index sii, stii, bii and moebius take any set");
    if (is_stored(choice, which))
        return STATUS_OK;
    TRY(show_need_tables(choice->show, why));
    if (pairs && !computed)
        return failed(why, STATUS_INPUT,
                      "%s: has no %s; this makes a file with it: harsanyi analyze %s -o OUT --set "
                      "'statistics.indices=[%s]'; --index sii, stii and bii of chosen --players work without it",
                      path, name, path, name);
    return STATUS_OK;
}

/* What is not stored is computed from the table. */
static status_t sum_supersets(choice_t *choice, failure_t *why) {
    results_row_t *reader = results_row_open(choice->show->results, TABLE_INTERACTIONS);
    status_t status = supersets_sum(results_row_source(reader, choice->row), choice->mask, choice->sums, why);
    results_row_free(&reader);
    return status;
}

static void print_stored(const choice_t *choice, int which) {
    field_id_t id = INDICES[which].field;
    const double *numbers = fields_at(results_fields(choice->show->results), choice->statistics, (int)id);
    if (FIELDS[id].shape == SHAPE_PLAYERS && choice->chosen)
        print_values(choice, numbers);
    else if (FIELDS[id].shape == SHAPE_PLAYERS)
        show_grid(choice->show, &choice->roster, numbers);
    else if (FIELDS[id].shape == SHAPE_PAIRS && choice->chosen)
        print_pair(choice, numbers, INDICES[which].alone);
    else if (FIELDS[id].shape == SHAPE_PAIRS)
        print_strongest_pairs(choice, numbers);
    else
        print_slices(choice, numbers);
}

static void print_index(const choice_t *choice, int which) {
    int size = mask_order(choice->mask);
    if (is_stored(choice, which))
        print_stored(choice, which);
    else if (INDICES[which].of_set)
        print_one(choice, INDICES[which].of_set(choice->sums, choice->roster.n, size), INDICES[which].alone);
    else
        print_slices(choice, NULL);
}

/* ---- which of them ---- */

enum { MOEBIUS = -1 };

static status_t find_index(const char *name, int *which, failure_t *why) {
    *which = MOEBIUS;
    if (!name || strcmp(name, "moebius") == 0)
        return STATUS_OK;
    for (*which = 0; *which < INDEX_COUNT; (*which)++)
        if (strcmp(INDICES[*which].name, name) == 0)
            return STATUS_OK;
    return failed(why, STATUS_INPUT, "--index: there is no index %s; `harsanyi show --help` lists them", name);
}

static void print_title(const choice_t *choice, int which) {
    text_t head = {0}, set = {0};
    text_add(&head, "Sample %" PRId64 ", %s", results_index(choice->show->results, choice->row),
             which == MOEBIUS ? "interaction I(S)" : INDICES[which].title);
    if (which != MOEBIUS && INDICES[which].of_set)
        text_add(&head, " of order %d", mask_order(choice->mask));
    if (choice->chosen) {
        text_add(&head, " of ");
        player_names_add_set(&choice->roster, choice->mask, &set);
    }
    fputs(head.chars ? head.chars : "", choice->show->out);
    display_wrapped(choice->show->out, set.chars ? set.chars : "", head.length);
    text_free(&head);
    text_free(&set);
}

/* Everything that can be refused, before anything is printed. */
static status_t prepare(choice_t *choice, const char *players, const char *index, int *which, failure_t *why) {
    TRY(find_index(index, which, why));
    choice->chosen = players != NULL;
    if (players)
        TRY(player_names_parse(&choice->roster, players, &choice->mask, why));
    if (*which != MOEBIUS)
        TRY(check_index(choice, *which, why));
    else
        TRY(show_need_tables(choice->show, why));
    if (*which != MOEBIUS && !is_stored(choice, *which))
        TRY(sum_supersets(choice, why));
    return show_load(choice->show, choice->row, &choice->statistics, why);
}

static status_t print_choice(const choice_t *choice, int which, failure_t *why) {
    print_title(choice, which);
    if (which == MOEBIUS && choice->chosen)
        return print_set(choice, why);
    if (which == MOEBIUS)
        return show_strongest(choice->show, choice->row, 0, &choice->roster,
                              show_largest(choice->show, choice->row, 0, choice->statistics), why);
    print_index(choice, which);
    return STATUS_OK;
}

status_t show_players(const show_t *show, int64_t row, const char *players, const char *index, failure_t *why) {
    choice_t choice = {.show = show, .row = row};
    results_sample_t info;
    int which;
    TRY(results_read_sample(show->results, row, &info, why));
    if (info.status != SAMPLE_DONE) {
        show_undone(show, row, &info);
        return STATUS_OK;
    }
    player_names_of(show->results, row, &choice.roster);
    status_t status = prepare(&choice, players, index, &which, why);
    if (status == STATUS_OK)
        status = print_choice(&choice, which, why);
    free(choice.statistics);
    player_names_free(&choice.roster);
    return status;
}
