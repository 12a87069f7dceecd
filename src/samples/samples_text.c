/* Samples that are texts: /text, /player_bytes, /target_text. */
#include "base/memory.h"
#include "lattice/mask.h"
#include "samples/samples_private.h"

#include <string.h>

enum { SPANS_MAX = 4096 };

/* ---- opening ---- */

static status_t count_rows(samples_t *samples, failure_t *why) {
    H5_DATASET in = {0};
    TRY(h5_open_dataset(&samples->file, "text", &in, why));
    if (in.rank != 1 || in.dims[0] < 1)
        return h5_refuse(&in, why, "has the shape %s; strings [S] expected", h5_shape_text(in.rank, in.dims).text);
    samples->rows = (int64_t)in.dims[0];
    return STATUS_OK;
}

static status_t open_spans(samples_t *samples, failure_t *why) {
    const h5_dataset_t *in = &samples->players.in;
    TRY(samples_open_numbers(samples, "player_bytes", true, &samples->players, why));
    if (in->id <= 0)
        return h5_refuse(in, why, "missing: which bytes of /text each player is, [%lld, players, 2]",
                         (long long)samples->rows);
    if (in->rank != 3 || in->dims[0] != (hsize_t)samples->rows || in->dims[1] < 1 || in->dims[1] > SPANS_MAX ||
        in->dims[2] != 2)
        return h5_refuse(in, why, "has the shape %s; [%lld, players, 2] expected",
                         h5_shape_text(in->rank, in->dims).text, (long long)samples->rows);
    samples->players.per_sample = true;
    return STATUS_OK;
}

status_t samples_open_text(samples_t *samples, failure_t *why) {
    bool x = false;
    TRY(count_rows(samples, why));
    TRY(names_open(&samples->file, "text", TEXTS, samples->rows, &samples->text, why));
    TRY(h5_exists(&samples->file, "x", &x, why));
    if (x)
        return failed(why, STATUS_INPUT, "%s: /text: the file has both /x and /text; remove one of them",
                      samples->name);
    if (samples->options.players != PLAYERS_FROM_FILE)
        return failed(why, STATUS_INPUT, "%s: /text: the players of texts are /player_bytes: omit samples.players",
                      samples->name);
    TRY(names_open(&samples->file, "target_text", TEXTS, samples->rows, &samples->target_text, why));
    TRY(open_spans(samples, why));
    samples->options.baseline = BASELINE_ZERO; /* what masks a text is the model's business */
    samples->rank = 1;
    samples->elements = names_bytes(samples->text) + (samples->target_text ? names_bytes(samples->target_text) : 0);
    samples->shape[0] = (int64_t)samples->elements;
    return STATUS_OK;
}

/* ---- one sample ---- */

static bool begins_character(const char *text, double at) {
    return ((unsigned char)text[(size_t)at] & 0xC0) != 0x80;
}

/* Gives the bytes of a span to a player. */
static bool take_span(samples_t *samples, const char *text, const double span[2], int player, const char *where,
                      char fault[FAULT_TEXT]) {
    const double length = (double)strlen(text);
    if (!(span[0] >= 0 && span[0] < span[1] && span[1] <= length) || !begins_character(text, span[0]) ||
        !begins_character(text, span[1])) {
        snprintf(fault, FAULT_TEXT,
                 "/player_bytes: %splayer %d: [%g, %g) are no whole characters of the text, which has %g bytes", where,
                 player, span[0], span[1], length);
        return false;
    }
    for (size_t i = (size_t)span[0]; i < (size_t)span[1]; i++) {
        if (samples->players_now[i] >= 0) {
            snprintf(fault, FAULT_TEXT, "/player_bytes: %sbyte %zu belongs to player %d and to player %d", where, i,
                     (int)samples->players_now[i], player);
            return false;
        }
        samples->players_now[i] = player;
    }
    return true;
}

static bool is_padding(const double span[2]) {
    return span[0] == -1 && span[1] == -1;
}

/* spans [most, 2]; *n is set. */
static bool take_spans(samples_t *samples, const char *text, const double *spans, size_t most, const char *where,
                       int *n, char fault[FAULT_TEXT]) {
    const int limit = samples->options.max_players < PLAYERS_MAX ? samples->options.max_players : PLAYERS_MAX;
    size_t count = 0, last = most;
    while (count < most && !is_padding(spans + 2 * count))
        count++;
    while (last > count && is_padding(spans + 2 * (last - 1)))
        last--;
    if (count == 0 || last > count || count > (size_t)limit) {
        if (count > (size_t)limit)
            snprintf(fault, FAULT_TEXT, "/player_bytes: %s%zu players, more than sweep.max_players: %d", where, count,
                     limit);
        else
            snprintf(fault, FAULT_TEXT, "/player_bytes: %s%s", where,
                     count == 0 ? "no player" : "-1 stands between players; it goes behind the last one");
        return false;
    }
    *n = (int)count;
    for (int i = 0; i < *n; i++)
        if (!take_span(samples, text, spans + 2 * (size_t)i, i, where, fault))
            return false;
    return true;
}

/* Appends the bytes of a text, and a NUL. */
static size_t append(double *x, size_t at, const char *text) {
    do
        x[at++] = (unsigned char)*text;
    while (*text++);
    return at;
}

status_t samples_read_text(samples_t *samples, row_t row, sample_t *sample, bool *faulty, char fault[FAULT_TEXT],
                           failure_t *why) {
    const size_t most = samples->players.in.dims[1];
    const where_t where = samples_where(true, row);
    TRY(names_load(samples->text, row, why));
    if (samples->target_text)
        TRY(names_load(samples->target_text, row, why));
    const char *text = names_get(samples->text, 0);
    sample->elements = append(samples->x_now, 0, text);
    if (samples->target_text)
        sample->elements = append(samples->x_now, sample->elements, names_get(samples->target_text, 0)) - 1;
    samples->shape[0] = (int64_t)sample->elements;
    for (size_t i = 0; i < sample->elements; i++)
        samples->players_now[i] = -1;
    *faulty = *text == '\0';
    if (*faulty)
        snprintf(fault, FAULT_TEXT, "/text: %sthe text is empty", where.text);
    if (*faulty)
        return STATUS_OK;
    double *spans OWNED = memory_need(most, 2 * sizeof *spans, "the players of a text");
    TRY(samples_read_numbers(&samples->players, row, 1, 2 * most, spans, why));
    *faulty = !take_spans(samples, text, spans, most, where.text, &sample->n, fault);
    return STATUS_OK;
}
