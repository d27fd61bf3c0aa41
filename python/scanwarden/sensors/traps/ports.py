"""Say which ports are traps: ready lists of our own choice, and those the settings name."""

import msgspec

from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.model.ports import Ports


class TrapPorts(msgspec.Struct, frozen=True):
    """TCP and UDP ports."""

    tcp: Ports = Ports()
    udp: Ports = Ports()

    def without(self, other: "TrapPorts") -> "TrapPorts":
        """Give the ports that are not in the other."""
        return TrapPorts(_difference(self.tcp, other.tcp), _difference(self.udp, other.udp))

    def __bool__(self) -> bool:
        return bool(self.tcp or self.udp)


def _difference(ports: Ports, taken: Ports) -> Ports:
    return Ports(port for port in ports if port not in taken) if taken else ports


def _list(tcp: str, udp: str) -> TrapPorts:
    return TrapPorts(Ports.parse(tcp), Ports.parse(udp))


# `few`: services of the 1980s and the remote shells, which scanners still ask for and nobody starts any more.
# `middle`: the lists that nearly every guide to PortSentry 1.x gives (TCP_PORTS and UDP_PORTS of its middle choice).
# `portsentry2`: the lists that PortSentry 2.0 comes with.
# `many`: all of these, and what worms and scanners of the last years ask for first: databases, remote desktops,
# cameras, container and cluster interfaces. Ports that a host may serve later do no harm: a trap gives way.
PRESETS: dict[str, TrapPorts] = {
    "none": TrapPorts(),
    "few": _list("1,7,9,11,15,19,23,79,512-514", "7,9,17,19,69"),
    "middle": _list(
        "1,11,15,79,111,119,143,540,635,1080,1524,2000,5742,6667,12345,12346,20034,27665,31337,32771,32772,32773,32774,"
        "40421,49724,54320",
        "1,7,9,69,161,162,513,635,640,641,700,37444,34555,31335,32770,32771,32772,32773,32774,31337,54321",
    ),
    "portsentry2": _list(
        "1,7,9,11,13,15,17,19,20,21,70,79,111,113,119,389,512-515,540,543-544,873,989,990,992,1080",
        "7,9,13,19,111,389,513,517-518",
    ),
}
PRESETS["many"] = TrapPorts(
    Ports.united(
        [
            *(preset.tcp for preset in PRESETS.values()),
            Ports.parse("23,81,135,139,445,1433,1521,1723,2323,2375-2376,3306,3389,5060,5432,5555,5900-5901,5984,6379"),
            Ports.parse("7547,8291,9200,10250,11211,27017,37215,52869"),
        ]
    ),
    Ports.united([*(preset.udp for preset in PRESETS.values()), Ports.parse("137,389,623,1434,1900,5060,11211")]),
)


def wanted_ports(settings: TrapsSettings) -> TrapPorts:
    """Give the ports that are to accept: those of the preset and those that are named, without the stealthy ones."""
    preset, stealthy = PRESETS[settings.preset], stealth_ports(settings)
    named = TrapPorts(Ports.united([preset.tcp, settings.tcp]), Ports.united([preset.udp, settings.udp]))
    return named.without(stealthy)


def stealth_ports(settings: TrapsSettings) -> TrapPorts:
    """Give the ports that stay closed and need no socket: the detector is told that they are traps."""
    return TrapPorts(settings.stealth_tcp, settings.stealth_udp)
