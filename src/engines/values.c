#include "engines/values.h"

#include "base/clock.h"

#include <stdio.h>

static status_t values_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows,
                                failure_t *why) {
    (void)baseline; /* a table has no input */
    const value_table_t *table = &model->table;
    double start = clock_seconds();
    for (int row = 0; row < rows.count; row++) {
        failure_t *of = &rows.of[row];
        of->status = table->read(table->self, sample->row + row, range.first, range.count, rows.values[row], of);
        if (of->status != STATUS_OK && of->status != STATUS_CERTAIN) {
            if (why)
                *why = *of;
            return of->status;
        }
    }
    model->times.engine += clock_seconds() - start;
    return STATUS_OK;
}

status_t values_open(model_t *model, const value_table_t *table, failure_t *why) {
    static const backend_ops_t ops = {.evaluate = values_evaluate};
    if (!table || !table->read)
        return failed(why, STATUS_INTERNAL, "the values backend was opened without a table");
    model->table = *table;
    model->ops = &ops;
    model->info.input_rank = -1;
    model->info.outputs = table->outputs > 1 ? table->outputs : 1;
    for (int i = 0; i < model->info.outputs; i++) {
        model->info.width[i] = 1;
        model->info.output[i] = model->info.outputs > 1 ? table->output_name[i] : "";
    }
    snprintf(model->info.engine, MODEL_TEXT, "values");
    snprintf(model->info.engine_version, MODEL_TEXT, "1");
    return STATUS_OK;
}
