"""The live view: what it shows of a service and what its keys do."""

import io
import os
import pty
import termios
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from scanwarden.cli.top_keys import Keyboard, key_of
from scanwarden.cli.top_model import Snapshot, Top, take_snapshot
from scanwarden.cli.top_view import page, sparkline
from scanwarden.control.client import ControlClient
from scanwarden.store.views import ScanPage, ScanRow
from tests.unit.control.test_app import Rehearsed, served
from tests.unit.store.records import ROW, scan_id


def row(number: int, *, probes: int = 10, is_open: bool = True, source: str | None = None) -> ScanRow:
    return msgspec.structs.replace(
        ROW,
        id=scan_id(number),
        is_open=is_open,
        source=source or f"198.51.100.{number}",
        probes=probes,
        packets=probes,
        ports="1-1000",
    )


class Scanned(Rehearsed):
    """A service that has seen scans and counts packets."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ScanRow] = []

    async def scans(self, **_: object) -> object:
        return ScanPage(scans=tuple(self.rows))


@pytest.fixture
def service() -> Scanned:
    return Scanned()


@pytest.fixture
def top(service: Scanned, tmp_path: Path) -> Iterator[Top]:
    with served(service, tmp_path) as (read, admin):
        yield Top(read, admin)


def drawn(top: Top, *, width: int = 80, height: int = 24) -> list[str]:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(page(top, height=height))
    file = console.file
    assert isinstance(file, io.StringIO)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def snapshot(top: Top, at_s: float) -> Snapshot:
    return take_snapshot(top._read, clock=lambda: at_s)


def test_a_page_fits_eighty_columns_and_names_each_scan(top: Top, service: Scanned) -> None:
    service.rows = [row(number) for number in (1, 2)] + [row(3, is_open=False)]
    top.add(snapshot(top, 0))
    lines = drawn(top)
    assert max(map(len, lines)) <= 80
    assert "enforce on eth0" in lines[0]
    assert [line.split()[0] for line in lines if line.startswith("198.51")] == [f"198.51.100.{n}" for n in (1, 2, 3)]
    assert "over" in next(line for line in lines if line.startswith("198.51.100.3"))


def test_rates_are_differences_between_two_looks(top: Top, service: Scanned) -> None:
    for at_s, probes in ((0, 10), (1, 30), (3, 130)):
        service.rows = [row(1, probes=probes)]
        top.add(snapshot(top, at_s))
    assert top.rates(scan_id(1)) == [20, 50]


def test_more_scans_than_lines_scroll_with_the_choice(top: Top, service: Scanned) -> None:
    service.rows = [row(number) for number in range(1, 41)]
    top.add(snapshot(top, 0))
    assert not any("198.51.100.30 " in line for line in drawn(top))
    for _ in range(29):
        top.press("down")
    shown = drawn(top)
    assert any(line.startswith("198.51.100.30 ") for line in shown)
    assert len(shown) <= 24


def test_keys_ban_and_report_what_the_service_answers(top: Top, service: Scanned) -> None:
    service.rows = [row(1), row(2)]
    top.add(snapshot(top, 0))
    top.press("down")
    top.press("ban")
    assert [str(ban.source) for ban in service.banned] == ["198.51.100.2/32"]
    assert top.said == "banned"
    assert "banned" in next(line for line in drawn(top) if line.startswith("198.51.100.2"))
    top.press("unban")
    assert "is not banned" in top.said
    top.press("quit")
    assert top.is_over


def test_a_service_that_went_away_is_said_and_the_last_page_stays(top: Top, service: Scanned) -> None:
    service.rows = [row(1)]
    top.add(snapshot(top, 0))
    top._read = ControlClient(Path("/nonexistent/read.sock"))
    top.look()
    assert "nobody answers" in top.said
    assert any(line.startswith("198.51.100.1") for line in drawn(top))


@pytest.mark.parametrize(("values", "bars"), [([0, 1, 2, 4], "▁▃▅█"), ([0, 0], "▁▁"), ([], ""), ([5.0] * 20, "█" * 12)])
def test_the_highest_value_is_the_highest_bar(values: list[float], bars: str) -> None:
    assert sparkline(values) == bars


@pytest.mark.parametrize(
    ("pressed", "key"),
    [(b"\x1b[A", "up"), (b"j", "down"), (b"b", "ban"), (b"q", "quit"), (b"x", None)],
)
def test_keys_have_their_meaning(pressed: bytes, key: str | None) -> None:
    assert key_of(pressed) == key


def test_the_terminal_is_put_back_as_it_was() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as terminal:
        before = termios.tcgetattr(terminal)
        with Keyboard(terminal) as keyboard:
            assert termios.tcgetattr(terminal)[3] != before[3]
            os.write(ours, b"q")
            assert keyboard.wait(30) == "quit"
            assert keyboard.wait(0) is None
        assert termios.tcgetattr(terminal)[3] == before[3]
    os.close(ours)
