/* CRC32C (Castagnoli), the checksum of every stored block and row. */
#ifndef HARSANYI_BASE_CRC_H
#define HARSANYI_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* The CRC32C of `bytes` bytes at `data`, continuing from `before` (0 at the start): crc(ab) = crc32c(crc32c(0,a),b).
 * crc32c(0, "123456789", 9) = 0xe3069283. */
uint32_t crc32c(uint32_t before, const void *data, size_t bytes);

#endif
