"""What the parts say survives being written and read; anything else is refused."""

import pytest

from scanwarden.daemon.link.messages import (
    HEAD,
    MAX_FRAME_BYTES,
    BanNote,
    BanNotes,
    Counts,
    Found,
    Hello,
    Leave,
    LinkError,
    Look,
    Message,
    Setup,
    Taken,
    Told,
    UnbanNote,
    bans_in,
    body_bytes,
    frame,
    packed_bans,
    unpack,
)
from scanwarden.detector.settings import DetectorSettings
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp

SOURCE = Prefix.parse("2001:db8::/64")
NOTICE = Notice(time=Timestamp(5), kind="flood", text="many", sensor="live:eth0", counts={"packets": 7})


@pytest.mark.parametrize(
    "message",
    [
        Hello("sensor", interfaces=("eth0",), is_watching=True),
        Told(9, NOTICE),
        Taken(9),
        Counts(packets=1, dropped=2, is_watching=True),
        Setup(DetectorSettings(home=(SOURCE,), sensor="live:eth0", knocks=((1, 2, 3),))),
        BanNote(SOURCE, Timestamp(1_700_000_000_000_000_001)),
        BanNotes(b"\x00\xff"),
        UnbanNote(SOURCE),
        Look(),
        Leave(),
        Found(
            labels=((SOURCE, "gateway"),),
            on_link=(SOURCE,),
            gaps=("no resolver",),
            names=(("a.example", (SOURCE,)),),
            name_gaps=(),
        ),
    ],
)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    packed = frame(message)
    assert body_bytes(packed[: HEAD.size]) == len(packed) - HEAD.size
    assert unpack(packed[HEAD.size :]) == message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b'{"says":"root"}',
        b'{"says":"told","number":1,"statement":{"event":"ban"}}',
        b'{"says":"banned","source":"300.1.2.3","expires_at":"2026-01-01T00:00:00Z"}',
        b'{"says":"counts","packets":"x","dropped":0,"is_watching":true}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(LinkError):
        unpack(body)


def test_bans_are_read_as_they_were_written() -> None:
    bans = [
        (SOURCE, Timestamp(2**63)),
        (Prefix.parse("192.0.2.0/24"), Timestamp(1)),
        (Prefix.parse("::1"), Timestamp()),
    ]
    assert bans_in(packed_bans(bans)) == bans
    assert bans_in(packed_bans([])) == []


@pytest.mark.parametrize(
    ("position", "value"),
    [(0, 0), (0, 5), (1, 33), (5, 1)],
    ids=["no version", "another version", "longer than the address", "host bits"],
)
def test_bans_that_nobody_wrote_are_refused(position: int, value: int) -> None:
    packed = bytearray(packed_bans([(Prefix.parse("192.0.2.0/24"), Timestamp(1))]).packed)
    packed[position] = value
    with pytest.raises(LinkError, match="bans are not understood"):
        bans_in(BanNotes(bytes(packed)))
    with pytest.raises(LinkError, match="bans are not understood"):
        bans_in(BanNotes(bytes(packed[:-1])))


@pytest.mark.parametrize("length", [0, MAX_FRAME_BYTES + 1, 0xFFFF_FFFF])
def test_a_length_that_no_message_has_is_refused(length: int) -> None:
    with pytest.raises(LinkError, match="announced"):
        body_bytes(HEAD.pack(length))


def test_a_message_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(LinkError, match="too long"):
        frame(Hello("x" * MAX_FRAME_BYTES))
