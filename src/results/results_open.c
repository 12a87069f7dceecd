/* Opening a results file: everything is checked through HDF5, then HDF5 closes it and a plain descriptor stays. */
#include "base/file.h"
#include "base/memory.h"
#include "hdf5/h5.h"
#include "results/results_types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_MAX = 16 << 20 };

/* ---- what the structure follows from ---- */

/* The axes of a dataset that sizes are taken from; check_dataset checks the rest later. */
static status_t find_axes(const h5_file_t *file, const char *path, int rank, hsize_t *dims, failure_t *why) {
    H5_DATASET in = {0};
    TRY(h5_open_dataset(file, path, &in, why));
    if (in.rank != rank)
        return h5_refuse(&in, why, "has %d axes, %d expected", in.rank, rank);
    for (int i = 0; i < rank; i++)
        if (in.dims[i] > INT64_MAX / 64)
            return h5_refuse(&in, why, "has the impossible shape %s", h5_shape_text(rank, in.dims).text);
    memcpy(dims, in.dims, (size_t)rank * sizeof *dims);
    return STATUS_OK;
}

static status_t find_block_bits(const h5_file_t *file, layout_dims_t *dims, failure_t *why) {
    H5_DATASET in = {0};
    TRY(h5_open_dataset(file, "progress/block_bits", &in, why));
    if (in.rank != 0 || in.kind != H5T_INTEGER)
        return h5_refuse(&in, why, "is not an integer");
    TRY(h5_read(&in, NULL, NULL, H5T_NATIVE_INT, &dims->block_bits, why));
    if (dims->block_bits < 0 || dims->block_bits > dims->players)
        return h5_refuse(&in, why, "is %d, 0 to %d expected", dims->block_bits, dims->players);
    return STATUS_OK;
}

static status_t find_list(const h5_file_t *file, name_list_t list, layout_dims_t *dims, failure_t *why) {
    static const char *const PATHS[] = {"samples/player_names", "samples/player_class", "samples/class_names"};
    H5_DATASET in = {0};
    TRY(h5_find_dataset(file, PATHS[list], &in, why));
    if (in.id <= 0)
        return STATUS_OK;
    if (in.kind != H5T_STRING || in.variable || in.width >= RESULTS_TEXT || in.rank < 1 ||
        in.rank > (list == NAMES_OF_CLASSES ? 1 : 2))
        return h5_refuse(&in, why, "does not hold texts of a fixed length below %d", RESULTS_TEXT);
    dims->names[list] = in.rank == 1 ? NAMES_SHARED : NAMES_PER_SAMPLE;
    dims->name_bytes[list] = in.width;
    if (list == NAMES_OF_CLASSES)
        dims->class_names = (int64_t)in.dims[0];
    return STATUS_OK;
}

static status_t find_config(const h5_file_t *file, layout_dims_t *dims, failure_t *why) {
    H5_DATASET in = {0};
    TRY(h5_open_dataset(file, "config", &in, why));
    if (in.rank != 0)
        return h5_refuse(&in, why, "has %d axes, 0 expected", in.rank);
    if (in.width > CONFIG_MAX)
        return h5_refuse(&in, why, "is larger than %d bytes", CONFIG_MAX);
    dims->config_bytes = in.width;
    return STATUS_OK;
}

static status_t find_indices(const h5_file_t *file, layout_dims_t *dims, failure_t *why) {
    for (int id = 0; id < FIELD_COUNT; id++) {
        bool exists = false;
        if (FIELDS[id].needs)
            TRY(h5_exists(file, FIELDS[id].path, &exists, why));
        if (exists)
            dims->indices |= FIELDS[id].needs;
    }
    return STATUS_OK;
}

/* Outputs and targets of each sample: names and an attribute where there are several. */
static status_t find_outputs(const h5_file_t *file, layout_dims_t *dims, failure_t *why) {
    H5_DATASET in = {0};
    dims->outputs = dims->targets = 1;
    if (H5Aexists(file->id, "targets") > 0)
        TRY(h5_read_int(file, "targets", &dims->targets, why));
    TRY(h5_find_dataset(file, "outputs/name", &in, why));
    if (in.id <= 0)
        return STATUS_OK;
    if (in.kind != H5T_STRING || in.variable || in.width >= RESULTS_TEXT || in.rank != 1 || in.dims[0] < 2 ||
        in.dims[0] > OUTPUTS_MAX)
        return h5_refuse(&in, why, "does not hold 2 to %d texts of a fixed length below %d", OUTPUTS_MAX, RESULTS_TEXT);
    dims->outputs = (int)in.dims[0];
    dims->output_bytes = in.width;
    return STATUS_OK;
}

/* The sizes that /summary gives, or in a shard /shard. */
static status_t find_summary(const h5_file_t *file, layout_dims_t *dims, failure_t *why) {
    bool shard = false;
    hsize_t length[2], classes[2];
    TRY(h5_exists(file, "shard/index", &shard, why));
    const bool several = dims->outputs > 1;
    const char *mask = several ? "summary/0/interactions/mask" : "summary/interactions/mask";
    const char *of_summary = several ? "summary/0/transferability/classes" : "summary/transferability/classes";
    TRY(find_axes(file, shard ? "shard/index" : mask, 1, length, why));
    TRY(find_axes(file, shard ? "shard/classes" : of_summary, 1, classes, why));
    dims->whole = shard ? (int64_t)*length : 0;
    dims->dictionary = shard ? 1 : *length;
    dims->classes = (int64_t)*classes;
    return STATUS_OK;
}

/* Further families and their kinds, by their tables. */
static status_t find_families(const h5_file_t *file, layout_dims_t *dims, failure_t *why) {
    dims->families = families_root();
    for (int f = 1; dims->tables && f < FAMILY_COUNT; f++) {
        char path[96];
        hsize_t axes[3] = {0};
        bool exists;
        snprintf(path, sizeof path, "%sinteractions", FAMILIES[f].prefix);
        TRY(h5_exists(file, path, &exists, why));
        if (!exists)
            break;
        TRY(find_axes(file, path, 3, axes, why));
        if (axes[1] < 1 || axes[1] > (hsize_t)FAMILIES[f].kinds)
            return failed(why, STATUS_INPUT, "%s: /%s: has %lld kinds, 1 to %d expected", file->name, path,
                          (long long)axes[1], FAMILIES[f].kinds);
        dims->families.kinds[dims->families.count++] = (int)axes[1];
    }
    return STATUS_OK;
}

static status_t find_dims(const h5_file_t *file, layout_dims_t *dims, failure_t *why) {
    hsize_t samples[2], orders[2];
    *dims = (layout_dims_t){0};
    TRY(find_axes(file, "samples/index", 1, samples, why));
    TRY(find_axes(file, "orders/strength_mean", 2, orders, why));
    if (orders[1] < 2 || orders[1] > PLAYERS_MAX + 1)
        return failed(why, STATUS_INPUT, "%s: /orders/strength_mean: is for %lld players, 1 to %d expected", file->name,
                      (long long)orders[1] - 1, PLAYERS_MAX);
    dims->samples = (int64_t)*samples;
    dims->players = (int)orders[1] - 1;
    TRY(find_outputs(file, dims, why));
    TRY(find_summary(file, dims, why));
    TRY(find_config(file, dims, why));
    TRY(h5_exists(file, "values", &dims->tables, why));
    if (dims->tables)
        TRY(find_block_bits(file, dims, why));
    TRY(find_families(file, dims, why));
    for (name_list_t list = 0; list < NAME_LISTS; list++)
        TRY(find_list(file, list, dims, why));
    return find_indices(file, dims, why);
}

/* ---- every dataset against the layout ---- */

static status_t check_form(const h5_dataset_t *in, const dataset_t *expected, failure_t *why) {
    hsize_t dims[LAYOUT_RANK];
    bool same = in->rank == expected->rank;
    for (int i = 0; i < expected->rank; i++) {
        dims[i] = expected->dims[i];
        same = same && in->dims[i] == dims[i];
    }
    if (!same)
        return h5_refuse(in, why, "has the shape %s, %s expected", h5_shape_text(in->rank, in->dims).text,
                         h5_shape_text(expected->rank, dims).text);
    hid_t type H5_OWNED = H5Dget_type(in->id), wanted H5_OWNED = results_type(expected->type, expected->width);
    if (type < 0 || wanted < 0 || H5Tequal(type, wanted) <= 0)
        return h5_refuse(in, why, "has the wrong type for a results file");
    return STATUS_OK;
}

static status_t check_dataset(const h5_file_t *file, const dataset_t *expected, uint64_t file_bytes, uint64_t *offset,
                              failure_t *why) {
    H5_DATASET in = {0};
    TRY(h5_open_dataset(file, expected->path, &in, why));
    TRY(check_form(&in, expected, why));
    hid_t list H5_OWNED = H5Dget_create_plist(in.id);
    *offset = H5Dget_offset(in.id);
    if (list < 0 || H5Pget_layout(list) != H5D_CONTIGUOUS || *offset == HADDR_UNDEF)
        return h5_refuse(&in, why, "is not stored in one piece");
    if (expected->bytes > file_bytes || *offset > file_bytes - expected->bytes)
        return h5_refuse(&in, why, "reaches beyond the end of the file, which was truncated");
    return STATUS_OK;
}

static status_t read_identity(const h5_file_t *file, results_t *results, failure_t *why) {
    for (size_t i = 0; i < RESULTS_IDENTITY_TEXTS; i++) {
        const results_identity_text_t *text = &RESULTS_IDENTITY[i];
        TRY(h5_read_text(file, text->name, (char *)&results->identity + text->at, text->bytes, why));
    }
    return results->layout->dims.tables ? STATUS_OK
                                        : h5_read_text(file, "tables", results->tables_of, RESULTS_TEXT, why);
}

static status_t read_shard(const h5_file_t *file, results_t *results, failure_t *why) {
    const layout_dims_t *dims = &results->layout->dims;
    results_shard_t *shard = &results->shard;
    if (dims->whole == 0)
        return STATUS_OK;
    TRY(h5_read_int(file, "shard", &shard->shard, why));
    TRY(h5_read_int(file, "shards", &shard->shards, why));
    shard->samples = dims->whole;
    if (shard->shard < 0 || shard->shard >= shard->shards || shard->shards > dims->whole ||
        (dims->whole - shard->shard - 1) / shard->shards + 1 != dims->samples / layout_rows(dims))
        return failed(why, STATUS_INPUT,
                      "%s: attributes shard, shards: %d of %d shards of %lld samples cannot have %lld", results->path,
                      shard->shard, shard->shards, (long long)dims->whole, (long long)dims->samples);
    return STATUS_OK;
}

static status_t check_format(const h5_file_t *file, failure_t *why) {
    char format[64] = "";
    status_t status = h5_read_text(file, "format", format, sizeof format, why);
    if (status == STATUS_INTERNAL)
        return status;
    if (status != STATUS_OK || strcmp(format, RESULTS_FORMAT) != 0)
        return failed(why, STATUS_INPUT, "%s: is an HDF5 file, but not a results file of harsanyi", file->name);
    return STATUS_OK;
}

static status_t check_version(const h5_file_t *file, failure_t *why) {
    int version = 0;
    TRY(h5_read_int(file, "format_version", &version, why));
    if (version == 1)
        return failed(why, STATUS_INPUT,
                      "%s: is a results file of format version 1 (harsanyi 0.1). These two lines make one of version 2 "
                      "out of it, without the model:\n"
                      "  harsanyi-samples from-values %s -o new.yaml\n"
                      "  harsanyi run new.yaml\n"
                      "(a shard: finish and merge it with harsanyi 0.1 first)",
                      file->name, file->name);
    if (version != RESULTS_FORMAT_VERSION)
        return failed(why, STATUS_INPUT, "%s: has format version %d; this program reads version %d", file->name,
                      version, RESULTS_FORMAT_VERSION);
    return STATUS_OK;
}

static status_t check_structure(results_t *results, failure_t *why) {
    H5_QUIET;
    H5_FILE file = {0};
    layout_dims_t dims;
    TRY(h5_open_file(results->path, &file, why));
    TRY(check_format(&file, why));
    TRY(check_version(&file, why));
    TRY(find_dims(&file, &dims, why));
    if (!layout_make(&dims, results->layout))
        return failed(why, STATUS_INPUT,
                      "%s: no file can hold %lld samples of %d players, %lld classes and %llu frequent masks",
                      results->path, (long long)dims.samples, dims.players, (long long)dims.classes,
                      (unsigned long long)dims.dictionary);
    results->offset = memory_need((size_t)results->layout->count, sizeof *results->offset, "the layout");
    if (!results->writable)
        results->ahead = memory_need((size_t)results->layout->count, sizeof *results->ahead, "rows read ahead");
    for (int id = 0; id < results->layout->count; id++)
        if (results->layout->datasets[id].present)
            TRY(check_dataset(&file, &results->layout->datasets[id], results->bytes, &results->offset[id], why));
    results->fields = fields_layout(dims.families, dims.players, dims.indices);
    TRY(read_shard(&file, results, why));
    return read_identity(&file, results, why);
}

/* ---- what is kept in memory ---- */

/* A whole dataset in memory of its own, with a zero byte behind it; *to, a pointer of any type, is freed with the file.
 */
static status_t load(const results_t *results, int id, void *to, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    void *data = memory_need(1, (size_t)dataset->bytes + 1, dataset->path);
    memcpy(to, &data, sizeof data);
    return file_read_at(results->fd, results->path, data, (size_t)dataset->bytes, results->offset[id], why);
}

/* Names get a terminating NUL each, since those that fill their width have none in the file. */
static status_t load_list(const results_t *results, int id, char **names, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    size_t width = dataset->width;
    if (!dataset->present)
        return STATUS_OK;
    char *packed OWNED = NULL;
    TRY(load(results, id, &packed, why));
    *names = memory_need((size_t)dataset->elements, width + 1, "names of players");
    for (uint64_t i = 0; i < dataset->elements; i++)
        memcpy(*names + i * (width + 1), packed + i * width, width);
    return STATUS_OK;
}

static status_t load_names(results_t *results, failure_t *why) {
    for (int list = 0; list < NAME_LISTS; list++)
        TRY(load_list(results, DATASET_NAMES + list, &results->names[list], why));
    for (int list = 0; list < NAMES_OF_CLASSES; list++)
        TRY(load_list(results, DATASET_WHOLE_NAMES + list, &results->whole_names[list], why));
    return STATUS_OK;
}

static status_t check_players(const results_t *results, const char *path, const int32_t *n_players, int64_t samples,
                              failure_t *why) {
    int most = results->layout->dims.players;
    for (int64_t i = 0; i < samples; i++)
        if (n_players[i] < 1 || n_players[i] > most)
            return failed(why, STATUS_INPUT, "%s: %s: sample %lld has %d players, 1 to %d expected", results->path,
                          path, (long long)i, n_players[i], most);
    return STATUS_OK;
}

/* The samples of all shards, among which this shard's own must stand at their places. */
static status_t load_whole(results_t *results, failure_t *why) {
    results_shard_t *shard = &results->shard;
    if (shard->shards == 0)
        return STATUS_OK;
    TRY(load(results, DATASET_WHOLE_INDEX, &results->whole_index, why));
    TRY(load(results, DATASET_WHOLE_LABEL, &results->whole_label, why));
    TRY(load(results, DATASET_WHOLE_PLAYERS, &results->whole_players, why));
    shard->index = results->whole_index;
    shard->label = results->whole_label;
    shard->n_players = results->whole_players;
    TRY(check_players(results, "/shard/n_players", shard->n_players, shard->samples, why));
    for (int64_t r = 0; r < results->layout->dims.samples; r++) {
        place_t place = shard->shard + r / layout_rows(&results->layout->dims) * shard->shards;
        if (results->index[r] != shard->index[place] || results->label[r] != shard->label[place] ||
            results->n_players[r] != shard->n_players[place])
            return failed(why, STATUS_INPUT,
                          "%s: /samples: sample %lld differs from the one in /shard: the file is damaged",
                          results->path, (long long)r);
    }
    return STATUS_OK;
}

static status_t load_outputs(results_t *results, failure_t *why) {
    const layout_dims_t *dims = &results->layout->dims;
    TRY(load_list(results, DATASET_OUTPUT_NAMES, &results->output_names, why));
    TRY(load(results, DATASET_OUTPUT, &results->output, why));
    for (int64_t r = 0; r < dims->samples; r++)
        if (results->output[r] < 0 || results->output[r] >= dims->outputs)
            return failed(why, STATUS_INPUT,
                          "%s: /samples/output: row %lld is about output %d of %d: the file is damaged", results->path,
                          (long long)r, results->output[r], dims->outputs);
    return STATUS_OK;
}

static status_t load_contents(results_t *results, failure_t *why) {
    TRY(load(results, DATASET_CONFIG, &results->config, why));
    TRY(load(results, DATASET_INDEX, &results->index, why));
    TRY(load(results, DATASET_LABEL, &results->label, why));
    TRY(load(results, DATASET_CLASSES, &results->classes, why));
    TRY(load(results, DATASET_N_PLAYERS, &results->n_players, why));
    TRY(check_players(results, "/samples/n_players", results->n_players, results->layout->dims.samples, why));
    TRY(load_names(results, why));
    TRY(load_outputs(results, why));
    return load_whole(results, why);
}

static status_t open_plain(results_t *results, failure_t *why) {
    static const unsigned char SIGNATURE[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char first[sizeof SIGNATURE];
    struct stat info;
    results->fd = open(results->path, (results->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY);
    if (results->fd < 0 || fstat(results->fd, &info) != 0)
        return failed(why, STATUS_INPUT, "%s: cannot be %s: %s", results->path, results->writable ? "written" : "read",
                      strerror(errno));
    if (!S_ISREG(info.st_mode))
        return failed(why, STATUS_INPUT, "%s: is not a regular file", results->path);
    results->device = info.st_dev;
    results->inode = info.st_ino;
    results->bytes = (uint64_t)info.st_size;
    if (results->bytes >= sizeof first)
        TRY(file_read_at(results->fd, results->path, first, sizeof first, 0, why));
    if (results->bytes < sizeof first || memcmp(first, SIGNATURE, sizeof first) != 0)
        return failed(why, STATUS_INPUT, "%s: is not an HDF5 file", results->path);
    return STATUS_OK;
}

status_t results_open(const char *path, bool writable, results_t **out, failure_t *why) {
    results_t *results = memory_need(1, sizeof *results, "the results file");
    results->fd = -1;
    results->writable = writable;
    results->path = memory_text("%s", path);
    results->layout = memory_need(1, sizeof *results->layout, "the layout of the results file");
    *out = NULL;
    status_t status = open_plain(results, why);
    if (status == STATUS_OK)
        status = check_structure(results, why);
    if (status == STATUS_OK)
        status = load_contents(results, why);
    if (status == STATUS_OK)
        *out = results;
    else
        results_close(&results);
    return status;
}

status_t results_recognise(const char *path, failure_t *why) {
    H5_QUIET;
    H5_FILE file = {0};
    TRY(h5_open_file(path, &file, why));
    return check_format(&file, why);
}

void results_close(results_t **results) {
    results_t *r = *results;
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    for (int id = 0; r->ahead && id < r->layout->count; id++)
        free(r->ahead[id].bytes);
    layout_free(r->layout);
    for (int list = 0; list < NAME_LISTS; list++) {
        free(r->names[list]);
        free(r->whole_names[list]);
    }
    void *const owned[] = {r->path,    r->layout,    r->config,      r->index,       r->label,
                           r->classes, r->n_players, r->whole_index, r->whole_label, r->whole_players,
                           r->ahead,   r->offset,    r->output,      r->output_names};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(r);
    *results = NULL;
}

/* ---- what is known once it is open ---- */

int64_t results_samples(const results_t *results) {
    return results->layout->dims.samples;
}

int results_rows_of_sample(const results_t *results) {
    return layout_rows(&results->layout->dims);
}

int results_outputs(const results_t *results) {
    return results->layout->dims.outputs;
}

int results_targets(const results_t *results) {
    return results->layout->dims.targets;
}

const char *results_output_name(const results_t *results, int output) {
    return results->output_names ? results->output_names + (size_t)output * (results->layout->dims.output_bytes + 1)
                                 : "";
}

void results_output_names(const results_t *results, const char *names[OUTPUTS_MAX]) {
    for (int i = 0; i < results_outputs(results); i++)
        names[i] = results_output_name(results, i);
}

int results_output(const results_t *results, row_t row) {
    return results->output[row];
}

const families_t *results_families(const results_t *results) {
    return &results->fields.families;
}

int results_players(const results_t *results) {
    return results->layout->dims.players;
}

int results_block_bits(const results_t *results) {
    return results->layout->dims.block_bits;
}

bool results_has_tables(const results_t *results) {
    return results->layout->dims.tables;
}

const char *results_tables_of(const results_t *results) {
    return results->tables_of;
}

const fields_t *results_fields(const results_t *results) {
    return &results->fields;
}

const char *results_config(const results_t *results) {
    return results->config;
}

const results_identity_t *results_identity(const results_t *results) {
    return &results->identity;
}

const results_shard_t *results_shard(const results_t *results) {
    return results->shard.shards > 0 ? &results->shard : NULL;
}

index_t results_index(const results_t *results, row_t sample) {
    return results->index[sample];
}

int64_t results_label(const results_t *results, row_t sample) {
    return results->label[sample];
}

int results_players_of(const results_t *results, row_t sample) {
    return results->n_players[sample];
}

const int64_t *results_classes(const results_t *results, int64_t *count) {
    *count = results->layout->dims.classes;
    return results->classes;
}

name_shape_t results_names(const results_t *results, name_list_t list) {
    const layout_dims_t *dims = &results->layout->dims;
    const int64_t count = list == NAMES_OF_CLASSES ? dims->class_names : dims->players;
    return (name_shape_t){dims->names[list] == NAMES_NONE ? 0 : count, dims->names[list] == NAMES_PER_SAMPLE};
}

/* Of row `row` of a list in memory. */
static const char *name_in(const results_t *results, name_list_t list, const char *names, int64_t row, int64_t i) {
    const int64_t count = results_names(results, list).count;
    return i < 0 || i >= count ? NULL
                               : names + (size_t)(row * count + i) * (results->layout->dims.name_bytes[list] + 1);
}

const char *results_name(const results_t *results, name_list_t list, row_t sample, int64_t i) {
    return name_in(results, list, results->names[list], results_names(results, list).per_sample ? sample : 0, i);
}

const char *results_shard_name(const results_t *results, name_list_t list, place_t place, int64_t i) {
    const char *whole = results->whole_names[list];
    return whole ? name_in(results, list, whole, place, i) : results_name(results, list, 0, i);
}

int64_t results_blocks_of(const results_t *results, row_t sample) {
    int bits = results->n_players[sample] - results->layout->dims.block_bits;
    return bits > 0 ? (int64_t)1 << bits : 1;
}

int64_t results_blocks_per_row(const results_t *results) {
    return (int64_t)1 << (results->layout->dims.players - results->layout->dims.block_bits);
}
