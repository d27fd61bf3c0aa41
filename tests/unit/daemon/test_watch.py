"""A watch feeds what waits, acts on it, lets time pass, and ends without losing anything."""

import asyncio
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from scanwarden._core import _native
from scanwarden.daemon.enforcer import Clocks
from scanwarden.daemon.pipeline import Pipeline
from scanwarden.daemon.watch import RING_DELAY_NS, Watch, WatchTotals
from scanwarden.detector.face import new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import SensorError
from scanwarden.lab.pcap import TimedFrame
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record
from scanwarden.model.time import NS_PER_S
from scanwarden.policy.judge import Judge
from scanwarden.policy.rules import Rules
from scanwarden.sensors.live import LiveSensor
from tests.captures import GUARDED, START_NS, capture, refused

TICK_S = 0.02


class CaptureAsRing:
    """A ring that holds the packets of capture files, and becomes readable when one is put in."""

    def __init__(self) -> None:
        self._event = os.eventfd(0, os.EFD_NONBLOCK)
        self._waiting: list[Path] = []
        self.counters = {"dropped": 0}
        self.broken = False

    def put(self, path: Path) -> None:
        """Have the packets of one more capture wait."""
        self._waiting.append(path)
        os.write(self._event, struct.pack("=Q", 1))

    def fileno(self) -> int:
        return self._event

    def dispatch(self, detector: _native.Detector, /) -> int:
        if self.broken:
            raise _native.NativeError("eth0 is gone")
        if not self._waiting:
            return 0
        os.read(self._event, 8)
        file = _native.CaptureFile(str(self._waiting.pop(0)))
        while file.replay(detector, 1000):
            pass
        return file.packets()

    def statistics(self) -> dict[str, int]:
        return self.counters

    def take_record_error(self) -> str | None:
        return None

    def close(self) -> None:
        os.close(self._event)


class Bench:
    """A watch over crafted packets, ended by the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ring = CaptureAsRing()
        self.told: list[Record] = []
        self.now_ns = START_NS
        self.totals = WatchTotals()

    def run(self, *steps: Callable[[], None]) -> None:
        """Watch while the steps happen, three ticks apart, then stop."""

        async def play() -> None:
            watch = Watch(
                LiveSensor(["test0"], self.ring),
                new_core(DetectorSettings(home=(Prefix.parse(GUARDED),), sensor="live:test0")),
                pipeline=Pipeline(Judge(Rules()), is_enforcing=False),
                tell=self.told.append,
                name="live:test0",
                tick_s=TICK_S,
                clocks=Clocks(wall_ns=lambda: self.now_ns, monotonic_ns=lambda: self.now_ns),
            )
            self.totals = watch.totals
            watching = asyncio.create_task(watch.run())
            for step in steps:
                step()
                await asyncio.sleep(3 * TICK_S)
            watch.stop()
            await watching

        try:
            asyncio.run(play())
        finally:
            self.ring.close()

    def packets(self, frames: list[TimedFrame]) -> None:
        self.ring.put(capture(self.folder / f"{len(self.told)}.pcap", frames))

    def kinds(self) -> list[str]:
        return [one.kind if isinstance(one, Notice) else type(one).__name__ for one in self.told]


def test_waiting_packets_are_fed_and_what_they_show_is_told_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before_the_end: list[str] = []
    bench.run(lambda: bench.packets(refused(range(1, 11))), lambda: before_the_end.extend(bench.kinds()))
    assert before_the_end == ["Opened", "Decided"]
    assert bench.kinds() == ["Opened", "Decided", "Closed"]
    assert (bench.totals.packets, bench.totals.scans, bench.totals.would_ban) == (20, 1, 1)


def test_time_passes_without_packets(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    silent = refused(range(1, 11))[::2]
    kinds: list[list[str]] = []

    def pass_time() -> None:
        kinds.append(bench.kinds())
        bench.now_ns = silent[-1][0] + NS_PER_S + RING_DELAY_NS + 1

    bench.run(lambda: bench.packets(silent), pass_time, lambda: kinds.append(bench.kinds()))
    assert kinds == [[], ["Opened", "Decided"]]


def test_the_end_decides_what_is_pending(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run(lambda: bench.packets(refused(range(1, 11))[::2]))
    assert bench.kinds() == ["Opened", "Decided", "Closed"]


def test_losses_are_told_and_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run(lambda: bench.ring.counters.update(dropped=7))
    assert bench.kinds() == ["packets_lost"]
    assert bench.totals.dropped == 7


def test_a_capture_that_breaks_ends_the_watch_with_the_reason_after_telling_what_was_seen(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    def break_it() -> None:
        bench.ring.broken = True

    with pytest.raises(SensorError, match="eth0 is gone"):
        bench.run(lambda: bench.packets(refused(range(1, 11))), break_it)
    assert bench.kinds() == ["Opened", "Decided", "Closed"]
