/* hdf5/sound and what hdf5/h5 builds on it: files as HDF5 makes them are read in all their forms; each kind of damage
 * or malice that HDF5 1.10 would follow (for ever, or past the end of its memory) is refused before it does. More of
 * it: the files found-... of tests/fuzz/corpus. */
#include "h5_scratch.h"

#include "hdf5/h5.h"

#include <time.h>
#include <unistd.h>

typedef struct {
    unsigned char bytes[1 << 16];
    size_t size;
} content_t;

static const double NUMBERS[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static content_t *load(const char *path) {
    static content_t content;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    content.size = fread(content.bytes, 1, sizeof content.bytes, file);
    assert_true(content.size > 0 && content.size < sizeof content.bytes);
    fclose(file);
    return &content;
}

static void save(const char *path, const content_t *content) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content->bytes, 1, content->size, file), content->size);
    fclose(file);
}

static unsigned char *find(content_t *content, const char *signature) {
    unsigned char *at = memmem(content->bytes, content->size, signature, strlen(signature));
    assert_non_null(at);
    return at;
}

static uint64_t get(const unsigned char *at) {
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

static void set(unsigned char *at, uint64_t number) {
    memcpy(at, &number, sizeof number);
}

/* Opens the file and /x (NULL: only the file) and closes both. */
static status_t open_it(const char *path, const char *dataset, failure_t *why) {
    H5_QUIET;
    hid_t file H5_OWNED = H5I_INVALID_HID, x H5_OWNED = H5I_INVALID_HID;
    h5_form_t form;
    TRY(h5_open_file(path, &file, why));
    if (!dataset)
        return STATUS_OK;
    TRY(h5_open_dataset(file, path, dataset, &x, why));
    TRY(h5_form(x, path, dataset, &form, why));
    return form.variable ? h5_check_strings(file, x, path, dataset, why) : STATUS_OK;
}

static void assert_good(const char *path, const char *dataset) {
    failure_t why;
    if (open_it(path, dataset, &why) != STATUS_OK)
        fail_msg("%s", why.text);
}

static void assert_refused(const char *path, const char *dataset, const char *says) {
    failure_t why = {0};
    assert_int_equal(open_it(path, dataset, &why), STATUS_INPUT);
    if (!strstr(why.text, says))
        fail_msg("\"%s\" does not say \"%s\"", why.text, says);
}

static void assert_there(const char *path, const char *dataset) {
    hid_t file H5_OWNED = H5I_INVALID_HID;
    bool exists = false;
    failure_t why;
    assert_int_equal(h5_open_file(path, &file, &why), STATUS_OK);
    assert_int_equal(h5_exists(file, path, dataset, &exists, &why), STATUS_OK);
    assert_true(exists);
}

/* /x, 8 doubles, and whatever `list` says. */
static const char *make(void **state, hid_t access, hid_t create, hid_t list) {
    scratch_t *scratch = *state;
    hid_t file = H5Fcreate(scratch->file, H5F_ACC_TRUNC, create, access);
    assert_true(file >= 0);
    h5t_write(file, "x", H5T_IEEE_F64LE, 1, (hsize_t[]){8}, list, H5T_NATIVE_DOUBLE, NUMBERS);
    H5Fclose(file);
    return scratch->file;
}

static const char *make_plain(void **state) {
    return make(state, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

static const char *make_strings(void **state) {
    scratch_t *scratch = *state;
    const char *names[3] = {"eye", "nose", "mouth"};
    hid_t file = h5t_create(scratch->file), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    h5t_write(file, "names", type, 1, (hsize_t[]){3}, H5P_DEFAULT, type, names);
    H5Tclose(type);
    H5Fclose(file);
    return scratch->file;
}

/* ---- good ones ---- */

static hid_t latest(void) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    return access;
}

static hid_t chunked(hsize_t length) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, &length);
    return list;
}

static void all_that_hdf5_makes_is_read(void **state) {
    hid_t access[] = {H5P_DEFAULT, latest()};
    for (int i = 0; i < 2; i++) {
        hid_t create = H5Pcreate(H5P_FILE_CREATE), plain = chunked(3), packed = chunked(4),
              compact = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_shuffle(packed);
        H5Pset_deflate(packed, 4);
        H5Pset_fletcher32(packed);
        H5Pset_layout(compact, H5D_COMPACT);
        const hid_t lists[] = {H5P_DEFAULT, plain, packed, compact};
        for (int k = 0; k < 4; k++)
            assert_good(make(state, access[i], H5P_DEFAULT, lists[k]), "x");
        H5Pset_userblock(create, 1024); /* as MATLAB writes them */
        assert_good(make(state, access[i], create, H5P_DEFAULT), "x");
        H5Pclose(create);
        H5Pclose(plain);
        H5Pclose(packed);
        H5Pclose(compact);
    }
    H5Pclose(access[1]);
    assert_good(make_strings(state), "names");
}

/* So many links and attributes that they are in heaps and B-trees. */
static void large_groups_are_read(void **state) {
    hid_t access[] = {H5P_DEFAULT, latest()};
    for (int i = 0; i < 2; i++) {
        scratch_t *scratch = *state;
        failure_t why;
        char name[32];
        hid_t file = H5Fcreate(scratch->file, H5F_ACC_TRUNC, H5P_DEFAULT, access[i]);
        for (int k = 0; k < 300; k++) {
            snprintf(name, sizeof name, "dataset-%d", k);
            h5t_write(file, name, H5T_STD_I8LE, 1, (hsize_t[]){8}, H5P_DEFAULT, H5T_NATIVE_DOUBLE, NUMBERS);
            if (k < 40)
                assert_int_equal(h5_write_text(file, name, "text", &why), STATUS_OK);
        }
        H5Fclose(file);
        assert_good(scratch->file, "dataset-0");
        assert_good(scratch->file, "dataset-299");
        hid_t again H5_OWNED = H5I_INVALID_HID;
        assert_int_equal(h5_open_file(scratch->file, &again, &why), STATUS_OK);
        assert_int_equal(h5_check_attributes(again, scratch->file, &why), STATUS_OK);
    }
    H5Pclose(access[1]);
}

/* ---- groups ---- */

static void heaps_of_names(void **state) {
    const char *path = make_plain(state);
    content_t *content = load(path);
    unsigned char *heap = find(content, "HEAP"), *data = content->bytes + get(heap + 24);
    const content_t good = *content;
    uint64_t free_at = get(heap + 16);
    assert_true(free_at > 1 && free_at < get(heap + 8));
    set(data + free_at, free_at); /* the next free piece is this one */
    save(path, content);
    assert_refused(path, NULL, "a heap of names is damaged");
    *content = good;
    set(heap + 24, UINT64_MAX - 100); /* where its names are */
    save(path, content);
    assert_refused(path, NULL, "a heap of names is damaged");
    *content = good;
    memset(data, 'a', get(heap + 8)); /* names without an end */
    set(heap + 16, 1);
    save(path, content);
    assert_refused(path, NULL, "damaged");
}

static void trees_that_lead_to_themselves(void **state) {
    const char *path = make_plain(state);
    content_t *content = load(path);
    unsigned char *tree = find(content, "TREE");
    tree[5] = 1;
    set(tree + 24 + 8, (uint64_t)(tree - content->bytes)); /* the first child */
    save(path, content);
    assert_refused(path, NULL, "a node of a B-tree is damaged");
}

static void symbols_outside(void **state) {
    const char *path = make_plain(state);
    content_t *content = load(path);
    unsigned char *node = find(content, "SNOD");
    const content_t good = *content;
    set(node + 8, 1 << 20); /* the name's place in the heap */
    save(path, content);
    assert_refused(path, NULL, "a link of a group is damaged");
    *content = good;
    node[6] = 200; /* links */
    save(path, content);
    assert_refused(path, NULL, "a node of a group is damaged");
    *content = good;
    set(node + 16, UINT64_MAX - 7); /* the dataset's header */
    save(path, content);
    assert_refused(path, "x", "/x: damaged");
}

static void superblocks(void **state) {
    const char *path = make_plain(state);
    content_t *content = load(path);
    const content_t good = *content;
    const struct {
        size_t at;
        unsigned char byte;
    } cases[] = {{8, 9}, {13, 4}, {16, 0}, {18, 0}, {24, 8}, {48, 0}, {72, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        *content = good;
        content->bytes[cases[i].at] = cases[i].byte;
        save(path, content);
        assert_refused(path, NULL, "superblock");
    }
}

/* Links that are in a heap of their own, which B-trees lead to. */
static const char *make_heap_of_links(void **state) {
    scratch_t *scratch = *state;
    hid_t access = latest();
    char name[32];
    hid_t file = H5Fcreate(scratch->file, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    for (int k = 0; k < 12; k++) {
        snprintf(name, sizeof name, "x%d", k);
        h5t_write(file, name, H5T_STD_I8LE, 1, (hsize_t[]){8}, H5P_DEFAULT, H5T_NATIVE_DOUBLE, NUMBERS);
    }
    H5Fclose(file);
    H5Pclose(access);
    return scratch->file;
}

static void heaps_of_links(void **state) {
    static const char HEAP[] = "a heap of links is damaged", SIZES[] = "a heap of links has impossible sizes",
                      TREE[] = "a B-tree of links is damaged", NODE[] = "a node of a B-tree of links is damaged",
                      ELSEWHERE[] = "a link or an attribute is not where those are",
                      LARGE[] = "is a group of very many links, which is not read here",
                      PACKED[] = "has links or attributes that are compressed or very long";
    static const struct {
        const char *signature;
        size_t at;
        unsigned char byte;
        const char *says;
    } CASES[] = {{"FRHP", 4, 1, SIZES},
                 {"FRHP", 5, 9, SIZES},
                 {"FRHP", 110, 3, SIZES},
                 {"FRHP", 112, 3, SIZES},
                 {"FRHP", 128, 60, SIZES},
                 {"FRHP", 7, 1, PACKED},
                 {"FRHP", 86, 1, PACKED},
                 {"FHDB", 4, 1, HEAP},
                 {"FHDB", 5, 1, HEAP},
                 {"FHDB", 13, 1, HEAP},
                 {"FRHP", 140, 1, HEAP},
                 {"BTHD", 4, 1, TREE},
                 {"BTHD", 5, 9, TREE},
                 {"BTHD", 10, 12, TREE},
                 {"BTHD", 8, 255, TREE},
                 {"BTHD", 12, 2, LARGE},
                 {"BTHD", 24, 255, NODE},
                 {"BTHD", 12, 1, NODE},
                 {"BTLF", 4, 1, NODE},
                 {"BTLF", 5, 6, NODE},
                 {"BTLF", 6 + 4, 0x20, ELSEWHERE},
                 {"BTLF", 6 + 6, 255, ELSEWHERE},
                 {"BTLF", 6 + 10, 255, ELSEWHERE}};
    const char *path = make_heap_of_links(state);
    content_t *content = load(path);
    const content_t good = *content;
    assert_good(path, "x11");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        *content = good;
        find(content, CASES[i].signature)[CASES[i].at] = CASES[i].byte;
        save(path, content);
        assert_refused(path, NULL, CASES[i].says);
    }
    /* Without a block or a root there are no links, whatever the counts say. */
    *content = good;
    set(find(content, "BTHD") + 16, UINT64_MAX);
    save(path, content);
    assert_refused(path, NULL, TREE);
    *content = good;
    set(find(content, "FRHP") + 132, UINT64_MAX);
    save(path, content);
    assert_refused(path, NULL, ELSEWHERE);
}

/* ---- strings ---- */

static void heaps_of_strings(void **state) {
    const char *path = make_strings(state);
    content_t *content = load(path);
    unsigned char *heap = find(content, "GCOL"), *object = heap + 16;
    const content_t good = *content;
    while (object[0])
        object += 16 + ((get(object + 8) + 7) & ~7u);
    set(object + 8, 0); /* the free space: HDF5 never gets past it */
    save(path, content);
    assert_refused(path, "names", "/names: damaged (a heap of strings is damaged)");
    *content = good;
    set(heap + 16 + 8, 1 << 20); /* the size of the first string */
    save(path, content);
    assert_refused(path, "names", "a heap of strings is damaged");
    *content = good;
    set(heap + 16 + 8, get(heap + 16 + 8) - 1); /* not what its reference says */
    save(path, content);
    assert_refused(path, "names", "a string is not in its heap");
    *content = good;
    set(heap + 8, UINT64_MAX - 15); /* the size of it all */
    save(path, content);
    assert_refused(path, "names", "a heap of strings is damaged");
}

/* Written column by column, the names of a row lie in heaps far from each other. */
static void strings_in_any_order(void **state) {
    enum { ROWS = 1000, COLUMNS = 4 };
    scratch_t *scratch = *state;
    char texts[ROWS][8];
    const char *names[ROWS];
    for (int i = 0; i < ROWS; i++) {
        snprintf(texts[i], sizeof texts[i], "p%d", i);
        names[i] = texts[i];
    }
    hid_t file = h5t_create(scratch->file), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    h5t_write(file, "names", type, 2, (hsize_t[]){ROWS, COLUMNS}, H5P_DEFAULT, type, NULL);
    hid_t names_there = H5Dopen2(file, "names", H5P_DEFAULT), there = H5Dget_space(names_there),
          here = H5Screate_simple(1, (hsize_t[]){ROWS}, NULL);
    for (hsize_t column = 0; column < COLUMNS; column++) {
        H5Sselect_hyperslab(there, H5S_SELECT_SET, (hsize_t[]){0, column}, NULL, (hsize_t[]){ROWS, 1}, NULL);
        assert_true(H5Dwrite(names_there, type, here, there, H5P_DEFAULT, names) >= 0);
    }
    H5Sclose(there);
    H5Sclose(here);
    H5Dclose(names_there);
    H5Tclose(type);
    H5Fclose(file);
    assert_good(scratch->file, "names");
}

/* Many references to the last of many objects: looking for each from the heap's start would take their product. */
static void a_heap_is_walked_once(void **state) {
    enum { STRINGS = 60000, OBJECTS = 60000, SIZE = 16 + 16 * OBJECTS + 24 };
    scratch_t *scratch = *state;
    const char **names = malloc(STRINGS * sizeof *names);
    unsigned char *heap = calloc(1, SIZE), (*references)[16] = calloc(STRINGS, sizeof *references);
    assert_true(names && heap && references);
    for (int i = 0; i < STRINGS; i++)
        names[i] = "a";
    hid_t file = h5t_create(scratch->file), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    h5t_write(file, "names", type, 1, (hsize_t[]){STRINGS}, H5P_DEFAULT, type, names);
    hid_t dataset = H5Dopen2(file, "names", H5P_DEFAULT);
    haddr_t offset = H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Tclose(type);
    H5Fclose(file);
    FILE *raw = fopen(scratch->file, "r+b");
    assert_non_null(raw);
    fseek(raw, 0, SEEK_END);
    uint64_t address = ((uint64_t)ftell(raw) + 7) & ~(uint64_t)7, end = address + SIZE;
    memcpy(heap, "GCOL\1", 5);
    set(heap + 8, SIZE);
    for (int i = 0; i < OBJECTS; i++)
        heap[16 + 16 * i] = 2; /* objects without bytes, all of one number */
    heap[16 + 16 * OBJECTS] = 1;
    set(heap + 16 + 16 * OBJECTS + 8, 1);
    for (int i = 0; i < STRINGS; i++) {
        references[i][0] = references[i][12] = 1; /* length and object */
        set(references[i] + 4, address);
    }
    fseek(raw, (long)address, SEEK_SET);
    assert_int_equal(fwrite(heap, SIZE, 1, raw), 1);
    fseek(raw, (long)offset, SEEK_SET);
    assert_int_equal(fwrite(references, 16, STRINGS, raw), STRINGS);
    fseek(raw, 40, SEEK_SET); /* the superblock's end of the file */
    assert_int_equal(fwrite(&end, sizeof end, 1, raw), 1);
    fclose(raw);
    clock_t began = clock();
    assert_good(scratch->file, "names");
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 1);
    free(names);
    free(heap);
    free(references);
}

static void strings_in_chunks_are_refused(void **state) {
    scratch_t *scratch = *state;
    const char *names[3] = {"eye", "nose", "mouth"};
    hid_t file = h5t_create(scratch->file), type = H5Tcopy(H5T_C_S1), list = chunked(3);
    H5Tset_size(type, H5T_VARIABLE);
    h5t_write(file, "names", type, 1, (hsize_t[]){3}, list, type, names);
    H5Tclose(type);
    H5Pclose(list);
    H5Fclose(file);
    assert_refused(scratch->file, "names", "store them in one piece, or with a fixed length");
}

/* ---- chunks and filters ---- */

static void filters_that_are_not_read(void **state) {
    hid_t list = chunked(8);
    H5Pset_nbit(list);
    assert_refused(make(state, H5P_DEFAULT, H5P_DEFAULT, list), "x", "/x: is compressed with filter 5, which is not");
    H5Pclose(list);
    list = chunked(8);
    H5Pset_fletcher32(list);
    H5Pset_deflate(list, 1);
    assert_refused(make(state, H5P_DEFAULT, H5P_DEFAULT, list), "x", "/x: has filters in an order that is not read");
    H5Pclose(list);
}

static void chunks_that_were_not_written(void **state) {
    scratch_t *scratch = *state;
    hid_t file = h5t_create(scratch->file), list = chunked(4);
    h5t_write(file, "x", H5T_IEEE_F64LE, 1, (hsize_t[]){8}, list, H5T_NATIVE_DOUBLE, NULL);
    hid_t x = H5Dopen2(file, "x", H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(x, H5P_DEFAULT, 0, (hsize_t[]){4}, 32, NUMBERS) >= 0);
    H5Dclose(x);
    H5Pclose(list);
    H5Fclose(file);
    assert_refused(scratch->file, "x", "/x: 1 of its 2 chunks were written; write all of it");
}

/* A chunk that holds less than it should: HDF5 would read on behind it. */
static void chunks_that_are_too_small(void **state) {
    scratch_t *scratch = *state;
    unsigned char packed[256];
    hsize_t bytes = 0;
    uint32_t mask = 0;
    hid_t small = chunked(2), large = chunked(8);
    H5Pset_deflate(small, 4);
    H5Pset_deflate(large, 4);
    for (uint32_t skip = 0; skip < 2; skip++) {
        hid_t file = h5t_create(scratch->file);
        h5t_write(file, "small", H5T_IEEE_F64LE, 1, (hsize_t[]){2}, small, H5T_NATIVE_DOUBLE, NUMBERS);
        h5t_write(file, "x", H5T_IEEE_F64LE, 1, (hsize_t[]){8}, large, H5T_NATIVE_DOUBLE, NULL);
        hid_t from = H5Dopen2(file, "small", H5P_DEFAULT), to = H5Dopen2(file, "x", H5P_DEFAULT);
        assert_true(H5Dget_chunk_storage_size(from, (hsize_t[]){0}, &bytes) >= 0 && bytes < sizeof packed);
        assert_true(H5Dread_chunk(from, H5P_DEFAULT, (hsize_t[]){0}, &mask, packed) >= 0);
        assert_true(H5Dwrite_chunk(to, H5P_DEFAULT, skip, (hsize_t[]){0}, (size_t)bytes, packed) >= 0);
        H5Dclose(from);
        H5Dclose(to);
        H5Fclose(file);
        assert_good(scratch->file, "small");
        assert_there(scratch->file, "x"); /* which takes no reading of it */
        assert_refused(scratch->file, "x",
                       skip ? "/x: has chunks that were written without all of its filters"
                            : "/x: damaged (a chunk is damaged, or does not inflate to its size)");
    }
    H5Pclose(small);
    H5Pclose(large);
}

/* ---- headers ---- */

static void headers_in_circles(void **state) {
    const char *path = make_plain(state);
    content_t *content = load(path);
    uint64_t header = get(find(content, "SNOD") + 16), length = 24;
    unsigned char *at = content->bytes + header;
    /* The first message becomes a continuation that leads to the header's own messages. */
    assert_int_equal(at[0], 1);
    assert_true(at[16 + 2] >= 16);
    at[16] = 0x10;
    set(at + 24, header + 16);
    set(at + 32, length);
    save(path, content);
    assert_refused(path, "x", "/x: damaged (a header's pieces lie on top of each other)");
}

/* The message of a type in a header of the old form. */
static unsigned char *message(content_t *content, uint64_t header, unsigned type) {
    unsigned char *at = content->bytes + header + 16;
    while (at < content->bytes + content->size && at[0] != type)
        at += 8 + at[2] + 256 * at[3];
    assert_true(at < content->bytes + content->size);
    return at + 8;
}

static void layouts_of_other_versions(void **state) {
    static const char *const SAYS[] = {[2] = "/x: has a layout of HDF5 1.4 or older; h5repack makes one that is read",
                                       [5] = "/x: has a layout of a newer HDF5, which is not read here; write it"};
    const char *path = make_plain(state);
    content_t *content = load(path);
    unsigned char *layout = message(content, get(find(content, "SNOD") + 16), 8);
    assert_int_equal(layout[0], 3);
    for (unsigned char version = 2; version <= 5; version += 3) {
        layout[0] = version;
        save(path, content);
        assert_refused(path, "x", SAYS[version]);
    }
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(all_that_hdf5_makes_is_read),
        WITH_SCRATCH(large_groups_are_read),
        WITH_SCRATCH(heaps_of_names),
        WITH_SCRATCH(trees_that_lead_to_themselves),
        WITH_SCRATCH(symbols_outside),
        WITH_SCRATCH(superblocks),
        WITH_SCRATCH(heaps_of_links),
        WITH_SCRATCH(heaps_of_strings),
        WITH_SCRATCH(strings_in_any_order),
        WITH_SCRATCH(a_heap_is_walked_once),
        WITH_SCRATCH(strings_in_chunks_are_refused),
        WITH_SCRATCH(filters_that_are_not_read),
        WITH_SCRATCH(chunks_that_were_not_written),
        WITH_SCRATCH(chunks_that_are_too_small),
        WITH_SCRATCH(headers_in_circles),
        WITH_SCRATCH(layouts_of_other_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
