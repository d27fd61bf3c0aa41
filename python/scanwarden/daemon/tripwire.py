"""Run the kernel tripwire beside a watch: it follows the listening ports, and whom it cut off is confirmed or let in.

The wire trips after more closed ports than the detector needs to open a scan, so the detector has usually spoken before
anybody looks. A source that is still cut off at a second look, half a second later, without a scan that may be
banned, is let in again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from scanwarden.daemon.listening_ports import listening_ports
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.address import Address, Prefix
from scanwarden.model.detection import Closed, Detection
from scanwarden.model.notice import Notice
from scanwarden.model.ports import Ports
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Decided, Record
from scanwarden.model.time import Timestamp

LOOK_EVERY_S = 0.5
MAX_SCANS = 65_536  # open scans remembered; the one opened first gives way, and its source may be let in
MAX_MEMBERS = 256

Answer = TypeVar("Answer")


class Wire(Protocol):
    """What is asked of the tripwire in the kernel; every call blocks and may raise ResponderError."""

    def set_up(self, open_ports: Ports) -> None:
        """Set the wire."""

    def protect(self, protected: PrefixTable) -> None:
        """Never trip on these."""

    def listen(self, open_ports: Ports) -> bool:
        """Follow the ports that somebody listens on."""

    def tripped(self) -> list[Prefix]:
        """Say who is cut off."""

    def lift(self, sources: Iterable[Prefix]) -> None:
        """Let sources in again."""

    def is_intact(self) -> bool:
        """Say whether the wire is still set."""

    def cleanup(self) -> None:
        """Take the wire away."""


class OpenScans:
    """Know which sources have an open scan that nobody told to spare; at most `max_scans` scans."""

    def __init__(self, max_scans: int = MAX_SCANS) -> None:
        self._max_scans = max_scans
        self._by_scan: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()
        self._counts: dict[bytes, int] = {}

    def take_in(self, record: Record) -> None:
        """Learn from one record that was told."""
        if isinstance(record, Closed) or (isinstance(record, Decided) and record.action == "spare"):
            self._forget(record.id)
        elif isinstance(record, Detection):
            self._forget(record.id)
            self._remember(record.id, _addresses(record))

    def holds(self, source: Prefix) -> bool:
        """Say whether a single address has an open scan."""
        return source.address.packed in self._counts

    def _remember(self, scan: str, addresses: tuple[bytes, ...]) -> None:
        self._by_scan[scan] = addresses
        for packed in addresses:
            self._counts[packed] = self._counts.get(packed, 0) + 1
        if len(self._by_scan) > self._max_scans:
            self._forget(next(iter(self._by_scan)))

    def _forget(self, scan: str) -> None:
        for packed in self._by_scan.pop(scan, ()):
            self._counts[packed] -= 1
            if not self._counts[packed]:
                del self._counts[packed]


class LiveTripwire:
    """One tripwire beside one watch; `tell` gets a notice for everything it does by itself."""

    def __init__(
        self,
        wire: Wire,
        *,
        tell: Callable[[Record], None],
        sensor: str,
        wall_ns: Callable[[], int],
        find_ports: Callable[[], Ports] = listening_ports,
    ) -> None:
        self._wire = wire
        self._tell = tell
        self._sensor = sensor
        self._wall_ns = wall_ns
        self._find_ports = find_ports
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tripwire")
        self._scans = OpenScans()
        self._suspected: frozenset[bytes] = frozenset()
        self._trouble = ""
        self._looks = 0
        self.confirmed = 0
        self.lifted = 0

    def take_in(self, record: Record) -> None:
        """Learn from one record of the pipeline who has an open scan."""
        self._scans.take_in(record)

    async def set_up(self) -> None:
        """Set the wire; raise ResponderError or SensorError if that fails."""
        await self._on_thread(self._set)

    async def protect(self, protected: PrefixTable) -> None:
        """Never trip on these from now on."""
        await self._try(lambda: self._wire.protect(protected))

    async def run(self) -> None:
        """Look every half second until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Follow the listening ports, repair the wire, and judge who is cut off."""
        tripped = await self._try(self._inspect)
        if not tripped:
            self._suspected = frozenset()
            return
        strangers = [source for source in tripped if not self._scans.holds(source)]
        self.confirmed += len(tripped) - len(strangers)
        innocent = [source for source in strangers if source.key in self._suspected]
        self._suspected = frozenset(source.key for source in strangers)
        if innocent:
            await self._let_in(innocent)

    async def _let_in(self, innocent: Sequence[Prefix]) -> None:
        is_done: bool | None = await self._try(lambda: self._lift(innocent))
        if is_done:
            self.lifted += len(innocent)
            self._notice("tripwire_lifted", f"let in again, no scan: {_listed(innocent)}", lifted=len(innocent))

    async def close(self) -> None:
        """Take the wire away; raise ResponderError if that fails."""
        try:
            await self._on_thread(self._wire.cleanup)
        finally:
            self._thread.shutdown()

    def _set(self) -> None:
        self._wire.set_up(self._find_ports())

    def _inspect(self) -> Sequence[Prefix]:
        self._looks += 1
        if self._looks % 2 == 0 and not self._wire.is_intact():
            raise ResponderError("somebody changed its rules")
        self._wire.listen(self._find_ports())
        return self._wire.tripped()

    def _lift(self, sources: Sequence[Prefix]) -> bool:
        self._wire.lift(sources)
        return True

    async def _try(self, call: Callable[[], Answer]) -> Answer | None:
        """Do something with the wire; if that fails set it anew, and say so once while it lasts."""
        try:
            answer = await self._on_thread(call)
        except ScanwardenError as error:
            await self._repair(str(error))
            return None
        self._trouble = ""
        return answer

    async def _repair(self, trouble: str) -> None:
        try:
            await self._on_thread(self._set)
        except ScanwardenError as error:
            if self._trouble != str(error):
                self._trouble = str(error)
                self._notice("tripwire_broken", str(error))
        else:
            self._notice("tripwire_repaired", f"the tripwire is set again after: {trouble}")

    def _notice(self, kind: str, text: str, **counts: int) -> None:
        self._tell(Notice(time=Timestamp(self._wall_ns()), kind=kind, text=text, counts=counts, sensor=self._sensor))

    async def _on_thread(self, call: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _addresses(detection: Detection) -> tuple[bytes, ...]:
    members: list[Address] = [member.address for member in detection.source.members[:MAX_MEMBERS]]
    if detection.source.address is not None:
        members.append(detection.source.address)
    return tuple({address.packed for address in members})


def _listed(sources: Sequence[Prefix]) -> str:
    more = f" and {len(sources) - 4} others" if len(sources) > 4 else ""
    return ", ".join(str(source.address) for source in sources[:4]) + more
