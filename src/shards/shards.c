#include "shards/shards.h"

#include "base/memory.h"
#include "results/paths.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double LOCK_PATIENCE = 0.5;

enum { INDICES_SHOWN = 100 };

/* ---- of one sweep? ---- */

static void differ(text_t *out, const char *what, bool same) {
    if (!same)
        text_add(out, "%s%s", out->length ? "; " : "", what);
}

static void differ_in(text_t *out, const char *what, const char *first, const char *other) {
    if (strcmp(first, other) != 0)
        text_add(out, "%s%s %s, not %s", out->length ? "; " : "", what, other, first);
}

/* "key: was OLD, is NEW; ..." */
static void differ_in_settings(const shards_t *s, const results_t *other, text_t *out) {
    text_t lines CLEANUP(text_free) = {0};
    config_t *config CLEANUP(config_free) = config_stored(results_config(other), NULL);
    if (s->config && config)
        config_differences(s->config, config, &lines);
    text_add(out, "%sother settings", out->length ? "; " : "");
    const char *before = ": ";
    char *rest = NULL;
    for (char *line = lines.chars ? strtok_r(lines.chars, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        text_add(out, "%s%s", before, line);
        before = "; ";
    }
}

static bool same_bytes(const void *a, const void *b, int64_t count, size_t width) {
    return memcmp(a, b, (size_t)count * width) == 0;
}

static bool same_list(const results_t *a, const results_t *b, name_list_t list) {
    const name_shape_t of_a = results_names(a, list), of_b = results_names(b, list);
    const int64_t rows = of_a.per_sample ? results_shard(a)->samples : 1;
    if (of_a.per_sample != of_b.per_sample || of_a.count != of_b.count)
        return false;
    for (place_t place = 0; place < rows; place++)
        for (int64_t i = 0; i < of_a.count; i++)
            if (strcmp(results_shard_name(a, list, place, i), results_shard_name(b, list, place, i)) != 0)
                return false;
    return true;
}

static bool same_names(const results_t *a, const results_t *b) {
    bool same = true;
    for (name_list_t list = 0; list < NAME_LISTS && same; list++)
        same = same_list(a, b, list);
    return same;
}

/* The digests should show it already, but a file may hold anything. */
static void differ_in_samples(const results_t *a, const results_t *b, text_t *out) {
    const results_shard_t *x = results_shard(a), *y = results_shard(b);
    int64_t classes, others;
    const int64_t *class = results_classes(a, &classes), *other = results_classes(b, &others);
    bool same = x->samples == y->samples && same_bytes(x->index, y->index, x->samples, sizeof *x->index) &&
                same_bytes(x->label, y->label, x->samples, sizeof *x->label) &&
                same_bytes(x->n_players, y->n_players, x->samples, sizeof *x->n_players);
    differ(out, "other samples", same);
    differ(out, "other classes", classes == others && same_bytes(class, other, classes, sizeof *class));
    differ(out, "other players", results_players(a) == results_players(b));
    differ(out, "other names", !same || results_players(a) != results_players(b) || same_names(a, b));
    differ(out, "other indices", results_fields(a)->indices == results_fields(b)->indices);
}

static void differ_in_engine(const results_identity_t *first, const results_identity_t *other, text_t *out) {
    size_t before = out->length;
    differ_in(out, "engine", first->engine, other->engine);
    differ_in(out, "engine version", first->engine_version, other->engine_version);
    differ_in(out, "instruction set", first->instruction_set, other->instruction_set);
    if (out->length > before)
        text_add(out, " (bits may differ; --accept-engine merges anyway)");
}

/* Adds the reasons why `other` is not a shard of the first one's sweep. */
static void compare(const shards_t *s, const results_t *other, text_t *out) {
    const results_identity_t *a = results_identity(s->first), *b = results_identity(other);
    if (strcmp(a->settings_sha256, b->settings_sha256) != 0)
        differ_in_settings(s, other, out);
    differ(out, "another model (SHA-256)", strcmp(a->model_sha256, b->model_sha256) == 0);
    differ(out, "other samples (SHA-256)", strcmp(a->samples_sha256, b->samples_sha256) == 0);
    if (results_shard(other)->shards != s->shards)
        text_add(out, "%sone of %d shards, not %d", out->length ? "; " : "", results_shard(other)->shards, s->shards);
    if (out->length == 0)
        differ_in_samples(s->first, other, out);
    if (!s->options.accept_engine)
        differ_in_engine(a, b, out);
}

/* ---- one file ---- */

/* Where nobody can write, no sweep writes. */
static bool can_be_written(const char *path) {
    char *folder OWNED = paths_folder(path);
    return access(folder, W_OK) == 0;
}

static status_t open_shard(const char *path, results_t **out, failure_t *why) {
    TRY(results_open(path, false, out, why));
    if (results_shard(*out))
        return STATUS_OK;
    results_close(out);
    return failed(why, STATUS_INPUT, "%s: is not a shard: it was not made with harsanyi run --shard", path);
}

/* While it is held, no sweep writes the shard. */
static status_t lock_shard(const char *path, lock_t **lock, failure_t *why) {
    *lock = NULL;
    return can_be_written(path) ? lock_take(path, "merge", LOCK_PATIENCE, lock, why) : STATUS_OK;
}

static void take_first(shards_t *s, const char *path, results_t **results, problems_t *problems) {
    const char *text = results_config(*results);
    s->shards = results_shard(*results)->shards;
    s->of = memory_need((size_t)s->shards, sizeof *s->of, "the shards");
    s->first = *results;
    s->first_path = path;
    *results = NULL;
    char *name OWNED = memory_text("%s: /config", path);
    config_parse(text, strlen(text), name, "", NULL, 0, &s->config, problems);
}

static status_t note_runs(shard_file_t *file, const results_t *results, failure_t *why) {
    results_run_t *runs OWNED = memory_need(RESULTS_RUNS, sizeof *runs, "records of starts");
    int count = 0;
    TRY(results_read_runs(results, runs, &count, &file->starts, why));
    if (count > 0)
        file->last = runs[count - 1];
    return STATUS_OK;
}

/* State of the pass over all files. */
typedef struct {
    shards_t *s;
    problems_t *problems;
    problems_t incomplete; /* reported after the list of shards to be run, which must not be cut */
} look_t;

/* ---- what is missing ---- */

/* "harsanyi run CONFIG -o x.h5 --shard 3/8"; base may be NULL. Owned by the caller. */
static char *command_for(int shard, int shards, const char *base) {
    return memory_text("harsanyi run CONFIG%s%s --shard %d/%d", base ? " -o " : "", base ? base : "", shard, shards);
}

static status_t add_pending(const results_t *results, text_t *list, int64_t *pending, failure_t *why) {
    *pending = 0;
    for (int64_t r = 0; r < results_samples(results); r++) {
        results_sample_t info;
        TRY(results_read_sample(results, r, &info, why));
        if (info.status != SAMPLE_PENDING)
            continue;
        if (*pending < INDICES_SHOWN)
            text_add(list, "%s%" PRId64, *pending ? ", " : "", results_index(results, r));
        (*pending)++;
    }
    if (*pending > INDICES_SHOWN)
        text_add(list, ", ... and %" PRId64 " more", *pending - INDICES_SHOWN);
    return STATUS_OK;
}

/* Adds a problem when samples are left; *complete: none are. */
static status_t check_complete(const results_t *results, const char *path, bool *complete, problems_t *problems,
                               failure_t *why) {
    const results_shard_t *shard = results_shard(results);
    text_t list CLEANUP(text_free) = {0};
    int64_t pending = 0;
    TRY(add_pending(results, &list, &pending, why));
    *complete = pending == 0;
    if (pending > 0) {
        char *base OWNED = paths_whole(path, shard->shard, shard->shards);
        char *command OWNED = command_for(shard->shard, shard->shards, base);
        problems_add(
            problems, "%s: shard %d/%d has %" PRId64 " of %" PRId64 " samples left, index %s; to finish it: %s", path,
            shard->shard, shard->shards, pending, results_samples(results), list.chars ? list.chars : "?", command);
    }
    return STATUS_OK;
}

/* Adds the numbers of the shards that are to be run, as Slurm's --array takes them: "0,3-5,8". */
static void add_to_be_run(const shards_t *s, text_t *out) {
    for (int i = 0, last; i < s->shards; i = last + 1) {
        last = i;
        if (s->of[i].complete)
            continue;
        while (last + 1 < s->shards && !s->of[last + 1].complete)
            last++;
        text_add(out, out->length ? ",%d" : "%d", i);
        if (last > i)
            text_add(out, "-%d", last);
    }
}

/* The list of all shards to be run, then each of them with its command. */
static void report_missing(const look_t *look) {
    const shards_t *s = look->s;
    problems_t *problems = look->problems;
    text_t list CLEANUP(text_free) = {0};
    char *base OWNED = paths_whole(s->first_path, results_shard(s->first)->shard, s->shards);
    add_to_be_run(s, &list);
    if (list.length > 0)
        problems_add(problems, "shards to run, out of 0 to %d: %s; --allow-missing merges without them", s->shards - 1,
                     list.chars);
    for (size_t i = 0; i < look->incomplete.count; i++)
        problems_add(problems, "%s", i < PROBLEMS_MAX && look->incomplete.texts[i] ? look->incomplete.texts[i] : "");
    for (int i = 0; i < s->shards; i++) {
        if (s->of[i].path)
            continue;
        char *command OWNED = command_for(i, s->shards, base);
        problems_add(problems, "shard %d/%d: no readable file of it was given; to make one: %s", i, s->shards, command);
    }
}

/* ---- all of them ---- */

static status_t note(look_t *look, const char *path, const results_t *results, bool held, failure_t *why) {
    shards_t *s = look->s;
    const results_shard_t *shard = results_shard(results);
    shard_file_t *file = &s->of[shard->shard];
    if (file->path) {
        bool same = paths_same_file(path, file->path);
        problems_add(look->problems, "%s: is %s %s", path, same ? "the same file as" : "the same shard as", file->path);
        return STATUS_OK;
    }
    file->path = path;
    TRY(note_runs(file, results, why));
    file->complete = true; /* also while a sweep still writes it: that shard must not be run again */
    if (s->options.allow_missing || held)
        return STATUS_OK;
    return check_complete(results, path, &file->complete, &look->incomplete, why);
}

/* Takes over *results when it is the first. held: a sweep has its lock. */
static status_t look_at_open(look_t *look, const char *path, results_t **results, bool held, failure_t *why) {
    shards_t *s = look->s;
    const results_t *at = *results;
    if (!s->first) {
        take_first(s, path, results, look->problems);
        if (!s->config)
            return failed(why, STATUS_INPUT, "%s: its settings cannot be read", path);
    }
    text_t differences CLEANUP(text_free) = {0};
    compare(s, at, &differences);
    if (differences.length == 0)
        return note(look, path, at, held, why);
    problems_add(look->problems, "%s: is not of the same sweep as %s: %s", path, s->first_path, differences.chars);
    return STATUS_OK;
}

static status_t look_at(look_t *look, const char *path, failure_t *why) {
    lock_t *lock CLEANUP(lock_release) = NULL;
    results_t *results CLEANUP(results_close) = NULL;
    status_t status = open_shard(path, &results, why);
    if (status == STATUS_OK) {
        status_t locked = lock_shard(path, &lock, why);
        status = problems_collect(look->problems, locked, why);
        if (status == STATUS_OK)
            status = look_at_open(look, path, &results, locked != STATUS_OK, why);
    }
    return problems_collect(look->problems, status, why);
}

status_t shards_find(const char *const *paths, int count, const shards_options_t *options, shards_t *s,
                     problems_t *problems, failure_t *why) {
    look_t look = {.s = s, .problems = problems};
    status_t status = STATUS_OK;
    *s = (shards_t){.options = *options};
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = look_at(&look, paths[i], why);
    if (status == STATUS_OK && s->config && !options->allow_missing)
        report_missing(&look);
    problems_free(&look.incomplete);
    if (status == STATUS_OK && problems->count > 0)
        status = failed(why, STATUS_INPUT, "%zu problem%s; nothing was merged", problems->count,
                        problems->count == 1 ? "" : "s");
    return status;
}

status_t shards_open(const shards_t *s, int i, lock_t **lock, results_t **out, failure_t *why) {
    const char *path = s->of[i].path;
    text_t differences CLEANUP(text_free) = {0};
    *lock = NULL;
    TRY(open_shard(path, out, why));
    compare(s, *out, &differences);
    bool same = differences.length == 0 && results_shard(*out)->shard == i;
    status_t status = same ? lock_shard(path, lock, why)
                           : failed(why, STATUS_INPUT,
                                    "%s: was replaced while it was being merged; run the same command again", path);
    if (status != STATUS_OK)
        results_close(out);
    return status;
}

void shards_free(shards_t *shards) {
    results_close(&shards->first);
    config_free(&shards->config);
    free(shards->of);
    shards->of = NULL;
}
