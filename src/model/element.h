/* Types of the numbers that a network takes and gives, and the way from double and back. */
#ifndef HARSANYI_MODEL_ELEMENT_H
#define HARSANYI_MODEL_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With the numbers that ONNX gives them. */
typedef enum {
    ELEMENT_NONE = 0,
    ELEMENT_F32 = 1,
    ELEMENT_U8 = 2,
    ELEMENT_I8 = 3,
    ELEMENT_U16 = 4,
    ELEMENT_I16 = 5,
    ELEMENT_I32 = 6,
    ELEMENT_I64 = 7,
    ELEMENT_BOOL = 9,
    ELEMENT_F16 = 10,
    ELEMENT_F64 = 11,
    ELEMENT_U32 = 12,
    ELEMENT_U64 = 13
} element_t;

/* Bytes of one number; 0: a type that no number can be written as. */
size_t element_bytes(element_t type);

/* "float32", "int64"; for types outside of element_t too. */
const char *element_name(element_t type);

/* Whole numbers, or booleans. */
bool element_is_whole(element_t type);

/* Whether a number survives the way to the type: whole and within its range; floats are rounded, but must not become
 * infinite. NaN is no whole number. */
bool element_holds(element_t type, double number);

/* Why it does not: "is no whole number for", "is out of range for" or "is too large for". */
const char *element_fault(element_t type, double number);

/* Writes numbers [count] as the type, which has bytes; returns how many were written: `count`, or the place of the
 * first that it does not hold. */
size_t element_write(element_t type, const double *from, size_t count, void *to);

/* ---- float16 ---- */

/* The nearest, ties to even; beyond 65519.99 infinity. */
uint16_t element_half(double number);
float element_of_half(uint16_t half);

#endif
