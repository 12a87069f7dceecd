/* The backend `llama`: v = log-odds of what follows a prompt, by a language model in a GGUF file, through llama.cpp.
 *
 * Samples are texts (samples/samples.h). The tokens of absent players become the mask token, one for one. The granule
 * is the 2^leaf_bits masks that differ in the lowest players: one batch (engines/tree.h), of a context whose memory is
 * empty and whose size depends on the sample alone, so that v has the same bits whoever evaluates it in whatever order.
 * A target of several tokens is read behind each mask's prompt: v is the log-odds of all of them. Several targets
 * (options.target), a token each, are rows of the same evaluations.
 *
 * The numbers depend on how masks are batched, since engines round differently for other shapes: model_probe evaluates
 * in smaller trees, and how far that moves v is its noise (model/noise.h).
 *
 * With gpu_layers each rank computes on one GPU, those of a machine in turn.
 *
 * What is wrong with one prompt fails its sample: STATUS_CERTAIN.
 */
#ifndef HARSANYI_ENGINES_LLM_H
#define HARSANYI_ENGINES_LLM_H

#include "model/backend.h"

/* Opens options.file: STATUS_INPUT when it is no GGUF file, is damaged, is no model that continues texts, has no such
 * mask token, or is to compute on a GPU that llama.cpp does not know; without llama.cpp in the build a refusal. */
status_t llm_open(model_t *model, failure_t *why);

#endif
