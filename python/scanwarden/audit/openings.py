"""Put together what is open here: each socket with its owner, its service and who reaches it."""

from typing import Literal

from msgspec import Struct

from scanwarden.audit.owners import Process
from scanwarden.audit.reach import Reach, State
from scanwarden.audit.services import PortClass, Risk

# The order in which a reader wants to hear of them, and which of several states counts for a whole socket.
STATES: tuple[State, ...] = ("reachable", "unknown", "depends", "blocked")


class Opening(Struct, frozen=True, kw_only=True):
    """One listening socket, or a port that is passed on to another host.

    `address` is `*` where every address is taken. `reaches` says interface by interface, and for each published port,
    who gets there; `why` says it where no interface leads there.
    """

    protocol: Literal["tcp", "udp", "sctp", "raw"]
    port: int
    address: str
    versions: tuple[int, ...]
    service: str
    port_class: PortClass
    risk: Risk | None = None
    processes: tuple[Process, ...] = ()
    user: str
    namespace: str | None = None
    state: State
    reaches: tuple[Reach, ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        """Write port and protocol, as `[audit] expected` does."""
        return f"{self.port}/{self.protocol}"

    @property
    def outside_ports(self) -> tuple[int, ...]:
        """Give the ports by which it is reached from outside, which differ from its own where it is published."""
        found = dict.fromkeys(reach.port for reach in self.reaches if reach.state != "blocked")
        return tuple(found) or (self.port,)

    @property
    def key(self) -> str:
        """Tell this opening from every other, over restarts of its process."""
        owner = self.processes[0].name if self.processes else ""
        return f"{self.protocol} {self.port} {self.address} {self.namespace or ''} {owner}"


class Survey(Struct, frozen=True, kw_only=True):
    """All that is open, the most exposed first; `gaps` is what could not be found out, in sentences."""

    time_ns: int
    interfaces: tuple[str, ...]
    openings: tuple[Opening, ...]
    gaps: tuple[str, ...] = ()


def worst(reaches: tuple[Reach, ...]) -> State:
    """Give the state of a socket that is reached in several ways."""
    return min((reach.state for reach in reaches), key=STATES.index, default="blocked")
