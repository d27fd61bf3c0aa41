"""Colours are for terminals that want them; JSON lines stay alone on standard output."""

import io
import sys

import pytest

from scanwarden.cli.output import Output
from scanwarden.cli.terminal import painter
from scanwarden.formats.text.narrator import Narrator
from tests.samples import CLOSED, OPENED, record


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "environment", "painted"),
    [
        (Terminal(), {"TERM": "xterm"}, "\x1b[1;31mx\x1b[0m"),
        (Terminal(), {"TERM": "dumb"}, "x"),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, "x"),
        (io.StringIO(), {"TERM": "xterm"}, "x"),
    ],
)
def test_only_a_terminal_that_wants_colours_gets_them(
    out: io.StringIO, environment: dict[str, str], painted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", out)
    assert painter()("x", "alarm") == painted


def test_a_role_without_a_colour_stays_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert painter()("x", "plain") == "x"


def test_a_record_without_lines_writes_nothing(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    Output("text", Narrator(is_live=False)).tell(record(OPENED))
    assert capsysbinary.readouterr().out == b""


def test_remarks_stand_beside_json_and_among_text(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    Output("json", Narrator(is_live=False)).remark("1 scan")
    assert capsysbinary.readouterr() == (b"", b"1 scan\n")
    Output("text", Narrator(is_live=False)).remark("1 scan")
    assert capsysbinary.readouterr() == (b"1 scan\n", b"")


def test_each_record_is_one_json_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    output = Output("json", Narrator(is_live=False))
    for kind in (OPENED, CLOSED):
        output.tell(record(kind))
    assert [line[:17] for line in capsysbinary.readouterr().out.splitlines()] == [
        b'{"event":"opened"',
        b'{"event":"closed"',
    ]
