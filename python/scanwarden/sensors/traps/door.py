"""State what a door is: it leads trapped ports to sockets of ours."""

import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

from scanwarden.model.address import Address
from scanwarden.sensors.traps.ports import TrapPorts

Asked = tuple[Address, int]
"""The address and port that a source asked for."""


class Door(Protocol):
    """Lead ports to sockets, and say which one a source asked for."""

    @property
    def name(self) -> str:
        """Return `redirect` or `bind`."""
        ...

    @property
    def gives_way(self) -> bool:
        """Say whether a service can listen on a trapped port, so that the trap must be taken from it."""
        ...

    async def lead(self, ports: TrapPorts) -> TrapPorts:
        """Lead exactly these ports here from now on, as far as possible; return those that are. Raises SensorError."""
        ...

    def listeners(self) -> list[socket.socket]:
        """Return the sockets that take connections and datagrams; they may change with `lead`."""
        ...

    def asked_of_connection(self, connection: socket.socket) -> Asked | None:
        """Return what a connection asked for; None if it was not led here."""
        ...

    def asked_of_datagram(self, listener: socket.socket, local: Address, source: Asked) -> Asked | None:
        """Return what a datagram asked for that arrived for our address `local`; None if it was not led here."""
        ...

    async def close(self) -> None:
        """Lead nothing here any more and close the sockets."""
        ...


Run = Callable[[list[str], bytes], Awaitable[object]]
"""Run a program with this standard input; raises HostCommandError."""
