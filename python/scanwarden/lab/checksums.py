"""Compute the checksums that packets carry."""

import struct


def internet_checksum(octets: bytes) -> int:
    """Return the ones' complement sum of `octets` (RFC 1071)."""
    padded = octets + b"\0" if len(octets) % 2 else octets
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _crc32c_table() -> tuple[int, ...]:
    table = []
    for index in range(256):
        remainder = index
        for _ in range(8):
            remainder = (remainder >> 1) ^ (0x82F63B78 if remainder & 1 else 0)
        table.append(remainder)
    return tuple(table)


_CRC32C = _crc32c_table()


def crc32c(octets: bytes) -> int:
    """Return the Castagnoli CRC of `octets`, which SCTP uses as its checksum (RFC 9260 appendix A)."""
    remainder = 0xFFFFFFFF
    for octet in octets:
        remainder = _CRC32C[(remainder ^ octet) & 0xFF] ^ (remainder >> 8)
    return remainder ^ 0xFFFFFFFF
