"""Ask the kernel which sockets take what comes from outside (sock_diag(7)), with the inode that names their owner."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from scanwarden.errors import SensorError
from scanwarden.model.address import Address

Protocol = Literal["tcp", "udp", "sctp", "raw"]
_NETLINK_SOCK_DIAG = 4  # linux/netlink.h
_SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
_NLM_F_REQUEST_DUMP = 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI48s")  # struct inet_diag_req_v2: family, protocol, extensions, pad, states, socket id
# struct inet_diag_msg: family, state, timer, retransmits; socket id: ports, addresses, interface, cookie; then expires,
# both queues, uid, inode.
_ANSWER = struct.Struct("!BBBBHH16s16s")
_TAIL = struct.Struct("=I8xIIIII")
_ATTRIBUTE = struct.Struct("=HH")
_SKV6ONLY = 11  # INET_DIAG_SKV6ONLY (linux/inet_diag.h)
_LISTEN, _CLOSE = 1 << 10, 1 << 7  # net/tcp_states.h
# A UDP socket that is connected to nobody is "closed".
_KINDS: dict[Protocol, tuple[int, int]] = {
    "tcp": (socket.IPPROTO_TCP, _LISTEN),
    "udp": (socket.IPPROTO_UDP, _CLOSE),
    "sctp": (132, _LISTEN),
}
_MAX_DATAGRAM_BYTES = 1 << 17
_LIMIT_S = 5.0
MAX_SOCKETS = 65_536
_FAMILIES = (socket.AF_INET, socket.AF_INET6)


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
    found: list[Socket] = []
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as diag:
            diag.settimeout(_LIMIT_S)
            diag.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            for protocol in _KINDS:
                for family in _FAMILIES:
                    found += _asked(diag, protocol, family)
    except OSError as error:
        raise SensorError(f"listening ports cannot be read: {error.strerror or 'the kernel did not answer'}") from error
    return [*found, *raw_sockets()][:MAX_SOCKETS]


def _asked(diag: socket.socket, protocol: Protocol, family: int) -> list[Socket]:
    number, states = _KINDS[protocol]
    request = _REQUEST.pack(family, number, 0, 0, states, b"")
    diag.send(_HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, family, 0) + request)
    found: list[Socket] = []
    while True:
        try:
            is_more, some = sockets_in(diag.recv(_MAX_DATAGRAM_BYTES), protocol)
        except FileNotFoundError:  # ENOENT: this kernel has no such protocol
            return found
        found += some
        if not is_more:
            return found


def sockets_in(datagram: bytes, protocol: Protocol) -> tuple[bool, list[Socket]]:
    """Read one answer of the kernel, and whether more follows; raises OSError for an error message."""
    found: list[Socket] = []
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, _, _, _ = _HEADER.unpack_from(datagram, at)
        body = datagram[at + _HEADER.size : at + max(length, _HEADER.size)]
        if kind == _NLMSG_DONE:
            return False, found
        if kind == _NLMSG_ERROR and len(body) >= 4:
            number = -struct.unpack_from("=i", body)[0]
            raise OSError(number, f"sock_diag error {number}")
        if len(body) >= _ANSWER.size + _TAIL.size and (one := _read(body, protocol)) is not None:
            found.append(one)
        at += max(length, _HEADER.size) + (-length % 4)
    return True, found


def _read(body: bytes, protocol: Protocol) -> Socket | None:
    family, _, _, _, port, other_port, packed, _ = _ANSWER.unpack_from(body)
    interface, _, _, _, uid, inode = _TAIL.unpack_from(body, _ANSWER.size)
    if other_port or not port:
        return None
    is_v6only = any(
        kind == _SKV6ONLY and value[:1] == b"\1" for kind, value in _attributes(body[_ANSWER.size + _TAIL.size :])
    )
    address, versions = _bound(packed if family == socket.AF_INET6 else packed[:4], is_v6only=is_v6only)
    return Socket(
        protocol=protocol,
        port=port,
        uid=uid,
        inode=inode,
        interface=interface,
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


def _attributes(packed: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(packed):
        length, kind = _ATTRIBUTE.unpack_from(packed, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind, packed[at + _ATTRIBUTE.size : at + length]
        at += length + (-length % 4)


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
