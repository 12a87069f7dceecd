"""CRC32C (Castagnoli) in numpy: the oracle of the checksums in results files."""

import numpy as np

_POLYNOMIAL = np.uint32(0x82F63B78)


def _byte_table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ _POLYNOMIAL, table >> 1)
    return table


_TABLE = _byte_table()


def crc32c(data: bytes) -> int:
    """The plain way, a byte at a time."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = int(_TABLE[(crc ^ byte) & 0xFF]) ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _apply(operator: np.ndarray, crc: np.ndarray) -> np.ndarray:
    """A linear map of 32-bit words, given by what it makes of each bit."""
    out = np.zeros_like(crc)
    for bit in range(32):
        out ^= np.where(crc >> np.uint32(bit) & 1, operator[bit], np.uint32(0))
    return out


def crc32c_of_rows(rows: np.ndarray) -> np.ndarray:
    """CRC32C of each row of doubles; a row's length is a power of two.

    The checksum without its first and last inversion is linear: that of A then B is that of A, shifted by as many zero
    bytes as B has, xor that of B. So words are joined pairwise, all at once, with twice the shift in each round.
    """
    words = np.ascontiguousarray(rows).view(np.uint8).reshape(*rows.shape, 8)
    crc = np.zeros(rows.shape, np.uint32)
    shift = np.uint32(1) << np.arange(32, dtype=np.uint32)  # of no byte
    for byte in range(8):
        crc = _TABLE[(crc ^ words[..., byte]) & 0xFF] ^ (crc >> np.uint32(8))
        shift = _TABLE[shift & 0xFF] ^ (shift >> np.uint32(8))
    while crc.shape[-1] > 1:
        crc = _apply(shift, crc[..., 0::2]) ^ crc[..., 1::2]
        shift = _apply(shift, shift)
    inverted = np.full(crc.shape[:-1], 0xFFFFFFFF, np.uint32)
    return crc[..., 0] ^ _apply(shift, inverted) ^ inverted
