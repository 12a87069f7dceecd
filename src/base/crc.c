#include "base/crc.h"

#include <isa-l.h>

uint32_t crc32c(uint32_t before, const void *data, size_t bytes) {
    /* ISA-L works without the customary inversions and takes an int length. */
    unsigned char *at = (unsigned char *)(uintptr_t)data;
    uint32_t crc = ~before;
    while (bytes > 0) {
        int step = bytes > (1 << 30) ? (1 << 30) : (int)bytes;
        crc = crc32_iscsi(at, step, crc);
        at += step;
        bytes -= (size_t)step;
    }
    return ~crc;
}
