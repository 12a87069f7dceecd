"""CRC32C (Castagnoli) in numpy: the oracle of the checksums in results files."""

from functools import cache

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


def _tables(operator: np.ndarray) -> np.ndarray:
    """A linear map of 32-bit words, given by what it makes of each bit: what it makes of each value of each byte."""
    tables = np.zeros((4, 256), np.uint32)
    for byte in range(4):
        for bit in range(8):
            tables[byte, 1 << bit : 2 << bit] = tables[byte, : 1 << bit] ^ operator[8 * byte + bit]
    return tables


def _apply(tables: np.ndarray, crc: np.ndarray) -> np.ndarray:
    out = tables[0][crc & 0xFF]
    for byte in range(1, 4):
        out ^= tables[byte][crc >> np.uint32(8 * byte) & 0xFF]
    return out


@cache
def _shift(doublings: int) -> np.ndarray:
    """The map by which 8 << doublings zero bytes change a checksum."""
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    if doublings:
        half = _shift(doublings - 1)
        return _tables(_apply(half, _apply(half, bits)))
    for _ in range(8):
        bits = _TABLE[bits & 0xFF] ^ (bits >> np.uint32(8))
    return _tables(bits)


def crc32c_of_rows(rows: np.ndarray) -> np.ndarray:
    """CRC32C of each row of doubles; a row's length is a power of two.

    The checksum without its first and last inversion is linear: that of A then B is that of A, shifted by as many zero
    bytes as B has, xor that of B. So words are joined pairwise, all at once, with twice the shift in each round.
    """
    words = np.ascontiguousarray(rows).view(np.uint8).reshape(*rows.shape, 8)
    crc = np.zeros(rows.shape, np.uint32)
    for byte in range(8):
        crc = _TABLE[(crc ^ words[..., byte]) & 0xFF] ^ (crc >> np.uint32(8))
    doublings = 0
    while crc.shape[-1] > 1:
        crc = _apply(_shift(doublings), crc[..., 0::2]) ^ crc[..., 1::2]
        doublings += 1
    inverted = np.full(crc.shape[:-1], 0xFFFFFFFF, np.uint32)
    return crc[..., 0] ^ _apply(_shift(doublings), inverted) ^ inverted
