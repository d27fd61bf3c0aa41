"""Count who is connected to this host, and who has begun to connect, from the kernel's own tables."""

import socket
from collections.abc import Iterable

from msgspec import Struct

from scanwarden.audit import sock_diag
from scanwarden.model.address import Address
from scanwarden.model.ports import Ports

_MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96 (RFC 4291 2.5.5.2): IPv4 on a socket that takes both


class Peer(Struct, frozen=True, kw_only=True):
    """One other host and its TCP connections with us."""

    address: Address
    half_open: int
    established: int
    closing: int
    ports: Ports


class _Counts:
    def __init__(self) -> None:
        self.half_open = self.established = self.closing = 0
        self.ports: set[int] = set()

    def add(self, answer: sock_diag.Answer) -> None:
        """Count one connection."""
        self.half_open += answer.state == sock_diag.SYN_RECV
        self.established += answer.state == sock_diag.ESTABLISHED
        self.closing += answer.state not in (sock_diag.SYN_RECV, sock_diag.ESTABLISHED)
        self.ports.add(answer.port)


def peers() -> tuple[Peer, ...]:
    """List who connected to us, those with most half-open connections first, then with most others.

    Half-open: the other side sent a SYN, we answered, and it has not answered again. Connections that we opened are
    left out. Raises SensorError.
    """
    listening = {answer.port for answer in sock_diag.ask(socket.IPPROTO_TCP, sock_diag.LISTEN)}
    return counted(sock_diag.ask(socket.IPPROTO_TCP, *sock_diag.CONNECTED), listening)


def counted(answers: Iterable[sock_diag.Answer], listening: set[int]) -> tuple[Peer, ...]:
    """Count connections by the other side; to ports nobody listens on any more only those that are half-open."""
    by_peer: dict[bytes, _Counts] = {}
    for answer in answers:
        if answer.state == sock_diag.SYN_RECV or answer.port in listening:
            by_peer.setdefault(answer.other_address.removeprefix(_MAPPED), _Counts()).add(answer)
    found = [
        Peer(
            address=Address(packed),
            half_open=counts.half_open,
            established=counts.established,
            closing=counts.closing,
            ports=Ports(counts.ports),
        )
        for packed, counts in by_peer.items()
    ]
    return tuple(
        sorted(found, key=lambda peer: (-peer.half_open, -peer.established, -peer.closing, peer.address.packed))
    )
