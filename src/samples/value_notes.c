#include "samples/value_notes.h"

#include "hdf5/h5.h"
#include "samples/samples_names.h"

#include <stdlib.h>
#include <string.h>

#define LABEL "label"

static status_t read_labels(hid_t file, const char *path, int64_t tables, value_notes_t *out, failure_t *why) {
    hid_t dataset H5_OWNED = H5I_INVALID_HID;
    h5_form_t form;
    bool exists = false;
    TRY(h5_exists(file, path, LABEL, &exists, why));
    if (!exists)
        return STATUS_OK;
    TRY(h5_open_dataset(file, path, LABEL, &dataset, why));
    TRY(h5_form(dataset, path, LABEL, &form, why));
    bool fits = (form.rank == 0 && tables == 1) || (form.rank == 1 && form.dims[0] == (hsize_t)tables);
    if (form.kind != H5T_INTEGER || form.width > 8 || !fits)
        return failed(why, STATUS_INPUT, "%s: /" LABEL ": integers [%lld] expected, one for each table", path,
                      (long long)tables);
    out->labels = calloc((size_t)tables, sizeof *out->labels);
    if (!out->labels)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for the labels", path);
    hsize_t start = 0, count = (hsize_t)tables;
    TRY(h5_read_slab(dataset, path, LABEL, form.rank, &start, &count, H5T_NATIVE_INT64, out->labels, why));
    for (int64_t k = 0; k < tables; k++)
        if (out->labels[k] < 0)
            return failed(why, STATUS_INPUT, "%s: /" LABEL ": is %lld for table %lld; 0 or more expected", path,
                          (long long)out->labels[k], (long long)k);
    return STATUS_OK;
}

static status_t keep_names(names_t *names, const char *path, int players, value_notes_t *out, failure_t *why) {
    out->names = calloc((size_t)out->name_rows * (size_t)players, sizeof *out->names);
    if (!out->names)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for the names", path);
    for (int64_t row = 0; row < out->name_rows; row++) {
        TRY(names_load(names, row, why));
        for (int i = 0; i < players; i++) {
            char *name = strdup(names_get(names, i));
            if (!name)
                return failed(why, STATUS_INTERNAL, "%s: out of memory for the names", path);
            out->names[row * players + i] = name;
        }
    }
    return STATUS_OK;
}

static status_t read_names(hid_t file, const char *path, int64_t tables, int players, value_notes_t *out,
                           failure_t *why) {
    names_t *names = NULL;
    TRY(names_open(file, path, tables, &names, why));
    if (!names)
        return STATUS_OK;
    out->name_rows = names_per_sample(names) ? tables : 1;
    status_t status = STATUS_OK;
    if (names_count(names) != players)
        status = failed(why, STATUS_INPUT, "%s: /player_names: %lld names for %d players", path,
                        (long long)names_count(names), players);
    if (status == STATUS_OK)
        status = keep_names(names, path, players, out, why);
    names_close(&names);
    return status;
}

status_t value_notes_read(const char *path, int64_t tables, int players, value_notes_t *out, failure_t *why) {
    hid_t file H5_OWNED = H5I_INVALID_HID;
    H5_QUIET;
    TRY(h5_open_file(path, &file, why));
    TRY(read_labels(file, path, tables, out, why));
    return read_names(file, path, tables, players, out, why);
}

void value_notes_free(value_notes_t *notes, int players) {
    for (int64_t i = 0; notes->names && i < notes->name_rows * players; i++)
        free(notes->names[i]);
    free(notes->names);
    free(notes->labels);
    *notes = (value_notes_t){0};
}
