/* The results file: made by HDF5, filled by pwrite, read by anyone.
 *
 * HDF5 makes the whole structure once (contiguous datasets, early allocation), under a temporary name; offsets are
 * noted, the file is closed, allocated, synced and renamed. From then on nothing is written through HDF5: bytes go to
 * known offsets. The structure cannot break, whenever the program dies.
 *
 *   file:  | HDF5 structure, attributes, /config | small datasets (NaN-filled) | /values | /interactions |
 *                                                 ^ offsets from H5Dget_offset: pread/pwrite only
 *
 * Opening checks everything (types, shapes, layout, offsets against the file's size) before it uses anything, then
 * closes the HDF5 handle and keeps a plain descriptor. All read and write functions are pread/pwrite: safe from several
 * threads as long as they touch different samples or fields.
 *
 * Order of durability (the caller's duty, see run/writer.c): data and checksums, results_sync, flags, results_sync.
 */
#ifndef HARSANYI_RESULTS_RESULTS_H
#define HARSANYI_RESULTS_RESULTS_H

#include "base/digest.h"
#include "base/failure.h"
#include "base/names.h"
#include "base/numbering.h"
#include "base/problems.h"
#include "lattice/mask.h"
#include "lattice/row.h"
#include "stats/fields.h"
#include "stats/finish.h"
#include "stats/summary.h"

#include <stdbool.h>

enum {
    RESULTS_TEXT = 256,
    RESULTS_ERROR_TEXT = 256,
    RESULTS_WORD = 32,
    RESULTS_RUNS = 64,
    RESULTS_FORMAT_VERSION = 2,
    RESULTS_WARNINGS = 64
};

typedef enum { SAMPLE_PENDING, SAMPLE_DONE, SAMPLE_FAILED } sample_status_t;
/* Where a row's noise_sigma comes from; as stored. */
typedef enum {
    NOISE_WHY_ESTIMATED,
    NOISE_WHY_GIVEN,
    NOISE_WHY_NOT_ASKED,
    NOISE_WHY_JUMPS,       /* rounding of the outputs alone */
    NOISE_WHY_NO_FUNCTION, /* NaN: v depends on its batch, or is random */
    NOISE_WHY_NO_INPUT,    /* NaN, or what a table says */
    NOISE_WHY_NO_MOVED_V   /* rounding of the outputs alone */
} noise_why_t;
typedef enum { PHASE_EVALUATING, PHASE_COMBINING, PHASE_WHOLE } phase_t;

/* The root attributes that identify a sweep. */
typedef struct {
    char software_version[RESULTS_TEXT], git_revision[RESULTS_TEXT];
    char engine[RESULTS_TEXT], engine_version[RESULTS_TEXT], instruction_set[RESULTS_TEXT];
    char model_sha256[DIGEST_HEX], samples_sha256[DIGEST_HEX], settings_sha256[DIGEST_HEX];
    /* What v is, in the words of the config, and whether it is a function of S, in those of plan/v_check.h; "none"
     * where it is no network's. */
    char score[RESULTS_WORD], output_kind[RESULTS_WORD], v_check[RESULTS_WORD];
} results_identity_t;

/* What a new file is to hold. Pointers are borrowed during the call. */
typedef struct {
    int64_t samples;                /* S >= 1 */
    int outputs, targets;           /* of each sample, a row of the file each; 0, 1: one */
    const char *const *output_name; /* [outputs], where there are several */
    const int32_t *output;  /* [S] without tables: which output each is about; NULL: 0. With tables rows go in order */
    int shard, shards;      /* shards > 0: a shard, only samples shard, shard + shards, ... of the S go into it */
    int players;            /* n: the largest of n_players */
    int block_bits;         /* g <= n */
    unsigned indices;       /* INDEX_* */
    families_t families;    /* with tables; count 0: the root family alone */
    int top;                /* F = min(top, 2^n - 1) */
    const int64_t *classes; /* [class_count] ascending: the labels of rho_class */
    int64_t class_count;    /* >= 1 */
    const index_t *index;   /* [S], as the next */
    const int64_t *label;
    const int32_t *n_players; /* [S] */
    name_shape_t names[NAME_LISTS];
    /* Name i of a list that has some; NULL where a sample has no such player. */
    const char *(*name)(void *self, name_list_t list, place_t sample, int64_t i);
    void *name_self;
    const char *config; /* the effective configuration, canonical YAML */
    results_identity_t identity;
    const problems_t *warnings; /* NULL: none; as results_add_warning would keep them */
    bool tables;                /* false: a file of statistics only (analyze): no /values, /interactions, /progress */
    const char *tables_of;      /* with !tables: which file's tables the statistics are of (attribute `tables`) */
} results_spec_t;

typedef struct results results_t;

/* The whole that a shard is a part of: sample k of the file is number shard + k * shards of all. Arrays: [samples],
 * owned by results. */
typedef struct {
    int shard, shards; /* 0 <= shard < shards <= samples */
    int64_t samples;   /* of all shards */
    const index_t *index;
    const int64_t *label;
    const int32_t *n_players;
} results_shard_t;

/* Bytes that a file for this spec needs for /values and /interactions and all the rest; false when it overflows. */
bool results_bytes(const results_spec_t *spec, uint64_t *bytes);

/* Makes the file under the temporary name `path`.tmp and renames it to `path` when it is whole; a leftover temporary
 * file is replaced. The next results_sync brings its contents to the disk, as it must before a flag is set.
 * STATUS_INPUT for what the user can fix (no such folder, read-only, disk full: says how much is needed and free).
 * *warning (size RESULTS_TEXT, may come back empty) reports that space could not be reserved.
 */
status_t results_create(const char *path, const results_spec_t *spec, char *warning, failure_t *why);

/* Opens and checks; STATUS_INPUT naming the dataset and what is wrong with it when the file is not one of ours or is
 * damaged. */
status_t results_open(const char *path, bool writable, results_t **out, failure_t *why);

/* Whether it is a file of ours at all, of any format version; STATUS_INPUT saying what it is instead. */
status_t results_recognise(const char *path, failure_t *why);
void results_close(results_t **results);

/* ---- what is known once it is open (owned by results) ---- */
/* Rows: of a sweep those of sample k are k * rows_of_sample and on, outputs x targets, target fastest. */
int64_t results_samples(const results_t *results);
int results_rows_of_sample(const results_t *results); /* 1 in a file of statistics, whose rows are a choice */
int results_outputs(const results_t *results);
/* Targets of each output of a sample. Where there are several a row's class is its target. */
int results_targets(const results_t *results);
const char *results_output_name(const results_t *results, int output); /* "" where there is one */
/* All of them, as results_spec_t takes them. */
void results_output_names(const results_t *results, const char *names[OUTPUTS_MAX]);
int results_output(const results_t *results, row_t row);
/* What the rows are, for messages: "samples", or "rows" where a sample has several. */
const char *results_word(const results_t *results);
/* The same of `count` of them: "sample" or "row" where it is 1. */
const char *results_word_of(const results_t *results, int64_t count);
/* "sample 3", "sample 3, target 7", "sample 3, output probe1, target 7"; by its index. */
typedef struct {
    char text[RESULTS_TEXT + 96];
} row_name_t;
row_name_t results_row_name(const results_t *results, row_t row, int64_t target);
int results_players(const results_t *results);
int results_block_bits(const results_t *results);
bool results_has_tables(const results_t *results);
const char *results_tables_of(const results_t *results); /* "" when it has its own */
/* Its families: without tables the root family alone. */
const families_t *results_families(const results_t *results);
const fields_t *results_fields(const results_t *results);
const char *results_config(const results_t *results);
const results_identity_t *results_identity(const results_t *results);
/* NULL: the file is not a shard. A shard has no /summary. */
const results_shard_t *results_shard(const results_t *results);
index_t results_index(const results_t *results, row_t sample);
int64_t results_label(const results_t *results, row_t sample);
int results_players_of(const results_t *results, row_t sample);
const int64_t *results_classes(const results_t *results, int64_t *count);
name_shape_t results_names(const results_t *results, name_list_t list);
/* Name i of a list, NULL when the file does not have it; "" for a player that the sample does not have. */
const char *results_name(const results_t *results, name_list_t list, row_t sample, int64_t i);
/* The same in a shard, for sample `place` of all shards. */
const char *results_shard_name(const results_t *results, name_list_t list, place_t place, int64_t i);
/* Blocks of a sample that hold masks: max(1, 2^(n_i - g)); and of the file's rows: 2^(n - g). */
int64_t results_blocks_of(const results_t *results, row_t sample);
int64_t results_blocks_per_row(const results_t *results);

/* ---- tables: v, and the effects of each kind of each family ---- */
typedef enum { TABLE_VALUES, TABLE_INTERACTIONS } table_id_t; /* and on: TABLE_INTERACTIONS + kind, over all families */
/* How many tables a row has. */
int results_tables(const results_t *results);
/* "/values", "/interactions", "/sparse/interactions (and)": for messages. */
typedef struct {
    char text[96];
} table_name_t;
table_name_t results_table_name(const results_t *results, int table);

/* first + count <= 2^n of the file. In a family of one kind reading may go on into the rows that follow. */
status_t results_write_table(results_t *results, int table, row_t sample, mask_t first, mask_t count,
                             const double *data, failure_t *why);
status_t results_read_table(const results_t *results, int table, row_t sample, mask_t first, mask_t count, double *data,
                            failure_t *why);
/* All tables of whole rows sample ... sample + count - 1, count >= 1, with NaN behind a row's own masks. */
status_t results_write_tables(results_t *results, row_t sample, size_t count, const finished_row_t *rows,
                              failure_t *why);
/* How many masks of a row a table has numbers for, from the first on: 2^n of the row, or 0 where the row is too long
 * for further families (stats/finish.h). NaN follow in a finished row. */
mask_t results_masks_of(const results_t *results, int table, row_t sample);
/* NaN over entries first ... 2^n - 1 of all tables of a row, and over what a table has no numbers for. */
status_t results_write_nan_tail(results_t *results, row_t sample, mask_t first, failure_t *why);

/* Rows of one table as a source for statistics; holds a leaf buffer. Free with results_row_free. */
typedef struct results_row results_row_t;
results_row_t *results_row_open(const results_t *results, int table);
/* The effects of all kinds of a family, one kind after the other, as stats/overlap takes them: those of the second
 * begin at 2^n, with 0 for its empty set, and n is one more. */
results_row_t *results_row_open_family(const results_t *results, int family);
row_source_t results_row_source(results_row_t *row, row_t sample); /* n is the sample's */
void results_row_free(results_row_t **row);

/* ---- statistics ---- */
/* Numbers (in the layout of results_fields), bitmaps of salient sets and row_crc of finished rows sample ... sample +
 * count - 1, count >= 1, in as many writes as one row takes. */
status_t results_write_rows(results_t *results, row_t sample, size_t count, const finished_row_t *rows, failure_t *why);
/* The same for one row whose bitmaps are in the file already (results_write_salient). */
status_t results_write_numbers(results_t *results, row_t sample, const double *numbers, failure_t *why);
/* Numbers of one row; *crc_ok (may be NULL) says whether row_crc matches, bitmaps included. */
status_t results_read_row(const results_t *results, row_t sample, double *numbers, bool *crc_ok, failure_t *why);
/* One field of rows, `count` of them: [count, its length]. */
status_t results_read_field(const results_t *results, int field, row_t sample, size_t count, double *data,
                            failure_t *why);

/* Some words of the bitmaps of one kind (over all families) of a row, from the one of mask `first` on. */
status_t results_write_salient(results_t *results, row_t sample, int kind, mask_t first, size_t words,
                               const uint64_t *positive, const uint64_t *negative, failure_t *why);
/* Words first ... first + words - 1 of `count` bitmaps that follow each other, from that of one kind (over all
 * families) on: the further kinds of the family, then those of the next rows. [count, words], zero behind the bytes
 * that the file has. Several ones are read whole; of bitmaps of whole words some may be read as if they were one. */
status_t results_read_salient(const results_t *results, row_t sample, int64_t count, int kind, bool negative,
                              size_t first, size_t words, uint64_t *out, failure_t *why);

/* ---- /summary ---- */
/* Each output has one for each family: arrays [families of the file], FAMILIES_MAX at most. */
/* Those of the sizes of this file, all NaN; free with results_summary_free. */
status_t results_summary_create(const results_t *results, summary_t *out, failure_t *why);
void results_summary_free(const results_t *results, summary_t *summaries);
/* As results_summary_create made them. */
status_t results_write_summary(results_t *results, int output, const summary_t *summaries, failure_t *why);
status_t results_read_summary(const results_t *results, int output, summary_t *summaries, failure_t *why);
/* Whether /summary covers all done samples; not in a shard, which has none. Set last, and cleared before a sample's
 * status changes. */
status_t results_write_summary_valid(results_t *results, bool valid, failure_t *why);
status_t results_read_summary_valid(const results_t *results, bool *valid, failure_t *why);
/* The path of the first dataset in which two sets of an output's differ in a bit; NULL: in none. */
const char *results_summary_difference(const results_t *results, int output, const summary_t *a, const summary_t *b);

/* ---- samples ---- */
typedef struct {
    sample_status_t status;
    outcome_t error_kind;
    char error[RESULTS_ERROR_TEXT]; /* cut at a UTF-8 boundary when longer */
    int64_t target;
    int32_t attempts;
    double seconds, v_empty, v_full, noise_sigma;
    uint64_t input_crc; /* 0: unknown */
    noise_why_t noise_why;
} results_sample_t;

status_t results_read_sample(const results_t *results, row_t sample, results_sample_t *out, failure_t *why);
/* The class of a row with this target: its label if it has one, else its target; with several targets its target. */
int64_t results_class(const results_t *results, row_t row, int64_t target);
/* Only their statuses and targets: [count] each. */
status_t results_read_outcomes(const results_t *results, row_t sample, size_t count, uint8_t *status, int64_t *target,
                               failure_t *why);
/* Everything but status; status is a flag of its own, written last. */
status_t results_write_samples(results_t *results, row_t sample, size_t count, const results_sample_t *in,
                               failure_t *why);
status_t results_write_status(results_t *results, row_t sample, sample_status_t status, failure_t *why);

/* ---- progress; blocks of a sample are first_block ... + count - 1 <= results_blocks_per_row ---- */
/* Checksums of one table's blocks. */
status_t results_write_crcs(results_t *results, int table, row_t sample, int64_t first_block, int64_t count,
                            const uint32_t *crcs, failure_t *why);
/* Those of all blocks of rows sample ... sample + count - 1: [count, blocks per row]. */
status_t results_write_crcs_of_rows(results_t *results, int table, row_t sample, size_t count, const uint32_t *crcs,
                                    failure_t *why);
status_t results_read_crcs(const results_t *results, int table, row_t sample, int64_t first_block, int64_t count,
                           uint32_t *crcs, failure_t *why);
status_t results_write_blocks_done(results_t *results, row_t sample, int64_t first_block, int64_t count, bool done,
                                   failure_t *why);
status_t results_read_blocks_done(const results_t *results, row_t sample, int64_t first_block, int64_t count,
                                  uint8_t *done, failure_t *why);
status_t results_write_phase(results_t *results, row_t sample, phase_t phase, failure_t *why);
status_t results_read_phase(const results_t *results, row_t sample, phase_t *phase, failure_t *why);
/* How many of the first `blocks` blocks of a row are flagged. */
status_t results_count_blocks_done(const results_t *results, row_t sample, int64_t blocks, int64_t *done,
                                   failure_t *why);

/* Flags cleared, and synced where some were on: none may be set for rows that are being overwritten. Then NaN over
 * tables and statistics: what a failed sample looks like before its status is written. */
status_t results_clear_flags(results_t *results, row_t sample, failure_t *why);
status_t results_clear_rows(results_t *results, row_t sample, failure_t *why);

/* fdatasync; also notices that the file was deleted, replaced or truncated by others (STATUS_INPUT). */
status_t results_sync(const results_t *results, failure_t *why);

/* ---- operations on a row, each in the one right order (results_verbs.c) ----
 *
 *   put_done      tables, checksums of their blocks, numbers, bitmaps, what is known of the sample   -> then its flags
 *   put_failed    flags off (synced where some were on), NaN over everything, the reason             -> then its status
 *   flag_done     the flags, once the caller has synced what they stand for; of a failed row that is its status
 *
 * A writer that may be killed syncs between the two halves (run/writer.h commits in groups); files that get their name
 * only at the end (merge, analyze) need no sync.
 */

/* Whole rows sample ... sample + count - 1, count >= 1; rows, infos: [count]. Without tables in the file only the
 * statistics are written. */
status_t results_put_done(results_t *results, row_t sample, size_t count, const finished_row_t *rows,
                          const results_sample_t *infos, failure_t *why);
status_t results_flag_done(results_t *results, row_t sample, size_t count, failure_t *why);

/* info: with the reason and its kind. */
status_t results_put_failed(results_t *results, row_t sample, const results_sample_t *info, failure_t *why);

/* A row that nobody has (merge without a shard): failed for a cause that may pass; what: which cause. */
results_sample_t results_missing(const char *what);
/* A row of which nothing is known yet: no target, NaN. */
results_sample_t results_unknown(void);

/* ---- provenance and heartbeat: fixed records, native little-endian, members as in docs/file-format.md ---- */
typedef struct {
    char started[32]; /* UTC, ISO 8601 */
    char host[64], mpi[96], hdf5[32], compiler[96], slurm_job[32], exit[32];
    char engine[128]; /* engine, its version and the instruction set: a resume may use another than the file's */
    int32_t ranks, slurm_restart;
    uint64_t masks;            /* evaluated for tables in this start, once per mask whatever the baselines */
    uint64_t masks_for_target; /* evaluated to find predicted targets */
    double seconds;
} results_run_t;

/* Fills in what every record of a start holds: time (now), host, compiler and HDF5. */
void results_describe_run(const char *compiler, results_run_t *run);

/* Adds a start and returns its slot: the first start keeps slot 0, later ones take slots 1 ... 63 in turn. */
status_t results_add_run(results_t *results, const results_run_t *run, int *slot, failure_t *why);
/* Counts `starts` starts of which no record is kept (merge: those of shards before their last). */
status_t results_add_starts(results_t *results, uint64_t starts, failure_t *why);
status_t results_update_run(results_t *results, int slot, const results_run_t *run, failure_t *why);
/* Changes how the start in that slot ended. */
status_t results_write_exit(results_t *results, int slot, const char *exit_text, failure_t *why);
/* Those on record, in order of start; runs [RESULTS_RUNS], *starts counts all. */
status_t results_read_runs(const results_t *results, results_run_t *runs, int *count, uint64_t *starts, failure_t *why);

/* Keeps a warning of this sweep once; beyond RESULTS_WARNINGS only their number is kept. */
status_t results_add_warning(results_t *results, const char *text, failure_t *why);
/* Adds the kept ones to a list. */
status_t results_read_warnings(const results_t *results, problems_t *warnings, failure_t *why);
/* Adds those of one file to another's. */
status_t results_copy_warnings(const results_t *from, results_t *to, failure_t *why);

typedef struct {
    double time;                         /* seconds since 1970; NaN: never */
    double start;                        /* of this start */
    uint64_t masks_at_start, masks_now;  /* done in the file */
    uint64_t id;                         /* of this start, at random */
    int32_t ranks, silent, first_silent; /* silent for 60 s; -1: none */
} results_heartbeat_t;
status_t results_write_heartbeat(results_t *results, const results_heartbeat_t *beat, failure_t *why);
status_t results_read_heartbeat(const results_t *results, results_heartbeat_t *beat, failure_t *why);

/* Gives the heartbeat the id of a new start: whoever wrote to the file before finds out with results_check_claim. */
status_t results_claim(results_t *results, uint64_t *id, failure_t *why);
/* STATUS_INPUT when the heartbeat has another id: another sweep took over while this process was suspended. */
status_t results_check_claim(const results_t *results, uint64_t id, failure_t *why);

#endif
