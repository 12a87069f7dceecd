/* What the results_*.c files share; nobody else includes this. */
#ifndef HARSANYI_RESULTS_RESULTS_PRIVATE_H
#define HARSANYI_RESULTS_RESULTS_PRIVATE_H

#include "results/results.h"
#include "results/results_layout.h"

#include <sys/types.h>

#define RESULTS_FORMAT "harsanyi results"

typedef char results_warning_t[RESULTS_TEXT];

/* A stretch of a dataset that was read at once. */
typedef struct {
    uint64_t first, count; /* bytes of the file */
    char *bytes;           /* owned, as all pointers of results */
} results_ahead_t;

struct results {
    char *path; /* owned, as are all pointers below */
    int fd;
    bool writable;
    dev_t device;
    ino_t inode;
    uint64_t bytes;   /* size of the file, which never changes */
    layout_t *layout; /* which datasets there are */
    uint64_t *offset; /* [layout->count], where each starts */
    fields_t fields;
    results_identity_t identity;
    char tables_of[RESULTS_TEXT];
    char *config;
    index_t *index;              /* [S] */
    int64_t *label, *classes;    /* [S], [C] */
    int32_t *n_players, *output; /* [S] */
    char *output_names;          /* as names; NULL: there is one output */
    char *names[NAME_LISTS];     /* strings of name_bytes + 1 bytes each; NULL: none */
    results_shard_t shard;       /* shards 0: none; its arrays are these: */
    int64_t *whole_index, *whole_label;
    int32_t *whole_players;
    char *whole_names[NAME_LISTS]; /* [W, n] such strings, where names are [S, n] */
    results_ahead_t *ahead;        /* [layout->count] (results_elements.c); NULL in a file that is written */
};

/* The root attributes of results_identity_t (results_create.c). */
typedef struct {
    const char *name;
    size_t at, bytes;
} results_identity_text_t;
enum { RESULTS_IDENTITY_TEXTS = 11 };
extern const results_identity_text_t RESULTS_IDENTITY[RESULTS_IDENTITY_TEXTS];

/* ---- elements of datasets (results_elements.c) ---- */

/* `count` elements from `first` of row `row` of a dataset on ([rows, length]; a dataset of rank 1 has rows of one
 * element, a scalar is one row); they may reach into the next rows. Asking for what is not there is a mistake in this
 * program: STATUS_INTERNAL. */
status_t results_locate(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count,
                        uint64_t *offset, failure_t *why);
status_t results_put(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, const void *data,
                     failure_t *why);
status_t results_get(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, void *data,
                     failure_t *why);
/* The same byte in all elements. */
status_t results_put_bytes(const results_t *results, int id, uint64_t row, uint64_t first, uint64_t count, uint8_t byte,
                           failure_t *why);

/* A text as it is stored: as many whole UTF-8 characters as fit, zero behind them. */
void results_fit_text(char to[RESULTS_TEXT], const char *from);

/* The dataset that holds a table's effects or checksums; *first: which element of each row is the table's first. */
int results_table_dataset(const results_t *results, int table, family_dataset_t what, uint64_t *first);

/* Whole rows `row` ... row + count - 1. */
status_t results_put_rows(const results_t *results, int id, uint64_t row, uint64_t count, const void *data,
                          failure_t *why);
status_t results_get_rows(const results_t *results, int id, uint64_t row, uint64_t count, void *data, failure_t *why);

/* Of records in the file (results_types.c). */
enum { RUN_BYTES = sizeof(results_run_t), HEARTBEAT_BYTES = 52 };

#endif
