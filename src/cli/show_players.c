#include "cli/show.h"

#include "base/memory.h"
#include "lattice/indices.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The sample and the players that the user asked for. */
typedef struct {
    const show_row_t *row;
    const results_t *results;
    bool chosen;                  /* --players is given ... */
    mask_t mask;                  /* ... and means this set */
    double sums[PLAYERS_MAX + 1]; /* of I(S) over the S that hold it, by |S|; for indices that are not stored */
} choice_t;

/* All digits: single numbers should read back exactly. */
static void print_exact(double x) {
    display_t number = display_exact(x);
    printf("%s%s", number.text[0] == '-' ? "" : " ", number.text);
}

/* ---- v(S) and I(S) ---- */

static void print_strength(const choice_t *choice, double effect) {
    double tau = *show_field(choice->row, FIELD_THRESHOLD), strongest = show_largest(choice->row, 0);
    if (choice->mask == 0)
        printf("   which is v(empty); the empty set is never salient\n");
    else
        printf("   %.1f %% of the strongest; %s (%s)\n", strongest > 0 ? 100 * fabs(effect) / strongest : 0,
               tau > 0 && fabs(effect) >= tau ? "salient" : "not salient", show_salient(choice->row, 0, 0).text);
}

static status_t print_set(const choice_t *choice, failure_t *why) {
    double value, effect;
    TRY(results_read_table(choice->results, TABLE_VALUES, choice->row->row, choice->mask, 1, &value, why));
    TRY(results_read_table(choice->results, TABLE_INTERACTIONS, choice->row->row, choice->mask, 1, &effect, why));
    printf("  v(S)  ");
    print_exact(value);
    printf("   these players present, the others masked\n  I(S)  ");
    print_exact(effect);
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
    return !INDICES[which].of_set && choice->row->fields->length[INDICES[which].field] > 0;
}

static void print_values(const choice_t *choice, const double *of_player) {
    const show_names_t *names = &choice->row->names;
    for (int i = 0; i < names->n; i++)
        if (choice->mask >> i & 1) {
            printf("  ");
            display_left(names->names[i], names->width);
            printf("  ");
            print_exact(of_player[i]);
            printf("\n");
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
    enum { INDENT = 20 };
    pair_t pairs[PLAYERS_MAX * (PLAYERS_MAX - 1) / 2] = {0};
    const show_names_t *names = &choice->row->names;
    size_t count = 0, pitch = (size_t)results_players(choice->results);
    for (int j = 1; j < names->n; j++)
        for (int i = 0; i < j; i++)
            pairs[count++] = (pair_t){i, j, matrix[(size_t)i * pitch + (size_t)j]};
    qsort(pairs, count, sizeof *pairs, stronger_first);
    for (size_t k = 0; k < count && k < choice->row->show->top; k++) {
        char *set OWNED = show_names_set(names, (mask_t)1 << pairs[k].i | (mask_t)1 << pairs[k].j);
        printf("  %4zu%12s  ", k + 1, display_number(pairs[k].value).text);
        display_wrapped(set, INDENT);
    }
}

static void print_one(const choice_t *choice, double value, const char *alone) {
    printf("  ");
    print_exact(value);
    if (mask_order(choice->mask) == 1)
        printf("   of one player: %s", alone);
    printf("\n");
}

/* Where the entry of the chosen one or two players, i <= j, lies in a matrix. */
static size_t pair_place(const choice_t *choice) {
    size_t i = (size_t)__builtin_ctzll(choice->mask), j = 63 - (size_t)__builtin_clzll(choice->mask);
    return i * (size_t)results_players(choice->results) + j;
}

/* slices: as stored, or NULL. */
static void print_slices(const choice_t *choice, const double *slices) {
    const int n = choice->row->names.n;
    const size_t players = (size_t)results_players(choice->results), slice = players * players;
    printf("  others present\n");
    for (int m = 0; m + 2 <= n; m++) {
        printf("  %14d  ", m);
        print_exact(slices ? slices[(size_t)m * slice + pair_place(choice)]
                           : supersets_multi_order(choice->sums, n, 2, m));
        printf("\n");
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
    const char *wants = wanted_instead(choice, which), *name = INDICES[which].name, *path = choice->row->show->path;
    bool computed = INDICES[which].of_set, pairs = FIELDS[INDICES[which].field].shape == SHAPE_PAIRS;
    if (wants)
        return failed(why, STATUS_INPUT, "--index %s takes %s (--players), not %d; %s", name, wants,
                      mask_order(choice->mask),
                      computed ? "sii2, stii2 and bii2 list the strongest pairs"
                               : "--index sii, stii, bii and moebius take any set");
    if (is_stored(choice, which))
        return STATUS_OK;
    TRY(show_need_tables(choice->row->show, why));
    if (pairs && !computed)
        return failed(why, STATUS_INPUT,
                      "%s: has no %s; this makes a file with it: harsanyi analyze %s -o OUT --set "
                      "'statistics.indices=[%s]'; --index sii, stii and bii of chosen --players work without it",
                      path, name, path, name);
    return STATUS_OK;
}

/* What is not stored is computed from the table. */
static status_t sum_supersets(choice_t *choice, failure_t *why) {
    results_row_t *reader CLEANUP(results_row_free) = results_row_open(choice->results, TABLE_INTERACTIONS);
    return supersets_sum(results_row_source(reader, choice->row->row), choice->mask, choice->sums, why);
}

static void print_stored(const choice_t *choice, int which) {
    const double *numbers = show_field(choice->row, INDICES[which].field);
    switch (FIELDS[INDICES[which].field].shape) {
    case SHAPE_PLAYERS:
        if (choice->chosen)
            print_values(choice, numbers);
        else
            show_grid(&choice->row->names, numbers);
        break;
    case SHAPE_PAIRS:
        if (choice->chosen)
            print_one(choice, numbers[pair_place(choice)], INDICES[which].alone);
        else
            print_strongest_pairs(choice, numbers);
        break;
    default:
        print_slices(choice, numbers);
    }
}

static void print_index(const choice_t *choice, int which) {
    if (is_stored(choice, which))
        print_stored(choice, which);
    else if (INDICES[which].of_set)
        print_one(choice, INDICES[which].of_set(choice->sums, choice->row->names.n, mask_order(choice->mask)),
                  INDICES[which].alone);
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
    text_t head CLEANUP(text_free) = {0};
    char *set OWNED = choice->chosen ? show_names_set(&choice->row->names, choice->mask) : NULL;
    text_add(&head, "Sample %" PRId64 ", %s", results_index(choice->results, choice->row->row),
             which == MOEBIUS ? "interaction I(S)" : INDICES[which].title);
    if (which != MOEBIUS && INDICES[which].of_set)
        text_add(&head, " of order %d", mask_order(choice->mask));
    if (set)
        text_add(&head, " of ");
    printf("%s", head.chars);
    display_wrapped(set ? set : "", head.length);
}

status_t show_players(const show_row_t *row, const char *players, const char *index, failure_t *why) {
    choice_t choice = {.row = row, .results = row->show->results, .chosen = players != NULL};
    int which;
    TRY(find_index(index, &which, why));
    if (players)
        TRY(show_names_parse(&row->names, players, &choice.mask, why));
    if (which == MOEBIUS) {
        TRY(show_need_tables(row->show, why));
    } else {
        TRY(check_index(&choice, which, why));
        if (!is_stored(&choice, which))
            TRY(sum_supersets(&choice, why));
    }
    print_title(&choice, which);
    if (which == MOEBIUS)
        return choice.chosen ? print_set(&choice, why) : show_strongest(row, 0, why);
    print_index(&choice, which);
    return STATUS_OK;
}
