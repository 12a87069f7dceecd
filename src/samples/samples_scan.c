/* The one pass over the selection before a sweep: checks the data and computes the digest and the checksums. */
#include "samples/samples_private.h"

#include "base/nan.h"

#include <string.h>

enum { REPORTED = 10 }; /* faulty samples that are reported; the rest are only counted */

/* Faults of one kind: the first ones are reported, the rest counted. */
typedef struct {
    const samples_t *samples;
    problems_t *problems;
    int64_t count;
} faults_t;

static void report_fault(faults_t *faults, const char *fault) {
    if (faults->count++ < REPORTED)
        problems_add(faults->problems, "%s: %s", faults->samples->name, fault);
}

static void report_others(const faults_t *faults, const char *path) {
    if (faults->count > REPORTED)
        problems_add(faults->problems, "%s: /%s: %lld more samples have faults", faults->samples->name, path,
                     (long long)(faults->count - REPORTED));
}

/* ---- labels ---- */

static bool label_is_good(int64_t label, bool need, int64_t outputs) {
    if (label == -1 && !need)
        return true; /* unknown */
    if (outputs < 0)
        return label >= 0;
    if (outputs <= 1) /* the logit of class 1, or no class at all: then no label is used */
        return !need || label == 0 || label == 1;
    return label >= 0 && label < outputs;
}

void samples_check_labels(const samples_t *samples, bool need, int64_t outputs, problems_t *problems) {
    faults_t faults = {.samples = samples, .problems = problems};
    char fault[FAULT_TEXT], expected[64] = "0 or more";
    if (samples->unusable)
        return; /* samples_open has reported why */
    if (outputs >= 0)
        snprintf(expected, sizeof expected, "0 to %lld", (long long)(outputs > 1 ? outputs - 1 : 1));
    if (!samples_have_labels(samples)) {
        if (need)
            problems_add(problems, "%s: /label: missing; give it, or choose target: predicted or a number",
                         samples->name);
        return;
    }
    for (int64_t k = 0; k < samples->count; k++)
        if (!label_is_good(samples->label_of[k], need, outputs)) {
            snprintf(fault, sizeof fault, "/label: sample %lld has label %lld; %s expected",
                     (long long)samples_selected_index(samples, k), (long long)samples->label_of[k], expected);
            report_fault(&faults, fault);
        }
    report_others(&faults, "label");
}

/* ---- digest ---- */

static void digest_shape(const samples_t *samples, digest_t *digest) {
    const int64_t head[] = {samples->count, samples->rank, samples->baselines};
    digest_add(digest, head, sizeof head);
    if (!samples->text) /* texts have a length each */
        digest_add(digest, samples->shape, (size_t)samples->rank * sizeof *samples->shape);
    for (size_t i = 0; i < samples->constants; i++) {
        const constant_t *constant = &samples->constant_now[i];
        digest_add(digest, samples->constant[i].path, strlen(samples->constant[i].path) + 1);
        digest_add(digest, constant->shape, (size_t)constant->rank * sizeof *constant->shape);
    }
}

static void digest_sample(const sample_t *sample, digest_t *digest) {
    const int64_t head[] = {sample->index, sample->label, sample->n};
    digest_add(digest, head, sizeof head);
    if (sample->elements == 0)
        return;
    digest_add(digest, sample->x, sample->elements * sizeof *sample->x);
    digest_add(digest, sample->players, sample->elements * sizeof *sample->players);
    digest_add(digest, sample->baseline, (size_t)sample->baselines * sample->elements * sizeof *sample->baseline);
    for (size_t i = 0; i < sample->constants; i++)
        digest_add(digest, sample->constant[i].numbers, sample->constant[i].elements * sizeof(double));
}

/* ---- names ---- */

static status_t scan_names(const samples_t *samples, names_t *names, problems_t *problems, failure_t *why) {
    faults_t faults = {.samples = samples, .problems = problems};
    int64_t rows = names_per_sample(names) ? samples->count : 1;
    for (int64_t k = 0; k < rows; k++) {
        status_t status = names_load(names, samples_row(samples, k), why);
        if (status == STATUS_INPUT && faults.count++ < REPORTED)
            problems_add(problems, "%s", why->text);
        else if (status != STATUS_OK && status != STATUS_INPUT)
            return status;
    }
    report_others(&faults, names_path(names));
    return STATUS_OK;
}

/* There must be one name per player. Samples with their own players, and tables, may have more names: the largest
 * sample need not be selected. */
static void scan_name_count(const samples_t *samples, const names_t *names, problems_t *problems) {
    int64_t count = names_count(names);
    bool exact = !samples->players.per_sample && !samples->synthetic;
    if (count < samples->n_max || (exact && count > samples->n_max))
        problems_add(problems, "%s: /%s: %lld names for %d players", samples->name, names_path(names), (long long)count,
                     samples->n_max);
}

/* ---- all of it ---- */

static void note_map(samples_t *samples, const sample_t *sample, bool first) {
    uint32_t sum = 0;
    if (samples->players.per_sample && sample->elements > 0)
        sum = crc32c(0, sample->players, sample->elements * sizeof *sample->players);
    samples->players_differ = !first && (samples->players_differ || sum != samples->first_map);
    if (first)
        samples->first_map = sum;
}

/* Baselines that all samples share are looked at with the first. */
static void note_missing(samples_t *samples, const sample_t *sample, bool first) {
    samples_missing_t *missing = &samples->missing;
    const size_t numbers = (size_t)sample->baselines * sample->elements;
    missing->samples += nan_among(sample->x, sample->elements);
    if (first || samples->baseline.per_sample)
        missing->baseline = missing->baseline || nan_among(sample->baseline, numbers);
}

static status_t scan_samples(samples_t *samples, digest_t *digest, problems_t *problems, failure_t *why) {
    faults_t faults = {.samples = samples, .problems = problems};
    char fault[FAULT_TEXT];
    for (int64_t k = 0; k < samples->count; k++) {
        sample_t sample;
        bool faulty = false;
        TRY(samples_read(samples, k, &sample, &faulty, fault, why));
        note_map(samples, &sample, k == 0);
        note_missing(samples, &sample, k == 0);
        samples->players_of[k] = sample.n;
        samples->n_max = sample.n > samples->n_max ? sample.n : samples->n_max;
        samples->sums[k] = faulty ? 0 : samples_sum(&sample);
        if (faulty)
            report_fault(&faults, fault);
        else if (digest)
            digest_sample(&sample, digest);
    }
    report_others(&faults, "x");
    samples->sums_are_set = true;
    return STATUS_OK;
}

status_t samples_scan(samples_t *samples, digest_t *digest, problems_t *problems, failure_t *why) {
    if (samples->unusable)
        return STATUS_OK; /* samples_open has reported why */
    H5_QUIET;
    samples->n_max = 0;
    status_t status = samples_prepare(samples, why);
    if (status != STATUS_OK)
        return problems_collect(problems, status, why);
    if (digest)
        digest_shape(samples, digest);
    status = scan_samples(samples, digest, problems, why);
    TRY(problems_collect(problems, status, why));
    for (name_list_t list = 0; list < NAME_LISTS; list++) {
        names_t *names = samples->names[list];
        if (names && list != NAMES_OF_CLASSES && status == STATUS_OK && samples->n_max > 0)
            scan_name_count(samples, names, problems);
        if (names)
            TRY(scan_names(samples, names, problems, why));
    }
    return STATUS_OK;
}
