"""The question and the answer of connection tracking are read as the kernel writes them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.model.address import Address
from scanwarden.sensors.traps.conntrack import parse_answer, request

LOCAL, SOURCE = (Address.parse("10.77.1.10"), 40001), (Address.parse("10.77.1.50"), 5353)


def attribute(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def answer(address: bytes, port: bytes, *, kind: int = 0x100, address_type: int = 2) -> bytes:
    parts = attribute(0x8001, attribute(1, b"\x0a\x4d\x01\x32") + attribute(address_type, address))
    parts += attribute(0x8002, attribute(1, b"\x11") + attribute(2, b"\x14\xe9") + attribute(3, port))
    body = b"\x02\0\0\0" + attribute(0x8001, parts)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 7, 0) + body


def test_the_question_names_the_reply_of_the_flow() -> None:
    asked = request(7, 17, LOCAL, SOURCE)
    length, kind, flags, sequence, _ = struct.unpack_from("=IHHII", asked)
    assert (length, kind, flags, sequence) == (len(asked), 0x101, 1, 7)
    reply = attribute(0x8001, attribute(1, LOCAL[0].packed) + attribute(2, SOURCE[0].packed))
    reply += attribute(0x8002, attribute(1, b"\x11") + attribute(2, b"\x9c\x41") + attribute(3, b"\x14\xe9"))
    assert asked[16:] == b"\x02\0\0\0" + attribute(0x8002, reply)


@pytest.mark.parametrize(("address", "address_type"), [("10.77.1.10", 2), ("fd77:1::10", 4)])
def test_the_answer_holds_the_original_target(address: str, address_type: int) -> None:
    target = Address.parse(address)
    assert parse_answer(answer(target.packed, b"\x00\xa1", address_type=address_type)) == (7, (target, 161))


@pytest.mark.parametrize(
    "datagram",
    [
        answer(b"\x0a\x4d\x01", b"\x00\xa1"),
        answer(b"\x0a\x4d\x01\x0a", b"\x00"),
        struct.pack("=IHHIIi", 20, 2, 0, 7, 0, -2),
    ],
)
def test_an_answer_without_a_target_is_none(datagram: bytes) -> None:
    assert parse_answer(datagram) == (7, None)


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(datagram: bytes) -> None:
    parse_answer(datagram)
    parse_answer(answer(b"\x0a\x4d\x01\x0a", b"\x00\xa1")[:20] + datagram)
