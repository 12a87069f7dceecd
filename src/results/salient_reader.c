#include "results/salient_reader.h"

#include "base/memory.h"

#include <stdlib.h>

/* Of rows with more effects than PIECED single ones are read. */
enum { WORDS = 1 << 16, ROWS = 256, TABLE_DOUBLES = 1 << 16, PIECED = 1 << 17 };

/* Bitmaps of rows that lie side by side, or a part of one row's. */
typedef struct {
    row_t row, rows;               /* of the file */
    size_t first, words;           /* of each row */
    uint64_t *positive, *negative; /* [WORDS] */
} window_t;

/* Effects of rows that lie side by side, or a piece of one row's. */
typedef struct {
    int64_t row, rows; /* of the tables */
    mask_t first, each;
    double *effects; /* [TABLE_DOUBLES] */
} piece_t;

struct salient_reader {
    const results_t *results, *tables; /* borrowed, as the next two */
    const int64_t *table_rows;         /* NULL: row k of results is row k of tables */
    const row_t *rows;                 /* NULL: all */
    int64_t count;
    row_t end;             /* rows from here on are left alone */
    int first_kind, kinds; /* of the family, over all */
    size_t words;          /* of a row: of all kinds */
    window_t window;
    piece_t piece;
};

salient_reader_t *salient_reader_make(const summarise_rows_t *spec, int family, const int64_t *rows, int64_t count) {
    salient_reader_t *r = memory_need(1, sizeof *r, "salient interactions");
    r->results = spec->results;
    r->tables = spec->tables ? spec->tables : spec->results;
    r->table_rows = spec->tables ? spec->table_rows : NULL;
    r->rows = rows;
    r->count = count;
    r->end = results_samples(r->results);
    r->first_kind = families_first_kind(results_families(r->results), family);
    r->kinds = results_families(r->results)->kinds[family];
    r->words = (size_t)r->kinds * salience_words(results_players(r->results));
    r->window.positive = memory_need(WORDS, sizeof *r->window.positive, "salient interactions");
    r->window.negative = memory_need(WORDS, sizeof *r->window.negative, "salient interactions");
    r->piece.effects = memory_need(TABLE_DOUBLES, sizeof *r->piece.effects, "salient interactions");
    return r;
}

void salient_reader_end(salient_reader_t *r, row_t end) {
    r->end = end;
}

void salient_reader_free(salient_reader_t **reader) {
    if (!*reader)
        return;
    free((*reader)->window.positive);
    free((*reader)->window.negative);
    free((*reader)->piece.effects);
    free(*reader);
    *reader = NULL;
}

/* Rows of the file from `row` on, as many as fit; or a piece of this one. */
static status_t load(salient_reader_t *r, row_t row, size_t first, size_t words, failure_t *why) {
    window_t *w = &r->window;
    int64_t left = r->end - row, fit = (int64_t)(WORDS / r->words);
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
    row_t row = r->rows ? r->rows[k] : k;
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

/* Short rows are read many at once, longer ones in pieces: `all` entries each, of which `place` is wanted. */
static status_t load_piece(salient_reader_t *r, int64_t row, mask_t all, mask_t place, failure_t *why) {
    piece_t *p = &r->piece;
    const int first = TABLE_INTERACTIONS + r->first_kind;
    const int64_t fit = (int64_t)(TABLE_DOUBLES / all),
                  left = (r->tables == r->results ? r->end : results_samples(r->tables)) - row;
    const int64_t rows = fit < 2 ? 1 : fit < left ? fit : left;
    p->rows = 0; /* empty unless it is read */
    p->each = all < TABLE_DOUBLES ? all : TABLE_DOUBLES;
    p->first = place / p->each * p->each;
    TRY(results_read_table(r->tables, first, row, p->first, (mask_t)rows * p->each, p->effects, why));
    p->row = row;
    p->rows = rows;
    return STATUS_OK;
}

static status_t effects(void *self, int64_t k, const mask_t *sets, size_t count, double *out, failure_t *why) {
    salient_reader_t *r = self;
    const piece_t *p = &r->piece;
    const row_t of = r->rows ? r->rows[k] : k, row = r->table_rows ? r->table_rows[of] : of;
    const mask_t all = (mask_t)r->kinds * mask_count(results_players(r->tables));
    for (size_t i = 0; i < count; i++) {
        const mask_t place = place_of(r, sets[i]);
        if (all > PIECED) {
            TRY(results_read_table(r->tables, TABLE_INTERACTIONS + r->first_kind, row, place, 1, &out[i], why));
            continue;
        }
        if (row < p->row || row >= p->row + p->rows || place < p->first || place >= p->first + p->each)
            TRY(load_piece(r, row, all, place, why));
        out[i] = p->effects[(mask_t)(row - p->row) * p->each + (place - p->first)];
    }
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
