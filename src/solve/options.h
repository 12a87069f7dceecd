/* What is asked of the solver (config section `sparse`). */
#ifndef HARSANYI_SOLVE_OPTIONS_H
#define HARSANYI_SOLVE_OPTIONS_H

typedef enum { SOLVE_AND, SOLVE_AND_OR } solve_kinds_t;
typedef enum { SOLVE_MINIMUM_NORM, SOLVE_NO_TIE } solve_tie_t;

typedef struct {
    solve_kinds_t kinds;
    double denoise; /* zeta in |v(N) - v(empty)|; >= 0 */
    double gap;     /* (F - D)/F to reach; > 0, < 1 */
    solve_tie_t tie;
    int max_iterations; /* >= 1 */
} solve_options_t;

#endif
