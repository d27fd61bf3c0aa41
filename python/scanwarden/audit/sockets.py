"""Ask the kernel which sockets take what comes from outside (sock_diag(7)), with the inode that names their owner."""

import socket
import struct
from pathlib import Path
from typing import Literal

from msgspec import Struct

from scanwarden.audit import sock_diag
from scanwarden.model.address import Address

Protocol = Literal["tcp", "udp", "sctp", "raw"]
_SKV6ONLY = 11  # INET_DIAG_SKV6ONLY (linux/inet_diag.h)
# A UDP socket that is connected to nobody is "closed".
_KINDS: dict[Protocol, tuple[int, int]] = {
    "tcp": (socket.IPPROTO_TCP, sock_diag.LISTEN),
    "udp": (socket.IPPROTO_UDP, sock_diag.CLOSE),
    "sctp": (sock_diag.IPPROTO_SCTP, sock_diag.LISTEN),
}
MAX_SOCKETS = 65_536


class Socket(Struct, frozen=True, kw_only=True):
    """A bound socket that is connected to nobody. `port` is the IP protocol number of a raw socket.

    `address` is null where it takes every address; `versions` are the IP versions that it takes. `interface` is the
    number of the one interface it is bound to, or 0.
    """

    protocol: Protocol
    address: Address | None
    versions: tuple[int, ...]
    port: int
    uid: int
    inode: int
    interface: int = 0


def open_sockets() -> list[Socket]:
    """List TCP, UDP, SCTP and raw sockets of the calling thread's namespace; raises SensorError."""
    found = [
        one
        for protocol, (number, state) in _KINDS.items()
        for answer in sock_diag.ask(number, state)
        if (one := socket_of(answer, protocol)) is not None
    ]
    return [*found, *raw_sockets()][:MAX_SOCKETS]


def socket_of(answer: sock_diag.Answer, protocol: Protocol) -> Socket | None:
    """Read what the kernel tells; None of a socket that is connected, or bound to no port."""
    if answer.other_port or not answer.port:
        return None
    is_v6only = answer.attributes.get(_SKV6ONLY, b"")[:1] == b"\1"
    address, versions = _bound(answer.address, is_v6only=is_v6only)
    return Socket(
        protocol=protocol,
        port=answer.port,
        uid=answer.uid,
        inode=answer.inode,
        interface=answer.interface,
        address=address,
        versions=versions,
    )


def _bound(packed: bytes, *, is_v6only: bool) -> tuple[Address | None, tuple[int, ...]]:
    """Give the address a socket is bound to, None for every one, and the IP versions that it takes."""
    if any(packed):
        address = Address(packed)
        return address, (address.version,)
    if len(packed) == 4:
        return None, (4,)
    return None, (6,) if is_v6only else (4, 6)


def raw_sockets(proc_net: Path = Path("/proc/thread-self/net")) -> list[Socket]:
    """List raw sockets as /proc/net/raw and raw6 do (proc(5)); the "port" there is the IP protocol."""
    found: list[Socket] = []
    for name in ("raw", "raw6"):
        try:
            lines = (proc_net / name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue  # this kernel has none, or has no IPv6
        for line in lines:
            words = line.split()
            address, _, number = words[1].partition(":")
            # Each group of eight digits is a 32-bit word of the host's byte order.
            packed = b"".join(struct.pack("=I", int(address[at : at + 8], 16)) for at in range(0, len(address), 8))
            taken, versions = _bound(packed, is_v6only=True)
            uid, inode = int(words[7]), int(words[9])
            found.append(
                Socket(protocol="raw", port=int(number, 16), uid=uid, inode=inode, address=taken, versions=versions)
            )
    return found
