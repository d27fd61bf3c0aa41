"""Keep the traps set: a trap leaves its port within half a second of a service listening there, and comes back."""

import asyncio
import socket
from collections.abc import Callable
from functools import partial

from scanwarden import hostcmd
from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.errors import SensorError
from scanwarden.hostcmd import HostCommandError
from scanwarden.sensors.traps.bind import BindDoor
from scanwarden.sensors.traps.door import Door
from scanwarden.sensors.traps.ports import TrapPorts
from scanwarden.sensors.traps.reception import Manners, Reception
from scanwarden.sensors.traps.redirect import ELEMENT_LIFE_S, RedirectDoor
from scanwarden.sensors.traps.touch import TrapObserver

ROUND_S = 0.4
RENEW_S = ELEMENT_LIFE_S / 3


class TrapSensor:
    """Traps on the ports that are wanted, less those that `occupied` says services listen on.

    A door that binds its ports finds out by itself which are free, so `occupied` is not asked for it.
    """

    def __init__(
        self,
        wanted: TrapPorts,
        *,
        door: Door,
        occupied: Callable[[], TrapPorts],
        observer: TrapObserver,
        wall_ns: Callable[[], int],
        manners: Manners | None = None,
    ) -> None:
        self._wanted = wanted
        self._door = door
        self._occupied = occupied
        self._reception = Reception(door, observer, wall_ns, manners or Manners())
        self._asked_for: TrapPorts | None = None
        self._renewed_at_s = 0.0
        self._watched: dict[int, socket.socket] = {}
        self.ports_set = TrapPorts()

    @property
    def counters(self) -> dict[str, int]:
        """Return counters by name: connections, datagrams, not_led_here, cut_off."""
        return dict(self._reception.counters)

    async def run(self) -> None:
        """Keep the traps set until cancelled, then take them away. Raises SensorError."""
        try:
            while True:
                await self.adjust()
                await asyncio.sleep(ROUND_S)
        finally:
            self._watch([])
            await self._reception.close()
            await self._door.close()

    async def adjust(self) -> None:
        """Give ports up to services, take them back, and renew what would run out. Raises SensorError."""
        now_s = asyncio.get_running_loop().time()
        ports = self._wanted.without(self._occupied()) if self._door.gives_way else self._wanted
        if ports != self._asked_for or now_s - self._renewed_at_s >= RENEW_S:
            self.ports_set = await self._door.lead(ports)
            self._asked_for, self._renewed_at_s = ports, now_s
        self._reception.begin_round()
        self._watch(self._door.listeners())

    def _watch(self, listeners: list[socket.socket]) -> None:
        """Have the event loop call us for exactly these sockets."""
        loop = asyncio.get_running_loop()
        current = {listener.fileno(): listener for listener in listeners}
        for number, listener in self._watched.items():
            if current.get(number) is not listener:
                loop.remove_reader(number)
        for number, listener in current.items():
            if self._watched.get(number) is not listener:
                loop.add_reader(number, partial(self._take, number, listener))
        self._watched = current

    def _take(self, number: int, listener: socket.socket) -> None:
        if not self._reception.take(listener):
            asyncio.get_running_loop().remove_reader(number)
            self._watched.pop(number, None)


def choose_door(method: str) -> Door:
    """Make the door the settings ask for: `redirect`, `bind`, or `auto`, which redirects where nft is installed.

    Raises SensorError if `redirect` is asked for and nft is missing.
    """
    if method == "bind":
        return BindDoor()
    try:
        hostcmd.find("nft")
    except HostCommandError as error:
        if method == "auto":
            return BindDoor()
        raise SensorError(f"traps cannot be set by nftables: {error}", remedy='set method = "bind"') from error
    return RedirectDoor()


def manners_of(settings: TrapsSettings) -> Manners:
    """Give the manners that the settings ask for."""
    return Manners(
        banner=settings.banner.encode(), keep_bytes=int(settings.keep), wait_s=max(settings.wait.seconds, 0.001)
    )
