#include "plan/plan_checks.h"

#include "base/clock.h"
#include "base/memory.h"
#include "model/score.h"
#include "solve/solve.h"

/* ---- looking ---- */

/* v on one mask, from its granule. */
static status_t value_at(model_t *model, const sample_t *sample, mask_t mask, double *v, failure_t *why) {
    mask_t granule = mask_count(model_granule_bits(model, sample->n)), first = mask - mask % granule;
    double *values OWNED = memory_need(granule, sizeof *values, "the values of a granule");
    TRY(model_evaluate(model, sample, (range_t){first, granule}, values, why));
    *v = values[mask - first];
    return STATUS_OK;
}

/* Checks the (first) output on the full mask. */
static status_t look_at_outputs(inputs_t *inputs, const sample_t *sample, plan_findings_t *out, failure_t *why) {
    const double *numbers[OUTPUTS_MAX];
    TRY(model_raw(inputs->model, sample, (range_t){mask_count(sample->n) - 1, 1}, numbers, why));
    const scorer_t scorer = scorer_of(&inputs->options, (size_t)model_info(inputs->model)->width[0], 0);
    if (score_has_target(scorer.score, scorer.outputs) && sample->label >= 0) {
        out->labelled++;
        out->mispredicted += score_predicted(&scorer, numbers[0]) != sample->label;
    }
    return STATUS_OK;
}

static status_t look_at_sample(inputs_t *inputs, int64_t k, plan_findings_t *out, failure_t *why) {
    sample_t sample;
    double full = 0, empty = 0;
    TRY(inputs_prepare(inputs, k, &sample, why));
    TRY(value_at(inputs->model, &sample, 0, &empty, why));
    TRY(value_at(inputs->model, &sample, mask_count(sample.n) - 1, &full, why));
    if (backend_is_network(inputs->options.backend))
        TRY(look_at_outputs(inputs, &sample, out, why));
    out->below_empty += full < empty && model_rows(inputs->model) == model_info(inputs->model)->outputs;
    out->looked++;
    return STATUS_OK;
}

static status_t note_failure(plan_findings_t *out, index_t index, failure_t *why) {
    if (why->status == STATUS_INTERNAL)
        return why->status;
    failed_within(why, "sample %lld", (long long)index);
    if (out->failures++ == 0)
        out->failure = *why;
    return STATUS_OK;
}

status_t plan_check(inputs_t *inputs, double budget, plan_findings_t *out, failure_t *why) {
    int64_t count = samples_count(inputs->samples), most = count < PLAN_SAMPLES_MAX ? count : PLAN_SAMPLES_MAX;
    double began = clock_seconds();
    *out = (plan_findings_t){0};
    for (int64_t i = 0; i < most && (i == 0 || clock_seconds() - began < budget); i++) {
        int64_t k = i * count / most;
        if (look_at_sample(inputs, k, out, why) != STATUS_OK)
            TRY(note_failure(out, samples_index(inputs->samples, k), why));
    }
    return STATUS_OK;
}

/* ---- reporting ---- */

void plan_warnings(const inputs_t *inputs, const plan_findings_t *f, problems_t *warnings) {
    long long looked = (long long)f->looked;
    if (f->failures > 0)
        problems_add(warnings, "%lld of %lld samples fail; the first: %s", (long long)f->failures,
                     looked + (long long)f->failures, f->failure.text);
    if (f->below_empty > 0 && !score_is_of_outputs(inputs->options.score))
        problems_add(warnings,
                     "v(N) < v(empty) in %lld of %lld samples: their players together lower the score; check the "
                     "target and the baseline",
                     (long long)f->below_empty, looked);
    if (inputs->config->statistics.sparse.kinds != SPARSE_NONE && inputs->n_max > SOLVE_PLAYERS_LARGE)
        problems_add(warnings,
                     "sparse interactions of more than %d players: where a sample needs more than %d of them it takes "
                     "minutes, and may miss sparse.gap",
                     SOLVE_PLAYERS_LARGE, SOLVE_COLUMNS_LARGE);
    if (f->mispredicted > 0)
        problems_add(warnings,
                     "the model predicts another class than the label in %lld of %lld samples (%.0f %%); model.target "
                     "says which of them is explained",
                     (long long)f->mispredicted, (long long)f->labelled,
                     100.0 * (double)f->mispredicted / (double)f->labelled);
}
