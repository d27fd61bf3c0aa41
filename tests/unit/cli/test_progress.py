"""A bar appears on a terminal after a while, and steps aside for what is printed."""

import io
import sys

import pytest

from scanwarden.cli import progress
from scanwarden.cli.progress import ProgressBar


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    bar = ProgressBar()
    bar.show(1, 2)
    bar.hide()
    assert err.getvalue() == ""


def test_a_short_replay_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    ProgressBar().show(1, 2)
    assert err.getvalue() == ""


@pytest.mark.parametrize("total", [2_000_000, None])
def test_a_long_replay_shows_a_bar_and_leaves_nothing_behind(
    total: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    bar = ProgressBar()
    bar.show(1_000_000, total)
    bar.hide()
    written = err.getvalue()
    assert "reading" in written
    assert written.endswith(("\x1b[2K", "\x1b[?25h", "\r\x1b[1A\x1b[2K"))
    bar.hide()
    assert err.getvalue() == written
