/* include/harsanyi.h on top of lattice/, stats/, solve/ and model/: arguments are checked here, all else is done there.
 */
#include "harsanyi.h"

#include "base/failure.h"
#include "base/version.h"
#include "engines/model_open.h"
#include "lattice/indices.h"
#include "lattice/moebius.h"
#include "model/noise.h"
#include "model/score.h"
#include "solve/solve.h"
#include "stats/finish.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)HARSANYI_PLAYERS_MAX == (int)PLAYERS_MAX &&
                   (int)HARSANYI_SPARSE_PLAYERS_MAX == (int)SOLVE_PLAYERS_MOST &&
                   (int)HARSANYI_INPUT == (int)STATUS_INPUT && (int)HARSANYI_INTERNAL == (int)STATUS_INTERNAL &&
                   (int)HARSANYI_SAMPLE == (int)STATUS_CERTAIN && (int)HARSANYI_TRANSIENT == (int)STATUS_TRANSIENT,
               "the header says the same numbers");
_Static_assert(sizeof((harsanyi_error *)0)->text == FAILURE_TEXT, "every sentence fits");

const char *harsanyi_version(void) {
    return version_software;
}

/* What a public function returns. */
static int report(status_t status, const failure_t *why, harsanyi_error *error) {
    if (status == STATUS_OK || !error)
        return (int)status;
    *error = (harsanyi_error){.status = (int)status, .mask = status == STATUS_CERTAIN ? why->mask : 0};
    snprintf(error->text, sizeof error->text, "%s", why->text);
    return (int)status;
}

static status_t check_players(int n, failure_t *why) {
    if (n >= 1 && n <= PLAYERS_MAX)
        return STATUS_OK;
    return failed(why, STATUS_INPUT, "%d players; allowed are 1 to %d", n, PLAYERS_MAX);
}

/* ---- transforms ---- */

int harsanyi_moebius(double *table, int n, harsanyi_error *error) {
    failure_t why;
    status_t status = check_players(n, &why);
    if (status == STATUS_OK)
        moebius_transform(table, n);
    return report(status, &why, error);
}

int harsanyi_zeta(double *table, int n, harsanyi_error *error) {
    failure_t why;
    status_t status = check_players(n, &why);
    if (status == STATUS_OK)
        zeta_transform(table, n);
    return report(status, &why, error);
}

/* ---- indices ---- */

/* What is wanted of `out`; the first three are always made. */
static int find_indices(const double *interactions, int n, indices_out_t out, harsanyi_error *error) {
    double shapley[PLAYERS_MAX], banzhaf[PLAYERS_MAX], sii2[PLAYERS_MAX * PLAYERS_MAX];
    failure_t why;
    status_t status = check_players(n, &why);
    if (status != STATUS_OK)
        return report(status, &why, error);
    out.pitch = (size_t)n;
    out.shapley = out.shapley ? out.shapley : shapley;
    out.banzhaf = out.banzhaf ? out.banzhaf : banzhaf;
    out.sii2 = out.sii2 ? out.sii2 : sii2;
    return report(indices_compute(row_in_memory(interactions, n), &out, &why), &why, error);
}

int harsanyi_shapley(const double *interactions, int n, double *out, harsanyi_error *error) {
    return find_indices(interactions, n, (indices_out_t){.shapley = out}, error);
}

int harsanyi_banzhaf(const double *interactions, int n, double *out, harsanyi_error *error) {
    return find_indices(interactions, n, (indices_out_t){.banzhaf = out}, error);
}

int harsanyi_sii2(const double *interactions, int n, double *out, harsanyi_error *error) {
    return find_indices(interactions, n, (indices_out_t){.sii2 = out}, error);
}

int harsanyi_stii2(const double *interactions, int n, double *out, harsanyi_error *error) {
    return find_indices(interactions, n, (indices_out_t){.stii2 = out}, error);
}

int harsanyi_bii2(const double *interactions, int n, double *out, harsanyi_error *error) {
    return find_indices(interactions, n, (indices_out_t){.bii2 = out}, error);
}

int harsanyi_multi_order(const double *interactions, int n, double *out, harsanyi_error *error) {
    failure_t why;
    if (n == 1)
        return report(failed(&why, STATUS_INPUT, "multi-order interactions are of pairs: 2 players at least"), &why,
                      error);
    return find_indices(interactions, n, (indices_out_t){.multi_order = out}, error);
}

static status_t sum_supersets(const double *interactions, int n, mask_t set, double *sums, failure_t *why) {
    TRY(check_players(n, why));
    if (set == 0 || set >= mask_count(n))
        return failed(why, STATUS_INPUT, "set 0x%llx: allowed are 1 to 0x%llx", (unsigned long long)set,
                      (unsigned long long)mask_count(n) - 1);
    return supersets_sum(row_in_memory(interactions, n), set, sums, why);
}

/* Any of the indices of a set whose weight has no other parameter. */
static int find_index(double (*index)(const double *sums, int n, int t), const double *interactions, int n, mask_t set,
                      double *out, harsanyi_error *error) {
    double sums[PLAYERS_MAX + 1];
    failure_t why;
    status_t status = sum_supersets(interactions, n, set, sums, &why);
    if (status == STATUS_OK)
        *out = index(sums, n, mask_order(set));
    return report(status, &why, error);
}

int harsanyi_set_sii(const double *interactions, int n, uint64_t set, double *out, harsanyi_error *error) {
    return find_index(supersets_sii, interactions, n, set, out, error);
}

int harsanyi_set_stii(const double *interactions, int n, uint64_t set, double *out, harsanyi_error *error) {
    return find_index(supersets_stii, interactions, n, set, out, error);
}

int harsanyi_set_bii(const double *interactions, int n, uint64_t set, double *out, harsanyi_error *error) {
    return find_index(supersets_bii, interactions, n, set, out, error);
}

int harsanyi_set_multi_order(const double *interactions, int n, uint64_t set, int m, double *out,
                             harsanyi_error *error) {
    double sums[PLAYERS_MAX + 1];
    failure_t why;
    int t = mask_order(set);
    status_t status = sum_supersets(interactions, n, set, sums, &why);
    if (status == STATUS_OK && (m < 0 || m > n - t))
        status = failed(&why, STATUS_INPUT, "m = %d: allowed are 0 to %d for %d of %d players", m, n - t, t, n);
    if (status == STATUS_OK)
        *out = supersets_multi_order(sums, n, t, m);
    return report(status, &why, error);
}

/* ---- statistics ---- */

struct harsanyi_statistics {
    fields_t fields;
    finish_t *finish;
    double *row; /* [fields.doubles] */
    bool computed;
};

harsanyi_settings harsanyi_default_settings(void) {
    return (harsanyi_settings){.salience = 0.05, .min_output = NAN, .assumed_order_limit = -1};
}

int harsanyi_describe_field(int number, harsanyi_field *out) {
    static const char *const AXES[] = {
        [SHAPE_SCALAR] = "1",      [SHAPE_PLAYERS] = "n",   [SHAPE_PAIRS] = "n,n",
        [SHAPE_MULTI] = "n-1,n,n", [SHAPE_ORDERS] = "n+1",  [SHAPE_ORDERS_SQUARED] = "n+1,n+1",
        [SHAPE_RANKS] = "ranks",   [SHAPE_STEPS] = "steps",
    };
    if (number < 0 || number >= FIELDS_OF_ROOT)
        return 0;
    const field_t *field = &FIELDS[number];
    *out = (harsanyi_field){field->path, AXES[field->shape], field->units, field->description};
    return 1;
}

static status_t check_settings(int n, const harsanyi_settings *settings, failure_t *why) {
    TRY(check_players(n, why));
    if (!(settings->salience > 0 && settings->salience <= 1))
        return failed(why, STATUS_INPUT, "salience %g: allowed are numbers > 0 and <= 1", settings->salience);
    if (settings->assumed_order_limit < -1 || settings->assumed_order_limit == 0)
        return failed(why, STATUS_INPUT, "assumed_order_limit %d: allowed are -1 and numbers above 0",
                      settings->assumed_order_limit);
    return STATUS_OK;
}

static status_t new_statistics(int n, const harsanyi_settings *chosen, harsanyi_statistics *statistics,
                               failure_t *why) {
    const stats_settings_t settings = {.salience = chosen->salience,
                                       .mean_output = NAN,
                                       .min_output = chosen->min_output,
                                       .assumed_order_limit = chosen->assumed_order_limit,
                                       .noise_sigma = NAN,
                                       .curves = true};
    statistics->fields =
        fields_layout(families_root(), n, chosen->all_indices ? INDEX_STII2 | INDEX_BII2 | INDEX_MULTI_ORDER : 0);
    statistics->row = malloc(statistics->fields.doubles * sizeof *statistics->row);
    if (!statistics->row)
        return failed(why, STATUS_INTERNAL, "out of memory for statistics");
    return finish_create(&settings, &statistics->fields, &statistics->finish, why);
}

int harsanyi_statistics_new(int n, const harsanyi_settings *settings, harsanyi_statistics **out,
                            harsanyi_error *error) {
    const harsanyi_settings usual = harsanyi_default_settings(), *chosen = settings ? settings : &usual;
    failure_t why;
    *out = NULL;
    status_t status = check_settings(n, chosen, &why);
    if (status != STATUS_OK)
        return report(status, &why, error);
    *out = calloc(1, sizeof **out);
    status =
        *out ? new_statistics(n, chosen, *out, &why) : failed(&why, STATUS_INTERNAL, "out of memory for statistics");
    if (status != STATUS_OK)
        harsanyi_statistics_free(out);
    return report(status, &why, error);
}

void harsanyi_statistics_free(harsanyi_statistics **statistics) {
    if (*statistics) {
        finish_destroy(&(*statistics)->finish);
        free((*statistics)->row);
    }
    free(*statistics);
    *statistics = NULL;
}

int harsanyi_statistics_compute(harsanyi_statistics *statistics, const double *values, const double *interactions,
                                double noise_sigma, harsanyi_error *error) {
    failure_t why = {0};
    int n = statistics->fields.n;
    status_t status = finish_streaming(statistics->finish, row_in_memory(values, n), row_in_memory(interactions, n),
                                       noise_sigma, (salient_sink_t){0}, statistics->row, &why);
    statistics->computed = status == STATUS_OK;
    return report(status, &why, error);
}

const double *harsanyi_statistics_field(const harsanyi_statistics *statistics, const char *name, size_t *length) {
    int id = 0;
    while (id < FIELDS_OF_ROOT && strcmp(FIELDS[id].path, name) != 0)
        id++;
    size_t found = id < FIELDS_OF_ROOT && statistics->computed ? statistics->fields.length[id] : 0;
    if (length)
        *length = found;
    return found ? statistics->row + statistics->fields.offset[id] : NULL;
}

/* The place of a word in `words`, which ends with NULL; -1: it is not among them. */
static int place_of(const char *word, const char *const *words) {
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* ---- sparse interactions ---- */

struct harsanyi_sparse {
    int n;
    solve_t *solve; /* owned */
};

harsanyi_sparse_options harsanyi_default_sparse_options(void) {
    const solve_options_t usual = solve_defaults();
    return (harsanyi_sparse_options){.kinds = "and_or",
                                     .denoise = usual.denoise,
                                     .gap = usual.gap,
                                     .tie = "minimum_norm",
                                     .max_iterations = usual.max_iterations};
}

static status_t new_sparse(int n, const harsanyi_sparse_options *chosen, harsanyi_sparse *sparse, failure_t *why) {
    static const char *const KINDS[] = {"and", "and_or", NULL}, *const TIES[] = {"minimum_norm", "none", NULL};
    int kinds = place_of(chosen->kinds, KINDS), tie = place_of(chosen->tie, TIES);
    if (kinds < 0)
        return failed(why, STATUS_INPUT, "kinds %s: allowed are and, and_or", chosen->kinds ? chosen->kinds : "NULL");
    if (tie < 0)
        return failed(why, STATUS_INPUT, "tie %s: allowed are minimum_norm, none", chosen->tie ? chosen->tie : "NULL");
    const solve_options_t options = {.kinds = kinds == 0 ? SOLVE_AND : SOLVE_AND_OR,
                                     .denoise = chosen->denoise,
                                     .gap = chosen->gap,
                                     .tie = tie == 0 ? SOLVE_MINIMUM_NORM : SOLVE_NO_TIE,
                                     .max_iterations = chosen->max_iterations};
    sparse->n = n;
    return solve_create(&options, n, &sparse->solve, why);
}

int harsanyi_sparse_new(int n, const harsanyi_sparse_options *options, harsanyi_sparse **out, harsanyi_error *error) {
    const harsanyi_sparse_options usual = harsanyi_default_sparse_options();
    failure_t why;
    *out = calloc(1, sizeof **out);
    status_t status = *out ? new_sparse(n, options ? options : &usual, *out, &why)
                           : failed(&why, STATUS_INTERNAL, "out of memory for sparse interactions");
    if (status != STATUS_OK)
        harsanyi_sparse_free(out);
    return report(status, &why, error);
}

void harsanyi_sparse_free(harsanyi_sparse **sparse) {
    if (*sparse)
        solve_destroy(&(*sparse)->solve);
    free(*sparse);
    *sparse = NULL;
}

int harsanyi_sparse_compute(harsanyi_sparse *sparse, const double *values, harsanyi_sparse_result *result,
                            harsanyi_error *error) {
    solve_result_t found = {.effects_and = result->effects_and, .effects_or = result->effects_or, .dual = result->dual};
    failure_t why = {0};
    status_t status = solve_sparse(sparse->solve, sparse->n, values, &found, &why);
    if (status == STATUS_OK)
        *result = (harsanyi_sparse_result){.effects_and = found.effects_and,
                                           .effects_or = found.effects_or,
                                           .dual = found.dual,
                                           .l1 = found.l1,
                                           .objective = found.objective,
                                           .lower_bound = found.lower_bound,
                                           .tie_weight = found.tie_weight,
                                           .gap = found.gap,
                                           .zeta = found.zeta,
                                           .iterations = found.iterations,
                                           .converged = found.converged};
    return report(status, &why, error);
}

/* ---- models ---- */

struct harsanyi_model {
    score_t score;
    output_kind_t output_kind;
    model_t *model; /* owned */
};

harsanyi_model_options harsanyi_default_model_options(void) {
    return (harsanyi_model_options){.score = "log_odds", .output_kind = "logits", .batch = 256};
}

static status_t read_words(const harsanyi_model_options *options, harsanyi_model *model, failure_t *why) {
    static const char *const SCORES[] = {"log_odds", "logit", "probability", "raw", NULL};
    static const char *const KINDS[] = {"logits", "probabilities", NULL};
    int score = place_of(options->score, SCORES), kind = place_of(options->output_kind, KINDS);
    if (score < 0)
        return failed(why, STATUS_INPUT, "score %s: allowed are log_odds, logit, probability and raw",
                      options->score ? options->score : "NULL");
    if (kind < 0)
        return failed(why, STATUS_INPUT, "output_kind %s: allowed are logits and probabilities",
                      options->output_kind ? options->output_kind : "NULL");
    model->score = (score_t)score;
    model->output_kind = kind == 0 ? OUTPUTS_LOGITS : OUTPUTS_PROBABILITIES;
    return STATUS_OK;
}

/* The target of a sample goes through its label. */
static status_t open_model(const harsanyi_model_options *options, harsanyi_model *model, failure_t *why) {
    if (!options->file)
        return failed(why, STATUS_INPUT, "file: the path of an ONNX model is missing");
    if (options->batch < 1 || (options->batch & (options->batch - 1)) != 0)
        return failed(why, STATUS_INPUT, "batch %d: allowed are powers of two", options->batch);
    TRY(read_words(options, model, why));
    const model_options_t chosen = {.backend = BACKEND_ONNX,
                                    .file = options->file,
                                    .input = options->input,
                                    .output = options->output,
                                    .score = model->score,
                                    .output_kind = model->output_kind,
                                    .score_eps = options->score_eps,
                                    .target = TARGET_LABEL,
                                    .library = options->engine,
                                    .batch = options->batch};
    TRY(model_open(&chosen, NULL, &model->model, why));
    const model_info_t *info = model_info(model->model);
    if (info->constants > 0)
        return failed(why, STATUS_INPUT,
                      "%s: has other inputs besides the one that is masked (%s): put their values into it",
                      options->file, info->constant[0].name);
    return STATUS_OK;
}

int harsanyi_model_open(const harsanyi_model_options *options, harsanyi_model **out, harsanyi_error *error) {
    failure_t why;
    *out = calloc(1, sizeof **out);
    status_t status = *out ? open_model(options, *out, &why) : failed(&why, STATUS_INTERNAL, "model: out of memory");
    if (status != STATUS_OK)
        harsanyi_model_close(out);
    return report(status, &why, error);
}

void harsanyi_model_close(harsanyi_model **model) {
    if (*model)
        model_close(&(*model)->model);
    free(*model);
    *model = NULL;
}

uint64_t harsanyi_model_granule(const harsanyi_model *model, int n) {
    failure_t why;
    return check_players(n, &why) == STATUS_OK ? mask_count(model_granule_bits(model->model, n)) : 0;
}

static status_t check_shape(const harsanyi_model *model, const harsanyi_sample *sample, failure_t *why) {
    size_t elements = 1;
    for (int i = 0; i < sample->rank; i++)
        elements *= sample->shape[i] > 0 ? (size_t)sample->shape[i] : 0;
    if (sample->rank == 0)
        return STATUS_OK;
    if (elements != sample->elements)
        return failed(why, STATUS_INPUT, "sample: %zu elements, but %zu by its shape", sample->elements, elements);
    return model_check_shape(model->model, sample->rank, sample->shape, "sample", why);
}

/* The sample as model/ sees it, without target. */
static status_t take_sample(const harsanyi_model *model, const harsanyi_sample *sample, sample_t *out, failure_t *why) {
    TRY(check_players(sample->n, why));
    if (sample->baselines < 1 || !sample->x || !sample->players || !sample->baseline || sample->elements < 1)
        return failed(why, STATUS_INPUT, "sample: x, players, or a baseline is missing");
    if (sample->rank < 0 || sample->rank > MODEL_RANK_MAX)
        return failed(why, STATUS_INPUT, "sample: rank %d; allowed are 0 to %d", sample->rank, MODEL_RANK_MAX);
    TRY(check_shape(model, sample, why));
    *out = (sample_t){.label = sample->target,
                      .n = sample->n,
                      .elements = sample->elements,
                      .x = sample->x,
                      .players = sample->players,
                      .baselines = sample->baselines,
                      .baseline = sample->baseline,
                      .rank = sample->rank,
                      .shape = sample->shape};
    return STATUS_OK;
}

static status_t take_targeted(const harsanyi_model *model, const harsanyi_sample *sample, sample_t *out,
                              failure_t *why) {
    uint64_t evaluated = 0;
    TRY(take_sample(model, sample, out, why));
    if (sample->target < 0)
        return failed(why, STATUS_INPUT, "sample: target %lld is no output of the model", (long long)sample->target);
    return model_set_target(model->model, out, &evaluated, why);
}

static status_t predict(const harsanyi_model *model, const sample_t *sample, int64_t *target, failure_t *why) {
    const double *outputs;
    TRY(model_raw(model->model, sample, (range_t){mask_count(sample->n) - 1, 1}, &outputs, why));
    size_t count = (size_t)model_info(model->model)->width[0];
    for (size_t j = 0; j < count; j++)
        if (isnan(outputs[j]))
            return failed(why, STATUS_CERTAIN, "output %zu on the whole sample is NaN", j);
    *target =
        score_predicted(&(scorer_t){.score = model->score, .kind = model->output_kind, .outputs = count}, outputs);
    return STATUS_OK;
}

int harsanyi_model_predict(harsanyi_model *model, const harsanyi_sample *sample, int64_t *target,
                           harsanyi_error *error) {
    failure_t why = {0};
    sample_t taken;
    status_t status = take_sample(model, sample, &taken, &why);
    if (status == STATUS_OK)
        status = predict(model, &taken, target, &why);
    return report(status, &why, error);
}

static status_t check_range(const harsanyi_model *model, int n, uint64_t first, uint64_t count, failure_t *why) {
    mask_t granule = mask_count(model_granule_bits(model->model, n)), all = mask_count(n);
    if (count > 0 && first % granule == 0 && count % granule == 0 && first < all && count <= all - first)
        return STATUS_OK;
    return failed(
        why, STATUS_INPUT, "masks %llu + %llu: allowed are multiples of %llu, of the %llu masks of %d players",
        (unsigned long long)first, (unsigned long long)count, (unsigned long long)granule, (unsigned long long)all, n);
}

int harsanyi_model_evaluate(harsanyi_model *model, const harsanyi_sample *sample, uint64_t first, uint64_t count,
                            double *values, harsanyi_error *error) {
    failure_t why = {0};
    sample_t taken;
    status_t status = take_targeted(model, sample, &taken, &why);
    if (status == STATUS_OK)
        status = check_range(model, sample->n, first, count, &why);
    if (status == STATUS_OK)
        status = model_evaluate(model->model, &taken, (range_t){first, count}, values, &why);
    return report(status, &why, error);
}

int harsanyi_model_noise(harsanyi_model *model, const harsanyi_sample *sample, const double *values, double *sigma,
                         harsanyi_error *error) {
    failure_t why = {0};
    sample_t taken;
    uint64_t evaluated = 0;
    noise_t noise = {0};
    double *table = (double *)(uintptr_t)values; /* only read */
    status_t status = take_targeted(model, sample, &taken, &why);
    if (status == STATUS_OK)
        status = noise_estimate(model->model, &taken, 1, (range_t){0, mask_count(sample->n)}, &table, &noise,
                                &evaluated, &why);
    *sigma = noise.sigma;
    return report(status, &why, error);
}
