"""The ready lists and the named ports together say where traps are set."""

from typing import get_args

import msgspec
import pytest

from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps.ports import PRESETS, TrapPorts, stealth_ports, wanted_ports


def settings(tcp: str, udp: str, stealth_tcp: str, stealth_udp: str) -> TrapsSettings:
    return TrapsSettings(
        preset="few",
        tcp=Ports.parse(tcp),
        udp=Ports.parse(udp),
        stealth_tcp=Ports.parse(stealth_tcp),
        stealth_udp=Ports.parse(stealth_udp),
    )


def test_the_presets_are_those_the_settings_know() -> None:
    (field,) = [one for one in msgspec.structs.fields(TrapsSettings) if one.name == "preset"]
    assert set(get_args(get_args(field.type)[0])) == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_holds_port_0_or_ssh(name: str) -> None:
    for ports in (PRESETS[name].tcp, PRESETS[name].udp):
        assert not {0, 22} & set(ports)


def test_the_lists_of_the_guides_are_whole() -> None:
    assert (len(PRESETS["middle"].tcp), len(PRESETS["middle"].udp)) == (26, 21)
    assert (len(PRESETS["portsentry2"].tcp), len(PRESETS["portsentry2"].udp)) == (28, 9)
    assert all(set(preset.tcp) <= set(PRESETS["many"].tcp) for preset in PRESETS.values())


def test_named_ports_add_to_the_preset_and_stealthy_ones_are_taken_out() -> None:
    chosen = settings(tcp="2000", stealth_tcp="1-9", udp="5000", stealth_udp="69")
    wanted = wanted_ports(chosen)
    assert 2000 in wanted.tcp
    assert not set(wanted.tcp) & set(range(1, 10))
    assert set(wanted.udp) == {7, 9, 17, 19, 5000}
    assert stealth_ports(chosen) == TrapPorts(Ports.parse("1-9"), Ports.parse("69"))


def test_no_ports_are_false() -> None:
    assert not TrapPorts()
    assert TrapPorts(udp=Ports([1]))
    assert TrapPorts(Ports([1, 2])).without(TrapPorts(Ports([2]))) == TrapPorts(Ports([1]))
