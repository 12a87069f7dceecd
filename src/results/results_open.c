/* Opening a results file: everything is checked through HDF5, then HDF5 closes it and a plain descriptor stays. */
#include "base/file.h"
#include "base/memory.h"
#include "hdf5/h5.h"
#include "results/results_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_MAX = 16 << 20 };

/* ---- what the structure follows from ---- */

/* Type and shape of a dataset that sizes are taken from; check_dataset checks the rest later. */
static status_t form_of(hid_t file, const char *name, const char *path, int rank, h5_form_t *form, failure_t *why) {
    hid_t dataset H5_OWNED = H5I_INVALID_HID;
    TRY(h5_open_dataset(file, name, path, &dataset, why));
    TRY(h5_form(dataset, name, path, form, why));
    if (form->rank != rank)
        return failed(why, STATUS_INPUT, "%s: /%s: has %d axes, %d expected", name, path, form->rank, rank);
    for (int i = 0; i < rank; i++)
        if (form->dims[i] > INT64_MAX / 64)
            return failed(why, STATUS_INPUT, "%s: /%s: has the impossible shape %s", name, path,
                          h5_shape_text(rank, form->dims).text);
    return STATUS_OK;
}

static status_t find_block_bits(hid_t file, const char *name, layout_dims_t *dims, failure_t *why) {
    const char *path = "progress/block_bits";
    hid_t dataset H5_OWNED = H5I_INVALID_HID;
    h5_form_t form;
    TRY(h5_open_dataset(file, name, path, &dataset, why));
    TRY(h5_form(dataset, name, path, &form, why));
    if (form.rank != 0 || form.kind != H5T_INTEGER)
        return failed(why, STATUS_INPUT, "%s: /%s: is not an integer", name, path);
    TRY(h5_read_slab(dataset, name, path, 0, NULL, NULL, H5T_NATIVE_INT, &dims->block_bits, why));
    if (dims->block_bits < 0 || dims->block_bits > dims->players)
        return failed(why, STATUS_INPUT, "%s: /%s: is %d, 0 to %d expected", name, path, dims->block_bits,
                      dims->players);
    return STATUS_OK;
}

static status_t find_names(hid_t file, const char *name, layout_dims_t *dims, failure_t *why) {
    const char *path = "samples/player_names";
    hid_t dataset H5_OWNED = H5I_INVALID_HID;
    h5_form_t form;
    bool exists = false;
    TRY(h5_exists(file, name, path, &exists, why));
    if (!exists)
        return STATUS_OK;
    TRY(h5_open_dataset(file, name, path, &dataset, why));
    TRY(h5_form(dataset, name, path, &form, why));
    if (form.kind != H5T_STRING || form.variable || form.width >= RESULTS_TEXT || form.rank < 1 || form.rank > 2)
        return failed(why, STATUS_INPUT, "%s: /%s: does not hold texts of a fixed length below %d", name, path,
                      RESULTS_TEXT);
    dims->names = form.rank == 1 ? NAMES_SHARED : NAMES_PER_SAMPLE;
    dims->name_bytes = form.width;
    return STATUS_OK;
}

static status_t find_indices(hid_t file, const char *name, layout_dims_t *dims, failure_t *why) {
    for (int id = 0; id < FIELD_COUNT; id++) {
        bool exists = false;
        if (FIELDS[id].needs)
            TRY(h5_exists(file, name, FIELDS[id].path, &exists, why));
        if (exists)
            dims->indices |= FIELDS[id].needs;
    }
    return STATUS_OK;
}

/* The sizes that /summary gives, or in a shard /shard. */
static status_t find_summary(hid_t file, const char *name, layout_dims_t *dims, failure_t *why) {
    h5_form_t form;
    bool shard = false;
    TRY(h5_exists(file, name, "shard/index", &shard, why));
    if (shard) {
        TRY(form_of(file, name, "shard/index", 1, &form, why));
        dims->whole = (int64_t)form.dims[0];
        dims->dictionary = 1;
    } else {
        TRY(form_of(file, name, "summary/interactions/mask", 1, &form, why));
        dims->dictionary = form.dims[0];
    }
    TRY(form_of(file, name, shard ? "shard/classes" : "summary/transferability/classes", 1, &form, why));
    dims->classes = (int64_t)form.dims[0];
    return STATUS_OK;
}

static status_t find_dims(hid_t file, const char *name, layout_dims_t *dims, failure_t *why) {
    h5_form_t form;
    *dims = (layout_dims_t){0};
    TRY(form_of(file, name, "samples/index", 1, &form, why));
    dims->samples = (int64_t)form.dims[0];
    TRY(form_of(file, name, "orders/strength_mean", 2, &form, why));
    if (form.dims[1] < 2 || form.dims[1] > PLAYERS_MAX + 1)
        return failed(why, STATUS_INPUT, "%s: /orders/strength_mean: is for %lld players, 1 to %d expected", name,
                      (long long)form.dims[1] - 1, PLAYERS_MAX);
    dims->players = (int)form.dims[1] - 1;
    TRY(find_summary(file, name, dims, why));
    TRY(form_of(file, name, "config", 0, &form, why));
    if (form.width > CONFIG_MAX)
        return failed(why, STATUS_INPUT, "%s: /config: is larger than %d bytes", name, CONFIG_MAX);
    dims->config_bytes = form.width;
    TRY(h5_exists(file, name, "values", &dims->tables, why));
    if (dims->tables)
        TRY(find_block_bits(file, name, dims, why));
    TRY(find_names(file, name, dims, why));
    return find_indices(file, name, dims, why);
}

/* ---- every dataset against the layout ---- */

static status_t check_shape(const char *name, const dataset_t *expected, hid_t dataset, failure_t *why) {
    h5_form_t form;
    hsize_t dims[LAYOUT_RANK];
    bool same = true;
    TRY(h5_form(dataset, name, expected->path, &form, why));
    for (int i = 0; i < expected->rank; i++) {
        dims[i] = expected->dims[i];
        same = same && form.rank == expected->rank && form.dims[i] == dims[i];
    }
    if (form.rank != expected->rank || !same)
        return failed(why, STATUS_INPUT, "%s: /%s: has the shape %s, %s expected", name, expected->path,
                      h5_shape_text(form.rank, form.dims).text, h5_shape_text(expected->rank, dims).text);
    hid_t type H5_OWNED = H5Dget_type(dataset), wanted H5_OWNED = layout_type(expected);
    if (type < 0 || wanted < 0 || H5Tequal(type, wanted) <= 0)
        return failed(why, STATUS_INPUT, "%s: /%s: has the wrong type for a results file", name, expected->path);
    return STATUS_OK;
}

static status_t check_dataset(hid_t file, const char *name, const dataset_t *expected, uint64_t file_bytes,
                              uint64_t *offset, failure_t *why) {
    hid_t dataset H5_OWNED = H5I_INVALID_HID;
    TRY(h5_open_dataset(file, name, expected->path, &dataset, why));
    TRY(check_shape(name, expected, dataset, why));
    hid_t list H5_OWNED = H5Dget_create_plist(dataset);
    haddr_t address = H5Dget_offset(dataset);
    if (list < 0 || H5Pget_layout(list) != H5D_CONTIGUOUS || address == HADDR_UNDEF)
        return failed(why, STATUS_INPUT, "%s: /%s: is not stored in one piece", name, expected->path);
    if (expected->bytes > file_bytes || address > file_bytes - expected->bytes)
        return failed(why, STATUS_INPUT, "%s: /%s: reaches beyond the end of the file, which was truncated", name,
                      expected->path);
    *offset = address;
    return STATUS_OK;
}

static status_t read_identity(hid_t file, results_t *results, failure_t *why) {
    results_identity_t *identity = &results->identity;
    const struct {
        const char *name;
        char *out;
        size_t capacity;
    } texts[] = {
        {"software_version", identity->software_version, RESULTS_TEXT},
        {"git_revision", identity->git_revision, RESULTS_TEXT},
        {"engine", identity->engine, RESULTS_TEXT},
        {"engine_version", identity->engine_version, RESULTS_TEXT},
        {"instruction_set", identity->instruction_set, RESULTS_TEXT},
        {"model_sha256", identity->model_sha256, DIGEST_HEX},
        {"samples_sha256", identity->samples_sha256, DIGEST_HEX},
        {"settings_sha256", identity->settings_sha256, DIGEST_HEX},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        TRY(h5_read_text(file, results->path, texts[i].name, texts[i].out, texts[i].capacity, why));
    if (!results->layout->dims.tables)
        TRY(h5_read_text(file, results->path, "tables", results->tables_of, RESULTS_TEXT, why));
    return STATUS_OK;
}

static status_t read_shard(hid_t file, results_t *results, failure_t *why) {
    const layout_dims_t *dims = &results->layout->dims;
    results_shard_t *shard = &results->shard;
    if (dims->whole == 0)
        return STATUS_OK;
    TRY(h5_read_int(file, results->path, "shard", &shard->shard, why));
    TRY(h5_read_int(file, results->path, "shards", &shard->shards, why));
    shard->samples = dims->whole;
    shard->names_per_sample = dims->names == NAMES_PER_SAMPLE;
    if (shard->shard < 0 || shard->shard >= shard->shards || shard->shards > dims->whole ||
        (dims->whole - shard->shard - 1) / shard->shards + 1 != dims->samples)
        return failed(why, STATUS_INPUT,
                      "%s: attributes shard, shards: %d of %d shards of %lld samples cannot have %lld", results->path,
                      shard->shard, shard->shards, (long long)dims->whole, (long long)dims->samples);
    return STATUS_OK;
}

static status_t check_format(hid_t file, const char *name, failure_t *why) {
    char format[64] = "";
    status_t status = h5_read_text(file, name, "format", format, sizeof format, why);
    if (status == STATUS_INTERNAL)
        return status;
    if (status != STATUS_OK || strcmp(format, RESULTS_FORMAT) != 0)
        return failed(why, STATUS_INPUT, "%s: is an HDF5 file, but not a results file of harsanyi", name);
    return STATUS_OK;
}

static status_t check_version(hid_t file, const char *name, failure_t *why) {
    int version = 0;
    TRY(h5_read_int(file, name, "format_version", &version, why));
    if (version == 1)
        return failed(why, STATUS_INPUT,
                      "%s: is a results file of format version 1 (harsanyi 0.1). These two lines make one of version 2 "
                      "out of it, without the model:\n"
                      "  harsanyi-samples from-values %s -o new.yaml\n"
                      "  harsanyi run new.yaml\n"
                      "(a shard: finish and merge it with harsanyi 0.1 first)",
                      name, name);
    if (version != RESULTS_FORMAT_VERSION)
        return failed(why, STATUS_INPUT, "%s: has format version %d; this program reads version %d", name, version,
                      RESULTS_FORMAT_VERSION);
    return STATUS_OK;
}

static status_t check_structure(results_t *results, failure_t *why) {
    H5_QUIET;
    hid_t file H5_OWNED = H5I_INVALID_HID;
    layout_dims_t dims;
    TRY(h5_open_file(results->path, &file, why));
    TRY(check_format(file, results->path, why));
    TRY(check_version(file, results->path, why));
    TRY(find_dims(file, results->path, &dims, why));
    if (!layout_make(&dims, results->layout))
        return failed(why, STATUS_INPUT,
                      "%s: no file can hold %lld samples of %d players, %lld classes and %llu frequent masks",
                      results->path, (long long)dims.samples, dims.players, (long long)dims.classes,
                      (unsigned long long)dims.dictionary);
    for (int id = 0; id < LAYOUT_COUNT; id++)
        if (results->layout->datasets[id].present)
            TRY(check_dataset(file, results->path, &results->layout->datasets[id], results->bytes, &results->offset[id],
                              why));
    results->fields = fields_layout_of(layout_families(&dims), dims.players, dims.indices);
    TRY(read_shard(file, results, why));
    return read_identity(file, results, why);
}

/* ---- what is kept in memory ---- */

/* A whole dataset in memory of its own, with a zero byte behind it; NULL when it cannot be read. */
static void *load(const results_t *results, dataset_id_t id, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    char *data = memory_need(1, (size_t)dataset->bytes + 1, dataset->path);
    if (file_read_at(results->fd, results->path, data, (size_t)dataset->bytes, results->offset[id], why) != STATUS_OK) {
        free(data);
        return NULL;
    }
    return data;
}

/* Names get a terminating NUL each, since those that fill their width have none in the file. */
static status_t load_names(const results_t *results, dataset_id_t id, char **names, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[id];
    size_t width = dataset->width;
    if (!dataset->present)
        return STATUS_OK;
    char *packed = load(results, id, why);
    if (!packed)
        return why->status;
    *names = memory_need((size_t)dataset->elements, width + 1, "names of players");
    for (uint64_t i = 0; i < dataset->elements; i++)
        memcpy(*names + i * (width + 1), packed + i * width, width);
    free(packed);
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
    if (!(results->whole_index = load(results, DATASET_WHOLE_INDEX, why)) ||
        !(results->whole_label = load(results, DATASET_WHOLE_LABEL, why)) ||
        !(results->whole_players = load(results, DATASET_WHOLE_PLAYERS, why)))
        return why->status;
    shard->index = results->whole_index;
    shard->label = results->whole_label;
    shard->n_players = results->whole_players;
    TRY(check_players(results, "/shard/n_players", shard->n_players, shard->samples, why));
    for (int64_t r = 0; r < results->layout->dims.samples; r++) {
        int64_t place = shard->shard + r * shard->shards;
        if (results->index[r] != shard->index[place] || results->label[r] != shard->label[place] ||
            results->n_players[r] != shard->n_players[place])
            return failed(why, STATUS_INPUT,
                          "%s: /samples: sample %lld differs from the one in /shard: the file is damaged",
                          results->path, (long long)r);
    }
    return load_names(results, DATASET_WHOLE_NAMES, &results->whole_names, why);
}

static status_t load_contents(results_t *results, failure_t *why) {
    if (!(results->config = load(results, DATASET_CONFIG, why)) ||
        !(results->index = load(results, DATASET_INDEX, why)) ||
        !(results->label = load(results, DATASET_LABEL, why)) ||
        !(results->classes = load(results, DATASET_CLASSES, why)) ||
        !(results->n_players = load(results, DATASET_N_PLAYERS, why)))
        return why->status;
    TRY(check_players(results, "/samples/n_players", results->n_players, results->layout->dims.samples, why));
    TRY(load_names(results, DATASET_PLAYER_NAMES, &results->names, why));
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
    hid_t file H5_OWNED = H5I_INVALID_HID;
    TRY(h5_open_file(path, &file, why));
    return check_format(file, path, why);
}

void results_close(results_t **results) {
    results_t *r = *results;
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    void *const owned[] = {r->path,      r->layout, r->config,      r->index,       r->label,         r->classes,
                           r->n_players, r->names,  r->whole_index, r->whole_label, r->whole_players, r->whole_names};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(r);
    *results = NULL;
}

/* ---- what is known once it is open ---- */

int64_t results_samples(const results_t *results) {
    return results->layout->dims.samples;
}

int results_families(const results_t *results) {
    return layout_families(&results->layout->dims);
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

int64_t results_index(const results_t *results, int64_t sample) {
    return results->index[sample];
}

int64_t results_label(const results_t *results, int64_t sample) {
    return results->label[sample];
}

int results_players_of(const results_t *results, int64_t sample) {
    return results->n_players[sample];
}

const int64_t *results_classes(const results_t *results, int64_t *count) {
    *count = results->layout->dims.classes;
    return results->classes;
}

const char *results_player_name(const results_t *results, int64_t sample, int player) {
    const layout_dims_t *dims = &results->layout->dims;
    if (!results->names)
        return NULL;
    size_t row = dims->names == NAMES_PER_SAMPLE ? (size_t)sample : 0;
    return results->names + (row * (size_t)dims->players + (size_t)player) * (dims->name_bytes + 1);
}

const char *results_shard_name(const results_t *results, int64_t place, int player) {
    const layout_dims_t *dims = &results->layout->dims;
    if (!results->whole_names)
        return results_player_name(results, 0, player);
    return results->whole_names + ((size_t)place * (size_t)dims->players + (size_t)player) * (dims->name_bytes + 1);
}

int64_t results_blocks_of(const results_t *results, int64_t sample) {
    int bits = results->n_players[sample] - results->layout->dims.block_bits;
    return bits > 0 ? (int64_t)1 << bits : 1;
}

int64_t results_blocks_per_row(const results_t *results) {
    return (int64_t)1 << (results->layout->dims.players - results->layout->dims.block_bits);
}
