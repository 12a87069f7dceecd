#include "review/variants.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char KEY[] = "statistics.salience=";
static const char BLANKS[] = " \t\r\n";

/* The place of the last set of the salience, -1: none; *list is what stands between the brackets, NULL: no list. Both
 * lists and single values replace what was set before. */
static int find_list(const char *const *sets, int set_count, const char **list, size_t *length) {
    *list = NULL;
    for (int i = set_count - 1; i >= 0; i--) {
        if (strncmp(sets[i], KEY, strlen(KEY)) != 0)
            continue;
        const char *value = sets[i] + strlen(KEY);
        value += strspn(value, BLANKS);
        size_t end = strlen(value);
        while (end > 0 && strchr(BLANKS, value[end - 1]))
            end--;
        if (end >= 2 && value[0] == '[' && value[end - 1] == ']') {
            *list = value + 1;
            *length = end - 2;
        }
        return i;
    }
    return -1;
}

/* OUT-VALUE.h5 */
static char *name_for(const char *out, const char *value, int length) {
    char infix[80];
    snprintf(infix, sizeof infix, "-%.*s", length, value);
    return file_name_with(out, infix);
}

static status_t add(variants_t *variants, const char *const *sets, int at, const char *value, int length,
                    const char *out, failure_t *why) {
    variant_t *variant = &variants->of[variants->count++];
    variant->sets = malloc(((size_t)variants->set_count + 1) * sizeof *variant->sets);
    variant->out = value ? name_for(out, value, length) : strdup(out);
    if (value && asprintf(&variant->own, "%s%.*s", KEY, length, value) < 0)
        variant->own = NULL;
    if (!variant->sets || !variant->out || (value && !variant->own))
        return failed(why, STATUS_INTERNAL, "out of memory for the settings");
    for (int i = 0; i < variants->set_count; i++)
        variant->sets[i] = value && i == at ? variant->own : sets[i];
    return STATUS_OK;
}

/* Takes the next value off the list; false at its end. */
static bool next_value(const char **list, size_t *left, const char **value, size_t *length) {
    if (*left == 0)
        return false;
    const char *comma = memchr(*list, ',', *left);
    size_t end = comma ? (size_t)(comma - *list) : *left, taken = comma ? end + 1 : end;
    *value = *list;
    while (end > 0 && strchr(BLANKS, **value)) {
        (*value)++;
        end--;
    }
    while (end > 0 && strchr(BLANKS, (*value)[end - 1]))
        end--;
    *length = end;
    *list += taken;
    *left -= taken;
    return true;
}

static bool is_there(const variants_t *variants, const char *value, size_t length) {
    for (int i = 0; i < variants->count; i++) {
        const char *other = variants->of[i].own + strlen(KEY);
        if (strlen(other) == length && memcmp(other, value, length) == 0)
            return true;
    }
    return false;
}

status_t variants_expand(const char *const *sets, int set_count, const char *out, variants_t *variants,
                         problems_t *problems, failure_t *why) {
    const char *list, *value;
    size_t left = 0, length;
    *variants = (variants_t){.set_count = set_count};
    int at = find_list(sets, set_count, &list, &left);
    if (!list)
        return add(variants, sets, at, NULL, 0, out, why);
    while (next_value(&list, &left, &value, &length)) {
        if (variants->count == VARIANTS_MAX || length > 64)
            problems_add(problems, "--set %s: at most %d values, each a number", sets[at], VARIANTS_MAX);
        else if (is_there(variants, value, length))
            problems_add(problems, "--set %s: %.*s is there twice", sets[at], (int)length, value);
        else
            TRY(add(variants, sets, at, value, (int)length, out, why));
        if (problems->count > 0)
            return failed(why, STATUS_INPUT, "the settings are wrong, nothing was made");
    }
    if (variants->count > 0)
        return STATUS_OK;
    problems_add(problems, "--set %s: the list is empty", sets[at]);
    return failed(why, STATUS_INPUT, "the settings are wrong, nothing was made");
}

void variants_free(variants_t *variants) {
    for (int i = 0; i < variants->count; i++) {
        free(variants->of[i].sets);
        free(variants->of[i].own);
        free(variants->of[i].out);
    }
    variants->count = 0;
}
