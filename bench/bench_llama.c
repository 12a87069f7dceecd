/* The tree batch of the backend llama against one mask at a time through the same library, one thread each, in turn:
 * masks a second of processor time of both, for a prompt of 11 tokens that are all players but one, and one of 45
 * tokens with 10 scattered players.  bench_llama MODEL.gguf [masks of the plain loop] */
#include "engines/logits.h"
#include "engines/model_open.h"
#include "tests/support/llama_loop.h"

#include <stdio.h>
#include <time.h>

enum { TREE_MASKS = 1 << 8 }; /* four trees of them */

static const struct {
    const char *name, *text;
} PROMPTS[] = {
    {"all", "[The] [capital] [city] [of] [the] [country] [of] [France] [now] [is]| Paris"},
    {"scattered",
     "[Paris] is the capital and the largest [city] of France, and it has been one of the [major] centres of "
     "finance, [fashion] and the arts in [Europe] since the seventeenth [century]. The [tower] that Gustave "
     "[Eiffel] built [there] is [called] the| Eiffel"},
};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double plain_rate(loop_t *loop, const marked_t *made, mask_t masks, double *v) {
    const llama_token target = (llama_token)made->sample.target;
    const size_t vocabulary = (size_t)llama_vocab_n_tokens(loop->vocab);
    const mask_t step = TREE_MASKS / masks;
    loop_read(loop, &made->sample);
    logits_against(loop_logits(loop, 0, NULL, 0), vocabulary, (size_t)target);
    const double began = seconds();
    for (mask_t i = 0; i < masks; i++)
        v[i] = -logits_against(loop_logits(loop, i * step, NULL, 0), vocabulary, (size_t)target);
    return (double)masks / (seconds() - began);
}

int main(int argc, char **argv) {
    const model_options_t options = {
        .backend = BACKEND_LLAMA, .file = argc > 1 ? argv[1] : "", .llm = {.mask_token = "<pad>", .leaf_bits = 6}};
    const mask_t masks = argc > 2 ? (mask_t)atoi(argv[2]) : 64;
    double tree[TREE_MASKS], plain[TREE_MASKS];
    model_t *model;
    failure_t why;
    if (model_open(&options, NULL, &model, &why) != STATUS_OK)
        return fprintf(stderr, "%s\n", why.text), 1;
    loop_t *loop = loop_open(options.file);
    for (size_t p = 0; p < sizeof PROMPTS / sizeof *PROMPTS; p++) {
        marked_t *made = marked(PROMPTS[p].text);
        uint64_t evaluated = 0;
        if (model_set_target(model, &made->sample, &evaluated, &why) != STATUS_OK ||
            model_evaluate(model, &made->sample, (range_t){0, 64}, tree, &why) != STATUS_OK)
            return fprintf(stderr, "%s\n", why.text), 1;
        const double before = plain_rate(loop, made, masks, plain), began = seconds();
        if (model_evaluate(model, &made->sample, (range_t){0, TREE_MASKS}, tree, &why) != STATUS_OK)
            return fprintf(stderr, "%s\n", why.text), 1;
        const double rate = TREE_MASKS / (seconds() - began), after = plain_rate(loop, made, masks, plain);
        double worst = 0;
        for (mask_t i = 0; i < masks; i++)
            worst = fmax(worst, fabs(plain[i] - tree[i * (TREE_MASKS / masks)]));
        printf("{\"prompt\": \"%s\", \"tokens\": %d, \"players\": %d, \"tree\": %.1f, \"plain\": [%.1f, %.1f], "
               "\"ratio\": %.2f, \"largest_difference\": %.2g}\n",
               PROMPTS[p].name, loop->count, made->sample.n, rate, before, after, 2 * rate / (before + after), worst);
        free(made);
    }
    loop_close(loop);
    model_close(&model);
    return 0;
}
