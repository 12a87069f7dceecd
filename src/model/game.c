#include "model/game.h"

#include "base/clock.h"
#include "base/mix.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { APPENDIX_H_PLAYERS = 3, APPENDIX_H_TERMS = 5 };

/* Separate streams of random numbers for separate purposes. */
enum { STREAM_TERMS = 1, STREAM_NOISE = 2 };

typedef struct {
    /* Dividends of the sample that was evaluated last. */
    int64_t index;
    int n; /* -1: none yet */
    size_t count;
    mask_t *masks;        /* owned, [count] */
    double *coefficients; /* owned, [count] */
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

static void sparse_terms(const game_options_t *options, int64_t index, int n, mask_t *masks, double *coefficients) {
    uint64_t stream = stream_of(options, index, STREAM_TERMS), counter = 0;
    int high = options->order_max < n ? options->order_max : n;
    int low = options->order_min < high ? options->order_min : high;
    for (int t = 0; t < options->terms; t++) {
        int order = low + (int)(draw(stream, &counter) % (uint64_t)(high - low + 1));
        masks[t] = draw_mask(stream, &counter, n, order);
        coefficients[t] = 2.0 * unit(draw(stream, &counter)) - 1.0;
    }
}

/* |S|^2 = sum over players of S of 1, and over pairs within S of 2. */
static void square_terms(int n, mask_t *masks, double *coefficients) {
    size_t t = 0;
    for (int i = 0; i < n; i++) {
        masks[t] = (mask_t)1 << i;
        coefficients[t++] = 1.0;
        for (int j = 0; j < i; j++) {
            masks[t] = (mask_t)1 << i | (mask_t)1 << j;
            coefficients[t++] = 2.0;
        }
    }
}

size_t game_terms_count(const game_options_t *options, int n) {
    switch (options->game) {
    case GAME_APPENDIX_H:
        return APPENDIX_H_TERMS;
    case GAME_SPARSE:
        return (size_t)options->terms;
    case GAME_SQUARE:
        return (size_t)(n + n * (n - 1) / 2);
    default:
        return 1;
    }
}

void game_terms(const game_options_t *options, int64_t index, int n, mask_t *masks, double *coefficients) {
    static const mask_t appendix_h[APPENDIX_H_TERMS] = {7, 3, 6, 2, 4}; /* x1x2x3, x1x2, x2x3, x2, x3; x1 is bit 0 */
    switch (options->game) {
    case GAME_APPENDIX_H:
        for (int t = 0; t < APPENDIX_H_TERMS; t++) {
            masks[t] = appendix_h[t];
            coefficients[t] = 1.0;
        }
        break;
    case GAME_SPARSE:
        sparse_terms(options, index, n, masks, coefficients);
        break;
    case GAME_SQUARE:
        square_terms(n, masks, coefficients);
        break;
    default:
        masks[0] = 0;
        coefficients[0] = 1.0;
    }
}

/* Gaussian noise of standard deviation `noise` for one mask (Box & Muller 1958). */
static double noise_at(uint64_t stream, mask_t mask, double noise) {
    const double two_pi = 6.283185307179586476925286766559;
    uint64_t first = mix(stream ^ mix(mask)), second = mix(first);
    double radius = sqrt(-2.0 * log(1.0 - unit(first))); /* 1 - unit is in (0, 1] */
    return noise * radius * cos(two_pi * unit(second));
}

/* Makes the state's dividends those of this sample. */
static status_t prepare(game_state_t *state, const game_options_t *options, const sample_t *sample, failure_t *why) {
    if (state->n == sample->n && state->index == sample->index)
        return STATUS_OK;
    size_t count = game_terms_count(options, sample->n);
    size_t room = count > 0 ? count : 1;
    mask_t *masks = realloc(state->masks, room * sizeof *masks);
    state->masks = masks ? masks : state->masks;
    double *coefficients = realloc(state->coefficients, room * sizeof *coefficients);
    state->coefficients = coefficients ? coefficients : state->coefficients;
    state->n = -1;
    if (!masks || !coefficients)
        return failed(why, STATUS_INTERNAL, "game: out of memory for %zu dividends", count);
    game_terms(options, sample->index, sample->n, masks, coefficients);
    state->count = count;
    state->index = sample->index;
    state->n = sample->n;
    return STATUS_OK;
}

static double value_at(const game_state_t *state, const game_options_t *options, mask_t mask) {
    if (options->game == GAME_SQUARE) {
        double order = mask_order(mask);
        return order * order;
    }
    double sum = 0.0;
    for (size_t t = 0; t < state->count; t++)
        if ((state->masks[t] & ~mask) == 0)
            sum += state->coefficients[t];
    return sum;
}

static void sleep_for(uint64_t microseconds) {
    struct timespec left = {.tv_sec = (time_t)(microseconds / 1000000u),
                            .tv_nsec = (long)(microseconds % 1000000u) * 1000L};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
}

/* The position of fault_mask in the range, or range.count when the fault does not concern it. */
static mask_t fault_position(const game_options_t *options, const sample_t *sample, range_t range) {
    mask_t mask = (mask_t)options->fault_mask;
    bool here = options->fault != FAULT_NONE && options->fault_sample == sample->index && mask >= range.first;
    return here && mask - range.first < range.count ? mask - range.first : range.count;
}

static status_t game_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                              failure_t *why) {
    (void)baseline; /* a game has no input */
    const game_options_t *options = &model->options.game;
    game_state_t *state = model->state;
    if (options->game == GAME_APPENDIX_H && sample->n < APPENDIX_H_PLAYERS)
        return failed(why, STATUS_CERTAIN, "game appendix_h needs at least %d players, the sample has %d",
                      APPENDIX_H_PLAYERS, sample->n);
    double start = clock_seconds();
    TRY(prepare(state, options, sample, why));
    if (options->sleep_us > 0)
        sleep_for((uint64_t)options->sleep_us * range.count);
    mask_t fault = fault_position(options, sample, range);
    if (fault < range.count && options->fault == FAULT_TRANSIENT && state->faults_left > 0) {
        state->faults_left--;
        return failed(why, STATUS_TRANSIENT, "mask 0x%llx: injected transient fault",
                      (unsigned long long)options->fault_mask);
    }
    uint64_t stream = stream_of(options, sample->index, STREAM_NOISE);
    for (mask_t k = 0; k < range.count; k++) {
        mask_t mask = range.first + k;
        values[k] = value_at(state, options, mask);
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
    free(state->masks);
    free(state->coefficients);
    free(state);
}

status_t game_open(model_t *model, failure_t *why) {
    static const backend_ops_t ops = {.evaluate = game_evaluate, .close = game_close};
    game_state_t *state = calloc(1, sizeof *state);
    if (!state)
        return failed(why, STATUS_INTERNAL, "game: out of memory");
    state->n = -1;
    state->faults_left = model->options.game.fault_times;
    model->state = state;
    model->ops = &ops;
    model->info.input_rank = -1;
    model->info.outputs = 1;
    snprintf(model->info.engine, MODEL_TEXT, "game");
    snprintf(model->info.engine_version, MODEL_TEXT, "1"); /* raised when a formula or the hash changes */
    return STATUS_OK;
}
