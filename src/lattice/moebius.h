/* The Moebius transform of a set function and its inverse, in place.
 *
 *   moebius:  I(S) = sum over T subset of S of (-1)^(|S|-|T|) v(T)      (Harsanyi dividends)
 *   zeta:     v(S) = sum over T subset of S of I(T)                     (Theorem 1 of arXiv 2305.01939)
 *
 * Butterflies run over bits 0..n-1 in ascending order, always: for one element the sequence of subtractions is fixed,
 * so any blocking and any vector width give the same bits. Tables may begin anywhere; at a multiple of 64 bytes they
 * are done about a quarter faster.
 */
#ifndef HARSANYI_LATTICE_MOEBIUS_H
#define HARSANYI_LATTICE_MOEBIUS_H

#include "lattice/mask.h"

/* A table of 2^n doubles that begins at such a multiple, uninitialised; free it. NULL without memory. */
double *moebius_table(int n);

/* a has shape [2^n]. */
void moebius_transform(double *a, int n);
void zeta_transform(double *a, int n);

/* The butterflies of `bits` consecutive bits over rows of a strip: a is [2^bits, width] with `pitch` doubles from row
 * to row, and row r stands for the value r of those bits. With the rows of a table at stride 2^lo masks this does bits
 * lo ... lo+bits-1 of the transform for a strip of columns; see run/combine.c. pitch >= width. */
void moebius_strip(double *a, int bits, size_t width, size_t pitch);
void zeta_strip(double *a, int bits, size_t width, size_t pitch);

#endif
