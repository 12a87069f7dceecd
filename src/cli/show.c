#include "cli/show.h"

#include "base/memory.h"
#include "base/text.h"
#include "hdf5/look.h"
#include "review/subset.h"
#include "stats/sort.h"
#include "stats/theorem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names of players ---- */

void show_names_of(const results_t *results, row_t sample, bool numbers, show_names_t *out) {
    *out = (show_names_t){.n = results_players_of(results, sample)};
    for (int i = 0; i < out->n; i++) {
        const char *name = numbers ? NULL : results_name(results, NAMES_OF_PLAYERS, sample, i);
        out->names[i] = name && *name ? display_cleaned(name) : memory_text("%d", i);
        size_t width = display_width(out->names[i]);
        out->width = width > out->width ? width : out->width;
    }
}

void show_names_free(show_names_t *names) {
    for (int i = 0; i < names->n; i++)
        free(names->names[i]);
    *names = (show_names_t){0};
}

static status_t complain(const show_names_t *names, const char *what, const char *from, size_t length, failure_t *why) {
    char *all OWNED = show_names_set(names, mask_count(names->n) - 1);
    return failed(why, STATUS_INPUT, "--players: %s \"%.*s\"; the players are %s", what, (int)length, from, all);
}

/* How many bytes of `at` the player's name takes, with the spaces behind it, up to a comma or the end; 0: it is not
 * there. */
static size_t name_length(const char *name, const char *at) {
    size_t length = strlen(name);
    if (strncmp(at, name, length) != 0)
        return 0;
    length += strspn(at + length, " ");
    return at[length] == ',' || at[length] == '\0' ? length : 0;
}

/* Reads the name at `at`: *player and the bytes it takes. */
static status_t parse_one(const show_names_t *names, const char *at, int *player, size_t *length, failure_t *why) {
    int fitting = 0;
    *length = 0;
    for (int i = 0; i < names->n; i++) {
        size_t own = name_length(names->names[i], at);
        if (own > *length)
            fitting = 0;
        if (own > 0 && own >= *length) {
            *length = own;
            *player = i;
            fitting++;
        }
    }
    if (fitting == 1)
        return STATUS_OK;
    return complain(names, fitting ? "several players have the name" : "there is no player", at, strcspn(at, ","), why);
}

status_t show_names_parse(const show_names_t *names, const char *text, mask_t *mask, failure_t *why) {
    const char *at = text + strspn(text, " ");
    *mask = 0;
    while (*at) {
        int player = 0;
        size_t length;
        TRY(parse_one(names, at, &player, &length, why));
        if (*mask >> player & 1)
            return complain(names, "listed twice:", names->names[player], strlen(names->names[player]), why);
        *mask |= (mask_t)1 << player;
        at += length;
        if (*at == ',') {
            at++;
            at += strspn(at, " ");
            if (!*at)
                return complain(names, "a name is missing after the last comma of", text, strlen(text), why);
        }
    }
    return STATUS_OK;
}

char *show_names_set(const show_names_t *names, mask_t mask) {
    text_t set = {0};
    const char *before = "{";
    for (int i = 0; i < names->n; i++)
        if (mask >> i & 1) {
            text_add(&set, "%s%s", before, names->names[i]);
            before = ", ";
        }
    text_add(&set, mask ? "}" : "{}");
    return set.chars;
}

/* ---- a file ---- */

status_t show_open(const char *path, results_t **out, failure_t *why) {
    TRY(look_at_file(path, why));
    return results_open(path, false, out, why);
}

status_t show_warnings(const results_t *results, failure_t *why) {
    problems_t warnings CLEANUP(problems_free) = {0};
    TRY(results_read_warnings(results, &warnings, why));
    for (size_t i = 0; i < warnings.count; i++)
        printf("warning: %s\n", warnings.texts[i]);
    return STATUS_OK;
}

bool show_wants(const show_t *show, row_t row, int64_t target) {
    return (show->output < 0 || results_output(show->results, row) == show->output) &&
           (show->target < 0 || target == show->target);
}

/* Lists the targets of the sample, once each: those of the output asked for, or of all. */
static status_t no_such_row(const show_t *show, index_t index, failure_t *why) {
    int64_t *found OWNED = memory_need((size_t)results_rows_of_sample(show->results), sizeof *found, "targets");
    size_t count = 0;
    text_t targets CLEANUP(text_free) = {0};
    show_t any = *show;
    any.target = -1;
    for (row_t row = 0; row < results_samples(show->results); row++) {
        results_sample_t info;
        size_t at = 0;
        if (results_index(show->results, row) != index)
            continue;
        TRY(results_read_sample(show->results, row, &info, why));
        while (at < count && found[at] != info.target)
            at++;
        if (at < count || !show_wants(&any, row, info.target))
            continue;
        found[count++] = info.target;
        text_add(&targets, "%s%" PRId64, targets.length ? ", " : "", info.target);
    }
    return failed(why, STATUS_INPUT, "%s: sample %" PRId64 " has no such row; its targets are %s", show->path, index,
                  targets.chars);
}

status_t show_find(const show_t *show, index_t index, row_t *row, failure_t *why) {
    bool there = false;
    *row = -1;
    for (row_t k = 0; k < results_samples(show->results); k++) {
        results_sample_t info;
        if (results_index(show->results, k) != index)
            continue;
        there = true;
        TRY(results_read_sample(show->results, k, &info, why));
        const bool of_label = info.target >= 0 && info.target == results_label(show->results, k);
        if (!show_wants(show, k, info.target) || (*row >= 0 && !of_label))
            continue;
        *row = k;
        if (of_label)
            return STATUS_OK;
    }
    if (there)
        return *row >= 0 ? STATUS_OK : no_such_row(show, index, why);
    char *indices OWNED = subset_indices(show->results);
    return failed(why, STATUS_INPUT, "%s: has no sample %" PRId64 "; it holds samples %s", show->path, index, indices);
}

status_t show_need_tables(const show_t *show, failure_t *why) {
    if (results_has_tables(show->results))
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s: holds statistics only; use the file with the tables: %s", show->path,
                  results_tables_of(show->results));
}

status_t show_need_family(const show_t *show, int family, failure_t *why) {
    if (family < results_families(show->results)->count)
        return STATUS_OK;
    TRY(show_need_tables(show, why));
    return failed(why, STATUS_INPUT, "%s: was made without family %s; a run with sparse.kinds: and_or has it",
                  show->path, FAMILIES[family].name);
}

/* ---- a row ---- */

void show_undone(const show_t *show, row_t row, const results_sample_t *info) {
    display_clean(results_row_name(show->results, row, info->target).text);
    printf(": ");
    if (info->status == SAMPLE_PENDING) {
        printf("pending\n");
        return;
    }
    printf("failed: ");
    display_clean(info->error[0] ? info->error : "no reason given");
    printf("\n");
}

status_t show_row_open(const show_t *show, row_t row, show_row_t *out, failure_t *why) {
    bool intact = false;
    *out = (show_row_t){.show = show, .row = row, .fields = results_fields(show->results)};
    TRY(results_read_sample(show->results, row, &out->info, why));
    if (out->info.status != SAMPLE_DONE)
        return STATUS_OK;
    show_names_of(show->results, row, false, &out->names);
    out->statistics = memory_need(out->fields->doubles, sizeof *out->statistics, "statistics");
    TRY(results_read_row(show->results, row, out->statistics, &intact, why));
    if (!intact)
        return failed(why, STATUS_INPUT,
                      "%s: the statistics of sample %" PRId64
                      " do not match their checksum: the file is damaged; run harsanyi verify to see where",
                      show->path, results_index(show->results, row));
    return STATUS_OK;
}

void show_row_free(show_row_t *row) {
    show_names_free(&row->names);
    free(row->statistics);
}

const double *show_field(const show_row_t *row, field_id_t id) {
    return show_field_of(row, 0, 0, id);
}

const double *show_field_of(const show_row_t *row, int family, int kind, field_id_t id) {
    return fields_of_kind(row->fields, row->statistics, family, kind, id);
}

bool show_has(const fields_t *fields, int family, field_id_t id) {
    return fields->length[family * FIELD_COUNT + (int)id] > 0 &&
           (fields->families.kinds[family] == 1 || FIELDS[id].families == OF_KINDS);
}

const char *show_u(const fields_t *fields, int family) {
    if (!show_has(fields, family, FIELD_OUTPUT_MEAN))
        return "";
    return family == 0 ? "; u = v - v(empty)" : "; u = w - w(empty), w: what they rebuild";
}

display_t show_kind(const fields_t *fields, int family, int kind) {
    display_t text = {""};
    if (fields->families.kinds[family] > 1)
        snprintf(text.text, sizeof text.text, " of kind %s", FAMILIES[family].kind_names[kind]);
    return text;
}

show_salient_t show_salient(const show_row_t *row, int family, int kind) {
    const double tau = *show_field_of(row, family, kind, FIELD_THRESHOLD);
    show_salient_t out;
    if (tau > 0)
        snprintf(out.text, sizeof out.text, "|I(S)| >= %.4g", tau);
    else /* there is something to be salient: then it is too small to be multiplied */
        snprintf(out.text, sizeof out.text, "none is, as %s",
                 show_largest(row, family) > 0 ? "the threshold rounds to 0" : "all are 0");
    return out;
}

double show_largest(const show_row_t *row, int family) {
    double largest = 0;
    for (int kind = 0; kind < row->fields->families.kinds[family]; kind++)
        for (int m = 1; m <= row->names.n; m++)
            largest = fmax(largest, show_field_of(row, family, kind, FIELD_STRENGTH_MAX)[m]);
    return largest;
}

/* ---- its strongest effects ---- */

/* floors: by order; NULL: unknown. */
static void print_interaction(const show_names_t *names, size_t rank, interaction_t one, double strongest,
                              const double *floors) {
    enum { INDENT = 44 };
    int order = mask_order(one.mask);
    bool noisy = floors && floors[order] > 0;
    char *set OWNED = show_names_set(names, one.mask);
    printf("  %4zu%12s%6.1f %%%9s%7d  ", rank, display_number(one.effect).text,
           strongest > 0 ? 100 * fabs(one.effect) / strongest : 0,
           noisy ? display_short(fabs(one.effect) / floors[order]).text : "", order);
    display_wrapped(set, INDENT);
}

static status_t print_strongest(const show_row_t *row, int kind, results_row_t *reader, interaction_t *found,
                                size_t most, failure_t *why) {
    const double *floors = kind == 0 ? show_field(row, FIELD_NOISE_FLOOR) : NULL;
    const double strongest = show_largest(row, families_of_kind(&row->fields->families, &kind));
    size_t count;
    TRY(strongest_find(results_row_source(reader, row->row), most, found, &count, why));
    if (!(strongest > 0) && count > 0) {
        printf("  all are 0\n");
        return STATUS_OK;
    }
    printf("  rank        I(S)  of max  × noise  order  players\n");
    for (size_t i = 0; i < count; i++)
        print_interaction(&row->names, i + 1, found[i], strongest, floors);
    return STATUS_OK;
}

status_t show_strongest(const show_row_t *row, int kind, failure_t *why) {
    const show_t *show = row->show;
    failure_t elsewhere;
    if (show_need_tables(show, &elsewhere) != STATUS_OK) {
        printf("  %s\n", elsewhere.text);
        return STATUS_OK;
    }
    mask_t sets = mask_count(row->names.n) - 1;
    size_t most = show->top < sets ? show->top : (size_t)sets;
    results_row_t *reader CLEANUP(results_row_free) = results_row_open(show->results, TABLE_INTERACTIONS + kind);
    interaction_t *found OWNED = memory_need(most, sizeof *found, "the strongest interactions");
    return print_strongest(row, kind, reader, found, most, why);
}

/* ---- columns ---- */

/* As many columns as fit; fewer when that makes whole rows, as of 16 players in a square. */
static int grid_columns(int players, size_t cell) {
    int fit = (int)(DISPLAY_COLUMNS / cell);
    fit = fit < 1 ? 1 : fit;
    for (int columns = fit; columns > fit / 2; columns--)
        if (players % columns == 0)
            return columns;
    return fit;
}

void show_grid(const show_names_t *names, const double *numbers) {
    enum { NUMBER = 12, GAP = 3 };
    int columns = grid_columns(names->n, names->width + NUMBER + GAP);
    for (int i = 0; i < names->n; i++) {
        printf("%*s", i % columns ? GAP : 2, "");
        display_left(names->names[i], names->width);
        printf("%*s", NUMBER, display_number(numbers[i]).text);
        if (i % columns == columns - 1 || i == names->n - 1)
            printf("\n");
    }
}

/* ---- the done samples ---- */

static const field_id_t READ[] = {FIELD_STRENGTH_MEAN, FIELD_INTERACTION_SUM, FIELD_CANCELLATION, FIELD_OUTPUT_MEAN,
                                  FIELD_SALIENT_COUNT, FIELD_NOISE_FLOOR,     FIELD_MASS_ABOVE,   FIELD_SALIENT_TOTAL,
                                  FIELD_ORDER_LIMIT,   FIELD_MONOTONE,        FIELD_P_PAPER,      FIELD_P_ALL_PAIRS,
                                  FIELD_EXCLUDED_WHY,  FIELD_BOUND_TOTAL,     FIELD_REAL_TOTAL,   FIELD_DELTA,
                                  FIELD_DELTA_BOUND};
enum { WINDOW = 1024, READ_COUNT = sizeof READ / sizeof *READ };

/* Rows that are read together. */
typedef struct {
    uint8_t status[WINDOW];
    int64_t target[WINDOW];
    double *of[FIELD_COUNT]; /* [WINDOW, length of the field]; owned; NULL: not read */
} window_t;

static void add_conditions(done_samples_t *s, const window_t *w, size_t at) {
    double limit = w->of[FIELD_ORDER_LIMIT][at];
    if (limit >= 0 && limit < ORDERS_MAX)
        s->limits[(int)limit]++;
    if (w->of[FIELD_MONOTONE][at] == 1) {
        s->monotone++;
        average_add(&s->salient_of_monotone, w->of[FIELD_SALIENT_TOTAL][at]);
    }
}

static void add_theorems(done_samples_t *s, const window_t *w, size_t at) {
    int code = (int)w->of[FIELD_EXCLUDED_WHY][at]; /* one byte in the file */
    double bound = w->of[FIELD_BOUND_TOTAL][at], real = w->of[FIELD_REAL_TOTAL][at];
    s->excluded[code]++;
    if (conditions_counted(code)) {
        average_add(&s->theorem.bound, bound);
        average_add(&s->theorem.real, real);
        s->within += !theorem_exceeds(real, bound);
        s->delta_above += theorem_exceeds(w->of[FIELD_DELTA][at], w->of[FIELD_DELTA_BOUND][at]);
    }
    if (conditions_counted_by_authors(code)) {
        average_add(&s->theorem_of_authors.bound, bound);
        average_add(&s->theorem_of_authors.real, real);
    }
}

/* Whose statistics are read. */
typedef struct {
    const show_t *show;
    const results_t *results;
    const fields_t *fields;
    int family, kind;
} subject_t;

/* One kind's numbers of a field: how many there are, and which of the row's is the first. */
static size_t kind_length(const subject_t *of, field_id_t id, size_t *first) {
    const size_t all = of->fields->length[of->family * FIELD_COUNT + (int)id];
    const size_t kinds = FIELDS[id].families == OF_KINDS ? (size_t)of->fields->families.kinds[of->family] : 1;
    *first = (kinds > 1 ? (size_t)of->kind : 0) * (all / kinds);
    return all / kinds;
}

/* Keeps of `count` rows one kind's numbers. */
static status_t read_field(const subject_t *of, field_id_t id, int64_t row, size_t count, double *out, failure_t *why) {
    const int at = of->family * FIELD_COUNT + (int)id;
    const size_t all = of->fields->length[at];
    size_t first, length = kind_length(of, id, &first);
    TRY(results_read_field(of->results, at, row, count, out, why));
    for (size_t k = 0; k < count; k++)
        memmove(out + k * length, out + k * all + first, length * sizeof *out);
    return STATUS_OK;
}

static void add_row(done_samples_t *s, const subject_t *of, const window_t *w, size_t at) {
    size_t first;
    for (int i = 0; i < READ_COUNT; i++) {
        const size_t length = kind_length(of, READ[i], &first);
        for (size_t m = 0; m < length; m++) /* NaN beyond the row's own players */
            average_add(&s->of[READ[i]][m], w->of[READ[i]][at * length + m]);
    }
    add_conditions(s, w, at);
    if (show_has(of->fields, of->family, FIELD_EXCLUDED_WHY))
        add_theorems(s, w, at);
}

static status_t read_rows(const subject_t *of, window_t *w, done_samples_t *s, failure_t *why) {
    const int64_t samples = results_samples(of->results);
    for (int64_t first = 0, count; first < samples; first += count) {
        count = samples - first < WINDOW ? samples - first : WINDOW;
        TRY(results_read_outcomes(of->results, first, (size_t)count, w->status, w->target, why));
        for (int i = 0; i < READ_COUNT; i++)
            TRY(read_field(of, READ[i], first, (size_t)count, w->of[READ[i]], why));
        for (int64_t at = 0; at < count; at++) {
            if (!show_wants(of->show, first + at, w->target[at]))
                continue;
            s->failed += w->status[at] == SAMPLE_FAILED;
            s->pending += w->status[at] == SAMPLE_PENDING;
            if (w->status[at] != SAMPLE_DONE)
                continue;
            if (s->done++ == 0)
                s->first_done = first + at;
            add_row(s, of, w, (size_t)at);
        }
    }
    return STATUS_OK;
}

status_t done_samples_take(const show_t *show, int family, int kind, done_samples_t *out, failure_t *why) {
    const subject_t of = {show, show->results, results_fields(show->results), family, kind};
    window_t *w OWNED = memory_need(1, sizeof *w, "statistics of rows");
    *out = (done_samples_t){.first_done = -1};
    for (int i = 0; i < READ_COUNT; i++) {
        const size_t length = of.fields->length[family * FIELD_COUNT + (int)READ[i]];
        w->of[READ[i]] = memory_need(WINDOW * (length > 0 ? length : 1), sizeof(double), "statistics of rows");
    }
    status_t status = read_rows(&of, w, out, why);
    for (int i = 0; i < READ_COUNT; i++)
        free(w->of[READ[i]]);
    return status;
}
