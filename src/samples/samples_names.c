#include "samples/samples_names.h"

#include "base/memory.h"
#include "base/text.h"
#include "hdf5/h5.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 256, WIDTH_MAX = 4096, NAMES_MAX = 4096 };

struct names {
    hid_t dataset, type;          /* type: as in the file, to read without conversion */
    const char *file_name, *path; /* borrowed */
    bool per_sample, variable, space_padded;
    hsize_t count;
    size_t width;             /* bytes of a string of fixed length */
    int64_t row;              /* in memory; -1: none yet */
    char (*text)[NAME_BYTES]; /* [count] */
};

static status_t check_form(names_t *names, int64_t rows, failure_t *why) {
    h5_form_t form;
    TRY(h5_form(names->dataset, names->file_name, names->path, &form, why));
    if (form.kind != H5T_STRING || form.rank < 1 || form.rank > 2 || (form.rank == 2 && form.dims[0] != (hsize_t)rows))
        return failed(why, STATUS_INPUT, "%s: /%s: has the shape %s%s; strings [players] or [%lld, players] expected",
                      names->file_name, names->path, h5_shape_text(form.rank, form.dims).text,
                      form.kind == H5T_STRING ? "" : " and does not hold strings", (long long)rows);
    names->per_sample = form.rank == 2;
    names->count = form.dims[form.rank - 1];
    names->variable = form.variable;
    names->width = form.width;
    names->type = H5Dget_type(names->dataset);
    if (names->type < 0)
        return failed(why, STATUS_INPUT, "%s: /%s: damaged (%s)", names->file_name, names->path, h5_reason().text);
    names->space_padded = H5Tget_strpad(names->type) == H5T_STR_SPACEPAD;
    if (names->count < 1 || names->count > NAMES_MAX || (!form.variable && form.width > WIDTH_MAX))
        return failed(
            why, STATUS_INPUT, "%s: /%s: %llu strings of %zu bytes; at most %d strings of %d bytes are allowed",
            names->file_name, names->path, (unsigned long long)names->count, form.width, NAMES_MAX, WIDTH_MAX);
    return STATUS_OK;
}

status_t names_open(hid_t file, const char *file_name, const char *path, int64_t rows, names_t **out, failure_t *why) {
    bool exists = false;
    *out = NULL;
    TRY(h5_exists(file, file_name, path, &exists, why));
    if (!exists)
        return STATUS_OK;
    names_t *names = memory_need(1, sizeof *names, "the names of players");
    *names =
        (names_t){.dataset = H5I_INVALID_HID, .type = H5I_INVALID_HID, .file_name = file_name, .path = path, .row = -1};
    status_t status = h5_open_dataset(file, file_name, path, &names->dataset, why);
    if (status == STATUS_OK)
        status = check_form(names, rows, why);
    if (status == STATUS_OK) {
        names->text = memory_need(names->count, sizeof *names->text, "the names of players");
        *out = names;
    } else
        names_close(&names);
    return status;
}

void names_close(names_t **names) {
    if (!*names)
        return;
    h5_release(&(*names)->dataset);
    h5_release(&(*names)->type);
    free((*names)->text);
    free(*names);
    *names = NULL;
}

bool names_per_sample(const names_t *names) {
    return names->per_sample;
}

int64_t names_count(const names_t *names) {
    return (int64_t)names->count;
}

const char *names_get(const names_t *names, int player) {
    return names->row >= 0 && player >= 0 && (hsize_t)player < names->count ? names->text[player] : NULL;
}

/* Stores the `length` bytes at `from` as the name of `player`. */
static status_t keep(names_t *names, int64_t row, hsize_t player, const char *from, size_t length, failure_t *why) {
    char where[64] = "";
    if (names->per_sample)
        snprintf(where, sizeof where, "sample %lld, ", (long long)row);
    if (names->space_padded)
        while (length > 0 && from[length - 1] == ' ')
            length--;
    if (length >= NAME_BYTES)
        return failed(why, STATUS_INPUT, "%s: /%s: %splayer %llu: the name is longer than %d bytes", names->file_name,
                      names->path, where, (unsigned long long)player, NAME_BYTES - 1);
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t bytes = text_character(from + i, length - i, &code);
        if (bytes == 0 || text_control(code))
            return failed(why, STATUS_INPUT,
                          "%s: /%s: %splayer %llu: the name must be UTF-8 without control characters", names->file_name,
                          names->path, where, (unsigned long long)player);
        i += bytes;
    }
    memcpy(names->text[player], from, length);
    names->text[player][length] = '\0';
    return STATUS_OK;
}

/* Reads one row. */
static status_t read_row(names_t *names, int64_t row, void *data, failure_t *why) {
    int rank = names->per_sample ? 2 : 1;
    hsize_t start[2] = {names->per_sample ? (hsize_t)row : 0, 0}, count[2] = {1, names->count};
    return h5_read_slab(names->dataset, names->file_name, names->path, rank, start, count + (2 - rank), names->type,
                        data, why);
}

static status_t load_fixed(names_t *names, int64_t row, failure_t *why) {
    char *data = memory_need(names->count, names->width, "the names of players");
    status_t status = read_row(names, row, data, why);
    for (hsize_t i = 0; i < names->count && status == STATUS_OK; i++)
        status = keep(names, row, i, data + i * names->width, strnlen(data + i * names->width, names->width), why);
    free(data);
    return status;
}

static status_t load_variable(names_t *names, int64_t row, failure_t *why) {
    hid_t space H5_OWNED = H5Screate_simple(1, &names->count, NULL);
    if (space < 0)
        return failed(why, STATUS_INTERNAL, "%s: /%s: HDF5: %s", names->file_name, names->path, h5_reason().text);
    char **strings = memory_need(names->count, sizeof *strings, "the names of players"); /* the texts are HDF5's */
    status_t status = read_row(names, row, strings, why);
    for (hsize_t i = 0; i < names->count && status == STATUS_OK; i++) {
        const char *from = strings[i] ? strings[i] : "";
        status = keep(names, row, i, from, strnlen(from, WIDTH_MAX), why);
    }
    H5Dvlen_reclaim(names->type, space, H5P_DEFAULT, strings);
    free(strings);
    return status;
}

status_t names_load(names_t *names, int64_t row, failure_t *why) {
    row = names->per_sample ? row : 0;
    if (row == names->row)
        return STATUS_OK;
    H5_QUIET;
    names->row = -1;
    TRY(names->variable ? load_variable(names, row, why) : load_fixed(names, row, why));
    names->row = row;
    return STATUS_OK;
}
