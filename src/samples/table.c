#include "samples/table.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/nan.h"
#include "hdf5/h5.h"
#include "samples/samples_names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "values"

enum {
    DONE = 1,
    REASON_MAX = 512,
    CLASSES_MAX = 1 << 20,
    OUTPUT_NAME = 256
}; /* DONE: of /samples/status (docs/file-format.md) */

struct table {
    char *name;         /* of the file, owned */
    file_stamp_t stamp; /* when it was opened */
    h5_file_t file;
    h5_dataset_t values; /* of rank 1: one row, [2^n]; 2: [S, 2^n] */
    int64_t rows;
    int players; /* log2 of the length of a row */
    bool is_results;

    table_info_t info; /* its arrays, owned: */
    int *players_of;
    index_t *index, *label, *target;
    char *output_names; /* of OUTPUT_NAME bytes each */
    uint64_t *input_crc;
    double *noise_sigma;
    uint8_t *noise_why;
    uint8_t *status; /* NULL: all rows are done */

    int64_t *classes; /* [info.class_count] */
};

/* ---- /values ---- */

/* log2 of the length of a row; -1: not a power of two from 2^1 to 2^PLAYERS_MAX. */
static int players_of_length(hsize_t length) {
    for (int n = 1; n <= PLAYERS_MAX; n++)
        if (length == mask_count(n))
            return n;
    return -1;
}

/* A file of statistics, as analyze writes it, holds no tables: the message says so. */
static status_t refuse_missing(const table_t *table, failure_t *why) {
    bool statistics = false;
    TRY(h5_exists(&table->file, "orders", &statistics, why));
    return h5_refuse(&table->values, why, "missing; %s",
                     statistics
                         ? "this file holds only statistics; give the results file that they come from"
                         : "it must hold a table [S, 2^n] of v; harsanyi-samples from-values writes such a file");
}

static status_t open_values(table_t *table, failure_t *why) {
    h5_dataset_t *values = &table->values;
    TRY(h5_find_dataset(&table->file, PATH, values, why));
    if (values->id <= 0)
        return refuse_missing(table, why);
    if (values->kind != H5T_FLOAT || (values->width != 4 && values->width != 8))
        return h5_refuse(values, why, "does not hold f32 or f64 numbers; store v as f64");
    table->players = values->rank == 1 || values->rank == 2 ? players_of_length(values->dims[values->rank - 1]) : -1;
    table->rows = values->rank == 2 ? (int64_t)values->dims[0] : 1;
    if (table->players < 0 || table->rows < 1)
        return h5_refuse(values, why,
                         "has the shape %s; [S, 2^n] or [2^n] with n = 1 to %d expected: one number for each subset, "
                         "and NaN at the end of rows with fewer players (/n_players)",
                         h5_shape_text(values->rank, values->dims).text, PLAYERS_MAX);
    return STATUS_OK;
}

/* Rows are read in order: with a cache for all chunks of one row, each chunk is inflated once. */
static status_t widen_cache(table_t *table, failure_t *why) {
    const hsize_t most = (hsize_t)64 << 20;
    hsize_t chunk[2] = {1, 1};
    hid_t list H5_OWNED = H5Dget_create_plist(table->values.id), access H5_OWNED = H5Pcreate(H5P_DATASET_ACCESS);
    if (list < 0 || access < 0)
        return h5_damaged(&table->values, why);
    if (H5Pget_layout(list) != H5D_CHUNKED)
        return STATUS_OK;
    if (H5Pget_chunk(list, table->values.rank, chunk + 2 - table->values.rank) != table->values.rank)
        return h5_damaged(&table->values, why);
    hsize_t chunks = (mask_count(table->players) - 1) / chunk[1] + 1;
    hsize_t bytes = chunk[0] < most && chunk[1] < most ? chunk[0] * chunk[1] * sizeof(double) : most;
    bytes = bytes < most / chunks ? bytes * chunks : most;
    const size_t slots = chunks < 100000 ? 10 * (size_t)chunks + 1 : 1000003;
    if (H5Pset_chunk_cache(access, slots, (size_t)bytes, H5D_CHUNK_CACHE_W0_DEFAULT) < 0)
        return h5_damaged(&table->values, why);
    h5_release(&table->values.id); /* an open dataset keeps its cache */
    table->values.id = H5Dopen2(table->file.id, PATH, access);
    return table->values.id < 0 ? h5_damaged(&table->values, why) : STATUS_OK;
}

/* ---- columns of rows ---- */

/* Opens a dataset with one axis, if it exists. */
static status_t open_list(const table_t *table, const char *path, H5T_class_t kind, h5_dataset_t *list,
                          failure_t *why) {
    TRY(h5_find_dataset(&table->file, path, list, why));
    bool fits = list->kind == kind && list->width <= 8;
    if (list->id > 0 && (!fits || list->rank != 1))
        return h5_refuse(list, why, "has the shape %s%s; %s [%lld] expected",
                         h5_shape_text(list->rank, list->dims).text, fits ? "" : " and another type",
                         kind == H5T_INTEGER ? "integers" : "f64 numbers", (long long)table->rows);
    return STATUS_OK;
}

/* A dataset with one element of `size` bytes per row; *to becomes new memory with them, or stays NULL. */
typedef struct {
    const char *path;
    hid_t memory;
    size_t size;
    void *to; /* a pointer of any type */
} column_t;

static status_t read_column(const table_t *table, const column_t *column, failure_t *why) {
    H5_DATASET list = {0};
    const hsize_t start = 0;
    TRY(open_list(table, column->path, H5Tget_class(column->memory), &list, why));
    if (list.id <= 0)
        return STATUS_OK;
    if (list.dims[0] != (hsize_t)table->rows)
        return h5_refuse(&list, why, "has %llu entries, but /" PATH " has %lld rows; give one entry per row",
                         (unsigned long long)list.dims[0], (long long)table->rows);
    void *data = memory_need(list.dims[0], column->size, "the columns of a table");
    memcpy(column->to, &data, sizeof data);
    return h5_read(&list, &start, list.dims, column->memory, data, why);
}

static status_t read_columns(const table_t *table, const column_t *columns, size_t count, failure_t *why) {
    for (size_t i = 0; i < count; i++)
        TRY(read_column(table, &columns[i], why));
    return STATUS_OK;
}

#define COLUMN(path, memory, table, member)                                                                            \
    { path, memory, sizeof *(table)->member, &(table)->member }

static status_t check_players(table_t *table, const char *path, failure_t *why) {
    if (!table->players_of) {
        table->players_of = memory_need((size_t)table->rows, sizeof *table->players_of, "the players of a table");
        for (row_t row = 0; row < table->rows; row++)
            table->players_of[row] = table->players;
    }
    for (row_t row = 0; row < table->rows; row++)
        if (table->players_of[row] < 1 || table->players_of[row] > table->players)
            return failed(why, STATUS_INPUT,
                          "%s: /%s: is %d for row %lld; 1 to %d expected: rows of /" PATH " have 2^%d entries",
                          table->name, path, table->players_of[row], (long long)row, table->players, table->players);
    return STATUS_OK;
}

static status_t open_names(table_t *table, const char *const paths[NAME_LISTS], failure_t *why) {
    for (name_list_t list = 0; list < NAME_LISTS; list++) {
        names_t **names = &table->info.known.names[list];
        TRY(names_open(&table->file, paths[list], list, table->rows, names, why));
        if (*names && list != NAMES_OF_CLASSES && names_count(*names) > table->players)
            return failed(why, STATUS_INPUT, "%s: /%s: %lld names, but rows of /" PATH " are for %d players",
                          table->name, paths[list], (long long)names_count(*names), table->players);
    }
    return STATUS_OK;
}

static status_t read_notes(table_t *table, failure_t *why) {
    const column_t columns[] = {
        COLUMN("n_players", H5T_NATIVE_INT, table, players_of),
        COLUMN("label", H5T_NATIVE_INT64, table, label),
    };
    TRY(read_columns(table, columns, sizeof columns / sizeof *columns, why));
    TRY(check_players(table, "n_players", why));
    return open_names(table, (const char *const[]){"player_names", "player_class", "classes"}, why);
}

/* ---- results files ---- */

/* A file that is not a shard holds all rows of its selection. */
static status_t read_sha256(table_t *table, failure_t *why) {
    bool shard = false;
    TRY(h5_exists(&table->file, "shard", &shard, why));
    return shard ? STATUS_OK
                 : h5_read_text(&table->file, "samples_sha256", table->info.samples_sha256, DIGEST_HEX, why);
}

/* The classes that the file was made for; the targets are added later. */
static status_t read_classes(table_t *table, failure_t *why) {
    H5_DATASET list = {0};
    const hsize_t start = 0;
    TRY(open_list(table, "shard/classes", H5T_INTEGER, &list, why));
    if (list.id <= 0)
        TRY(open_list(table,
                      table->info.outputs > 1 ? "summary/0/transferability/classes" : "summary/transferability/classes",
                      H5T_INTEGER, &list, why));
    if (list.id <= 0)
        return STATUS_OK;
    if (list.dims[0] > CLASSES_MAX)
        return h5_refuse(&list, why, "%llu classes: damaged", (unsigned long long)list.dims[0]);
    table->classes = memory_need(list.dims[0], sizeof *table->classes, "the classes of a table");
    table->info.class_count = (int64_t)list.dims[0];
    return h5_read(&list, &start, list.dims, H5T_NATIVE_INT64, table->classes, why);
}

/* The columns of rows that are not done hold arbitrary numbers. */
static void forget_undone(table_t *table) {
    for (row_t row = 0; row < table->rows; row++) {
        bool done = table->status[row] == DONE;
        if (table->target && !done)
            table->target[row] = -1;
        if (table->noise_sigma && (!done || !isfinite(table->noise_sigma[row])))
            table->noise_sigma[row] = nan_canonical();
    }
}

static status_t read_output_names(table_t *table, failure_t *why) {
    names_t *names CLEANUP(names_close) = NULL;
    TRY(names_open(&table->file, "outputs/name", NAMES_OF_CLASSES, 1, &names, why));
    if (!names)
        return STATUS_OK;
    TRY(names_load(names, 0, why));
    const int64_t count = names_count(names);
    if (count < 2 || count > OUTPUTS_MAX)
        return failed(why, STATUS_INPUT, "%s: /outputs/name: holds %lld names, 2 to %d expected", table->name,
                      (long long)count, OUTPUTS_MAX);
    table->info.outputs = (int)count;
    table->output_names = memory_need((size_t)count, OUTPUT_NAME, "the outputs of a table");
    for (int64_t i = 0; i < count; i++) {
        char *name = table->output_names + i * OUTPUT_NAME;
        snprintf(name, OUTPUT_NAME, "%s", names_get(names, i));
        table->info.output_name[i] = name;
    }
    return STATUS_OK;
}

/* Outputs and targets of each sample, whose rows lie side by side. */
static status_t read_outputs(table_t *table, failure_t *why) {
    TRY(read_output_names(table, why));
    if (H5Aexists(table->file.id, "targets") > 0)
        TRY(h5_read_int(&table->file, "targets", &table->info.targets, why));
    const int targets = table->info.targets, rows = table->info.outputs * targets;
    if (targets < 1 || targets > TARGETS_MAX || table->rows % rows != 0)
        return failed(why, STATUS_INPUT, "%s: %d outputs and %d targets of each sample do not make up its %lld rows",
                      table->name, table->info.outputs, targets, (long long)table->rows);
    table->info.known.rows = rows;
    return STATUS_OK;
}

/* One entry for each sample where the file has one for each row. */
static void keep_samples(table_t *table) {
    const int64_t rows = table->info.known.rows;
    for (int64_t k = 0; k < table->rows / rows; k++) {
        table->players_of[k] = table->players_of[k * rows];
        if (table->index)
            table->index[k] = table->index[k * rows];
        if (table->label)
            table->label[k] = table->label[k * rows];
    }
}

static status_t read_results(table_t *table, failure_t *why) {
    const column_t columns[] = {
        COLUMN("samples/n_players", H5T_NATIVE_INT, table, players_of),
        COLUMN("samples/status", H5T_NATIVE_UINT8, table, status),
        COLUMN("samples/index", H5T_NATIVE_INT64, table, index),
        COLUMN("samples/label", H5T_NATIVE_INT64, table, label),
        COLUMN("samples/target", H5T_NATIVE_INT64, table, target),
        COLUMN("samples/input_crc", H5T_NATIVE_UINT64, table, input_crc),
        COLUMN("samples/noise_sigma", H5T_NATIVE_DOUBLE, table, noise_sigma),
        COLUMN("samples/noise_why", H5T_NATIVE_UINT8, table, noise_why),
    };
    TRY(read_columns(table, columns, sizeof columns / sizeof *columns, why));
    TRY(check_players(table, "samples/n_players", why));
    forget_undone(table);
    TRY(read_outputs(table, why));
    keep_samples(table);
    TRY(read_classes(table, why));
    TRY(read_sha256(table, why));
    return open_names(
        table, (const char *const[]){"samples/player_names", "samples/player_class", "samples/class_names"}, why);
}

/* ---- classes ---- */

static bool has_labels(const table_t *table) {
    for (int64_t k = 0; table->label && k < table->rows / table->info.known.rows; k++)
        if (table->label[k] != -1)
            return true;
    return false;
}

/* The rows of a results file without labels are all of class 0 where its targets are tokens of a language model. */
static bool has_no_classes(const table_t *table) {
    return table->info.class_count == 1 && table->classes[0] == 0 && !has_labels(table);
}

/* Adds the targets (0 when there are none) to the classes, sorts them and removes duplicates. */
static void complete_classes(table_t *table) {
    int64_t all = table->info.class_count;
    const bool of_targets = table->target && !has_no_classes(table);
    int64_t *classes = memory_grow(table->classes, (size_t)(all + table->rows + 1), sizeof *classes, "the classes");
    for (row_t row = 0; of_targets && row < table->rows; row++)
        if (table->target[row] >= 0)
            classes[all++] = table->target[row];
    if (all == 0 || !of_targets)
        classes[all++] = 0;
    table->info.class_count = classes_settle(classes, all);
    table->classes = classes;
}

/* ---- opening and closing ---- */

static status_t open_all(table_t *table, failure_t *why) {
    table->stamp = file_stamp(table->name);
    table->info.outputs = table->info.targets = table->info.known.rows = 1;
    table->info.output_name[0] = "";
    TRY(h5_open_file(table->name, &table->file, why));
    TRY(h5_exists(&table->file, "samples/status", &table->is_results, why));
    TRY(open_values(table, why));
    TRY(widen_cache(table, why));
    TRY(table->is_results ? read_results(table, why) : read_notes(table, why));
    complete_classes(table);
    samples_known_t *known = &table->info.known; /* has the names already */
    known->name = table->name;
    known->count = table->rows / known->rows;
    known->players = table->players_of;
    known->index = table->index;
    known->label = has_labels(table) ? table->label : NULL;
    known->target = table->target;
    known->noise_sigma = table->noise_sigma;
    table->info.input_crc = table->input_crc;
    table->info.noise_why = table->noise_why;
    table->info.classes = table->classes;
    return STATUS_OK;
}

status_t table_open(const char *path, table_t **out, failure_t *why) {
    table_t *table = memory_need(1, sizeof *table, "a table");
    *out = NULL;
    table->name = memory_text("%s", path);
    H5_QUIET;
    status_t status = open_all(table, why);
    if (status == STATUS_OK)
        *out = table;
    else
        table_close(&table);
    return status;
}

void table_close(table_t **table) {
    table_t *t = *table;
    if (!t)
        return;
    for (name_list_t list = 0; list < NAME_LISTS; list++)
        names_close(&t->info.known.names[list]);
    h5_close_dataset(&t->values);
    h5_close_file(&t->file);
    void *const owned[] = {t->players_of,  t->index,     t->label,  t->target,  t->output_names, t->input_crc,
                           t->noise_sigma, t->noise_why, t->status, t->classes, t->name,         t};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    *table = NULL;
}

const table_info_t *table_info(const table_t *table) {
    return &table->info;
}

/* ---- reading ---- */

/* The text of /samples/error of a row; "" when it is missing or cannot be read. */
static void read_reason(const table_t *table, row_t row, char reason[REASON_MAX]) {
    H5_DATASET list = {0};
    failure_t ignored;
    const hsize_t start = (hsize_t)row, one = 1;
    memset(reason, 0, REASON_MAX);
    if (h5_open_dataset(&table->file, "samples/error", &list, &ignored) != STATUS_OK)
        return;
    hid_t type H5_OWNED = H5Dget_type(list.id);
    if (list.kind != H5T_STRING || list.variable || list.width >= REASON_MAX || list.rank != 1 ||
        start >= list.dims[0] || h5_read(&list, &start, &one, type, reason, &ignored) != STATUS_OK)
        reason[0] = '\0';
}

static status_t not_done(const table_t *table, row_t row, failure_t *why) {
    char reason[REASON_MAX];
    const char *slash = strrchr(table->name, '/');
    read_reason(table, row, reason);
    if (reason[0])
        return failed(why, STATUS_CERTAIN, "%s", reason);
    return failed(why, STATUS_CERTAIN, "row %lld is not done in %s", (long long)row, slash ? slash + 1 : table->name);
}

static status_t read_values(void *self, row_t row, mask_t first, mask_t count, double *out, failure_t *why) {
    const table_t *table = self;
    if (!file_stamp_equal(table->stamp, file_stamp(table->name)))
        return failed(why, STATUS_INPUT,
                      "%s: was changed or moved since it was opened%s; restore the old file and type the same "
                      "command, or start over with --fresh",
                      table->name, table->is_results ? " (if a sweep still writes it, wait until it ends)" : "");
    H5_QUIET;
    if (table->status && table->status[row] != DONE)
        return not_done(table, row, why);
    hsize_t start[2] = {(hsize_t)row, first}, box[2] = {1, count};
    int skip = 2 - table->values.rank;
    return h5_read(&table->values, start + skip, box + skip, H5T_NATIVE_DOUBLE, out, why);
}

value_table_t table_values(table_t *table) {
    return (value_table_t){.read = read_values,
                           .self = table,
                           .outputs = table->info.outputs,
                           .targets = table->info.targets,
                           .output_name = table->info.output_name};
}
