"""What the outpost says arrives as it was said; anything else is no message."""

import pytest

from scanwarden.daemon.outpost.messages import MAX_BYTES, Heard, Message, Noted, Touched, pack, unpack
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp
from scanwarden.sensors.traps.touch import MAX_SHOWN_BYTES, shown
from tests.unit.daemon.test_traps import touch

NOTICE = Notice(time=Timestamp(7), kind="connection_log", text="x", sensor="connections")


@pytest.mark.parametrize("message", [Touched(touch()), Heard(touch("2001:db8::7"), "GET \\x00"), Noted(NOTICE)])
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    assert unpack(pack(message)) == message


def test_the_longest_message_fits() -> None:
    assert len(pack(Heard(touch(), shown(b"\xff" * MAX_SHOWN_BYTES)))) < MAX_BYTES


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\xff",
        b"{}",
        b'{"says":"touched","touch":{}}',
        pack(Touched(touch())).replace(b"192.0.2.7", b"192.0.2.777"),
        pack(Touched(touch())).replace(b'"tcp"', b'"gre"'),
        b"[" * 20_000,
    ],
)
def test_anything_else_is_no_message(datagram: bytes) -> None:
    assert unpack(datagram) is None
