"""Occupy the trapped ports, where nftables cannot lead them; a service that wants one must wait or be given it."""

import contextlib
import socket

from scanwarden.model.address import Address
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps.door import Asked
from scanwarden.sensors.traps.listening import FAMILIES, listening_socket
from scanwarden.sensors.traps.ports import TrapPorts

MAX_SOCKETS = 512


class BindDoor:
    """Listen on every trapped port that is free; at most 512 sockets."""

    name = "bind"
    gives_way = False

    def __init__(self) -> None:
        self._sockets: dict[tuple[int, int, int], socket.socket] = {}

    async def lead(self, ports: TrapPorts) -> TrapPorts:
        """Open what is free among these ports, close what is no longer among them; return those that are open."""
        wanted = {
            (family, kind, port)
            for kind, some in ((socket.SOCK_STREAM, ports.tcp), (socket.SOCK_DGRAM, ports.udp))
            for port in some
            for family in FAMILIES
        }
        for key in self._sockets.keys() - wanted:
            self._sockets.pop(key).close()
        for key in sorted(wanted - self._sockets.keys()):
            if len(self._sockets) < MAX_SOCKETS:
                with contextlib.suppress(OSError):  # in use, or this host has no such family: that port is no trap
                    self._sockets[key] = listening_socket(*key)
        return TrapPorts(self._open(socket.SOCK_STREAM), self._open(socket.SOCK_DGRAM))

    def listeners(self) -> list[socket.socket]:
        """Return the sockets that are open."""
        return list(self._sockets.values())

    def asked_of_connection(self, connection: socket.socket) -> Asked | None:
        """Return the connection's own end."""
        address, port, *_ = connection.getsockname()
        return Address.parse(address), port

    def asked_of_datagram(self, listener: socket.socket, local: Address, source: Asked) -> Asked | None:  # noqa: ARG002
        """Return the address it came for and the port of the socket."""
        return local, listener.getsockname()[1]

    async def close(self) -> None:
        """Close every socket."""
        for opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    def _open(self, kind: int) -> Ports:
        return Ports(port for _, of_kind, port in self._sockets if of_kind == kind)
