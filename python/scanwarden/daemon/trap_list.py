"""Tell the detector which ports are traps at the moment: those that are set out, without those that services took."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.traps import occupied_ports
from scanwarden.errors import SensorError
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps import TrapPorts, stealth_ports, wanted_ports

ROUND_S = 0.4


class TrapTaker(Protocol):
    """Whoever must know the traps: the core's detector."""

    def set_traps(self, trap_ports: list[str]) -> None:
        """Take in the ports that are traps from now on."""


class TrapList:
    """The traps of a host, kept true while services come and go.

    All traps are on it: stealthy ones have no other sign of a touch than the packet, and for those with a listener a
    half-open probe shows nowhere else.
    """

    def __init__(
        self,
        settings: TrapsSettings,
        taker: TrapTaker,
        *,
        on_trouble: Callable[[str], None],
        occupied: Callable[[], TrapPorts] = occupied_ports,
    ) -> None:
        self._wanted = all_traps(settings)
        self._taker = taker
        self._on_trouble = on_trouble
        self._occupied = occupied
        self._is_in_trouble = False
        self.ports = TrapPorts()

    def adjust(self) -> None:
        """Take ports off that a service listens on, and put them back; if that is not known, nothing changes."""
        try:
            ports = self._wanted.without(self._occupied())
        except SensorError as error:
            if not self._is_in_trouble:
                self._on_trouble(f"traps do not give way to services: {error}")
            self._is_in_trouble = True
            return
        self._is_in_trouble = False
        if ports != self.ports:
            self.ports = ports
            self._taker.set_traps(spelled(ports))

    async def run(self) -> None:
        """Keep the list true until cancelled."""
        while True:
            self.adjust()
            await asyncio.sleep(ROUND_S)


def all_traps(settings: TrapsSettings) -> TrapPorts:
    """Give every port that is to be a trap, with a listener or without."""
    wanted, stealthy = wanted_ports(settings), stealth_ports(settings)
    return TrapPorts(Ports.united([wanted.tcp, stealthy.tcp]), Ports.united([wanted.udp, stealthy.udp]))


def spelled(ports: TrapPorts) -> list[str]:
    """Spell ports as the core reads them: `tcp/7`, `udp/1-19`."""
    named = (("tcp", ports.tcp), ("udp", ports.udp))
    return [
        f"{name}/{first}" if first == last else f"{name}/{first}-{last}"
        for name, some in named
        for first, last in some.ranges
    ]
