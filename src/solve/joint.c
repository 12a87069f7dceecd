#include "solve/joint.h"

#include "lattice/moebius.h"
#include "solve/cholesky.h"
#include "solve/rotations.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    BITS = SOLVE_PLAYERS_MOST / 2, /* of a half */
    SLOTS = 1 << BITS,
    SIZES = BITS + 1,        /* a multiplet of k coupled bits has k + 1, k - 1, ... numbers, by how many are 1 */
    PAIR = SIZES * SIZES,    /* numbers of a pair of multiplets */
    PARITY = (PAIR + 1) / 2, /* of the same parity */
    WIDTH = 8,               /* columns that are done together: a line of the cache */
    WIDTH_BITS = 3,
    TILE = 4 /* rows of a matrix at a time: with the columns eight vectors of sums */
};

/* a <- c a + s b, b <- c b - s a */
typedef struct {
    uint16_t a, b;
    double c, s;
} turn_t;

/* How the bits of a half are coupled; numbers stay in their slots, which are masks at first. */
typedef struct {
    int bits;
    turn_t turn[SLOTS]; /* of bit k: from first[k] on */
    size_t first[BITS + 1];
    size_t multiplets[SIZES + 1], begin[SIZES + 1]; /* by size; where they begin in ... */
    uint16_t slot[SLOTS];                           /* ... slots by size, number of ones, multiplet */
} half_t;

struct joint {
    int n;
    double quotient;
    half_t low, high;
    double power[SIZES + 1][SIZES][SIZES]; /* of [[1, 1], [1, 2]] = Z Z^T on the multiplet of each size */
    double *even[SIZES + 1][SIZES + 1];    /* inverse of high and low size, on numbers that are the same backwards */
    double *odd[SIZES + 1][SIZES + 1];     /* and on those that change their sign */
    double *table, *turned, *matrix, *memory;
};

/* ---- the basis ---- */

typedef struct {
    size_t count;
    uint16_t size[SLOTS], slot[SLOTS]; /* slots one multiplet after the other */
} multiplets_t;

/* Couples bit k with a multiplet: of the numbers with t ones, two for 0 < t < size, one goes to a larger multiplet and
 * one to a smaller. */
static void couple_one(half_t *self, int k, size_t size, const uint16_t *slot, multiplets_t *out, size_t *at) {
    const uint16_t bit = (uint16_t)(1 << k);
    out->size[out->count++] = (uint16_t)(size + 1);
    memcpy(out->slot + *at, slot, size * sizeof *slot);
    out->slot[*at + size] = slot[size - 1] | bit;
    *at += size + 1;
    for (size_t t = 1; t < size; t++) {
        double share = (double)t / (double)size;
        self->turn[self->first[k + 1]++] = (turn_t){slot[t], slot[t - 1] | bit, sqrt(1 - share), sqrt(share)};
        out->slot[(*at)++] = slot[t - 1] | bit;
    }
    if (size > 1)
        out->size[out->count++] = (uint16_t)(size - 1);
}

static void sort_slots(half_t *self, const multiplets_t *all) {
    size_t begin = 0;
    for (size_t size = 1; size <= SIZES; size++) {
        size_t count = 0, done = 0, at = 0;
        for (size_t m = 0; m < all->count; m++)
            count += all->size[m] == size;
        for (size_t m = 0; m < all->count; at += all->size[m++])
            if (all->size[m] == size) {
                for (size_t t = 0; t < size; t++)
                    self->slot[begin + t * count + done] = all->slot[at + t];
                done++;
            }
        self->multiplets[size] = count;
        self->begin[size] = begin;
        begin += size * count;
    }
}

static void couple(half_t *self, int bits) {
    multiplets_t all = {.count = 1, .size = {1}};
    self->bits = bits;
    self->first[0] = 0;
    for (int k = 0; k < bits; k++) {
        multiplets_t next = {0};
        size_t at = 0, to = 0;
        self->first[k + 1] = self->first[k];
        for (size_t m = 0; m < all.count; at += all.size[m++])
            couple_one(self, k, all.size[m], all.slot + at, &next, &to);
        all = next;
    }
    sort_slots(self, &all);
}

/* On the multiplet of one more: couples its last bit. */
static void raise(joint_t *self, size_t size) {
    static const double base[2][2] = {{1, 1}, {1, 2}};
    for (size_t r = 0; r <= size; r++)
        for (size_t t = 0; t <= size; t++)
            for (size_t i = 0; i < 2; i++)
                for (size_t j = 0; j < 2; j++) {
                    if (r < i || r - i >= size || t < j || t - j >= size)
                        continue;
                    double ways = (double)((i ? r : size - r) * (j ? t : size - t));
                    self->power[size + 1][r][t] +=
                        sqrt(ways) / (double)size * self->power[size][r - i][t - j] * base[i][j];
                }
}

/* ---- memory ---- */

/* Rows of numbers by slot of the high half, one for each of the low one: an odd number of lines. */
static size_t pitch_of(int high_bits) {
    return cholesky_pitch((size_t)1 << high_bits);
}

/* The high half of n players; the low one has a line of masks at least. */
static int high_bits(int n) {
    int low = n - n / 2;
    return n - (low < WIDTH_BITS ? (n < WIDTH_BITS ? n : WIDTH_BITS) : low);
}

status_t joint_create(int n_most, joint_t **out, failure_t *why) {
    enum { LINE = 64 };
    const size_t cells = arrays_cells(n_most), low = (size_t)WIDTH << (n_most - high_bits(n_most));
    size_t squares = 0, matrices, at;
    for (size_t size = 1; size <= SIZES; size++)
        squares += (size + 1) * (size + 1);
    matrices = squares * squares;
    at = cells + low * pitch_of(high_bits(n_most)) + PAIR * cholesky_pitch(PAIR);
    joint_t *self = calloc(1, sizeof *self);
    *out = self;
    if (self)
        self->memory = aligned_alloc(LINE, (at + matrices) * sizeof(double) / LINE * LINE + LINE);
    if (!self || !self->memory) {
        joint_destroy(out);
        return failed(why, STATUS_INTERNAL, "out of memory for sparse interactions of %d players", n_most);
    }
    self->table = self->memory;
    self->matrix = self->table + cells;
    self->turned = self->matrix + PAIR * cholesky_pitch(PAIR);
    memset(self->memory, 0, at * sizeof *self->memory);
    for (size_t d = 1; d <= SIZES; d++)
        for (size_t e = 1; e <= SIZES; e++) {
            size_t even = (d * e + 1) / 2, odd = d * e / 2;
            self->even[d][e] = self->memory + at;
            self->odd[d][e] = self->even[d][e] + even * even;
            at += even * even + odd * odd;
        }
    self->power[1][0][0] = 1;
    for (size_t size = 1; size < SIZES; size++)
        raise(self, size);
    return STATUS_OK;
}

void joint_destroy(joint_t **joint) {
    if (*joint)
        free((*joint)->memory);
    free(*joint);
    *joint = NULL;
}

/* ---- matrices ---- */

/* Z Z^T of a pair of multiplets; their numbers in one row. */
static double of_subsets(const joint_t *self, size_t d, size_t e, size_t i, size_t j) {
    return self->power[d][i % d][j % d] * self->power[e][i / d][j / d];
}

/* Y Y^T is that with 0 and 1 exchanged: backwards. So their sum is the same backwards: a matrix for each of two
 * parities. Half the inverse: its results are added up twice. */
static void invert(joint_t *self, size_t d, size_t e, bool odd) {
    size_t all = d * e, count = odd ? all / 2 : (all + 1) / 2, pitch = cholesky_pitch(count);
    double *out = odd ? self->odd[d][e] : self->even[d][e];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            size_t back_i = all - 1 - i, back_j = all - 1 - j;
            double same = of_subsets(self, d, e, i, j) + of_subsets(self, d, e, back_i, back_j);
            double across = of_subsets(self, d, e, i, back_j) + of_subsets(self, d, e, back_i, j);
            double one = i != j ? 0 : i == back_i ? 2 : 1;
            self->matrix[i * pitch + j] = (odd ? same - across : same + across) + one / self->quotient;
        }
    cholesky_factor(self->matrix, count, pitch);
    memset(out, 0, count * count * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        out[i * count + i] = 0.5;
        cholesky_solve(self->matrix, count, pitch, out + i * count);
    }
}

void joint_set(joint_t *self, int n, double quotient) {
    if (self->n != n) {
        couple(&self->high, high_bits(n));
        couple(&self->low, n - high_bits(n));
    }
    self->n = n;
    self->quotient = quotient;
    for (size_t d = 1; d <= SIZES; d++)
        for (size_t e = 1; e <= SIZES; e++)
            if (self->high.multiplets[d] && self->low.multiplets[e]) {
                invert(self, d, e, false);
                invert(self, d, e, true);
            }
}

/* ---- between the bases ---- */

INLINED void turn_rows(const half_t *half, int bit, double sign, double *x) {
    for (double *block = x; block < x + ((size_t)WIDTH << half->bits); block += (size_t)WIDTH << (bit + 1))
        for (size_t i = half->first[bit]; i < half->first[bit + 1]; i++) {
            const turn_t *turn = &half->turn[i];
            double *restrict a = block + (size_t)turn->a * WIDTH, *restrict b = block + (size_t)turn->b * WIDTH;
            double c = turn->c, s = sign * turn->s;
            for (size_t w = 0; w < WIDTH; w++) {
                double u = a[w], v = b[w];
                a[w] = c * u + s * v;
                b[w] = c * v - s * u;
            }
        }
}

/* x: rows of WIDTH by mask; they become rows by slot. */
static WIDE void couple_rows(const half_t *half, double *x) {
    for (int bit = 0; bit < half->bits; bit++)
        turn_rows(half, bit, 1, x);
}

static WIDE void release_rows(const half_t *half, double *x) {
    for (int bit = half->bits; bit-- > 0;)
        turn_rows(half, bit, -1, x);
}

static void copy_rows(double *to, size_t to_pitch, const double *from, size_t from_pitch, size_t count) {
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * to_pitch, from + i * from_pitch, WIDTH * sizeof *to);
}

/* table, by mask, to `turned`: by low slot, then by high one as they are sorted. */
static void leave_masks(joint_t *self) {
    double x[SLOTS * WIDTH];
    const half_t *half = &self->high;
    size_t high = (size_t)1 << half->bits, low = (size_t)1 << self->low.bits, pitch = pitch_of(half->bits);
    for (size_t first = 0; first < low; first += WIDTH) {
        copy_rows(x, WIDTH, self->table + first, low, high);
        couple_rows(half, x);
        for (size_t i = 0; i < high; i++)
            for (size_t c = 0; c < WIDTH; c++)
                self->turned[(first + c) * pitch + i] = x[(size_t)half->slot[i] * WIDTH + c];
    }
    for (size_t first = 0; first < high; first += WIDTH) {
        copy_rows(x, WIDTH, self->turned + first, pitch, low);
        couple_rows(&self->low, x);
        copy_rows(self->turned + first, pitch, x, WIDTH, low);
    }
}

static void return_to_masks(joint_t *self) {
    double x[SLOTS * WIDTH];
    const half_t *half = &self->high;
    size_t high = (size_t)1 << half->bits, low = (size_t)1 << self->low.bits, pitch = pitch_of(half->bits);
    for (size_t first = 0; first < high; first += WIDTH) {
        copy_rows(x, WIDTH, self->turned + first, pitch, low);
        release_rows(&self->low, x);
        copy_rows(self->turned + first, pitch, x, WIDTH, low);
    }
    for (size_t first = 0; first < low; first += WIDTH) {
        for (size_t i = 0; i < high; i++)
            for (size_t c = 0; c < WIDTH; c++)
                x[(size_t)half->slot[i] * WIDTH + c] = self->turned[(first + c) * pitch + i];
        release_rows(half, x);
        copy_rows(self->table + first, low, x, WIDTH, high);
    }
}

/* ---- the projection ---- */

typedef double four_t __attribute__((vector_size(32), aligned(8), may_alias));

INLINED void multiply_tile(const double *matrix, size_t count, size_t rows, const double *from, double *to) {
    four_t low[TILE] = {{0}}, high[TILE] = {{0}};
    for (size_t j = 0; j < count; j++, from += WIDTH) {
        const four_t first = *(const four_t *)from, second = *(const four_t *)(from + WIDTH / 2);
        for (size_t i = 0; i < rows; i++) {
            low[i] += matrix[i * count + j] * first;
            high[i] += matrix[i * count + j] * second;
        }
    }
    for (size_t i = 0; i < rows; i++) {
        *(four_t *)(to + i * WIDTH) = low[i];
        *(four_t *)(to + i * WIDTH + WIDTH / 2) = high[i];
    }
}

/* to [count, WIDTH] <- matrix [count, count] from */
INLINED void multiply(const double *matrix, size_t count, const double *from, double *to) {
    size_t i = 0;
    for (; i + TILE <= count; i += TILE)
        multiply_tile(matrix + i * count, count, TILE, from, to + i * WIDTH);
    for (; i < count; i++)
        multiply_tile(matrix + i * count, count, 1, from, to + i * WIDTH);
}

/* Up to WIDTH pairs of multiplets of sizes d and e: the first's numbers, `all` of them. */
static WIDE void solve_pairs(const double *matrix_even, const double *matrix_odd, double *const *number, size_t all,
                             size_t first, size_t width) {
    double even[PARITY * WIDTH], odd[PARITY * WIDTH], from_even[PARITY * WIDTH], from_odd[PARITY * WIDTH];
    const size_t half = (all + 1) / 2;
    for (size_t i = 0; i < half; i++) {
        const double *here = number[i] + first, *back = number[all - 1 - i] + first;
        for (size_t c = 0; c < WIDTH; c++) {
            even[i * WIDTH + c] = here[c] + back[c];
            odd[i * WIDTH + c] = here[c] - back[c];
        }
    }
    multiply(matrix_even, half, even, from_even);
    multiply(matrix_odd, all / 2, odd, from_odd);
    for (size_t i = 0; i < all / 2; i++) {
        double *here = number[i] + first, *back = number[all - 1 - i] + first;
        for (size_t c = 0; c < width; c++) {
            here[c] = from_even[i * WIDTH + c] + from_odd[i * WIDTH + c];
            back[c] = from_even[i * WIDTH + c] - from_odd[i * WIDTH + c];
        }
    }
    for (size_t c = 0; half > all / 2 && c < width; c++)
        number[half - 1][first + c] = 2 * from_even[(half - 1) * WIDTH + c];
}

/* A low multiplet with all high ones. */
static void solve_multiplet(joint_t *self, size_t e, size_t of_low) {
    const half_t *high = &self->high, *low = &self->low;
    const size_t pitch = pitch_of(high->bits);
    double *number[PAIR];
    for (size_t d = 1; d <= SIZES; d++) {
        const size_t count = high->multiplets[d];
        for (size_t s = 0; s < e && count > 0; s++)
            for (size_t t = 0; t < d; t++)
                number[s * d + t] = self->turned + low->slot[low->begin[e] + s * low->multiplets[e] + of_low] * pitch +
                                    high->begin[d] + t * count;
        for (size_t first = 0; first < count; first += WIDTH)
            solve_pairs(self->even[d][e], self->odd[d][e], number, d * e, first,
                        count - first < WIDTH ? count - first : WIDTH);
    }
}

static WIDE void subtract(double *restrict from, const double *restrict x, size_t cells) {
    for (size_t i = 0; i < cells; i++)
        from[i] -= x[i];
}

static WIDE void add_table(double *restrict x, const double *restrict table, double factor, size_t cells) {
    for (size_t i = 0; i < cells; i++)
        x[i] += factor * table[i];
}

/* With the multiplier nu of the graph: x + Z^T nu, b + Y^T nu, w - nu / quotient. */
void joint_apply(joint_t *self, double *x, double *b, double *w) {
    const size_t cells = arrays_cells(self->n), bytes = cells * sizeof *x;
    double *nu = self->table, *sums = self->turned;
    memcpy(nu, w, bytes);
    memcpy(sums, x, bytes);
    zeta_transform(sums, self->n);
    subtract(nu, sums, cells);
    memcpy(sums, b, bytes);
    rotations_disjoint_sums(sums, self->n);
    subtract(nu, sums, cells);
    leave_masks(self);
    for (size_t e = 1; e <= SIZES; e++)
        for (size_t m = 0; m < self->low.multiplets[e]; m++)
            solve_multiplet(self, e, m);
    return_to_masks(self);
    add_table(w, nu, -1 / self->quotient, cells);
    memcpy(sums, nu, bytes);
    rotations_superset_sums(sums, self->n);
    add_table(x, sums, 1, cells);
    rotations_disjoint_sums(nu, self->n);
    add_table(b, nu, 1, cells);
}
