#include "lattice/strips.h"

#include "lattice/moebius.h"

#include <stdlib.h>

int strips_piece_bits(int n, int wanted) {
    int least = (n + 1) / 2; /* 2^(n - least) rows of one column fit */
    return wanted > n ? n : wanted < least ? least : wanted;
}

/* Step 1. */
static status_t transform_pieces(const strips_t *s, int bits, strips_write_t output, failure_t *why) {
    mask_t size = mask_count(bits);
    for (mask_t first = 0; first < mask_count(s->n); first += size) {
        TRY(s->input(s->self, first, size, s->piece, why));
        if (s->zeta)
            zeta_transform(s->piece, bits);
        else
            moebius_transform(s->piece, bits);
        TRY(output(s->self, first, size, s->piece, why));
    }
    return STATUS_OK;
}

/* Step 2: the butterflies over the high bits; 2^high rows of 2^bits masks. */
static status_t transform_strips(const strips_t *s, int bits, int high, failure_t *why) {
    mask_t rows = mask_count(high), columns = mask_count(bits);
    mask_t room = mask_count(s->piece_bits) / rows, width = room < columns ? room : columns;
    for (mask_t column = 0; column < columns; column += width) {
        for (mask_t r = 0; r < rows; r++)
            TRY(s->kept(s->self, r * columns + column, width, s->piece + r * width, why));
        if (s->zeta)
            zeta_strip(s->piece, high, width, width);
        else
            moebius_strip(s->piece, high, width, width);
        for (mask_t r = 0; r < rows; r++)
            TRY(s->output(s->self, r * columns + column, width, s->piece + r * width, why));
    }
    return STATUS_OK;
}

status_t strips_transform(const strips_t *s, failure_t *why) {
    int bits = s->n < s->piece_bits ? s->n : s->piece_bits;
    if (bits == s->n)
        return transform_pieces(s, bits, s->output, why);
    TRY(transform_pieces(s, bits, s->keep, why));
    return transform_strips(s, bits, s->n - bits, why);
}

int strips_default_bits(void) {
    const char *given = getenv("HARSANYI_PIECE_BITS");
    long bits = given ? strtol(given, NULL, 10) : 0;
    return bits > 0 && bits < STRIPS_PIECE_BITS ? (int)bits : STRIPS_PIECE_BITS;
}
