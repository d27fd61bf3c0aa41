"""What the kernel logs is read out of its messages."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from scanwarden.netlink import attribute
from scanwarden.sensors.connections.nflog import packets


def message(payload: bytes | None, stamp: bytes = b"", *, kind: int = 0x400) -> bytes:
    body = b"\x02\0\x1c\x3a" + attribute(1, bytes(4))
    if stamp:
        body += attribute(3, stamp)
    if payload is not None:
        body += attribute(9, payload)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def test_several_packets_of_one_datagram_are_given_with_their_times() -> None:
    stamp = struct.pack("!QQ", 5, 250_000)
    datagram = message(b"abc", stamp) + message(b"defg") + message(None) + message(b"x", kind=0x401)
    assert list(packets(datagram)) == [(5_250_000_000, b"abc"), (None, b"defg")]


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(datagram: bytes) -> None:
    list(packets(datagram))
    list(packets(message(b"abc")[:20] + datagram))
