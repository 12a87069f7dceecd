#include "samples/samples_names.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 256, TEXT_BYTES = 1 << 16, WIDTH_MAX = 4096, NAMES_MAX = 1 << 15 };

struct names {
    h5_dataset_t in;
    hid_t type;                           /* as in the file, to read without conversion */
    bool space_padded, per_sample, prose; /* prose: lines and tabs are allowed */
    const char *of;                       /* "player", "class", "label", "text": for messages */
    size_t bytes;                         /* of a name, with its NUL */
    hsize_t count;
    row_t row;  /* in memory; -1: none yet */
    char *text; /* [count, bytes] */
};

static status_t check_form(names_t *names, name_list_t list, int64_t rows, failure_t *why) {
    const h5_dataset_t *in = &names->in;
    const bool of_players = list <= CLASSES_OF_PLAYERS, strings = in->kind == H5T_STRING;
    char wanted[64] = "[classes]";
    names->per_sample = list >= LABELS_IN_WORDS || (of_players && in->rank == 2);
    if (of_players)
        snprintf(wanted, sizeof wanted, "[players] or [%lld, players]", (long long)rows);
    else if (names->per_sample)
        snprintf(wanted, sizeof wanted, "[%lld]", (long long)rows);
    if (!strings || in->rank < 1 || in->rank > (of_players ? 2 : 1) ||
        (names->per_sample && in->dims[0] != (hsize_t)rows))
        return h5_refuse(in, why, "has the shape %s%s; strings %s expected", h5_shape_text(in->rank, in->dims).text,
                         strings ? "" : " and does not hold strings", wanted);
    names->count = list >= LABELS_IN_WORDS ? 1 : in->dims[in->rank - 1];
    names->type = H5Dget_type(in->id);
    if (names->type < 0)
        return h5_damaged(in, why);
    names->space_padded = H5Tget_strpad(names->type) == H5T_STR_SPACEPAD;
    const int widest = names->prose ? TEXT_BYTES - 1 : WIDTH_MAX;
    names->bytes = !names->prose ? NAME_BYTES : in->variable ? TEXT_BYTES : in->width + 1;
    if (names->count < 1 || names->count > NAMES_MAX || (!in->variable && in->width > (size_t)widest))
        return h5_refuse(in, why, "%llu strings of %zu bytes; at most %d strings of %d bytes are allowed",
                         (unsigned long long)names->count, in->width, NAMES_MAX, widest);
    return STATUS_OK;
}

status_t names_open(const h5_file_t *file, const char *path, name_list_t list, int64_t rows, names_t **out,
                    failure_t *why) {
    names_t *names = memory_need(1, sizeof *names, "names");
    *out = NULL;
    names->row = -1;
    names->prose = list == TEXTS;
    names->of = list <= CLASSES_OF_PLAYERS ? "player"
                : list == LABELS_IN_WORDS  ? "label"
                : list == TEXTS            ? "text"
                                           : "class";
    status_t status = h5_find_dataset(file, path, &names->in, why);
    if (status == STATUS_OK && names->in.id > 0)
        status = check_form(names, list, rows, why);
    if (status == STATUS_OK && names->in.id > 0) {
        names->text = memory_need(names->count, names->bytes, "names");
        *out = names;
    } else
        names_close(&names);
    return status;
}

void names_close(names_t **names) {
    if (!*names)
        return;
    h5_close_dataset(&(*names)->in);
    h5_release(&(*names)->type);
    free((*names)->text);
    free(*names);
    *names = NULL;
}

bool names_per_sample(const names_t *names) {
    return names->per_sample;
}

size_t names_bytes(const names_t *names) {
    return names->bytes;
}

int64_t names_count(const names_t *names) {
    return (int64_t)names->count;
}

const char *names_path(const names_t *names) {
    return names->in.path;
}

const char *names_get(const names_t *names, int64_t i) {
    return names->row >= 0 && i >= 0 && (hsize_t)i < names->count ? names->text + (size_t)i * names->bytes : NULL;
}

/* Stores the `length` bytes at `from` as the name of `player`. */
static status_t keep(names_t *names, row_t row, hsize_t player, const char *from, size_t length, failure_t *why) {
    char where[64] = "";
    if (names_per_sample(names))
        snprintf(where, sizeof where, "sample %lld, ", (long long)row);
    if (names->space_padded)
        while (length > 0 && from[length - 1] == ' ')
            length--;
    const char *noun = names->prose ? "text" : "name";
    char *to = names->text + player * names->bytes;
    if (length >= names->bytes)
        return h5_refuse(&names->in, why, "%s%s %llu: the %s is longer than %zu bytes", where, names->of,
                         (unsigned long long)player, noun, names->bytes - 1);
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t bytes = text_character(from + i, length - i, &code);
        const bool layout = names->prose && (code == '\n' || code == '\t');
        if (bytes == 0 || (text_control(code) && !layout))
            return h5_refuse(&names->in, why, "%s%s %llu: the %s must be UTF-8 without control characters", where,
                             names->of, (unsigned long long)player, noun);
        i += bytes;
    }
    memcpy(to, from, length);
    to[length] = '\0';
    return STATUS_OK;
}

/* Reads one row. */
static status_t read_row(names_t *names, row_t row, void *data, failure_t *why) {
    const hsize_t start[2] = {(hsize_t)row, 0}, count[2] = {1, names->count};
    const int skip = names->per_sample ? 0 : 1;
    return h5_read(&names->in, start + skip, count + skip, names->type, data, why);
}

static status_t load_fixed(names_t *names, row_t row, failure_t *why) {
    char *data OWNED = memory_need(names->count, names->in.width, "names");
    TRY(read_row(names, row, data, why));
    for (hsize_t i = 0; i < names->count; i++)
        TRY(keep(names, row, i, data + i * names->in.width, strnlen(data + i * names->in.width, names->in.width), why));
    return STATUS_OK;
}

static status_t load_variable(names_t *names, row_t row, failure_t *why) {
    hid_t space H5_OWNED = H5Screate_simple(1, &names->count, NULL);
    if (space < 0)
        return h5_damaged(&names->in, why);
    char **strings OWNED = memory_need(names->count, sizeof *strings, "names"); /* the texts are HDF5's */
    status_t status = read_row(names, row, strings, why);
    for (hsize_t i = 0; i < names->count && status == STATUS_OK; i++) {
        const char *from = strings[i] ? strings[i] : "";
        status = keep(names, row, i, from, strnlen(from, names->bytes), why);
    }
    H5Dvlen_reclaim(names->type, space, H5P_DEFAULT, strings);
    return status;
}

status_t names_load(names_t *names, row_t row, failure_t *why) {
    row = names_per_sample(names) ? row : 0;
    if (row == names->row)
        return STATUS_OK;
    H5_QUIET;
    names->row = -1;
    TRY(names->in.variable ? load_variable(names, row, why) : load_fixed(names, row, why));
    names->row = row;
    return STATUS_OK;
}
