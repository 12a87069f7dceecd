/* What the logits of a vocabulary say of one token, in double. The bits do not depend on the processor's vectors. */
#ifndef HARSANYI_ENGINES_LOGITS_H
#define HARSANYI_ENGINES_LOGITS_H

#include <stddef.h>

/* log of the odds against a token, log((1 - p) / p) = log sum over j != token of exp(z_j - z_token), of logits z
 * [count], count > 1. Writes to z and restores it. NaN where a logit is. */
double logits_against(float *z, size_t count, size_t token);

/* log p of the odds against it, and the log-odds of what has that log p; exact also where p is nearly 0 or 1. */
double logits_log_p(double against);
double logits_log_odds(double log_p);

/* The token with the largest logit, the lowest of them on ties; NaN is never taken. */
size_t logits_best(const float *z, size_t count);

#endif
