"""What a source says is kept visibly and bounded."""

import pytest

from scanwarden.sensors.traps.touch import MAX_SHOWN_BYTES, shown


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (b"GET / HTTP/1.0\r\n", "GET / HTTP/1.0\\r\\n"),
        (b"\x1b[2J\x00\x7f", "\\x1b[2J\\x00\\x7f"),
        (b"caf\xc3\xa9 \xff", "caf\\xc3\\xa9 \\xff"),
        (b"a\\x", "a\\\\x"),
        (b"", ""),
    ],
)
def test_every_invisible_byte_is_spelled_out(sent: bytes, written: str) -> None:
    assert shown(sent) == written


def test_much_is_cut() -> None:
    assert len(shown(b"x" * 100_000)) == MAX_SHOWN_BYTES
