#include "config/keys.h"

#include "base/memory.h"
#include "base/numbering.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GRID_MAX = 4096 };

/* The field of the config at an offset of the table. */
static void *field(const config_t *config, size_t at) {
    return (char *)(uintptr_t)config + at;
}

static bool is_word(const value_t *value) {
    return value->kind == VALUE_PLAIN || value->kind == VALUE_QUOTED;
}

/* Whether the value is the word that the rule allows instead. */
static bool is_none(const rule_t *rule, const value_t *value) {
    if (!rule->none)
        return false;
    return strcmp(rule->none, "null") == 0 ? value->kind == VALUE_NULL
                                           : is_word(value) && strcmp(rule->none, value->text) == 0;
}

static void add_words(const char *const *words, const char *last, text_t *out) {
    for (size_t i = 0; words[i]; i++)
        text_add(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : last, words[i]);
}

/* ---- numbers ---- */

static bool whole_in(const value_t *value, double low, double high, int64_t *out) {
    return value->kind == VALUE_PLAIN && text_whole(value->text, out) && *out >= (int64_t)low && *out <= (int64_t)high;
}

static bool real_in(const rule_t *rule, const value_t *value, double *out) {
    return value->kind == VALUE_PLAIN && text_real(value->text, out) &&
           (rule->low_open ? *out > rule->low : *out >= rule->low) &&
           (rule->high_open ? *out < rule->high : *out <= rule->high);
}

/* Whole numbers are exact, since WHOLE_MAX limits them. */
static bool read_number(const rule_t *rule, const value_t *value, config_t *config) {
    void *at = field(config, rule->at);
    double number = rule->none_value;
    int64_t whole;
    if (!is_none(rule, value) && rule->kind == KIND_NUMBER) {
        if (!real_in(rule, value, &number))
            return false;
    } else if (!is_none(rule, value)) {
        if (!whole_in(value, rule->low, rule->high, &whole) || (rule->power_of_two && (whole & (whole - 1)) != 0))
            return false;
        number = (double)whole;
    }
    if (rule->kind == KIND_INT)
        *(int *)at = (int)number;
    else if (rule->kind == KIND_INT64)
        *(int64_t *)at = (int64_t)number;
    else
        *(double *)at = number;
    return true;
}

/* A number, or the word for it. NaN is not a number here: `null` stores it. */
static void write_number(const rule_t *rule, const config_t *config, text_t *out) {
    const void *at = field(config, rule->at);
    char digits[TEXT_NUMBER];
    double number = rule->kind == KIND_INT     ? *(const int *)at
                    : rule->kind == KIND_INT64 ? (double)*(const int64_t *)at
                                               : *(const double *)at;
    if (rule->none && (number == rule->none_value || (isnan(number) && isnan(rule->none_value)))) {
        text_add(out, "%s", rule->none);
    } else if (rule->kind == KIND_NUMBER) {
        text_shortest(number, digits);
        text_add(out, "%s", digits);
    } else {
        text_add(out, "%" PRId64, (int64_t)number);
    }
}

static void allow_number(const rule_t *rule, text_t *out) {
    bool limited = isfinite(rule->high) && rule->high < WHOLE_MAX;
    text_add(out, "%s",
             rule->kind == KIND_NUMBER ? "a number"
             : rule->power_of_two      ? "a power of two"
                                       : "a whole number");
    if (limited && !rule->low_open && !rule->high_open)
        text_add(out, " from %.0f to %.0f", rule->low, rule->high);
    else if (isfinite(rule->low))
        text_add(out, " %s %.0f", rule->low_open ? ">" : ">=", rule->low);
    if (limited && (rule->low_open || rule->high_open))
        text_add(out, " and %s %.0f", rule->high_open ? "<" : "<=", rule->high);
}

/* ---- words ---- */

/* The position of the value's text among `words`; that of the NULL at their end when it is not there. */
static int word_position(const char *const *words, const value_t *value) {
    int i = 0;
    while (words[i] && !(is_word(value) && strcmp(words[i], value->text) == 0))
        i++;
    return i;
}

static bool read_word(const rule_t *rule, const value_t *value, config_t *config) {
    int position = word_position(rule->words, value);
    if (!rule->words[position] && (!rule->number || !read_number(rule->number, value, config)))
        return false;
    *(int *)field(config, rule->at) = position;
    return true;
}

static void write_word(const rule_t *rule, const config_t *config, text_t *out) {
    const char *word = rule->words[*(const int *)field(config, rule->at)];
    if (word)
        text_add(out, "%s", word);
    else
        write_number(rule->number, config, out);
}

static void allow_word(const rule_t *rule, text_t *out) {
    add_words(rule->words, rule->number ? ", " : " or ", out);
    if (rule->number) {
        if (rule->number->none)
            text_add(out, ", %s", rule->number->none);
        text_add(out, " or ");
        allow_number(rule->number, out);
    }
}

/* [a, b] of whole numbers. */
static bool read_pair(const value_t *value, double low, double high, int64_t pair[2]) {
    return value->kind == VALUE_LIST && value->count == 2 && whole_in(value->first, low, high, &pair[0]) &&
           whole_in(value->first->next, low, high, &pair[1]);
}

/* One target: an output, or with `pairs` two different ones. */
static bool read_one_target(const value_t *value, bool pairs, given_target_t *target) {
    int64_t pair[2] = {0, 0};
    if (!pairs)
        return whole_in(value, 0, WHOLE_MAX, &target->output);
    if (!read_pair(value, 0, WHOLE_MAX, pair) || pair[0] == pair[1])
        return false;
    *target = (given_target_t){pair[0], pair[1]};
    return true;
}

/* A number, or a list of them or of pairs; rows are told apart by their (first) output, so each must be another one. */
static bool read_given_targets(const value_t *value, config_t *config) {
    model_options_t *model = &config->model;
    const bool list = value->kind == VALUE_LIST;
    const size_t count = list ? value->count : 1;
    if (count == 0 || count > TARGETS_MAX)
        return false;
    given_target_t *given = memory_take(&config->owned, count * sizeof *given);
    size_t filled = 0;
    model->target_pairs = list && value->first->kind == VALUE_LIST;
    for (const value_t *item = list ? value->first : value; filled < count; item = item->next) {
        if (!read_one_target(item, model->target_pairs, &given[filled]))
            return false;
        for (size_t i = 0; i < filled; i++)
            if (given[i].output == given[filled].output)
                return false;
        filled++;
    }
    model->target = TARGET_GIVEN;
    model->given = given;
    model->targets = (int)count;
    return true;
}

static bool read_target(const rule_t *rule, const value_t *value, config_t *config) {
    static const char top[] = "top:";
    model_options_t *model = &config->model;
    const int position = word_position(rule->words, value);
    int64_t count = 0;
    model->target_pairs = false;
    model->targets = position == TARGET_ALL ? 0 : 1;
    model->target = (target_t)position;
    if (rule->words[position])
        return true;
    if (!is_word(value) || strncmp(value->text, top, sizeof top - 1) != 0)
        return read_given_targets(value, config);
    model->target = TARGET_TOP;
    if (!text_whole(value->text + sizeof top - 1, &count) || count < 1 || count > TARGETS_MAX)
        return false;
    model->targets = (int)count;
    return true;
}

static void write_target(const rule_t *rule, const config_t *config, text_t *out) {
    const model_options_t *model = &config->model;
    const bool list = model->targets > 1 || model->target_pairs;
    if (model->target == TARGET_TOP)
        text_add(out, "top:%d", model->targets);
    else if (model->target != TARGET_GIVEN)
        text_add(out, "%s", rule->words[model->target]);
    for (int i = 0; model->target == TARGET_GIVEN && i < model->targets; i++) {
        const given_target_t *one = &model->given[i];
        text_add(out, "%s", i ? ", " : list ? "[" : "");
        if (model->target_pairs)
            text_add(out, "[%" PRId64 ", %" PRId64 "]", one->output, one->less);
        else
            text_add(out, "%" PRId64, one->output);
    }
    if (model->target == TARGET_GIVEN && list)
        text_add(out, "]");
}

static void allow_target(const rule_t *rule, text_t *out) {
    add_words(rule->words, ", ", out);
    text_add(out, ", top:K, a whole number >= 0, a list of them, or pairs [[a, b], ...]");
}

static bool read_bool(const rule_t *rule, const value_t *value, config_t *config) {
    static const char *const words[] = {"false", "true", NULL};
    int position = value->kind == VALUE_PLAIN ? word_position(words, value) : 2;
    *(bool *)field(config, rule->at) = position == 1;
    return position < 2;
}

static void write_bool(const rule_t *rule, const config_t *config, text_t *out) {
    text_add(out, *(const bool *)field(config, rule->at) ? "true" : "false");
}

/* ---- texts and paths ---- */

static bool read_text(const rule_t *rule, const value_t *value, config_t *config) {
    bool none = is_none(rule, value);
    if (!none && (!is_word(value) || value->text[0] == '\0'))
        return false;
    *(const char **)field(config, rule->at) = none ? NULL : value->text;
    return true;
}

/* Characters that YAML requires to be escaped, or that would end a line. */
static bool is_escaped(uint32_t code) {
    return text_control(code) || code == 0x2028 || code == 0x2029 || code == 0xfeff ||
           (code >= 0xfffd && code <= 0xffff);
}

/* What is not UTF-8 (possible only in paths from the command line: YAML was checked) becomes U+FFFD. */
static void write_quoted(const char *string, text_t *out) {
    uint32_t code;
    text_add(out, "\"");
    for (size_t bytes; *string; string += bytes ? bytes : 1) {
        bytes = text_character(string, SIZE_MAX, &code);
        if (bytes == 0)
            code = 0xfffd;
        if (code == '"' || code == '\\')
            text_add(out, "\\%c", (int)code);
        else if (is_escaped(code))
            text_add(out, "\\u%04" PRIx32, code);
        else
            text_add(out, "%.*s", (int)bytes, string);
    }
    text_add(out, "\"");
}

static void write_text(const rule_t *rule, const config_t *config, text_t *out) {
    const char *string = *(const char *const *)field(config, rule->at);
    if (string)
        write_quoted(string, out);
    else
        text_add(out, "null");
}

/* ---- lists of texts ---- */

static bool read_texts(const rule_t *rule, const value_t *value, config_t *config) {
    const bool none = is_none(rule, value);
    if (!none && (value->kind != VALUE_LIST || value->count == 0))
        return false;
    const char **texts = none ? NULL : memory_take(&config->owned, (value->count + 1) * sizeof *texts);
    size_t count = 0;
    for (const value_t *item = value->first; !none && item; item = item->next) {
        if (!is_word(item) || item->text[0] == '\0')
            return false;
        texts[count++] = item->text;
    }
    *(const char *const **)field(config, rule->at) = texts;
    return true;
}

static void write_texts(const rule_t *rule, const config_t *config, text_t *out) {
    const char *const *texts = *(const char *const *const *)field(config, rule->at);
    for (size_t i = 0; texts && texts[i]; i++) {
        text_add(out, i ? ", " : "[");
        write_quoted(texts[i], out);
    }
    text_add(out, texts ? "]" : "null");
}

static bool repeats(const char *const *texts) {
    for (size_t i = 0; texts[i]; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(texts[i], texts[j]) == 0)
                return true;
    return false;
}

/* A list of one is that one. */
static bool read_outputs(const rule_t *rule, const value_t *value, config_t *config) {
    model_options_t *model = &config->model;
    const rule_t list = {.kind = KIND_PATHS, .at = offsetof(config_t, model.outputs)};
    model->outputs = NULL;
    model->output_count = 1;
    if (value->kind != VALUE_LIST || value->count == 1)
        return read_text(rule, value->kind == VALUE_LIST ? value->first : value, config);
    model->output = NULL;
    model->output_count = (int)value->count;
    return value->count <= OUTPUTS_MAX && read_texts(&list, value, config) && !repeats(model->outputs);
}

static void write_outputs(const rule_t *rule, const config_t *config, text_t *out) {
    const rule_t list = {.kind = KIND_PATHS, .at = offsetof(config_t, model.outputs)};
    if (config->model.outputs)
        write_texts(&list, config, out);
    else
        write_text(rule, config, out);
}

/* ---- lists ---- */

static bool read_range(const rule_t *rule, const value_t *value, config_t *config) {
    int64_t ends[2];
    if (is_none(rule, value))
        ends[0] = ends[1] = (int64_t)rule->none_value;
    else if (rule->single && whole_in(value, rule->low, rule->high, &ends[0]))
        ends[1] = ends[0];
    else if (!read_pair(value, rule->low, rule->high, ends) || ends[0] > ends[1])
        return false;
    *(int *)field(config, rule->at) = (int)ends[0];
    *(int *)field(config, rule->high_at) = (int)ends[1];
    return true;
}

static void write_range(const rule_t *rule, const config_t *config, text_t *out) {
    int low = *(const int *)field(config, rule->at), high = *(const int *)field(config, rule->high_at);
    if (rule->none && low == (int)rule->none_value)
        text_add(out, "%s", rule->none);
    else if (rule->single && low == high)
        text_add(out, "%d", low);
    else
        text_add(out, "[%d, %d]", low, high);
}

static void allow_range(const rule_t *rule, text_t *out) {
    if (rule->single)
        text_add(out, "a whole number from %.0f to %.0f, or two as [min, max]", rule->low, rule->high);
    else
        text_add(out, "[min, max] with whole numbers from %.0f to %.0f", rule->low, rule->high);
}

/* "first:end" with first < end. */
static bool read_slice(const value_t *value, int64_t ends[2]) {
    char first[TEXT_NUMBER];
    const char *colon = is_word(value) ? strchr(value->text, ':') : NULL;
    if (!colon || (size_t)(colon - value->text) >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(colon - value->text), value->text);
    return text_whole(first, &ends[0]) && text_whole(colon + 1, &ends[1]) && ends[0] >= 0 && ends[0] < ends[1] &&
           ends[1] <= (int64_t)WHOLE_MAX;
}

/* A list of whole numbers >= 0, at least one. */
static bool read_wholes(const value_t *value, config_t *config, const int64_t **wholes) {
    if (value->kind != VALUE_LIST || value->count == 0)
        return false;
    int64_t *list = memory_take(&config->owned, value->count * sizeof *list);
    size_t count = 0;
    for (const value_t *item = value->first; item; item = item->next)
        if (!whole_in(item, 0, WHOLE_MAX, &list[count++]))
            return false;
    *wholes = list;
    return true;
}

static void write_wholes(const int64_t *wholes, size_t count, text_t *out) {
    for (size_t i = 0; i < count; i++)
        text_add(out, "%s%" PRId64, i ? ", " : "[", wholes[i]);
    text_add(out, "]");
}

static bool read_select(const rule_t *rule, const value_t *value, config_t *config) {
    int64_t ends[2] = {0, 0};
    const int64_t *list = NULL;
    (void)rule;
    if (value->kind != VALUE_NULL && !read_wholes(value, config, &list) && !read_slice(value, ends))
        return false;
    config->samples.select_all = value->kind == VALUE_NULL;
    config->samples.select_first = ends[0];
    config->samples.select_end = ends[1];
    config->samples.select_list = list;
    config->samples.select_count = list ? value->count : 0;
    return true;
}

static void write_select(const rule_t *rule, const config_t *config, text_t *out) {
    const samples_options_t *samples = &config->samples;
    (void)rule;
    if (samples->select_all) {
        text_add(out, "null");
    } else if (!samples->select_list) {
        text_add(out, "\"%" PRId64 ":%" PRId64 "\"", samples->select_first, samples->select_end);
    } else {
        write_wholes(samples->select_list, samples->select_count, out);
    }
}

static bool read_element(const rule_t *rule, const value_t *value, config_t *config) {
    model_options_t *model = &config->model;
    const bool none = is_none(rule, value);
    model->element = NULL;
    model->element_axes = none ? 0 : (int)value->count;
    return none || read_wholes(value, config, &model->element);
}

static void write_element(const rule_t *rule, const config_t *config, text_t *out) {
    if (config->model.element)
        write_wholes(config->model.element, (size_t)config->model.element_axes, out);
    else
        text_add(out, "%s", rule->none);
}

/* A word, or {grid: [rows, columns]}. */
static bool read_players(const rule_t *rule, const value_t *value, config_t *config) {
    samples_options_t *samples = &config->samples;
    int position = word_position(rule->words, value);
    if (!rule->words[position] &&
        (value->kind != VALUE_MAP || value->count != 1 || strcmp(value->first->text, "grid") != 0 ||
         !read_pair(value->first->next, 1, GRID_MAX, samples->grid)))
        return false;
    samples->players = rule->words[position] ? (players_t)position : PLAYERS_GRID;
    return true;
}

static void write_players(const rule_t *rule, const config_t *config, text_t *out) {
    const samples_options_t *samples = &config->samples;
    if (samples->players == PLAYERS_GRID)
        text_add(out, "{grid: [%" PRId64 ", %" PRId64 "]}", samples->grid[0], samples->grid[1]);
    else
        text_add(out, "%s", rule->words[samples->players]);
}

static void allow_players(const rule_t *rule, text_t *out) {
    add_words(rule->words, ", ", out);
    text_add(out, " or {grid: [rows, columns]}");
}

static bool read_indices(const rule_t *rule, const value_t *value, config_t *config) {
    unsigned bits = 0;
    if (value->kind != VALUE_LIST)
        return false;
    for (const value_t *item = value->first; item; item = item->next) {
        int position = word_position(rule->words, item);
        if (!rule->words[position])
            return false;
        bits |= INDEX_WORD_BITS[position];
    }
    *(unsigned *)field(config, rule->at) = bits;
    return true;
}

static void write_indices(const rule_t *rule, const config_t *config, text_t *out) {
    unsigned bits = *(const unsigned *)field(config, rule->at);
    const char *before = "[";
    for (size_t i = 0; rule->words[i]; i++)
        if (INDEX_WORD_BITS[i] == 0 || (bits & INDEX_WORD_BITS[i])) {
            text_add(out, "%s%s", before, rule->words[i]);
            before = ", ";
        }
    text_add(out, "]");
}

static void allow_indices(const rule_t *rule, text_t *out) {
    text_add(out, "a list of ");
    add_words(rule->words, " and ", out);
}

/* ---- all kinds ---- */

static const struct {
    bool (*read)(const rule_t *rule, const value_t *value, config_t *config);
    void (*write)(const rule_t *rule, const config_t *config, text_t *out);
    void (*allow)(const rule_t *rule, text_t *out); /* NULL: it is always ... */
    const char *allowed;
} KINDS[] = {
    [KIND_WORD] = {read_word, write_word, allow_word, NULL},
    [KIND_INT] = {read_number, write_number, allow_number, NULL},
    [KIND_INT64] = {read_number, write_number, allow_number, NULL},
    [KIND_NUMBER] = {read_number, write_number, allow_number, NULL},
    [KIND_BOOL] = {read_bool, write_bool, NULL, "true or false"},
    [KIND_TEXT] = {read_text, write_text, NULL, "a name"},
    [KIND_PATH] = {read_text, write_text, NULL, "a path"},
    [KIND_PATHS] = {read_texts, write_texts, NULL, "a list of paths"},
    [KIND_COMMAND] = {read_texts, write_texts, NULL, "a list of words like [python3, my_model.py]"},
    [KIND_RANGE] = {read_range, write_range, allow_range, NULL},
    [KIND_SELECT] = {read_select, write_select, NULL, "null, \"first:end\" or a list of row numbers like [3, 5, 8]"},
    [KIND_OUTPUTS] = {read_outputs, write_outputs, NULL, "a name or a list of different names"},
    [KIND_ELEMENT] = {read_element, write_element, NULL, "a list of whole numbers >= 0 like [0]"},
    [KIND_TARGET] = {read_target, write_target, allow_target, NULL},
    [KIND_PLAYERS] = {read_players, write_players, allow_players, NULL},
    [KIND_INDICES] = {read_indices, write_indices, allow_indices, NULL},
};

/* The path in the folder of the file. */
static const char *within(const char *folder, const char *path, config_t *config) {
    if (*path == '/' || !*folder)
        return path;
    return memory_print(&config->owned, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", path);
}

/* All paths, but of a command only those that exist. */
static void resolve_list(bool command, const char **texts, const char *folder, config_t *config) {
    for (size_t i = 0; texts && texts[i]; i++) {
        const char *path = within(folder, texts[i], config);
        const bool exists = !command || access(path, F_OK) == 0;
        if (exists && command && i == 0 && !strchr(path, '/'))
            path = memory_print(&config->owned, "./%s", path); /* it is not to be looked for in PATH */
        if (exists)
            texts[i] = path;
    }
}

bool kind_read(const config_key_t *key, const value_t *value, const char *folder, config_t *config) {
    if (!KINDS[key->rule.kind].read(&key->rule, value, config))
        return false;
    void *at = field(config, key->rule.at);
    if (key->rule.kind == KIND_PATH && *(const char **)at)
        *(const char **)at = within(folder, *(const char **)at, config);
    if (key->rule.kind == KIND_PATHS || key->rule.kind == KIND_COMMAND)
        resolve_list(key->rule.kind == KIND_COMMAND, *(const char ***)at, folder, config);
    return true;
}

void kind_write(const config_key_t *key, const config_t *config, text_t *out) {
    KINDS[key->rule.kind].write(&key->rule, config, out);
}

void kind_allowed(const config_key_t *key, text_t *out) {
    if (key->rule.none)
        text_add(out, "%s or ", key->rule.none);
    if (KINDS[key->rule.kind].allow)
        KINDS[key->rule.kind].allow(&key->rule, out);
    else
        text_add(out, "%s", KINDS[key->rule.kind].allowed);
}
