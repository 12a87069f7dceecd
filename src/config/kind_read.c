#include "config/kind_read.h"

#include "config/memory.h"
#include "config/number.h"

#include <stdio.h>
#include <string.h>

/* The field of the config at an offset of the table. */
static void *field(config_t *config, size_t at) {
    return (char *)config + at;
}

static bool is_word(const value_t *value) {
    return value->kind == VALUE_PLAIN || value->kind == VALUE_QUOTED;
}

/* The position of the value's text among `words`, or -1. */
static int word_position(const char *const *words, const value_t *value) {
    for (int i = 0; is_word(value) && words[i]; i++)
        if (strcmp(words[i], value->text) == 0)
            return i;
    return -1;
}

static bool whole_in(const value_t *value, double low, double high, int64_t *out) {
    return value->kind == VALUE_PLAIN && number_whole(value->text, out) && *out >= (int64_t)low &&
           *out <= (int64_t)high;
}

static bool number_in(const config_key_t *key, const value_t *value, double *out) {
    return value->kind == VALUE_PLAIN && number_real(value->text, out) &&
           (key->low_open ? *out > key->low : *out >= key->low) &&
           (key->high_open ? *out < key->high : *out <= key->high);
}

static bool is_none(const config_key_t *key, const value_t *value) {
    if (!key->none)
        return false;
    return strcmp(key->none, "null") == 0 ? value->kind == VALUE_NULL
                                          : is_word(value) && strcmp(key->none, value->text) == 0;
}

static void store(key_kind_t kind, void *at, double number) {
    if (kind == KIND_INT)
        *(int *)at = (int)number;
    else if (kind == KIND_INT64)
        *(int64_t *)at = (int64_t)number;
    else
        *(double *)at = number;
}

/* Reads a number of `kind` into the field at `at`; whole numbers are exact, since WHOLE_MAX limits them. */
static status_t read_number(const config_key_t *key, key_kind_t kind, size_t at, const value_t *value,
                            config_t *config) {
    double number;
    if (kind == KIND_NUMBER) {
        if (!number_in(key, value, &number))
            return STATUS_INPUT;
    } else {
        int64_t whole;
        if (!whole_in(value, key->low, key->high, &whole) || (key->power_of_two && (whole & (whole - 1)) != 0))
            return STATUS_INPUT;
        number = (double)whole;
    }
    store(kind, field(config, at), number);
    return STATUS_OK;
}

static status_t read_word(const config_key_t *key, const value_t *value, config_t *config) {
    int position = word_position(key->words, value);
    if (position < 0) {
        if (!key->number_at)
            return STATUS_INPUT;
        TRY(read_number(key, key->number_kind, key->number_at, value, config));
        for (position = 0; key->words[position];)
            position++;
    }
    *(int *)field(config, key->at) = position;
    return STATUS_OK;
}

static status_t read_bool(const config_key_t *key, const value_t *value, config_t *config) {
    bool yes = value->kind == VALUE_PLAIN && strcmp(value->text, "true") == 0;
    if (!yes && (value->kind != VALUE_PLAIN || strcmp(value->text, "false") != 0))
        return STATUS_INPUT;
    *(bool *)field(config, key->at) = yes;
    return STATUS_OK;
}

/* Stores folder/text (folder "": just text); null where the key is optional. */
static status_t read_text(const config_key_t *key, const value_t *value, const char *folder, config_t *config) {
    if (value->kind == VALUE_NULL && key->fallback) {
        *(const char **)field(config, key->at) = NULL;
        return STATUS_OK;
    }
    if (!is_word(value) || value->text[0] == '\0')
        return STATUS_INPUT;
    bool join = key->kind == KIND_PATH && *folder && value->text[0] != '/';
    bool slash = join && folder[strlen(folder) - 1] != '/';
    size_t bytes = (join ? strlen(folder) : 0) + slash + strlen(value->text) + 1;
    char *kept = memory_take(&config->owned, bytes);
    snprintf(kept, bytes, "%s%s%s", join ? folder : "", slash ? "/" : "", value->text);
    *(const char **)field(config, key->at) = kept;
    return STATUS_OK;
}

static status_t read_range(const config_key_t *key, const value_t *value, config_t *config) {
    int64_t ends[2];
    value_t items[2] = {*value, *value};
    if (is_none(key, value)) {
        ends[0] = ends[1] = (int64_t)key->none_value;
    } else {
        if (value->kind == VALUE_LIST && value->count == 2)
            for (size_t i = 0; i < 2; i++)
                items[i] = value_item(value, i);
        else if (!key->single)
            return STATUS_INPUT;
        if (!whole_in(&items[0], key->low, key->high, &ends[0]) ||
            !whole_in(&items[1], key->low, key->high, &ends[1]) || ends[0] > ends[1])
            return STATUS_INPUT;
    }
    *(int *)field(config, key->at) = (int)ends[0];
    *(int *)field(config, key->number_at) = (int)ends[1];
    return STATUS_OK;
}

/* "first:end" with first < end. */
static bool read_slice(const value_t *value, int64_t ends[2]) {
    char first[NUMBER_TEXT];
    const char *colon = is_word(value) ? strchr(value->text, ':') : NULL;
    if (!colon || (size_t)(colon - value->text) >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(colon - value->text), value->text);
    return number_whole(first, &ends[0]) && number_whole(colon + 1, &ends[1]) && ends[0] >= 0 && ends[0] < ends[1] &&
           ends[1] <= (int64_t)WHOLE_MAX;
}

static status_t read_select(const value_t *value, samples_options_t *samples, void **owned) {
    int64_t ends[2] = {0, 0}, *list = NULL;
    if (value->kind == VALUE_LIST && value->count > 0) {
        list = memory_take(owned, value->count * sizeof *list);
        for (size_t i = 0; i < value->count; i++) {
            value_t item = value_item(value, i);
            if (!whole_in(&item, 0, WHOLE_MAX, &list[i]))
                return STATUS_INPUT;
        }
    } else if (value->kind != VALUE_NULL && !read_slice(value, ends)) {
        return STATUS_INPUT;
    }
    samples->select_all = value->kind == VALUE_NULL;
    samples->select_first = ends[0];
    samples->select_end = ends[1];
    samples->select_list = list;
    samples->select_count = list ? value->count : 0;
    return STATUS_OK;
}

enum { GRID_MAX = 4096 };

/* A word, or {grid: [rows, columns]}. */
static status_t read_players(const config_key_t *key, const value_t *value, samples_options_t *samples) {
    int position = word_position(key->words, value);
    if (position >= 0) {
        samples->players = (players_t)position;
        return STATUS_OK;
    }
    if (value->kind != VALUE_MAP || value->count != 1)
        return STATUS_INPUT;
    value_t name, grid;
    value_pair(value, 0, &name, &grid);
    if (strcmp(name.text, "grid") != 0 || grid.kind != VALUE_LIST || grid.count != 2)
        return STATUS_INPUT;
    int64_t sides[2];
    for (size_t i = 0; i < 2; i++) {
        value_t item = value_item(&grid, i);
        if (!whole_in(&item, 1, GRID_MAX, &sides[i]))
            return STATUS_INPUT;
    }
    samples->players = PLAYERS_GRID;
    memcpy(samples->grid, sides, sizeof sides);
    return STATUS_OK;
}

static status_t read_indices(const config_key_t *key, const value_t *value, config_t *config) {
    unsigned bits = 0;
    if (value->kind != VALUE_LIST)
        return STATUS_INPUT;
    for (size_t i = 0; i < value->count; i++) {
        value_t item = value_item(value, i);
        int position = word_position(key->words, &item);
        if (position < 0)
            return STATUS_INPUT;
        bits |= INDEX_WORD_BITS[position];
    }
    *(unsigned *)field(config, key->at) = bits;
    return STATUS_OK;
}

status_t kind_read(const config_key_t *key, const value_t *value, const char *folder, config_t *config) {
    switch (key->kind) {
    case KIND_WORD:
        return read_word(key, value, config);
    case KIND_INT:
    case KIND_INT64:
    case KIND_NUMBER:
        if (is_none(key, value)) {
            store(key->kind, field(config, key->at), key->none_value);
            return STATUS_OK;
        }
        return read_number(key, key->kind, key->at, value, config);
    case KIND_BOOL:
        return read_bool(key, value, config);
    case KIND_TEXT:
    case KIND_PATH:
        return read_text(key, value, folder, config);
    case KIND_RANGE:
        return read_range(key, value, config);
    case KIND_SELECT:
        return read_select(value, &config->samples, &config->owned);
    case KIND_PLAYERS:
        return read_players(key, value, &config->samples);
    case KIND_INDICES:
        return read_indices(key, value, config);
    }
    return STATUS_INPUT;
}
