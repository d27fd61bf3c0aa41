"""The detector knows every trap that is set out, and none on which a service listens."""

from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.trap_list import TrapList, all_traps, spelled
from scanwarden.errors import SensorError
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps import TrapPorts

SETTINGS = TrapsSettings(tcp=Ports.parse("79,111"), stealth_tcp=Ports.parse("1-9"), stealth_udp=Ports.parse("69"))


class Taker:
    def __init__(self) -> None:
        self.taken: list[list[str]] = []

    def set_traps(self, trap_ports: list[str]) -> None:
        self.taken.append(trap_ports)


def test_a_trap_gives_way_to_a_service_and_comes_back() -> None:
    taker, troubles = Taker(), list[str]()
    services = [TrapPorts(), TrapPorts(tcp=Ports([7, 79]), udp=Ports([53, 69])), TrapPorts()]
    listed = TrapList(SETTINGS, taker, on_trouble=troubles.append, occupied=lambda: services[0])
    listed.adjust()
    listed.adjust()
    services.pop(0)
    listed.adjust()
    services.pop(0)
    listed.adjust()
    everything = ["tcp/1-9", "tcp/79", "tcp/111", "udp/69"]
    assert taker.taken == [everything, ["tcp/1-6", "tcp/8-9", "tcp/111"], everything]
    assert troubles == []


def test_what_listens_is_not_known_so_nothing_changes_and_it_is_said_once() -> None:
    def refuse() -> TrapPorts:
        raise SensorError("listening ports cannot be read: not permitted")

    taker, troubles = Taker(), list[str]()
    listed = TrapList(SETTINGS, taker, on_trouble=troubles.append, occupied=refuse)
    listed.adjust()
    listed.adjust()
    assert (taker.taken, len(troubles)) == ([], 1)
    assert "not permitted" in troubles[0]


def test_ports_are_spelled_as_the_core_reads_them() -> None:
    assert spelled(all_traps(TrapsSettings(preset="few"))) == [
        *("tcp/1", "tcp/7", "tcp/9", "tcp/11", "tcp/15", "tcp/19", "tcp/23", "tcp/79", "tcp/512-514"),
        *("udp/7", "udp/9", "udp/17", "udp/19", "udp/69"),
    ]
