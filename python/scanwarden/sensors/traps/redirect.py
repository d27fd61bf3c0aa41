"""Lead trapped ports to one listener by nftables, so that a trap never keeps a service from starting.

The table `inet scanwarden_traps` is ours alone. Its chain comes after other programs' address translation, so published
containers are never trapped. The trapped ports are elements that end after 15 s unless they are renewed: if this
program dies, the ports are free again. Our listening ports themselves refuse whoever was not led there.
"""

import contextlib
import errno
import os
import socket
import struct

from scanwarden import hostcmd
from scanwarden.errors import SensorError
from scanwarden.hostcmd import HostCommandError
from scanwarden.model.address import Address
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps.conntrack import Conntrack
from scanwarden.sensors.traps.door import Asked, Run
from scanwarden.sensors.traps.listening import FAMILIES, listening_socket
from scanwarden.sensors.traps.ports import TrapPorts

TABLE = "inet scanwarden_traps"
ELEMENT_LIFE_S = 15
_SO_ORIGINAL_DST = 80  # linux/netfilter_ipv4.h; IP6T_SO_ORIGINAL_DST has the same number
_SOCKADDR_BYTES = 28


class RedirectDoor:
    """Lead ports here while nobody else listens on them."""

    name = "redirect"
    gives_way = True

    def __init__(self, run: Run | None = None) -> None:
        self._run = run or _run
        self._conntrack: Conntrack | None = None
        self._listeners: list[socket.socket] = []
        self._has_table = False

    async def lead(self, ports: TrapPorts) -> TrapPorts:
        """Lead exactly these ports here; repair the table if somebody flushed it. Raises SensorError."""
        try:
            if self._has_table:
                with contextlib.suppress(HostCommandError):  # the table is gone, so it is made again below
                    await self._run(["nft", "-f", "-"], elements(ports).encode())
                    return ports
            self._open()
            await self._run(["nft", "-f", "-"], (table(self._own_ports()) + elements(ports)).encode())
        except HostCommandError as error:
            raise SensorError(f"traps cannot be set by nftables: {error}", remedy='set method = "bind"') from error
        self._has_table = True
        return ports

    def listeners(self) -> list[socket.socket]:
        """Return one TCP and one UDP socket for each family."""
        return list(self._listeners)

    def asked_of_connection(self, connection: socket.socket) -> Asked | None:
        """Ask the kernel for the original destination (SO_ORIGINAL_DST)."""
        level = socket.IPPROTO_IP if connection.family == socket.AF_INET else socket.IPPROTO_IPV6
        try:
            asked = parse_sockaddr(connection.getsockopt(level, _SO_ORIGINAL_DST, _SOCKADDR_BYTES))
        except OSError:  # not tracked, so it was not led here
            return None
        return asked if asked is not None and asked[1] != connection.getsockname()[1] else None

    def asked_of_datagram(self, listener: socket.socket, local: Address, source: Asked) -> Asked | None:
        """Ask connection tracking for the original destination."""
        if self._conntrack is None:
            return None
        own_port = listener.getsockname()[1]
        try:
            asked = self._conntrack.original_target(socket.IPPROTO_UDP, (local, own_port), source)
        except OSError:  # the flow has ended, or the kernel is busy: this datagram is not reported
            return None
        return asked if asked is not None and asked[1] != own_port else None

    async def close(self) -> None:
        """Remove the table and close the sockets. Raises SensorError if the table stays."""
        for listener in self._listeners:
            listener.close()
        if self._conntrack is not None:
            self._conntrack.close()
        if self._has_table:
            self._has_table = False
            try:
                # Adding first makes the removal succeed even if somebody else removed the table.
                await self._run(["nft", "-f", "-"], f"add table {TABLE}\ndelete table {TABLE}\n".encode())
            except HostCommandError as error:
                raise SensorError(f"the traps' table stays: {error}", remedy=f"nft delete table {TABLE}") from error

    def _open(self) -> None:
        if self._listeners:
            return
        try:
            self._conntrack = Conntrack()
            for family in FAMILIES:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with contextlib.ExitStack() as stack:
                        opened = listening_socket(family, kind, 0)
                        stack.callback(opened.close)
                        self._listeners.append(opened)
                        stack.pop_all()
        except OSError as error:
            if error.errno == errno.EAFNOSUPPORT and self._listeners:  # a host without IPv6
                return
            raise SensorError(f"the traps' listener cannot be opened: {os.strerror(error.errno or 0)}") from error

    def _own_ports(self) -> dict[tuple[int, int], int]:
        return {(one.family, one.type): one.getsockname()[1] for one in self._listeners}


def table(own_ports: dict[tuple[int, int], int]) -> str:
    """Write the table anew: one rule for each family and protocol, `own_ports` by (family, kind of socket)."""
    words = {
        (socket.AF_INET, socket.SOCK_STREAM): "ipv4 tcp",
        (socket.AF_INET, socket.SOCK_DGRAM): "ipv4 udp",
        (socket.AF_INET6, socket.SOCK_STREAM): "ipv6 tcp",
        (socket.AF_INET6, socket.SOCK_DGRAM): "ipv6 udp",
    }
    redirects, refusals = [], []
    for key, port in own_ports.items():
        family, protocol = words[key[0], key[1]].split()  # type: ignore[index]  # the sockets are of these four kinds
        refuse = "reject with tcp reset" if protocol == "tcp" else "reject"
        redirects.append(f"meta nfproto {family} {protocol} dport @{protocol}_ports redirect to :{port}")
        refusals.append(f"meta nfproto {family} {protocol} dport {port} ct status & dnat != dnat {refuse}")
    lines = [f"add table {TABLE}", f"delete table {TABLE}", f"table {TABLE} {{"]
    lines += [f"  set {name}_ports {{ type inet_service; flags timeout; }}" for name in ("tcp", "udp")]
    lines += ["  chain lead {", "    type nat hook prerouting priority -90; policy accept;"]
    lines += [
        '    iifname "lo" return',
        "    fib daddr type != local return",
        *(f"    {rule}" for rule in redirects),
        "  }",
    ]
    lines += ["  chain refuse {", "    type filter hook input priority -10; policy accept;"]
    lines += ['    iifname "lo" return', *(f"    {rule}" for rule in refusals), "  }", "}"]
    return "\n".join(lines) + "\n"


def elements(ports: TrapPorts) -> str:
    """Write the transaction that leads exactly these ports, each for 15 s."""
    lines = []
    for name, some in (("tcp", ports.tcp), ("udp", ports.udp)):
        lines.append(f"flush set {TABLE} {name}_ports")
        if some:
            lines.append(f"add element {TABLE} {name}_ports {{ {_listed(some)} }}")
    return "\n".join(lines) + "\n"


def _listed(ports: Ports) -> str:
    return ", ".join(f"{port} timeout {ELEMENT_LIFE_S}s" for port in ports)


def parse_sockaddr(packed: bytes) -> Asked | None:
    """Read a struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)); None for anything else."""
    if len(packed) >= 8 and struct.unpack_from("=H", packed)[0] == socket.AF_INET:
        return Address(packed[4:8]), int.from_bytes(packed[2:4], "big")
    if len(packed) >= 24 and struct.unpack_from("=H", packed)[0] == socket.AF_INET6:
        return Address(packed[8:24]), int.from_bytes(packed[2:4], "big")
    return None


async def _run(argv: list[str], stdin: bytes) -> object:
    return await hostcmd.run_async(argv, stdin=stdin)
