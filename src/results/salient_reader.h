/* The salient sets of one family of the done rows of a results file, read in windows: 2 MiB at the most, however many
 * sets are salient. */
#ifndef HARSANYI_RESULTS_SALIENT_READER_H
#define HARSANYI_RESULTS_SALIENT_READER_H

#include "results/summarise_rows.h"
#include "stats/salient_sets.h"

typedef struct salient_reader salient_reader_t;

/* rows: [count], which rows of spec->results are done, ascending; NULL: all, numbered as in the file. Borrowed, as is
 * spec. Free with salient_reader_free. */
salient_reader_t *salient_reader_make(const summarise_rows_t *spec, int family, const int64_t *rows, int64_t count);
/* Rows from `end` on may still change and are not read ahead. */
void salient_reader_end(salient_reader_t *reader, row_t end);
void salient_reader_free(salient_reader_t **reader);
salient_sets_t salient_reader_sets(salient_reader_t *reader);

#endif
