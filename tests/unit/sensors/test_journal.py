"""The journal is followed through `journalctl`, from where it was left."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import SensorError
from scanwarden.hostcmd import CommandNotFoundError
from scanwarden.model.detection import Opened
from scanwarden.sensors.journal import JournalFollow
from scanwarden.sensors.log_reading import LogReading
from tests.loglines import SCANNER, START_S, dropped

PROGRAM = """#!/bin/sh
# Stands in for journalctl: writes its arguments down, tells the entries, and ends or waits.
echo "$@" >> "$(dirname "$0")/arguments"
cat "$(dirname "$0")/entries"
{ending}
"""
ENDS_ONCE = """[ -e "$0.ended" ] && exec sleep 60
touch "$0.ended"
exit 3"""


def entry(port: int) -> bytes:
    message = dropped(port).split("kernel: ", 1)[1].rstrip("\n")
    fields = {
        "__CURSOR": f"s=1;i={port}",
        "__REALTIME_TIMESTAMP": str(START_S * 1_000_000 + port * 1000),
        "_TRANSPORT": "kernel",
        "SYSLOG_IDENTIFIER": "kernel",
        "MESSAGE": message,
    }
    return json.dumps(fields).encode() + b"\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Give a program that tells twenty entries and waits."""
    (tmp_path / "entries").write_bytes(b"".join(map(entry, range(1, 21))))
    return written(tmp_path, "sleep 60")


def written(folder: Path, ending: str) -> Path:
    path = folder / "journalctl"
    path.write_text(PROGRAM.format(ending=ending))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def followed(follow: JournalFollow, lines: int) -> list[str]:
    core = new_core(DetectorSettings())
    fed = asyncio.Event()

    def on_fed() -> None:
        if follow.statistics()["lines"] >= lines:
            fed.set()

    task = asyncio.create_task(follow.run(core, on_fed))
    try:
        await asyncio.wait_for(fed.wait(), 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return [str(one.source.address) for one in Detector(core).statements() if isinstance(one, Opened)]


def test_kernel_lines_of_the_journal_are_evidence(program: Path) -> None:
    follow = JournalFollow(reading=LogReading(), command=[str(program)])
    assert asyncio.run(followed(follow, 20)) == [SCANNER]
    assert (program.parent / "arguments").read_text().startswith("--lines=0 _TRANSPORT=kernel + ")


def test_reading_goes_on_where_it_was_left(program: Path, tmp_path: Path) -> None:
    cursor = tmp_path / "cursor"
    follow = JournalFollow(reading=LogReading(), command=[str(program)], cursor_path=cursor)
    asyncio.run(followed(follow, 20))
    follow.close()
    assert cursor.read_text() == "s=1;i=20"
    asyncio.run(followed(JournalFollow(reading=LogReading(), command=[str(program)], cursor_path=cursor), 20))
    assert (program.parent / "arguments").read_text().splitlines()[1].startswith("--after-cursor=s=1;i=20 ")


def test_a_journalctl_that_ends_is_started_again_after_its_last_entry(tmp_path: Path) -> None:
    (tmp_path / "entries").write_bytes(entry(7))
    follow = JournalFollow(reading=LogReading(), command=[str(written(tmp_path, ENDS_ONCE))])
    asyncio.run(followed(follow, 2))
    assert follow.statistics()["restarts"] == 1
    assert "exit status 3" in follow.troubles()[0]
    assert (tmp_path / "arguments").read_text().splitlines()[1].startswith("--after-cursor=s=1;i=7 ")


def test_a_missing_journalctl_is_named() -> None:
    with pytest.raises(CommandNotFoundError, match="no-such-journalctl"):
        JournalFollow(reading=LogReading(), command=["no-such-journalctl"])


def test_an_unreadable_cursor_is_named(tmp_path: Path, program: Path) -> None:
    (tmp_path / "cursor").mkdir()
    with pytest.raises(SensorError, match="remove the file"):
        JournalFollow(reading=LogReading(), command=[str(program)], cursor_path=tmp_path / "cursor")
