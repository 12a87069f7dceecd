/* The lists of names that samples bring along and results files keep. */
#ifndef HARSANYI_BASE_NAMES_H
#define HARSANYI_BASE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    NAMES_OF_PLAYERS,   /* player_names, [n] or [S, n] */
    CLASSES_OF_PLAYERS, /* player_class, likewise: what sort of player each is */
    NAMES_OF_CLASSES,   /* of labels and targets 0, 1, ...: [C] */
    NAME_LISTS,
    /* Only in samples files: [S], a row of one for each. */
    LABELS_IN_WORDS = NAME_LISTS,
    TEXTS
} name_list_t;

typedef struct {
    int64_t count; /* names for each sample; 0: there is no such list. Of players as many as the largest sample has. */
    bool per_sample;
} name_shape_t;

#endif
