#include "results/salient_reader.h"

#include "base/memory.h"

#include <stdlib.h>

enum { WORDS = 1 << 16, ROWS = 256, TABLE_DOUBLES = 1 << 16 };

/* Bitmaps of rows that lie side by side, or a part of one row's. */
typedef struct {
    row_t row, rows;               /* of the file */
    size_t first, words;           /* of each row */
    uint64_t *positive, *negative; /* [WORDS] */
} window_t;

struct salient_reader {
    const results_t *results, *tables; /* borrowed, as the next two */
    const int64_t *table_rows;         /* NULL: row k of results is row k of tables */
    const row_t *rows;
    int64_t count;
    int first_kind, kinds; /* of the family, over all */
    size_t words;          /* of a row: of all kinds */
    window_t window;
    int64_t table_row, table_count; /* whose interactions are in `table` */
    double *table;                  /* [TABLE_DOUBLES] */
};

salient_reader_t *salient_reader_make(const summarise_rows_t *spec, int family, const int64_t *rows, int64_t count) {
    salient_reader_t *r = memory_need(1, sizeof *r, "salient interactions");
    r->results = spec->results;
    r->tables = spec->tables ? spec->tables : spec->results;
    r->table_rows = spec->tables ? spec->table_rows : NULL;
    r->rows = rows;
    r->count = count;
    r->first_kind = families_first_kind(results_families(r->results), family);
    r->kinds = results_families(r->results)->kinds[family];
    r->words = (size_t)r->kinds * salience_words(results_players(r->results));
    r->window.positive = memory_need(WORDS, sizeof *r->window.positive, "salient interactions");
    r->window.negative = memory_need(WORDS, sizeof *r->window.negative, "salient interactions");
    r->table = memory_need(TABLE_DOUBLES, sizeof *r->table, "salient interactions");
    return r;
}

void salient_reader_free(salient_reader_t **reader) {
    if (!*reader)
        return;
    free((*reader)->window.positive);
    free((*reader)->window.negative);
    free((*reader)->table);
    free(*reader);
    *reader = NULL;
}

/* Rows of the file from `row` on, as many as fit; or a piece of this one. */
static status_t load(salient_reader_t *r, row_t row, size_t first, size_t words, failure_t *why) {
    window_t *w = &r->window;
    int64_t left = results_samples(r->results) - row, fit = (int64_t)(WORDS / r->words);
    bool whole = fit > 0;
    w->rows = 0; /* empty unless both reads succeed */
    w->first = whole ? 0 : first;
    w->words = whole ? r->words : words < WORDS ? words : WORDS;
    int64_t rows = !whole ? 1 : fit < left ? fit : left;
    rows = rows < ROWS ? rows : ROWS;
    const int64_t bitmaps = whole ? rows * r->kinds : 1;
    const size_t each = whole ? w->words / (size_t)r->kinds : w->words;
    TRY(results_read_salient(r->results, row, bitmaps, r->first_kind, false, w->first, each, w->positive, why));
    TRY(results_read_salient(r->results, row, bitmaps, r->first_kind, true, w->first, each, w->negative, why));
    w->row = row;
    w->rows = rows;
    return STATUS_OK;
}

static status_t read(void *self, int64_t k, size_t first, size_t words, const uint64_t **positive,
                     const uint64_t **negative, failure_t *why) {
    salient_reader_t *r = self;
    window_t *w = &r->window;
    row_t row = r->rows[k];
    if (row < w->row || row >= w->row + w->rows || first < w->first || first + words > w->first + w->words)
        TRY(load(r, row, first, words, why));
    size_t at = (size_t)(row - w->row) * w->words + (first - w->first);
    *positive = w->positive + at;
    *negative = w->negative + at;
    return STATUS_OK;
}

/* Where a set stands in a row's tables of all kinds. */
static mask_t place_of(const salient_reader_t *r, mask_t set) {
    if (r->kinds == 1)
        return set;
    const int bits = salient_kind_bits(results_players(r->results), r->kinds);
    const mask_t kind = set >> bits;
    return kind * mask_count(results_players(r->tables)) + (set - (kind << bits));
}

/* Short rows are read many at once; of longer ones only the entries asked for. */
static status_t effects(void *self, int64_t k, const mask_t *sets, size_t count, double *out, failure_t *why) {
    salient_reader_t *r = self;
    const int first = TABLE_INTERACTIONS + r->first_kind;
    row_t row = r->table_rows ? r->table_rows[r->rows[k]] : r->rows[k];
    mask_t all = (mask_t)r->kinds * mask_count(results_players(r->tables));
    if (all > TABLE_DOUBLES / 4) {
        for (size_t i = 0; i < count; i++)
            TRY(results_read_table(r->tables, first, row, place_of(r, sets[i]), 1, &out[i], why));
        return STATUS_OK;
    }
    if (row < r->table_row || row >= r->table_row + r->table_count) {
        int64_t fit = (int64_t)(TABLE_DOUBLES / all), left = results_samples(r->tables) - row;
        r->table_count = 0;
        fit = fit < left ? fit : left;
        TRY(results_read_table(r->tables, first, row, 0, (mask_t)fit * all, r->table, why));
        r->table_row = row;
        r->table_count = fit;
    }
    const double *table = r->table + (mask_t)(row - r->table_row) * all;
    for (size_t i = 0; i < count; i++)
        out[i] = table[place_of(r, sets[i])];
    return STATUS_OK;
}

salient_sets_t salient_reader_sets(salient_reader_t *r) {
    return (salient_sets_t){.rows = r->count,
                            .n = results_players(r->results),
                            .kinds = r->kinds,
                            .read = read,
                            .effects = effects,
                            .self = r};
}
