"""SYNs from ever new sources, made fast enough for hundreds of thousands."""

import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from scanwarden.lab.pcap import TimedFrame

TARGET = "198.51.100.10"
START_NS = 1_750_000_000_000_000_000
GAP_NS = 1_000
_GOLDEN_RATIO = 0x9E3779B1  # odd: multiplied by it, 32-bit numbers are all different
_ETHERNET = bytes.fromhex("0200000000100200000000500800")
_FIXED_SUM = 0x4500 + 40 + 0x4006  # version and length, 40 bytes, no fragment, TTL 64, TCP


def random_sources(count: int) -> Iterator[int]:
    """Give `count` different addresses of 64.0.0.0/2 as numbers, without order."""
    return (0x4000_0000 | (number * _GOLDEN_RATIO & 0x3FFF_FFFF) for number in range(count))


def syn_frames(
    sources: Iterable[int], *, gap_ns: int = GAP_NS, port: int = 443, target: str = TARGET
) -> Iterator[TimedFrame]:
    """Give one SYN a source; TCP checksums are left zero, as offloading leaves them."""
    tcp = struct.pack("!HHIIBBHHH", 40_000, port, 1, 0, 0x50, 2, 1024, 0, 0)
    to = IPv4Address(target).packed
    fixed_sum = _FIXED_SUM + sum(struct.unpack("!2H", to))
    for number, source in enumerate(sources):
        total = fixed_sum + (source >> 16) + (source & 0xFFFF)
        total = (total & 0xFFFF) + (total >> 16)
        total = (total & 0xFFFF) + (total >> 16)
        ip = struct.pack("!HHIBBHI", 0x4500, 40, 0, 64, 6, ~total & 0xFFFF, source)
        yield START_NS + number * gap_ns, _ETHERNET + ip + to + tcp
