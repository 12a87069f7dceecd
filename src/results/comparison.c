#include "results/comparison.h"

#include "base/file.h"
#include "base/memory.h"
#include "results/new_file.h"
#include "results/paths.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPARISON_FORMAT "harsanyi comparison"

enum { COMPARISON_FORMAT_VERSION = 1, DATASETS_MAX = 35, RANK = 3 };

/* ---- datasets and what they hold ---- */

typedef struct {
    dataset_t of[DATASETS_MAX];
    void *data[DATASETS_MAX]; /* owned */
    int count;
} contents_t;

typedef struct {
    const char *path, *axes, *units, *description;
    int rank;
    uint64_t dims[RANK];
} shape_t;

/* Adds a dataset; width: of a text, else 0. Returns its data, all zero, for the caller to fill in. */
static void *add(contents_t *contents, const shape_t *shape, type_t type, size_t width) {
    dataset_t *to = &contents->of[contents->count];
    *to = (dataset_t){.present = true, .type = type, .first = FIRST_GIVEN, .units = shape->units, .rank = shape->rank};
    to->width = width ? width : layout_width(type);
    snprintf(to->path, sizeof to->path, "%s", shape->path);
    snprintf(to->axes, sizeof to->axes, "%s", shape->axes);
    snprintf(to->description, sizeof to->description, "%s", shape->description);
    memcpy(to->dims, shape->dims, sizeof shape->dims);
    layout_measure(to);
    return contents->data[contents->count++] = memory_need(1, (size_t)to->bytes, "the comparison");
}

/* One axis of integers, or of doubles. */
static void add_list(contents_t *contents, const shape_t *shape, type_t type, const void *data) {
    memcpy(add(contents, shape, type, 0), data, (size_t)shape->dims[0] * 8);
}

/* ---- what was compared ---- */

/* A member of compared_file_t: a pointer to a text, an array of chars, or a count. */
typedef enum { A_POINTER, AN_ARRAY, A_COUNT } member_t;
typedef struct {
    const char *path, *description;
    member_t kind;
    size_t offset;
} column_t;

static const column_t COLUMNS[] = {
    {"files/path", "the compared results files, as they were given", A_POINTER, offsetof(compared_file_t, path)},
    {"files/model_sha256", "of the model", AN_ARRAY, offsetof(compared_file_t, identity.model_sha256)},
    {"files/settings_sha256", "of the settings that define the numbers", AN_ARRAY,
     offsetof(compared_file_t, identity.settings_sha256)},
    {"files/engine", "what evaluated the model", AN_ARRAY, offsetof(compared_file_t, identity.engine)},
    {"files/engine_version", "its version", AN_ARRAY, offsetof(compared_file_t, identity.engine_version)},
    {"files/done", "its samples that are done", A_COUNT, offsetof(compared_file_t, done)},
    {"files/failed", "its samples that failed", A_COUNT, offsetof(compared_file_t, failed)},
    {"files/pending", "its samples that have no numbers yet", A_COUNT, offsetof(compared_file_t, pending)},
};

static const void *member_of(const comparison_t *c, const column_t *column, int file) {
    const char *at = (const char *)&c->files[file] + column->offset;
    return column->kind == A_POINTER ? *(const char *const *)(const void *)at : at;
}

static void add_column(contents_t *contents, const comparison_t *c, const column_t *column) {
    bool text = column->kind != A_COUNT;
    size_t width = text ? 1 : sizeof(int64_t);
    for (int i = 0; text && i < c->file_count; i++) {
        size_t length = strlen(member_of(c, column, i));
        width = length > width ? length : width;
    }
    const shape_t shape = {column->path,        "file", text ? "text" : "samples",
                           column->description, 1,      {(uint64_t)c->file_count}};
    char *to = add(contents, &shape, text ? TYPE_TEXT : TYPE_I64, width);
    for (int i = 0; i < c->file_count; i++, to += width) {
        const char *from = member_of(c, column, i);
        memcpy(to, from, text ? strnlen(from, width) : width);
    }
}

static void add_compared(contents_t *contents, const comparison_t *c) {
    const uint64_t samples = (uint64_t)c->samples;
    const shape_t index = {
        "samples/index", "sample", "row", "rows in the samples file of the samples that were compared", 1, {samples}};
    const shape_t label = {"samples/label", "sample", "class", "label; -1: none", 1, {samples}};
    const shape_t players = {"samples/n_players", "sample", "players", "number of players", 1, {samples}};
    const shape_t output = {"samples/output", "sample", "output", "which output, in the first file", 1, {samples}};
    const shape_t target = {"samples/target", "sample", "class", "the target, in the first file", 1, {samples}};
    for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++)
        add_column(contents, c, &COLUMNS[i]);
    add_list(contents, &index, TYPE_I64, c->index);
    add_list(contents, &label, TYPE_I64, c->label);
    add_list(contents, &players, TYPE_I64, c->n_players);
    add_list(contents, &output, TYPE_I64, c->output);
    add_list(contents, &target, TYPE_I64, c->target);
}

/* The names of a further family's kinds. */
static void add_kinds(contents_t *contents, const comparison_t *c) {
    const shape_t shape = {"kinds", "kind", "text", "names of the kinds", 1, {(uint64_t)c->kinds}};
    if (c->family == 0)
        return;
    char *to = add(contents, &shape, TYPE_TEXT, FAMILY_KIND_BYTES);
    for (int kind = 0; kind < c->kinds; kind++)
        snprintf(to + (ptrdiff_t)kind * FAMILY_KIND_BYTES, FAMILY_KIND_BYTES, "%s",
                 FAMILIES[c->family].kind_names[kind]);
}

/* ---- what was found ---- */

typedef enum { OF_GAMMA, OF_TOP, OF_ORDERS } group_t;
typedef enum { MEAN, STD, COUNT } moment_t;

typedef struct {
    const char *path;
    group_t group;
    size_t offset; /* of a tally in overlap_share_t or overlap_order_t */
    moment_t moment;
    const char *units, *description;
} number_t;

#define SHARE(member) offsetof(overlap_share_t, member)
#define ORDER(member) offsetof(overlap_order_t, member)
static const number_t NUMBERS[] = {
    {"gamma/mean", OF_GAMMA, SHARE(share), MEAN, "1",
     "share of the salient masks of a file, at the given salience, that are salient in the other one at "
     "other_salience; mean over samples"},
    {"gamma/std", OF_GAMMA, SHARE(share), STD, "1", "standard deviation (population) of that share over samples"},
    {"gamma/count", OF_GAMMA, SHARE(share), COUNT, "samples", "number of samples with a salient mask in the file"},
    {"gamma/random", OF_GAMMA, SHARE(random), MEAN, "1",
     "the mean for random masks of the same number: salient ones of the other file/(2^n - 1)"},
    {"top/mean", OF_TOP, SHARE(share), MEAN, "1",
     "share of masks that are among the k strongest of every file, mean over samples"},
    {"top/std", OF_TOP, SHARE(share), STD, "1", "standard deviation (population) of that share over samples"},
    {"top/count", OF_TOP, SHARE(share), COUNT, "samples",
     "number of samples that have k interactions other than 0 in every file"},
    {"top/random", OF_TOP, SHARE(random), MEAN, "1",
     "the mean for random masks of the same number: (k/(2^n - 1))^(files - 1)"},
    {"orders/share_mean", OF_ORDERS, ORDER(share), MEAN, "1",
     "sum of |I(S)| over the masks salient in every file (at other_salience)/over those salient in this one, mean "
     "over samples"},
    {"orders/share_std", OF_ORDERS, ORDER(share), STD, "1",
     "standard deviation (population) of that share over samples"},
    {"orders/share_count", OF_ORDERS, ORDER(share), COUNT, "samples",
     "number of samples with a salient mask of the order in this file"},
    {"orders/salient_mean", OF_ORDERS, ORDER(salient), MEAN, "sets",
     "number of salient masks, mean over the samples that have the order"},
    {"orders/shared_mean", OF_ORDERS, ORDER(shared), MEAN, "sets",
     "number of masks that are salient in every file, mean over the samples that have the order"},
    {"orders/positive_mean", OF_ORDERS, ORDER(positive), MEAN, "output",
     "sum of I(S) > 0 over the salient masks, mean over the samples that have the order"},
    {"orders/negative_mean", OF_ORDERS, ORDER(negative), MEAN, "output",
     "sum of I(S) < 0 over the salient masks, mean over the samples that have the order"},
    {"orders/shared_positive_mean", OF_ORDERS, ORDER(shared_positive), MEAN, "output",
     "the part of positive_mean from masks that are salient in every file"},
    {"orders/shared_negative_mean", OF_ORDERS, ORDER(shared_negative), MEAN, "output",
     "the part of negative_mean from masks that are salient in every file"},
};

static double moment_of(const average_t *tally, moment_t moment) {
    return moment == COUNT ? (double)tally->count : moment == MEAN ? average_mean(tally) : average_std(tally);
}

/* Where the group's records are, how large each is, and their shape. */
static const char *records_of(const comparison_t *c, group_t group, size_t *bytes, shape_t *shape) {
    uint64_t files = (uint64_t)c->file_count;
    *bytes = group == OF_ORDERS ? sizeof(overlap_order_t) : sizeof(overlap_share_t);
    switch (group) {
    case OF_GAMMA:
        *shape = (shape_t){.axes = "file, other file, salience", .rank = 3, .dims = {files, files, OVERLAP_SALIENCES}};
        return (const char *)overlap_gamma(c->overlap, 0, 0);
    case OF_TOP:
        *shape = (shape_t){.axes = "k", .rank = 1, .dims = {(uint64_t)overlap_steps(c->overlap)}};
        return (const char *)overlap_top(c->overlap);
    case OF_ORDERS:
        break;
    }
    const uint64_t orders = (uint64_t)c->players + 1;
    *shape = c->family == 0
                 ? (shape_t){.axes = "file, order", .rank = 2, .dims = {files, orders}}
                 : (shape_t){.axes = "file, kind, order", .rank = 3, .dims = {files, (uint64_t)c->kinds, orders}};
    return (const char *)overlap_orders(c->overlap, 0, 0);
}

static void add_number(contents_t *contents, const comparison_t *c, const number_t *number) {
    shape_t shape;
    size_t bytes;
    const char *record = records_of(c, number->group, &bytes, &shape);
    shape.path = number->path;
    shape.units = number->units;
    shape.description = number->description;
    double *data = add(contents, &shape, TYPE_F64, 0);
    for (uint64_t i = 0; i < contents->of[contents->count - 1].elements; i++, record += bytes)
        data[i] = moment_of((const average_t *)(const void *)(record + number->offset), number->moment);
}

static void add_found(contents_t *contents, const comparison_t *c) {
    const shape_t salience = {
        "gamma/salience", "salience", "1", "|I(S)| / largest |I| from which a mask is salient", 1, {OVERLAP_SALIENCES}};
    const shape_t other = {"gamma/other_salience", "", "1", "the same in the other file, and in orders/", 0, {1}};
    const shape_t k = {"top/k", "k", "masks", "how many of the strongest", 1, {(uint64_t)overlap_steps(c->overlap)}};
    add_list(contents, &salience, TYPE_F64, OVERLAP_SALIENCE);
    add_list(contents, &other, TYPE_F64, OVERLAP_SALIENCE);
    add_list(contents, &k, TYPE_I64, OVERLAP_K);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        add_number(contents, c, &NUMBERS[i]);
}

/* ---- the file ---- */

static status_t begin(new_file_t *file, const comparison_t *c, failure_t *why) {
    const new_file_attribute_t attributes[] = {
        {.name = "format", .text = COMPARISON_FORMAT},
        {.name = "format_version", .number = COMPARISON_FORMAT_VERSION},
        {.name = "software_version", .text = c->software_version},
        {.name = "git_revision", .text = c->git_revision},
        {.name = "samples_sha256", .text = c->files[0].identity.samples_sha256},
        {.name = "family", .text = FAMILIES[c->family].name},
    };
    return new_file_begin(file, attributes, sizeof attributes / sizeof *attributes, why);
}

status_t comparison_write(const char *path, const comparison_t *comparison, failure_t *why) {
    contents_t *contents OWNED = memory_need(1, sizeof *contents, "the comparison");
    char *temporary OWNED = paths_part(path), warning[RESULTS_TEXT];
    add_compared(contents, comparison);
    add_kinds(contents, comparison);
    add_found(contents, comparison);
    new_file_t file = {path, temporary, contents->of, contents->count, warning, NULL, -1};
    status_t status = begin(&file, comparison, why);
    for (int id = 0; id < contents->count && status == STATUS_OK; id++)
        status = new_file_put(&file, id, contents->data[id], why);
    if (status == STATUS_OK)
        status = file_sync(file.fd, path, why);
    status = new_file_end(&file, status, why);
    for (int id = 0; id < contents->count; id++)
        free(contents->data[id]);
    return status;
}
