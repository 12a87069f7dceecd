/* The model's inputs besides x: /constants/NAME. */
#include "base/memory.h"
#include "samples/samples_private.h"

#include <stdlib.h>

enum { CONSTANTS_MAX = 64, NAME = 64, PATH = 256 };
/* As of x: 2 GiB in double precision. */
#define ELEMENTS_MAX ((uint64_t)1 << 28)

/* The length of an axis for one sample; -1: any. */
static int64_t length_of(const samples_t *samples, const model_constant_t *want, int axis) {
    const int follows = want->follows[axis];
    return want->shape[axis] < 0 && follows >= 0 && follows < samples->rank ? samples->shape[follows]
                                                                            : want->shape[axis];
}

/* "[3, any]", or with the samples' axis: "[100, 3, any]". */
static text_t wanted_text(const samples_t *samples, const model_constant_t *want, bool per_sample) {
    text_t text = {0};
    text_add(&text, "[");
    if (per_sample)
        text_add(&text, "%lld%s", (long long)samples->rows, want->rank > 0 ? ", " : "");
    for (int i = 0; i < want->rank; i++) {
        const int64_t length = length_of(samples, want, i);
        text_add(&text, length < 0 ? "%sany" : "%s%lld", i > 0 ? ", " : "", (long long)length);
    }
    text_add(&text, "]");
    return text;
}

/* "FILE: /constants/keep: missing; the model's input keep takes float32: [5] for all samples, or [3, 5]" */
static status_t refuse(const samples_t *samples, const samples_constant_t *constant, const char *problem,
                       failure_t *why) {
    text_t shared CLEANUP(text_free) = wanted_text(samples, constant->want, false);
    text_t each CLEANUP(text_free) = wanted_text(samples, constant->want, true);
    return failed(why, STATUS_INPUT, "%s: /%s: %s; the model's input %s takes %s: %s for all samples, or %s",
                  samples->name, constant->path, problem, constant->want->name, element_name(constant->want->type),
                  shared.chars, each.chars);
}

/* Whether the axes of the dataset from `first` on are those of the input. */
static bool has_shape(const samples_t *samples, const samples_constant_t *constant, int first) {
    const h5_dataset_t *in = &constant->numbers.in;
    const model_constant_t *want = constant->want;
    bool fits = in->rank == first + want->rank;
    for (int i = 0; fits && i < want->rank; i++) {
        const int64_t length = length_of(samples, want, i);
        fits = length < 0 ? in->dims[first + i] > 0 : in->dims[first + i] == (hsize_t)length;
    }
    return fits;
}

/* What is not in the file: 0, or refused. */
static status_t take_zero(samples_t *samples, samples_constant_t *constant, bool zero, failure_t *why) {
    const model_constant_t *want = constant->want;
    if (!zero)
        return refuse(samples, constant, "missing; give it, or set model.constants: zero", why);
    for (int i = 0; i < want->rank; i++)
        if ((constant->shape[i] = length_of(samples, want, i)) < 0)
            return refuse(samples, constant, "missing, and its length is open, so it cannot be filled with 0", why);
    text_add(&samples->zeroed, "%s%s", samples->zeroed.length ? ", " : "", want->name);
    return STATUS_OK;
}

static status_t take_dataset(samples_t *samples, samples_constant_t *constant, failure_t *why) {
    numbers_t *numbers = &constant->numbers;
    const h5_dataset_t *in = &numbers->in;
    const int first = in->rank - constant->want->rank;
    if (!(first == 0 || (first == 1 && in->dims[0] == (hsize_t)samples->rows)) ||
        !has_shape(samples, constant, first)) {
        char problem[160];
        snprintf(problem, sizeof problem, "has the shape %s", h5_shape_text(in->rank, in->dims).text);
        return refuse(samples, constant, problem, why);
    }
    numbers->per_sample = first == 1;
    for (int i = 0; i < constant->want->rank; i++)
        constant->shape[i] = (int64_t)in->dims[first + i];
    return STATUS_OK;
}

/* Room for the numbers of one sample, zero. */
static status_t make_room(samples_t *samples, size_t i, failure_t *why) {
    const samples_constant_t *constant = &samples->constant[i];
    hsize_t dims[SHAPE_RANK + 1];
    uint64_t elements;
    for (int k = 0; k < constant->want->rank; k++)
        dims[k] = (hsize_t)constant->shape[k];
    if (!h5_count(constant->want->rank, dims, &elements) || elements < 1 || elements > ELEMENTS_MAX)
        return refuse(samples, constant, "has too many elements, or none", why);
    samples->constant_now[i] = (constant_t){.name = constant->want->name,
                                            .type = constant->want->type,
                                            .rank = constant->want->rank,
                                            .shape = constant->shape,
                                            .elements = (size_t)elements,
                                            .numbers = memory_need((size_t)elements, sizeof(double), "the constants")};
    return STATUS_OK;
}

/* ---- a model that wants all there are ---- */

/* What is the same for all samples a function can hold itself, so there is nothing to guess: an array has rows. */
static status_t describe(const samples_t *samples, const char *path, model_constant_t *found, failure_t *why) {
    numbers_t numbers;
    TRY(samples_open_numbers(samples, path, false, &numbers, why));
    H5_DATASET in = numbers.in;
    if (in.rank > 0 && in.dims[0] != (hsize_t)samples->rows)
        return h5_refuse(&in, why, "has the shape %s; a row for each of the %lld samples, or one number, is expected",
                         h5_shape_text(in.rank, in.dims).text, (long long)samples->rows);
    const bool wide = in.width > 4;
    found->type = numbers.integers ? (wide ? ELEMENT_I64 : ELEMENT_I32) : wide ? ELEMENT_F64 : ELEMENT_F32;
    found->rank = in.rank > 0 ? in.rank - 1 : 0;
    for (int i = 0; i < found->rank; i++) {
        found->shape[i] = (int64_t)in.dims[i + 1];
        found->follows[i] = -1;
    }
    return STATUS_OK;
}

/* Whether a name is one of the lines, or there are none. */
static bool is_used(const char *lines, const char *name) {
    const size_t length = strlen(name);
    const char *line = lines;
    for (size_t width; *line; line += width + (line[width] == '\n')) {
        width = strcspn(line, "\n");
        if (width == length && memcmp(line, name, length) == 0)
            return true;
    }
    return line == lines;
}

static void add_unused(samples_t *samples, const char *path) {
    text_add(&samples->unused, "%s%s", samples->unused.length ? ", " : "", path);
}

static status_t find_all(samples_t *samples, const char *uses, failure_t *why) {
    char name[NAME];
    samples->found = memory_need(CONSTANTS_MAX, sizeof *samples->found, "the constants");
    for (;;) {
        TRY(h5_member(&samples->file, "constants", samples->constants, name, sizeof name, why));
        if (!name[0])
            return STATUS_OK;
        if (samples->constants == CONSTANTS_MAX)
            return failed(why, STATUS_INPUT, "%s: /constants: holds more than %d arrays", samples->name, CONSTANTS_MAX);
        model_constant_t *found = &samples->found[samples->constants++];
        found->name = memory_text("%s", name);
        if (!is_used(uses, name))
            add_unused(samples, name);
        char *path OWNED = memory_text("constants/%s", name);
        TRY(describe(samples, path, found, why));
    }
}

/* ---- what a model does not want ---- */

/* What an input of the model is to a path in the file. */
typedef enum { IS_UNKNOWN, IS_IT, IS_WITHIN } known_t;

static known_t known_as(const samples_t *samples, const char *path) {
    const size_t length = strlen(path);
    for (size_t i = 0; i < samples->constants; i++)
        if (strncmp(samples->constant[i].path, path, length) == 0 &&
            (samples->constant[i].path[length] == '\0' || samples->constant[i].path[length] == '/'))
            return samples->constant[i].path[length] ? IS_WITHIN : IS_IT;
    return IS_UNKNOWN;
}

/* Adds those of a group in /constants that no input is named after. */
static status_t find_unused(samples_t *samples, const char *group, failure_t *why) {
    char name[PATH], path[PATH];
    for (uint64_t i = 0;; i++) {
        TRY(h5_member(&samples->file, group, i, name, sizeof name, why));
        if (!name[0])
            return STATUS_OK;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", group, name) >= sizeof path)
            return failed(why, STATUS_INPUT, "%s: /%s/%s: is too long a path", samples->name, group, name);
        const known_t known = known_as(samples, path);
        if (known == IS_WITHIN)
            TRY(find_unused(samples, path, why));
        else if (known == IS_UNKNOWN)
            add_unused(samples, path + strlen("constants/"));
    }
}

/* ---- opening ---- */

static status_t open_constant(samples_t *samples, size_t i, const model_constant_t *want, bool zero, failure_t *why) {
    samples_constant_t *constant = &samples->constant[i];
    constant->want = want;
    constant->path = memory_text("constants/%s", want->name);
    TRY(samples_open_numbers(samples, constant->path, false, &constant->numbers, why));
    TRY(constant->numbers.in.id > 0 ? take_dataset(samples, constant, why) : take_zero(samples, constant, zero, why));
    return make_room(samples, i, why);
}

status_t samples_feed(samples_t *samples, const model_info_t *info, bool zero, problems_t *problems, failure_t *why) {
    if (samples->synthetic || samples->unusable)
        return STATUS_OK;
    H5_QUIET;
    samples->type = info->input_type;
    samples->names_wanted = info->wants_all;
    if (info->wants_all)
        TRY(samples_collect(samples, find_all(samples, info->uses, why), why, problems));
    else
        samples->constants = info->constants;
    const model_constant_t *want = info->wants_all ? samples->found : info->constant;
    samples->constant = memory_need(samples->constants, sizeof *samples->constant, "the constants");
    samples->constant_now = memory_need(samples->constants, sizeof *samples->constant_now, "the constants");
    for (size_t i = 0, count = samples->unusable ? 0 : samples->constants; i < count; i++)
        TRY(samples_collect(samples, open_constant(samples, i, &want[i], zero, why), why, problems));
    if (samples->unusable || info->wants_all || info->input_type == ELEMENT_NONE)
        return STATUS_OK;
    return samples_collect(samples, find_unused(samples, "constants", why), why, problems);
}

const char *samples_zeroed(const samples_t *samples) {
    return samples->zeroed.chars ? samples->zeroed.chars : "";
}

const char *samples_unused(const samples_t *samples) {
    return samples->unused.chars ? samples->unused.chars : "";
}

/* Infinities are good in constants: attention masks are added to logits. */
static bool check_exact(const numbers_t *numbers, const double *values, size_t count, row_t row,
                        char fault[FAULT_TEXT]) {
    for (size_t i = 0; i < count && numbers->integers; i++)
        if (values[i] - values[i] != 0) {
            snprintf(fault, FAULT_TEXT, "/%s: sample %lld, element %zu is beyond 2^53, where doubles are not exact",
                     numbers->in.path, (long long)row, i);
            return false;
        }
    return true;
}

status_t samples_read_constants(samples_t *samples, bool per_sample, row_t row, bool *faulty, char fault[FAULT_TEXT],
                                failure_t *why) {
    for (size_t i = 0; i < samples->constants && !*faulty; i++) {
        const numbers_t *numbers = &samples->constant[i].numbers;
        const size_t count = samples->constant_now[i].elements;
        double *values = (double *)(uintptr_t)samples->constant_now[i].numbers; /* ours */
        if (numbers->in.id <= 0 || numbers->per_sample != per_sample)
            continue;
        TRY(samples_read_numbers(numbers, row, 1, count, values, why));
        *faulty = !check_exact(numbers, values, count, row, fault) ||
                  !samples_check_type(samples->constant[i].want->type, numbers, row, values, count, fault);
    }
    return STATUS_OK;
}

void samples_close_constants(samples_t *samples) {
    for (size_t i = 0; i < samples->constants; i++) {
        h5_close_dataset(&samples->constant[i].numbers.in);
        free(samples->constant[i].path);
        free((void *)(uintptr_t)samples->constant_now[i].numbers);
        if (samples->found)
            free((void *)(uintptr_t)samples->found[i].name);
    }
    free(samples->found);
    free(samples->constant);
    free(samples->constant_now);
    text_free(&samples->zeroed);
    text_free(&samples->unused);
}
