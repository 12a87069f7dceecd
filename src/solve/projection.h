/* The nearest point of a graph {(in, K in)}: exact and cheap in the singular vectors of K (rotations.h), where it is
 * one equation for each mask. Four butterflies. */
#ifndef HARSANYI_SOLVE_PROJECTION_H
#define HARSANYI_SOLVE_PROJECTION_H

#include "solve/rotations.h"

typedef struct {
    int n;
    graph_t graph;
    orders_t take_in, take_out, give_in, give_out; /* diagonals by order, and what is done between them */
} projection_t;

/* quotient: how much a distance of results counts against one of arguments, beside the weights of the graph. */
void projection_set(projection_t *projection, const graph_t *graph, int n, double quotient);

/* in, out: [cells]; they become the nearest in and K in. */
void projection_apply(const projection_t *projection, double *in, double *out);

#endif
