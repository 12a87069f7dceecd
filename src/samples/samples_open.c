/* Opening a samples file: structure only, no rows. */
#include "base/memory.h"
#include "samples/samples_private.h"

#include <stdlib.h>
#include <string.h>

/* A sample with more elements counts as damage: 2 GiB in double precision. */
#define ELEMENTS_MAX ((uint64_t)1 << 28)
#define ROWS_MAX ((uint64_t)1 << 40)

/* Whether /x was readable, so that the shape of a sample is known. */
static bool shape_is_known(const samples_t *samples) {
    return samples->elements > 0;
}

/* Whether the axes of a dataset from `first` on are those of one sample. */
static bool has_shape(const samples_t *samples, const h5_dataset_t *in, int first) {
    if (in->rank != first + samples->rank)
        return false;
    for (int i = 0; i < samples->rank; i++)
        if (in->dims[first + i] != (hsize_t)samples->shape[i])
            return false;
    return true;
}

/* "[8, 8]", or with a first axis before it: "[100, 8, 8]". */
static h5_shape_t shape_text(const samples_t *samples, bool with_first, int64_t first) {
    hsize_t dims[SHAPE_RANK + 1] = {(hsize_t)first};
    for (int i = 0; i < samples->rank; i++)
        dims[i + with_first] = (hsize_t)samples->shape[i];
    return h5_shape_text(samples->rank + with_first, dims);
}

/* Accepts [shape...] and [S, shape...], and says which. */
static status_t check_shape(const samples_t *samples, numbers_t *numbers, const char *also, failure_t *why) {
    const h5_dataset_t *in = &numbers->in;
    if (!shape_is_known(samples))
        return STATUS_OK;
    numbers->per_sample = has_shape(samples, in, 1) && in->dims[0] == (hsize_t)samples->rows;
    if (numbers->per_sample || has_shape(samples, in, 0))
        return STATUS_OK;
    return h5_refuse(in, why, "has the shape %s; %s%s or %s expected (one sample or all samples)",
                     h5_shape_text(in->rank, in->dims).text, also, shape_text(samples, false, 0).text,
                     shape_text(samples, true, samples->rows).text);
}

static status_t open_x(samples_t *samples, failure_t *why) {
    const h5_dataset_t *in = &samples->x.in;
    uint64_t elements;
    TRY(samples_open_numbers(samples, "x", false, &samples->x, why));
    if (in->id <= 0)
        return h5_refuse(in, why, "missing: the samples, [S, shape...]; prompts are /text");
    if (in->rank < 1 || !h5_count(in->rank - 1, in->dims + 1, &elements) || elements < 1 || elements > ELEMENTS_MAX ||
        in->dims[0] < 1 || in->dims[0] > ROWS_MAX)
        return h5_refuse(in, why, "has the shape %s; [S, shape...] with 1 to %llu elements expected",
                         h5_shape_text(in->rank, in->dims).text, (unsigned long long)ELEMENTS_MAX);
    samples->x.per_sample = true;
    samples->rows = (int64_t)in->dims[0];
    samples->rank = in->rank - 1;
    samples->elements = (size_t)elements;
    for (int i = 0; i < samples->rank; i++)
        samples->shape[i] = (int64_t)in->dims[i + 1];
    return STATUS_OK;
}

static status_t open_input(samples_t *samples, failure_t *why) {
    bool text = false;
    TRY(h5_exists(&samples->file, "text", &text, why));
    return text ? samples_open_text(samples, why) : open_x(samples, why);
}

static status_t open_players(samples_t *samples, failure_t *why) {
    const int64_t *grid = samples->options.grid;
    if (samples->text)
        return STATUS_OK;
    if (samples->options.players == PLAYERS_FROM_FILE) {
        TRY(samples_open_numbers(samples, "players", true, &samples->players, why));
        if (samples->players.in.id <= 0)
            return h5_refuse(&samples->players.in, why,
                             "missing; give it, or choose players: elements or {grid: [rows, columns]}");
        return check_shape(samples, &samples->players, "", why);
    }
    if (samples->options.players == PLAYERS_ELEMENTS || !shape_is_known(samples))
        return STATUS_OK;
    const int64_t *last = samples->shape + samples->rank - 2;
    if (samples->rank < 2 || grid[0] < 1 || grid[1] < 1 || last[0] % grid[0] != 0 || last[1] % grid[1] != 0)
        return h5_refuse(&samples->x.in, why,
                         "a grid of %lld x %lld patches must divide the last two axes; one sample has the shape %s",
                         (long long)grid[0], (long long)grid[1], shape_text(samples, false, 0).text);
    return STATUS_OK;
}

/* /baselines [K, shape...] or [S, K, shape...]: the number of axes says which. */
static status_t check_baselines(samples_t *samples, failure_t *why) {
    const h5_dataset_t *many = &samples->baseline.in;
    const int axis = many->rank - samples->rank - 1; /* that of K */
    const bool fits = axis == 0 || (axis == 1 && many->dims[0] == (hsize_t)samples->rows);
    const h5_shape_t one = shape_text(samples, false, 0);
    const char *comma = samples->rank > 0 ? ", " : "";
    if (!fits || !has_shape(samples, many, axis + 1) || many->dims[axis] < 1 || many->dims[axis] > BASELINES_MAX ||
        many->dims[axis] * samples->elements > ELEMENTS_MAX)
        return h5_refuse(many, why,
                         "has the shape %s; [K%s%s (for all samples) or [%lld, K%s%s (for each) expected, K = 1 to %d",
                         h5_shape_text(many->rank, many->dims).text, comma, one.text + 1, (long long)samples->rows,
                         comma, one.text + 1, BASELINES_MAX);
    samples->baseline.per_sample = axis == 1;
    samples->baselines = (int)many->dims[axis];
    return STATUS_OK;
}

static status_t open_baseline(samples_t *samples, failure_t *why) {
    bool many = false, one = false;
    samples->baselines = 1;
    if (samples->options.baseline != BASELINE_FROM_FILE || samples->text)
        return STATUS_OK;
    TRY(h5_exists(&samples->file, "baselines", &many, why));
    TRY(h5_exists(&samples->file, "baseline", &one, why));
    if (many == one)
        return failed(why, STATUS_INPUT, "%s: /baseline: %s", samples->name,
                      one ? "the file has both /baseline and /baselines; remove one of them"
                          : "missing; give it or /baselines, or choose baseline: zero, mean or a number");
    TRY(samples_open_numbers(samples, many ? "baselines" : "baseline", false, &samples->baseline, why));
    if (many && shape_is_known(samples))
        return check_baselines(samples, why);
    return samples->baseline.in.rank == 0 ? STATUS_OK : check_shape(samples, &samples->baseline, "one number, ", why);
}

static status_t open_names(samples_t *samples, problems_t *problems, failure_t *why) {
    static const char *const PATHS[NAME_LISTS] = {"player_names", "player_class", "classes"};
    for (name_list_t list = 0; list < NAME_LISTS; list++)
        TRY(samples_collect(samples,
                            names_open(&samples->file, PATHS[list], list, samples->rows, &samples->names[list], why),
                            why, problems));
    return STATUS_OK;
}

static status_t open_label(samples_t *samples, failure_t *why) {
    const h5_dataset_t *in = &samples->label.in;
    H5_DATASET words = {0};
    TRY(h5_find_dataset(&samples->file, "label", &words, why));
    if (words.id > 0 && words.kind == H5T_STRING && shape_is_known(samples))
        return names_open(&samples->file, "label", LABELS_IN_WORDS, samples->rows, &samples->label_words, why);
    TRY(samples_open_numbers(samples, "label", true, &samples->label, why));
    if (in->id > 0 && shape_is_known(samples) && (in->rank != 1 || in->dims[0] != (hsize_t)samples->rows))
        return h5_refuse(in, why, "has the shape %s; [%lld] expected, one label per sample",
                         h5_shape_text(in->rank, in->dims).text, (long long)samples->rows);
    return STATUS_OK;
}

/* ---- selection ---- */

static status_t check_row(const samples_t *samples, row_t row, failure_t *why) {
    if (row < 0 || row >= samples->rows)
        return failed(why, STATUS_INPUT, "%s%s: samples.select: no sample %lld; samples are 0 to %lld", samples->name,
                      samples->synthetic ? "" : ": /x", (long long)row, (long long)samples->rows - 1);
    return STATUS_OK;
}

/* The ends of a range, or each row of a list. */
static status_t check_rows(samples_t *samples, failure_t *why) {
    const samples_options_t *options = &samples->options;
    samples->count = options->select_all    ? samples->rows
                     : options->select_list ? (int64_t)options->select_count
                                            : options->select_end - options->select_first;
    if (samples->count < 1)
        return failed(why, STATUS_INPUT, "%s%s: samples.select: selects no samples", samples->name,
                      samples->synthetic ? "" : ": /x");
    for (place_t place = 0; options->select_list && place < samples->count; place++)
        TRY(check_row(samples, samples_row(samples, place), why));
    TRY(check_row(samples, samples_row(samples, 0), why));
    return check_row(samples, samples_row(samples, samples->count - 1), why);
}

/* A shard without samples would write no file. */
static status_t check_selection(samples_t *samples, failure_t *why) {
    const samples_options_t *options = &samples->options;
    TRY(check_rows(samples, why));
    if (options->shards <= samples->count)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s%s: --shard %d/%d: only %lld samples are selected; use at most %lld shards",
                  samples->name, samples->synthetic ? "" : ": /x", options->shard, options->shards,
                  (long long)samples->count, (long long)samples->count);
}

index_t samples_row(const samples_t *samples, place_t place) {
    const samples_options_t *options = &samples->options;
    return options->select_all    ? place
           : options->select_list ? options->select_list[place]
                                  : options->select_first + place;
}

index_t samples_selected_index(const samples_t *samples, place_t place) {
    row_t row = samples_row(samples, place);
    return samples->known.index ? samples->known.index[row] : row;
}

/* ---- opening and closing ---- */

/* Checks everything that needs no rows; at most one problem per dataset. */
static status_t check_structure(samples_t *samples, problems_t *problems, failure_t *why) {
    TRY(samples_collect(samples, open_input(samples, why), why, problems));
    TRY(samples_collect(samples, open_label(samples, why), why, problems));
    TRY(samples_collect(samples, open_players(samples, why), why, problems));
    TRY(samples_collect(samples, open_baseline(samples, why), why, problems));
    if (!shape_is_known(samples))
        return STATUS_OK; /* the other checks need the shape */
    TRY(samples_collect(samples, check_selection(samples, why), why, problems));
    return open_names(samples, problems, why);
}

/* The class of a label in words. */
static status_t find_class(const samples_t *samples, row_t row, const char *word, int64_t *label, failure_t *why) {
    const names_t *classes = samples->names[NAMES_OF_CLASSES];
    int64_t found = 0;
    for (int64_t i = 0; i < names_count(classes); i++)
        if (strcmp(names_get(classes, i), word) == 0) {
            *label = i;
            found++;
        }
    if (found == 1)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%s: /label: sample %lld: '%s' is %s /classes", samples->name, (long long)row,
                  word, found == 0 ? "not among" : "more than once in");
}

static status_t read_words(samples_t *samples, failure_t *why) {
    if (!samples->names[NAMES_OF_CLASSES])
        return failed(why, STATUS_INPUT,
                      "%s: /label: holds strings; give /classes too, their names in the order of the model's outputs, "
                      "or numbers",
                      samples->name);
    TRY(names_load(samples->names[NAMES_OF_CLASSES], 0, why));
    for (place_t place = 0; place < samples->count; place++) {
        const row_t row = samples_row(samples, place);
        TRY(names_load(samples->label_words, row, why));
        TRY(find_class(samples, row, names_get(samples->label_words, 0), &samples->label_of[place], why));
    }
    return STATUS_OK;
}

/* Labels of the selection: all of them are a few bytes per sample. */
static status_t read_labels(samples_t *samples, failure_t *why) {
    hsize_t start = 0, one = 1, all = (hsize_t)samples->count;
    if (!samples_have_labels(samples))
        return STATUS_OK;
    samples->label_of = memory_need((size_t)samples->count, sizeof *samples->label_of, "the labels");
    if (samples->label_words)
        return read_words(samples, why);
    if (!samples->options.select_list) {
        start = (hsize_t)samples_row(samples, 0);
        return h5_read(&samples->label.in, &start, &all, H5T_NATIVE_INT64, samples->label_of, why);
    }
    for (int64_t k = 0; k < samples->count; k++) {
        start = (hsize_t)samples_row(samples, k);
        TRY(h5_read(&samples->label.in, &start, &one, H5T_NATIVE_INT64, &samples->label_of[k], why));
    }
    return STATUS_OK;
}

/* What is kept for each selected sample. */
static void allocate_places(samples_t *samples) {
    size_t count = (size_t)samples->count;
    samples->players_of = memory_need(count, sizeof *samples->players_of, "the samples");
    samples->sums = memory_need(count, sizeof *samples->sums, "the samples");
}

/* Buffers for the sample that is loaded. */
static void allocate_buffers(samples_t *samples) {
    size_t baseline = (size_t)samples->baselines * samples->elements;
    samples->x_now = memory_need(samples->elements, sizeof *samples->x_now, "the inputs of a sample");
    samples->x_ahead = memory_need(AHEAD, sizeof *samples->x_ahead, "the inputs of a sample");
    samples->players_now = memory_need(samples->elements, sizeof *samples->players_now, "the players of a sample");
    samples->baseline_now = memory_need(baseline, sizeof *samples->baseline_now, "the baselines of a sample");
}

static samples_t *new_samples(const samples_options_t *options, const char *name) {
    samples_t *samples = memory_need(1, sizeof *samples, "the samples");
    samples->options = *options;
    samples->options.select_list = NULL;
    samples->name = memory_text("%s", name);
    if (options->select_list && !options->select_all) {
        int64_t *list = memory_need(options->select_count, sizeof *list, "the selected samples");
        if (options->select_count)
            memcpy(list, options->select_list, options->select_count * sizeof *list);
        samples->selection = list;
        samples->options.select_list = list;
    }
    samples->options.file = samples->name;
    return samples;
}

static status_t open_all(samples_t *samples, problems_t *problems, failure_t *why) {
    TRY(h5_open_file(samples->name, &samples->file, why));
    TRY(check_structure(samples, problems, why));
    if (samples->unusable)
        return STATUS_OK;
    allocate_places(samples);
    allocate_buffers(samples);
    return samples_collect(samples, read_labels(samples, why), why, problems);
}

status_t samples_open(const samples_options_t *options, samples_t **out, problems_t *problems, failure_t *why) {
    *out = NULL;
    if (!options->file)
        return failed(why, STATUS_INPUT, "samples.file: missing; give the path of the HDF5 file with the samples");
    samples_t *samples = new_samples(options, options->file);
    H5_QUIET;
    status_t status = open_all(samples, problems, why);
    if (status == STATUS_OK)
        *out = samples;
    else
        samples_close(&samples);
    return status;
}

static status_t fill_synthetic(samples_t *samples, const samples_known_t *known, problems_t *problems, failure_t *why) {
    TRY(samples_collect(samples, check_selection(samples, why), why, problems));
    if (samples->unusable)
        return STATUS_OK;
    allocate_places(samples);
    if (known->label)
        samples->label_of = memory_need((size_t)samples->count, sizeof *samples->label_of, "the labels");
    for (place_t place = 0; place < samples->count; place++) {
        row_t row = samples_row(samples, place);
        samples->players_of[place] = known->players[row];
        if (known->label)
            samples->label_of[place] = known->label[row];
    }
    return STATUS_OK;
}

status_t samples_synthetic(const samples_options_t *options, const samples_known_t *known, samples_t **out,
                           problems_t *problems, failure_t *why) {
    samples_t *samples = new_samples(options, known->name ? known->name : "samples");
    *out = NULL;
    samples->synthetic = true;
    samples->baselines = 1;
    samples->rows = known->count;
    samples->known = *known;
    samples->known.players = NULL;
    memcpy(samples->names, known->names, sizeof samples->names);
    status_t status = fill_synthetic(samples, known, problems, why);
    if (status == STATUS_OK)
        *out = samples;
    else
        samples_close(&samples);
    return status;
}

void samples_close(samples_t **samples) {
    if (!*samples)
        return;
    samples_t *s = *samples;
    for (name_list_t list = 0; list < NAME_LISTS && !s->synthetic; list++)
        names_close(&s->names[list]);
    names_close(&s->label_words);
    names_close(&s->text);
    names_close(&s->target_text);
    numbers_t *const open[] = {&s->x, &s->label, &s->players, &s->baseline, NULL};
    for (size_t i = 0; open[i]; i++)
        h5_close_dataset(&open[i]->in);
    samples_close_constants(s);
    h5_close_file(&s->file);
    void *const owned[] = {s->selection, s->name,        s->label_of,     s->players_of, s->sums, s->x_now,
                           s->x_ahead,   s->players_now, s->baseline_now, s->names_now,  s};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    *samples = NULL;
}

/* ---- what is known ---- */

int64_t samples_selected(const samples_t *samples) {
    return samples->unusable ? 0 : samples->count;
}

place_t samples_place(const samples_t *samples, nth_t k) {
    const samples_options_t *options = &samples->options;
    return options->shards > 0 ? options->shard + k * options->shards : k;
}

int64_t samples_count(const samples_t *samples) {
    const samples_options_t *options = &samples->options;
    int64_t selected = samples_selected(samples);
    return options->shards > 0 && selected > 0 ? (selected - options->shard - 1) / options->shards + 1 : selected;
}

int samples_selected_players(const samples_t *samples, place_t place) {
    return samples->players_of[place];
}

int64_t samples_selected_label(const samples_t *samples, place_t place) {
    return samples->label_of ? samples->label_of[place] : -1;
}

int samples_players_of(const samples_t *samples, nth_t k) {
    return samples_selected_players(samples, samples_place(samples, k));
}

index_t samples_index(const samples_t *samples, nth_t k) {
    return samples_selected_index(samples, samples_place(samples, k));
}

bool samples_are_texts(const samples_t *samples) {
    return samples->text != NULL;
}

bool samples_have_labels(const samples_t *samples) {
    return samples->label.in.id > 0 || samples->label_words || samples->known.label;
}

element_t samples_x_type(const samples_t *samples) {
    const bool wide = samples->x.in.width > 4;
    if (samples->text)
        return ELEMENT_I32;
    if (samples->x.integers)
        return wide ? ELEMENT_I64 : ELEMENT_I32;
    return samples->synthetic || wide ? ELEMENT_F64 : ELEMENT_F32;
}

int samples_shape(const samples_t *samples, int64_t shape[8]) {
    if (!samples->synthetic && !shape_is_known(samples))
        return -1;
    for (int i = 0; i < samples->rank; i++)
        shape[i] = samples->shape[i];
    return samples->rank;
}

samples_missing_t samples_missing(const samples_t *samples) {
    return samples->missing;
}

bool samples_players_differ(const samples_t *samples) {
    return samples->players_differ;
}

name_shape_t samples_names(const samples_t *samples, name_list_t list) {
    const names_t *names = samples->names[list];
    if (!names)
        return (name_shape_t){0};
    return (name_shape_t){list == NAMES_OF_CLASSES ? names_count(names) : samples->n_max, names_per_sample(names)};
}

const char *samples_selected_name(const samples_t *samples, name_list_t list, place_t place, int64_t i) {
    names_t *names = samples->names[list];
    failure_t why;
    const int rows = samples->known.rows > 1 ? samples->known.rows : 1;
    if (!names || names_load(names, samples_row(samples, place) * rows, &why) != STATUS_OK)
        return NULL;
    return names_get(names, i);
}
