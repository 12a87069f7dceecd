/* What the results_*.c files share; nobody else includes this. */
#ifndef HARSANYI_STORE_RESULTS_PRIVATE_H
#define HARSANYI_STORE_RESULTS_PRIVATE_H

#include "store/results.h"
#include "store/results_layout.h"

#include <sys/types.h>

#define RESULTS_FORMAT "harsanyi results"

enum { RESULTS_CHUNK = 1 << 20 }; /* bytes of buffers for long writes */

struct results {
    char *path; /* owned, as are all pointers below */
    int fd;
    bool writable;
    dev_t device;
    ino_t inode;
    uint64_t bytes;                /* size of the file, which never changes */
    layout_t *layout;              /* which datasets there are */
    uint64_t offset[LAYOUT_COUNT]; /* where each starts */
    fields_t fields;
    results_identity_t identity;
    char tables_of[RESULTS_TEXT];
    char *config;
    int64_t *index, *label, *classes; /* [S], [S], [C] */
    int32_t *n_players;               /* [S] */
    char *names;                      /* [n] or [S, n] strings of name_bytes + 1 bytes each; NULL: none */
    results_shard_t shard;            /* shards 0: none; its arrays are these: */
    int64_t *whole_index, *whole_label;
    int32_t *whole_players;
    char *whole_names; /* [W, n] such strings, where names are [S, n] */
};

#endif
