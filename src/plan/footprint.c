#include "plan/footprint.h"

#include "base/progress.h"
#include "lattice/row.h"
#include "lattice/strips.h"
#include "plan/plan_time.h"
#include "solve/solve.h"
#include "stats/curves.h"
#include "stats/fields.h"
#include "stats/finish.h"
#include "stats/tally.h"
#include "stats/transferability.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

/* Bytes, measured with Open MPI 4.1 as the largest resident size (VmHWM) of ranks that evaluate almost nothing, minus
 * that of the same process without MPI_Init, for 1 to 64 ranks on one host: 9.4 MB on ranks 1 and up, 12 kB more for
 * each peer, and 5.4 MB more on rank 0 for the results file, threads and the writer's buffers. */
static const double MPI_BYTES = 9.4e6, PEER_BYTES = 12e3, RANK_0_BYTES = 5.4e6;
enum { PEERS_MAX = 256 }; /* of one host; peers on other hosts cost almost nothing until they communicate */
/* The writer accepts results until this many bytes are queued (run/writer.c). */
static const double QUEUE_BYTES = 64 << 20;
/* Freed results whose memory the evaluator thread keeps, counted in results. */
static const double KEPT_RESULTS = 1.7;

/* ---- results on their way ---- */

/* The first units, which are the largest. */
typedef struct {
    int workers;
    double bytes;   /* of a result */
    int whole_n;    /* players of the largest sample that one rank finishes as a whole; -1: none */
    bool may_split; /* rank 0 may combine some sample: towards the end, one that takes longer than the smallest unit */
} first_units_t;

/* Tables of a row in memory: v, and the effects of each kind. */
static double tables_of(const inputs_t *inputs) {
    const families_t families = families_wanted(&inputs->config->statistics);
    return 1 + families_tables(&families);
}

static bool solves(const inputs_t *inputs) {
    return inputs->config->statistics.sparse.kinds != SPARSE_NONE;
}

static first_units_t first_units(const inputs_t *inputs, const footprint_spec_t *spec, size_t row_doubles) {
    double masks = (double)inputs->masks, samples = (double)samples_count(inputs->samples);
    double each = spec->seconds_per_mask > 0 ? spec->seconds_per_mask : 1e-9;
    first_units_t units = {.workers = plan_workers(spec->ranks), .whole_n = -1};
    double worth = plan_unit_seconds(masks, each, units.workers);
    double smallest = plan_unit_seconds(0, each, units.workers);
    const int rows = model_rows(inputs->model); /* of a sample */
    double wanted = fmin(worth / each, (double)UNIT_MASKS_MAX / rows);
    for (int64_t k = 0; k < samples_count(inputs->samples); k++) {
        int n = samples_players_of(inputs->samples, k);
        if (solves(inputs) || plan_gives_whole(n, rows, each, units.workers, worth))
            units.whole_n = n > units.whole_n ? n : units.whole_n;
        units.may_split |= !solves(inputs) && !plan_gives_whole(n, rows, each, units.workers, smallest);
    }
    if (units.whole_n < 0) {
        units.bytes = rows * (double)sizeof(double) * fmin(wanted, (double)mask_count(inputs->n_max));
        return units;
    }
    double one = (double)mask_count(units.whole_n);
    double packed = fmin(UNIT_SAMPLES_MAX, fmin(samples, fmax(1, wanted * samples / masks)));
    double unit_masks = fmin(fmax(wanted, one), packed * one);
    units.bytes = rows * (sizeof(double) * tables_of(inputs) * fmin(unit_masks, masks) +
                          packed * (sizeof(double) * (double)row_doubles + PART_HEAD_BYTES));
    return units;
}

/* The most bytes that finishing a row of n players touches: those gathered for its quartiles (stats/quartiles.h), or
 * above 20 players the first table of stats/radix.c and half as much again; and one more row for its curves, with both
 * kinds of sparse interactions two. */
static double statistics_bytes(const inputs_t *inputs, int n) {
    enum { GATHERED_MAX = 20, PER_GATHERED = 8, PER_ORDER = 12 << 15 };
    double quartiles = n <= GATHERED_MAX ? PER_GATHERED * (double)mask_count(n) : (double)PER_ORDER * (n + 1);
    const stats_settings_t *settings = &inputs->config->statistics;
    const double rows = settings->sparse.kinds == SPARSE_AND_OR ? 2 : settings->curves && n <= CURVES_PLAYERS_MAX;
    return quartiles + rows * sizeof(double) * (double)mask_count(n);
}

static double sparse_bytes(const inputs_t *inputs, int n) {
    if (!solves(inputs))
        return 0;
    const solve_options_t options = finish_solve_options(&inputs->config->statistics.sparse);
    return solve_bytes(&options, n);
}

/* ---- rank 0 ---- */

/* All tables of rows that fit in memory, a piece of longer ones (run/combine.h). */
static double combine_bytes(const inputs_t *inputs) {
    double held = 0, piece = 0;
    for (int64_t k = 0; k < samples_count(inputs->samples); k++) {
        int n = samples_players_of(inputs->samples, k);
        if (n <= FINISH_PLAYERS_MAX)
            held = fmax(held, tables_of(inputs) * (double)mask_count(n));
        else
            piece = (double)mask_count(STRIPS_PIECE_BITS);
    }
    return sizeof(double) * (held + piece) + statistics_bytes(inputs, inputs->n_max);
}

/* For /summary, which is written when all samples are done (results/summarise_rows.c): windows of rows and bitmaps,
 * counts per mask, some bytes per sample. */
static double across_bytes(const inputs_t *inputs) {
    enum { WINDOW_BYTES = 4 << 20, SAMPLE_BYTES = 40 };
    const double kinds = inputs->config->statistics.sparse.kinds == SPARSE_AND_OR ? 2 : 1;
    int strip = inputs->n_max < STRIP_BITS ? inputs->n_max : STRIP_BITS;
    return WINDOW_BYTES + kinds * 2 * sizeof(uint32_t) * (double)mask_count(strip) +
           SAMPLE_BYTES * (double)model_rows(inputs->model) * (double)samples_count(inputs->samples);
}

/* Effects by set, which are added up all along (stats/tally.h): of v, and of all sparse kinds. */
static double tally_bytes(const inputs_t *inputs) {
    const double sets = (double)model_info(inputs->model)->outputs * (double)mask_count(inputs->n_max);
    const double sparse = (double)inputs->config->statistics.sparse.kinds * sets;
    return sizeof(tally_t) * ((sets <= TALLY_SETS ? sets : 0) + (sparse <= TALLY_SETS ? sparse : 0));
}

/* ---- all of it ---- */

footprint_t footprint_estimate(const inputs_t *inputs, const footprint_spec_t *spec) {
    fields_t fields =
        fields_layout(families_wanted(&inputs->config->statistics), inputs->n_max, inputs->config->statistics.indices);
    first_units_t units = first_units(
        inputs, spec, finished_doubles(&fields, inputs->n_max) - ((size_t)tables_of(inputs) << inputs->n_max));
    double base = (spec->resident > 0 ? spec->resident : (double)limits_own("").resident) +
                  (spec->mpi_is_up ? 0 : MPI_BYTES + PEER_BYTES * fmin(spec->ranks, PEERS_MAX));
    double statistics = 0;
    if (units.whole_n >= 0)
        statistics = statistics_bytes(inputs, units.whole_n) + sparse_bytes(inputs, units.whole_n);
    /* Results of all ranks at once, including this one, and one that is being written; receiving stops when too many
     * are queued. */
    double results = fmin((units.workers + 1) * units.bytes, QUEUE_BYTES + 2 * units.bytes);
    double kept = spec->ranks <= EVALUATING_WORLD_MAX ? KEPT_RESULTS * units.bytes : 0;
    double lasting =
        base + RANK_0_BYTES + statistics + tally_bytes(inputs) + (units.may_split ? combine_bytes(inputs) : 0);
    const pid_t process = model_info(inputs->model)->process;
    return (footprint_t){.rank_0 = lasting + fmax(results, kept + across_bytes(inputs)),
                         .worker = base + statistics + UNITS_IN_FLIGHT * units.bytes,
                         .model = process ? (double)limits_of(process).most_resident : 0};
}

double footprint_of_model(const model_t *model) {
    const pid_t process = model_info(model)->process;
    return process ? (double)limits_of(process).resident : 0;
}

/* ---- whether it fits ---- */

status_t footprint_judge(const footprint_ranks_t *machine, const memory_limits_t *limits, failure_t *why) {
    const memory_limit_t *limit = limits_tightest(limits);
    int workers = machine->ranks - machine->with_rank_0;
    const double model = machine->footprint.model;
    double needed =
        machine->with_rank_0 * machine->footprint.rank_0 + workers * machine->footprint.worker + machine->ranks * model;
    if (!limit || needed - machine->resident <= (double)limit->room)
        return STATUS_OK;
    const progress_text_t lead = progress_bytes(machine->footprint.rank_0);
    const progress_text_t worker = progress_bytes(machine->footprint.worker);
    char each[160];
    int used = machine->with_rank_0 && workers > 0
                   ? snprintf(each, sizeof each, "rank 0 %s, the others %s each", lead.text, worker.text)
                   : snprintf(each, sizeof each, "%s each", workers > 0 ? worker.text : lead.text);
    if (model > 0)
        snprintf(each + used, sizeof each - (size_t)used, "; and %s for each one's model", progress_bytes(model).text);
    return failed(
        why, STATUS_INPUT,
        "%s: this run needs about %s of memory there (%d rank%s: %s), but only %s of the limit of %s (%s) are "
        "free: start fewer ranks per machine, or request more memory (Slurm: --mem)",
        machine->name, progress_bytes(needed).text, machine->ranks, machine->ranks == 1 ? "" : "s", each,
        progress_bytes((double)limit->room + machine->resident).text, progress_bytes((double)limit->bytes).text,
        limit->from);
}

status_t footprint_judge_own(double bytes, const memory_own_t *own, const memory_own_t *limits, failure_t *why) {
    double more = bytes > (double)own->resident ? bytes - (double)own->resident : 0;
    bool addresses = (double)own->addresses + more > (double)limits->addresses;
    if (!addresses && (double)own->data + more <= (double)limits->data)
        return STATUS_OK;
    const double has = (double)(addresses ? own->addresses : own->data);
    const double limit = (double)(addresses ? limits->addresses : limits->data);
    return failed(why, STATUS_INPUT,
                  "each rank needs about %s of %s (it already uses %s), but the limit is %s (ulimit -%c): "
                  "raise it (ulimit -%c unlimited, before mpirun or in the job script)",
                  progress_bytes(has + more).text, addresses ? "addresses" : "data", progress_bytes(has).text,
                  progress_bytes(limit).text, addresses ? 'v' : 'd', addresses ? 'v' : 'd');
}

status_t footprint_check_own(double bytes, failure_t *why) {
    const memory_own_t own = limits_own("");
    const memory_own_t limits = {.addresses = limits_resource(RLIMIT_AS), .data = limits_resource(RLIMIT_DATA)};
    return footprint_judge_own(bytes, &own, &limits, why);
}
