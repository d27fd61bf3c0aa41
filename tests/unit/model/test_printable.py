"""Text from the network cannot move a cursor, forge a line or turn the reading direction."""

import pytest

from scanwarden.model.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nmap 7.80", "nmap 7.80"),
        ("Überwachung 탐지 検出", "Überwachung 탐지 検出"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("zero\u200bwidth\u2028line", r"zero\u200bwidth\u2028line"),
        ("\x9b31m", r"\x9b31m"),
        ("\udcff", r"\udcff"),
        (r"\x1b", r"\\x1b"),
    ],
)
def test_invisible_characters_are_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert printable("x" * 1000, max_chars=10) == "x" * 10 + "…"
