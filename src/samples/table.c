#include "samples/table.h"

#include "base/file.h"
#include "hdf5/h5.h"

#include <stdlib.h>
#include <string.h>

#define PATH "values"

struct table {
    char *name;         /* of the file, owned */
    file_stamp_t stamp; /* when it was opened */
    hid_t file, dataset;
    int rank; /* 1: one sample, [2^n]; 2: [S, 2^n] */
    int64_t samples;
    int players;
};

/* log2 of the length of a row; -1: it is none of 2^1 ... 2^PLAYERS_MAX. */
static int players_of(hsize_t length) {
    for (int n = 1; n <= PLAYERS_MAX; n++)
        if (length == mask_count(n))
            return n;
    return -1;
}

static status_t open_values(table_t *table, failure_t *why) {
    h5_form_t form;
    table->stamp = file_stamp(table->name);
    TRY(h5_open_file(table->name, &table->file, why));
    TRY(h5_open_dataset(table->file, table->name, PATH, &table->dataset, why));
    TRY(h5_form(table->dataset, table->name, PATH, &form, why));
    if (form.kind != H5T_FLOAT || (form.width != 4 && form.width != 8))
        return failed(why, STATUS_INPUT, "%s: /" PATH ": holds no f32 or f64 numbers", table->name);
    table->rank = form.rank;
    table->players = form.rank == 1 || form.rank == 2 ? players_of(form.dims[form.rank - 1]) : -1;
    table->samples = form.rank == 2 ? (int64_t)form.dims[0] : 1;
    if (table->players < 0 || table->samples < 1)
        return failed(why, STATUS_INPUT, "%s: /" PATH ": has the shape %s; [S, 2^n] or [2^n] with n = 1 to %d expected",
                      table->name, h5_shape_text(form.rank, form.dims).text, PLAYERS_MAX);
    return STATUS_OK;
}

status_t table_open(const char *path, table_t **out, failure_t *why) {
    table_t *table = calloc(1, sizeof *table);
    *out = NULL;
    if (!table)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", path);
    table->file = table->dataset = H5I_INVALID_HID;
    table->name = strdup(path);
    H5_QUIET;
    status_t status = table->name ? open_values(table, why) : failed(why, STATUS_INTERNAL, "%s: out of memory", path);
    if (status == STATUS_OK)
        *out = table;
    else
        table_close(&table);
    return status;
}

void table_close(table_t **table) {
    if (!*table)
        return;
    h5_release(&(*table)->dataset);
    h5_release(&(*table)->file);
    free((*table)->name);
    free(*table);
    *table = NULL;
}

int64_t table_samples(const table_t *table) {
    return table->samples;
}

int table_players(const table_t *table) {
    return table->players;
}

static status_t read_values(void *self, int64_t sample, mask_t first, mask_t count, double *out, failure_t *why) {
    const table_t *table = self;
    const mask_t masks = mask_count(table->players);
    if (sample < 0 || sample >= table->samples)
        return failed(why, STATUS_INPUT, "%s: /" PATH ": has no row %lld, only 0 to %lld", table->name,
                      (long long)sample, (long long)table->samples - 1);
    if (first > masks || count > masks - first)
        return failed(why, STATUS_INPUT, "%s: /" PATH ": has no mask 0x%llx: its rows are for %d players", table->name,
                      (unsigned long long)(first + count - 1), table->players);
    if (!file_stamp_equal(table->stamp, file_stamp(table->name)))
        return failed(why, STATUS_INPUT,
                      "%s: was changed or moved away since it was opened; put the old file back and type the same "
                      "command, or start anew with --fresh",
                      table->name);
    H5_QUIET;
    hsize_t start[2] = {(hsize_t)sample, first}, box[2] = {1, count};
    int skip = 2 - table->rank;
    return h5_read_slab(table->dataset, table->name, PATH, table->rank, start + skip, box + skip, H5T_NATIVE_DOUBLE,
                        out, why);
}

value_table_t table_values(table_t *table) {
    return (value_table_t){.read = read_values, .self = table};
}
