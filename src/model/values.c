#include "model/values.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

static status_t values_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                                failure_t *why) {
    (void)baseline; /* a table has no input */
    const value_table_t *table = model->state;
    double start = clock_seconds();
    status_t status = table->read(table->self, sample->row, range.first, range.count, values, why);
    model->times.engine += clock_seconds() - start;
    return status;
}

static void values_close(model_t *model) {
    free(model->state);
}

status_t values_open(model_t *model, const value_table_t *table, failure_t *why) {
    static const backend_ops_t ops = {.evaluate = values_evaluate, .close = values_close};
    if (!table || !table->read)
        return failed(why, STATUS_INTERNAL, "the values backend was opened without a table");
    value_table_t *copy = malloc(sizeof *copy);
    if (!copy)
        return failed(why, STATUS_INTERNAL, "values: out of memory");
    *copy = *table;
    model->state = copy;
    model->ops = &ops;
    model->info.input_rank = -1;
    model->info.outputs = 1;
    snprintf(model->info.engine, MODEL_TEXT, "values");
    snprintf(model->info.engine_version, MODEL_TEXT, "1");
    return STATUS_OK;
}
