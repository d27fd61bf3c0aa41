"""Who comes to a port after a scan has learnt that it is open."""

from pathlib import Path

import pytest

from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.lab.pcap import TimedFrame
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.time import NS_PER_S
from scanwarden.sensors.replay import open_capture
from tests.captures import GUARDED, START_NS, accepted, capture, refused

HOUR_NS = 3600 * NS_PER_S
DAY_NS = 24 * HOUR_NS
STRANGER = "203.0.113.77"


def scan(start_ns: int = START_NS) -> list[TimedFrame]:
    """Give a scan that finds 5432 open among ten closed ports."""
    return [*refused(range(1, 11), start_ns=start_ns), *accepted([5432], start_ns=start_ns + NS_PER_S)]


def visit(source: str, start_ns: int, port: int = 5432) -> list[TimedFrame]:
    return accepted([port], source=source, start_ns=start_ns)


def notices(tmp_path: Path, frames: list[TimedFrame]) -> list[Notice]:
    core = new_core(DetectorSettings(home=(Prefix.parse(GUARDED),), sensor="replay:test"))
    detector = Detector(core)
    open_capture(str(capture(tmp_path / "seen.pcap", frames))).feed(core, max_packets=10_000)
    detector.tick(frames[-1][0] + 60 * NS_PER_S)
    return [one for one in detector.statements() if isinstance(one, Notice)]


def test_a_stranger_who_comes_for_a_learnt_port_alone_is_told(tmp_path: Path) -> None:
    (notice,) = notices(tmp_path, [*scan(), *visit(STRANGER, START_NS + 3 * HOUR_NS)])
    assert notice.kind == "learnt_then_used"
    assert notice.source is not None
    assert str(notice.source.address) == STRANGER
    assert str(notice.targets[0].tcp) == "5432"
    assert notice.text.startswith(f"{STRANGER}, never seen before, came for 5432/tcp of {GUARDED} alone")
    assert notice.text.endswith("which a scan learnt to be open 2 h before")
    assert 3 * 3600 - 5 < notice.counts["learnt_ago_s"] <= 3 * 3600


def crowd(count: int, start_ns: int) -> list[TimedFrame]:
    """Give visits of as many strangers, twenty seconds apart."""
    return [
        frame
        for number in range(count)
        for frame in visit(f"203.0.113.{number + 100}", start_ns + number * 20 * NS_PER_S)
    ]


LATER_NS = START_NS + HOUR_NS
NEXT_PORT = refused([9], source=STRANGER, start_ns=LATER_NS + NS_PER_S)


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        (visit(STRANGER, START_NS), "no scan learnt it"),
        ([*scan(), *visit(STRANGER, START_NS + 8 * DAY_NS)], "that was more than a week ago"),
        ([*scan(), *visit(STRANGER, LATER_NS, port=80)], "another port"),
        ([*scan(), *visit(STRANGER, LATER_NS), *NEXT_PORT], "a scanner that goes on to its next port"),
        ([*crowd(5, START_NS - HOUR_NS), *scan(), *visit(STRANGER, LATER_NS)], "a public service"),
        ([*scan(), *scan(LATER_NS)], "the scanner itself, again"),
    ],
)
def test_nobody_is_told_where(tmp_path: Path, frames: list[TimedFrame], why: str) -> None:
    assert notices(tmp_path, frames) == [], why


def test_many_strangers_are_few_notices(tmp_path: Path) -> None:
    assert len(notices(tmp_path, [*scan(), *crowd(100, LATER_NS)])) == 3
