#include "plan/batches.h"

#include "base/clock.h"
#include "base/memory.h"
#include "engines/model_open.h"
#include "place/limits.h"

#include <malloc.h>
#include <math.h>

static const int BATCHES[BATCHES_MAX] = {8, 32, 128, 256};
/* For each batch; the longest that one batch may take; and how much faster another one must be to be worth a word. */
static const double BATCH_SECONDS = 0.2, CHUNK_SECONDS = 2.0, MUCH_FASTER = 1.25;

/* Memory of this process; what others have freed is given back first. */
static double resident(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
    return (double)limits_own("").resident;
}

/* The fastest chunk of many counts: other work on the machine only slows them. */
static status_t time_chunks(model_t *model, const sample_t *sample, double *masks_per_second, failure_t *why) {
    const mask_t chunk = mask_count(model_granule_bits(model, sample->n)), chunks = mask_count(sample->n) / chunk;
    double *values OWNED = memory_need(chunk, sizeof *values, "the timing of batches");
    double least = INFINITY;
    const double end = clock_seconds() + BATCH_SECONDS;
    for (mask_t i = 0; i < 2 || clock_seconds() < end; i++) {
        double began = clock_seconds();
        TRY(model_evaluate(model, sample, (range_t){i % chunks * chunk, chunk}, values, why));
        if (i > 0) /* the first one makes the engine plan its memory */
            least = fmin(least, clock_seconds() - began);
    }
    *masks_per_second = (double)chunk / least;
    return STATUS_OK;
}

static status_t time_batch(const inputs_t *inputs, const sample_t *sample, batch_speed_t *out, failure_t *why) {
    model_options_t options = inputs->options;
    model_t *model CLEANUP(model_close) = NULL;
    double before = resident();
    options.batch = out->batch;
    TRY(model_open(&options, NULL, &model, why));
    TRY(time_chunks(model, sample, &out->masks_per_second, why));
    out->bytes = fmax(resident() - before, 0);
    return STATUS_OK;
}

status_t batches_time(inputs_t *inputs, double seconds_per_mask, batch_speed_t out[BATCHES_MAX], int *count,
                      failure_t *why) {
    const model_info_t *info = model_info(inputs->model);
    sample_t sample;
    *count = 0;
    if (info->input_bits == 0 || !info->free_batch || inputs_prepare(inputs, 0, &sample, why) != STATUS_OK)
        return STATUS_OK;
    for (int i = 0; i < BATCHES_MAX; i++) {
        bool filled = i == 0 || mask_count(sample.n) >= (mask_t)BATCHES[i];
        if (!filled || !(BATCHES[i] * seconds_per_mask <= CHUNK_SECONDS))
            break;
        out[*count] = (batch_speed_t){.batch = BATCHES[i]};
        status_t status = time_batch(inputs, &sample, &out[*count], why);
        if (status == STATUS_INTERNAL)
            return status;
        *count += status == STATUS_OK;
    }
    return STATUS_OK;
}

const batch_speed_t *batches_fastest(const batch_speed_t *batches, int count) {
    const batch_speed_t *fastest = batches;
    for (int i = 1; i < count; i++)
        if (batches[i].masks_per_second > fastest->masks_per_second)
            fastest = &batches[i];
    return fastest;
}

void batches_warn(const batch_speed_t *batches, int count, int batch, problems_t *warnings) {
    if (count == 0)
        return;
    const batch_speed_t *fastest = batches_fastest(batches, count);
    for (int i = 0; i < count; i++)
        if (batches[i].batch == batch && fastest->masks_per_second > MUCH_FASTER * batches[i].masks_per_second)
            problems_add(warnings,
                         "sweep.batch: %d would be %.1f times as fast as %d; choose it before the sweep, since the "
                         "batch decides the last bits of v",
                         fastest->batch, fastest->masks_per_second / batches[i].masks_per_second, batch);
}
