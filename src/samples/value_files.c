#include "samples/value_files.h"

#include "samples/matrix.h"
#include "samples/value_notes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 1 << 12, TABLES_MAX = 1 << 30 };

typedef struct {
    char *path;
    int64_t first, tables; /* the samples that it holds */
    int n;
    value_notes_t notes;
} value_file_t;

struct value_files {
    value_file_t *items; /* [count] */
    int64_t count, tables;
    matrix_t *open;    /* the file that is being read; NULL: none */
    int64_t open_file; /* its place in items */
    int64_t next;      /* the table that comes next in it */
    double piece[PIECE];
};

static value_file_t *file_of(const value_files_t *files, int64_t k) {
    int64_t low = 0, high = files->count - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (files->items[middle].first <= k)
            low = middle;
        else
            high = middle - 1;
    }
    return &files->items[low];
}

/* ---- one file ---- */

/* log2 of the numbers of a table; 0: they are none of 2^1 ... 2^VALUE_PLAYERS_MAX. */
static int players_of(uint64_t numbers) {
    for (int n = 1; n <= VALUE_PLAYERS_MAX; n++)
        if (numbers == mask_count(n))
            return n;
    return 0;
}

/* What was to be expected instead of `numbers`. */
static status_t refuse_length(const char *path, uint64_t numbers, failure_t *why) {
    int n = 1;
    while (n < VALUE_PLAYERS_MAX && mask_count(n + 1) <= numbers)
        n++;
    if (numbers < 2 || n == VALUE_PLAYERS_MAX)
        return failed(why, STATUS_INPUT, "%s: a table of %llu numbers; 2^n with n = 1 to %d expected", path,
                      (unsigned long long)numbers, VALUE_PLAYERS_MAX);
    return failed(why, STATUS_INPUT,
                  "%s: a table of %llu numbers, which is no power of two: %llu are expected for %d players, %llu for "
                  "%d, one for each subset, the empty one included",
                  path, (unsigned long long)numbers, (unsigned long long)mask_count(n), n,
                  (unsigned long long)mask_count(n + 1), n + 1);
}

/* Tables and players; a column is one table. */
static status_t measure(const matrix_t *matrix, value_file_t *file, failure_t *why) {
    bool column = matrix_columns(matrix) == 1;
    uint64_t numbers = column ? matrix_rows(matrix) : matrix_columns(matrix);
    uint64_t tables = column ? 1 : matrix_rows(matrix);
    if (tables < 1 || tables > TABLES_MAX)
        return failed(why, STATUS_INPUT, "%s: holds %llu tables; 1 to %d expected", file->path,
                      (unsigned long long)tables, TABLES_MAX);
    file->tables = (int64_t)tables;
    file->n = players_of(numbers);
    return file->n > 0 ? STATUS_OK : refuse_length(file->path, numbers, why);
}

static status_t look_at(value_file_t *file, failure_t *why) {
    matrix_t *matrix = NULL;
    TRY(matrix_open(file->path, "values", &matrix, why));
    status_t status = measure(matrix, file, why);
    if (status == STATUS_OK && matrix_is_hdf5(matrix))
        status = value_notes_read(file->path, file->tables, file->n, &file->notes, why);
    matrix_close(&matrix);
    return status;
}

/* ---- all of them ---- */

static status_t add_file(value_files_t *files, const char *folder, const char *name, failure_t *why) {
    value_file_t *grown = realloc(files->items, (size_t)(files->count + 1) * sizeof *grown);
    char *path = NULL;
    if (grown)
        files->items = grown;
    if (!grown || asprintf(&path, "%s%s%s", folder ? folder : "", folder ? "/" : "", name) < 0)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", name);
    files->items[files->count++] = (value_file_t){.path = path};
    return STATUS_OK;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const value_file_t *)a)->path, ((const value_file_t *)b)->path);
}

static status_t list_folder(value_files_t *files, const char *path, failure_t *why) {
    DIR *folder = opendir(path);
    if (!folder)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    status_t status = STATUS_OK;
    struct dirent *entry = NULL;
    do {
        errno = 0;
        entry = readdir(folder);
        if (!entry && errno != 0)
            status = failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
        else if (entry && entry->d_name[0] != '.')
            status = add_file(files, path, entry->d_name, why);
    } while (entry && status == STATUS_OK);
    closedir(folder);
    TRY(status);
    if (files->count == 0)
        return failed(why, STATUS_INPUT, "%s: an empty folder; tables expected", path);
    qsort(files->items, (size_t)files->count, sizeof *files->items, by_path);
    return STATUS_OK;
}

/* The first table of each file. */
static status_t number_tables(value_files_t *files, const char *path, failure_t *why) {
    for (int64_t i = 0; i < files->count; i++) {
        files->items[i].first = files->tables;
        files->tables += files->items[i].tables;
        if (files->tables > TABLES_MAX)
            return failed(why, STATUS_INPUT, "%s: holds more than %d tables", path, TABLES_MAX);
    }
    return STATUS_OK;
}

/* Notes are for all tables or for none. */
static void check_notes(const value_files_t *files, problems_t *problems) {
    const value_file_t *first = &files->items[0];
    for (int64_t i = 1; i < files->count; i++) {
        const value_file_t *file = &files->items[i];
        if (!file->notes.labels != !first->notes.labels)
            problems_add(problems, "%s: has %s /label, unlike %s: all files or none", file->path,
                         file->notes.labels ? "a" : "no", first->path);
        if (!file->notes.names != !first->notes.names)
            problems_add(problems, "%s: has %s /player_names, unlike %s: all files or none", file->path,
                         file->notes.names ? "" : "no", first->path);
    }
}

static status_t look_at_all(value_files_t *files, bool folder, problems_t *problems, failure_t *why) {
    for (int64_t i = 0; i < files->count; i++) {
        value_file_t *file = &files->items[i];
        status_t status = folder && !matrix_is_named_so(file->path)
                              ? failed(why, STATUS_INPUT,
                                       "%s: only tables (.h5 .hdf5 .npy .csv .txt) may be in the folder", file->path)
                              : look_at(file, why);
        if (status == STATUS_INPUT)
            problems_add(problems, "%s", why->text);
        else
            TRY(status);
    }
    return STATUS_OK;
}

static status_t open_all(value_files_t *files, const char *path, problems_t *problems, failure_t *why) {
    struct stat info;
    bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    size_t before = problems->count;
    status_t status = folder ? list_folder(files, path, why) : add_file(files, NULL, path, why);
    if (status == STATUS_INPUT)
        problems_add(problems, "%s", why->text);
    TRY(status);
    TRY(look_at_all(files, folder, problems, why));
    if (problems->count == before)
        check_notes(files, problems);
    if (problems->count > before)
        return failed(why, STATUS_INPUT, "%s: cannot be read as tables, nothing was made", path);
    return number_tables(files, path, why);
}

status_t value_files_open(const char *path, value_files_t **out, problems_t *problems, failure_t *why) {
    value_files_t *files = calloc(1, sizeof *files);
    *out = NULL;
    if (!files)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", path);
    status_t status = open_all(files, path, problems, why);
    if (status == STATUS_OK)
        *out = files;
    else
        value_files_close(&files);
    return status;
}

void value_files_close(value_files_t **files) {
    if (!*files)
        return;
    matrix_close(&(*files)->open);
    for (int64_t i = 0; i < (*files)->count; i++) {
        value_notes_free(&(*files)->items[i].notes, (*files)->items[i].n);
        free((*files)->items[i].path);
    }
    free((*files)->items);
    free(*files);
    *files = NULL;
}

/* ---- what is known ---- */

int64_t value_files_count(const value_files_t *files) {
    return files->tables;
}

int value_files_players(const value_files_t *files, int64_t k) {
    return file_of(files, k)->n;
}

bool value_files_have_labels(const value_files_t *files) {
    return files->items[0].notes.labels != NULL;
}

int64_t value_files_label(const value_files_t *files, int64_t k) {
    const value_file_t *file = file_of(files, k);
    return file->notes.labels ? file->notes.labels[k - file->first] : -1;
}

const char *value_files_name(const value_files_t *files, int64_t k, int player) {
    const value_file_t *file = file_of(files, k);
    if (!file->notes.names || player >= file->n)
        return NULL;
    return file->notes.names[(file->notes.name_rows > 1 ? k - file->first : 0) * file->n + player];
}

const char *value_files_path(const value_files_t *files, int64_t k) {
    return file_of(files, k)->path;
}

status_t value_files_digest(const value_files_t *files, digest_t *digest, failure_t *why) {
    for (int64_t i = 0; i < files->count; i++)
        TRY(digest_add_file(digest, files->items[i].path, why));
    return STATUS_OK;
}

/* ---- the numbers ---- */

/* Opens the file of table k, unless it is open and not yet past it. */
static status_t open_at(value_files_t *files, int64_t k, failure_t *why) {
    value_file_t *file = file_of(files, k), now = {.path = file->path};
    if (files->open && &files->items[files->open_file] == file && files->next <= k)
        return STATUS_OK;
    matrix_close(&files->open);
    TRY(matrix_open(file->path, "values", &files->open, why));
    TRY(measure(files->open, &now, why));
    if (now.tables != file->tables || now.n != file->n)
        return failed(why, STATUS_INPUT, "%s: was changed while it was read", file->path);
    files->open_file = file - files->items;
    files->next = file->first;
    return STATUS_OK;
}

static status_t next_table(value_files_t *files, int n, const mask_order_t *order, double *table, failure_t *why) {
    for (mask_t first = 0, count; first < mask_count(n); first += count) {
        count = mask_count(n) - first < PIECE ? mask_count(n) - first : PIECE;
        TRY(matrix_next(files->open, count, files->piece, why));
        if (table)
            mask_order_place(order, n, first, count, files->piece, table);
    }
    files->next++;
    return STATUS_OK;
}

status_t value_files_load(value_files_t *files, int64_t k, const mask_order_t *order, double *table, failure_t *why) {
    int n = value_files_players(files, k);
    if (order->kind == MASKS_LISTED && order->n != n)
        return failed(why, STATUS_INTERNAL, "masks of %d players for a table of %d", order->n, n);
    TRY(open_at(files, k, why));
    while (files->next < k)
        TRY(next_table(files, n, order, NULL, why));
    return next_table(files, n, order, table, why);
}

/* ---- masks ---- */

static status_t check_masks_shape(const char *path, const matrix_t *matrix, failure_t *why) {
    uint64_t rows = matrix_rows(matrix), columns = matrix_columns(matrix);
    bool fits = matrix_axes(matrix) == 2 && columns >= 1 && columns <= VALUE_PLAYERS_MAX;
    if (fits && rows == mask_count((int)columns))
        return STATUS_OK;
    if (fits)
        return failed(why, STATUS_INPUT, "%s: %llu rows of %llu players; %llu rows expected, one for each subset", path,
                      (unsigned long long)rows, (unsigned long long)columns,
                      (unsigned long long)mask_count((int)columns));
    return failed(why, STATUS_INPUT, "%s: has the shape [%llu, %llu]; masks [2^n, n] expected, n = 1 to %d", path,
                  (unsigned long long)rows, (unsigned long long)columns, VALUE_PLAYERS_MAX);
}

static status_t read_rows(const char *path, matrix_t *matrix, int n, uint32_t *masks, failure_t *why) {
    double row[VALUE_PLAYERS_MAX];
    for (mask_t j = 0; j < mask_count(n); j++) {
        TRY(matrix_next(matrix, (uint64_t)n, row, why));
        masks[j] = 0;
        for (int i = 0; i < n; i++) {
            if (row[i] != 0 && row[i] != 1)
                return failed(why, STATUS_INPUT, "%s: row %llu, player %d: is %g; 0 (absent) or 1 (present) expected",
                              path, (unsigned long long)j, i, row[i]);
            masks[j] |= (uint32_t)(row[i] == 1) << i;
        }
    }
    return STATUS_OK;
}

static status_t check_whole(const char *path, const uint32_t *masks, int n, failure_t *why) {
    mask_order_fault_t fault;
    uint64_t *seen = calloc(mask_order_words(n), sizeof *seen);
    if (!seen)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", path);
    bool whole = mask_order_is_whole(masks, n, seen, &fault);
    free(seen);
    if (whole)
        return STATUS_OK;
    return failed(why, STATUS_INPUT,
                  "%s: rows %llu and %llu are the same subset (mask 0x%lx), and that of mask 0x%llx is missing; every "
                  "subset must be there once",
                  path, (unsigned long long)fault.first, (unsigned long long)fault.second,
                  (unsigned long)masks[fault.second], (unsigned long long)fault.missing);
}

status_t value_files_read_masks(const char *path, int *players, uint32_t **masks, failure_t *why) {
    matrix_t *matrix = NULL;
    *masks = NULL;
    TRY(matrix_open(path, "masks", &matrix, why));
    status_t status = check_masks_shape(path, matrix, why);
    if (status == STATUS_OK) {
        *players = (int)matrix_columns(matrix);
        *masks = malloc(mask_count(*players) * sizeof **masks);
        status = *masks ? read_rows(path, matrix, *players, *masks, why)
                        : failed(why, STATUS_INTERNAL, "%s: out of memory for the masks", path);
    }
    matrix_close(&matrix);
    if (status == STATUS_OK)
        status = check_whole(path, *masks, *players, why);
    if (status != STATUS_OK) {
        free(*masks);
        *masks = NULL;
    }
    return status;
}
