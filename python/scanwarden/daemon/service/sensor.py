"""Be the sensor: the rings, the detector and the logs; it states what it sees and decides nothing."""

import asyncio
import signal

import msgspec

from scanwarden._core import _native
from scanwarden.config import Settings
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.link.client import Link
from scanwarden.daemon.link.messages import BanNote, BanNotes, Counts, Hello, Leave, Message, Setup, UnbanNote, bans_in
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.pipeline import AsStated
from scanwarden.daemon.service.opening import OpenedSensor, Places, index_of
from scanwarden.daemon.sightings import SightingsTap
from scanwarden.daemon.trap_list import TrapList, all_traps
from scanwarden.daemon.watch import HOST_CLOCKS, Companion, Watch
from scanwarden.detector.face import new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import ScanwardenError
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record, Statement
from scanwarden.model.time import Timestamp

REPORT_EVERY_S = 0.5
LOOK_EVERY_S = 0.5


class SensorPart:
    """One run of the sensor; the detector is made as the brain says, and made anew when that changes."""

    def __init__(self, settings: Settings, opened: OpenedSensor, *, supervisor: Supervisor) -> None:
        self._settings = settings
        self._opened = opened
        self._supervisor = supervisor
        self._name = f"live:{'+'.join(opened.interfaces)}"
        self._setup: DetectorSettings | None = None
        self._core: _native.Detector | None = None
        self._watch: Watch | None = None
        self._packets = 0
        self._is_wanted = asyncio.Event()
        self._is_leaving = False
        self._link = Link(Places.of(settings).link, hello=self._hello, receive=self._receive)

    async def run(self) -> None:
        """Run until SIGTERM, or until an interface has been replaced; raise SensorError if the capture breaks."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._leave)
        linking = asyncio.create_task(self._link.run())
        try:
            while not self._is_leaving:
                await self._is_wanted.wait()
                self._is_wanted.clear()
                if self._core is not None and not self._is_leaving:
                    await self._watch_with(self._core)
        finally:
            linking.cancel()
            await asyncio.gather(linking, return_exceptions=True)

    async def _watch_with(self, core: _native.Detector) -> None:
        """Watch until there is another detector, or the end."""
        before = self._packets
        companions: list[Companion] = [lambda: self._report(before), self._look_at_interfaces]
        if self._settings.of(FleetSettings).enabled:
            companions.append(SightingsTap(core, self._settings.of(FleetSettings), on_trouble=self._notice).run)
        if (traps := self._trap_list(core)) is not None:
            companions.append(traps.run)
        self._watch = Watch(
            self._opened.sensor,
            core,
            pipeline=AsStated(),
            tell=self._tell,
            name=self._name,
            companions=companions,
            feeds=self._opened.feeds,
        )
        try:
            self._packets = before + (await self._watch.run()).packets
        finally:
            self._watch = None

    def _hello(self) -> Hello:
        return Hello("sensor", interfaces=self._opened.interfaces, is_watching=self._watch is not None)

    def _tell(self, record: Record) -> None:
        if isinstance(record, Statement):
            self._link.tell(record)

    def _notice(self, kind: str, text: str) -> None:
        self._link.tell(Notice(time=Timestamp(HOST_CLOCKS.wall_ns()), kind=kind, text=text, sensor=self._name))

    def _receive(self, message: Message) -> None:
        match message:
            case Setup():
                self._set_up(message.detector)
            case BanNote() if self._core is not None:
                self._core.note_ban(str(message.source), int(message.expires_at))
            case BanNotes() if self._core is not None:
                for source, until in bans_in(message):
                    self._core.note_ban(str(source), int(until))
            case UnbanNote() if self._core is not None:
                self._core.note_unban(str(message.source))
            case Leave():
                self._leave_for(message.interfaces)
            case _:
                pass  # a ban before there is a detector: the setup is followed by all of them

    def _set_up(self, wanted: DetectorSettings) -> None:
        """Make the detector that is wanted, and only then let go of the old one."""
        if self._setup is not None and self._core is not None and _without_home(wanted) == _without_home(self._setup):
            if wanted.home != self._setup.home:
                self._core.set_home([str(prefix) for prefix in wanted.home])
                self._setup = wanted
            return
        try:
            self._core = new_core(wanted)
        except ScanwardenError as error:
            self._notice("detector_unchanged", f"the detector is as it was: {error}")
            return
        self._setup = wanted
        self._is_wanted.set()
        if self._watch is not None:
            self._watch.stop()

    def _leave_for(self, interfaces: tuple[str, ...]) -> None:
        """End, unless the next start could not open what it is to watch."""
        missing = [name for name in interfaces if index_of(name) is None]
        if missing:
            self._notice("sensor_unchanged", f"what is watched stays as it was: there is no {', '.join(missing)}")
        else:
            self._leave()

    def _leave(self) -> None:
        self._is_leaving = True
        self._is_wanted.set()
        if self._watch is not None:
            self._watch.stop()

    def _trap_list(self, core: _native.Detector) -> TrapList | None:
        """Give what tells the detector of the traps, already told; None without traps."""
        settings = self._settings.of(TrapsSettings)
        if not all_traps(settings):
            return None
        listed = TrapList(settings, core, on_trouble=lambda text: self._notice("traps_in_trouble", text))
        listed.adjust()
        return listed

    async def _report(self, before: int) -> None:
        while self._watch is not None:
            dropped = self._opened.sensor.statistics().get("dropped", 0)
            packets = before + self._watch.totals.packets
            self._link.report(Counts(packets=packets, dropped=dropped, is_watching=True))
            self._supervisor.alive()
            await asyncio.sleep(REPORT_EVERY_S)

    async def _look_at_interfaces(self) -> None:
        """End when an interface was deleted and created again: only a new start may open its successor."""
        while True:
            for name, index in self._opened.indices.items():
                now = index_of(name)
                if now not in (None, index):
                    self._notice("interface_replaced", f"{name} was replaced by another; the sensor starts again")
                    self._leave()
            await asyncio.sleep(LOOK_EVERY_S)


def _without_home(settings: DetectorSettings) -> DetectorSettings:
    return msgspec.structs.replace(settings, home=())
