"""Open the sockets that take connections and datagrams, and read datagrams with the address they came for."""

import socket
import struct

from scanwarden.errors import AddressError
from scanwarden.model.address import Address

FAMILIES = (socket.AF_INET, socket.AF_INET6)
BACKLOG = 128
MAX_DATAGRAM_BYTES = 4096
_ANY = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 a trap is for everybody
_IP_PKTINFO = 8  # linux/in.h
_ANCILLARY_BYTES = 256


def listening_socket(family: int, kind: int, port: int) -> socket.socket:
    """Return a non-blocking socket on every address of one family; raises OSError."""
    opened = socket.socket(family, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_DGRAM:
            if family == socket.AF_INET:
                opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
            else:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        opened.bind((_ANY[socket.AddressFamily(family)], port))
        if kind == socket.SOCK_STREAM:
            opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def receive(listener: socket.socket, max_bytes: int) -> tuple[bytes, Address, int, Address | None]:
    """Read one datagram: its bytes, who sent it from which port, and which address of ours it came for.

    Raises BlockingIOError if none waits.
    """
    sent, ancillary, _, source = listener.recvmsg(min(max_bytes, MAX_DATAGRAM_BYTES) or 1, _ANCILLARY_BYTES)
    return sent[:max_bytes], Address.parse(source[0]), source[1], _local_address(ancillary)


def _local_address(ancillary: list[tuple[int, int, bytes]]) -> Address | None:
    for level, kind, packed in ancillary:
        try:
            if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
                # struct in_pktinfo: interface, local address, the header's destination address.
                return Address(struct.unpack_from("=i4s4s", packed)[2])
            if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
                return Address(packed[:16])
        except (struct.error, AddressError):
            return None
    return None
