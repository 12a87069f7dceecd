#include "review/compare.h"

#include "base/memory.h"
#include "base/version.h"
#include "config/config.h"
#include "results/lock.h"
#include "results/paths.h"
#include "review/subset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const double LOCK_PATIENCE = 0.5;

/* A file while it is read; both NULL when it could not be opened. */
typedef struct {
    results_t *results;
    results_row_t *reader;
} source_t;

typedef struct {
    const compare_options_t *options;
    source_t *sources; /* [file_count] */
    compare_report_t *report;
} comparing_t;

/* ---- opening ---- */

/* Whether an open file has what is compared. */
static bool has_interactions(const comparing_t *c, int i, problems_t *problems) {
    const results_t *results = c->sources[i].results, *first = c->sources[0].results;
    const char *path = c->options->files[i];
    const int family = c->options->family;
    if (!results_has_tables(results))
        problems_add(problems, "%s: holds statistics only; compare the file with the tables: %s", path,
                     results_tables_of(results));
    else if (family >= results_families(results)->count)
        problems_add(problems, "%s: was made without family %s", path, FAMILIES[family].name);
    else if (first && family < results_families(first)->count &&
             results_families(results)->kinds[family] != results_families(first)->kinds[family])
        problems_add(problems, "%s: its family %s has other kinds than in %s", path, FAMILIES[family].name,
                     c->options->files[0]);
    else
        return true;
    return false;
}

/* Reports every file that cannot be read; *good: there was none. */
static status_t open_files(const comparing_t *c, problems_t *problems, bool *good, failure_t *why) {
    *good = true;
    for (int i = 0; i < c->options->file_count; i++) {
        const char *path = c->options->files[i];
        status_t status = results_open(path, false, &c->sources[i].results, why);
        if (status == STATUS_INTERNAL)
            return status;
        if (status != STATUS_OK)
            problems_add_failure(problems, why);
        *good = status == STATUS_OK && has_interactions(c, i, problems) && *good;
    }
    return STATUS_OK;
}

/* ---- the same samples and players ---- */

/* A file against the first one. */
typedef struct {
    const results_t *first, *other;
    const char *first_path, *other_path;
} match_t;

/* The first row of a sample. */
static row_t row_of(const results_t *results, nth_t k) {
    return k * results_rows_of_sample(results);
}

static int64_t count_samples(const results_t *results) {
    return results_samples(results) / results_rows_of_sample(results);
}

static bool same_rows(const match_t *m, problems_t *problems) {
    const int64_t own = count_samples(m->other), of_first = count_samples(m->first);
    nth_t k = 0;
    while (k < own && k < of_first &&
           results_index(m->other, row_of(m->other, k)) == results_index(m->first, row_of(m->first, k)))
        k++;
    if (k == own && k == of_first)
        return true;
    char *has OWNED = subset_indices(m->other), *wants OWNED = subset_indices(m->first);
    const index_t sample =
        k < of_first ? results_index(m->first, row_of(m->first, k)) : results_index(m->other, row_of(m->other, k));
    problems_add(problems, "%s: has other samples than %s: %s instead of %s, the first that differs is sample %" PRId64,
                 m->other_path, m->first_path, has, wants, sample);
    return false;
}

static const char *name_of(const results_t *results, row_t row, int player) {
    const char *name = results_name(results, NAMES_OF_PLAYERS, row, player);
    return name ? name : "";
}

/* Label, players and the names of these; "" for a file without names. */
static bool same_sample(const match_t *m, nth_t k, problems_t *problems) {
    const row_t other = row_of(m->other, k), first = row_of(m->first, k);
    const int64_t label = results_label(m->other, other), label_wanted = results_label(m->first, first);
    const int players = results_players_of(m->other, other), players_wanted = results_players_of(m->first, first);
    char differs[512] = "";
    if (label != label_wanted)
        snprintf(differs, sizeof differs, " has the label %" PRId64 ", but %" PRId64, label, label_wanted);
    else if (players != players_wanted)
        snprintf(differs, sizeof differs, " has %d players, but %d", players, players_wanted);
    for (int i = 0; i < players && !differs[0]; i++) {
        const char *name = name_of(m->other, other, i), *wanted = name_of(m->first, first, i);
        if (strcmp(name, wanted) != 0)
            snprintf(differs, sizeof differs, ": player %d is called \"%s\", but \"%s\"", i, name, wanted);
    }
    if (differs[0])
        problems_add(problems, "%s: sample %" PRId64 "%s in %s", m->other_path, results_index(m->other, other), differs,
                     m->first_path);
    return !differs[0];
}

/* Adds the first difference. */
static void check_match(const match_t *m, problems_t *problems) {
    if (!same_rows(m, problems))
        return;
    for (nth_t k = 0; k < count_samples(m->first); k++)
        if (!same_sample(m, k, problems))
            return;
    if (strcmp(results_identity(m->other)->samples_sha256, results_identity(m->first)->samples_sha256) != 0)
        problems_add(problems,
                     "%s: its samples have the same row numbers as in %s, but other inputs, players or baselines "
                     "(samples_sha256)",
                     m->other_path, m->first_path);
}

/* ---- the same v ---- */

/* Of the lines "key: was OLD, is NEW" those about what v is, where both have the key: others differ as models do. */
static void warn_of_lines(const char *differences, const match_t *m, int family, problems_t *warnings) {
    static const char *const KEYS_OF_V[] = {"model.score:", "model.score_eps:", "model.target:", "model.target_rule:"};
    for (const char *line = differences; line && *line; line = strchr(line, '\n') + 1) {
        const int length = (int)strcspn(line, "\n");
        const bool both = !memmem(line, (size_t)length, "not used", strlen("not used"));
        for (size_t k = 0; k < sizeof KEYS_OF_V / sizeof *KEYS_OF_V; k++)
            if (both && strncmp(line, KEYS_OF_V[k], strlen(KEYS_OF_V[k])) == 0)
                problems_add(warnings, "%s: v is not the same quantity as in %s: %.*s", m->other_path, m->first_path,
                             length, line);
        if (family > 0 && strncmp(line, FAMILIES[family].name, strlen(FAMILIES[family].name)) == 0)
            problems_add(warnings, "%s: %s interactions are found otherwise than in %s: %.*s", m->other_path,
                         FAMILIES[family].name, m->first_path, length, line);
    }
}

static void warn_of_settings(const match_t *m, int family, problems_t *warnings) {
    config_t *was CLEANUP(config_free) = config_stored(results_config(m->first), NULL);
    config_t *is CLEANUP(config_free) = config_stored(results_config(m->other), NULL);
    text_t differences CLEANUP(text_free) = {0};
    if (was && is)
        config_differences(was, is, &differences);
    warn_of_lines(differences.chars, m, family, warnings);
}

static status_t check_files(const comparing_t *c, problems_t *warnings, problems_t *problems, failure_t *why) {
    for (int i = 1; i < c->options->file_count; i++) {
        match_t match = {c->sources[0].results, c->sources[i].results, c->options->files[0], c->options->files[i]};
        check_match(&match, problems);
        warn_of_settings(&match, c->options->family, warnings);
    }
    if (problems->count > 0)
        return failed(why, STATUS_INPUT, "only files of the same samples and players can be compared");
    return STATUS_OK;
}

/* ---- samples that are done everywhere ---- */

static status_t count_statuses(const comparing_t *c, failure_t *why) {
    c->report->files = memory_need((size_t)c->options->file_count, sizeof *c->report->files, "the compared files");
    for (int i = 0; i < c->options->file_count; i++) {
        results_count_t count;
        TRY(results_count(c->sources[i].results, &count, why));
        c->report->files[i] = (compared_file_t){.path = c->options->files[i],
                                                .identity = *results_identity(c->sources[i].results),
                                                .done = count.done,
                                                .failed = count.failed,
                                                .pending = count.pending};
    }
    return STATUS_OK;
}

/* The row of another file that is about the same sample and output as `row` of the first, and where files have several
 * targets about the same target; *info with any other status than done: no such row is done. */
static status_t find_row(const results_t *first, row_t row, int64_t target, const results_t *other, row_t *found,
                         results_sample_t *info, failure_t *why) {
    const nth_t k = row / results_rows_of_sample(first);
    const char *output = results_output_name(first, results_output(first, row));
    const bool by_name = results_outputs(first) > 1 && results_outputs(other) > 1;
    const bool by_target = results_targets(first) > 1 || results_targets(other) > 1;
    info->status = SAMPLE_PENDING;
    for (*found = row_of(other, k); *found < row_of(other, k + 1); (*found)++) {
        if (by_name && strcmp(output, results_output_name(other, results_output(other, *found))) != 0)
            continue;
        TRY(results_read_sample(other, *found, info, why));
        if (!by_target || info->target == target)
            return STATUS_OK;
        info->status = SAMPLE_PENDING;
    }
    return STATUS_OK;
}

/* Whether row k of the first file is done in all, as rows[file]; and whether with the same target. */
static status_t look_at(const comparing_t *c, row_t k, row_t *rows, results_sample_t *first, bool *done,
                        bool *same_target, failure_t *why) {
    TRY(results_read_sample(c->sources[0].results, k, first, why));
    *done = first->status == SAMPLE_DONE;
    *same_target = true;
    rows[0] = k;
    for (int i = 1; i < c->options->file_count && *done; i++) {
        results_sample_t info;
        TRY(find_row(c->sources[0].results, k, first->target, c->sources[i].results, &rows[i], &info, why));
        *done = info.status == SAMPLE_DONE;
        *same_target = *same_target && *done && info.target == first->target;
    }
    return STATUS_OK;
}

static status_t find_done(const comparing_t *c, failure_t *why) {
    const results_t *first = c->sources[0].results;
    compare_report_t *r = c->report;
    r->samples = results_samples(first);
    const int64_t files = c->options->file_count;
    r->rows = memory_need((size_t)r->samples, (size_t)(files + 5) * sizeof *r->rows, "the compared samples");
    index_t *index = r->rows + files * r->samples;
    int64_t *label = index + r->samples, *n_players = label + r->samples, *output = n_players + r->samples,
            *target = output + r->samples, count = 0;
    for (row_t k = 0; k < r->samples; k++) {
        bool done, same_target;
        results_sample_t info;
        TRY(look_at(c, k, r->rows + count * files, &info, &done, &same_target, why));
        if (!done)
            continue;
        r->other_targets += !same_target;
        output[count] = results_output(first, k);
        target[count] = info.target;
        index[count] = results_index(first, k);
        label[count] = results_label(first, k);
        n_players[count++] = results_players_of(first, k);
    }
    r->comparison = (comparison_t){.file_count = c->options->file_count,
                                   .players = results_players(first),
                                   .family = c->options->family,
                                   .kinds = results_families(first)->kinds[c->options->family],
                                   .files = r->files,
                                   .samples = count,
                                   .index = index,
                                   .label = label,
                                   .n_players = n_players,
                                   .output = output,
                                   .target = target,
                                   .software_version = version_software,
                                   .git_revision = version_git};
    return STATUS_OK;
}

static status_t no_sample(const comparing_t *c, failure_t *why) {
    text_t list CLEANUP(text_free) = {0};
    for (int i = 0; i < c->options->file_count; i++)
        text_add(&list, "%s%s: %" PRId64 " done, %" PRId64 " failed, %" PRId64 " pending", i ? "; " : "",
                 c->report->files[i].path, c->report->files[i].done, c->report->files[i].failed,
                 c->report->files[i].pending);
    return failed(why, STATUS_INPUT, "no sample is done in all files, so there is nothing to compare (%s)", list.chars);
}

/* ---- comparing ---- */

static status_t compare_all(const comparing_t *c, failure_t *why) {
    const int files = c->options->file_count;
    row_source_t *rows OWNED = memory_need((size_t)files, sizeof *rows, "the rows to compare");
    compare_report_t *r = c->report;
    TRY(overlap_create(files, r->comparison.players, r->comparison.kinds, &r->overlap, why));
    r->comparison.overlap = r->overlap;
    for (int i = 0; i < files; i++)
        c->sources[i].reader = results_row_open_family(c->sources[i].results, c->options->family);
    for (int64_t k = 0; k < r->comparison.samples; k++) {
        int file = 0;
        for (int i = 0; i < files; i++)
            rows[i] = results_row_source(c->sources[i].reader, r->rows[k * files + i]);
        if (overlap_add(r->overlap, rows, &file, why) != STATUS_OK)
            return failed_within(why, "%s: /%sinteractions: sample %" PRId64, c->options->files[file],
                                 FAMILIES[c->options->family].prefix, r->comparison.index[k]);
    }
    return STATUS_OK;
}

/* ---- the order of things ---- */

static status_t write_out(const char *out, const comparison_t *comparison, failure_t *why) {
    lock_t *lock CLEANUP(lock_release) = NULL;
    if (!out)
        return STATUS_OK;
    TRY(lock_take(out, "compare", LOCK_PATIENCE, &lock, why));
    TRY(paths_check_new(out, why));
    return comparison_write(out, comparison, why);
}

static status_t compare_with(const comparing_t *c, problems_t *problems, failure_t *why) {
    bool good;
    TRY(open_files(c, problems, &good, why));
    if (!good)
        return failed(why, STATUS_INPUT, "nothing was compared");
    TRY(check_files(c, &c->report->warnings, problems, why));
    if (c->options->out)
        TRY(paths_check_new(c->options->out, why));
    TRY(count_statuses(c, why));
    TRY(find_done(c, why));
    if (c->report->comparison.samples == 0)
        return no_sample(c, why);
    TRY(compare_all(c, why));
    return write_out(c->options->out, &c->report->comparison, why);
}

status_t compare(const compare_options_t *options, compare_report_t *report, problems_t *problems, failure_t *why) {
    const size_t files = (size_t)options->file_count;
    comparing_t c = {options, memory_need(files, sizeof *c.sources, "the compared files"), report};
    *report = (compare_report_t){0};
    status_t status = compare_with(&c, problems, why);
    for (size_t i = 0; i < files; i++) {
        results_row_free(&c.sources[i].reader);
        results_close(&c.sources[i].results);
    }
    free(c.sources);
    return status;
}

void compare_free(compare_report_t *report) {
    problems_free(&report->warnings);
    free(report->files);
    free(report->rows);
    overlap_destroy(&report->overlap);
    *report = (compare_report_t){0};
}
