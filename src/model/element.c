#include "model/element.h"

#include <math.h>
#include <string.h>

typedef struct {
    const char *name;
    size_t bytes;
    double low, high; /* of whole numbers, which doubles hold exactly up to 2^53 */
} type_t;

static type_t type_of(element_t type) {
    static const type_t types[] = {
        [ELEMENT_NONE] = {"no tensor", 0, 0, 0},
        [ELEMENT_F32] = {"float32", 4, 0, 0},
        [ELEMENT_U8] = {"uint8", 1, 0, UINT8_MAX},
        [ELEMENT_I8] = {"int8", 1, INT8_MIN, INT8_MAX},
        [ELEMENT_U16] = {"uint16", 2, 0, UINT16_MAX},
        [ELEMENT_I16] = {"int16", 2, INT16_MIN, INT16_MAX},
        [ELEMENT_I32] = {"int32", 4, INT32_MIN, INT32_MAX},
        [ELEMENT_I64] = {"int64", 8, -0x1p53, 0x1p53},
        [8] = {"string", 0, 0, 0},
        [ELEMENT_BOOL] = {"bool", 1, 0, 1},
        [ELEMENT_F16] = {"float16", 2, 0, 0},
        [ELEMENT_F64] = {"float64", 8, 0, 0},
        [ELEMENT_U32] = {"uint32", 4, 0, UINT32_MAX},
        [ELEMENT_U64] = {"uint64", 8, 0, 0x1p53},
        [14] = {"complex64", 0, 0, 0},
        [15] = {"complex128", 0, 0, 0},
        [16] = {"bfloat16", 0, 0, 0},
    };
    const size_t known = sizeof types / sizeof *types;
    return (size_t)type < known ? types[type] : (type_t){"a type unknown here", 0, 0, 0};
}

size_t element_bytes(element_t type) {
    return type_of(type).bytes;
}

const char *element_name(element_t type) {
    return type_of(type).name;
}

bool element_is_whole(element_t type) {
    return type_of(type).high > 0;
}

bool element_holds(element_t type, double number) {
    const type_t of = type_of(type);
    if (of.high > 0)
        return number == floor(number) && number >= of.low && number <= of.high;
    if (!isfinite(number) || type == ELEMENT_F64)
        return true;
    return isfinite(type == ELEMENT_F16 ? element_of_half(element_half(number)) : (float)number);
}

const char *element_fault(element_t type, double number) {
    return !element_is_whole(type)                       ? "is too large for"
           : isfinite(number) && number == floor(number) ? "is out of range for"
                                                         : "is no whole number for";
}

/* Whole numbers are cut out of 64 bits: the machine is little-endian, as everything that ONNX Runtime runs on. */
static void write_one(element_t type, double number, size_t bytes, char *to) {
    const float narrow = (float)number;
    const uint16_t half = element_half(number);
    const int64_t whole = element_is_whole(type) ? (int64_t)number : 0;
    const void *from = type == ELEMENT_F64   ? (const void *)&number
                       : type == ELEMENT_F32 ? (const void *)&narrow
                       : type == ELEMENT_F16 ? (const void *)&half
                                             : (const void *)&whole;
    memcpy(to, from, bytes);
}

static size_t write_floats(const double *from, size_t count, char *to) {
    for (size_t i = 0; i < count; i++) {
        float narrow = (float)from[i];
        if (isinf(narrow) && isfinite(from[i]))
            return i;
        memcpy(to + i * sizeof narrow, &narrow, sizeof narrow);
    }
    return count;
}

size_t element_write(element_t type, const double *from, size_t count, void *to) {
    const size_t bytes = element_bytes(type);
    if (type == ELEMENT_F64)
        memcpy(to, from, count * sizeof *from);
    if (type == ELEMENT_F64 || type == ELEMENT_F32)
        return type == ELEMENT_F64 ? count : write_floats(from, count, to);
    for (size_t i = 0; i < count; i++) {
        if (!element_holds(type, from[i]))
            return i;
        write_one(type, from[i], bytes, (char *)to + i * bytes);
    }
    return count;
}

/* ---- float16: sign, 5 bits of exponent (bias 15), 10 of fraction ---- */

uint16_t element_half(double number) {
    const uint16_t sign = signbit(number) ? 0x8000 : 0;
    const double size = fabs(number);
    if (isnan(number))
        return sign | 0x7e00;
    if (size >= 65520)
        return sign | 0x7c00;
    const int exponent = size < 0x1p-14 ? -14 : ilogb(size);
    /* In units of the last place, rounded to even; a carry runs over into the exponent as it should. */
    const double units = nearbyint(ldexp(size, 10 - exponent));
    return (uint16_t)(sign | (uint16_t)(((exponent + 14) << 10) + (int)units));
}

float element_of_half(uint16_t half) {
    const int exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
    float size = exponent == 31 ? (fraction ? NAN : INFINITY)
                                : ldexpf((float)(fraction | (exponent ? 0x400 : 0)), (exponent ? exponent : 1) - 25);
    return half & 0x8000 ? -size : size;
}
