"""A followed log feeds the detector what is appended, and says what is wrong with it."""

import asyncio
from pathlib import Path

import pytest

from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import ConfigError, SensorError
from scanwarden.model.detection import Closed, Opened
from scanwarden.model.time import NS_PER_S
from scanwarden.sensors.log_follow import LogFollow, recognised
from scanwarden.sensors.log_reading import LogReading, utc_offset_s
from tests.loglines import SCANNER, START_S, dropped, failed_login

SCAN = "".join(dropped(port, at_s=port / 10) for port in range(1, 21))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a firewall log with some old scan in it."""
    path = tmp_path / "messages"
    path.write_text(SCAN.replace(SCANNER, "192.0.2.99"))
    return path


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_what_is_appended_is_judged_and_what_was_there_is_not(log: Path) -> None:
    core = new_core(DetectorSettings())
    follow = LogFollow(log, reading=LogReading())
    append(log, SCAN)
    assert follow.turn(core, now_ns=0, now_s=0.0) == len(SCAN)
    assert follow.turn(core, now_ns=0, now_s=0.1) == 0
    assert [str(one.source.address) for one in Detector(core).statements() if isinstance(one, Opened)] == [SCANNER]
    assert follow.statistics()["probes"] == 20
    follow.close()


def test_a_line_is_whole_however_it_arrives(log: Path) -> None:
    core = new_core(DetectorSettings())
    follow = LogFollow(log, reading=LogReading())
    for cut in range(0, len(SCAN), 97):
        append(log, SCAN[cut : cut + 97])
        follow.turn(core, now_ns=0, now_s=0.0)
    assert follow.statistics()["probes"] == 20


def test_the_year_of_a_line_comes_from_now(log: Path) -> None:
    core = new_core(DetectorSettings())
    follow = LogFollow(log, reading=LogReading())
    append(
        log, "".join(f"Jun 15 15:06:4{n % 10} {line.split(' ', 1)[1]}\n" for n, line in enumerate(SCAN.splitlines()))
    )
    follow.turn(core, now_ns=(START_S + 60) * NS_PER_S, now_s=0.0)
    (opened,) = [one for one in Detector(core).statements() if isinstance(one, Opened)]
    assert str(opened.time).startswith("2025-06-15T15:06")


def test_guessers_are_noted(log: Path) -> None:
    core = new_core(DetectorSettings())
    follow = LogFollow(log, reading=LogReading(max_retry=3))
    append(log, "".join(failed_login(index, at_s=index) for index in range(3)))
    follow.turn(core, now_ns=0, now_s=0.0)
    assert [(notice.kind, notice.sensor) for notice in follow.notices()] == [("login_guessing", f"log:{log}")]


def test_it_runs_until_cancelled(log: Path) -> None:
    async def follow_a_while() -> int:
        core = new_core(DetectorSettings())
        follow = LogFollow(log, reading=LogReading())
        fed = asyncio.Event()
        task = asyncio.create_task(follow.run(core, fed.set))
        append(log, SCAN)
        await asyncio.wait_for(fed.wait(), 10)
        task.cancel()
        return follow.statistics()["lines"]

    assert asyncio.run(follow_a_while()) == 20


def test_a_file_that_turns_into_something_else_is_told_once(log: Path) -> None:
    core = new_core(DetectorSettings())
    follow = LogFollow(log, reading=LogReading())
    log.rename(log.with_name("elsewhere"))
    log.mkdir()
    for _ in range(3):
        follow.turn(core, now_ns=0, now_s=0.0)
    (trouble,) = follow.troubles()
    assert "messages" in trouble
    assert "not a regular file" in trouble
    assert follow.troubles() == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [("", "syslog"), (SCAN, "syslog"), (SCAN * 100, "syslog"), ('{"__CURSOR":"a","MESSAGE":"b"}\n', "journald")],
)
def test_the_format_is_told_from_the_end_of_what_is_there(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "log"
    path.write_text(content)
    assert recognised(path) == expected


def test_an_unknown_log_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "strange"
    path.write_text("nothing that anybody knows\n" * 9)
    with pytest.raises(SensorError, match=r"strange is a log of no known format; known are syslog"):
        LogFollow(path, reading=LogReading())


def test_a_restart_loses_no_line_and_reads_none_twice(log: Path, tmp_path: Path) -> None:
    core, kept = new_core(DetectorSettings()), tmp_path / "kept"
    kept.mkdir()
    lines = SCAN.splitlines(keepends=True)
    probes = 0
    LogFollow(log, reading=LogReading(), kept_in=kept).close()
    for at in range(0, len(lines), 5):
        append(log, "".join(lines[at : at + 3]))  # while it is away
        follow = LogFollow(log, reading=LogReading(), kept_in=kept)
        append(log, "".join(lines[at + 3 : at + 5]) + "half a ")
        follow.turn(core, now_ns=0, now_s=0.0)
        probes += follow.statistics()["probes"]
        follow.close()
        append(log, "line\n")
        assert follow.troubles() == []
    assert probes == len(lines) == 20


def test_a_position_that_cannot_be_kept_is_told_once(log: Path, tmp_path: Path) -> None:
    core, kept = new_core(DetectorSettings()), tmp_path / "kept"
    kept.mkdir()
    follow = LogFollow(log, reading=LogReading(), kept_in=kept)
    kept.rmdir()
    for _ in range(3):
        append(log, SCAN)
        follow.turn(core, now_ns=0, now_s=0.0)
        follow.turn(core, now_ns=0, now_s=5.0)
    (trouble,) = follow.troubles()
    assert "is not kept" in trouble


def test_summer_time_begins_while_a_log_is_followed(log: Path) -> None:
    core = new_core(DetectorSettings())
    follow = LogFollow(log, reading=LogReading(time_zone="Europe/Vienna", utc_offset_s=3600))
    scan = [line.split(" ", 1)[1] for line in SCAN.splitlines()]
    # 2025-03-30 at 01:00 UTC; the hour after 01:59 is 03:00 there.
    for stamp, now_s in (("Mar 30 01:59:59", 1_743_296_399), ("Mar 30 03:00:00", 1_743_296_400)):
        append(log, "".join(f"{stamp} {line}\n" for line in scan))
        follow.turn(core, now_ns=now_s * NS_PER_S, now_s=0.0)
    (opened,) = [one for one in Detector(core).statements() if isinstance(one, Opened)]
    core.finish()
    (closed,) = [one for one in Detector(core).statements() if isinstance(one, Closed)]
    assert (int(opened.first_seen) // NS_PER_S, int(closed.last_seen) // NS_PER_S) == (1_743_296_399, 1_743_296_400)


def test_a_zone_has_its_offset_of_that_day() -> None:
    assert [utc_offset_s("Europe/Vienna", at_s) for at_s in (1_736_000_000, 1_752_000_000)] == [3600, 7200]
    with pytest.raises(ConfigError, match="no time zone 'Middle/Earth'"):
        utc_offset_s("Middle/Earth", 0)
