"""Run the traps beside a watch: touches go to the detector, what was heard becomes notices."""

import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from scanwarden.config.sections.traps import TrapsSettings
from scanwarden.daemon.listening_ports import listening_ports
from scanwarden.model.address import Address
from scanwarden.model.detection import Source, Target
from scanwarden.model.notice import Notice
from scanwarden.model.ports import Ports
from scanwarden.model.records import Record
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.sensors.traps import (
    TrapObserver,
    TrapPorts,
    TrapSensor,
    TrapTouch,
    choose_door,
    manners_of,
    wanted_ports,
)

QUIET_NS = 60 * NS_PER_S  # between two notices about what one source said
MAX_REMEMBERED = 1024


class ProbeFeed(Protocol):
    """Whatever takes ready-made probes, such as the detector."""

    def observe_trapped(
        self,
        *,
        time_ns: int,
        source: str,
        target: str,
        protocol: str,
        port: int,
        weight_nats: float,
        is_verified: bool,
    ) -> None:
        """Take in that a source touched a trap."""


class TrapReports:
    """Hand each touch on at once, and tell what a source said, once a minute for each of the 1024 heard last."""

    def __init__(self, feed: ProbeFeed, tell: Callable[[Record], None], *, weight: float, sensor: str) -> None:
        self._feed = feed
        self._tell = tell
        self._weight = weight
        self._sensor = sensor
        self._heard_ns: OrderedDict[bytes, int] = OrderedDict()

    def touched(self, touch: TrapTouch) -> None:
        """Hand a touch to the detector."""
        self._feed.observe_trapped(
            time_ns=touch.time_ns,
            source=str(touch.source),
            target=str(touch.target),
            protocol=touch.protocol,
            port=touch.port,
            weight_nats=self._weight,
            is_verified=touch.verified,
        )

    def heard(self, touch: TrapTouch, words: str) -> None:
        """Tell what a source said, unless it was told of in the last minute."""
        if not self._is_news(touch.source, touch.time_ns):
            return
        target = Target.of(touch.target, {touch.protocol: Ports([touch.port])})
        self._tell(
            Notice(
                time=Timestamp(touch.time_ns),
                kind="trap",
                source=Source(address=touch.source, prefix=touch.source.prefix(), verified=touch.verified),
                targets=(target,),
                text=f'{touch.source} said "{words}" to the trap on {touch.protocol} port {touch.port}',
                sensor=self._sensor,
            )
        )

    def _is_news(self, source: Address, now_ns: int) -> bool:
        told_ns = self._heard_ns.get(source.key)
        if told_ns is not None and now_ns - told_ns < QUIET_NS:
            return False
        self._heard_ns[source.key] = now_ns
        self._heard_ns.move_to_end(source.key)
        if len(self._heard_ns) > MAX_REMEMBERED:
            self._heard_ns.popitem(last=False)
        return True


def occupied_ports() -> TrapPorts:
    """Return the ports that sockets of this host listen on. Raises SensorError."""
    return TrapPorts(listening_ports(), listening_ports(socket.IPPROTO_UDP))


def new_traps(settings: TrapsSettings, observer: TrapObserver) -> TrapSensor | None:
    """Make the traps that the settings ask for; None if there are none. Raises SensorError."""
    wanted = wanted_ports(settings)
    if not wanted:
        return None
    return TrapSensor(
        wanted,
        door=choose_door(settings.method),
        occupied=occupied_ports,
        observer=observer,
        wall_ns=time.time_ns,
        manners=manners_of(settings),
    )
