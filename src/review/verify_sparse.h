/* The part of verify that is about a solved family: that its interactions rebuild v within the band, that what is said
 * of them is so, and that the dual proves the bound. Everything is found again with plain butterflies, not with those
 * of the solver; nothing is solved again. */
#ifndef HARSANYI_REVIEW_VERIFY_SPARSE_H
#define HARSANYI_REVIEW_VERIFY_SPARSE_H

#include "review/verify_at.h"
#include "stats/finish.h"

/* The row in memory, with all its tables and with its numbers as they are stored. asked: the settings of the file. */
void verify_sparse(const verify_at_t *at, const finished_row_t *row, const sparse_settings_t *asked);

#endif
