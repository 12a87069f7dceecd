#include "engines/game.h"

#include "base/clock.h"
#include "base/mix.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { APPENDIX_H_PLAYERS = 3, APPENDIX_H_TERMS = 5 };

/* Separate streams of random numbers for separate purposes. */
enum { STREAM_TERMS = 1, STREAM_NOISE = 2, STREAM_SLEEP = 3 };

typedef struct {
    /* Dividends of the sample that was evaluated last. */
    int64_t index;
    int n;              /* -1: none yet */
    game_term_t *terms; /* owned, [game_terms_count] */
    int64_t faults_left;
} game_state_t;

/* The state of a stream: hash it with a counter for each number wanted. */
static uint64_t stream_of(const game_options_t *options, int64_t index, uint64_t purpose) {
    return mix(mix(mix((uint64_t)options->seed) ^ (uint64_t)index) ^ purpose);
}

static uint64_t draw(uint64_t stream, uint64_t *counter) {
    return mix(stream ^ mix((*counter)++));
}

/* Even on [0, 1), in steps of 2^-53. */
static double unit(uint64_t word) {
    return (double)(word >> 11) * 0x1p-53;
}

/* `order` distinct players out of n: each draw picks one of those not taken yet. */
static mask_t draw_mask(uint64_t stream, uint64_t *counter, int n, int order) {
    mask_t mask = 0;
    for (int taken = 0; taken < order; taken++) {
        uint64_t skip = draw(stream, counter) % (uint64_t)(n - taken);
        int player = 0;
        while ((mask >> player & 1) || skip-- > 0)
            player++;
        mask |= (mask_t)1 << player;
    }
    return mask;
}

static void sparse_terms(const game_options_t *options, int64_t index, int n, game_term_t *terms) {
    uint64_t stream = stream_of(options, index, STREAM_TERMS), counter = 0;
    int high = options->order_max < n ? options->order_max : n;
    int low = options->order_min < high ? options->order_min : high;
    for (int t = 0; t < options->terms; t++) {
        int order = low + (int)(draw(stream, &counter) % (uint64_t)(high - low + 1));
        terms[t].mask = draw_mask(stream, &counter, n, order);
        terms[t].coefficient = 2.0 * unit(draw(stream, &counter)) - 1.0;
    }
}

size_t game_terms_count(const game_options_t *options) {
    switch (options->game) {
    case GAME_APPENDIX_H:
        return APPENDIX_H_TERMS;
    case GAME_SPARSE:
        return (size_t)options->terms;
    case GAME_SQUARE:
        return 0;
    default:
        return 1;
    }
}

void game_terms(const game_options_t *options, int64_t index, int n, game_term_t *terms) {
    /* x1x2x3, x1x2, x2x3, x2, x3; x1 is bit 0 */
    static const game_term_t appendix_h[APPENDIX_H_TERMS] = {{7, 1}, {3, 1}, {6, 1}, {2, 1}, {4, 1}};
    if (options->game == GAME_APPENDIX_H)
        memcpy(terms, appendix_h, sizeof appendix_h);
    else if (options->game == GAME_SPARSE)
        sparse_terms(options, index, n, terms);
    else if (options->game == GAME_CONSTANT)
        terms[0] = (game_term_t){0, 1};
}

/* Gaussian noise of standard deviation `noise` for one mask (Box & Muller 1958). */
static double noise_at(uint64_t stream, mask_t mask, double noise) {
    const double two_pi = 6.283185307179586476925286766559;
    uint64_t first = mix(stream ^ mix(mask)), second = mix(first);
    double radius = sqrt(-2.0 * log(1.0 - unit(first))); /* 1 - unit is in (0, 1] */
    return noise * radius * cos(two_pi * unit(second));
}

/* Makes the state's dividends those of this sample. */
static void prepare(game_state_t *state, const game_options_t *options, const sample_t *sample) {
    if (state->n == sample->n && state->index == sample->index)
        return;
    game_terms(options, sample->index, sample->n, state->terms);
    state->index = sample->index;
    state->n = sample->n;
}

static double value_at(const game_state_t *state, const game_options_t *options, size_t count, mask_t mask) {
    if (options->game == GAME_SQUARE) {
        double order = mask_order(mask);
        return order * order;
    }
    double sum = 0.0;
    for (size_t t = 0; t < count; t++)
        if ((state->terms[t].mask & ~mask) == 0)
            sum += state->terms[t].coefficient;
    return sum;
}

/* Sleeps as long as `masks` masks of the sample cost. */
static void sleep_for(const game_options_t *options, int64_t index, mask_t masks) {
    double factor = 1.0;
    if (options->sleep_spread > 1.0)
        factor += (options->sleep_spread - 1.0) * unit(mix(stream_of(options, index, STREAM_SLEEP)));
    double seconds = 1e-6 * (double)options->sleep_us * factor * (double)masks, whole = floor(seconds);
    struct timespec left = {.tv_sec = (time_t)whole, .tv_nsec = (long)((seconds - whole) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
}

/* The position of fault_mask in the range, or range.count when the fault does not concern it. */
static mask_t fault_position(const game_options_t *options, const sample_t *sample, range_t range) {
    mask_t mask = (mask_t)options->fault_mask;
    bool here = options->fault != FAULT_NONE && options->fault_sample == sample->index && mask >= range.first;
    return here && mask - range.first < range.count ? mask - range.first : range.count;
}

static status_t game_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows,
                              failure_t *why) {
    (void)baseline; /* a game has no input */
    double *values = rows.values[0];
    const game_options_t *options = &model->options.game;
    game_state_t *state = model->state;
    if (options->game == GAME_APPENDIX_H && sample->n < APPENDIX_H_PLAYERS)
        return failed(why, STATUS_CERTAIN, "game appendix_h needs at least %d players, the sample has %d",
                      APPENDIX_H_PLAYERS, sample->n);
    double start = clock_seconds();
    size_t count = game_terms_count(options);
    prepare(state, options, sample);
    if (options->sleep_us > 0)
        sleep_for(options, sample->index, range.count);
    mask_t fault = fault_position(options, sample, range);
    if (fault < range.count && options->fault == FAULT_TRANSIENT && state->faults_left > 0) {
        state->faults_left--;
        return failed(why, STATUS_TRANSIENT, "mask 0x%llx: injected transient fault",
                      (unsigned long long)options->fault_mask);
    }
    uint64_t stream = stream_of(options, sample->index, STREAM_NOISE);
    for (mask_t k = 0; k < range.count; k++) {
        mask_t mask = range.first + k;
        values[k] = value_at(state, options, count, mask);
        if (options->noise > 0.0)
            values[k] += noise_at(stream, mask, options->noise);
    }
    if (fault < range.count && options->fault != FAULT_TRANSIENT)
        values[fault] = options->fault == FAULT_NAN ? (double)NAN : (double)INFINITY;
    model->times.engine += clock_seconds() - start;
    return STATUS_OK;
}

static void game_close(model_t *model) {
    game_state_t *state = model->state;
    free(state->terms);
    free(state);
}

status_t game_open(model_t *model, failure_t *why) {
    static const backend_ops_t ops = {.evaluate = game_evaluate, .close = game_close};
    size_t count = game_terms_count(&model->options.game);
    game_state_t *state = calloc(1, sizeof *state);
    game_term_t *terms = calloc(count ? count : 1, sizeof *terms);
    if (!state || !terms) {
        free(state);
        free(terms);
        return failed(why, STATUS_INTERNAL, "game: out of memory for %zu dividends", count);
    }
    state->terms = terms;
    state->n = -1;
    state->faults_left = model->options.game.fault_times;
    model->state = state;
    model->ops = &ops;
    model->info.input_rank = -1;
    model->info.width[0] = 1;
    snprintf(model->info.engine, MODEL_TEXT, "game");
    snprintf(model->info.engine_version, MODEL_TEXT, "1"); /* raised when a formula or the hash changes */
    return STATUS_OK;
}
