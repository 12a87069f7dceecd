/* Reads one sample at a time and checks it. */
#include "samples/samples_private.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/nan.h"
#include "lattice/mask.h"

#include <math.h>
#include <string.h>

/* Reads x of `row` and of as many rows after it as fit; false when that fails, which may be the fault of another row.
 */
static bool read_ahead(samples_t *samples, row_t row) {
    failure_t ignored;
    int64_t room = (int64_t)(AHEAD / samples->elements), left = samples->rows - row, count = room < left ? room : left;
    samples->ahead_first = row;
    samples->ahead_count = 0;
    if (count < 2 || samples_read_numbers(&samples->x, row, count, (size_t)count * samples->elements, samples->x_ahead,
                                          &ignored) != STATUS_OK)
        return false;
    samples->ahead_count = count;
    return true;
}

/* Reads x of a row. Each read costs HDF5 about 20 microseconds, so consecutive rows are read in groups. */
static status_t read_x(samples_t *samples, row_t row, failure_t *why) {
    bool in_turn = row == samples->row_next;
    int64_t at = row - samples->ahead_first;
    samples->row_next = row + 1;
    if ((at >= 0 && at < samples->ahead_count) || (in_turn && read_ahead(samples, row))) {
        at = row - samples->ahead_first;
        memcpy(samples->x_now, samples->x_ahead + (size_t)at * samples->elements,
               samples->elements * sizeof *samples->x_now);
        return STATUS_OK;
    }
    return samples_read_numbers(&samples->x, row, 1, samples->elements, samples->x_now, why);
}

/* Players are read as int64, so that HDF5 clips nothing, and then narrowed. What does not fit becomes INT32_MIN, which
 * is no valid player. */
static status_t read_players(samples_t *samples, row_t row, failure_t *why) {
    int64_t *wide OWNED = memory_need(samples->elements, sizeof *wide, "the players of a sample");
    TRY(samples_read_box(&samples->players, row, 1, H5T_NATIVE_INT64, wide, why));
    for (size_t i = 0; i < samples->elements; i++)
        samples->players_now[i] = wide[i] < INT32_MIN || wide[i] > INT32_MAX ? INT32_MIN : (int32_t)wide[i];
    return STATUS_OK;
}

/* ---- what can be wrong ---- */

static const char *fault_of(double value, bool integers) {
    return integers ? "is beyond 2^53, where doubles are not exact" : value > 0 ? "is +inf" : "is -inf";
}

/* Whether all numbers are finite or NaN, a missing value; otherwise `fault` names the first that is not. */
static bool check_finite(const numbers_t *numbers, row_t row, const double *values, size_t count,
                         char fault[FAULT_TEXT]) {
    for (size_t i = 0; i < count; i++)
        if (isinf(values[i])) {
            snprintf(fault, FAULT_TEXT, "/%s: %selement %zu %s", numbers->in.path,
                     samples_where(numbers->per_sample, row).text, i, fault_of(values[i], numbers->integers));
            return false;
        }
    return true;
}

/* x or a baseline. */
static bool check_numbers(const samples_t *samples, const numbers_t *numbers, row_t row, const double *values,
                          size_t count, char fault[FAULT_TEXT]) {
    return check_finite(numbers, row, values, count, fault) &&
           samples_check_type(samples->type, numbers, row, values, count, fault);
}

/* Whether the players are -1 or 0 ... n-1 without gaps and not too many; *n is set. */
static bool check_players(const samples_t *samples, row_t row, int *n, char fault[FAULT_TEXT]) {
    const numbers_t *numbers = &samples->players;
    const char *path = numbers->in.id > 0 ? numbers->in.path : "x";
    const where_t where = samples_where(numbers->per_sample, row);
    const int limit = samples->options.max_players < PLAYERS_MAX ? samples->options.max_players : PLAYERS_MAX;
    int32_t highest = -1;
    mask_t seen = 0;
    for (size_t i = 0; i < samples->elements; i++) {
        int32_t player = samples->players_now[i];
        if (player < -1) {
            snprintf(fault, FAULT_TEXT, "/%s: %selement %zu: invalid player number; use 0 to n-1, or -1 (never masked)",
                     path, where.text, i);
            return false;
        }
        highest = player > highest ? player : highest;
        if (player >= 0 && player < 64)
            seen |= (mask_t)1 << player;
    }
    *n = 0;
    if (highest >= limit) {
        snprintf(fault, FAULT_TEXT, "/%s: %s%lld players, more than sweep.max_players: %d", path, where.text,
                 (long long)highest + 1, limit);
        return false;
    }
    if (highest < 0) {
        snprintf(fault, FAULT_TEXT, "/%s: %sno element belongs to a player", path, where.text);
        return false;
    }
    *n = highest + 1;
    if (seen == mask_count(*n) - 1)
        return true;
    snprintf(fault, FAULT_TEXT, "/%s: %splayer %d has no element; players must be numbered 0 to n-1 without gaps", path,
             where.text, __builtin_ctzll(~seen));
    return false;
}

/* ---- what all samples share ---- */

/* Patch (r, c) of the grid over the last two axes is player r * columns + c; axes before them (channels) share it. */
static void fill_grid(samples_t *samples) {
    const int64_t *grid = samples->options.grid, *last = samples->shape + samples->rank - 2;
    const int64_t height = last[0] / grid[0], width = last[1] / grid[1];
    for (size_t i = 0; i < samples->elements; i++) {
        row_t row = (int64_t)i / last[1] % last[0], column = (int64_t)i % last[1];
        int64_t player = row / height * grid[1] + column / width;
        samples->players_now[i] = player > INT32_MAX ? INT32_MAX - 1 : (int32_t)player;
    }
}

static status_t prepare_players(samples_t *samples, failure_t *why) {
    char fault[FAULT_TEXT];
    if (samples->players_are_set || samples->players.per_sample)
        return STATUS_OK;
    if (samples->options.players == PLAYERS_FROM_FILE)
        TRY(read_players(samples, 0, why));
    else if (samples->options.players == PLAYERS_GRID)
        fill_grid(samples);
    else
        for (size_t i = 0; i < samples->elements; i++)
            samples->players_now[i] = (int32_t)i;
    if (!check_players(samples, 0, &samples->n_shared, fault))
        return failed(why, STATUS_INPUT, "%s: %s", samples->name, fault);
    samples->players_are_set = true;
    return STATUS_OK;
}

/* Adds x of all rows of the file up, row after row: sums [elements], of what is not NaN, and how many of each there
 * are, counts [elements]. */
static status_t add_rows(samples_t *samples, double *sums, int64_t *counts, failure_t *why) {
    char fault[FAULT_TEXT];
    for (row_t row = 0; row < samples->rows; row++) {
        TRY(samples_read_numbers(&samples->x, row, 1, samples->elements, samples->x_now, why));
        if (!check_finite(&samples->x, row, samples->x_now, samples->elements, fault))
            return failed(why, STATUS_INPUT, "%s: %s, so samples.baseline: mean cannot be computed", samples->name,
                          fault);
        for (size_t i = 0; i < samples->elements; i++) {
            const bool missing = isnan(samples->x_now[i]);
            sums[i] += missing ? 0 : samples->x_now[i];
            counts[i] += !missing;
        }
    }
    return STATUS_OK;
}

/* The mean of x over all rows of the file, in double; of what is not NaN. */
static status_t fill_mean(samples_t *samples, failure_t *why) {
    double *mean = samples->baseline_now;
    int64_t *counts OWNED = memory_need(samples->elements, sizeof *counts, "the mean of the samples");
    memset(mean, 0, samples->elements * sizeof *mean);
    TRY(add_rows(samples, mean, counts, why));
    for (size_t i = 0; i < samples->elements; i++) {
        mean[i] /= (double)counts[i];
        samples->missing.mean |= counts[i] < samples->rows;
        if (counts[i] == 0)
            return failed(why, STATUS_INPUT,
                          "%s: /x: element %zu is NaN in all samples, so samples.baseline: mean cannot be computed; "
                          "give another baseline (.nan: missing)",
                          samples->name, i);
        if (!isfinite(mean[i]))
            return failed(why, STATUS_INPUT, "%s: /x: element %zu: the mean over all samples overflows", samples->name,
                          i);
    }
    return STATUS_OK;
}

static void fill_number(samples_t *samples, double number) {
    for (size_t i = 0; i < samples->elements; i++)
        samples->baseline_now[i] = number;
}

/* A baseline that is not from the file. */
static status_t check_made(const samples_t *samples, failure_t *why) {
    const element_t type = samples->type;
    for (size_t i = 0; i < samples->elements && element_is_whole(type); i++)
        if (!element_holds(type, samples->baseline_now[i]))
            return failed(why, STATUS_INPUT, "samples.baseline: element %zu, %g, %s the model's %s input", i,
                          samples->baseline_now[i], element_fault(type, samples->baseline_now[i]), element_name(type));
    return STATUS_OK;
}

static status_t read_baseline(samples_t *samples, failure_t *why) {
    const numbers_t *baseline = &samples->baseline;
    const size_t count = baseline->in.rank ? (size_t)samples->baselines * samples->elements : 1;
    char fault[FAULT_TEXT];
    TRY(samples_read_numbers(baseline, 0, 1, count, samples->baseline_now, why));
    if (!check_numbers(samples, baseline, 0, samples->baseline_now, count, fault))
        return failed(why, STATUS_INPUT, "%s: %s", samples->name, fault);
    if (baseline->in.rank == 0)
        fill_number(samples, samples->baseline_now[0]);
    return STATUS_OK;
}

static status_t prepare_baseline(samples_t *samples, failure_t *why) {
    if (samples->baseline_is_set || samples->baseline.per_sample)
        return STATUS_OK;
    switch (samples->options.baseline) {
    case BASELINE_ZERO:
        fill_number(samples, 0);
        break;
    case BASELINE_NUMBER:
        fill_number(samples, samples->options.baseline_number);
        break;
    case BASELINE_MEAN:
        TRY(fill_mean(samples, why));
        break;
    case BASELINE_FROM_FILE:
        TRY(read_baseline(samples, why));
        break;
    }
    if (samples->baseline.in.id <= 0)
        TRY(check_made(samples, why));
    samples->baseline_is_set = true;
    return STATUS_OK;
}

static status_t prepare_constants(samples_t *samples, failure_t *why) {
    char fault[FAULT_TEXT];
    bool faulty = false;
    if (samples->constants_are_set)
        return STATUS_OK;
    TRY(samples_read_constants(samples, false, 0, &faulty, fault, why));
    samples->constants_are_set = !faulty;
    return faulty ? failed(why, STATUS_INPUT, "%s: %s", samples->name, fault) : STATUS_OK;
}

status_t samples_prepare(samples_t *samples, failure_t *why) {
    if (samples->synthetic)
        return STATUS_OK;
    TRY(prepare_players(samples, why));
    TRY(prepare_baseline(samples, why));
    return prepare_constants(samples, why);
}

/* ---- one sample ---- */

static status_t read_names(samples_t *samples, row_t row, sample_t *sample, failure_t *why) {
    names_t *names = samples->names[NAMES_OF_PLAYERS];
    const int64_t count = names_count(names);
    if (!samples->names_now)
        samples->names_now = memory_need((size_t)count, sizeof *samples->names_now, "the players' names");
    TRY(names_load(names, row, why));
    for (int64_t i = 0; i < count; i++)
        snprintf(samples->names_now[i], SAMPLE_NAME, "%s", names_get(names, i));
    if (count >= sample->n) /* else the scan refuses the list */
        sample->names = (const char(*)[SAMPLE_NAME])samples->names_now;
    return STATUS_OK;
}

static status_t read_one(samples_t *samples, row_t row, sample_t *sample, bool *faulty, char fault[FAULT_TEXT],
                         failure_t *why) {
    size_t elements = samples->elements;
    if (samples->text)
        return samples_read_text(samples, row, sample, faulty, fault, why);
    sample->n = samples->n_shared;
    TRY(read_x(samples, row, why));
    *faulty = !check_numbers(samples, &samples->x, row, samples->x_now, elements, fault);
    if (samples->players.per_sample && !*faulty) {
        TRY(read_players(samples, row, why));
        *faulty = !check_players(samples, row, &sample->n, fault);
    }
    if (samples->baseline.per_sample && !*faulty) {
        elements *= (size_t)samples->baselines;
        TRY(samples_read_numbers(&samples->baseline, row, 1, elements, samples->baseline_now, why));
        *faulty = !check_numbers(samples, &samples->baseline, row, samples->baseline_now, elements, fault);
    }
    if (samples->names_wanted && samples->names[NAMES_OF_PLAYERS] && !*faulty)
        TRY(read_names(samples, row, sample, why));
    return *faulty ? STATUS_OK : samples_read_constants(samples, true, row, faulty, fault, why);
}

status_t samples_read(samples_t *samples, place_t place, sample_t *sample, bool *faulty, char fault[FAULT_TEXT],
                      failure_t *why) {
    const samples_known_t *known = &samples->known;
    const row_t row = samples_row(samples, place), first = row * (known->rows > 1 ? known->rows : 1);
    *faulty = false;
    *sample = (sample_t){.index = samples_selected_index(samples, place),
                         .row = first,
                         .label = samples_selected_label(samples, place),
                         .target = known->target ? known->target[first] : -1,
                         .targets = known->target && known->rows > 1 ? known->target + first : NULL,
                         .noise_sigma = known->noise_sigma ? known->noise_sigma[first] : nan_canonical(),
                         .elements = samples->elements,
                         .rank = samples->rank,
                         .shape = samples->shape,
                         .x = samples->x_now,
                         .players = samples->players_now,
                         .baselines = samples->baselines,
                         .baseline = samples->baseline_now,
                         .constants = samples->constants,
                         .constant = samples->constant_now};
    if (!samples->synthetic)
        return read_one(samples, row, sample, faulty, fault, why);
    sample->n = samples->players_of[place];
    if (sample->n < 1 || sample->n > samples->options.max_players || sample->n > PLAYERS_MAX) {
        snprintf(fault, FAULT_TEXT, "sample %lld has %d players; 1 to sweep.max_players: %d expected",
                 (long long)sample->index, sample->n, samples->options.max_players);
        *faulty = true;
    }
    return STATUS_OK;
}

/* ---- what the scan saw ---- */

uint64_t samples_crc(const sample_t *sample) {
    if (sample->elements == 0)
        return 0;
    uint32_t sum = crc32c(0, sample->x, sample->elements * sizeof *sample->x);
    sum = crc32c(sum, sample->players, sample->elements * sizeof *sample->players);
    sum = crc32c(sum, sample->baseline, (size_t)sample->baselines * sample->elements * sizeof *sample->baseline);
    for (size_t i = 0; i < sample->constants; i++)
        sum = crc32c(sum, sample->constant[i].numbers, sample->constant[i].elements * sizeof(double));
    return sum;
}

uint32_t samples_sum(const sample_t *sample) {
    const int64_t head[] = {sample->index, sample->label, sample->n};
    return crc32c(0, head, sizeof head) ^ (uint32_t)samples_crc(sample);
}

uint32_t *samples_expect(samples_t *samples) {
    samples->sums_are_set = true;
    return samples->sums;
}

static status_t changed(const samples_t *samples, const sample_t *sample, const char *fault, failure_t *why) {
    return failed(
        why, STATUS_INPUT,
        "%s: sample %lld has changed since the start%s%s: someone changed the file; restore the old one and type the "
        "same command, or start over with --fresh",
        samples->name, (long long)sample->index, *fault ? ", " : "", fault);
}

status_t samples_load_selected(samples_t *samples, place_t place, sample_t *sample, failure_t *why) {
    char fault[FAULT_TEXT] = "";
    bool faulty = false;
    if (samples->unusable || place < 0 || place >= samples_selected(samples))
        return failed(why, STATUS_INTERNAL, "%s: the selection has no sample %lld", samples->name, (long long)place);
    TRY(samples_prepare(samples, why));
    TRY(samples_read(samples, place, sample, &faulty, fault, why));
    if (samples->sums_are_set && (faulty || samples_sum(sample) != samples->sums[place]))
        return changed(samples, sample, fault, why);
    return faulty ? failed(why, STATUS_INPUT, "%s: %s", samples->name, fault) : STATUS_OK;
}

status_t samples_load(samples_t *samples, nth_t k, sample_t *sample, failure_t *why) {
    return samples_load_selected(samples, samples_place(samples, k), sample, why);
}
