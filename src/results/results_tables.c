/* Values and interactions of samples, and these as rows to be read leaf by leaf. */
#include "base/file.h"
#include "base/memory.h"
#include "base/nan.h"
#include "results/results_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int results_tables(const results_t *results) {
    return TABLE_INTERACTIONS + families_tables(&results->fields.families);
}

/* Whether it is the dual of the solved family, the last of all tables. */
static bool is_dual(const results_t *results, int table) {
    return table == TABLE_INTERACTIONS + families_kinds(&results->fields.families);
}

/* The family whose table it is, and which of its kinds. */
static int family_of(const results_t *results, int table, int *kind) {
    const families_t *families = &results->fields.families;
    *kind = is_dual(results, table) ? 0 : table - TABLE_INTERACTIONS;
    return is_dual(results, table) ? families_solved(families) : families_of_kind(families, kind);
}

table_name_t results_table_name(const results_t *results, int table) {
    table_name_t name = {"/values"};
    int kind;
    if (table == TABLE_VALUES)
        return name;
    const family_t *family = &FAMILIES[family_of(results, table, &kind)];
    if (is_dual(results, table))
        snprintf(name.text, sizeof name.text, "/%sdual", family->prefix);
    else if (family->kinds > 1)
        snprintf(name.text, sizeof name.text, "/%sinteractions (%s)", family->prefix, family->kind_names[kind]);
    else
        snprintf(name.text, sizeof name.text, "/%sinteractions", family->prefix);
    return name;
}

mask_t results_masks_of(const results_t *results, int table, row_t sample) {
    int n = results_players_of(results, sample), kind;
    bool made = n <= FINISH_PLAYERS_MAX || table == TABLE_VALUES || family_of(results, table, &kind) == 0;
    return made ? mask_count(n) : 0;
}

int results_table_dataset(const results_t *results, int table, family_dataset_t what, uint64_t *first) {
    int kind, id;
    *first = 0;
    if (table == TABLE_VALUES)
        return what == FAMILY_EFFECTS ? DATASET_VALUES : DATASET_VALUES_CRC;
    if (is_dual(results, table))
        what = what == FAMILY_EFFECTS ? FAMILY_DUAL : FAMILY_DUAL_CRC;
    id = layout_family(family_of(results, table, &kind), what);
    const dataset_t *dataset = &results->layout->datasets[id];
    *first = (uint64_t)kind * dataset->dims[dataset->rank - 1];
    return id;
}

status_t results_write_table(results_t *results, int table, row_t sample, mask_t first, mask_t count,
                             const double *data, failure_t *why) {
    uint64_t before;
    const mask_t all = mask_count(results_players(results));
    int id = results_table_dataset(results, table, FAMILY_EFFECTS, &before);
    if (first > all || count > all - first) /* would reach into the next row */
        return failed(why, STATUS_INTERNAL, "%s: %s has no masks 0x%llx ... of row %lld", results->path,
                      results_table_name(results, table).text, (unsigned long long)first, (long long)sample);
    return results_put(results, id, (uint64_t)sample, before + first, count, data, why);
}

status_t results_read_table(const results_t *results, int table, row_t sample, mask_t first, mask_t count, double *data,
                            failure_t *why) {
    uint64_t before;
    int id = results_table_dataset(results, table, FAMILY_EFFECTS, &before);
    return results_get(results, id, (uint64_t)sample, before + first, count, data, why);
}

/* A stretch of a table that is put together from pieces, and written many of them at once. */
enum { STRETCH = 1 << 13 };
typedef struct {
    const results_t *results;
    uint64_t offset; /* in the file */
    size_t count;
    double numbers[STRETCH];
} stretch_t;

static status_t stretch_write(stretch_t *stretch, failure_t *why) {
    const results_t *results = stretch->results;
    size_t bytes = stretch->count * sizeof *stretch->numbers;
    TRY(file_write_at(results->fd, results->path, stretch->numbers, bytes, stretch->offset, why));
    stretch->offset += bytes;
    stretch->count = 0;
    return STATUS_OK;
}

/* data NULL: NaN. Long rows are written from where they are. */
static status_t stretch_add(stretch_t *stretch, const double *data, mask_t count, failure_t *why) {
    if (data && count >= STRETCH / 4) {
        const results_t *results = stretch->results;
        TRY(stretch_write(stretch, why));
        TRY(file_write_at(results->fd, results->path, data, count * sizeof *data, stretch->offset, why));
        stretch->offset += count * sizeof *data;
        return STATUS_OK;
    }
    for (mask_t at = 0, now; at < count; at += now) {
        double *to = stretch->numbers + stretch->count;
        now = STRETCH - stretch->count < count - at ? STRETCH - stretch->count : count - at;
        for (mask_t i = 0; !data && i < now; i++)
            to[i] = nan_canonical();
        if (data)
            memcpy(to, data + at, now * sizeof *to);
        stretch->count += now;
        if (stretch->count == STRETCH)
            TRY(stretch_write(stretch, why));
    }
    return STATUS_OK;
}

/* A dataset with tables: those of `count` kinds from `first` on, counted over all families; -1: the values. */
typedef struct {
    int id, first, count;
} shelf_t;

/* The tables of a dataset, of rows that lie side by side. */
static status_t put_tables(stretch_t *stretch, shelf_t shelf, row_t sample, size_t count, const finished_row_t *rows,
                           failure_t *why) {
    const results_t *results = stretch->results;
    const mask_t all = mask_count(results_players(results));
    const uint64_t cells = count * (uint64_t)shelf.count * all;
    TRY(results_locate(results, shelf.id, (uint64_t)sample, 0, cells, &stretch->offset, why));
    for (size_t k = 0; k < count; k++) {
        mask_t masks = mask_count(rows[k].n);
        for (int kind = shelf.first; kind < shelf.first + shelf.count; kind++) {
            TRY(stretch_add(stretch, kind < 0 ? rows[k].values : finished_effects(&rows[k], kind), masks, why));
            TRY(stretch_add(stretch, NULL, all - masks, why));
        }
    }
    return stretch_write(stretch, why);
}

status_t results_write_tables(results_t *results, row_t sample, size_t count, const finished_row_t *rows,
                              failure_t *why) {
    stretch_t *stretch OWNED = memory_need(1, sizeof *stretch, "rows of tables");
    const families_t *families = &results->fields.families;
    const int solved = families_solved(families);
    stretch->results = results;
    TRY(put_tables(stretch, (shelf_t){DATASET_VALUES, -1, 1}, sample, count, rows, why));
    for (int f = 0; f < families->count; f++) {
        shelf_t shelf = {layout_family(f, FAMILY_EFFECTS), families_first_kind(families, f), families->kinds[f]};
        TRY(put_tables(stretch, shelf, sample, count, rows, why));
    }
    const shelf_t dual = {layout_family(solved, FAMILY_DUAL), families_kinds(families), 1};
    return solved > 0 ? put_tables(stretch, dual, sample, count, rows, why) : STATUS_OK;
}

static status_t put_tail(stretch_t *stretch, int table, row_t sample, mask_t first, failure_t *why) {
    uint64_t before;
    const mask_t count = mask_count(results_players(stretch->results)) - first;
    int id = results_table_dataset(stretch->results, table, FAMILY_EFFECTS, &before);
    TRY(results_locate(stretch->results, id, (uint64_t)sample, before + first, count, &stretch->offset, why));
    TRY(stretch_add(stretch, NULL, count, why));
    return stretch_write(stretch, why);
}

status_t results_write_nan_tail(results_t *results, row_t sample, mask_t first, failure_t *why) {
    stretch_t *stretch OWNED = memory_need(1, sizeof *stretch, "rows of NaN");
    stretch->results = results;
    for (int table = 0; table < results_tables(results); table++) {
        mask_t own = results_masks_of(results, table, sample);
        TRY(put_tail(stretch, table, sample, first < own ? first : own, why));
    }
    return STATUS_OK;
}

struct results_row {
    const results_t *results; /* borrowed */
    int table, kinds;         /* the first table, and how many follow each other */
    row_t sample;
    double leaf[1 << LEAF_BITS];
};

results_row_t *results_row_open(const results_t *results, int table) {
    results_row_t *row = memory_need(1, sizeof *row, "a piece of a table");
    row->results = results;
    row->table = table;
    row->kinds = 1;
    return row;
}

results_row_t *results_row_open_family(const results_t *results, int family) {
    const families_t *families = results_families(results);
    results_row_t *row = results_row_open(results, TABLE_INTERACTIONS + families_first_kind(families, family));
    row->kinds = families->kinds[family];
    return row;
}

/* A leaf of a short row holds all kinds. */
static status_t read_leaf(void *self, mask_t first, const double **leaf, failure_t *why) {
    results_row_t *row = self;
    const int n = results_players_of(row->results, row->sample);
    const mask_t count = row_leaf_masks(n + (row->kinds > 1)), step = row_leaf_masks(n);
    const mask_t all = results_masks_of(row->results, TABLE_VALUES, row->sample);
    *leaf = row->leaf;
    for (mask_t at = 0; at < count; at += step) {
        const mask_t kind = (first + at) / all, mask = (first + at) % all;
        TRY(results_read_table(row->results, row->table + (int)kind, row->sample, mask, step, row->leaf + at, why));
        if (kind > 0 && mask == 0)
            row->leaf[at] = 0; /* an empty set is no interaction */
    }
    return STATUS_OK;
}

row_source_t results_row_source(results_row_t *row, row_t sample) {
    row->sample = sample;
    return (row_source_t){
        .n = results_players_of(row->results, sample) + (row->kinds > 1), .read = read_leaf, .self = row};
}

void results_row_free(results_row_t **row) {
    free(*row);
    *row = NULL;
}
