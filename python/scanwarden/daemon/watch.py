"""Feed live packets to the detector and act on what it states, until asked to stop."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec

from scanwarden._core import _native
from scanwarden.daemon.enforcer import Clocks, Enforcer
from scanwarden.daemon.health import DROPPED, SensorHealth
from scanwarden.daemon.pipeline import Consequence
from scanwarden.detector.face import Detector
from scanwarden.errors import SensorError
from scanwarden.model.detection import Opened
from scanwarden.model.notice import Notice
from scanwarden.model.records import Decided, Record, Statement
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.sensors.live import LiveSensor

TICK_S = 0.25
# Packets reach us when the kernel retires their block, some milliseconds late; a deadline waits that long for them.
RING_DELAY_NS = 50_000_000
MAX_TURNS = 16  # of reading, before the event loop may do something else

Companion = Callable[[], Coroutine[Any, Any, None]]

HOST_CLOCKS = Clocks(wall_ns=time.time_ns, monotonic_ns=time.monotonic_ns)


class WatchTotals(msgspec.Struct, kw_only=True):
    """What a watch came to; `would_ban` counts bans that were only reported."""

    packets: int = 0
    dropped: int = 0
    scans: int = 0
    would_ban: int = 0
    bans: int = 0
    seconds: float = 0.0


class Feed(Protocol):
    """A live source of evidence beside the interfaces: a log, the journal, NFLOG."""

    name: str

    async def run(self, core: _native.Detector, on_fed: Callable[[], None]) -> None:
        """Feed what comes until cancelled."""

    def notices(self) -> list[Notice]:
        """Give what is to be told beside scans."""

    def troubles(self) -> list[str]:
        """Give what went wrong."""


class Judgement(Protocol):
    """What is asked about each statement."""

    def consequence(self, statement: Statement) -> Consequence:
        """Give the records, and the bans, that follow from one statement of the detector."""


class Watch:
    """Live sensors with their detector, policy and, if bans are enforced, enforcer; `companions` run beside them.

    `sensor` captures from interfaces, `feeds` bring what logs and the firewall tell; at least one of them is there.
    """

    def __init__(
        self,
        sensor: LiveSensor | None,
        core: _native.Detector,
        *,
        pipeline: Judgement,
        tell: Callable[[Record], None],
        name: str,
        enforcer: Enforcer | None = None,
        companions: Sequence[Companion] = (),
        feeds: Sequence[Feed] = (),
        clocks: Clocks = HOST_CLOCKS,
        tick_s: float = TICK_S,
    ) -> None:
        self._sensor = sensor
        self._core = core
        self._detector = Detector(core)
        self._pipeline = pipeline
        self._tell = tell
        self._name = name
        self._enforcer = enforcer
        self._companions = companions
        self._feeds = feeds
        self._clocks = clocks
        self._tick_s = tick_s
        self._health = SensorHealth()
        self._failure: SensorError | None = None
        self._stop = asyncio.Event()
        self.totals = WatchTotals()

    def stop(self) -> None:
        """Ask the watch to end; what was seen so far is still decided and told."""
        self._stop.set()

    async def run(self) -> WatchTotals:
        """Watch until stopped; raise SensorError if the capture breaks, after telling what was seen."""
        loop = asyncio.get_running_loop()
        started_ns = self._clocks.monotonic_ns()
        if self._sensor is not None:
            loop.add_reader(self._sensor.fileno(), self._read)
        tasks = [asyncio.create_task(work()) for work in (self._tick, *self._companions)]
        tasks += [asyncio.create_task(feed.run(self._core, self._act)) for feed in self._feeds]
        try:
            await self._until_stopped(tasks)
        finally:
            if self._sensor is not None:
                loop.remove_reader(self._sensor.fileno())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._end(started_ns)
        if self._failure is not None:
            raise self._failure
        return self.totals

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for the wish to stop, or for a task that breaks: then raise what broke it."""
        stopped = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        for task in tasks:
            if task in done:
                task.result()

    def _read(self) -> None:
        """Feed what waits, a bounded number of turns, and act on it."""
        if self._sensor is None:
            return
        try:
            for _ in range(MAX_TURNS):
                fed = self._sensor.feed(self._core)
                self.totals.packets += fed
                self._act()
                if not fed:
                    break
        except SensorError as error:
            self._failure = error
            self.stop()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._tick_s)
            self._read()
            self._detector.tick(self._clocks.wall_ns() - RING_DELAY_NS)
            self._act()
            self._look_after_sensor()
            self._look_after_feeds()
            if self._enforcer is not None:
                self._enforcer.expire()

    def _act(self) -> None:
        for statement in self._statements():
            self.totals.scans += isinstance(statement, Opened)
            consequence = self._pipeline.consequence(statement)
            for record in consequence.records:
                self.totals.would_ban += isinstance(record, Decided) and record.action == "ban" and record.would
                self._tell(record)
            if self._enforcer is not None and not self._stop.is_set():
                for ban in consequence.bans:
                    self._enforcer.request(ban)

    def _statements(self) -> list[Statement]:
        """Take out what the logs told and what was detected; a guesser is known before its scan is judged."""
        told = [notice for feed in self._feeds for notice in feed.notices()]
        return [*told, *self._detector.statements()]

    def _look_after_feeds(self) -> None:
        now = Timestamp(self._clocks.wall_ns())
        for feed in self._feeds:
            for text in feed.troubles():
                self._tell(Notice(time=now, kind="log_trouble", text=text, sensor=feed.name))

    def _look_after_sensor(self) -> None:
        if self._sensor is None:
            return
        found = self._health.findings(
            self._sensor.statistics(),
            record_failure=self._sensor.record_failure(),
            now_ns=self._clocks.monotonic_ns(),
        )
        now = Timestamp(self._clocks.wall_ns())
        for one in found:
            self._tell(Notice(time=now, kind=one.kind, text=one.text, counts=one.counts, sensor=self._name))

    def _end(self, started_ns: int) -> None:
        """Decide and tell what is pending, and count up."""
        self.stop()
        self._detector.finish()
        self._act()
        if self._sensor is not None:
            self.totals.dropped = self._sensor.statistics().get(DROPPED, 0)
        self.totals.bans = self._enforcer.bans_made if self._enforcer is not None else 0
        self.totals.seconds = (self._clocks.monotonic_ns() - started_ns) / NS_PER_S
