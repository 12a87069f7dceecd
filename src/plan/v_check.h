/* Is v a function of S? A network that is left in training mode, that draws random numbers, or that mixes the rows of a
 * batch gives every mask some number, but not the same one each time: interactions of such numbers say nothing.
 *
 * Looked at: the first sample of the whole selection that can be evaluated (the same for all shards of it), and the
 * chunk of masks that its noise is estimated in.
 */
#ifndef HARSANYI_PLAN_V_CHECK_H
#define HARSANYI_PLAN_V_CHECK_H

#include "base/failure.h"
#include "plan/inputs.h"

#include <stdbool.h>

typedef struct {
    bool own_batch;  /* the model's batch is fixed: sweep.batch cannot be 1 */
    int together;    /* masks evaluated in one batch */
    double twice;    /* largest |change of v| when the same chunk is evaluated again in the same session */
    double alone;    /* when masks are evaluated alone, or two at once where sweep.batch is 1 */
    double strength; /* largest |v| */
} v_check_t;

/* For networks; all 0 for games and tables, and where none of the first samples can be evaluated. STATUS_INPUT,
 * STATUS_INTERNAL: the model cannot be used at all. */
status_t v_check(inputs_t *inputs, v_check_t *out, failure_t *why);

typedef enum {
    V_REPRODUCIBLE,
    V_ALMOST,           /* the same masks give the same numbers but for rounding */
    V_RANDOM,           /* the same masks give other numbers */
    V_DEPENDS_ON_BATCH, /* rows depend on the other rows of their batch, beyond rounding */
    V_VERDICTS
} v_verdict_t;

/* "reproducible", "almost", "random", "depends_on_batch" */
extern const char *const V_VERDICT_WORDS[V_VERDICTS];

/* text: what is wrong, with numbers, and what to do; empty for V_REPRODUCIBLE. */
enum { V_CHECK_TEXT = 256 };
v_verdict_t v_check_verdict(const v_check_t *found, char text[V_CHECK_TEXT]);

/* Looks, and adds what is to be known of v to warnings, with those of inputs_warn. STATUS_INPUT for a
 * model whose v is random, unless model.accept_random. *verdict: V_REPRODUCIBLE for games and tables. */
status_t v_check_warn(inputs_t *inputs, v_verdict_t *verdict, problems_t *warnings, failure_t *why);

#endif
