#include "solve/projection.h"

/* With a = to_in in and b = to_out out the nearest is (a + q sigma b)/(1 + q sigma^2), and sigma times that. */
void projection_set(projection_t *projection, const graph_t *graph, int n, double quotient) {
    double to_in[SOLVE_PLAYERS_MOST + 1], to_out[SOLVE_PLAYERS_MOST + 1];
    double from_in[SOLVE_PLAYERS_MOST + 1], from_out[SOLVE_PLAYERS_MOST + 1];
    projection->n = n;
    projection->graph = *graph;
    rotations_scale(&graph->to_in, n, to_in);
    rotations_scale(&graph->to_out, n, to_out);
    rotations_scale(&graph->from_in, n, from_in);
    rotations_scale(&graph->from_out, n, from_out);
    for (int k = 0; k <= n; k++) {
        double sigma = arrays_power(graph->absent, n - k) * arrays_power(graph->present, k);
        double share = 1 / (1 + quotient * sigma * sigma);
        to_in[k] *= share;
        to_out[k] *= share * quotient * sigma;
        from_out[k] *= sigma;
    }
    arrays_by_order(&projection->take_in, n, to_in);
    arrays_by_order(&projection->take_out, n, to_out);
    arrays_by_order(&projection->give_in, n, from_in);
    arrays_by_order(&projection->give_out, n, from_out);
}

static WIDE void join(const projection_t *self, double *restrict in, double *restrict out) {
    for (size_t i = 0; i < arrays_cells(self->n); i += ARRAYS_GROUP) {
        const double *take_in = arrays_group(&self->take_in, i), *take_out = arrays_group(&self->take_out, i);
        const double *give_in = arrays_group(&self->give_in, i), *give_out = arrays_group(&self->give_out, i);
        for (size_t c = 0; c < ARRAYS_GROUP; c++) {
            double nearest = take_in[c] * in[i + c] + take_out[c] * out[i + c];
            in[i + c] = give_in[c] * nearest;
            out[i + c] = give_out[c] * nearest;
        }
    }
}

void projection_apply(const projection_t *projection, double *in, double *out) {
    const graph_t *graph = &projection->graph;
    rotations_apply(graph->to_in.butterfly, in, projection->n);
    rotations_apply(graph->to_out.butterfly, out, projection->n);
    join(projection, in, out);
    rotations_apply(graph->from_in.butterfly, in, projection->n);
    rotations_apply(graph->from_out.butterfly, out, projection->n);
}
