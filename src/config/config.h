/* The configuration: YAML read with libyaml's document API through one table of keys (config/keys.c).
 *
 * All knowledge about keys is in that table: validation, defaults, --help, docs/config.md, the canonical text in
 * results files and the comparison on resume are all made from it.
 */
#ifndef HARSANYI_CONFIG_CONFIG_H
#define HARSANYI_CONFIG_CONFIG_H

#include "base/digest.h"
#include "base/failure.h"
#include "base/problems.h"
#include "base/text.h"
#include "model/options.h"
#include "samples/samples.h"
#include "stats/settings.h"

#include <stdio.h>

enum { BLOCK_BITS_AUTO = -1 };

typedef struct {
    model_options_t model; /* batch is sweep.batch */
    samples_options_t samples;
    struct {
        int batch;
        int block_bits; /* BLOCK_BITS_AUTO or given */
        int max_players;
        int retries;
    } sweep;
    stats_settings_t statistics;
    struct {
        const char *file; /* resolved path */
    } output;
    void *owned; /* the memory behind strings and lists (config/memory.h) */
} config_t;

/* Reads `path`, applies `sets` ("key.path=value", value in YAML; [set_count]) over it, fills defaults and validates.
 * Everything that is wrong is added to problems as "file:line: key: what, and what is allowed" ("--set: key: ..." for
 * sets) and *out stays NULL: STATUS_INPUT, or STATUS_INTERNAL when the file cannot be read into memory. Relative paths
 * in the file are relative to the file's folder; in --set to the working folder. A later set of a key replaces an
 * earlier one. */
status_t config_load(const char *path, const char *const *sets, int set_count, config_t **out, problems_t *problems);

/* The same from a text (the /config dataset of a results file); `name` stands for the file in messages and `folder`
 * resolves relative paths. */
status_t config_parse(const char *text, size_t length, const char *name, const char *folder, const char *const *sets,
                      int set_count, config_t **out, problems_t *problems);

/* The settings that a results file holds; text: its /config. NULL when they are not valid, which problems (may be NULL)
 * say. */
config_t *config_stored(const char *text, problems_t *problems);

void config_free(config_t **config);

/* All keys of the backend with their effective values, as YAML that config_parse reads back; goes into /config. Paths
 * are written as they were used: absolute ones as they are, others relative to the working folder of the run (so a
 * reader passes "" as their folder). */
void config_canonical(const config_t *config, text_t *out);

/* "key=value" lines of the scientific keys only (what defines the numbers; not paths, retries, block_bits, max_players,
 * library, output, and no keys that do not matter for the chosen backend): hashed on resume. Numbers in shortest exact
 * form. samples.select is not among them (the digest of the samples says which they are), nor a game's faults and sleep
 * (they make samples fail or slow, but change no number). */
void config_science(const config_t *config, text_t *out);

/* SHA-256 of it; STATUS_INTERNAL when OpenSSL fails. */
status_t config_science_digest(const config_t *config, char hex[DIGEST_HEX], failure_t *why);

/* Adds a line "key: was OLD, is NEW" for every scientific key that differs ("not used": by that backend). */
void config_differences(const config_t *was, const config_t *is, text_t *out);

/* The table of keys as text, for `harsanyi run --help`. */
void config_print_help(FILE *out);

#endif
