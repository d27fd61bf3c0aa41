"""Who is cut off by the tripwire is confirmed by a scan, or let in at the second look."""

import asyncio
from collections.abc import Callable, Iterable

import pytest

from scanwarden.daemon.tripwire import LiveTripwire, OpenScans
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed, Opened
from scanwarden.model.notice import Notice
from scanwarden.model.ports import Ports
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Decided, Record
from scanwarden.model.time import Timestamp
from tests.unit.policy.samples import detection

SOURCE = Prefix.parse("198.51.100.7")


class RehearsedWire:
    """A wire that cuts off whom the test says."""

    def __init__(self) -> None:
        self.cut_off: list[Prefix] = []
        self.open_ports = Ports()
        self.times_set = 0
        self.is_damaged = False

    def set_up(self, open_ports: Ports) -> None:
        self.open_ports = open_ports
        self.times_set += 1
        self.is_damaged = False

    def protect(self, protected: PrefixTable) -> None:
        self.cut_off = [source for source in self.cut_off if not protected.overlap(source)]

    def listen(self, open_ports: Ports) -> bool:
        has_changed = open_ports != self.open_ports
        self.open_ports = open_ports
        return has_changed

    def tripped(self) -> list[Prefix]:
        if self.is_damaged:
            raise ResponderError("No such file or directory")
        return list(self.cut_off)

    def lift(self, sources: Iterable[Prefix]) -> None:
        self.cut_off = [source for source in self.cut_off if source not in list(sources)]

    def is_intact(self) -> bool:
        return not self.is_damaged

    def cleanup(self) -> None:
        self.cut_off = []


class Bench:
    """A tripwire over a rehearsed wire; the test looks when it likes."""

    def __init__(self) -> None:
        self.wire = RehearsedWire()
        self.told: list[Record] = []
        self.listening = Ports([22])

    def run(self, *steps: Callable[[LiveTripwire], None]) -> LiveTripwire:
        """Set the wire, then look after each step."""

        async def play() -> LiveTripwire:
            tripwire = LiveTripwire(
                self.wire, tell=self.told.append, sensor="live:test", wall_ns=int, find_ports=lambda: self.listening
            )
            await tripwire.set_up()
            for step in steps:
                step(tripwire)
                await tripwire.look()
            return tripwire

        return asyncio.run(play())

    def trip(self, _: LiveTripwire) -> None:
        self.wire.cut_off.append(SOURCE)

    def kinds(self) -> list[str]:
        return [record.kind for record in self.told if isinstance(record, Notice)]


def scan_of(address: str, **changed: object) -> Opened:
    """Return a scan that opens."""
    opened = detection(address, **changed)  # type: ignore[arg-type]  # passed on as they are
    assert isinstance(opened, Opened)
    return opened


def wait(_: LiveTripwire) -> None:
    """Do nothing until the next look."""


def opened(tripwire: LiveTripwire) -> None:
    tripwire.take_in(scan_of(str(SOURCE.address)))


def test_a_source_without_a_scan_is_let_in_at_the_second_look() -> None:
    bench = Bench()
    tripwire = bench.run(bench.trip)
    assert bench.wire.cut_off == [SOURCE]
    tripwire = bench.run(wait, wait)
    assert bench.wire.cut_off == []
    assert tripwire.lifted == 1
    assert bench.kinds() == ["tripwire_lifted"]


def test_a_source_with_an_open_scan_stays_cut_off() -> None:
    bench = Bench()
    tripwire = bench.run(bench.trip, opened, wait, wait)
    assert bench.wire.cut_off == [SOURCE]
    assert (tripwire.lifted, tripwire.confirmed) == (0, 3)


def test_a_source_that_the_policy_spares_is_let_in() -> None:
    bench = Bench()

    def spare(tripwire: LiveTripwire) -> None:
        scan = scan_of(str(SOURCE.address))
        tripwire.take_in(scan)
        tripwire.take_in(Decided(id=scan.id, time=Timestamp(0), action="spare", would=False, reason="allowlisted"))

    bench.run(bench.trip, spare, wait)
    assert bench.wire.cut_off == []


def test_the_listening_ports_are_followed() -> None:
    bench = Bench()

    def listen(_: LiveTripwire) -> None:
        bench.listening = Ports([22, 8080])

    bench.run(listen)
    assert bench.wire.open_ports == Ports([22, 8080])


def test_a_damaged_wire_is_set_again_and_said_once() -> None:
    bench = Bench()

    def damage(_: LiveTripwire) -> None:
        bench.wire.is_damaged = True

    bench.run(damage, wait, wait)
    assert bench.wire.times_set == 2
    assert bench.kinds() == ["tripwire_repaired"]


@pytest.mark.parametrize("ending", [Closed])
def test_a_closed_scan_is_forgotten(ending: type[Closed]) -> None:
    scans = OpenScans()
    scan = scan_of(str(SOURCE.address))
    scans.take_in(scan)
    assert scans.holds(SOURCE)
    scans.take_in(ending(**{name: getattr(scan, name) for name in Opened.__struct_fields__}))
    assert not scans.holds(SOURCE)


def test_the_number_of_scans_remembered_is_bounded() -> None:
    scans = OpenScans(max_scans=2)
    for number in range(1, 4):
        scans.take_in(scan_of(f"198.51.100.{number}", id=f"sw-{number:016x}"))
    assert not scans.holds(Prefix.parse("198.51.100.1"))
    assert scans.holds(Prefix.parse("198.51.100.3"))
