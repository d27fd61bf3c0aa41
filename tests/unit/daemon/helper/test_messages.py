"""The helper understands messages of 48 bytes and nothing else."""

import contextlib
import random

import msgspec
import pytest

from scanwarden.daemon.helper.messages import (
    MAX_BATCH,
    NOTED_SIZE,
    SIZE,
    Flag,
    Message,
    MessageError,
    Op,
    pack_all,
    unpack,
    unpack_all,
    unpack_noted,
)
from scanwarden.model.address import Prefix

BAN = Message(op=Op.BAN, flags=Flag.FORGEABLE, source=Prefix.parse("2001:db8::/64"), sequence=7, duration_s=600)


@pytest.mark.parametrize(
    "message",
    [BAN, Message(op=Op.PING), Message(op=Op.UNBAN, source=Prefix.parse("192.0.2.1"), number=4, sequence=2**64 - 1)],
)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert len(message.pack()) == SIZE == 48
    assert unpack(message.pack()) == message


@pytest.mark.parametrize(
    ("position", "value"),
    [(0, 0), (4, 0), (4, 99), (5, 8), (6, 5), (6, 4), (7, 129), (47, 1)],
    ids=["magic", "no operation", "unknown operation", "flag", "family", "other family", "prefix length", "padding"],
)
def test_a_wrong_byte_is_refused(position: int, value: int) -> None:
    packed = bytearray(BAN.pack())
    packed[position] = value
    with pytest.raises(MessageError):
        unpack(bytes(packed))


NOTED = msgspec.structs.replace(BAN, scan="sw-00000000000000aa", reason="scan of a café")


def test_a_note_comes_back_cut_and_printable() -> None:
    assert len(NOTED.pack_noted()) == NOTED_SIZE
    assert unpack_noted(NOTED.pack_noted()) == NOTED
    assert unpack(NOTED.pack()) == BAN
    hostile = msgspec.structs.replace(BAN, reason="a\x1b[31m\0b\ud800" + "€" * 300)
    assert unpack_noted(hostile.pack_noted()).reason == "a?[31m?b?" + "€" * 66


@pytest.mark.parametrize("field", [b"a\0b", b"\xff", b"\x1b", "\u202e".encode()])
def test_a_note_that_is_no_text_is_refused(field: bytes) -> None:
    packed = bytearray(BAN.pack_noted())
    packed[SIZE : SIZE + len(field)] = field
    with pytest.raises(MessageError):
        unpack_noted(bytes(packed))


@pytest.mark.parametrize("size", [0, SIZE, NOTED_SIZE - 1, NOTED_SIZE + 1])
def test_a_noted_record_has_one_size_too(size: int) -> None:
    with pytest.raises(MessageError):
        unpack_noted(bytes(size))


@pytest.mark.parametrize("size", [0, 1, 47, 49, 4096])
def test_a_wrong_size_is_refused(size: int) -> None:
    with pytest.raises(MessageError):
        unpack(bytes(size))


@pytest.mark.parametrize(("count", "datagrams"), [(0, 0), (1, 1), (MAX_BATCH, 1), (MAX_BATCH + 1, 2)])
def test_many_messages_share_datagrams(count: int, datagrams: int) -> None:
    messages = [BAN] * count
    packed = pack_all(messages)
    assert len(packed) == datagrams
    assert [message for datagram in packed for message in unpack_all(datagram)] == messages


@pytest.mark.parametrize("size", [0, SIZE - 1, SIZE + 1, (MAX_BATCH + 1) * SIZE])
def test_a_datagram_of_no_whole_messages_or_too_many_is_refused(size: int) -> None:
    with pytest.raises(MessageError):
        unpack_all((BAN.pack() * (MAX_BATCH + 2))[:size])


def test_host_bits_in_a_network_are_refused() -> None:
    packed = bytearray(BAN.pack())
    packed[27] = 1
    with pytest.raises(MessageError):
        unpack(bytes(packed))


def test_random_bytes_are_refused_or_read_but_never_break_it() -> None:
    rng = random.Random(5)
    for _ in range(20_000):
        packed = bytearray(BAN.pack())
        for _ in range(rng.randrange(1, 4)):
            packed[rng.randrange(SIZE)] = rng.randrange(256)
        with contextlib.suppress(MessageError):
            assert unpack(bytes(packed)).pack() == bytes(packed)
