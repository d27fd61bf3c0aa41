"""Hostile characters are spelled out, and values stay what they are."""

import json

import pytest

from scanwarden.formats.escape import MAX_WORD_CHARS, cef_header, cef_value, shown_json, word


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("a b", "a\\x20b"),
        ("]/\\\n\x1b", "\\x5d\\x2f\\x5c\\x0a\\x1b"),
        ("ж\u202e", "\\u0436\\u202e"),
        ("😀", "\\U0001f600"),
    ],
)
def test_a_word_holds_no_separator(text: str, written: str) -> None:
    assert word(text) == written


def test_a_word_is_bounded() -> None:
    assert len(word("x" * 10_000)) == MAX_WORD_CHARS


@pytest.mark.parametrize("text", ["plain", "ж", "\x7f", "\x9b31m", "\u202e", "\U000e0001", "a\u2028b", "\ufeff"])
def test_json_keeps_its_value_and_becomes_visible(text: str) -> None:
    shown = shown_json(json.dumps(text, ensure_ascii=False).encode())
    assert shown.isprintable()
    assert json.loads(shown) == text


def test_separators_of_cef_are_escaped_where_they_separate() -> None:
    assert (cef_header("a|b=c"), cef_value("a|b=c")) == ("a\\|b=c", "a|b\\=c")
    assert cef_value("\n") == "\\\\n"
