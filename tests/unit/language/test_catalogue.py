"""Every message exists in every language, with the same gaps, and is used."""

import re
import string

import pytest

from scanwarden.language import LANGUAGES, Language, catalogue
from tests.conftest import REPOSITORY

ENGLISH = catalogue("en")
SOURCES = [
    *REPOSITORY.glob("python/scanwarden/web/**/*.py"),
    *REPOSITORY.glob("python/scanwarden/web/**/*.html"),
    *REPOSITORY.glob("python/scanwarden/charts/*.py"),
    *(path for path in REPOSITORY.glob("python/scanwarden/report/**/*.*") if "__pycache__" not in path.parts),
]


def texts(language: Language, key: str) -> list[str]:
    message = catalogue(language).message(key)
    return list(message.values()) if isinstance(message, dict) else [message]


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: Language) -> None:
    assert catalogue(language).keys == ENGLISH.keys
    for key in ENGLISH.keys:
        wanted = {name for text in texts("en", key) for name in gaps(text)}
        assert all(gaps(text) <= wanted for text in texts(language, key)), key
        assert set().union(*map(gaps, texts(language, key))) == wanted, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty_or_holds_what_is_not_printable(language: Language) -> None:
    assert all(text.strip() and text.isprintable() for key in ENGLISH.keys for text in texts(language, key))


@pytest.mark.parametrize(("language", "script"), [("ko", r"[가-힣]"), ("ja", r"[\u3040-\u30ff\u4e00-\u9fff]")])
def test_sentences_are_translated(language: Language, script: str) -> None:
    same = {key for key in ENGLISH.keys if texts(language, key) == texts("en", key)}
    names = {key for key in same if key.startswith("technique.")}
    assert same == names
    assert all(re.search(script, text) for key in ENGLISH.keys - names for text in texts(language, key))


def test_every_message_is_used_somewhere() -> None:
    text = "\n".join(path.read_text() for path in SOURCES)
    named = {key for key in ENGLISH.keys if f"'{key}'" in text or f'"{key}"' in text}
    # Made from parts: 'outcome.' ~ name in a template, f"outcome.{name}" in code.
    made = {key for key in ENGLISH.keys if f"'{key.split('.')[0]}.' ~" in text or f'"{key.split(".")[0]}.{{' in text}
    inner = {key for key in ENGLISH.keys if f"f'{key.split('.')[0]}.{{" in text}
    units = {f"unit.{name}" for name in ("d", "h", "min", "s", "ms")}
    would = {"action.would_ban"}
    assert not sorted(ENGLISH.keys - named - made - inner - units - would)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.004, "4 ms"),
        (27, "27 s"),
        (600, "10 min"),
        (5400, "1 h 30 min"),
        (604_800, "7 d"),
        (90_061, "1 d 1 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, told: str) -> None:
    assert ENGLISH.duration(seconds) == told


def test_the_number_chooses_singular_or_plural() -> None:
    assert ENGLISH("count.scan", n=1) == "1 scan"
    assert ENGLISH("count.scan", n=1200) == "1,200 scans"
    assert catalogue("ko")("count.scan", n=1) == "스캔 1건"


def test_what_fills_a_gap_is_never_read_as_a_gap() -> None:
    assert ENGLISH("scan.none", id="{n.__class__}") == "There is no scan {n.__class__}."
