/* Making a results file: its layout, attributes and first contents. */
#include "base/file.h"
#include "base/memory.h"
#include "base/nan.h"
#include "results/new_file.h"
#include "results/results_private.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MASK_CONVENTION "bit i of a mask's index is 1 when player i is present (not masked); player 0 is the lowest bit"

enum { GROUP_TEXT = 64 };

/* Names of a list for each sample; 0: no such list. */
static int64_t name_count(const results_spec_t *spec, name_list_t list) {
    const int64_t count = spec->names[list].count;
    return list == NAMES_OF_CLASSES || count == 0 ? count : spec->players;
}

/* The longest name; at least 1, since HDF5 has no strings of length 0. */
static size_t name_bytes(const results_spec_t *spec, name_list_t list) {
    size_t longest = 1;
    for (row_t sample = 0; sample < (spec->names[list].per_sample ? spec->samples : 1); sample++)
        for (int64_t i = 0; i < name_count(spec, list); i++) {
            const char *name = spec->name(spec->name_self, list, sample, i);
            size_t length = name ? strnlen(name, RESULTS_TEXT - 1) : 0;
            longest = length > longest ? length : longest;
        }
    return longest;
}

/* The samples that go into the file. */
static int64_t own_samples(const results_spec_t *spec) {
    return spec->shards > 0 ? (spec->samples - spec->shard - 1) / spec->shards + 1 : spec->samples;
}

static size_t output_bytes(const results_spec_t *spec) {
    size_t longest = 1;
    for (int i = 0; spec->outputs > 1 && i < spec->outputs; i++) {
        const size_t length = strnlen(spec->output_name[i], RESULTS_TEXT - 1);
        longest = length > longest ? length : longest;
    }
    return longest;
}

static layout_dims_t dims_of(const results_spec_t *spec) {
    uint64_t masks = spec->players >= 1 && spec->players <= PLAYERS_MAX ? mask_count(spec->players) : 2;
    uint64_t top = spec->top < 1 ? 1 : (uint64_t)spec->top;
    size_t config = strlen(spec->config);
    layout_dims_t dims = {
        .outputs = spec->outputs > 1 ? spec->outputs : 1,
        .targets = spec->targets > 1 ? spec->targets : 1,
        .output_bytes = output_bytes(spec),
        .whole = spec->shards > 0 ? spec->samples : 0,
        .classes = spec->class_count,
        .players = spec->players,
        .block_bits = spec->tables ? spec->block_bits : 0,
        .indices = spec->indices,
        .families = spec->tables && spec->families.count > 0 ? spec->families : families_root(),
        .dictionary = spec->shards > 0  ? 1
                      : top < masks - 1 ? top
                                        : masks - 1,
        .class_names = name_count(spec, NAMES_OF_CLASSES),
        .config_bytes = config ? config : 1,
        .tables = spec->tables,
    };
    dims.samples = own_samples(spec) * layout_rows(&dims);
    for (name_list_t list = 0; list < NAME_LISTS; list++)
        if (name_count(spec, list) > 0) {
            dims.names[list] = spec->names[list].per_sample ? NAMES_PER_SAMPLE : NAMES_SHARED;
            dims.name_bytes[list] = name_bytes(spec, list);
        }
    return dims;
}

bool results_bytes(const results_spec_t *spec, uint64_t *bytes) {
    layout_t layout CLEANUP(layout_free) = {0};
    layout_dims_t dims = dims_of(spec);
    return layout_make(&dims, &layout) && new_file_bytes(layout.datasets, layout.count, bytes);
}

/* ---- contents ---- */

/* Which of the spec's samples a row is of. */
static size_t sample_of(const results_spec_t *spec, size_t rows, size_t row) {
    return spec->shards > 0 ? (size_t)spec->shard + row / rows * (size_t)spec->shards : row / rows;
}

/* One number per sample of the spec, of `width` bytes: for all rows of the file's own samples, in a shard also all of
 * them. */
static status_t write_per_sample(const new_file_t *file, const results_spec_t *spec, const layout_dims_t *dims, int own,
                                 int whole, const void *data, failure_t *why) {
    const size_t width = file->datasets[own].width, rows = (size_t)layout_rows(dims);
    const char *from = data;
    TRY(new_file_put(file, whole, data, why));
    char *picked OWNED = memory_need((size_t)dims->samples, width, "the samples of a file");
    for (size_t row = 0; row < (size_t)dims->samples; row++)
        memcpy(picked + row * width, from + sample_of(spec, rows, row) * width, width);
    return new_file_put(file, own, picked, why);
}

/* What each row is about, and the names of outputs. */
static status_t write_outputs(const new_file_t *file, const results_spec_t *spec, const layout_dims_t *dims,
                              failure_t *why) {
    int32_t *output OWNED = memory_need((size_t)dims->samples, sizeof *output, "the samples of a file");
    for (int64_t row = 0; row < dims->samples; row++)
        output[row] = spec->tables   ? (int32_t)(row % layout_rows(dims)) / dims->targets
                      : spec->output ? spec->output[row]
                                     : 0;
    TRY(new_file_put(file, DATASET_OUTPUT, output, why));
    if (dims->outputs == 1)
        return STATUS_OK;
    char *names OWNED = memory_need((size_t)dims->outputs, dims->output_bytes, "names");
    for (int i = 0; i < dims->outputs; i++)
        memcpy(names + (size_t)i * dims->output_bytes, spec->output_name[i],
               strnlen(spec->output_name[i], dims->output_bytes));
    return new_file_put(file, DATASET_OUTPUT_NAMES, names, why);
}

/* A list of samples first, first + step, ... into the rows of a dataset, `each` rows a sample. */
static status_t write_name_rows(const new_file_t *file, const results_spec_t *spec, name_list_t list, int id,
                                int64_t first, int64_t step, int each, failure_t *why) {
    const dataset_t *dataset = &file->datasets[id];
    const int64_t count = name_count(spec, list);
    const size_t width = dataset->width, row = (size_t)count * width;
    char *names OWNED = memory_need((size_t)count, width, "names");
    for (uint64_t r = 0; r < dataset->bytes / row; r++) {
        memset(names, 0, row);
        for (int64_t i = 0; i < count; i++) {
            const char *name = spec->name(spec->name_self, list, first + (int64_t)r / each * step, i);
            if (name)
                memcpy(names + (size_t)i * width, name, strnlen(name, width));
        }
        TRY(file_write_at(file->fd, file->temporary, names, row, file->offset[id] + r * row, why));
    }
    return STATUS_OK;
}

static status_t write_names(const new_file_t *file, const results_spec_t *spec, int rows, failure_t *why) {
    for (name_list_t list = 0; list < NAME_LISTS; list++) {
        const int whole = DATASET_WHOLE_NAMES + (int)list;
        const bool per_sample = spec->names[list].per_sample;
        if (name_count(spec, list) == 0)
            continue;
        TRY(write_name_rows(file, spec, list, DATASET_NAMES + (int)list, per_sample ? spec->shard : 0,
                            spec->shards > 0 ? spec->shards : 1, rows, why));
        if (per_sample && spec->shards > 0)
            TRY(write_name_rows(file, spec, list, whole, 0, 1, 1, why));
    }
    return STATUS_OK;
}

/* What follows from the sizes alone: ranks, dictionary sizes, bins; and the classes. For each output and family. */
static status_t write_scales(const new_file_t *file, const layout_dims_t *dims, const int64_t *classes,
                             failure_t *why) {
    int64_t of_dictionary[STEPS_MAX], of_curves[STEPS_MAX], ranks[RANKS_MAX];
    double bins[DISCRIMINATION_BINS];
    for (int i = 0; i < DISCRIMINATION_BINS; i++)
        bins[i] = (double)i / DISCRIMINATION_BINS;
    fields_ranks(dims->players, ranks);
    fields_steps(dims->dictionary, of_dictionary);
    fields_steps(mask_count(dims->players) - 1, of_curves);
    const struct {
        dataset_id_t id;
        const void *data;
    } scales[] = {{DATASET_STRENGTH_RANK, ranks},  {DATASET_CURVE_RANK, ranks},  {DATASET_TRANSFER_K, of_dictionary},
                  {DATASET_FAITHFUL_K, of_curves}, {DATASET_CURVE_K, of_curves}, {DATASET_BIN, bins},
                  {DATASET_CLASSES, classes}};
    for (int at = 0; at < dims->outputs * dims->families.count; at++)
        for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
            TRY(new_file_put(file, layout_scale(at / dims->families.count, at % dims->families.count, scales[i].id),
                             scales[i].data, why));
    return STATUS_OK;
}

static status_t write_warnings(const new_file_t *file, const results_spec_t *spec, failure_t *why) {
    results_warning_t *texts OWNED = memory_need(RESULTS_WARNINGS, sizeof *texts, "warnings");
    for (size_t i = 0; spec->warnings && i < spec->warnings->count && i < RESULTS_WARNINGS - 1; i++)
        snprintf(texts[i], sizeof texts[i], "%s", spec->warnings->texts[i]);
    return new_file_put(file, DATASET_WARNINGS, texts, why);
}

static status_t write_kinds(const new_file_t *file, const layout_dims_t *dims, failure_t *why) {
    for (int f = 1; f < dims->families.count; f++) {
        char names[KINDS_MAX][FAMILY_KIND_BYTES] = {{0}};
        for (int kind = 0; kind < dims->families.kinds[f]; kind++)
            snprintf(names[kind], FAMILY_KIND_BYTES, "%s", FAMILIES[f].kind_names[kind]);
        TRY(new_file_put(file, layout_family(f, FAMILY_KINDS), names, why));
    }
    return STATUS_OK;
}

static status_t write_contents(const new_file_t *file, const results_spec_t *spec, const layout_dims_t *dims,
                               failure_t *why) {
    const results_heartbeat_t never = {.time = nan_canonical(), .start = nan_canonical(), .first_silent = -1};
    const int32_t block_bits = spec->block_bits;
    TRY(new_file_put(file, DATASET_CONFIG, spec->config, why));
    TRY(write_warnings(file, spec, why));
    TRY(write_per_sample(file, spec, dims, DATASET_INDEX, DATASET_WHOLE_INDEX, spec->index, why));
    TRY(write_per_sample(file, spec, dims, DATASET_LABEL, DATASET_WHOLE_LABEL, spec->label, why));
    TRY(write_per_sample(file, spec, dims, DATASET_N_PLAYERS, DATASET_WHOLE_PLAYERS, spec->n_players, why));
    TRY(write_outputs(file, spec, dims, why));
    TRY(new_file_put(file, DATASET_BLOCK_BITS, &block_bits, why));
    TRY(new_file_put(file, DATASET_HEARTBEAT, &never, why));
    TRY(write_names(file, spec, layout_rows(dims), why));
    TRY(write_kinds(file, dims, why));
    return write_scales(file, dims, spec->classes, why);
}

/* ---- all of it ---- */

#define TEXT(name)                                                                                                     \
    { #name, offsetof(results_identity_t, name), sizeof(((results_identity_t *)0)->name) }
const results_identity_text_t RESULTS_IDENTITY[RESULTS_IDENTITY_TEXTS] = {
    TEXT(software_version), TEXT(git_revision),   TEXT(engine),          TEXT(engine_version), TEXT(instruction_set),
    TEXT(model_sha256),     TEXT(samples_sha256), TEXT(settings_sha256), TEXT(score),          TEXT(output_kind),
    TEXT(v_check),
};

/* Each group of summaries is called after its output. */
static size_t name_summaries(const results_spec_t *spec, const layout_dims_t *dims, char (*groups)[GROUP_TEXT],
                             new_file_attribute_t *attributes) {
    size_t count = 0;
    if (dims->outputs == 1 || dims->whole > 0)
        return 0;
    for (int output = 0; output < dims->outputs; output++)
        for (int f = 0; f < dims->families.count; f++, count++) {
            snprintf(groups[count], GROUP_TEXT, "%ssummary/%d", FAMILIES[f].prefix, output);
            attributes[count] =
                (new_file_attribute_t){.group = groups[count], .name = "output", .text = spec->output_name[output]};
        }
    return count;
}

static status_t begin(new_file_t *file, const results_spec_t *spec, const layout_dims_t *dims, failure_t *why) {
    char groups[OUTPUTS_MAX * FAMILIES_MAX][GROUP_TEXT];
    new_file_attribute_t attributes[RESULTS_IDENTITY_TEXTS + 7 + OUTPUTS_MAX * FAMILIES_MAX] = {
        {.name = "format", .text = RESULTS_FORMAT},
        {.name = "format_version", .number = RESULTS_FORMAT_VERSION},
        {.name = "mask_convention", .text = MASK_CONVENTION}};
    size_t count = 3;
    for (size_t i = 0; i < RESULTS_IDENTITY_TEXTS; i++)
        attributes[count++] = (new_file_attribute_t){.name = RESULTS_IDENTITY[i].name,
                                                     .text = (const char *)&spec->identity + RESULTS_IDENTITY[i].at};
    if (!spec->tables)
        attributes[count++] = (new_file_attribute_t){.name = "tables", .text = spec->tables_of};
    if (spec->shards > 0) {
        attributes[count++] = (new_file_attribute_t){.name = "shard", .number = spec->shard};
        attributes[count++] = (new_file_attribute_t){.name = "shards", .number = spec->shards};
    }
    if (dims->targets > 1)
        attributes[count++] = (new_file_attribute_t){.name = "targets", .number = dims->targets};
    count += name_summaries(spec, dims, groups, attributes + count);
    return new_file_begin(file, attributes, count, why);
}

status_t results_create(const char *path, const results_spec_t *spec, char *warning, failure_t *why) {
    layout_dims_t dims = dims_of(spec);
    layout_t layout CLEANUP(layout_free) = {0};
    char *temporary OWNED = memory_text("%s.tmp", path);
    if (!layout_make(&dims, &layout))
        return failed(why, STATUS_INPUT, "%s: cannot make a file of %lld samples of %d players in blocks of 2^%d masks",
                      path, (long long)spec->samples, spec->players, spec->block_bits);
    new_file_t file = {path, temporary, layout.datasets, layout.count, warning, NULL, -1};
    status_t status = begin(&file, spec, &dims, why);
    if (status == STATUS_OK)
        status = write_contents(&file, spec, &dims, why);
    return new_file_end(&file, status, why);
}
