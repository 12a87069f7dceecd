#include "solve/rotations.h"

#include "lattice/moebius.h"

#include <math.h>

typedef double four_t __attribute__((vector_size(32), aligned(8), may_alias));

/* UNROLLED: as in lattice/vector.h, which is for files that are compiled once for each width. */
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#define PICK(x, a, b, c, d) __builtin_shufflevector(x, x, a, b, c, d)
#else
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNROLLED
#else
#define UNROLLED _Pragma("GCC unroll 8")
#endif
typedef long long picks_t __attribute__((vector_size(32)));
#define PICK(x, a, b, c, d) __builtin_shuffle(x, (picks_t){a, b, c, d})
#endif

enum {
    FOUR = 4,
    TILE_BITS = 4,  /* done in registers at once */
    PASS_MOST = 3,  /* bits of one pass: eight rows are in registers */
    BLOCK_BITS = 10 /* a block of 8 KiB stays in the first cache for all of its passes */
};

/* Fewer bits than a tile has. */
INLINED void few_bits(double up, double down, double *x, int bits) {
    for (int bit = 0; bit < bits; bit++)
        for (size_t i = 0; i < (size_t)1 << bits; i++)
            if (i >> bit & 1) {
                double *low = x + (i - ((size_t)1 << bit)), u = *low, v = x[i];
                *low = u + up * v;
                x[i] = v + down * u;
            }
}

/* `bits` bits of 2^bits fours of the tile or of as many rows. */
INLINED void across(double up, double down, four_t *x, int bits) {
    UNROLLED
    for (int bit = 0; bit < bits; bit++)
        UNROLLED
    for (int i = 0; i < 1 << bits; i++)
        if (i >> bit & 1) {
            four_t u = x[i - (1 << bit)], v = x[i];
            x[i - (1 << bit)] = u + up * v;
            x[i] = v + down * u;
        }
}

INLINED void tile(double up, double down, double *x) {
    const four_t first = {up, down, up, down}, second = {up, up, down, down};
    four_t q[FOUR];
    UNROLLED
    for (int i = 0; i < FOUR; i++) {
        q[i] = *(const four_t *)(x + (size_t)(FOUR * i));
        q[i] += first * PICK(q[i], 1, 0, 3, 2);
        q[i] += second * PICK(q[i], 2, 3, 0, 1);
    }
    across(up, down, q, TILE_BITS - 2);
    UNROLLED
    for (int i = 0; i < FOUR; i++)
        *(four_t *)(x + (size_t)(FOUR * i)) = q[i];
}

/* `bits` bits of 2^bits rows of `width` doubles. */
INLINED void rows(double up, double down, double *x, int bits, size_t width) {
    for (size_t c = 0; c < width; c += FOUR) {
        four_t q[1 << PASS_MOST];
        UNROLLED
        for (int i = 0; i < 1 << bits; i++)
            q[i] = *(const four_t *)(x + (size_t)i * width + c);
        across(up, down, q, bits);
        UNROLLED
        for (int i = 0; i < 1 << bits; i++)
            *(four_t *)(x + (size_t)i * width + c) = q[i];
    }
}

/* 1 ... PASS_MOST bits above those of `width` doubles. */
INLINED void pass(double up, double down, double *x, int bits, size_t width) {
    if (bits == 1)
        rows(up, down, x, 1, width);
    else if (bits == 2)
        rows(up, down, x, 2, width);
    else
        rows(up, down, x, PASS_MOST, width);
}

static int pass_bits(int left) {
    return left < PASS_MOST ? left : PASS_MOST;
}

/* Up to BLOCK_BITS bits. */
static WIDE void block(double up, double down, double *x, int bits) {
    if (bits < TILE_BITS) {
        few_bits(up, down, x, bits);
        return;
    }
    for (size_t i = 0; i < (size_t)1 << bits; i += (size_t)1 << TILE_BITS)
        tile(up, down, x + i);
    for (int lo = TILE_BITS, step; lo < bits; lo += step) {
        step = pass_bits(bits - lo);
        for (size_t i = 0; i < (size_t)1 << bits; i += (size_t)1 << (lo + step))
            pass(up, down, x + i, step, (size_t)1 << lo);
    }
}

static WIDE void high_pass(double up, double down, double *x, int bits, size_t width) {
    pass(up, down, x, bits, width);
}

/* All bits of 2^bits doubles: those of parts first, while these are in a cache. */
static void parts(butterfly_t by, double *x, int bits) {
    if (bits <= BLOCK_BITS) {
        block(by.up, by.down, x, bits);
        return;
    }
    int top = (bits - BLOCK_BITS - 1) % PASS_MOST + 1, low = bits - top;
    for (size_t i = 0; i < (size_t)1 << top; i++)
        parts(by, x + (i << low), low);
    high_pass(by.up, by.down, x, top, (size_t)1 << low);
}

void rotations_apply(butterfly_t butterfly, double *x, int n) {
    parts(butterfly, x, n);
}

void rotations_superset_sums(double *x, int n) {
    rotations_apply((butterfly_t){.up = 1, .down = 0}, x, n);
}

void rotations_superset_moebius(double *x, int n) {
    rotations_apply((butterfly_t){.up = -1, .down = 0}, x, n);
}

void rotations_disjoint_sums(double *x, int n) {
    zeta_transform(x, n);
    arrays_complement(x, n);
}

/* ---- matrices ---- */

void rotations_scale(const factored_t *factored, int n, double *by_order) {
    for (int k = 0; k <= n; k++)
        by_order[k] = arrays_power(factored->absent, n - k) * arrays_power(factored->present, k);
}

/* [[a, b], [c, d]] with its diagonal after the butterfly. */
static factored_t diagonal_after(double a, double b, double c, double d) {
    return (factored_t){{.up = b / a, .down = c / d}, a, d};
}

static factored_t diagonal_before(double a, double b, double c, double d) {
    return (factored_t){{.up = b / d, .down = c / a}, a, d};
}

/* With h = 1/beta, diag(1, sqrt h) K = P diag(sigma) Q^T; sigma^2 are the eigenvalues of [[1 + h, h], [h, h]], and Q is
 * a rotation by an angle with tangent (sqrt(1 + 4 h^2) - 1) / 2 h. */
graph_t rotations_subset_sums(double beta) {
    double h = 1 / beta, root = sqrt(1 + 4 * h * h), w = sqrt(h), tangent = (root - 1) / (2 * h);
    double c = 1 / sqrt(1 + tangent * tangent), s = c * tangent;
    double s0 = sqrt((1 + 2 * h + root) / 2), s1 = w / s0;
    double p00 = c / s0, p01 = -s / s1, p10 = w * (c + s) / s0, p11 = w * (c - s) / s1;
    return (graph_t){.to_in = diagonal_after(c, s, -s, c),
                     .to_out = diagonal_after(p00, w * p10, p01, w * p11),
                     .from_in = diagonal_before(c, -s, s, c),
                     .from_out = diagonal_before(p00, p01, p10 / w, p11 / w),
                     .absent = s0,
                     .present = s1};
}

/* K = W diag(g, 1/g) U with W = r [[g, 1], [-1, g]], U = r [[1, g], [g, -1]], r = 1/sqrt(1 + g^2); U is its inverse. */
graph_t rotations_or_to_and(void) {
    double g = (1 + sqrt(5)) / 2, r = 1 / sqrt(1 + g * g);
    return (graph_t){.to_in = diagonal_after(r, r * g, r * g, -r),
                     .to_out = diagonal_after(r * g, -r, r, r * g),
                     .from_in = diagonal_before(r, r * g, r * g, -r),
                     .from_out = diagonal_before(r * g, r, -r, r * g),
                     .absent = g,
                     .present = 1 / g};
}
